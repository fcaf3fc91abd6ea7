#pragma once
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>

#include "store/witness.hpp"

namespace loangate::store {

struct SqliteOptions {
  /// Below this much free space on the file system, work is refused as `full`; it is taken again as soon as
  /// there is more.
  std::uint64_t low_water_bytes = 128u << 20;
  /// The writer's page cache. Its hot pages are the right edges of the tables; the rest serves changes of
  /// older loans.
  int writer_cache_kib = 32 * 1024;
  int reader_cache_kib = 2 * 1024;
  /// The WAL begins again from its start when it has grown to this. The writer waits for that some 10 ms, so
  /// it should be rare; but a start reads the whole WAL.
  std::uint64_t checkpoint_bytes = 192u << 20;
  /// `unix-excl`: no shared-memory file, hence no SIGBUS on a full disk, and other processes are kept out
  /// (settled 17). Tests put a failing disk underneath.
  std::string vfs = "unix-excl";
  /// Who is told of what commits; outlives the store. Null: nobody.
  Witness* witness = nullptr;
};

/// Opens the store `loangate.db` in this folder, making the folder's file if there is none, bringing an older
/// one to today's schema, recovering what a crash left. The error is a sentence for the operator: also if
/// another process has it open or a newer program wrote it.
std::expected<std::unique_ptr<Store>, std::string> open_sqlite(const std::filesystem::path& dir,
                                                               const SqliteOptions& options);

}  // namespace loangate::store
