#pragma once
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"

namespace loangate {

/// One mistake in a configuration file: where, what, and what to do.
struct ConfigError {
  std::string file;
  int line = 0;              // 1-based; 0: the file as a whole
  std::string what;          // 'what is wrong: what to do'
  std::string text() const;  // "file:line: what"
};

/// Every mistake found; a check reports all of them at once.
using ConfigErrors = std::vector<ConfigError>;

/// A line of one of the files that a document was read from.
struct YamlLine {
  int number = 0;          ///< 1-based
  std::uint16_t file = 0;  ///< of YamlFile::files()
  friend constexpr auto operator<=>(YamlLine, YamlLine) = default;
};

/// A node of a checked YAML document. Unlike yaml-cpp's own nodes it knows its line, refuses duplicate keys
/// (hazard 11), keeps scalars as the text that stands in the file (`010` and `off` are just that), and
/// notices keys that nobody has asked for.
///
/// Reading never throws: a mistake is added to the document's error list, and the reader gets a harmless
/// value, so that one pass finds everything. A node must not outlive its YamlFile.
class YamlNode {
 public:
  bool is_map() const;
  bool is_list() const;
  bool is_scalar() const;
  bool is_null() const;  // `key:` with nothing behind it, or absent
  int line() const { return source().number; }
  YamlLine source() const;
  const std::string& file() const;

  /// The member `key`; absent keys give a null node at this node's line.
  YamlNode operator[](std::string_view key) const;
  bool has(std::string_view key) const;
  /// Members in the order of the file; marks them all as read.
  std::vector<std::pair<std::string, YamlNode>> members() const;
  std::vector<YamlNode> items() const;
  /// The items of a list, or the one scalar or map itself as the only item; nothing if null.
  std::vector<YamlNode> one_or_many() const;

  /// The scalar's text. Missing or of another kind is an error, and "".
  std::string text() const;
  std::string text_or(std::string_view fallback) const;
  std::int64_t integer(std::int64_t least, std::int64_t most) const;
  std::int64_t integer_or(std::int64_t fallback, std::int64_t least, std::int64_t most) const;
  bool boolean_or(bool fallback) const;  // true or false, nothing else

  /// Records a mistake at this node.
  void error(std::string what) const;

 private:
  friend class YamlFile;
  struct Tree;
  YamlNode(const Tree* tree, std::size_t index) : tree_(tree), index_(index) {}
  YamlNode absent(std::string_view key) const;

  const Tree* tree_;
  std::size_t index_;       // 0: absent
  YamlLine absent_line_;    // of an absent node: where its parent stands,
  std::string absent_key_;  // and the key that was looked for
};

/// What to write as a comment behind a value; empty: none.
using YamlNote = std::function<std::string(const YamlNode&)>;
/// The items of a list that stands at `path` (the keys that lead to it) in both files of an overlay; nothing:
/// `own` takes the place of `base`. May report mistakes at the nodes it is given.
using MergeYamlLists = std::function<std::optional<std::vector<YamlNode>>(
    std::span<const std::string> path, const YamlNode& base, const YamlNode& own)>;

/// One YAML file, read whole and checked. At most 4 MiB, 64 levels deep, no anchors, aliases or tags.
class YamlFile {
 public:
  /// Reads the file. If it cannot be read or is not YAML, root() is null and errors() says why.
  explicit YamlFile(const std::filesystem::path& path);
  /// Reads text as if it stood in a file of that name.
  YamlFile(std::string name, std::string_view text);
  ~YamlFile();
  YamlFile(YamlFile&&) noexcept;
  YamlFile& operator=(YamlFile&&) noexcept;

  /// `own` laid over `base`. Maps become one, key by key: those of `base` first, then what `own` adds.
  /// Anything else of `own` takes the place of what stands in `base`, lists as `merge` says. `remove: NAME`
  /// or `remove: [NAME, …]` in a map of `own` drops keys of the base's map first. Each node keeps its file
  /// and line. The key `naming` of `own`, which named the base, is left out. The mistakes of both are this
  /// one's.
  static YamlFile overlay(const YamlFile& base, const YamlFile& own, std::string_view naming,
                          const MergeYamlLists& merge);

  YamlNode root() const;
  /// The names of the files that it was read from: the own one first.
  const std::vector<std::string>& files() const;

  /// Text that reads as this document: of one file just its bytes.
  std::string text() const;
  /// The document written anew, short maps and lists in one line, each with its note.
  std::string written(const YamlNote& note = {}) const;

  /// Adds an error for each key that was never asked for. Call it after everything has been read.
  void refuse_unread() const;

  const ConfigErrors& errors() const;

 private:
  YamlFile();

  class TreeBuilder;
  class Overlay;
  class Writer;
  std::unique_ptr<YamlNode::Tree> tree_;
};

}  // namespace loangate
