#pragma once
#include <deque>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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
  bool open = false;  ///< filed, and neither turned away nor closed: its bank hears of the company's defaults
  Fen outstanding = Fen::zero();
  MessageId filed_as = {};
  MessageId reported_as = {};  ///< its overdue
};

/// What a message must be answered with.
struct Fate {
  Outcome outcome = Outcome::accepted;
  bool duplicate = false;  ///< the first receipt again, whatever its outcome
};

/// A message that was said, and its answer.
struct Said {
  MessageId id = {};  ///< as the sender composed it
  std::optional<Receipt> receipt = {};
  bool accepted() const { return receipt && receipt->outcome == Outcome::accepted; }
};

/// Lets office and partners act, counts what is answered, and keeps the story's own account of its loans.
/// After a trouble that makes it impossible to go on, everything asked of it does nothing.
class Player {
 public:
  Player(Stage stage, Progress progress) : stage_(std::move(stage)), progress_(std::move(progress)) {}
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;

  Summary summary;
  bool ok() const { return trouble_.empty(); }
  const std::string& trouble() const { return trouble_; }
  void surprise(std::string what) { summary.surprises.push_back(std::move(what)); }

  void chapter(std::string_view zh, std::string_view en);
  /// Goes on to nine o'clock of the day.
  void on(Date day);
  void on(std::string_view day);
  Date today() const { return civil_day(stage_.clock.now()); }

  // --- the office
  void enter(MessageKind kind, std::span<const Record> acts);
  void enter(MessageKind kind, const Record& act) { enter(kind, std::span(&act, 1)); }
  /// One person proposes, another approves; `about` and `ruling` are for the eyes.
  void decide(MessageKind kind, const Record& act, std::string_view about, std::string_view ruling);
  std::optional<CaseNo> case_of(const StoryLoan& loan);

  // --- the partners
  Peers& peers() { return stage_.peers; }
  Partner& bank(std::string_view id);
  /// Of the programme that is for everybody, in the order of their ids.
  std::vector<Partner*> banks();
  /// Of those whom a rulebook names as its own.
  std::vector<Partner*> second_programme(PartnerRole role);
  /// The chosen bank, or the next of its format that can file such a loan.
  Partner& bank(const BankChoice& choice, Security security = Security::unsecured, bool guaranteed = false);
  static bool can_file(const Partner& bank, Security security, bool guaranteed);
  /// The n-th guarantor; -1: none.
  Partner* guarantor(int nth);

  /// Sends a message; the receipt must say what is expected.
  boost::asio::awaitable<Said> say(Partner& from, MessageKind kind, Record message, std::string what,
                                   Fate expected = {});
  boost::asio::awaitable<std::optional<Receipt>> post(Partner& from, std::string bytes, MessageKind kind,
                                                      std::string what, Fate expected = {});
  /// Hands in what the loan's bank must send along with a message of this kind.
  boost::asio::awaitable<void> hand_in_documents(const StoryLoan& loan, MessageKind kind);
  /// Waits until everything that goes out has come where it goes, but for what was ordered to stay unpaid.
  boost::asio::awaitable<void> deliver();

  // --- the account
  /// A loan of the story with a number of its own. It stays where it is.
  StoryLoan& loan(Partner& from, std::uint32_t company, Fen amount, Date lent, Date matures,
                  Security security, Partner* guarantor = nullptr);
  StoryLoan* find(const LoanNo& no);
  std::vector<StoryLoan*> open_loans_of(const Partner& bank);
  /// Other banks with an open loan to the loan's company.
  std::size_t other_lenders(const StoryLoan& loan) const;
  /// Whether nobody has asked this of the instruction or remittance before: each is answered once.
  bool first_time(const InstructionNo& number) { return answered_.insert(number).second; }

 private:
  void fail(std::string what) {
    if (ok()) trouble_ = std::move(what);
  }
  bool plays_second_programme(const Partner& partner) const;
  void count(const Partner& from, const Answer& answer);

  Stage stage_;
  Progress progress_;
  std::string trouble_;
  std::deque<StoryLoan> loans_;
  std::set<InstructionNo> answered_;
};

Date date(std::string_view text);
Fen yuan(std::string_view text);
/// `KC000001 300,000.00元`
std::string loan_and_amount(const StoryLoan& loan, Fen amount);

}  // namespace loangate::simulate
