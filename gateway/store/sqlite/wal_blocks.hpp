#pragma once
#include <sqlite3.h>

#include <string>

namespace loangate::store {

/// A VFS that stands on `base` and hands a commit's WAL to it in blocks. SQLite writes each frame as two
/// pieces, its head of 24 bytes and its page: a commit of twenty pages would be forty calls into the kernel;
/// so it is one or two. What is written reaches `base` before the flush that makes a commit durable, and
/// nobody looks for a frame before that flush.
///
/// Registered with SQLite under `name()` as long as this lives, which must be longer than what is opened by
/// it. Throws SqliteError if there is no such base.
class WalInBlocks {
 public:
  explicit WalInBlocks(const std::string& base);
  ~WalInBlocks();
  WalInBlocks(const WalInBlocks&) = delete;
  WalInBlocks& operator=(const WalInBlocks&) = delete;

  const std::string& name() const { return name_; }

 private:
  std::string name_;
  sqlite3_vfs vfs_{};
};

}  // namespace loangate::store
