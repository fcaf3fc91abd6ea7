#pragma once
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "domain/registry.hpp"

namespace loangate::store {

/// One entry of the journal: a message, or an act of a person, with everything that was decided about it.
/// Entries are never changed. The leaf that evidence will rest on (settled 18) is made of these fields.
struct JournalEntry {
  PartnerId partner = {};                ///< who sent it; empty for an act
  PersonId person = {};                  ///< who did it; empty for a message
  std::string address = {};              ///< from where the person came; empty for a message
  std::optional<MessageKind> kind = {};  ///< none: unreadable, type unknown
  MessageId message_id = {};  ///< empty: unreadable. An entry with outcome conflict does not claim its id:
                              ///< the first message keeps it. Of an act: its idempotency key, if it has one
  Instant received = {};      ///< business time (settled 9)
  Instant real_time = {};
  std::string raw = {};        ///< the bytes as they came
  std::string canonical = {};  ///< canonical JSON; empty if unreadable
  Digest raw_digest = {};
  Digest content = {};  ///< canonical without transport fields (settled 11)
  Digest profile =
      {};  ///< version of the profile that read the message and wrote its receipt; zero: none did
  Outcome outcome = Outcome::accepted;
  std::string findings = {};  ///< JSON array of the findings as receipts show them
  unsigned status = 200;      ///< HTTP status of the answer
  std::string receipt = {};   ///< the answer's body, byte for byte
};

/// The message id under which a partner's document of this SHA-256 is kept: `document/9f86d0…` (settled 35).
inline MessageId document_id(const Digest& sha256) {
  return *MessageId::parse("document/" + hex(sha256));
}

struct StoredEntry {
  Sequence sequence;
  JournalEntry entry;
  /// The act by which retention removed its texts: raw, canonical, findings and receipt are empty then. None:
  /// they are there.
  std::optional<Sequence> removed_by = {};
};

/// What is known of a message that came before.
struct Prior {
  Sequence sequence;
  Instant received;  ///< business time
  Digest raw_digest;
  Digest content;
  Outcome outcome;
  unsigned status;
  std::string receipt;
  std::optional<Sequence> removed_by = {};  ///< as of a StoredEntry: the receipt is empty then
};

/// Entries of one civil day (real time) that stand side by side in the journal and whose texts lie in a file
/// of their own (settled 19, store/archive.hpp). A day on which the clock was set back may have several.
struct ArchivedDay {
  Date day = Date::from_days(0);
  Sequence first = {};
  Sequence last = {};
  std::uint64_t generation = 0;             ///< how often its file was written anew
  std::uint64_t entries = 0;                ///< whose texts the file holds; 0: there is no file
  std::uint64_t bytes = 0;                  ///< of these texts, packed
  Digest digest = {};                       ///< SHA-256 over them, each with its sequence
  std::optional<Sequence> removed_by = {};  ///< the last act by which retention removed some
};

enum class DeliveryState : std::uint8_t {
  waiting,    ///< must still go out (to be pushed, or in the mailbox)
  delivered,  ///< the partner's own answer or acknowledgement confirmed it
  parked,     ///< stopped, with a reason; stops its lane (settled 22)
  withdrawn,  ///< an operator released the lane without it, with a reason
};

/// A message in the outbox.
struct Delivery {
  DeliveryId id;
  Sequence cause;
  PartnerId to;
  MessageKind kind;
  std::string lane;
  std::string message;  ///< canonical JSON, delivery_id included
  DeliveryState state = DeliveryState::waiting;
  std::uint32_t attempts = 0;
  Instant next_attempt = {};  ///< real time; zero: at once
  std::string reason = {};    ///< of the last failure or of parking
  Instant created = {};       ///< real time of the commit
};

/// One attempt to deliver, or a change of a delivery's state by hand.
struct DeliveryChange {
  DeliveryId id;
  DeliveryState state;
  std::uint32_t attempts = 0;
  Instant next_attempt = {};
  std::string reason = {};
  Instant at = {};  ///< real time
  std::string answer =
      {};  ///< the partner's bytes, as far as they came (at most 64 KiB): also those that make no sense
};

/// Everything that follows from one message, act or attempt. It commits as a whole or not at all.
struct Writes {
  std::optional<JournalEntry> entry = {};
  std::vector<Change> changes = {};
  std::vector<Outgoing> outgoing = {};  ///< nothing goes out without its cause
  std::vector<DeliveryChange> deliveries = {};
  /// Without an entry of their own: the earlier entry from which the changes and outgoing messages follow, as
  /// a batch's progress does from the entry of its file. It must have sent nothing out itself.
  std::optional<Sequence> cause = {};
  /// With the act that removes texts: the day's file from now on, as Archive::keep_only() wrote it.
  std::optional<ArchivedDay> archived = {};
};

/// The registry and the journal as a unit of work sees them: committed state plus what the units before it in
/// the same group have written.
class View : public RegistryView {
 public:
  /// The message with this id of this partner; ids are never forgotten (settled 11).
  virtual std::optional<Prior> message(const PartnerId& partner, const MessageId& id) const = 0;
  /// The unreadable bytes of this digest (settled 14).
  virtual std::optional<Prior> unreadable(const PartnerId& partner, const Digest& raw) const = 0;
  virtual std::optional<Delivery> delivery(DeliveryId id) const = 0;
};

/// One unit of work: looks at the view and says what to write. `sequence` is the number that its journal
/// entry will have if it writes one. It may be called more than once (a group that cannot commit is tried
/// again one by one), so it must depend on nothing but its arguments and what it captured.
using Unit = std::function<Writes(const View& view, Sequence sequence)>;

/// Why a unit did not commit. Nothing of it was kept.
struct StoreFault {
  enum class Kind : std::uint8_t { full, busy, broken, stopping };
  Kind kind;
  std::string what;  ///< technical, for the log
};

/// The sequence of the unit's journal entry; none if it wrote no entry.
using Committed = std::expected<std::optional<Sequence>, StoreFault>;

/// The state of a thing after one cause: an item of the change feed (settled 1). Gap-free in `number`.
struct StoredChange {
  std::uint64_t number;
  Sequence cause;
  std::string kind;
  std::string key;
  std::string json;
  /// The number of the thing's change before this one, 0 if it is new. Kept of acts; none: not known.
  std::optional<std::uint64_t> before = {};
};

class Archive;

/// Where everything is kept. Implementations share one contract test suite (tests/store/contract.hpp).
///
/// One thread calls transact() and transact_whole(); the readers may be called from any thread at any time
/// and see committed state only. After transact() returns, what it reports as committed survives a crash and
/// a power cut.
///
/// A reader that cannot read (the disk fails) logs it and gives nothing, and ready() says `broken` until the
/// store has been opened anew, which it tries by itself: who must tell 'not there' from 'cannot say' asks
/// ready().
///
/// A delivery's id is the sequence of its cause times 100 plus its place among the outgoing, from 1. It is
/// written into the message, and into a default notice also the sequence of its cause as its number, unless
/// it has one.
class Store {
 public:
  virtual ~Store() = default;

  /// Runs the units in order as one group with one flush (settled 15). A unit whose writes fail is undone
  /// alone; if the group cannot commit, each unit is tried once alone.
  virtual std::vector<Committed> transact(std::span<const Unit> group) = 0;

  /// Runs the units in order as one group that is kept whole or not at all (settled 41): not if one of them
  /// fails, and not if `keep`, asked when all have run, says no. Gives what `keep` said.
  virtual std::expected<bool, StoreFault> transact_whole(std::span<const Unit> units,
                                                         const std::function<bool()>& keep) = 0;

  // --- readers
  virtual Sequence last_sequence() const = 0;
  virtual std::optional<StoredEntry> entry(Sequence sequence) const = 0;
  virtual std::optional<StoredEntry> entry(const PartnerId& partner, const MessageId& id) const = 0;
  virtual std::vector<StoredEntry> entries_after(Sequence sequence, std::size_t limit) const = 0;
  /// Entries of persons and of the gateway itself before an entry, newest first.
  virtual std::vector<StoredEntry> acts_before(Sequence sequence, std::size_t limit) const = 0;
  virtual std::vector<StoredChange> changes_after(std::uint64_t number, std::size_t limit) const = 0;
  /// What the entry changed when it was written, at most `limit`. Nothing of entries that an older program
  /// wrote, nor what followed from it later (Writes::cause).
  virtual std::vector<StoredChange> changes_of(Sequence sequence, std::size_t limit) const = 0;
  /// The present state of all things of a kind (`case`, `proposal`, …), loans excepted.
  virtual std::vector<Change> all(std::string_view kind) const = 0;
  /// The present state of one thing of a kind, loans excepted.
  virtual std::optional<Change> find(std::string_view kind, std::string_view key) const = 0;
  virtual std::optional<Loan> loan(const LoanRef& ref) const = 0;
  /// The company's loans that are neither refused nor settled, oldest first: who lends how much (settled 10).
  virtual std::vector<Loan> open_loans(const Uscc& company, std::size_t limit) const = 0;
  /// Open loans filed after an entry, oldest first: page by page all of them.
  virtual std::vector<Loan> open_loans_after(Sequence filing, std::size_t limit) const = 0;
  /// All loans filed after an entry, in the same way.
  virtual std::vector<Loan> loans_after(Sequence filing, std::size_t limit) const = 0;
  /// Loans whose standing is pending, oldest first.
  virtual std::vector<Loan> pending_loans(std::size_t limit) const = 0;
  /// Deliveries of a partner that are waiting or parked, in order of their ids.
  virtual std::vector<Delivery> undelivered(const PartnerId& to, DeliveryId after,
                                            std::size_t limit) const = 0;
  virtual std::optional<Delivery> delivery(DeliveryId id) const = 0;
  /// Every attempt at a delivery and every change of it by hand, oldest first, with the partner's answers.
  virtual std::vector<DeliveryChange> attempts(DeliveryId id) const = 0;
  struct DeliveryTotals {
    MessageKind kind;
    DeliveryState state;
    std::uint64_t count;
  };
  virtual std::vector<DeliveryTotals> delivery_totals() const = 0;
  struct EntryTotals {
    PartnerId partner;
    Outcome outcome;
    std::uint64_t count;
  };
  virtual std::vector<EntryTotals> entry_totals() const = 0;
  /// Copies what is committed at one moment into a new file, and verifies the copy: every page, every index,
  /// the last entry. Gives the last entry's sequence. `at_that_moment` is called when the moment is fixed and
  /// nothing is copied yet; `go_on` now and then: no gives the copy up. Takes as long as the disk needs, on
  /// the caller's thread; the writer goes on meanwhile, but the log grows. The error is a sentence; part of
  /// the file may be there then.
  virtual std::expected<Sequence, std::string> copy_to(const std::filesystem::path& file,
                                                       const std::function<void()>& at_that_moment,
                                                       const std::function<bool()>& go_on) const = 0;
  /// Where days of the journal go when they are old. Readers give their entries as before.
  virtual Archive& archive() = 0;
  /// Whether the store can take work now; otherwise why not (disk below the low-water mark, broken).
  virtual std::expected<void, StoreFault> ready() const = 0;
};

}  // namespace loangate::store
