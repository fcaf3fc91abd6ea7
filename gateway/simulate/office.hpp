#pragma once
#include <cstdint>
#include <expected>
#include <filesystem>
#include <span>
#include <string>

#include "base/clock.hpp"
#include "domain/messages.hpp"
#include "ops/client.hpp"

namespace loangate::simulate {

/// Messages that have not come where they go.
struct Undelivered {
  std::uint64_t waiting = 0;
  std::uint64_t parked = 0;
  std::uint64_t all() const { return waiting + parked; }
};

/// The bureau's people on the operations port, each with a certificate of their own: what the demonstration
/// needs to set its stage and to decide, by the port's calls alone (settled 1). Each call blocks until it is
/// answered.
class Office {
 public:
  struct People {
    std::filesystem::path pki;                    ///< the folder that certs/make-dev-pki.sh made
    std::string officer = "officer-li";           ///< enters and proposes
    std::string approver = "approver-wang";       ///< approves: never the same person
    std::string operator_name = "operator-zhao";  ///< sets the clock
  };
  static std::expected<Office, ConfigErrors> open(const std::string& url, const People& people);

  /// Enters acts that one person does alone: lists, institutions.
  std::expected<void, std::string> enter(MessageKind kind, std::span<const Record> acts);
  /// The officer proposes the act, the approver approves just what was proposed.
  std::expected<void, std::string> decide(MessageKind kind, const Record& act);
  /// The case of a loan for which compensation was applied.
  std::expected<CaseNo, std::string> case_of(const PartnerId& lender, const LoanNo& loan);
  /// The gateway's business time.
  std::expected<Instant, std::string> clock();
  /// Moves the gateway's business time forward.
  std::expected<void, std::string> set_clock(Instant now);
  std::expected<Undelivered, std::string> undelivered();

 private:
  Office(ops::Client officer, ops::Client approver, ops::Client operator_client)
      : officer_(std::move(officer)), approver_(std::move(approver)), operator_(std::move(operator_client)) {}

  ops::Client officer_;
  ops::Client approver_;
  ops::Client operator_;
};

}  // namespace loangate::simulate
