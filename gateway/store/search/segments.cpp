#include "store/search/segments.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "store/sqlite/schema.hpp"

namespace loangate::store::search {
namespace {

// `LGSI`
constexpr std::int64_t file_id = 0x4c475349;
// Another form of the file is another number: an older file is built again.
constexpr std::int64_t version = 1;

constexpr int cache_kib = 16 * 1024;
constexpr std::size_t rows_a_step = 4096;
constexpr std::size_t rows_ahead = 512;

std::string schema() {
  std::string sql;
  for (std::size_t level = 0; level < level_count; ++level) {
    sql += fmt::format(
        "CREATE TABLE posting_{} (segment INTEGER NOT NULL, term INTEGER NOT NULL, chunk INTEGER NOT NULL, "
        "rows BLOB NOT NULL, PRIMARY KEY (segment, term, chunk)) STRICT, WITHOUT ROWID;",
        level);
  }
  sql +=
      "CREATE TABLE head (place INTEGER PRIMARY KEY, received INTEGER NOT NULL, first_change INTEGER NOT "
      "NULL, "
      "changes INTEGER NOT NULL) STRICT;"
      "CREATE TABLE span (win INTEGER PRIMARY KEY, earliest INTEGER NOT NULL, latest INTEGER NOT NULL) "
      "STRICT;"
      "CREATE TABLE name (name TEXT NOT NULL, uscc TEXT NOT NULL, PRIMARY KEY (name, uscc)) STRICT, WITHOUT "
      "ROWID;"
      "CREATE TABLE standing (only_one INTEGER PRIMARY KEY, level_0 INTEGER NOT NULL, level_1 INTEGER NOT "
      "NULL, "
      "level_2 INTEGER NOT NULL, level_3 INTEGER NOT NULL, changes INTEGER NOT NULL, last BLOB NOT NULL) "
      "STRICT;";
  sql += fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {};", file_id, version);
  return sql;
}

void prepare(Connection& connection) {
  // What a power cut may take of this file is built again; a checkpoint still comes before what it frees.
  connection.execute("PRAGMA synchronous = NORMAL");
  connection.execute("PRAGMA wal_autocheckpoint = 1000");
  connection.execute("PRAGMA journal_size_limit = 67108864");
  if (connection.query_number("PRAGMA user_version") == 0) {
    connection.execute("BEGIN IMMEDIATE");
    connection.execute(schema().c_str());
    connection.execute("COMMIT");
  }
  if (connection.query_number("PRAGMA application_id") != file_id ||
      connection.query_number("PRAGMA user_version") != version) {
    throw SqliteError(SQLITE_NOTADB, "not a search index of this version");
  }
}

/// A transaction that is undone unless it comes to its end.
class Transaction {
 public:
  explicit Transaction(Connection& connection) : connection_(connection) {
    connection_.execute("BEGIN IMMEDIATE");
  }
  ~Transaction() {
    if (!done_) sqlite3_exec(connection_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit() {
    connection_.execute("COMMIT");
    done_ = true;
  }

 private:
  Connection& connection_;
  bool done_ = false;
};

Connection open(const std::filesystem::path& file, const std::string& vfs) {
  create_file(file, vfs);
  Connection connection(file, {.vfs = vfs, .cache_kib = cache_kib});
  prepare(connection);
  return connection;
}

}  // namespace

SegmentWriter::SegmentWriter(const std::filesystem::path& file, const std::string& vfs)
    : connection_(open(file, vfs)),
      add_head_(connection_, "INSERT INTO head VALUES (?, ?, ?, ?)"),
      add_span_(connection_, "INSERT INTO span VALUES (?, ?, ?)"),
      add_name_(connection_, "INSERT OR IGNORE INTO name VALUES (?, ?)"),
      save_(connection_, "INSERT OR REPLACE INTO standing VALUES (1, ?, ?, ?, ?, ?, ?)") {
  for (std::size_t level = 0; level < level_count; ++level)
    add_[level] =
        Statement(connection_, fmt::format("INSERT INTO posting_{} VALUES (?, ?, ?, ?)", level).c_str());
  const Statement read(connection_, "SELECT level_0, level_1, level_2, level_3, changes, last FROM standing");
  auto run = read.use();
  if (!run.step()) return;
  for (std::size_t level = 0; level < level_count; ++level)
    standing_.segments[level] = run.count(static_cast<int>(level));
  standing_.changes = run.count(4);
  standing_.last = run.digest(5);
}

std::vector<Span> SegmentWriter::spans() {
  const Statement read(connection_, "SELECT earliest, latest FROM span ORDER BY win");
  auto run = read.use();
  std::vector<Span> spans;
  while (run.step()) spans.push_back({{run.integer(0)}, {run.integer(1)}});
  return spans;
}

void SegmentWriter::save() {
  auto run = save_.use();
  for (const std::uint64_t segments : standing_.segments) run.bind(segments);
  run.bind(standing_.changes).bind_blob(standing_.last).done();
}

void SegmentWriter::keep(const Window& window, std::uint64_t changes, const Digest& last) {
  std::vector<Term> terms;
  terms.reserve(window.rows.size());
  for (const auto& [term, rows] : window.rows) terms.push_back(term);
  std::ranges::sort(terms);

  const Standing before = standing_;
  try {
    Transaction transaction(connection_);
    const std::uint64_t segment = standing_.segments[0];
    for (const Term term : terms) {
      const std::string rows = pack(window.rows.at(term));
      add_[0].use().bind(segment).bind(term).bind(window.first >> chunk_bits).bind_blob(rows).done();
    }
    Span span{window.heads.front().received, window.heads.front().received};
    for (std::uint64_t i = 0; i < window.heads.size(); ++i) {
      const Head& head = window.heads[i];
      add_head_.use()
          .bind(window.first + i)
          .bind(head.received.micros)
          .bind(head.first_change)
          .bind(head.changes)
          .done();
      span = {std::min(span.earliest, head.received), std::max(span.latest, head.received)};
    }
    add_span_.use().bind(segment).bind(span.earliest.micros).bind(span.latest.micros).done();
    for (const CompanyName& name : window.names)
      add_name_.use().bind(std::string_view(name.name)).bind(std::string_view(name.uscc)).done();
    ++standing_.segments[0];
    standing_.changes = changes;
    standing_.last = last;
    save();
    transaction.commit();
  } catch (...) {
    standing_ = before;
    throw;
  }
}

bool SegmentWriter::tidy(const std::function<void(const Standing&)>& now_at) {
  for (std::size_t level = 0; level + 1 < level_count; ++level) {
    const std::uint64_t merged = standing_.segments[level + 1] * fan_out;
    if (standing_.segments[level] >= merged + fan_out) {
      const Standing before = standing_;
      merge(level);
      if (standing_.segments != before.segments) now_at(standing_);
      return true;
    }
  }
  for (std::size_t level = 0; level + 1 < level_count; ++level) {
    if (drop(level)) return true;
  }
  return false;
}

std::optional<std::pair<Term, std::uint64_t>> SegmentWriter::last_row(std::size_t level,
                                                                      std::uint64_t segment) {
  const Statement read(
      connection_,
      fmt::format(
          "SELECT term, chunk FROM posting_{} WHERE segment = ? ORDER BY term DESC, chunk DESC LIMIT 1",
          level)
          .c_str());
  auto run = read.use();
  if (!run.bind(segment).step()) return std::nullopt;
  return std::pair{run.integer(0), run.count(1)};
}

void SegmentWriter::fill(Source& source, std::uint64_t segment, const std::pair<Term, std::uint64_t>* after) {
  auto run = source.statement.use();
  run.bind(segment)
      .bind(after == nullptr ? INT64_MIN : after->first)
      .bind(after == nullptr ? std::int64_t{-1} : static_cast<std::int64_t>(after->second))
      .bind(std::uint64_t{rows_ahead});
  std::size_t count = 0;
  for (; run.step(); ++count)
    source.ahead.push_back({run.integer(0), run.count(1), std::string(run.text(2))});
  source.ended = count < rows_ahead;
}

/// Goes on from the last row that is there: a merge that a crash cut short is no other.
void SegmentWriter::merge(std::size_t level) {
  const std::uint64_t target = standing_.segments[level + 1];
  const auto from = last_row(level + 1, target);
  const std::string sql = fmt::format(
      "SELECT term, chunk, rows FROM posting_{} WHERE segment = ? AND (term, chunk) > (?, ?) ORDER BY term, "
      "chunk LIMIT ?",
      level);
  std::array<Source, fan_out> sources;
  for (std::size_t i = 0; i < fan_out; ++i) {
    sources[i].statement = Statement(connection_, sql.c_str());
    fill(sources[i], target * fan_out + i, from ? &*from : nullptr);
  }
  const auto place = [](const Row& row) { return std::pair{row.term, row.chunk}; };

  Transaction transaction(connection_);
  bool ended = false;
  for (std::size_t written = 0; written < rows_a_step && !ended;) {
    Source* first = nullptr;
    for (Source& source : sources) {
      if (!source.ahead.empty() &&
          (first == nullptr || place(source.ahead.front()) < place(first->ahead.front())))
        first = &source;
    }
    if (first == nullptr) {
      ended = true;
      break;
    }
    Row row = std::move(first->ahead.front());
    for (std::size_t i = 0; i < fan_out; ++i) {
      Source& source = sources[i];
      const bool has = !source.ahead.empty() && place(source.ahead.front()) == place(row);
      if (!has) continue;
      if (&source != first && !append(row.rows, source.ahead.front().rows))
        throw SqliteError(SQLITE_CORRUPT, "rows of a segment make no sense");
      source.ahead.pop_front();
      const auto after = place(row);
      if (source.ahead.empty() && !source.ended) fill(source, target * fan_out + i, &after);
    }
    add_[level + 1].use().bind(target).bind(row.term).bind(row.chunk).bind_blob(row.rows).done();
    ++written;
  }
  if (ended) {
    ++standing_.segments[level + 1];
    try {
      save();
      transaction.commit();
    } catch (...) {
      --standing_.segments[level + 1];
      throw;
    }
    return;
  }
  transaction.commit();
}

/// Takes away some rows of the oldest segment that has been merged.
bool SegmentWriter::drop(std::size_t level) {
  const Statement oldest(
      connection_, fmt::format("SELECT segment FROM posting_{} ORDER BY segment LIMIT 1", level).c_str());
  std::uint64_t segment = 0;
  {
    auto run = oldest.use();
    if (!run.step() || run.count(0) >= standing_.segments[level + 1] * fan_out) return false;
    segment = run.count(0);
  }
  const Statement last(
      connection_,
      fmt::format("SELECT term FROM posting_{} WHERE segment = ? ORDER BY term, chunk LIMIT 1 OFFSET {}",
                  level, rows_a_step)
          .c_str());
  std::int64_t until = INT64_MAX;
  {
    auto run = last.use();
    if (run.bind(segment).step()) until = run.integer(0);
  }
  const Statement remove(
      connection_, fmt::format("DELETE FROM posting_{} WHERE segment = ? AND term <= ?", level).c_str());
  Transaction transaction(connection_);
  remove.use().bind(segment).bind(until).done();
  transaction.commit();
  return true;
}

SegmentReader::SegmentReader(Connection& connection)
    : head_(connection, "SELECT received, first_change, changes FROM head WHERE place = ?"),
      received_(connection, "SELECT received FROM head WHERE place >= ? AND place < ? ORDER BY place"),
      // Partners choose names: there may be more than can be looked through.
      companies_(
          connection,
          "SELECT DISTINCT uscc FROM (SELECT name, uscc FROM name LIMIT 200000) WHERE instr(name, ?) > 0 "
          "LIMIT ?") {
  for (std::size_t level = 0; level < level_count; ++level) {
    rows_[level] = Statement(
        connection,
        fmt::format(
            "SELECT chunk, rows FROM posting_{} WHERE segment = ? AND term = ? AND chunk <= ? ORDER BY "
            "chunk DESC LIMIT 1",
            level)
            .c_str());
  }
}

bool SegmentReader::rows(std::size_t level, std::uint64_t segment, Term term, std::uint64_t at_most,
                         std::uint64_t& chunk, Words& into) const {
  auto run = rows_[level].use();
  if (!run.bind(segment).bind(term).bind(at_most).step()) return false;
  chunk = run.count(0);
  if (!add(run.text(1), into)) throw SqliteError(SQLITE_CORRUPT, "rows of a segment make no sense");
  return true;
}

std::optional<Head> SegmentReader::head(std::uint64_t place) const {
  auto run = head_.use();
  if (!run.bind(place).step()) return std::nullopt;
  return Head{{run.integer(0)}, run.count(1), run.count(2)};
}

std::vector<Instant> SegmentReader::received(std::uint64_t window) const {
  auto run = received_.use();
  run.bind(window * window_places).bind((window + 1) * window_places);
  std::vector<Instant> times;
  times.reserve(window_places);
  while (run.step()) times.push_back({run.integer(0)});
  return times;
}

std::vector<std::string> SegmentReader::companies(std::string_view part, std::size_t limit) const {
  auto run = companies_.use();
  run.bind(part).bind(std::uint64_t{limit});
  std::vector<std::string> found;
  while (run.step()) found.emplace_back(run.text(0));
  return found;
}

}  // namespace loangate::store::search
