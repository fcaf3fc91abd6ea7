#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "store/search/rows.hpp"
#include "store/search/terms.hpp"
#include "store/sqlite/connection.hpp"

/// The index as it lies on disk: `search.db`. It is written in segments that are never changed (a
/// log-structured merge tree). A segment of level 0 is one window of 4,096 places; sixteen segments of a
/// level that stand side by side are merged into one of the next, up to sixteen million places. So every row
/// is written four times at most, always at the end of a table, whatever the values are; and a value that
/// occurs once is found in a handful of look-ups, however many messages there are.
namespace loangate::store::search {

inline constexpr std::uint64_t window_places = 4096;
inline constexpr std::uint64_t fan_out = 16;
inline constexpr std::size_t level_count = 4;
/// How many chunks a segment of a level spans; of level 0 a sixteenth of one.
inline constexpr std::array<std::uint64_t, level_count> chunks_of{1, 1, 16, 256};

/// What the index knows of a place beside its terms.
struct Head {
  Instant received;            ///< business time
  std::uint64_t first_change;  ///< number of the first change that the entry caused
  std::uint64_t changes;       ///< how many
};

/// A window that is being filled, in memory.
struct Window {
  std::uint64_t first = 0;  ///< place
  std::vector<Head> heads = {};
  std::unordered_map<Term, std::vector<std::uint16_t>> rows = {};  ///< places within the chunk
  std::vector<CompanyName> names = {};
  std::uint64_t end() const { return first + heads.size(); }
  bool full() const { return heads.size() == window_places; }
};

/// When the entries of a window were received.
struct Span {
  Instant earliest;
  Instant latest;
};

/// Where the file stands: how many segments each level has had. Those of a level that the next one holds are
/// garbage.
struct Standing {
  std::array<std::uint64_t, level_count> segments{};
  std::uint64_t changes = 0;  ///< all changes up to this number are taken in
  Digest last = {};           ///< raw digest of the last entry: tells whether this is an index of this store

  std::uint64_t places() const { return segments[0] * window_places; }
};

/// The one who writes. Throws SqliteError.
class SegmentWriter {
 public:
  SegmentWriter(const std::filesystem::path& file, const std::string& vfs);

  const Standing& standing() const { return standing_; }
  std::vector<Span> spans();

  /// Keeps a full window as a segment of level 0, in one transaction.
  void keep(const Window& window, std::uint64_t changes, const Digest& last);

  /// One step of merging, of some thousand rows: whether there was anything to do. `now_at` is told where the
  /// file stands after a merge, before anything of what was merged is taken away.
  bool tidy(const std::function<void(const Standing&)>& now_at);

 private:
  struct Row {
    Term term;
    std::uint64_t chunk;
    std::string rows;
  };
  /// One of those that are merged, read on from where the merge stands.
  struct Source {
    Statement statement;
    std::deque<Row> ahead = {};
    bool ended = false;
  };
  void merge(std::size_t level);
  bool drop(std::size_t level);
  void save();
  static void fill(Source& source, std::uint64_t segment, const std::pair<Term, std::uint64_t>* after);
  std::optional<std::pair<Term, std::uint64_t>> last_row(std::size_t level, std::uint64_t segment);

  Connection connection_;
  Standing standing_;
  std::array<Statement, level_count> add_;
  Statement add_head_, add_span_, add_name_, save_;
};

/// One who reads. A snapshot lasts for one look-up only: what is asked for never changes. Throws SqliteError.
class SegmentReader {
 public:
  explicit SegmentReader(Connection& connection);

  /// The rows of a term in the greatest chunk of a segment that is not above `at_most`.
  bool rows(std::size_t level, std::uint64_t segment, Term term, std::uint64_t at_most, std::uint64_t& chunk,
            Words& into) const;
  std::optional<Head> head(std::uint64_t place) const;
  /// When the entries of a window were received, in order.
  std::vector<Instant> received(std::uint64_t window) const;
  /// USCCs of companies whose name has this part; at most `limit`.
  std::vector<std::string> companies(std::string_view part, std::size_t limit) const;

 private:
  std::array<Statement, level_count> rows_;
  Statement head_, received_, companies_;
};

}  // namespace loangate::store::search
