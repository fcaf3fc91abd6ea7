#include "base/yaml.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/parser.h>
#include <yaml-cpp/yaml.h>

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
    int line = 0;
    std::string text;                   // scalar
    std::vector<std::size_t> children;  // list items, or map values
    std::vector<std::string> keys;      // map keys, beside children
    std::vector<int> key_lines;
    mutable std::vector<bool> read;
  };

  std::string file;
  Digest digest{};
  std::vector<Entry> entries{1};  // entry 0 is 'absent'
  std::size_t root = 0;
  mutable ConfigErrors errors;

  void error(int line, std::string what) const { errors.push_back({file, line, std::move(what)}); }
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
    if (++documents_ > 1) tree_.error(mark.line + 1, "a second document begins: keep one document a file");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    place(mark, Tree::Kind::null, "");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    tree_.error(mark.line + 1, "an alias (*name): write the value out");
    place(mark, Tree::Kind::null, "");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    if (!tag.empty() && tag != "?" && tag != "!") tree_.error(mark.line + 1, "a tag (!name): leave it out");
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
    if (anchor != 0) tree_.error(mark.line + 1, "an anchor (&name): write the value out where it is used");
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
        tree_.error(mark.line + 1, "a key that is not plain text: write `name: value`");
        text = fmt::format("?{}", mark.line);
      }
      auto& map = tree_.entries[level.index];
      for (std::size_t i = 0; i < map.keys.size(); ++i) {
        if (map.keys[i] == text) {
          tree_.error(mark.line + 1,
                      fmt::format("`{}` stands twice (first in line {}): keep one", text, map.key_lines[i]));
        }
      }
      map.keys.push_back(std::move(text));
      map.key_lines.push_back(mark.line + 1);
      level.expects_key = false;
      if (kind == Tree::Kind::scalar) return 0;
    }
    tree_.entries.push_back({kind, mark.line + 1, std::move(text), {}, {}, {}, {}});
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
    tree_->file = path.string();
    tree_->error(0, "cannot be opened: see that it exists and may be read");
    return;
  }
  std::ostringstream text;
  text << in.rdbuf();
  *this = YamlFile(path.string(), text.view());
}

YamlFile::YamlFile(std::string name, std::string_view text) : tree_(std::make_unique<YamlNode::Tree>()) {
  tree_->file = std::move(name);
  tree_->digest = sha256(text);
  if (text.size() > max_file_bytes) {
    tree_->error(0, "larger than 4 MiB: split it");
    return;
  }
  std::istringstream in{std::string(text)};
  try {
    YAML::Parser parser(in);
    TreeBuilder builder(*tree_);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& e) {
    tree_->entries.resize(1);
    tree_->root = 0;
    tree_->error(e.mark.line + 1, fmt::format("not YAML ({}): mend the line", e.msg));
  }
}

YamlFile::~YamlFile() = default;
YamlFile::YamlFile(YamlFile&&) noexcept = default;
YamlFile& YamlFile::operator=(YamlFile&&) noexcept = default;

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

const Digest& YamlFile::digest() const {
  return tree_->digest;
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
int YamlNode::line() const {
  return index_ == 0 ? absent_line_ : tree_->entries[index_].line;
}
const std::string& YamlNode::file() const {
  return tree_->file;
}

YamlNode YamlNode::absent(std::string_view key) const {
  YamlNode node{tree_, 0};
  node.absent_line_ = line();
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
  tree_->error(line(), std::move(what));
}

}  // namespace loangate
