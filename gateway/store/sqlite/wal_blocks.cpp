#include "store/sqlite/wal_blocks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>

#include "store/sqlite/connection.hpp"

namespace loangate::store {

namespace {

constexpr std::size_t piece_bytes = 64 << 10;  // SQLite's unix VFS takes less than 128 KiB at once
constexpr std::size_t block_bytes = 1 << 20;   // of a greater commit the rest goes ahead

/// What SQLite sees as an open WAL. It is made by placement in memory that SQLite gives, with the file of the
/// VFS below behind it.
class Wal : public sqlite3_file {
 public:
  Wal() : sqlite3_file{.pMethods = &io} {}
  static Wal& of(sqlite3_file* file) { return static_cast<Wal&>(*file); }
  static std::size_t bytes(const sqlite3_vfs& below) {
    return sizeof(Wal) + static_cast<std::size_t>(below.szOsFile);
  }

  sqlite3_file* below() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  const sqlite3_io_methods& methods() { return *below()->pMethods; }

  int write(const void* bytes, int count, sqlite3_int64 at) {
    if (at != begin_ + static_cast<sqlite3_int64>(block_.size()) || block_.size() >= block_bytes) {
      if (const int code = hand_over(); code != SQLITE_OK) return code;
    }
    if (block_.empty()) begin_ = at;
    block_.append(static_cast<const char*>(bytes), static_cast<std::size_t>(count));
    return SQLITE_OK;
  }

  /// Gives what has gathered to the VFS below. Whatever it answers, it is not given twice: SQLite treats the
  /// transaction as failed.
  int hand_over() {
    int code = SQLITE_OK;
    for (std::size_t at = 0; at < block_.size() && code == SQLITE_OK; at += piece_bytes) {
      const std::size_t count = std::min(piece_bytes, block_.size() - at);
      code = methods().xWrite(below(), block_.data() + at, static_cast<int>(count),
                              begin_ + static_cast<sqlite3_int64>(at));
    }
    block_.clear();
    return code;
  }

  static const sqlite3_io_methods io;

 private:
  sqlite3_int64 begin_ = 0;
  std::string block_;
};
static_assert(alignof(Wal) <= 8 && sizeof(Wal) % 8 == 0, "SQLite gives memory for files in steps of 8 bytes");

/// Calls the VFS below after what has gathered.
template <class Call>
int then(sqlite3_file* file, Call call) {
  Wal& wal = Wal::of(file);
  const int code = wal.hand_over();
  return code == SQLITE_OK ? call(wal.methods(), wal.below()) : code;
}

sqlite3_io_methods calls_of_wal() {
  sqlite3_io_methods calls{};
  calls.iVersion = 1;
  calls.xClose = [](sqlite3_file* file) {
    Wal& wal = Wal::of(file);
    const int handed = wal.hand_over();
    const int closed = wal.methods().xClose(wal.below());
    std::destroy_at(&wal);
    return handed == SQLITE_OK ? closed : handed;
  };
  calls.xWrite = [](sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at) {
    return Wal::of(file).write(bytes, count, at);
  };
  calls.xRead = [](sqlite3_file* file, void* to, int count, sqlite3_int64 at) {
    return then(file, [&](auto& io, auto* below) { return io.xRead(below, to, count, at); });
  };
  calls.xTruncate = [](sqlite3_file* file, sqlite3_int64 size) {
    return then(file, [&](auto& io, auto* below) { return io.xTruncate(below, size); });
  };
  calls.xSync = [](sqlite3_file* file, int flags) {
    return then(file, [&](auto& io, auto* below) { return io.xSync(below, flags); });
  };
  calls.xFileSize = [](sqlite3_file* file, sqlite3_int64* size) {
    return then(file, [&](auto& io, auto* below) { return io.xFileSize(below, size); });
  };
  calls.xLock = [](sqlite3_file* file, int level) {
    return then(file, [&](auto& io, auto* below) { return io.xLock(below, level); });
  };
  calls.xUnlock = [](sqlite3_file* file, int level) {
    return then(file, [&](auto& io, auto* below) { return io.xUnlock(below, level); });
  };
  calls.xCheckReservedLock = [](sqlite3_file* file, int* taken) {
    return then(file, [&](auto& io, auto* below) { return io.xCheckReservedLock(below, taken); });
  };
  calls.xFileControl = [](sqlite3_file* file, int what, void* with) {
    return then(file, [&](auto& io, auto* below) { return io.xFileControl(below, what, with); });
  };
  calls.xSectorSize = [](sqlite3_file* file) {
    Wal& wal = Wal::of(file);
    return wal.methods().xSectorSize(wal.below());
  };
  calls.xDeviceCharacteristics = [](sqlite3_file* file) {
    Wal& wal = Wal::of(file);
    return wal.methods().xDeviceCharacteristics(wal.below());
  };
  return calls;
}
const sqlite3_io_methods Wal::io = calls_of_wal();

sqlite3_vfs& base_of(sqlite3_vfs* vfs) {
  return *static_cast<sqlite3_vfs*>(vfs->pAppData);
}

int open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* got) {
  sqlite3_vfs& base = base_of(vfs);
  if ((flags & SQLITE_OPEN_WAL) == 0) return base.xOpen(&base, name, file, flags, got);
  Wal* const wal = new (file) Wal;
  wal->below()->pMethods = nullptr;
  const int code = base.xOpen(&base, name, wal->below(), flags, got);
  if (code == SQLITE_OK) return code;
  if (wal->below()->pMethods != nullptr) wal->methods().xClose(wal->below());
  std::destroy_at(wal);
  file->pMethods = nullptr;  // SQLite does not close it then
  return code;
}

/// A VFS whose every call but xOpen goes to `base` as it is.
sqlite3_vfs standing_on(sqlite3_vfs& base, const char* name) {
  sqlite3_vfs vfs{};
  vfs.iVersion = 2;
  vfs.szOsFile = static_cast<int>(Wal::bytes(base));
  vfs.mxPathname = base.mxPathname;
  vfs.zName = name;
  vfs.pAppData = &base;
  vfs.xOpen = open;
  vfs.xDelete = [](sqlite3_vfs* v, const char* file, int sync) {
    return base_of(v).xDelete(&base_of(v), file, sync);
  };
  vfs.xAccess = [](sqlite3_vfs* v, const char* file, int how, int* may) {
    return base_of(v).xAccess(&base_of(v), file, how, may);
  };
  vfs.xFullPathname = [](sqlite3_vfs* v, const char* file, int room, char* to) {
    return base_of(v).xFullPathname(&base_of(v), file, room, to);
  };
  vfs.xRandomness = [](sqlite3_vfs* v, int count, char* to) {
    return base_of(v).xRandomness(&base_of(v), count, to);
  };
  vfs.xSleep = [](sqlite3_vfs* v, int micros) { return base_of(v).xSleep(&base_of(v), micros); };
  vfs.xCurrentTime = [](sqlite3_vfs* v, double* days) { return base_of(v).xCurrentTime(&base_of(v), days); };
  vfs.xCurrentTimeInt64 = [](sqlite3_vfs* v, sqlite3_int64* millis) {
    return base_of(v).xCurrentTimeInt64(&base_of(v), millis);
  };
  vfs.xGetLastError = [](sqlite3_vfs* v, int room, char* to) {
    return base_of(v).xGetLastError(&base_of(v), room, to);
  };
  return vfs;
}

}  // namespace

WalInBlocks::WalInBlocks(const std::string& base)
    : name_(fmt::format("{}-in-blocks-{}", base, fmt::ptr(this))) {
  sqlite3_vfs* const below = sqlite3_vfs_find(base.c_str());
  if (below == nullptr) throw SqliteError(SQLITE_ERROR, fmt::format("SQLite has no VFS `{}`", base));
  vfs_ = standing_on(*below, name_.c_str());
  sqlite3_vfs_register(&vfs_, 0);
}

WalInBlocks::~WalInBlocks() {
  sqlite3_vfs_unregister(&vfs_);
}

}  // namespace loangate::store
