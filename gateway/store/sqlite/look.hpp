#pragma once
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "store/store.hpp"

namespace loangate::store {

/// What a look at the file of a store tells.
struct StoreLook {
  Sequence last_sequence = {};
  std::int64_t schema = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t log_bytes = 0;  ///< of the WAL beside it
  bool whole = true;            ///< what integrity_check or quick_check said of every page
  std::string fault = {};       ///< its first words if not
};

enum class Thoroughness {
  contents,  ///< the last entry can be read
  pages,     ///< every page is well-formed (quick_check)
  indexes,   ///< and every index agrees with its table (integrity_check); reads all of it twice
};

/// Looks at a store's file that nobody has open, and changes nothing: no lock, no file beside it, no
/// recovery. The error is a sentence: another process has it open, it is no store, it cannot be read, `go_on`
/// said no.
std::expected<StoreLook, std::string> look_at_store(
    const std::filesystem::path& file, Thoroughness how,
    const std::function<bool()>& go_on = [] { return true; });

/// The archived days of a store that nobody has open.
std::expected<std::vector<ArchivedDay>, std::string> archived_days_of(const std::filesystem::path& file);

/// Reads the files of all archived days of a store that nobody has open, and compares them with their seals.
/// The error names the first that is not there or is damaged.
std::expected<void, std::string> verify_archive(
    const std::filesystem::path& file, const std::function<bool()>& go_on = [] { return true; });

/// Copies a store that nobody has open, as Store::copy_to does one that runs; nobody can open it meanwhile.
std::expected<Sequence, std::string> copy_closed_store(const std::filesystem::path& file,
                                                       const std::filesystem::path& to,
                                                       const std::function<void()>& at_that_moment,
                                                       const std::function<bool()>& go_on);

/// Whether some process has this store open for writing.
bool is_open_elsewhere(const std::filesystem::path& file);

}  // namespace loangate::store
