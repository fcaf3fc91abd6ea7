#include "store/sqlite/wal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "store/sqlite/schema.hpp"

namespace loangate::store {

namespace {

constexpr int little_bytes = 1 << 20;

/// A file opened through SQLite's VFS, so that it is seen by whatever stands between us and the disk.
class VfsFile {
 public:
  VfsFile(sqlite3_vfs* vfs, sqlite3_filename name, int flags)
      : room_(static_cast<std::size_t>(vfs->szOsFile)), name_(name) {
    int got = 0;
    check(vfs->xOpen(vfs, name, file(), flags, &got));
  }
  ~VfsFile() {
    if (file()->pMethods != nullptr) file()->pMethods->xClose(file());
  }
  VfsFile(const VfsFile&) = delete;
  VfsFile& operator=(const VfsFile&) = delete;

  sqlite3_int64 size() {
    sqlite3_int64 bytes = 0;
    check(file()->pMethods->xFileSize(file(), &bytes));
    return bytes;
  }
  void write_again(sqlite3_int64 size) {
    std::vector<char> block(64 << 10);  // SQLite's unix VFS takes less than 128 KiB at once
    for (sqlite3_int64 at = 0; at < size; at += static_cast<sqlite3_int64>(block.size())) {
      const int bytes =
          static_cast<int>(std::min<sqlite3_int64>(size - at, static_cast<sqlite3_int64>(block.size())));
      check(file()->pMethods->xRead(file(), block.data(), bytes, at));
      check(file()->pMethods->xWrite(file(), block.data(), bytes, at));
    }
  }
  void flush() { check(file()->pMethods->xSync(file(), SQLITE_SYNC_NORMAL)); }

 private:
  sqlite3_file* file() { return reinterpret_cast<sqlite3_file*>(room_.data()); }
  void check(int code) const {
    if (code != SQLITE_OK) throw SqliteError(code, fmt::format("{}: {}", name_, sqlite3_errstr(code)));
  }

  std::vector<std::max_align_t> room_;  // szOsFile elements: more than enough
  sqlite3_filename name_;
};

}  // namespace

void settle_wal(const std::filesystem::path& file, const std::string& vfs_name, LeftBehind left) {
  sqlite3_vfs* const vfs = sqlite3_vfs_find(vfs_name.c_str());
  if (vfs == nullptr) throw SqliteError(SQLITE_ERROR, fmt::format("SQLite has no VFS `{}`", vfs_name));
  const std::string wal = file.string() + "-wal";
  if (std::error_code error; !std::filesystem::exists(wal, error)) return;
  const auto free = [](const char* name) { sqlite3_free_filename(name); };
  const std::unique_ptr<const char, decltype(free)> name(
      sqlite3_create_filename(file.c_str(), (file.string() + "-journal").c_str(), wal.c_str(), 0, nullptr),
      free);
  VfsFile opened(vfs, sqlite3_filename_wal(name.get()), SQLITE_OPEN_WAL | SQLITE_OPEN_READWRITE);
  if (left == LeftBehind::by_failed_flush) opened.write_again(opened.size());
  opened.flush();
}

Checkpointer::Checkpointer(const std::filesystem::path& file, const std::string& vfs)
    : connection_(file, {.vfs = vfs, .cache_kib = 256}) {
  // Readers hold their snapshots for less; a longer one is not worth keeping the writer.
  connection_.check(sqlite3_busy_timeout(connection_.handle(), 10), "busy_timeout");
}

void Checkpointer::copy(int rounds) {
  int before = 0;
  for (int round = 0; round < rounds; ++round) {
    int frames = 0;
    int copied = 0;
    const int code =
        sqlite3_wal_checkpoint_v2(connection_.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &frames, &copied);
    if ((code & 0xff) == SQLITE_BUSY)
      continue;  // met the writer as it published a commit: the next round will not
    connection_.check(code, "checkpoint");
    flush();
    if (round > 0 && (frames - before) * store_page_bytes <= little_bytes) return;
    before = frames;
  }
}

/// SQLite flushes the file when all is copied, and then the writer waits: it is to find little left.
void Checkpointer::flush() {
  sqlite3_file* file = nullptr;
  connection_.check(sqlite3_file_control(connection_.handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file),
                    "flush");
  connection_.check(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL), "flush");
}

bool Checkpointer::finish() {
  int frames = 0;
  int copied = 0;
  const int code =
      sqlite3_wal_checkpoint_v2(connection_.handle(), nullptr, SQLITE_CHECKPOINT_RESTART, &frames, &copied);
  if ((code & 0xff) == SQLITE_BUSY) return false;
  connection_.check(code, "checkpoint");
  return true;
}

}  // namespace loangate::store
