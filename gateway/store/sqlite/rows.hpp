#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "store/sqlite/connection.hpp"
#include "store/witness.hpp"

namespace loangate::store {

/// Reads the tables back into what store.hpp speaks of. One per connection, with its statements kept. Inside
/// the writer's open transaction it sees what the group has written so far. Throws SqliteError, also for rows
/// that make no sense.
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
  Statement entry_, entries_, acts_, prior_, changes_, changes_of_, thing_, things_, loan_, pending_, open_,
      open_count_, open_of_, open_after_, loans_after_, delivery_, undelivered_, attempts_, delivery_totals_,
      entry_totals_;
};

/// How many deliveries each partner has that are waiting or parked. Reads all of these rows: for the start.
std::vector<Undelivered> undelivered_counts(Connection& connection);

}  // namespace loangate::store
