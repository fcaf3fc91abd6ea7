#include "adapters/batch/cut.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "adapters/codec/charset.hpp"

namespace loangate::adapters {
namespace {

constexpr std::size_t one_read = 256 * 1024;

/// What the three cutters share: the window, and the counting of lines.
class Cutter : public RecordCutter {
 public:
  Cutter(const Profile& profile, const BatchForm& form, ReadFile read, std::uint64_t size,
         const std::optional<RecordPlace>& from)
      : profile_(profile),
        form_(form),
        window_(std::move(read), size, from ? from->offset : 0,
                2 * std::size_t{profile.bounds.body_bytes} + one_read),
        place_(from.value_or(RecordPlace{})),
        size_(size) {}

  RecordPlace next_place() const override { return place_; }
  const Surroundings& around() const override { return around_; }
  Faults& faults() override { return faults_; }
  bool failed() const override { return window_.failed(); }

 protected:
  /// Leaves bytes behind that hold no record's beginning.
  void pass(std::size_t bytes) {
    count_lines(window_.rest().substr(0, bytes));
    window_.skip(bytes);
    place_.offset = window_.offset();
  }
  /// The record of so many bytes at the window's begin; they stay there until the window reads on.
  CutRecord cut(std::size_t bytes) {
    const CutRecord record{window_.rest().substr(0, bytes), place_};
    ++place_.number;
    pass(bytes);
    return record;
  }
  std::optional<CutRecord> broken(std::string what) {
    return broken(FindingCode::document_malformed, std::move(what));
  }
  std::optional<CutRecord> broken(FindingCode code, std::string what) {
    over_ = true;
    if (!window_.failed()) faults_.add(code, here(), {{"what", std::move(what)}});
    return std::nullopt;
  }
  std::string here() const {
    return fmt::format("line {}, byte {}", place_.line, place_.offset - place_.line_offset + 1);
  }
  std::string too_long() const {
    return fmt::format("a record of more than {} bytes", profile_.bounds.body_bytes);
  }

  const Profile& profile_;
  const BatchForm& form_;
  FileWindow window_;
  RecordPlace place_;  // of the next record
  const std::uint64_t size_;
  Surroundings around_;
  Faults faults_;
  bool over_ = false;

 private:
  void count_lines(std::string_view bytes) {
    const std::uint64_t lines = static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), '\n'));
    if (lines == 0) return;
    place_.line += lines;
    place_.line_offset = window_.offset() + bytes.rfind('\n') + 1;
  }
};

/// A record a line, with a first and a last line of their own.
class LineCutter final : public Cutter {
 public:
  LineCutter(const Profile& profile, const BatchForm& form, ReadFile read, std::uint64_t size,
             const std::optional<RecordPlace>& from)
      : Cutter(profile, form, std::move(read), size, from), header_due_(form.header && !from) {}

  std::optional<CutRecord> next() override {
    if (over_) return std::nullopt;
    if (header_due_) {
      header_due_ = false;
      const auto line = take_line();
      if (!line) {
        if (!faults_.none() || window_.failed()) return std::nullopt;
        return broken(FindingCode::framing_invalid, "the file is empty");
      }
      around_.header = window_.rest().substr(0, *line);
      pass(*line);
    }
    const auto line = take_line();
    if (!line) {
      if (form_.trailer && faults_.none() && !window_.failed())
        broken(FindingCode::framing_invalid, "the last record is missing");
      return std::nullopt;
    }
    if (form_.trailer && window_.offset() + *line == size_) {
      over_ = true;
      around_.trailer = window_.rest().substr(0, *line);
      around_.trailer_line = place_.line;
      return std::nullopt;
    }
    return cut(*line);
  }

 private:
  /// How many bytes the line at the window's begin has, its separator included; nothing at the end of the
  /// file, or at a fault.
  std::optional<std::size_t> take_line() {
    std::size_t scanned = 0;
    for (;;) {
      const std::string_view rest = window_.rest();
      const std::size_t end = rest.find(form_.separator, scanned);  // no part of any character's code
      const std::size_t size = end == std::string_view::npos ? rest.size() : end;
      if (size > profile_.bounds.body_bytes) return fail(FindingCode::structure_exceeds, too_long());
      if (end != std::string_view::npos) return end + form_.separator.size();
      scanned = rest.size() - std::min(rest.size(), form_.separator.size() - 1);
      if (window_.more()) continue;
      if (window_.failed() || rest.empty()) {
        over_ = true;
        return std::nullopt;
      }
      // NDJSON's last line needs no line end; in records it is part of the agreement.
      if (profile_.format == Format::fixed && !profile_.lenient.optional_record_end) {
        return fail(FindingCode::framing_invalid,
                    fmt::format("the last record does not end with {:?}", form_.separator));
      }
      return rest.size();
    }
  }
  std::optional<std::size_t> fail(FindingCode code, std::string what) {
    broken(code, std::move(what));
    return std::nullopt;
  }

  bool header_due_;
};

/// What XML and JSON share: the document around the items is kept, the items are cut out of it.
class ItemCutter : public Cutter {
 public:
  using Cutter::Cutter;

 protected:
  /// Moves bytes of the document around the items to where it is kept; false if it grows too large.
  bool keep(std::size_t bytes) {
    if (around_.header.size() + bytes > profile_.bounds.body_bytes) return false;
    if (around_.pieces.empty() || fresh_piece_) {
      around_.pieces.push_back({around_.header.size(), place_.offset, place_.line, place_.line_offset});
      fresh_piece_ = false;
    }
    around_.header += window_.rest().substr(0, bytes);
    pass(bytes);
    return true;
  }
  /// What is left out of the document: the next piece of it stands elsewhere.
  void drop(std::size_t bytes) {
    pass(bytes);
    fresh_piece_ = true;
  }
  std::string around_too_large() const {
    return fmt::format("more than {} bytes around the records", profile_.bounds.body_bytes);
  }
  static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

  bool fresh_piece_ = false;
};

/// XML: the elements of one path. `<`, `>` and quotes are no part of any character's code in any of our
/// charsets,
/// `]` is. What is not well-formed around the items is left to the gate, which reads it as a document.
class ElementCutter final : public ItemCutter {
 public:
  ElementCutter(const Profile& profile, const BatchForm& form, ReadFile read, std::uint64_t size,
                const std::optional<RecordPlace>& from)
      : ItemCutter(profile, form, std::move(read), size, from) {
    if (from) depth_ = matched_ = form.items.size() - 1;
  }

  std::optional<CutRecord> next() override {
    while (!over_) {
      const std::string_view rest = window_.rest();
      const std::size_t open = rest.find('<');
      if (open == std::string_view::npos) {
        if (!rest.empty() && !put_by(rest.size()))
          return broken(FindingCode::structure_exceeds, around_too_large());
        if (!window_.more()) break;
        continue;
      }
      if (open > 0) {
        if (!put_by(open)) return broken(FindingCode::structure_exceeds, around_too_large());
        continue;
      }
      const auto token = read_token(0);
      if (!token) {
        if (window_.more()) continue;
        if (!window_.is_last()) return broken(FindingCode::structure_exceeds, around_too_large());
        if (!keep(rest.size())) return broken(FindingCode::structure_exceeds, around_too_large());
        break;
      }
      if (token->kind == Token::Kind::dtd) {
        over_ = true;
        faults_.add(FindingCode::dtd_refused, here());
        return std::nullopt;
      }
      if (token->kind == Token::Kind::start && begins_item(*token)) return cut_item(*token);
      if (token->kind == Token::Kind::empty && begins_item(*token)) {
        fresh_piece_ = true;
        return cut(token->size);
      }
      follow(*token);
      if (!keep(token->size)) return broken(FindingCode::structure_exceeds, around_too_large());
    }
    over_ = true;
    return std::nullopt;
  }

 private:
  struct Token {
    enum class Kind { start, empty, end, other, dtd };
    Kind kind;
    std::size_t size;
    std::string_view name = {};
  };

  /// The markup at `at` of the window, which begins with `<`; nothing if it does not end in the window.
  std::optional<Token> read_token(std::size_t at) const {
    const std::string_view text = window_.rest().substr(at);
    const auto until = [&](std::string_view end, std::size_t from) -> std::optional<Token> {
      const std::size_t found = text.find(end, from);
      if (found == std::string_view::npos) return std::nullopt;
      return Token{Token::Kind::other, found + end.size()};
    };
    if (text.size() < 2) return std::nullopt;
    if (text[1] == '?') return until("?>", 2);
    if (text[1] == '!') {
      if (text.starts_with("<!--")) return until("-->", 4);
      if (text.starts_with("<![CDATA[")) return until_cdata_end(text);
      if (text.size() < 9 && (std::string_view("<!--").starts_with(text.substr(0, 4)) ||
                              std::string_view("<![CDATA[").starts_with(text))) {
        return std::nullopt;
      }
      return Token{Token::Kind::dtd, 2};
    }
    for (std::size_t i = 1;; ++i) {
      i = text.find_first_of(">\"'", i);
      if (i == std::string_view::npos) return std::nullopt;
      if (text[i] != '>') {
        i = text.find(text[i], i + 1);
        if (i == std::string_view::npos) return std::nullopt;
        continue;
      }
      Token token{Token::Kind::start, i + 1};
      if (text[1] == '/') token.kind = Token::Kind::end;
      if (text[i - 1] == '/' && text[1] != '/') token.kind = Token::Kind::empty;
      const std::size_t begin = text[1] == '/' ? 2 : 1;
      token.name = text.substr(begin, text.find_first_of(" \t\r\n/>", begin) - begin);
      return token;
    }
  }

  /// Character by character: the second byte of a hanzi can be `]`.
  std::optional<Token> until_cdata_end(std::string_view text) const {
    for (std::size_t at = 9; at < text.size();) {
      if (text.substr(at).starts_with("]]>")) return Token{Token::Kind::other, at + 3};
      at += static_cast<unsigned char>(text[at]) < 0x80 ? 1 : character_size(profile_.charset, text, at);
    }
    return std::nullopt;
  }

  bool is_name(const Token& token, std::size_t step) const {
    std::string_view name = form_.items[step].qualified;
    return token.name == name;
  }
  bool begins_item(const Token& token) const {
    return depth_ == form_.items.size() - 1 && matched_ == depth_ && is_name(token, depth_);
  }
  void follow(const Token& token) {
    if (token.kind == Token::Kind::start) {
      if (matched_ == depth_ && depth_ < form_.items.size() - 1 && is_name(token, depth_)) ++matched_;
      ++depth_;
    } else if (token.kind == Token::Kind::end && depth_ > 0) {
      --depth_;
      matched_ = std::min(matched_, depth_);
    }
  }

  /// Text between markup: spaces between items are dropped, everything else is kept for the gate to judge.
  bool put_by(std::size_t bytes) {
    const std::string_view text = window_.rest().substr(0, bytes);
    const bool among_items = matched_ == depth_ && depth_ == form_.items.size() - 1 && depth_ > 0;
    if (among_items && std::ranges::all_of(text, is_space)) {
      drop(bytes);
      return true;
    }
    return keep(bytes);
  }

  std::optional<CutRecord> cut_item(const Token& first) {
    std::size_t at = first.size;
    std::size_t depth = 1;
    while (depth > 0) {
      const std::string_view rest = window_.rest();
      const std::size_t open = rest.find('<', at);
      const auto token = open == std::string_view::npos ? std::nullopt : read_token(open);
      if (!token || (open != std::string_view::npos && open > profile_.bounds.body_bytes)) {
        if (rest.size() > profile_.bounds.body_bytes)
          return broken(FindingCode::structure_exceeds, too_long());
        if (window_.more()) continue;  // `at` counts from the window's begin, which stays
        return broken(fmt::format("the file ends within <{}>", form_.items.back().qualified));
      }
      if (token->kind == Token::Kind::start) ++depth;
      if (token->kind == Token::Kind::end) --depth;
      at = open + token->size;
    }
    if (at > profile_.bounds.body_bytes) return broken(FindingCode::structure_exceeds, too_long());
    fresh_piece_ = true;
    return cut(at);
  }

  std::size_t depth_ = 0;    // of open elements
  std::size_t matched_ = 0;  // of them, those that lead to the items
};

/// JSON: the items of one array. What is not JSON around them is left to the reader of the document, in which
/// `null` stands for the array.
class ArrayCutter final : public ItemCutter {
 public:
  ArrayCutter(const Profile& profile, const BatchForm& form, ReadFile read, std::uint64_t size,
              const std::optional<RecordPlace>& from)
      : ItemCutter(profile, form, std::move(read), size, from) {
    if (from) {
      in_items_ = true;
      first_ = place_.number == 1;
      between_ = place_.number > 1;
    }
  }

  std::optional<CutRecord> next() override {
    while (!over_) {
      if (in_items_) {
        if (auto item = next_item()) return item;
        continue;
      }
      if (window_.rest().empty() && !window_.more()) break;
      const auto size = step();
      if (!size) {
        if (window_.more()) continue;
        if (!window_.is_last()) return broken(FindingCode::structure_exceeds, around_too_large());
        if (!keep(window_.rest().size())) return broken(FindingCode::structure_exceeds, around_too_large());
        break;
      }
      if (in_items_) {  // the array's bracket
        around_.header += "null";
        drop(*size);
        continue;
      }
      if (!keep(*size)) return broken(FindingCode::structure_exceeds, around_too_large());
    }
    over_ = true;
    return std::nullopt;
  }

 private:
  struct Level {
    bool object;
    bool on_path;  // what is open here leads to the array
  };

  /// The bytes of the string at `at`; nothing if it does not end in the window. Character by character: the
  /// second byte of a hanzi can be a backslash.
  std::optional<std::size_t> string_size(std::string_view text, std::size_t at) const {
    for (std::size_t i = at + 1; i < text.size();) {
      const auto byte = static_cast<unsigned char>(text[i]);
      if (byte == '"') return i + 1 - at;
      if (byte == '\\') {
        i += 2;
      } else if (byte >= 0x80 && profile_.charset != Charset::utf8) {
        i += character_size(profile_.charset, text, i);
      } else {
        ++i;
      }
    }
    return std::nullopt;
  }

  /// One token of the document around the items: its size, or nothing if it does not end in the window.
  std::optional<std::size_t> step() {
    const std::string_view rest = window_.rest();
    switch (rest.front()) {
      case '"': {
        const auto size = string_size(rest, 0);
        if (size && !levels_.empty() && levels_.back().object && key_due_) {
          key_ = rest.substr(1, *size - 2);
          key_due_ = false;
        }
        return size;
      }
      case '{':
      case '[': {
        const bool object = rest.front() == '{';
        const bool on_path = levels_.empty() || (levels_.back().on_path && levels_.back().object &&
                                                 levels_.size() <= form_.items.size() &&
                                                 key_ == form_.items[levels_.size() - 1].name);
        if (!object && on_path && levels_.size() == form_.items.size()) {
          in_items_ = true;
          first_ = true;
          return 1;
        }
        levels_.push_back({object, on_path && object});
        key_due_ = object;
        return 1;
      }
      case '}':
      case ']':
        if (!levels_.empty()) levels_.pop_back();
        key_due_ = false;
        return 1;
      case ',':
        key_due_ = !levels_.empty() && levels_.back().object;
        key_.clear();
        return 1;
      default:
        return 1;
    }
  }

  /// Skips spaces; false at the end of the file.
  bool skip_spaces() {
    for (;;) {
      const std::string_view rest = window_.rest();
      std::size_t spaces = 0;
      while (spaces < rest.size() && is_space(rest[spaces])) ++spaces;
      const bool all = spaces == rest.size();
      if (spaces > 0) drop(spaces);
      if (!all) return true;
      if (!window_.more()) return false;
    }
  }

  std::optional<CutRecord> next_item() {
    if (!skip_spaces()) return broken("the file ends within the array of records");
    if (window_.rest().front() == ']') {
      if (!first_ && !between_) return broken("a comma with no record behind it");
      in_items_ = between_ = false;
      drop(1);
      return std::nullopt;
    }
    if (between_) {
      if (window_.rest().front() != ',') return broken("a comma is expected between two records");
      drop(1);
      between_ = false;
      if (!skip_spaces()) return broken("the file ends within the array of records");
      if (window_.rest().front() == ']') return broken("a comma with no record behind it");
    }
    first_ = false;
    between_ = true;
    return cut_value();
  }

  /// One value, balanced; what it is, the item's own reader says.
  std::optional<CutRecord> cut_value() {
    std::size_t at = 0;
    std::size_t depth = 0;
    for (;;) {
      const std::string_view rest = window_.rest();
      if (at > profile_.bounds.body_bytes) return broken(FindingCode::structure_exceeds, too_long());
      if (at >= rest.size()) {
        if (window_.more()) continue;
        return broken("the file ends within a record");
      }
      const char c = rest[at];
      if (c == '"') {
        const auto size = string_size(rest, at);
        if (!size) {
          if (rest.size() - at > profile_.bounds.body_bytes)
            return broken(FindingCode::structure_exceeds, too_long());
          if (window_.more()) continue;
          return broken("the file ends within a text");
        }
        at += *size;
      } else if (c == '{' || c == '[') {
        ++depth, ++at;
      } else if (c == '}' || c == ']') {
        if (depth == 0) return cut(std::max<std::size_t>(at, 1));  // `]` of the array, after a bare value
        ++at;
        if (--depth == 0) return cut(at);
      } else if (c == ',' && depth == 0) {
        return cut(std::max<std::size_t>(at, 1));
      } else {
        ++at;
      }
    }
  }

  std::vector<Level> levels_;
  std::string key_;
  bool key_due_ = false;
  bool in_items_ = false;
  bool first_ = true;     // no record yet
  bool between_ = false;  // after a record: a comma or the end
};

}  // namespace

FileWindow::FileWindow(ReadFile read, std::uint64_t size, std::uint64_t begin, std::size_t room)
    : read_(std::move(read)),
      size_(size),
      offset_(begin),
      buffer_(std::make_unique_for_overwrite<char[]>(room)),
      room_(room) {}

bool FileWindow::more() {
  if (failed_ || is_last()) return false;
  if (end_ == room_) {
    if (begin_ == 0) return false;
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const std::uint64_t at = offset_ + (end_ - begin_);
  const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(room_ - end_, size_ - at));
  const std::size_t got = read_(at, {buffer_.get() + end_, wanted});
  end_ += got;
  failed_ = got != wanted;
  return !failed_;
}

void FileWindow::skip(std::size_t bytes) {
  begin_ += bytes;
  offset_ += bytes;
}

std::unique_ptr<RecordCutter> cut_records(const Profile& profile, const BatchForm& form, ReadFile read,
                                          std::uint64_t size, std::optional<RecordPlace> from) {
  if (form.in_lines()) return std::make_unique<LineCutter>(profile, form, std::move(read), size, from);
  if (profile.format == Format::xml)
    return std::make_unique<ElementCutter>(profile, form, std::move(read), size, from);
  return std::make_unique<ArrayCutter>(profile, form, std::move(read), size, from);
}

}  // namespace loangate::adapters
