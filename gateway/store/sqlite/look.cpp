#include "store/sqlite/look.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "base/descriptor.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/copy.hpp"
#include "store/sqlite/day_file.hpp"
#include "store/sqlite/rows.hpp"
#include "store/sqlite/schema.hpp"

namespace loangate::store {

namespace {

// Where SQLite puts its locks (its file format says so): readers and writers lock within this range.
constexpr off_t first_lock_byte = 0x40000000;
constexpr off_t lock_bytes = 512;
constexpr std::int64_t first_schema_with_archive = 4;

struct flock store_lock(short type) {
  struct flock lock{};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = first_lock_byte;
  lock.l_len = lock_bytes;
  return lock;
}

std::uint64_t size_of(const std::filesystem::path& file) {
  std::error_code absent;
  const auto size = std::filesystem::file_size(file, absent);
  return absent ? 0 : size;
}

}  // namespace

bool is_open_elsewhere(const std::filesystem::path& file) {
  const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  struct flock lock = store_lock(F_RDLCK);
  return opened.get() >= 0 && ::fcntl(opened.get(), F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

std::expected<std::vector<ArchivedDay>, std::string> archived_days_of(const std::filesystem::path& file) {
  try {
    Connection connection = open_closed(file, size_of(file.string() + "-wal") > 0);
    if (connection.query_number("PRAGMA user_version") < first_schema_with_archive)
      return std::vector<ArchivedDay>();
    return RowReader(connection).archived_days();
  } catch (const SqliteError& error) {
    return std::unexpected(fmt::format("{}: {}", file.string(), error.what()));
  }
}

std::expected<void, std::string> verify_archive(const std::filesystem::path& file,
                                                const std::function<bool()>& go_on) {
  const auto days = archived_days_of(file);
  if (!days) return std::unexpected(days.error());
  try {
    for (const ArchivedDay& day : *days) {
      if (day.entries > 0) DayFileReader(archive_folder(file) / day_file_name(day), day).verify();
      if (!go_on()) return std::unexpected("given up");
    }
    return {};
  } catch (const SqliteError& error) {
    return std::unexpected(error.what());
  }
}

std::expected<Sequence, std::string> copy_closed_store(const std::filesystem::path& file,
                                                       const std::filesystem::path& to,
                                                       const std::function<void()>& at_that_moment,
                                                       const std::function<bool()>& go_on) {
  const Descriptor opened(::open(file.c_str(), O_RDWR | O_CLOEXEC));
  if (opened.get() < 0) return std::unexpected(fmt::format("{}: {}", file.string(), std::strerror(errno)));
  // Of this open file, not of the process: SQLite's own opening and closing does not let it go.
  struct flock lock = store_lock(F_WRLCK);
  if (::fcntl(opened.get(), F_OFD_SETLK, &lock) != 0)
    return std::unexpected(file.string() + ": another process has it open");
  try {
    Connection from = open_closed(file, size_of(file.string() + "-wal") > 0);
    return copy_store(from, to, at_that_moment, go_on);
  } catch (const SqliteError& error) {
    return std::unexpected(fmt::format("{}: {}", file.string(), error.what()));
  }
}

std::expected<StoreLook, std::string> look_at_store(const std::filesystem::path& file, Thoroughness how,
                                                    const std::function<bool()>& go_on) {
  const auto fault = [&](std::string_view what) {
    return std::unexpected(fmt::format("{}: {}", file.string(), what));
  };
  if (is_open_elsewhere(file)) return fault("another process has it open");
  StoreLook look{.file_bytes = size_of(file), .log_bytes = size_of(file.string() + "-wal")};
  if (look.file_bytes == 0) return fault("there is no store");
  try {
    Connection connection = open_closed(file, look.log_bytes > 0);
    const auto interrupt = [](void* asked) {
      return (*static_cast<const std::function<bool()>*>(asked))() ? 0 : 1;
    };
    sqlite3_progress_handler(connection.handle(), 100'000, interrupt,
                             const_cast<std::function<bool()>*>(&go_on));
    look.schema = connection.query_number("PRAGMA user_version");
    if (connection.query_number("PRAGMA application_id") != application_id)
      return fault("it belongs to another program");
    look.last_sequence = {
        static_cast<std::uint64_t>(connection.query_number("SELECT max(sequence) FROM entry"))};
    if (how == Thoroughness::contents) return look;
    const Statement check(connection,
                          how == Thoroughness::pages ? "PRAGMA quick_check(1)" : "PRAGMA integrity_check(1)");
    auto run = check.use();
    look.whole = run.step() && run.text(0) == "ok";
    if (!look.whole) look.fault = run.text(0);
    return look;
  } catch (const SqliteError& error) {
    return fault(error.what());
  }
}

}  // namespace loangate::store
