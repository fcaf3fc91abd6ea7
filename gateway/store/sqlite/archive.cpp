#include "store/sqlite/archive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <system_error>
#include <thread>

#include "base/log.hpp"
#include "store/sqlite/day_file.hpp"

namespace loangate::store {

namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

// The writer gives so much at once to what is not a group's, the flush not counted (settled 19).
constexpr std::chrono::milliseconds longest_step{4};
// After each piece of work so many times as long belongs to others. A lower priority would not do: whoever
// has the writer's turn and no core holds everybody up.
constexpr int rests_a_step = 2;
// Short, so that the log can begin again between two looks.
constexpr std::size_t bytes_a_look = 1u << 20;
constexpr std::size_t entries_a_look = 32;  // a document may be large
// All of them are written into the log and flushed before the writer goes on.
constexpr int pages_a_step = 128;
// Fewer free pages are used again sooner than they are given back.
constexpr std::int64_t few_pages = 64;

constexpr const char* move_heads =
    "INSERT INTO entry_head (sequence, partner, person, kind, message_id, outcome, status, received, "
    "real_time, "
    "raw_digest, content, profile, address, changes_after) SELECT sequence, partner, person, kind, "
    "message_id, "
    "outcome, status, received, real_time, raw_digest, content, profile, address, changes_after FROM entry "
    "WHERE "
    "sequence = ?";

void rest(steady_clock::time_point begun) {
  std::this_thread::sleep_for(rests_a_step * (steady_clock::now() - begun));
}

[[noreturn]] void give_up() {
  throw SqliteError(SQLITE_INTERRUPT, "given up: the gateway stops; it goes on after the next start");
}

}  // namespace

SqliteArchive::SqliteArchive(fs::path folder, std::string vfs, Hands hands)
    : folder_(std::move(folder)), vfs_(std::move(vfs)), hands_(std::move(hands)) {}

template <class Read>
auto SqliteArchive::look(Read read) const -> std::invoke_result_t<Read, const RowReader&> {
  std::optional<std::invoke_result_t<Read, const RowReader&>> result;
  if (!hands_.look([&](const RowReader& rows) { result = read(rows); }) || !result)
    throw SqliteError(SQLITE_MISMATCH, "the store cannot be read now");
  return *std::move(result);
}

std::optional<std::vector<ArchivedDay>> SqliteArchive::days() const {
  try {
    return look([](const RowReader& rows) { return rows.archived_days(); });
  } catch (const SqliteError&) {
    return std::nullopt;
  }
}

/// A step of the writer; then it is left alone for a while. What `more` says.
bool SqliteArchive::step(const std::function<bool(Connection&)>& more) {
  const auto begun = steady_clock::now();
  bool result = false;
  hands_.work([&](Connection& writer) { result = more(writer); });
  rest(begun);
  return result;
}

std::expected<std::optional<ArchivedDay>, std::string> SqliteArchive::archive_next(Date before,
                                                                                   const GoOn& go_on) {
  try {
    const auto edge = look([](const RowReader& rows) { return rows.edge(); });
    if (!edge) return std::nullopt;
    std::optional<ArchivedDay> day;
    const auto known = look([](const RowReader& rows) { return rows.archived_days(); });
    if (!known.empty() && known.back().last >= edge->first) {
      day = known.back();  // a crash cut its moving short
    } else if (edge->first_day < before && edge->first_day != edge->last_day) {
      day = write_file(*edge, go_on);
      if (day) record(*day);
    }
    if (day) move(*day, edge->first, go_on);
    give_back(go_on);
    return day;
  } catch (const SqliteError& error) {
    return std::unexpected(error.what());
  }
}

/// None: the day is not over after all.
std::optional<ArchivedDay> SqliteArchive::write_file(const JournalEdge& edge, const GoOn& go_on) {
  const ArchivedDay day{.day = edge.first_day, .first = edge.first};
  DayFileWriter file(folder_, day, vfs_);
  Sequence last{day.first.number - 1};
  for (;;) {
    const auto begun = steady_clock::now();
    const auto some = look([&](const RowReader& rows) { return rows.packed_after(last, bytes_a_look); });
    if (some.empty()) return std::nullopt;
    for (const PackedEntry& entry : some) {
      if (civil_day(entry.real_time) != day.day) return file.finish(last);
      file.add(entry.sequence, entry.texts);
      last = entry.sequence;
    }
    if (!go_on()) give_up();
    rest(begun);
  }
}

void SqliteArchive::record(const ArchivedDay& day) {
  step([&](Connection& writer) {
    const Statement add(
        writer,
        "INSERT INTO archive_day (first, last, day, generation, entries, bytes, digest) VALUES "
        "(?,?,?,?,?,?,?)");
    add.use()
        .bind(day.first.number)
        .bind(day.last.number)
        .bind(std::int64_t{day.day.days_since_1970()})
        .bind(day.generation)
        .bind(day.entries)
        .bind(day.bytes)
        .bind_blob(day.digest)
        .done();
    return false;
  });
}

/// From `first` on. In the order of keys: then whole pages get free, which takes no page's rewriting.
void SqliteArchive::move(const ArchivedDay& day, Sequence first, const GoOn& go_on) {
  std::uint64_t next = first.number;
  const auto some = [&](Connection& writer) {
    const Statement insert(writer, move_heads);
    const Statement remove(writer, "DELETE FROM entry WHERE sequence = ?");
    for (const auto end = steady_clock::now() + longest_step;
         next <= day.last.number && steady_clock::now() < end; ++next) {
      insert.use().bind(next).done();
      remove.use().bind(next).done();
    }
    return next <= day.last.number;
  };
  while (step(some)) {
    if (!go_on()) give_up();
  }
}

/// Pages from the file's end take the places that got free, so that the file can end earlier.
void SqliteArchive::give_back(const GoOn& go_on) {
  const auto some = [](Connection& writer) {
    if (writer.query_number("PRAGMA freelist_count") <= few_pages) return false;
    const Statement vacuum(writer, "PRAGMA incremental_vacuum(1000000)");  // a page each step
    auto run = vacuum.use();
    bool more = true;
    const auto end = steady_clock::now() + longest_step;
    for (int pages = 0; more && pages < pages_a_step && steady_clock::now() < end; ++pages) more = run.step();
    return more;
  };
  bool any = false;
  while (step(some)) {
    any = true;
    if (!go_on()) give_up();
  }
  if (any) hands_.copy_soon();
}

std::expected<Archive::Remainder, std::string> SqliteArchive::keep_only(
    const ArchivedDay& day, const std::function<bool(const StoredEntry&)>& stays, const GoOn& go_on) {
  try {
    // What goes, by its distance from the first.
    std::vector<bool> goes(day.last.number - day.first.number + 1, false);
    std::uint64_t removed = 0;
    for (Sequence last{day.first.number - 1}; last < day.last;) {
      const auto begun = steady_clock::now();
      const auto some = look([&](const RowReader& rows) { return rows.entries_after(last, entries_a_look); });
      if (some.empty()) break;
      for (const StoredEntry& entry : some) {
        last = entry.sequence;
        if (last > day.last || entry.removed_by || stays(entry)) continue;
        goes[last.number - day.first.number] = true;
        ++removed;
      }
      if (!go_on()) give_up();
      rest(begun);
    }
    if (removed == 0) return Remainder{.day = day};

    ArchivedDay rest_of = day;
    ++rest_of.generation;
    rest_of.entries = 0;
    rest_of.bytes = 0;
    rest_of.digest = {};
    std::optional<DayFileWriter> file;
    if (removed < day.entries) file.emplace(folder_, rest_of, vfs_);
    TextsDigest digest;
    const DayFileReader before(folder_ / day_file_name(day), day);
    before.for_each([&](Sequence sequence, std::string_view texts) {
      if (sequence < day.first || sequence > day.last) return;
      if (goes[sequence.number - day.first.number]) return digest.add(sequence, texts);
      const auto begun = steady_clock::now();
      if (!file || !file->add(sequence, texts)) return;
      if (!go_on()) give_up();
      rest(begun);
    });
    if (file) rest_of = file->finish(day.last);
    ArchivedDay gone;
    digest.write_into(gone);
    if (gone.entries != removed || rest_of.entries + removed != day.entries)
      throw SqliteError(SQLITE_MISMATCH, "the file of the day does not hold what the journal says");
    return Remainder{.day = rest_of, .removed = gone.entries, .bytes = gone.bytes, .digest = gone.digest};
  } catch (const SqliteError& error) {
    return std::unexpected(error.what());
  }
}

void SqliteArchive::sweep() {
  const auto named = days();
  if (!named) return;  // without knowing what is named nothing may go
  std::set<std::string> names;
  for (const ArchivedDay& day : *named) {
    if (day.entries > 0) names.insert(day_file_name(day));
  }
  std::error_code fault;
  std::vector<fs::path> unnamed;
  for (const auto& each : fs::directory_iterator(folder_, fault)) {
    const std::string name = each.path().filename().string();
    const bool ours = name.ends_with(".day") || name.ends_with(".day.part");
    if (ours && !names.contains(name)) unnamed.push_back(each.path());
  }
  for (const fs::path& file : unnamed) {
    LogLine(LogLevel::info, "archive.file_removed").file(file.filename().string());
    fs::remove(file, fault);
  }
}

}  // namespace loangate::store
