#pragma once
#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/profile/file_drop.hpp"
#include "base/clock.hpp"

namespace loangate::net {

/// Why a name in `in/` is not taken. The order is that of precedence.
enum class NotTaken : std::uint8_t {
  arriving,       ///< not complete yet: no reason to say anything
  incomplete,     ///< for so long that it will not become complete by itself
  unknown_name,   ///< not a name that the profile states, for as long
  not_a_file,     ///< a link, a folder, a pipe
  several_links,  ///< the same file has another name
  unreadable,     ///< the gateway may not read it
  too_large,
  marker_differs,  ///< the marker states another size or digest, or is none
};

/// A sentence for the partner and the operator, in both languages, with the remedy.
struct Explanation {
  std::string zh;
  std::string en;
  friend bool operator==(const Explanation&, const Explanation&) = default;
};
Explanation explain(NotTaken why, const adapters::FileDrop& rules);

/// A partner's folder: `in` the partner fills, `out` it reads, `work` and `archive` are the gateway's alone.
/// All four lie in one file system. What a partner names never becomes part of a path unless it is a name
/// that its profile states; links are never followed.
///
/// A file's way, and what a crash can leave behind:
///
///   1. `in/NAME`. Complete: renamed to its name, or its marker is there; no process has it open for writing.
///      With a marker this goes first, to `work/TIME-NAME.MARKER`: it claims the file, and keeps when it was
///      complete. A claim without its file is made good at the next look into `work`.
///   2. `work/TIME-NAME`, flushed, by one rename. TIME is the business time at which it was complete
///      (settled 9): it stays the file's time however often judging has to begin anew.
///   3. `out/RETURNED`, complete or not there: written beside, flushed, renamed. Perhaps `.RETURNED.XXXXXX`,
///      which the next start removes. A crash before 4 makes the same return file once more.
///   4. `archive/DAY/NAME.SHA256`, by one rename: the file is done. DAY is that of TIME.
///
/// So a file is in exactly one of `in`, `work` and `archive`. The same name again is another file.
class DropFolder {
 public:
  /// Opens `<root>/<partner>` and makes what is missing of it. The error says what to do.
  static std::expected<DropFolder, std::string> open(const std::filesystem::path& root,
                                                     std::string_view partner);

  /// What lies in `in`, apart from what is ready to be taken.
  struct Waiting {
    std::string name;  ///< as it is shown: what is not printable ASCII is escaped
    NotTaken why = NotTaken::arriving;
    friend bool operator==(const Waiting&, const Waiting&) = default;
  };
  struct Look {
    std::vector<std::string> ready;  ///< in the order of their names
    std::vector<Waiting> waiting;    ///< at most most_shown, refused ones first
    std::uint64_t more = 0;          ///< so many others wait or are refused
    friend bool operator==(const Look&, const Look&) = default;
  };
  static constexpr std::size_t most_shown = 100;
  /// `now`: real time.
  Look look(const adapters::FileDrop& rules, Instant now);

  /// A file in `work`.
  struct Taken {
    std::string name;
    Instant complete;
    friend auto operator<=>(const Taken&, const Taken&) = default;
  };
  /// Takes a file that is ready. False: somebody changed it meanwhile; look again.
  std::expected<bool, std::string> take(const adapters::FileDrop& rules, const std::string& name,
                                        Instant complete);
  /// Oldest first; makes claims good on the way.
  std::vector<Taken> in_work(const adapters::FileDrop& rules);
  std::filesystem::path path(const Taken& taken) const;

  /// Puts a copy of this file under a name into `out`, for the partner to read.
  std::expected<void, std::string> hand_out(const std::string& name, const std::filesystem::path& file) const;
  std::expected<void, std::string> hand_out(const std::string& name, std::string_view text) const;
  /// The file is done. Gives its SHA-256, in hexadecimal.
  std::expected<std::string, std::string> archive(const Taken& taken) const;

  /// Makes the explanations in `out` those of what is refused in `in`: one `NAME.error.txt` each, which goes
  /// when its cause goes.
  void tell(const Look& look, const adapters::FileDrop& rules);

  /// A small file of the gateway's own, replaced as a whole.
  std::filesystem::path own_file(std::string_view name) const { return folder_ / "work" / name; }

 private:
  explicit DropFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}
  /// Nothing: it is ready to be taken.
  std::optional<NotTaken> judge(int in, const std::string& name, const adapters::FileDrop& rules, bool stale);
  bool marker_agrees(int in, int file, const std::string& name, const adapters::FileDrop::Marker& marker);
  bool move_to_work(int in, int work, const std::string& name, Instant complete,
                    std::uint64_t most_bytes) const;

  std::filesystem::path folder_;
  std::optional<std::map<std::string, std::string>> told_ = {};  ///< by name: what stands in `out`
  /// By name: the file and its marker as they were when they did not agree. Not computed again until one
  /// changes.
  std::map<std::string, std::string> differing_ = {};
};

}  // namespace loangate::net
