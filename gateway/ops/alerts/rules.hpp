#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/date.hpp"
#include "ops/flow/flow.hpp"

/// When the gateway itself calls for somebody: by age and silence, never because one thing failed once
/// (`decisions/0019`).
namespace loangate::ops::alerts {

enum class Rule : std::uint8_t {
  undelivered,
  partner_silent,
  file_missing,
  deadlines_near,
  certificate_expiring,
  disk_low,
  clock_off,
  evidence_failed,
  breaker_open,
  money_parked,
  store_down,
  revocations_expiring,
};

struct RuleSpec {
  Rule rule;
  std::string_view name;      ///< also of its runbook, config/monitoring/runbooks/NAME.md
  std::string_view severity;  ///< `page`: somebody must look now; `ticket`: within the day
  std::string_view zh;
  std::string_view en;
  std::string_view command;  ///< to run first; `{}` stands for what it is about
};
std::span<const RuleSpec> all_rules();
const RuleSpec& spec_of(Rule rule);
/// nullptr: no such rule.
const RuleSpec* find_rule(std::string_view name);

/// From where on there is trouble. What Flow calls slow and silent is in FlowBounds.
struct Bounds {
  FlowBounds flow = {};
  std::chrono::seconds undelivered_after{900};
  std::chrono::seconds breaker_open_after{600};
  std::chrono::seconds money_parked_after{300};
  int deadline_days = 2;  ///< calendar days before a deadline
  std::uint64_t disk_low_bytes = 1024ull << 20;
  std::chrono::seconds clock_step{2};  ///< that the machine's clock may jump between two looks
  friend bool operator==(const Bounds&, const Bounds&) = default;
};

/// How many days before its end a certificate is told of; one message at each. So it is of a list of
/// revocations, but only in the second half of its life: many live for a week.
inline constexpr std::array<int, 5> certificate_days{60, 30, 14, 7, 1};

/// The state of things, as one look found it. Instants are real time.
struct Seen {
  struct Partner {
    PartnerId id;
    PartnerFlow flow = {};
    std::optional<std::chrono::seconds> unreachable_for = {};
    std::optional<Instant> oldest_parked_money = {};  ///< when the instruction was made
  };
  struct MissingFiles {
    PartnerId partner;
    Date oldest;
    std::size_t days;
  };
  struct Deadlines {
    PartnerId lender;
    Date first;
    std::size_t count;
  };
  struct Certificate {
    std::string use;  ///< `server`, `own_client`, `client_ca`, `push_ca`, `pin-NAME`, `crl`
    Instant not_after;
    std::optional<Instant> list_of = {};  ///< of a list of revocations: when it was issued
  };
  Instant now;
  Instant since;  ///< the start of the process
  std::vector<Partner> partners = {};
  std::vector<MissingFiles> missing_files = {};
  std::vector<Deadlines> deadlines = {};
  std::vector<Certificate> certificates = {};
  std::uint64_t disk_free = UINT64_MAX;
  std::optional<std::string> store_fault = {};
  std::optional<Words> evidence_fault = {};
  bool record_read = true;                   ///< the check of the record has read all of it since the start
  std::chrono::seconds clock_stepped_by{0};  ///< within the last quarter of an hour; signed
};

/// One alert's name: a rule about one thing.
using Key = std::pair<Rule, std::string>;

struct Trouble {
  Key key;
  Words words;
};

/// What is wrong. `open` are the alerts that are open: what cannot be known so soon after a start stays as it
/// was. Pure.
std::vector<Trouble> troubles(const Seen& seen, const Bounds& bounds, const std::set<Key>& open);

/// What of a certificate's alert is before the day: its other stages take its place.
std::string_view subject_of(const Key& key);

}  // namespace loangate::ops::alerts
