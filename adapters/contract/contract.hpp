#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "adapters/profile/profile.hpp"

namespace loangate::adapters {

/// One file of a partner's contract.
struct ContractFile {
  std::string name;  ///< `contract.html`, `schema/loan.disbursement.xsd`
  std::string media_type;
  std::string bytes;
};

/// What a partner's engineer needs to speak with the gateway, made from the profile alone: `contract.html`
/// for people; for machines `contract.json` (what there is), a schema or layout of each message in both
/// directions, code lists, samples good and bad. The same profile gives the same bytes.
std::vector<ContractFile> contract(const Profile& profile);

/// The page that the contract begins with, and the list of its parts.
inline constexpr std::string_view contract_page = "contract.html";
inline constexpr std::string_view contract_index = "contract.json";

}  // namespace loangate::adapters
