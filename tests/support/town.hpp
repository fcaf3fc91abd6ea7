#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/sandbox.hpp"
#include "app/wait_for.hpp"
#include "base/temporary_folder.hpp"
#include "net/client.hpp"
#include "simulate/companies.hpp"
#include "simulate/office.hpp"
#include "simulate/peers.hpp"

namespace loangate::support {

/// Enters all partners as institutions, admitted from this day, and the companies 1 … `companies` as listed.
/// Stops the test program if the office cannot.
void set_stage(simulate::Office& office, simulate::Peers& peers, Date from, std::uint32_t companies);

/// The filing of an unsecured loan of a year at a low rate, disbursed on this day.
Record filing(const simulate::Partner& bank, std::string_view loan_no, std::uint32_t company, Fen amount,
              Date on);

/// A gateway with all its partners in this process, on a business day of its own, the stage set.
class Town {
 public:
  explicit Town(Date today, std::uint32_t companies = 20,
                const std::filesystem::path& config = std::filesystem::path(LOANGATE_SOURCE_DIR) / "config");

  app::Sandbox& sandbox() { return *sandbox_; }
  simulate::Partner& partner(std::string_view id) { return sandbox_->peers().at(*PartnerId::parse(id)); }
  simulate::Office& office() { return *office_; }
  Date today() const { return today_; }
  /// Moves the gateway's and the partners' clock to nine o'clock of the day.
  void go_to(Date day);

  /// Sends a message, completed and written in the partner's own format.
  simulate::Answer say(std::string_view partner, MessageKind kind, Record message);
  simulate::Answer post(std::string_view partner, std::string bytes);

  /// Any request to the partners' port, with any certificate of the development PKI (`senders/phrcb`).
  std::expected<net::Response, net::SendFailure> call(const std::string& certificate,
                                                      net::OutRequest request);
  /// What the operations port answers the officer.
  std::string ask_operations(const std::string& target);
  /// Any request to the operations port, as any person of the development PKI.
  net::Response operate(const std::string& person, std::string_view method, const std::string& target,
                        std::string body = {});

 private:
  TemporaryFolder folder_;
  Date today_;
  std::unique_ptr<app::Sandbox> sandbox_;
  std::optional<simulate::Office> office_;
};

}  // namespace loangate::support
