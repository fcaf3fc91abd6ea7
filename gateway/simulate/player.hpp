#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulate/companies.hpp"
#include "simulate/scenario.hpp"
#include "simulate/story.hpp"

namespace loangate::simulate {

/// A loan as the story knows it, by its own account.
struct StoryLoan {
  Partner* bank;
  LoanNo no;
  std::uint32_t company;
  Fen amount;
  Date lent;
  Date matures;
  Security security;
  Partner* guarantor = nullptr;
  bool stands = true;  ///< neither turned away nor paid back: its bank hears of the company's defaults
};

/// What a message must be answered with.
struct Fate {
  Outcome outcome = Outcome::accepted;
  bool duplicate = false;  ///< the first receipt again, whatever its outcome
};

/// Says what the story says, counts what is answered, and keeps its own account of what must come of it.
/// After a trouble that makes it impossible to go on, everything asked of it does nothing.
class Player {
 public:
  Player(Stage stage, Progress progress) : stage_(stage), progress_(std::move(progress)) {}

  Summary summary;
  bool ok() const { return trouble_.empty(); }
  const std::string& trouble() const { return trouble_; }

  void chapter(std::string_view zh, std::string_view en);
  /// Goes on to nine o'clock of the day.
  void on(Date day);
  Date today() const { return civil_day(stage_.clock.now()); }

  // --- the office
  void enter(MessageKind kind, const std::vector<Record>& acts);
  void decide(const RuleHold& ruling);
  void decide(const RuleCompensation& ruling);
  std::optional<CaseNo> case_of(const StoryLoan& loan);

  // --- the partners
  Peers& peers() { return stage_.peers; }
  Partner& bank(std::string_view id);
  /// The chosen bank, or the next of its format that can file such a loan.
  Partner& bank(const BankChoice& choice, Security security, bool guaranteed);
  static bool can_file(const Partner& bank, Security security, bool guaranteed);

  /// A loan of the story with a number of its own.
  StoryLoan loan(Partner& from, std::uint32_t company, Fen amount, Date lent, Date matures, Security security,
                 Partner* guarantor = nullptr);
  /// Its filing in full, at the greatest rate up to `most` that the bank's format can write.
  static Record filing(const StoryLoan& loan, Rate most);

  /// Sends a message; the receipt must say what is expected.
  boost::asio::awaitable<void> say(Partner& from, MessageKind kind, Record& message, Fate expected,
                                   std::string what);
  boost::asio::awaitable<void> post(Partner& from, std::string bytes, MessageKind kind, Fate expected,
                                    std::string what);

  boost::asio::awaitable<void> file(StoryLoan& loan, Rate most, Fate expected = {});
  boost::asio::awaitable<void> extend(StoryLoan& loan, Date until);
  boost::asio::awaitable<void> repay(const StoryLoan& loan, Fen principal);
  boost::asio::awaitable<void> pay_back(StoryLoan& loan);
  boost::asio::awaitable<void> report_overdue(const StoryLoan& loan, Fen principal, Fen interest);
  boost::asio::awaitable<void> apply(const StoryLoan& loan, Fen principal, Fen interest);
  /// Fund and guarantors pay what they were told to pay and had not yet paid; then the banks say that it
  /// came.
  boost::asio::awaitable<void> pay();
  /// Waits until everything that goes out has come where it goes.
  boost::asio::awaitable<void> deliver();

  /// What reached the partners, for the summary.
  void count_deliveries();
  void surprise(std::string what) { summary.surprises.push_back(std::move(what)); }

 private:
  void fail(std::string what) {
    if (ok()) trouble_ = std::move(what);
  }
  void count(const Partner& from, const Answer& answer);

  Stage stage_;
  Progress progress_;
  std::string trouble_;
  std::uint32_t loans_ = 0;
  std::vector<StoryLoan> account_;  // every loan that stands, to know who must hear of a default
  std::vector<InstructionNo> paid_;
};

Date date(std::string_view text);
Fen yuan(std::string_view text);

}  // namespace loangate::simulate
