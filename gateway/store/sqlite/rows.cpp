#include "store/sqlite/rows.hpp"

#include <fmt/format.h>

#include <utility>

#include "store/sqlite/archived_texts.hpp"
#include "store/sqlite/texts.hpp"

namespace loangate::store {

namespace {

// Not SQLITE_CORRUPT: the page is well, the row is not. Opening the file anew would not help, and only the
// unit that needs this row may fail.
[[noreturn]] void damaged(std::string_view table, std::uint64_t key, std::string_view what) {
  throw SqliteError(SQLITE_MISMATCH, fmt::format("{} {}: {}", table, key, what));
}

template <class Id>
Id id_from(std::string_view text) {
  return Id::parse(text).value_or(Id{});
}

std::optional<Outcome> outcome_from(std::string_view name) {
  const auto& codes = outcome_codes().codes;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (codes[i].name == name) return static_cast<Outcome>(i);
  }
  return std::nullopt;
}

Outcome outcome_of(const Statement::Run& row, int column, std::uint64_t sequence) {
  const auto outcome = outcome_from(row.text(column));
  if (!outcome) damaged("entry", sequence, "unknown outcome");
  return *outcome;
}

MessageKind kind_of(const Statement::Run& row, int column, std::string_view table, std::uint64_t key) {
  const auto kind = message_kind(row.text(column));
  if (!kind) damaged(table, key, "unknown kind of message");
  return *kind;
}

DeliveryState state_of(const Statement::Run& row, int column, std::string_view table, std::uint64_t key) {
  if (row.count(column) > std::to_underlying(DeliveryState::withdrawn)) damaged(table, key, "unknown state");
  return static_cast<DeliveryState>(row.integer(column));
}

// Of an entry that was moved the texts are NULL.
constexpr const char* entry_columns =
    "SELECT sequence, partner, person, kind, message_id, outcome, status, received, real_time, raw_digest, "
    "content, texts, profile, address FROM entry ";
constexpr const char* head_columns =
    "SELECT sequence, partner, person, kind, message_id, outcome, status, received, real_time, raw_digest, "
    "content, NULL, profile, address FROM entry_head ";
constexpr const char* day_columns =
    "SELECT day, first, last, generation, entries, bytes, digest, removed_by FROM archive_day ";

/// The texts of a row, in the store or not. Views into `room`.
struct Told {
  EntryTexts texts = {};
  std::optional<Sequence> removed_by = {};
};
Told told_by(const Statement::Run& row, int column, Sequence sequence, ArchivedTexts& archived,
             std::string& room) {
  ArchivedTexts::Found found;
  if (row.is_null(column)) found = archived.of(sequence);
  if (found.removed_by) return {.removed_by = found.removed_by};
  const auto texts = unpack_texts(
      row.is_null(column) ? found.packed : row.text(column),
      [&](std::uint32_t number) { return archived.rows().dictionary(number); }, room);
  if (!texts) damaged("entry", sequence.number, "texts cannot be unpacked");
  return {.texts = *texts};
}

StoredEntry entry_of(const Statement::Run& row, ArchivedTexts& archived) {
  const std::uint64_t sequence = row.count(0);
  std::string room;
  const auto [texts, removed_by] = told_by(row, 11, {sequence}, archived, room);
  return {.sequence = {sequence},
          .entry = {.partner = id_from<PartnerId>(row.text(1)),
                    .person = id_from<PersonId>(row.text(2)),
                    .address = std::string(row.text(13)),
                    .kind = message_kind(row.text(3)),
                    .message_id = id_from<MessageId>(row.text(4)),
                    .received = {row.integer(7)},
                    .real_time = {row.integer(8)},
                    .raw = std::string(texts.raw),
                    .canonical = std::string(texts.canonical),
                    .raw_digest = row.digest(9),
                    .content = row.digest(10),
                    .profile = row.digest(12),
                    .outcome = outcome_of(row, 5, sequence),
                    .findings = std::string(texts.findings),
                    .status = static_cast<unsigned>(row.integer(6)),
                    .receipt = std::string(texts.receipt)},
          .removed_by = removed_by};
}

ArchivedDay day_of(const Statement::Run& row) {
  ArchivedDay day{.day = Date::from_days(static_cast<std::int32_t>(row.integer(0))),
                  .first = {row.count(1)},
                  .last = {row.count(2)},
                  .generation = row.count(3),
                  .entries = row.count(4),
                  .bytes = row.count(5),
                  .digest = row.digest(6)};
  if (!row.is_null(7)) day.removed_by = Sequence{row.count(7)};
  return day;
}

constexpr const char* delivery_columns =
    "SELECT id, cause, recipient, kind, lane, created, state, attempts, next_attempt, reason, message FROM "
    "delivery ";

Delivery delivery_of(const Statement::Run& row) {
  const std::uint64_t id = row.count(0);
  return {.id = {id},
          .cause = {row.count(1)},
          .to = id_from<PartnerId>(row.text(2)),
          .kind = kind_of(row, 3, "delivery", id),
          .lane = std::string(row.text(4)),
          .message = std::string(row.text(10)),
          .state = state_of(row, 6, "delivery", id),
          .attempts = static_cast<std::uint32_t>(row.integer(7)),
          .next_attempt = {row.integer(8)},
          .reason = std::string(row.text(9)),
          .created = {row.integer(5)}};
}

Change change_of(std::uint64_t number, std::string_view kind, std::string_view json) {
  auto change = change_from_json(kind, json);
  if (!change) damaged("change", number, change.error());
  return *std::move(change);
}

StoredChange stored_change_of(const Statement::Run& row) {
  StoredChange change{.number = row.count(0),
                      .cause = {row.count(1)},
                      .kind = std::string(row.text(2)),
                      .key = std::string(row.text(3)),
                      .json = std::string(row.text(4))};
  if (!row.is_null(5)) change.before = row.count(5);
  return change;
}

Loan loan_of(const Statement::Run& row) {
  return std::get<Loan>(change_of(row.count(0), "loan", row.text(1)));
}

template <class Item, class Read>
std::vector<Item> collect(Statement::Run& run, Read read) {
  std::vector<Item> items;
  while (run.step()) items.push_back(read(run));
  return items;
}

}  // namespace

RowReader::RowReader(Connection& connection)
    : archive_(store::archive_folder(sqlite3_db_filename(connection.handle(), "main"))),
      entry_(connection, fmt::format("{} WHERE sequence = ?", entry_columns).c_str()),
      head_(connection, fmt::format("{} WHERE sequence = ?", head_columns).c_str()),
      // One statement sees one moment: an entry that is being moved is in one of the two.
      entries_(connection, fmt::format("{} WHERE sequence > ?1 UNION ALL {} WHERE sequence > ?1 "
                                       "ORDER BY sequence LIMIT ?2",
                                       entry_columns, head_columns)
                               .c_str()),
      acts_(connection, fmt::format("{} INDEXED BY entry_act WHERE person <> '' AND sequence < ?1 UNION ALL "
                                    "{} INDEXED BY entry_head_act WHERE person <> '' AND sequence < ?1 "
                                    "ORDER BY sequence DESC LIMIT ?2",
                                    entry_columns, head_columns)
                            .c_str()),
      prior_(connection,
             "SELECT partner, message_id, outcome, status, raw_digest, content, texts, received FROM entry "
             "WHERE "
             "sequence = ?"),
      prior_head_(
          connection,
          "SELECT partner, message_id, outcome, status, raw_digest, content, NULL, received FROM entry_head "
          "WHERE sequence = ?"),
      edge_(connection,
            "SELECT a.sequence, a.real_time, z.sequence, z.real_time FROM entry a, entry z WHERE "
            "a.sequence = (SELECT min(sequence) FROM entry) AND z.sequence = (SELECT max(sequence) FROM "
            "entry)"),
      packed_(connection,
              "SELECT sequence, real_time, texts FROM entry WHERE sequence > ? ORDER BY sequence"),
      days_(connection, fmt::format("{} ORDER BY first", day_columns).c_str()),
      day_of_(connection,
              fmt::format("{} WHERE first <= ? ORDER BY first DESC LIMIT 1", day_columns).c_str()),
      dictionary_(connection, "SELECT bytes FROM dictionary WHERE number = ?"),
      changes_(connection,
               "SELECT number, cause, kind, key, json, before FROM change WHERE number > ? ORDER BY number "
               "LIMIT ?"),
      changes_of_(connection,
                  "SELECT number, cause, kind, key, json, before FROM change WHERE number > "
                  "(SELECT changes_after FROM entry WHERE sequence = ?1 AND changes_after >= 0 UNION ALL "
                  "SELECT changes_after FROM entry_head WHERE sequence = ?1 AND changes_after >= 0) "
                  "ORDER BY number LIMIT ?2"),
      thing_(connection,
             "SELECT change.number, json FROM thing JOIN change ON change.number = thing.change "
             "WHERE thing.kind = ? AND thing.key = ?"),
      things_(connection,
              "SELECT change.number, json FROM thing JOIN change ON change.number = thing.change "
              "WHERE thing.kind = ? ORDER BY thing.key"),
      loan_(connection,
            "SELECT change, json FROM loan JOIN change ON change.number = loan.change WHERE filing = ?"),
      pending_(
          connection,
          "SELECT change, json FROM loan INDEXED BY loan_pending JOIN change ON change.number = loan.change "
          "WHERE standing = 0 ORDER BY filing LIMIT ?"),
      open_(connection,
            "SELECT change, json FROM loan JOIN change ON change.number = loan.change "
            "WHERE company = (SELECT number FROM name WHERE text = ?) AND open = 1 ORDER BY filing LIMIT ?"),
      open_count_(connection, "SELECT count(*) FROM loan WHERE lender = ? AND open = 1"),
      open_of_(connection,
               "SELECT change, json FROM loan JOIN change ON change.number = loan.change "
               "WHERE lender = ? AND open = 1 ORDER BY filing LIMIT ?"),
      open_after_(connection,
                  "SELECT change, json FROM loan JOIN change ON change.number = loan.change "
                  "WHERE filing > ? AND open = 1 ORDER BY filing LIMIT ?"),
      loans_after_(connection,
                   "SELECT change, json FROM loan JOIN change ON change.number = loan.change "
                   "WHERE filing > ? ORDER BY filing LIMIT ?"),
      delivery_(connection, fmt::format("{} WHERE id = ?", delivery_columns).c_str()),
      undelivered_(connection,
                   fmt::format("{} INDEXED BY delivery_undelivered WHERE state IN (0, 2) AND recipient = ? "
                               "AND id > ? ORDER BY id LIMIT ?",
                               delivery_columns)
                       .c_str()),
      attempts_(connection,
                "SELECT state, attempts, next_attempt, reason, at, answer FROM attempt WHERE delivery = ? "
                "ORDER BY number"),
      delivery_totals_(
          connection,
          "SELECT of, fate, count FROM total WHERE what = 'delivery' AND count > 0 ORDER BY of, fate"),
      entry_totals_(connection, "SELECT of, fate, count FROM total WHERE what = 'entry' ORDER BY of, fate") {}

std::optional<StoredEntry> RowReader::entry(Sequence sequence) const {
  ArchivedTexts archived(*this);
  {
    auto run = entry_.use();
    if (run.bind(sequence.number).step()) return entry_of(run, archived);
  }
  auto run = head_.use();
  if (!run.bind(sequence.number).step()) return std::nullopt;
  return entry_of(run, archived);
}

std::vector<StoredEntry> RowReader::entries_after(Sequence sequence, std::size_t limit) const {
  ArchivedTexts archived(*this);
  auto run = entries_.use();
  run.bind(sequence.number).bind(std::uint64_t{limit});
  return collect<StoredEntry>(run, [&](const Statement::Run& row) { return entry_of(row, archived); });
}

std::optional<Prior> RowReader::prior(Sequence sequence,
                                      const std::function<bool(const Statement::Run&)>& is_meant) const {
  for (const Statement* statement : {&prior_, &prior_head_}) {
    auto row = statement->use();
    if (!row.bind(sequence.number).step()) continue;
    if (!is_meant(row)) return std::nullopt;
    ArchivedTexts archived(*this);
    std::string room;
    const auto [texts, removed_by] = told_by(row, 6, sequence, archived, room);
    return Prior{.sequence = sequence,
                 .received = {row.integer(7)},
                 .raw_digest = row.digest(4),
                 .content = row.digest(5),
                 .outcome = outcome_of(row, 2, sequence.number),
                 .status = static_cast<unsigned>(row.integer(3)),
                 .receipt = std::string(texts.receipt),
                 .removed_by = removed_by};
  }
  return std::nullopt;
}

std::optional<Prior> RowReader::message(Sequence sequence, const PartnerId& partner,
                                        const MessageId& id) const {
  return prior(sequence, [&](const Statement::Run& row) {
    return row.text(0) == partner.view() && row.text(1) == id.view();
  });
}

std::optional<Prior> RowReader::unreadable(Sequence sequence, const PartnerId& partner,
                                           const Digest& raw) const {
  return prior(sequence, [&](const Statement::Run& row) {
    return row.text(0) == partner.view() && row.digest(4) == raw;
  });
}

std::vector<StoredEntry> RowReader::acts_before(Sequence sequence, std::size_t limit) const {
  ArchivedTexts archived(*this);
  auto run = acts_.use();
  run.bind(sequence.number).bind(std::uint64_t{limit});
  return collect<StoredEntry>(run, [&](const Statement::Run& row) { return entry_of(row, archived); });
}

std::optional<std::string_view> RowReader::dictionary(std::uint32_t number) const {
  const auto known = dictionaries_.find(number);
  if (known != dictionaries_.end()) return known->second;
  auto row = dictionary_.use();
  if (!row.bind(std::uint64_t{number}).step()) return std::nullopt;
  return dictionaries_.emplace(number, row.text(0)).first->second;
}

std::optional<JournalEdge> RowReader::edge() const {
  auto row = edge_.use();
  if (!row.step()) return std::nullopt;
  return JournalEdge{.first = {row.count(0)},
                     .first_day = civil_day({row.integer(1)}),
                     .last = {row.count(2)},
                     .last_day = civil_day({row.integer(3)})};
}

std::vector<PackedEntry> RowReader::packed_after(Sequence sequence, std::size_t most_bytes) const {
  std::vector<PackedEntry> entries;
  auto row = packed_.use();
  row.bind(sequence.number);
  for (std::size_t bytes = 0; bytes < most_bytes && row.step();) {
    entries.push_back({{row.count(0)}, {row.integer(1)}, std::string(row.text(2))});
    bytes += entries.back().texts.size();
  }
  return entries;
}

std::vector<ArchivedDay> RowReader::archived_days() const {
  auto run = days_.use();
  return collect<ArchivedDay>(run, day_of);
}

std::optional<ArchivedDay> RowReader::archived_day_of(Sequence sequence) const {
  auto row = day_of_.use();
  if (!row.bind(sequence.number).step()) return std::nullopt;
  ArchivedDay day = day_of(row);
  if (day.last < sequence) return std::nullopt;
  return day;
}

std::vector<StoredChange> RowReader::changes_after(std::uint64_t number, std::size_t limit) const {
  auto run = changes_.use();
  run.bind(number).bind(std::uint64_t{limit});
  return collect<StoredChange>(run, stored_change_of);
}

/// They were written together: the first that is another's ends them.
std::vector<StoredChange> RowReader::changes_of(Sequence sequence, std::size_t limit) const {
  auto run = changes_of_.use();
  run.bind(sequence.number).bind(std::uint64_t{limit});
  std::vector<StoredChange> changes;
  while (run.step() && run.count(1) == sequence.number) changes.push_back(stored_change_of(run));
  return changes;
}

std::optional<Change> RowReader::thing(std::string_view kind, std::string_view key) const {
  auto run = thing_.use();
  if (!run.bind(kind).bind(key).step()) return std::nullopt;
  return change_of(run.count(0), kind, run.text(1));
}

std::vector<Change> RowReader::all(std::string_view kind) const {
  auto run = things_.use();
  run.bind(kind);
  return collect<Change>(
      run, [&](const Statement::Run& row) { return change_of(row.count(0), kind, row.text(1)); });
}

std::optional<Loan> RowReader::loan(Sequence filing) const {
  auto run = loan_.use();
  if (!run.bind(filing.number).step()) return std::nullopt;
  return loan_of(run);
}

std::vector<Loan> RowReader::pending_loans(std::size_t limit) const {
  auto run = pending_.use();
  run.bind(std::uint64_t{limit});
  return collect<Loan>(run, loan_of);
}

std::vector<Loan> RowReader::open_loans(const Uscc& company, std::size_t limit) const {
  auto run = open_.use();
  run.bind(company.view()).bind(std::uint64_t{limit});
  return collect<Loan>(run, loan_of);
}

RegistryView::OpenLoans RowReader::open_loans_of(std::uint32_t lender, std::size_t limit) const {
  RegistryView::OpenLoans open{};
  {
    auto run = open_count_.use();
    if (run.bind(std::uint64_t{lender}).step()) open.count = run.count(0);
  }
  auto run = open_of_.use();
  run.bind(std::uint64_t{lender}).bind(std::uint64_t{limit});
  open.some = collect<Loan>(run, loan_of);
  return open;
}

std::vector<Loan> RowReader::loans_after(Sequence filing, std::size_t limit) const {
  auto run = loans_after_.use();
  run.bind(filing.number).bind(std::uint64_t{limit});
  return collect<Loan>(run, loan_of);
}

std::vector<Loan> RowReader::open_loans_after(Sequence filing, std::size_t limit) const {
  auto run = open_after_.use();
  run.bind(filing.number).bind(std::uint64_t{limit});
  return collect<Loan>(run, loan_of);
}

std::optional<Delivery> RowReader::delivery(DeliveryId id) const {
  auto run = delivery_.use();
  if (!run.bind(id.number).step()) return std::nullopt;
  return delivery_of(run);
}

std::vector<Delivery> RowReader::undelivered(const PartnerId& to, DeliveryId after, std::size_t limit) const {
  auto run = undelivered_.use();
  run.bind(to.view()).bind(after.number).bind(std::uint64_t{limit});
  return collect<Delivery>(run, delivery_of);
}

std::vector<DeliveryChange> RowReader::attempts(DeliveryId id) const {
  auto run = attempts_.use();
  run.bind(id.number);
  return collect<DeliveryChange>(run, [&](const Statement::Run& row) {
    return DeliveryChange{.id = id,
                          .state = state_of(row, 0, "attempt of delivery", id.number),
                          .attempts = static_cast<std::uint32_t>(row.integer(1)),
                          .next_attempt = {row.integer(2)},
                          .reason = std::string(row.text(3)),
                          .at = {row.integer(4)},
                          .answer = std::string(row.text(5))};
  });
}

std::vector<Store::DeliveryTotals> RowReader::delivery_totals() const {
  auto run = delivery_totals_.use();
  return collect<Store::DeliveryTotals>(run, [](const Statement::Run& row) {
    return Store::DeliveryTotals{kind_of(row, 0, "total", 0), state_of(row, 1, "total", 0), row.count(2)};
  });
}

std::vector<Store::EntryTotals> RowReader::entry_totals() const {
  auto run = entry_totals_.use();
  return collect<Store::EntryTotals>(run, [](const Statement::Run& row) {
    return Store::EntryTotals{id_from<PartnerId>(row.text(0)), outcome_of(row, 1, 0), row.count(2)};
  });
}

std::vector<Undelivered> undelivered_counts(Connection& connection) {
  const Statement counts(connection,
                         "SELECT recipient, state, count(*) FROM delivery INDEXED BY delivery_undelivered "
                         "WHERE state IN (0, 2) GROUP BY recipient, state");
  auto run = counts.use();
  return collect<Undelivered>(run, [](const Statement::Run& row) {
    return Undelivered{id_from<PartnerId>(row.text(0)), state_of(row, 1, "delivery", 0), row.count(2)};
  });
}

}  // namespace loangate::store
