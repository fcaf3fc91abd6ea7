#include "store/sqlite/copy.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "base/descriptor.hpp"
#include "store/sqlite/look.hpp"
#include "store/sqlite/schema.hpp"

namespace loangate::store {

namespace {

constexpr int pages_a_step = 128;
// One great flush at the end would hold up the commits beside it.
constexpr int steps_a_flush = 16;

struct Finish {
  void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};

void copy_pages(Connection& from, Connection& into, int written, const std::function<bool()>& go_on) {
  const std::unique_ptr<sqlite3_backup, Finish> backup(
      sqlite3_backup_init(into.handle(), "main", from.handle(), "main"));
  if (!backup) into.check(sqlite3_errcode(into.handle()), "backup");
  for (int step = 1;; ++step) {
    const int code = sqlite3_backup_step(backup.get(), pages_a_step);
    if (code == SQLITE_DONE) return;
    into.check(code, "backup");
    if (step % steps_a_flush == 0) ::fdatasync(written);
    if (!go_on())
      throw SqliteError(SQLITE_INTERRUPT, "the copy was given up: the gateway stops, or its store failed");
  }
}

}  // namespace

std::expected<Sequence, std::string> copy_store(Connection& from, const std::filesystem::path& to,
                                                const std::function<void()>& at_that_moment,
                                                const std::function<bool()>& go_on) {
  const auto fault = [&](std::string_view what) {
    return std::unexpected(fmt::format("{}: {}", to.string(), what));
  };
  const Descriptor written(::open(to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (written.get() < 0) return fault(std::strerror(errno));
  Sequence last{};
  try {
    // A transaction that has read is a moment: commits go on beside it, unseen.
    from.execute("BEGIN");
    last = {static_cast<std::uint64_t>(from.query_number("SELECT max(sequence) FROM entry"))};
    at_that_moment();
    Connection into(to, {.vfs = "unix-none", .cache_kib = 4 * 1024});
    into.execute("PRAGMA journal_mode = OFF");
    into.execute("PRAGMA synchronous = OFF");  // flushed below
    into.execute("PRAGMA cache_spill = ON");
    copy_pages(from, into, written.get(), go_on);
    from.execute("ROLLBACK");
  } catch (const SqliteError& error) {
    if (sqlite3_get_autocommit(from.handle()) == 0)
      sqlite3_exec(from.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    return fault(error.what());
  }
  if (::fsync(written.get()) != 0) return fault(std::strerror(errno));
  const auto look = look_at_store(to, Thoroughness::indexes, go_on);
  if (!look) return std::unexpected(look.error());
  if (!look->whole) return fault("the copy is damaged: " + look->fault);
  if (look->last_sequence != last)
    return fault(
        fmt::format("the copy ends with {}, the store with {}", look->last_sequence.number, last.number));
  return last;
}

}  // namespace loangate::store
