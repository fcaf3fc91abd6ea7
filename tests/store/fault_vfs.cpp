#include "tests/store/fault_vfs.hpp"

#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <random>
#include <stdexcept>
#include <vector>

namespace loangate::store {

namespace {

constexpr std::int64_t sector_bytes = 512;
using Sector = std::array<char, sector_bytes>;

/// What differs between a file as it is read and what is on the platter.
struct Unflushed {
  struct Before {
    Sector bytes{};
    bool given_up = false;  // a flush failed: the kernel will not write it any more
  };
  std::map<std::int64_t, Before> sectors;
  std::optional<std::int64_t> size;  // on the platter, if the file's is another
};

}  // namespace

class FaultVfs::Disk {
 public:
  Disk() : real_(sqlite3_vfs_find("unix-excl")) {
    static std::atomic<unsigned> last{0};
    name_ = fmt::format("fault-{}", ++last);
    vfs_ = *real_;
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
    vfs_.pNext = nullptr;
    vfs_.zName = name_.c_str();
    vfs_.pAppData = this;
    vfs_.xOpen = open;
    vfs_.xDelete = [](sqlite3_vfs* vfs, const char* path, int sync) { return of(vfs).remove(path, sync); };
    sqlite3_vfs_register(&vfs_, 0);
  }
  ~Disk() { sqlite3_vfs_unregister(&vfs_); }
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  std::string name_;
  mutable std::mutex mutex_;
  bool dead_ = false;
  std::optional<std::uint64_t> operations_left_;
  std::uint64_t operations_ = 0;
  unsigned failing_flushes_ = 0;
  std::optional<std::uint64_t> log_limit_;
  std::uint64_t log_bytes_ = 0;
  std::map<std::string, Unflushed> files_;

 private:
  /// What SQLite holds: ours, and the real file right behind it.
  struct File {
    sqlite3_file base;
    Disk* disk;
    char path[512];
    bool log;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };
  static File& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
  static Disk& of(sqlite3_vfs* vfs) { return *static_cast<Disk*>(vfs->pAppData); }

  static int open(sqlite3_vfs* vfs, sqlite3_filename path, sqlite3_file* opened, int flags, int* out) {
    Disk& disk = of(vfs);
    File& file = of(opened);
    file.base.pMethods = nullptr;
    {
      const std::lock_guard lock(disk.mutex_);
      if (disk.dead_) return SQLITE_CANTOPEN;
    }
    const int code = disk.real_->xOpen(disk.real_, path, file.real(), flags, out);
    if (code != SQLITE_OK) return code;
    file.disk = &disk;
    file.log = (flags & SQLITE_OPEN_WAL) != 0;
    std::snprintf(file.path, sizeof file.path, "%s", path == nullptr ? "" : path);
    file.base.pMethods = methods();
    return SQLITE_OK;
  }

  int remove(const char* path, int sync) {
    const std::lock_guard lock(mutex_);
    if (const int code = operation(); code != SQLITE_OK) return code;
    files_.erase(path);
    return real_->xDelete(real_, path, sync);
  }

  /// Counts a write or flush; the one at which the power goes does not happen.
  int operation() {
    if (dead_) return SQLITE_IOERR;
    ++operations_;
    if (operations_left_ && --*operations_left_ == 0) {
      dead_ = true;
      return SQLITE_IOERR;
    }
    return SQLITE_OK;
  }

  static int write(sqlite3_file* handle, const void* bytes, int count, sqlite3_int64 at) {
    File& file = of(handle);
    Disk& disk = *file.disk;
    const std::lock_guard lock(disk.mutex_);
    if (const int code = disk.operation(); code != SQLITE_OK) return SQLITE_IOERR_WRITE;
    if (file.log) {
      const auto end = static_cast<std::uint64_t>(at + count);
      if (disk.log_limit_ && end > *disk.log_limit_) return SQLITE_FULL;
      disk.log_bytes_ = std::max(disk.log_bytes_, end);
    }
    disk.remember(file, at, count);
    return file.real()->pMethods->xWrite(file.real(), bytes, count, at);
  }

  /// Keeps what the platter holds where it is about to differ.
  void remember(File& file, std::int64_t at, std::int64_t count) {
    Unflushed& unflushed = files_[file.path];
    sqlite3_int64 size = 0;
    file.real()->pMethods->xFileSize(file.real(), &size);
    if (at + count > size && !unflushed.size) unflushed.size = size;
    const std::int64_t start = at / sector_bytes * sector_bytes;
    std::vector<char> there(
        static_cast<std::size_t>((at + count - start + sector_bytes - 1) / sector_bytes * sector_bytes));
    if (start < size) {
      const auto bytes = std::min<std::int64_t>(static_cast<std::int64_t>(there.size()), size - start);
      file.real()->pMethods->xRead(file.real(), there.data(), static_cast<int>(bytes), start);
    }
    for (std::size_t offset = 0; offset < there.size(); offset += sector_bytes) {
      const std::int64_t sector = (start + static_cast<std::int64_t>(offset)) / sector_bytes;
      const auto [it, added] = unflushed.sectors.try_emplace(sector);
      it->second.given_up = false;
      if (added)
        std::copy_n(there.begin() + static_cast<std::ptrdiff_t>(offset), sector_bytes,
                    it->second.bytes.begin());
    }
  }

  static int truncate(sqlite3_file* handle, sqlite3_int64 size) {
    File& file = of(handle);
    Disk& disk = *file.disk;
    const std::lock_guard lock(disk.mutex_);
    if (const int code = disk.operation(); code != SQLITE_OK) return SQLITE_IOERR_TRUNCATE;
    sqlite3_int64 before = 0;
    file.real()->pMethods->xFileSize(file.real(), &before);
    if (size < before) {
      disk.remember(file, size, before - size);
      if (!disk.files_[file.path].size) disk.files_[file.path].size = before;
    }
    return file.real()->pMethods->xTruncate(file.real(), size);
  }

  static int sync(sqlite3_file* handle, int) {
    File& file = of(handle);
    Disk& disk = *file.disk;
    const std::lock_guard lock(disk.mutex_);
    if (const int code = disk.operation(); code != SQLITE_OK) return SQLITE_IOERR_FSYNC;
    Unflushed& unflushed = disk.files_[file.path];
    if (disk.failing_flushes_ > 0) {
      --disk.failing_flushes_;
      for (auto& [sector, before] : unflushed.sectors) before.given_up = true;
      return SQLITE_IOERR_FSYNC;
    }
    std::erase_if(unflushed.sectors, [](const auto& item) { return !item.second.given_up; });
    unflushed.size.reset();
    return SQLITE_OK;  // the real file needs none: this machine's power does not go
  }

  template <class Call>
  static int alive(sqlite3_file* handle, int code_if_dead, Call call) {
    File& file = of(handle);
    {
      const std::lock_guard lock(file.disk->mutex_);
      if (file.disk->dead_) return code_if_dead;
    }
    return call(file.real()->pMethods, file.real());
  }

  static const sqlite3_io_methods* methods() {
    static const sqlite3_io_methods table{
        .iVersion = 2,
        .xClose = [](sqlite3_file* f) { return of(f).real()->pMethods->xClose(of(f).real()); },
        .xRead =
            [](sqlite3_file* f, void* to, int count, sqlite3_int64 at) {
              return alive(f, SQLITE_IOERR_READ,
                           [&](auto* m, auto* real) { return m->xRead(real, to, count, at); });
            },
        .xWrite = write,
        .xTruncate = truncate,
        .xSync = sync,
        .xFileSize =
            [](sqlite3_file* f, sqlite3_int64* size) {
              return of(f).real()->pMethods->xFileSize(of(f).real(), size);
            },
        .xLock = [](sqlite3_file* f,
                    int level) { return of(f).real()->pMethods->xLock(of(f).real(), level); },
        .xUnlock = [](sqlite3_file* f,
                      int level) { return of(f).real()->pMethods->xUnlock(of(f).real(), level); },
        .xCheckReservedLock =
            [](sqlite3_file* f, int* out) {
              return of(f).real()->pMethods->xCheckReservedLock(of(f).real(), out);
            },
        .xFileControl = [](sqlite3_file* f, int op,
                           void* arg) { return of(f).real()->pMethods->xFileControl(of(f).real(), op, arg); },
        .xSectorSize = [](sqlite3_file* f) { return of(f).real()->pMethods->xSectorSize(of(f).real()); },
        .xDeviceCharacteristics =
            [](sqlite3_file* f) { return of(f).real()->pMethods->xDeviceCharacteristics(of(f).real()); },
        .xShmMap =
            [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
              return of(f).real()->pMethods->xShmMap(of(f).real(), page, size, extend, out);
            },
        .xShmLock =
            [](sqlite3_file* f, int offset, int n, int flags) {
              return of(f).real()->pMethods->xShmLock(of(f).real(), offset, n, flags);
            },
        .xShmBarrier = [](sqlite3_file* f) { of(f).real()->pMethods->xShmBarrier(of(f).real()); },
        .xShmUnmap = [](sqlite3_file* f,
                        int remove_it) { return of(f).real()->pMethods->xShmUnmap(of(f).real(), remove_it); },
        .xFetch = nullptr,
        .xUnfetch = nullptr,
    };
    return &table;
  }

  sqlite3_vfs* real_;
  sqlite3_vfs vfs_{};
};

FaultVfs::FaultVfs() : disk_(std::make_unique<Disk>()) {}
FaultVfs::~FaultVfs() = default;

const std::string& FaultVfs::name() const {
  return disk_->name_;
}

void FaultVfs::cut_after(std::uint64_t operations) {
  const std::lock_guard lock(disk_->mutex_);
  disk_->operations_left_ = operations;
}

void FaultVfs::cut() {
  const std::lock_guard lock(disk_->mutex_);
  disk_->dead_ = true;
}

bool FaultVfs::is_cut() const {
  const std::lock_guard lock(disk_->mutex_);
  return disk_->dead_;
}

void FaultVfs::restore_power(Reached reached, std::uint64_t seed) {
  const std::lock_guard lock(disk_->mutex_);
  std::mt19937_64 random(seed);
  for (auto& [path, unflushed] : disk_->files_) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    if (!file) continue;  // removed
    for (const auto& [sector, before] : unflushed.sectors) {
      if (!before.given_up && reached == Reached::some && random() % 2 == 0) continue;
      file.seekp(sector * sector_bytes);
      file.write(before.bytes.data(), sector_bytes);
    }
    file.close();
    // A file may have got its new length without its new bytes, or not even that.
    const bool keeps_length = reached == Reached::some && random() % 2 == 0;
    if (unflushed.size && !keeps_length)
      std::filesystem::resize_file(path, static_cast<std::uintmax_t>(*unflushed.size));
  }
  disk_->files_.clear();
  disk_->dead_ = false;
  disk_->operations_left_.reset();
  disk_->failing_flushes_ = 0;
}

void FaultVfs::fail_flushes(unsigned count) {
  const std::lock_guard lock(disk_->mutex_);
  disk_->failing_flushes_ = count;
}

void FaultVfs::limit_log(std::optional<std::uint64_t> bytes) {
  const std::lock_guard lock(disk_->mutex_);
  disk_->log_limit_ = bytes;
}

std::uint64_t FaultVfs::log_bytes() const {
  const std::lock_guard lock(disk_->mutex_);
  return disk_->log_bytes_;
}

std::uint64_t FaultVfs::operations() const {
  const std::lock_guard lock(disk_->mutex_);
  return disk_->operations_;
}

}  // namespace loangate::store
