#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/sqlite/connection.hpp"
#include "store/witness.hpp"

namespace loangate::store {

/// Where the journal begins and ends that is still in the store itself.
struct JournalEdge {
  Sequence first = {};
  Date first_day = Date::from_days(0);  ///< civil day, real time
  Sequence last = {};
  Date last_day = Date::from_days(0);
};

/// An entry's texts as the store keeps them.
struct PackedEntry {
  Sequence sequence;
  Instant real_time;
  std::string texts;
};

/// Reads the tables back into what store.hpp speaks of. One per connection, with its statements kept. Inside
/// the writer's open transaction it sees what the group has written so far. Entries of archived days are
/// given whole, with their texts from the day's file. Throws SqliteError, also for rows that make no sense.
class RowReader {
 public:
  explicit RowReader(Connection& connection);

  std::optional<StoredEntry> entry(Sequence sequence) const;
  std::vector<StoredEntry> entries_after(Sequence sequence, std::size_t limit) const;
  /// What is known of the entry, if it is this partner's message of this id.
  std::optional<Prior> message(Sequence sequence, const PartnerId& partner, const MessageId& id) const;
  /// What is known of the entry, if these are this partner's unreadable bytes.
  std::optional<Prior> unreadable(Sequence sequence, const PartnerId& partner, const Digest& raw) const;

  std::vector<StoredEntry> acts_before(Sequence sequence, std::size_t limit) const;

  /// None: the journal is empty.
  std::optional<JournalEdge> edge() const;
  /// Of entries that are still in the store itself; at most about `most_bytes`.
  std::vector<PackedEntry> packed_after(Sequence sequence, std::size_t most_bytes) const;
  std::vector<ArchivedDay> archived_days() const;
  /// The day to which an entry belongs that was moved.
  std::optional<ArchivedDay> archived_day_of(Sequence sequence) const;
  /// Where the files of archived days lie.
  const std::filesystem::path& archive_folder() const { return archive_; }

  /// Against which texts were packed; none: there is no such.
  std::optional<std::string_view> dictionary(std::uint32_t number) const;

  std::vector<StoredChange> changes_after(std::uint64_t number, std::size_t limit) const;
  std::vector<StoredChange> changes_of(Sequence sequence, std::size_t limit) const;
  std::optional<Change> thing(std::string_view kind, std::string_view key) const;
  std::vector<Change> all(std::string_view kind) const;

  /// The present state of the loan that this entry filed.
  std::optional<Loan> loan(Sequence filing) const;
  std::vector<Loan> pending_loans(std::size_t limit) const;
  /// Goes through the whole table of loans (0.1 s a million): an index by company would cost every filing a
  /// random page, and only the office asks.
  std::vector<Loan> open_loans(const Uscc& company, std::size_t limit) const;
  /// How many open loans a lender has (a number of the table of names), and the oldest of them. Goes through
  /// the whole table too.
  RegistryView::OpenLoans open_loans_of(std::uint32_t lender, std::size_t limit) const;
  /// Open loans filed after an entry, oldest first: for who goes through all of them.
  std::vector<Loan> loans_after(Sequence filing, std::size_t limit) const;
  std::vector<Loan> open_loans_after(Sequence filing, std::size_t limit) const;

  std::optional<Delivery> delivery(DeliveryId id) const;
  std::vector<Delivery> undelivered(const PartnerId& to, DeliveryId after, std::size_t limit) const;
  std::vector<DeliveryChange> attempts(DeliveryId id) const;

  std::vector<Store::DeliveryTotals> delivery_totals() const;
  std::vector<Store::EntryTotals> entry_totals() const;

 private:
  std::optional<Prior> prior(Sequence sequence,
                             const std::function<bool(const Statement::Run&)>& is_meant) const;

  const std::filesystem::path archive_;
  Statement entry_, head_, entries_, acts_, prior_, prior_head_, edge_, packed_, days_, day_of_, dictionary_,
      changes_, changes_of_, thing_, things_, loan_, pending_, open_, open_count_, open_of_, open_after_,
      loans_after_, delivery_, undelivered_, attempts_, delivery_totals_, entry_totals_;
  mutable std::map<std::uint32_t, std::string> dictionaries_;  // those that were asked for: they never change
};

/// How many deliveries each partner has that are waiting or parked. Reads all of these rows: for the start.
std::vector<Undelivered> undelivered_counts(Connection& connection);

}  // namespace loangate::store
