#include "adapters/codec/xml_gate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace loangate::adapters {

namespace {

constexpr std::uint8_t byte(char c) {
  return static_cast<std::uint8_t>(c);
}
constexpr bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// What a byte means to the scanner.
enum Class : std::uint8_t {
  name_start = 1,  ///< of ASCII
  name_part = 2,
  ends_text = 4,   ///< within an element's text, more than just a character may begin here
  ends_value = 8,  ///< the same within an attribute's value
};

constexpr std::array<std::uint8_t, 256> classes = [] {
  std::array<std::uint8_t, 256> table{};
  for (int c = 0; c < 256; ++c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
    std::uint8_t& entry = table[static_cast<std::size_t>(c)];
    if (letter) entry |= name_start | name_part;
    if ((c >= '0' && c <= '9') || c == '-' || c == '.') entry |= name_part;
    // 0xEF begins U+FFFE and U+FFFF, which are no characters.
    const bool special =
        (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == '&' || c == '<' || c == 0xef;
    if (special || c == ']') entry |= ends_text;
    if (special || c == '"' || c == '\'') entry |= ends_value;
  }
  return table;
}();

struct Attribute {
  std::string_view name;
  std::string_view value;  // as written
};

struct Binding {
  std::string_view prefix;
  std::string_view uri;
};

struct Open {
  std::string_view name;
  std::size_t bindings;  ///< that were there before it
};

/// Used again for each document of its thread.
struct Scratch {
  std::vector<Open> open;
  std::vector<Attribute> attributes;
  std::vector<Binding> bindings;
};

class Scanner {
 public:
  Scanner(std::string_view text, const XmlLimits& limits, Scratch& scratch)
      : text_(text),
        limits_(limits),
        open_(scratch.open),
        attributes_(scratch.attributes),
        bindings_(scratch.bindings) {
    open_.clear();
    bindings_.clear();
  }

  std::expected<XmlChecked, XmlFault> check() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    checked_.has_escapes = text_.contains('\r');
    if (declaration() && misc() && root() && misc()) {
      if (at_ == text_.size()) return checked_;
      refuse(next_is('<') ? "junk after the root element" : "text outside the root element");
    }
    return std::unexpected(located());
  }

 private:
  using Kind = XmlFault::Kind;

  bool refuse(std::string what, Kind kind = Kind::malformed) {
    if (!fault_) fault_ = XmlFault{kind, std::move(what), 1, 1};
    return false;
  }
  XmlFault located() {
    XmlFault fault = std::move(*fault_);
    for (const char c : text_.substr(0, at_)) {
      if (c == '\n') {
        ++fault.line;
        fault.column = 1;
      } else if ((byte(c) & 0xc0) != 0x80) {
        ++fault.column;
      }
    }
    return fault;
  }

  bool next_is(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool next_is(std::string_view words) const { return text_.substr(at_, words.size()) == words; }
  bool take(std::string_view words) {
    if (!next_is(words)) return false;
    at_ += words.size();
    return true;
  }
  bool space() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    return at_ > begin;
  }

  /// The end of the run of bytes from here on that are, or are not, of a class. With locals: a byte that is
  /// read could be one of `at_`, for all that the compiler knows.
  std::size_t run_end(std::uint8_t wanted, bool are) const {
    const char* const end = text_.data() + text_.size();
    const char* at = text_.data() + at_;
    const auto goes_on = [&](const char* c) { return ((classes[byte(*c)] & wanted) != 0) == are; };
    while (end - at >= 4 && goes_on(at) && goes_on(at + 1) && goes_on(at + 2) && goes_on(at + 3)) at += 4;
    while (at < end && goes_on(at)) ++at;
    return static_cast<std::size_t>(at - text_.data());
  }

  /// Whether a hanzi that may stand in names begins here: U+4E00 to U+9FA5 and U+3007, three bytes each.
  bool hanzi() const {
    const auto code = [&] {
      return static_cast<unsigned>((byte(text_[at_]) & 0x0f) << 12 | (byte(text_[at_ + 1]) & 0x3f) << 6 |
                                   (byte(text_[at_ + 2]) & 0x3f));
    };
    if (at_ + 3 > text_.size() || byte(text_[at_]) < 0xe3 || byte(text_[at_]) > 0xe9) return false;
    const unsigned point = code();
    return point == 0x3007 || (point >= 0x4e00 && point <= 0x9fa5);
  }

  /// A name; empty if none begins here.
  std::string_view name() {
    const std::size_t begin = at_;
    if (at_ < text_.size() && (classes[byte(text_[at_])] & name_start) != 0) ++at_;
    for (;;) {
      if (at_ > begin) at_ = run_end(name_part, true);
      if (at_ == text_.size() || byte(text_[at_]) < 0x80 || !hanzi()) break;
      at_ += 3;
    }
    return text_.substr(begin, at_ - begin);
  }

  /// `name = "value"` of the XML declaration; nothing if another name stands here.
  std::optional<std::string_view> pseudo_attribute(std::string_view wanted) {
    const std::size_t begin = at_;
    if (!space() || !take(wanted)) {
      at_ = begin;
      return std::nullopt;
    }
    space();
    if (!take("=")) return std::string_view{};
    space();
    if (!next_is('"') && !next_is('\'')) return std::string_view{};
    const char quote = text_[at_++];
    const std::size_t end = text_.find(quote, at_);
    if (end == std::string_view::npos) return std::string_view{};
    const std::string_view value = text_.substr(at_, end - at_);
    at_ = end + 1;
    return value;
  }

  bool declaration() {
    if (!next_is("<?xml") || at_ + 5 >= text_.size() || !is_space(text_[at_ + 5])) return true;
    at_ += 5;
    if (pseudo_attribute("version") != "1.0") return refuse("XML declaration: version=\"1.0\" is expected");
    if (const auto encoding = pseudo_attribute("encoding")) {
      const auto fits = [](char c) { return (classes[byte(c)] & name_part) != 0 && c != ':'; };
      if (encoding->empty() || !std::ranges::all_of(*encoding, fits) || is_digit(encoding->front()) ||
          std::string_view("-._").contains(encoding->front())) {
        return refuse("XML declaration: no encoding name");
      }
      checked_.declared_encoding = *encoding;
    }
    if (const auto standalone = pseudo_attribute("standalone")) {
      if (standalone != "yes" && standalone != "no")
        return refuse("XML declaration: standalone is yes or no");
    }
    space();
    return take("?>") || refuse("XML declaration is not closed");
  }

  /// Space, comments and processing instructions outside the root.
  bool misc() {
    for (;;) {
      space();
      if (next_is("<!--")) {
        if (!comment()) return false;
      } else if (next_is("<?")) {
        if (!instruction()) return false;
      } else if (next_is("<!DOCTYPE")) {
        return refuse("document type declaration", Kind::dtd);
      } else {
        return true;
      }
    }
  }

  bool comment() {
    const std::size_t end = text_.find("--", at_ + 4);
    if (end == std::string_view::npos) return refuse("comment is not closed");
    if (text_.substr(end, 3) != "-->") return refuse("`--` within a comment");
    if (!characters(at_ + 4, end)) return false;
    at_ = end + 3;
    return true;
  }

  bool instruction() {
    at_ += 2;
    const std::string_view target = name();
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    const bool is_xml =
        target.size() == 3 && lower(target[0]) == 'x' && lower(target[1]) == 'm' && lower(target[2]) == 'l';
    if (target.empty() || is_xml || (limits_.namespaces && target.contains(':'))) {
      return refuse("processing instruction without a proper name");
    }
    const std::size_t end = text_.find("?>", at_);
    if (end == std::string_view::npos) return refuse("processing instruction is not closed");
    if (end > at_ && !is_space(text_[at_])) return refuse("processing instruction without a proper name");
    if (!characters(at_, end)) return false;
    at_ = end + 2;
    return true;
  }

  /// Whether all from `begin` to `end` are characters of XML.
  bool characters(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      if ((classes[byte(text_[i])] & ends_text) == 0 || is_character(i)) continue;
      at_ = i;
      return refuse("not a character of XML");
    }
    return true;
  }
  bool is_character(std::size_t at) const {
    const std::uint8_t c = byte(text_[at]);
    if (c == 0xef) return text_.substr(at, 3) != "\xEF\xBF\xBE" && text_.substr(at, 3) != "\xEF\xBF\xBF";
    return c >= 0x20 || is_space(text_[at]);
  }

  bool root() {
    if (!next_is('<'))
      return refuse(at_ == text_.size() ? "no element found" : "text outside the root element");
    if (!start_tag()) return false;
    while (!open_.empty()) {
      if (!content()) return false;
    }
    return true;
  }

  /// What stands next within an element.
  bool content() {
    at_ = run_end(ends_text, false);
    if (at_ == text_.size()) return refuse(fmt::format("<{}> is not closed", open_.back().name));
    switch (text_[at_]) {
      case '&':
        return reference();
      case ']':
        if (next_is("]]>")) return refuse("`]]>` in text");
        ++at_;
        return true;
      case '<':
        break;
      default:
        if (!is_character(at_)) return refuse("not a character of XML");
        ++at_;
        return true;
    }
    switch (at_ + 1 < text_.size() ? text_[at_ + 1] : '\0') {
      case '/':
        return end_tag();
      case '?':
        return instruction();
      case '!':
        if (next_is("<!--")) return comment();
        if (next_is("<![CDATA[")) return cdata();
        break;
      default:
        break;
    }
    return start_tag();
  }

  bool cdata() {
    const std::size_t begin = at_ + 9;
    const std::size_t end = text_.find("]]>", begin);
    if (end == std::string_view::npos) return refuse("CDATA section is not closed");
    if (!characters(begin, end)) return false;
    at_ = end + 3;
    return true;
  }

  bool reference() {
    checked_.has_escapes = true;
    const std::size_t begin = at_ + 1;
    const std::size_t end = text_.find(';', begin);
    const std::string_view what = text_.substr(begin, end == std::string_view::npos ? 0 : end - begin);
    for (const std::string_view known : {"lt", "gt", "amp", "apos", "quot"}) {
      if (what == known) {
        at_ = end + 1;
        return true;
      }
    }
    if (!what.starts_with('#')) return refuse("undefined entity");
    if (!is_character_reference(what.substr(1))) return refuse("reference to no character of XML");
    at_ = end + 1;
    return true;
  }

  static bool is_character_reference(std::string_view digits) {
    const bool hexadecimal = digits.starts_with('x');
    if (hexadecimal) digits.remove_prefix(1);
    std::uint32_t code = 0;
    for (const char c : digits) {
      std::uint32_t digit = 99;
      if (is_digit(c)) digit = static_cast<std::uint32_t>(c - '0');
      if (hexadecimal && c >= 'a' && c <= 'f') digit = static_cast<std::uint32_t>(c - 'a' + 10);
      if (hexadecimal && c >= 'A' && c <= 'F') digit = static_cast<std::uint32_t>(c - 'A' + 10);
      if (digit == 99) return false;
      code = code * (hexadecimal ? 16 : 10) + digit;
      if (code > 0x10ffff) return false;
    }
    if (digits.empty()) return false;
    if (code < 0x20) return code == '\t' || code == '\n' || code == '\r';
    return (code < 0xd800 || code > 0xdfff) && code != 0xfffe && code != 0xffff;
  }

  bool start_tag() {
    const std::size_t begin = at_++;
    const std::string_view element = name();
    if (element.empty()) {
      at_ = begin;
      return refuse("not well-formed");
    }
    if (++elements_ > limits_.elements)
      return refuse(fmt::format("more than {} elements", limits_.elements), Kind::exceeds);
    if (open_.size() == limits_.depth)
      return refuse(fmt::format("deeper than {} levels", limits_.depth), Kind::exceeds);
    open_.push_back({element, bindings_.size()});
    attributes_.clear();
    for (;;) {
      const bool spaced = space();
      if (next_is('>') || (next_is('/') && at_ + 1 < text_.size() && text_[at_ + 1] == '>')) break;
      if (at_ == text_.size()) return refuse(fmt::format("<{}> is not closed", element));
      if (!spaced) return refuse("a space is expected");
      if (!attribute()) return false;
    }
    if (limits_.namespaces && !check_namespaces(element)) return false;
    if (next_is('/')) {
      ++at_;
      close();
    }
    ++at_;
    return true;
  }

  bool attribute() {
    const std::size_t begin = at_;
    const std::string_view attribute_name = name();
    if (attribute_name.empty()) return refuse("an attribute is expected");
    if (attributes_.size() == limits_.attributes) {
      return refuse(fmt::format("more than {} attributes", limits_.attributes), Kind::exceeds);
    }
    for (const Attribute& other : attributes_) {
      if (other.name != attribute_name) continue;
      at_ = begin;
      return refuse("duplicate attribute");
    }
    space();
    if (!take("=")) return refuse("`=` is expected");
    space();
    if (!next_is('"') && !next_is('\'')) return refuse("a quoted value is expected");
    const char quote = text_[at_++];
    const std::size_t value = at_;
    for (;;) {
      at_ = run_end(ends_value, false);
      if (at_ == text_.size()) return refuse("attribute value is not closed");
      const char c = text_[at_];
      if (c == quote) break;
      if (c == '<') return refuse("`<` in an attribute value");
      if (c == '&') {
        if (!reference()) return false;
      } else if (!is_character(at_)) {
        return refuse("not a character of XML");
      } else {
        ++at_;
      }
    }
    checked_.has_attributes = true;
    attributes_.push_back({attribute_name, text_.substr(value, at_ - value)});
    ++at_;
    return true;
  }

  bool end_tag() {
    const std::string_view expected = open_.back().name;
    const std::size_t after = at_ + 2 + expected.size();
    if (after >= text_.size() || !same_bytes(text_.data() + at_ + 2, expected.data(), expected.size()) ||
        (text_[after] != '>' && !is_space(text_[after]))) {
      return refuse(fmt::format("mismatched tag: </{}> is expected", expected));
    }
    at_ = after;
    space();
    if (!take(">")) return refuse("`>` is expected");
    close();
    return true;
  }

  void close() {
    if (limits_.namespaces) bindings_.resize(open_.back().bindings);
    open_.pop_back();
  }

  // Namespaces in XML 1.0.

  static bool is_qualified(std::string_view full) {
    const std::size_t colon = full.find(':');
    if (colon == std::string_view::npos) return true;
    const std::string_view local = full.substr(colon + 1);
    if (colon == 0 || local.empty() || local.contains(':')) return false;
    return byte(local.front()) >= 0x80 || (classes[byte(local.front())] & name_start) != 0;
  }

  /// The URI of the name's prefix; nothing if it is bound to none.
  std::optional<std::string_view> uri_of(std::string_view full) const {
    const std::size_t colon = full.find(':');
    const std::string_view prefix =
        colon == std::string_view::npos ? std::string_view{} : full.substr(0, colon);
    if (prefix == "xml") return "xml";
    for (std::size_t i = bindings_.size(); i > 0; --i) {
      if (bindings_[i - 1].prefix == prefix) return bindings_[i - 1].uri;
    }
    if (prefix.empty()) return std::string_view{};
    return std::nullopt;
  }

  bool bind(const Attribute& declared) {
    const std::string_view prefix = declared.name == "xmlns" ? std::string_view{} : declared.name.substr(6);
    // The reserved names are bound as they are or not at all; we have no use for either.
    if (prefix == "xml" || prefix == "xmlns" ||
        declared.value.starts_with("http://www.w3.org/XML/1998/namespace") ||
        declared.value.starts_with("http://www.w3.org/2000/xmlns/")) {
      return refuse("a reserved namespace is declared");
    }
    if (!prefix.empty() && declared.value.empty()) return refuse("a prefix is bound to nothing");
    if (declared.value.contains('&')) return refuse("a reference in a namespace name");
    bindings_.push_back({prefix, declared.value});
    return true;
  }

  bool check_namespaces(std::string_view element) {
    if (!is_qualified(element)) return refuse("not a qualified name");
    for (const Attribute& each : attributes_) {
      if (!is_qualified(each.name)) return refuse("not a qualified name");
      if ((each.name == "xmlns" || each.name.starts_with("xmlns:")) && !bind(each)) return false;
    }
    if (!uri_of(element) || element.starts_with("xmlns:")) return refuse("unbound prefix");
    for (std::size_t i = 0; i < attributes_.size(); ++i) {
      const std::string_view one = attributes_[i].name;
      if (!one.contains(':') || one.starts_with("xmlns:")) continue;
      const auto uri = uri_of(one);
      if (!uri) return refuse("unbound prefix");
      for (std::size_t j = 0; j < i; ++j) {
        const std::string_view other = attributes_[j].name;
        if (!other.contains(':') || other.starts_with("xmlns:")) continue;
        if (uri_of(other) == uri && other.substr(other.find(':')) == one.substr(one.find(':'))) {
          return refuse("duplicate attribute");
        }
      }
    }
    return true;
  }

  std::string_view text_;
  const XmlLimits& limits_;
  std::size_t at_ = 0;
  std::size_t elements_ = 0;
  std::vector<Open>& open_;
  std::vector<Attribute>& attributes_;
  std::vector<Binding>& bindings_;
  XmlChecked checked_;
  std::optional<XmlFault> fault_;
};

}  // namespace

std::expected<XmlChecked, XmlFault> check_xml(std::string_view utf8, const XmlLimits& limits) {
  thread_local Scratch scratch;
  return Scanner(utf8, limits, scratch).check();
}

}  // namespace loangate::adapters
