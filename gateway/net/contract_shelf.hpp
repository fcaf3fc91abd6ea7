#pragma once
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "adapters/contract/contract.hpp"
#include "net/http.hpp"

namespace loangate::net {

/// The contracts of partners as they are asked for, each written once. Profiles must stay as they are and
/// where they are as long as the shelf does.
class ContractShelf {
 public:
  /// `GET /v1/contract`: the partner's page; `?part=NAME` one of its files; `?part=index`, or JSON as the
  /// only thing accepted, what there is. 304 if the asker has it (If-None-Match), 404 naming the parts if
  /// there is no such part.
  Response answer(const adapters::Profile& profile, const RequestHead& head);

 private:
  using Files = std::vector<adapters::ContractFile>;
  std::shared_ptr<const Files> files(const adapters::Profile& profile);

  std::mutex mutex_;
  std::unordered_map<const adapters::Profile*, std::shared_ptr<const Files>> written_;
};

}  // namespace loangate::net
