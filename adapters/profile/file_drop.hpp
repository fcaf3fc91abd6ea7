#pragma once
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "adapters/profile/profile.hpp"
#include "base/yaml.hpp"
#include "domain/date.hpp"

/// How files go to and fro with a partner: `files` of a profile, as adapters/README.md describes it.
namespace loangate::adapters {

/// The names that a partner's files have: `PF0422{yyyyMMdd}{seq:3}.dat`. A name that fits has only ASCII
/// letters, digits, `.`, `_` and `-`, does not begin with a point, and is at most 120 bytes long, so that it
/// can be part of a path.
class FileNames {
 public:
  /// The error says what is wrong and what to do.
  static std::expected<FileNames, std::string> parse(std::string_view pattern);

  /// What a name says; nothing if it is none of these.
  struct Told {
    std::optional<Date> day;  ///< if the names have one
  };
  std::optional<Told> read(std::string_view name) const;

  bool have_day() const;
  /// As the profile writes it.
  const std::string& pattern() const { return pattern_; }

 private:
  struct Digits {
    std::uint8_t count;
  };
  using Piece = std::variant<std::string, TimePattern, Digits>;

  std::string pattern_;
  std::vector<Piece> pieces_;
};

/// `files` of a profile.
struct FileDrop {
  FileNames incoming;

  /// A file beside the data file whose being there says that the data file is complete.
  struct Marker {
    enum class Holds : std::uint8_t { nothing, size, sha256 };
    std::string suffix;  ///< its name is the data file's and this
    Holds holds = Holds::nothing;
  };
  std::optional<Marker> marker = {};  ///< none: a file is complete once it has been renamed to its name

  std::string returned =
      {};  ///< name of the return file (回盘): `{name}` and `{stem}` stand for the incoming
  std::string return_name(std::string_view incoming_name) const;

  /// A file with this day in its name is there by a time of the day. 24:00 and later is the day after.
  struct Expected {
    int by_minutes = 0;      ///< after the day begins
    bool every_day = false;  ///< else on working days
    std::string by = {};     ///< as the profile writes it
  };
  std::optional<Expected> expected = {};

  std::uint64_t most_bytes = 0;  ///< the batch form's
  int stale_minutes = 30;        ///< what has lain so long without being complete is reported to the partner
};

/// Reads `files` of a profile with this batch form, or none; mistakes are reported at the nodes. Null if
/// there is no `files`.
std::shared_ptr<const FileDrop> read_file_drop(const YamlNode& files, const BatchForm* batch);

}  // namespace loangate::adapters
