#pragma once
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/sqlite/connection.hpp"
#include "store/sqlite/dictionaries.hpp"
#include "store/sqlite/memory.hpp"
#include "store/witness.hpp"

namespace loangate::store {

/// What a unit may not ask for: its own fault, of which nothing is written.
using UnitFault = std::string;

/// One transaction of the writer, message by message.
///
/// What can be wrong with one unit is found before its first statement, so that no savepoint is needed to
/// undo it (a savepoint a message would copy every page that it touches). A statement that fails after that
/// condemns the group.
class Group {
 public:
  /// The numbers go on where the file's end.
  Group(Connection& connection, Memory& memory);

  void begin();
  /// The number that the next journal entry gets.
  Sequence next_sequence() const { return {now_.sequence + 1}; }
  /// Writes what one unit wants. The sequence of its entry, or why not. Throws SqliteError: then roll back.
  std::expected<std::optional<Sequence>, UnitFault> write(Writes& writes);
  /// After this returns the group survives a crash and a power cut. If it throws, whether the group is kept
  /// is known only for a full disk (it is not); otherwise the file has to be opened anew and asked.
  ///
  /// A crash before the end of COMMIT leaves a WAL without this group's commit frame, or with one whose
  /// checksum fails: the next start does not see any of it. A crash after it leaves the group whole.
  void commit();
  /// Forgets the group. Does not throw: if SQLite has rolled back already, there is nothing to do.
  void rollback();

  /// The last numbers given out.
  struct Numbers {
    std::uint64_t sequence = 0;
    std::uint64_t change = 0;
    std::uint64_t attempt = 0;
    friend bool operator==(const Numbers&, const Numbers&) = default;
  };
  Numbers committed() const { return committed_; }
  /// With what the group at work has written.
  Numbers written() const { return now_; }
  /// What the group last begun has written.
  const Facts& facts() const { return facts_; }

 private:
  /// Texts of a unit, made before anything of it is written.
  struct Rendered {
    std::vector<std::string> changes;
    std::vector<std::string> outgoing;
  };

  std::expected<Rendered, UnitFault> render(Writes& writes, Sequence sequence) const;
  void write_entry(const JournalEntry& entry, Sequence sequence);
  std::uint64_t change_before(const Change& change, std::string_view kind, std::string_view thing);
  void write_change(const Change& change, std::string_view json, Sequence cause, bool of_act);
  void write_loan(const Loan& loan, std::uint64_t change, bool filed_before);
  void write_outgoing(const Outgoing& outgoing, std::string_view json, DeliveryId id, Sequence cause,
                      Instant at);
  void write_delivery(const DeliveryChange& change);
  void write_archived(const ArchivedDay& day, Sequence act);
  std::uint32_t name(std::string_view text);

  Connection& connection_;
  Memory& memory_;
  Dictionaries dictionaries_;
  Statement begin_, commit_, entry_, change_, change_of_act_, change_of_loan_, change_of_thing_, name_, loan_,
      loan_before_, thing_, fingerprints_, delivery_, delivery_before_, delivery_state_, attempt_,
      entry_total_, delivery_total_, archived_before_, archived_;
  Sequence newest_filing_;  // the last entry with a change of a loan
  std::string packed_;      // texts of the entry at work
  Facts facts_;
  Numbers committed_;
  Numbers now_;
  std::map<std::pair<PartnerId, Outcome>, std::int64_t> entries_by_outcome_;
  std::map<std::pair<std::string_view, DeliveryState>, std::int64_t> deliveries_by_state_;
};

}  // namespace loangate::store
