#pragma once
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

namespace loangate {

/// New contents of a file, complete and flushed beside it until they take its place: a reader sees the old
/// file or the new one. What a crash can leave behind: either of them, and perhaps `.NAME.XXXXXX` beside it.
class Replacement {
 public:
  /// Writes the contents beside the file, with its permissions; the error says why that cannot be done.
  static std::expected<Replacement, std::string> write(const std::filesystem::path& file,
                                                       std::string_view bytes);
  ~Replacement();
  Replacement(Replacement&& other) noexcept;
  Replacement& operator=(Replacement&&) = delete;

  /// Where the contents are until they take their place.
  const std::filesystem::path& path() const { return beside_; }
  /// From now on the file has them, also after a power cut; the error says why it has not.
  std::expected<void, std::string> take_place();

 private:
  Replacement(std::filesystem::path file, std::filesystem::path beside)
      : file_(std::move(file)), beside_(std::move(beside)) {}

  std::filesystem::path file_;
  std::filesystem::path beside_;  // empty: taken its place
};

}  // namespace loangate
