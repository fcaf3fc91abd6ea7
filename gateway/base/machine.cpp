#include "base/machine.hpp"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <string_view>

namespace loangate {
namespace {

struct Kind {
  std::uint64_t magic;
  std::string_view name;
  bool durable;
};
constexpr std::array<Kind, 9> kinds{{{EXT4_SUPER_MAGIC, "ext4", true},
                                     {XFS_SUPER_MAGIC, "xfs", true},
                                     {BTRFS_SUPER_MAGIC, "btrfs", true},
                                     {0x2fc12fc1, "zfs", true},
                                     {OVERLAYFS_SUPER_MAGIC, "overlay", true},
                                     {TMPFS_MAGIC, "tmpfs", false},
                                     {NFS_SUPER_MAGIC, "nfs", false},
                                     {CIFS_SUPER_MAGIC, "cifs", false},
                                     {FUSE_SUPER_MAGIC, "fuse", false}}};

}  // namespace

std::optional<Disk> disk_of(const std::filesystem::path& folder) {
  struct statfs kind{};
  struct statvfs room{};
  if (::statfs(folder.c_str(), &kind) != 0 || ::statvfs(folder.c_str(), &room) != 0) return std::nullopt;
  Disk disk{.kind = {},
            .total_bytes = std::uint64_t{room.f_blocks} * room.f_frsize,
            .free_bytes = std::uint64_t{room.f_bavail} * room.f_frsize};
  const auto magic = static_cast<std::uint32_t>(kind.f_type);
  for (const Kind& known : kinds) {
    if (known.magic != magic) continue;
    disk.kind = known.name;
    disk.durable = known.durable;
  }
  if (disk.kind.empty()) disk.kind = fmt::format("{:#x}", magic);
  return disk;
}

ClockState clock_state() {
  ClockState state;
  struct timex kernel{};  // no modes: only asks
  if (const int said = ::adjtimex(&kernel); said >= 0) {
    state.synchronised = said != TIME_ERROR && (kernel.status & STA_UNSYNC) == 0;
    state.greatest_error_ms = static_cast<std::uint64_t>(kernel.maxerror) / 1000;
    return state;
  }
  // The service's own unit forbids the call (ProtectClock); systemd's time service leaves a sign.
  std::error_code fault;
  if (std::filesystem::exists("/run/systemd/timesync/synchronized", fault)) state.synchronised = true;
  return state;
}

ProcessState process_state() {
  ProcessState state{.id = static_cast<std::uint64_t>(::getpid())};
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> pages;
  state.resident_bytes = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::error_code fault;
  for (std::filesystem::directory_iterator at("/proc/self/fd", fault), end; !fault && at != end;
       at.increment(fault))
    ++state.open_files;
  struct rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) state.open_files_limit = limit.rlim_cur;
  return state;
}

}  // namespace loangate
