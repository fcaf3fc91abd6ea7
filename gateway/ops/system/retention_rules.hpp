#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "domain/date.hpp"
#include "store/store.hpp"

/// How long what is kept, and what stays whatever its age (settled 19, decision 0024).
namespace loangate::ops {

/// `retention` of gateway.yaml.
struct RetentionLimits {
  int archive_after_days = 0;  ///< 0: days stay in the store
  /// By kind of message, or `unreadable`, `document`, `file`; `all` those without a line. Without either: for
  /// ever. Acts are kept for ever.
  std::map<std::string, int, std::less<>> keep_days = {};

  /// None: for ever.
  std::optional<int> keep_days_of(const store::JournalEntry& entry) const;
  /// None: nothing is ever removed.
  std::optional<int> least() const;
  friend bool operator==(const RetentionLimits&, const RetentionLimits&) = default;
};

/// Whether a word may stand in keep_days.
bool is_retention_kind(std::string_view word);

/// A legal hold in force: of all that a partner sent, or of one loan.
struct HoldInForce {
  PartnerId institution;
  std::optional<LoanNo> loan_no = {};
  std::string reason;
  Sequence act;
  Instant since;
};
std::vector<HoldInForce> holds_in_force(const store::Store& store);

/// Why texts stay.
enum class Stays : std::uint8_t {
  act,         ///< what persons and the gateway itself did is evidence
  not_yet,     ///< its time is not over, or never is
  legal_hold,  ///< nothing overrides it
  not_final,   ///< its loan is open, something of it is undelivered, or it waits for somebody
};
std::string_view name_of(Stays stays);

/// Judges the entries of one archived day, as the registry stands when this is made. What cannot be told
/// stays. A store that could not be read says nothing: who asks compares Archive::failed_reads().
class RetentionRules {
 public:
  RetentionRules(const store::Store& store, const RetentionLimits& limits, Date today);

  /// Why the texts of an entry of this day stay; nothing: they may go.
  std::optional<Stays> stays(const store::StoredEntry& entry, Date day);

  /// Whether nothing was entered since this was made that speaks against what stays() let go: no legal hold,
  /// and nothing about a loan of those. Looks at what is new since it was asked last.
  bool still_so();

 private:
  enum class Standing : std::uint8_t { final, open, held };
  /// What an entry speaks of: loans, as `lender/number`, and whether something else waits.
  struct Subjects {
    std::set<std::string> loans = {};
    bool waits = false;
  };

  Subjects subjects_of(const store::StoredEntry& entry) const;
  void add_named(const store::JournalEntry& entry, Subjects& subjects) const;
  void add_loan_of(std::string_view kind, std::string_view key, Subjects& subjects) const;
  Standing standing_of(const std::string& loan);
  bool undelivered(Sequence cause) const;

  const store::Store& store_;
  const RetentionLimits& limits_;
  const Date today_;
  std::set<std::string> held_;                           // `bank01`, `bank01/JJ1`
  std::unordered_map<std::string, Standing> standings_;  // of loans, by their texts
  std::unordered_map<std::string, Standing> documents_;  // by SHA-256, hex: of those that stay
  std::unordered_set<std::string> let_go_;               // loans
  Sequence seen_;
};

}  // namespace loangate::ops
