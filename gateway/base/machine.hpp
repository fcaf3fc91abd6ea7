#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

/// What the machine says of itself, without asking for any right.
namespace loangate {

/// The file system that a folder is on.
struct Disk {
  std::string kind;  ///< `ext4`, `xfs`, `tmpfs` … or its number in hexadecimal
  std::uint64_t total_bytes = 0;
  std::uint64_t free_bytes = 0;  ///< for users other than root
  bool durable = true;           ///< no memory, no network: what was flushed is there after a power cut
};
std::optional<Disk> disk_of(const std::filesystem::path& folder);

/// Whether a time service keeps the clock right.
struct ClockState {
  std::optional<bool> synchronised;                ///< none: this process may not ask
  std::optional<std::uint64_t> greatest_error_ms;  ///< the kernel's bound
};
ClockState clock_state();

struct ProcessState {
  std::uint64_t id = 0;
  std::uint64_t resident_bytes = 0;
  std::uint64_t open_files = 0;
  std::uint64_t open_files_limit = 0;
};
ProcessState process_state();

}  // namespace loangate
