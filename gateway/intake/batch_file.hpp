#pragma once
#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

/// Files of many records as bytes on disk.
namespace loangate::intake {

/// Why a file cannot be judged now; technical, for the log.
using NotNow = std::string;

/// `opening /path: No such file or directory`, by errno.
std::string system_error(std::string_view doing, const std::filesystem::path& file);
std::expected<void, NotNow> write_all(int file, std::string_view bytes);
/// As many bytes as there are, at most as many as there is room for.
std::size_t read_at(int file, std::uint64_t offset, std::span<char> into);
/// What stands in the folder now stands there also after a power cut.
void settle(const std::filesystem::path& folder);

/// A file on its way to disk, in a folder of the gateway's own.
class Spool {
 public:
  /// A new empty file in the folder; the error says why there cannot be one.
  static std::expected<std::unique_ptr<Spool>, std::string> open(const std::filesystem::path& folder);
  ~Spool();  ///< removes it unless it was released
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  std::expected<void, std::string> write(std::string_view bytes);
  /// The file is complete and the caller's from now on.
  std::filesystem::path release();

 private:
  Spool(int descriptor, std::filesystem::path path);
  int descriptor_;
  std::filesystem::path path_;
};

/// Removes what a crash left of files on their way to disk.
void remove_unfinished(const std::filesystem::path& folder);

}  // namespace loangate::intake
