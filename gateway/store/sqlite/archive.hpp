#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <type_traits>

#include "store/archive.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/rows.hpp"

namespace loangate::store {

/// The archive of a SQLite store: beside its file, in the folder `archive`.
class SqliteArchive final : public Archive {
 public:
  /// What it needs of the store.
  struct Hands {
    /// Runs a piece of work in a transaction of its own, on the writer's connection, between two groups.
    /// Throws SqliteError.
    std::function<void(const std::function<void(Connection&)>&)> work;
    /// Reads; false: the store cannot be read now.
    std::function<bool(const std::function<void(const RowReader&)>&)> look;
    /// Has the log copied into the file, so that the file becomes as small as it now is.
    std::function<void()> copy_soon;
    std::function<std::uint64_t()> failed_reads;
  };
  SqliteArchive(std::filesystem::path folder, std::string vfs, Hands hands);

  std::optional<std::vector<ArchivedDay>> days() const override;
  std::expected<std::optional<ArchivedDay>, std::string> archive_next(Date before,
                                                                      const GoOn& go_on) override;
  std::expected<Remainder, std::string> keep_only(const ArchivedDay& day,
                                                  const std::function<bool(const StoredEntry&)>& stays,
                                                  const GoOn& go_on) override;
  void sweep() override;
  std::uint64_t failed_reads() const override { return hands_.failed_reads(); }

 private:
  template <class Read>
  auto look(Read read) const -> std::invoke_result_t<Read, const RowReader&>;
  std::optional<ArchivedDay> write_file(const JournalEdge& edge, const GoOn& go_on);
  void record(const ArchivedDay& day);
  void move(const ArchivedDay& day, Sequence first, const GoOn& go_on);
  void give_back(const GoOn& go_on);
  bool step(const std::function<bool(Connection&)>& more);

  const std::filesystem::path folder_;
  const std::string vfs_;
  const Hands hands_;
};

}  // namespace loangate::store
