#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace loangate::store {

/// A disk of ours under SQLite: a VFS on top of `unix-excl` that can lose power, fail to flush, and be full.
/// Real files lie underneath, so that a store can be opened on what a cut has left.
///
/// It keeps, by sectors of 512 bytes, what would be on the platter: what was written since the last
/// successful flush is only in the kernel's memory. A flush that fails leaves its sectors readable but marked
/// as clean, as Linux does: a later flush does not write them, unless they are written again.
class FaultVfs {
 public:
  FaultVfs();
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  /// The name under which SQLite knows it.
  const std::string& name() const;

  /// The power goes before the n-th write or flush from now (1 is the next): from then on nothing works.
  void cut_after(std::uint64_t operations);
  /// The power goes now.
  void cut();
  bool is_cut() const;

  /// What of the unflushed sectors reached the platter all the same.
  enum class Reached { nothing, some };
  /// Puts the files into the state in which the cut left them, and gives power again. All files must be
  /// closed.
  void restore_power(Reached reached, std::uint64_t seed);

  /// The next `count` flushes fail.
  void fail_flushes(unsigned count);
  /// The log may not grow beyond this: writing more is 'disk full'. None: as large as it likes.
  void limit_log(std::optional<std::uint64_t> bytes);
  std::uint64_t log_bytes() const;
  /// Writes and flushes so far.
  std::uint64_t operations() const;

  class Disk;

 private:
  std::unique_ptr<Disk> disk_;
};

}  // namespace loangate::store
