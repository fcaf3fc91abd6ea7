#include "base/yaml.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/parser.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <sstream>

namespace loangate {

std::string ConfigError::text() const {
  return fmt::format("{}:{}: {}", file, line, what);
}

struct YamlNode::Tree {
  enum class Kind { null, scalar, list, map };
  struct Entry {
    Kind kind = Kind::null;
    YamlLine line;
    std::string text;                   // scalar
    std::vector<std::size_t> children;  // list items, or map values
    std::vector<std::string> keys;      // map keys, beside children
    std::vector<YamlLine> key_lines;
    mutable std::vector<bool> read;
  };

  std::vector<std::string> files{1};
  std::vector<Entry> entries{1};  // entry 0 is 'absent'
  std::size_t root = 0;
  std::string bytes;  // of the one file
  mutable ConfigErrors errors;

  void error(YamlLine line, std::string what) const {
    errors.push_back({files[line.file], line.number, std::move(what)});
  }
};

namespace {

constexpr std::size_t max_file_bytes = 4u << 20;
constexpr std::size_t max_depth = 64;

}  // namespace

/// Builds the tree from yaml-cpp's events, which carry every key, also one that stands twice.
class YamlFile::TreeBuilder : public YAML::EventHandler {
 public:
  using Tree = YamlNode::Tree;

  explicit TreeBuilder(Tree& tree) : tree_(tree) {}

 private:
  struct Level {
    std::size_t index;
    bool map;
    bool expects_key = true;
  };

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) tree_.error({mark.line + 1}, "a second document begins: keep one document a file");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    place(mark, Tree::Kind::null, "");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    tree_.error({mark.line + 1}, "an alias (*name): write the value out");
    place(mark, Tree::Kind::null, "");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    if (!tag.empty() && tag != "?" && tag != "!") tree_.error({mark.line + 1}, "a tag (!name): leave it out");
    // A plain `~` or `null` reaches us as OnNull; quoted empty text is a scalar.
    place(mark, Tree::Kind::scalar, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    refuse_anchor(mark, anchor);
    open(mark, Tree::Kind::list);
  }
  void OnSequenceEnd() override { levels_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    refuse_anchor(mark, anchor);
    open(mark, Tree::Kind::map);
  }
  void OnMapEnd() override { levels_.pop_back(); }

  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) tree_.error({mark.line + 1}, "an anchor (&name): write the value out where it is used");
  }

  void open(const YAML::Mark& mark, Tree::Kind kind) {
    if (levels_.size() >= max_depth) throw YAML::ParserException(mark, "nested too deeply");
    const std::size_t index = place(mark, kind, "");
    levels_.push_back({index, kind == Tree::Kind::map});
  }

  std::size_t place(const YAML::Mark& mark, Tree::Kind kind, std::string text) {
    if (!levels_.empty() && levels_.back().map && levels_.back().expects_key) {
      Level& level = levels_.back();
      if (kind != Tree::Kind::scalar) {
        tree_.error({mark.line + 1}, "a key that is not plain text: write `name: value`");
        text = fmt::format("?{}", mark.line);
      }
      auto& map = tree_.entries[level.index];
      for (std::size_t i = 0; i < map.keys.size(); ++i) {
        if (map.keys[i] == text) {
          tree_.error({mark.line + 1}, fmt::format("`{}` stands twice (first in line {}): keep one", text,
                                                   map.key_lines[i].number));
        }
      }
      map.keys.push_back(std::move(text));
      map.key_lines.push_back({mark.line + 1});
      level.expects_key = false;
      if (kind == Tree::Kind::scalar) return 0;
    }
    tree_.entries.push_back({kind, {mark.line + 1}, std::move(text), {}, {}, {}, {}});
    const std::size_t index = tree_.entries.size() - 1;
    if (levels_.empty()) {
      tree_.root = index;
    } else {
      auto& parent = tree_.entries[levels_.back().index];
      parent.children.push_back(index);
      parent.read.push_back(false);
      if (levels_.back().map) levels_.back().expects_key = true;
    }
    return index;
  }

  Tree& tree_;
  std::vector<Level> levels_;
  int documents_ = 0;
};

YamlFile::YamlFile(const std::filesystem::path& path) : tree_(std::make_unique<YamlNode::Tree>()) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    tree_->files = {path.string()};
    tree_->error({}, "cannot be opened: see that it exists and may be read");
    return;
  }
  std::ostringstream text;
  text << in.rdbuf();
  *this = YamlFile(path.string(), text.view());
}

YamlFile::YamlFile(std::string name, std::string_view text) : tree_(std::make_unique<YamlNode::Tree>()) {
  tree_->files = {std::move(name)};
  if (text.size() > max_file_bytes) {
    tree_->error({}, "larger than 4 MiB: split it");
    return;
  }
  tree_->bytes = text;
  std::istringstream in(tree_->bytes);
  try {
    YAML::Parser parser(in);
    TreeBuilder builder(*tree_);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& e) {
    tree_->entries.resize(1);
    tree_->root = 0;
    tree_->error({e.mark.line + 1}, fmt::format("not YAML ({}): mend the line", e.msg));
  }
}

YamlFile::YamlFile() : tree_(std::make_unique<YamlNode::Tree>()) {}
YamlFile::~YamlFile() = default;
YamlFile::YamlFile(YamlFile&&) noexcept = default;
YamlFile& YamlFile::operator=(YamlFile&&) noexcept = default;

/// Copies nodes of two trees into a third.
class YamlFile::Overlay {
 public:
  using Tree = YamlNode::Tree;
  using Entry = Tree::Entry;
  using Kind = Tree::Kind;

  Overlay(const Tree& base, const Tree& own, std::string_view naming, const MergeYamlLists& merge, Tree& out)
      : base_(base), own_(own), naming_(naming), merge_lists_(merge), out_(out) {}

  void lay() {
    out_.files = {own_.files.front(), base_.files.front()};
    out_.root = merge(base_.root, own_.root);
  }

 private:
  std::size_t add(const Tree& from, const Entry& entry) {
    Entry made;
    made.kind = entry.kind;
    made.line = entry.line;
    made.text = entry.text;
    made.line.file = &from == &base_ ? 1 : 0;
    out_.entries.push_back(std::move(made));
    return out_.entries.size() - 1;
  }

  void attach(std::size_t parent, std::size_t child) {
    out_.entries[parent].children.push_back(child);
    out_.entries[parent].read.push_back(false);
  }
  void attach(std::size_t parent, const Tree& from, const Entry& entry, std::size_t which,
              std::size_t child) {
    attach(parent, child);
    YamlLine line = entry.key_lines[which];
    line.file = &from == &base_ ? 1 : 0;
    out_.entries[parent].keys.push_back(entry.keys[which]);
    out_.entries[parent].key_lines.push_back(line);
  }

  std::size_t copy(const Tree& from, std::size_t index) {
    const Entry& entry = from.entries[index];
    const std::size_t made = add(from, entry);
    for (std::size_t i = 0; i < entry.children.size(); ++i) {
      const std::size_t child = copy(from, entry.children[i]);
      if (entry.kind == Kind::map) {
        attach(made, from, entry, i, child);
      } else {
        attach(made, child);
      }
    }
    return made;
  }

  std::size_t merge(std::size_t base, std::size_t own) {
    const Kind kind = own_.entries[own].kind;
    if (kind != base_.entries[base].kind) return copy(own_, own);
    if (kind == Kind::map) return merge_maps(base, own);
    if (kind == Kind::list) {
      if (const auto items = merge_lists_(path_, YamlNode{&base_, base}, YamlNode{&own_, own})) {
        const std::size_t made = add(own_, own_.entries[own]);
        for (const YamlNode& item : *items) attach(made, copy(*item.tree_, item.index_));
        return made;
      }
    }
    return copy(own_, own);
  }

  std::size_t merge_maps(std::size_t base, std::size_t own) {
    const Entry& under = base_.entries[base];
    const Entry& over = own_.entries[own];
    const std::size_t made = add(own_, over);
    const auto at = [](const Entry& map, std::string_view key) {
      return static_cast<std::size_t>(std::ranges::find(map.keys, key) - map.keys.begin());
    };
    const std::vector<std::string> removed = removed_from(under, over);
    const auto is_gone = [&](const std::string& key) {
      return std::ranges::find(removed, key) != removed.end();
    };
    for (std::size_t i = 0; i < under.keys.size(); ++i) {
      const std::string& key = under.keys[i];
      if (is_gone(key)) continue;
      const std::size_t mine = at(over, key);
      if (mine == over.keys.size()) {
        attach(made, base_, under, i, copy(base_, under.children[i]));
        continue;
      }
      path_.push_back(key);
      attach(made, own_, over, mine, merge(under.children[i], over.children[mine]));
      path_.pop_back();
    }
    for (std::size_t i = 0; i < over.keys.size(); ++i) {
      const std::string& key = over.keys[i];
      const bool done = at(under, key) < under.keys.size() && !is_gone(key);
      if (done || key == "remove" || (path_.empty() && key == naming_)) continue;
      attach(made, own_, over, i, copy(own_, over.children[i]));
    }
    return made;
  }

  /// The keys that `remove` names in a map of the difference.
  std::vector<std::string> removed_from(const Entry& under, const Entry& over) const {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < over.keys.size(); ++i) {
      if (over.keys[i] != "remove") continue;
      for (const YamlNode& name : YamlNode{&own_, over.children[i]}.one_or_many()) {
        std::string key = name.text();
        if (std::ranges::find(under.keys, key) == under.keys.end()) {
          name.error(fmt::format("the base has no `{}` here: leave it out of `remove`", key));
        }
        names.push_back(std::move(key));
      }
    }
    return names;
  }

  const Tree& base_;
  const Tree& own_;
  std::string_view naming_;
  const MergeYamlLists& merge_lists_;
  Tree& out_;
  std::vector<std::string> path_;
};

YamlFile YamlFile::overlay(const YamlFile& base, const YamlFile& own, std::string_view naming,
                           const MergeYamlLists& merge) {
  YamlFile made;
  Overlay(*base.tree_, *own.tree_, naming, merge, *made.tree_).lay();
  for (const YamlFile* file : {&own, &base}) {
    made.tree_->errors.insert(made.tree_->errors.end(), file->errors().begin(), file->errors().end());
  }
  return made;
}

/// Writes a document: what fits into one line in one line.
class YamlFile::Writer {
 public:
  using Tree = YamlNode::Tree;
  using Kind = Tree::Kind;

  Writer(const Tree& tree, const YamlNote& note) : tree_(tree), note_(note) {}

  std::string write() {
    block(tree_.root, 0);
    return std::move(out_);
  }

 private:
  static constexpr std::size_t longest = 110;

  static bool is_plain(std::string_view text) {
    const auto safe = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
             c == '.' || c == '/' || c == '+' || c == '-' || static_cast<unsigned char>(c) >= 0x80;
    };
    const auto word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    // Digits are quoted, as the profiles do; so is what another reader takes for a number or a truth.
    return !text.empty() && std::ranges::all_of(text, safe) && text != "null" && text != "Null" &&
           text != "NULL" && text.front() != '-' && text.front() != '.' && text.front() != '+' &&
           (word(text.front()) || text.contains('+') || text.front() == '/' ||
            static_cast<unsigned char>(text.front()) >= 0x80 || is_number_or_day(text));
  }
  static bool is_number_or_day(std::string_view text) {
    return (text.front() != '0' && text.size() < 7 &&
            std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) ||
           (text.size() == 10 && text[4] == '-' && text[7] == '-');
  }

  static std::string scalar(std::string_view text) {
    if (is_plain(text)) return std::string(text);
    std::string quoted = "\"";
    for (const char c : text) {
      switch (c) {
        case '"':
        case '\\':
          quoted += '\\';
          quoted += c;
          break;
        case '\r':
          quoted += "\\r";
          break;
        case '\n':
          quoted += "\\n";
          break;
        case '\t':
          quoted += "\\t";
          break;
        default:
          if (static_cast<unsigned char>(c) < 0x20) {
            quoted += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
          } else {
            quoted += c;
          }
      }
    }
    return quoted + '"';
  }

  /// The node in one line; too long or empty: not to be used.
  std::string flow(std::size_t index) const {
    const Tree::Entry& entry = tree_.entries[index];
    std::string text;
    switch (entry.kind) {
      case Kind::null:
        return "null";
      case Kind::scalar:
        return scalar(entry.text);
      case Kind::list:
      case Kind::map:
        break;
    }
    for (std::size_t i = 0; i < entry.children.size() && text.size() <= longest; ++i) {
      if (i > 0) text += ", ";
      if (entry.kind == Kind::map) text += scalar(entry.keys[i]) + ": ";
      text += flow(entry.children[i]);
    }
    return entry.kind == Kind::map ? '{' + text + '}' : '[' + text + ']';
  }

  bool in_one_line(std::size_t index, std::size_t column) const {
    const Kind kind = tree_.entries[index].kind;
    if (kind == Kind::null || kind == Kind::scalar) return true;
    return column > 0 && !holds_items(index) && column + flow(index).size() <= longest;
  }
  /// A list of maps, or a map with one: told in lines of their own, unless it is part of such a line.
  bool holds_items(std::size_t index) const {
    const Tree::Entry& entry = tree_.entries[index];
    return std::ranges::any_of(entry.children, [&](std::size_t child) {
      const Kind kind = tree_.entries[child].kind;
      return (entry.kind == Kind::list && kind == Kind::map && items_ == 0) || holds_items(child);
    });
  }

  void end_line(std::size_t index) {
    if (note_) {
      if (const std::string text = note_(YamlNode{&tree_, index}); !text.empty()) {
        const std::size_t from = out_.rfind('\n');
        const std::size_t column = out_.size() - (from == std::string::npos ? 0 : from + 1);
        out_.append(column < 60 ? 60 - column : 1, ' ');
        out_ += "# " + text;
      }
    }
    out_ += '\n';
  }

  void value(std::size_t index, std::size_t indent, std::size_t column) {
    if (in_one_line(index, column)) {
      out_ += ' ' + flow(index);
      return end_line(index);
    }
    out_ += '\n';
    block(index, indent);
  }

  void block(std::size_t index, std::size_t indent) {
    const Tree::Entry& entry = tree_.entries[index];
    for (std::size_t i = 0; i < entry.children.size(); ++i) {
      const std::size_t child = entry.children[i];
      if (!continues_) out_.append(indent, ' ');
      continues_ = false;
      if (entry.kind == Kind::map) {
        const std::string key = scalar(entry.keys[i]);
        out_ += key + ':';
        value(child, indent + 2, indent + key.size() + 2);
        continue;
      }
      ++items_;
      out_ += '-';
      if (in_one_line(child, indent + 2)) {
        out_ += ' ' + flow(child);
        end_line(child);
      } else {
        out_ += ' ';
        continues_ = true;  // the first key stands behind the dash
        block(child, indent + 2);
      }
      --items_;
    }
  }

  const Tree& tree_;
  const YamlNote& note_;
  std::string out_;
  bool continues_ = false;
  std::size_t items_ = 0;  // of lists that are being written
};

const std::vector<std::string>& YamlFile::files() const {
  return tree_->files;
}

std::string YamlFile::text() const {
  return tree_->files.size() == 1 ? tree_->bytes : written();
}

std::string YamlFile::written(const YamlNote& note) const {
  return Writer(*tree_, note).write();
}

YamlNode YamlFile::root() const {
  return {tree_.get(), tree_->root};
}

void YamlFile::refuse_unread() const {
  for (const auto& entry : tree_->entries) {
    if (entry.kind != YamlNode::Tree::Kind::map) continue;
    for (std::size_t i = 0; i < entry.children.size(); ++i) {
      if (!entry.read[i]) {
        tree_->error(entry.key_lines[i],
                     fmt::format("`{}` is not known here: remove or correct it", entry.keys[i]));
      }
    }
  }
}

const ConfigErrors& YamlFile::errors() const {
  return tree_->errors;
}

bool YamlNode::is_map() const {
  return tree_->entries[index_].kind == Tree::Kind::map;
}
bool YamlNode::is_list() const {
  return tree_->entries[index_].kind == Tree::Kind::list;
}
bool YamlNode::is_scalar() const {
  return tree_->entries[index_].kind == Tree::Kind::scalar;
}
bool YamlNode::is_null() const {
  return tree_->entries[index_].kind == Tree::Kind::null;
}
YamlLine YamlNode::source() const {
  return index_ == 0 ? absent_line_ : tree_->entries[index_].line;
}
const std::string& YamlNode::file() const {
  return tree_->files[source().file];
}

YamlNode YamlNode::absent(std::string_view key) const {
  YamlNode node{tree_, 0};
  node.absent_line_ = source();
  node.absent_key_ = std::string(key);
  return node;
}

YamlNode YamlNode::operator[](std::string_view key) const {
  const auto& entry = tree_->entries[index_];
  if (entry.kind != Tree::Kind::map) {
    if (entry.kind != Tree::Kind::null)
      error(fmt::format("`{}` is looked for here: write a map `{}: …`", key, key));
    return absent(key);
  }
  for (std::size_t i = 0; i < entry.children.size(); ++i) {
    if (entry.keys[i] == key) {
      entry.read[i] = true;
      return {tree_, entry.children[i]};
    }
  }
  return absent(key);
}

bool YamlNode::has(std::string_view key) const {
  for (const auto& name : tree_->entries[index_].keys) {
    if (name == key) return true;
  }
  return false;
}

std::vector<std::pair<std::string, YamlNode>> YamlNode::members() const {
  std::vector<std::pair<std::string, YamlNode>> result;
  const auto& entry = tree_->entries[index_];
  if (entry.kind != Tree::Kind::map) {
    if (entry.kind != Tree::Kind::null) error("a map is expected here: write `name: value` lines");
    return result;
  }
  for (std::size_t i = 0; i < entry.children.size(); ++i) {
    entry.read[i] = true;
    result.emplace_back(entry.keys[i], YamlNode{tree_, entry.children[i]});
  }
  return result;
}

std::vector<YamlNode> YamlNode::items() const {
  std::vector<YamlNode> result;
  const auto& entry = tree_->entries[index_];
  if (entry.kind != Tree::Kind::list) {
    if (entry.kind != Tree::Kind::null) error("a list is expected here: write `- value` lines or [a, b]");
    return result;
  }
  for (const std::size_t child : entry.children) result.push_back({tree_, child});
  return result;
}

std::vector<YamlNode> YamlNode::one_or_many() const {
  if (is_null()) return {};
  if (is_list()) return items();
  return {*this};
}

std::string YamlNode::text() const {
  if (!is_scalar()) {
    if (!absent_key_.empty()) {
      error(fmt::format("`{}` is missing: write it", absent_key_));
    } else {
      error(is_null() ? "a value is missing: write it" : "a single value is expected here");
    }
    return {};
  }
  return tree_->entries[index_].text;
}

std::string YamlNode::text_or(std::string_view fallback) const {
  return is_null() ? std::string(fallback) : text();
}

std::int64_t YamlNode::integer(std::int64_t least, std::int64_t most) const {
  const std::string digits = text();
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (!is_scalar()) return least;
  if (fault != std::errc{} || end != digits.data() + digits.size() || number < least || number > most) {
    error(fmt::format("`{}` is no whole number from {} to {}: correct it", digits, least, most));
    return least;
  }
  return number;
}

std::int64_t YamlNode::integer_or(std::int64_t fallback, std::int64_t least, std::int64_t most) const {
  return is_null() ? fallback : integer(least, most);
}

bool YamlNode::boolean_or(bool fallback) const {
  if (is_null()) return fallback;
  const std::string word = text();
  if (word == "true") return true;
  if (word != "false") error(fmt::format("`{}` is neither true nor false: write one of them", word));
  return false;
}

void YamlNode::error(std::string what) const {
  tree_->error(source(), std::move(what));
}

}  // namespace loangate
