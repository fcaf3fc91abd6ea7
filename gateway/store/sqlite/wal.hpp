#pragma once
#include <filesystem>
#include <string>

#include "store/sqlite/connection.hpp"

namespace loangate::store {

/// What is known of the bytes in a WAL that was left behind.
enum class LeftBehind {
  by_exit,          ///< the process ended: written pages are still waiting to be flushed
  by_failed_flush,  ///< an fsync failed: the kernel may have marked pages as clean that never reached the
                    ///< disk
};

/// Makes durable what stands in the WAL of a store that nobody has open. Recovery takes every whole group in
/// it for committed, and from then on duplicates are answered by them: so they must survive a power cut
/// first. After a failed flush all of it is written once more, since flushing alone would report success
/// without writing. No WAL: nothing to do. Throws SqliteError.
void settle_wal(const std::filesystem::path& file, const std::string& vfs, LeftBehind left);

/// Copies committed pages from the WAL into the file, so that the WAL's space can be used again from its
/// beginning. Its own connection, on a thread that nobody waits for.
///
/// A crash while it runs leaves pages in the file that stand in the WAL as well, where the next start reads
/// them first.
class Checkpointer {
 public:
  Checkpointer(const std::filesystem::path& file, const std::string& vfs);

  /// Copies what is committed while the writer goes on; in so many rounds at most, each of what was written
  /// during the last, until little is left.
  void copy(int rounds);
  /// Copies the rest and has the writer begin at the WAL's start again. The writer must not be in a
  /// transaction, and waits until this returns. False if a reader was in the way; then all is copied, but the
  /// WAL goes on to grow.
  bool finish();

 private:
  void flush();

  Connection connection_;
};

}  // namespace loangate::store
