#include "adapters/codec/source.hpp"

#include <algorithm>

#include "adapters/codec/charset.hpp"

namespace loangate::adapters {
namespace {

constexpr auto nothing = std::string_view::npos;
constexpr std::string_view blanks = " \t\r\n";

/// The `>` that ends the tag which begins at `at`: attribute values may hold one.
std::size_t tag_end(std::string_view xml, std::size_t at) {
  while ((at = xml.find_first_of("\"'>", at)) != nothing && xml[at] != '>') {
    at = xml.find(xml[at], at + 1);
    if (at == nothing) break;
    ++at;
  }
  return at;
}

/// Behind the comment, section or instruction that begins at `at`; nothing if none does.
std::optional<std::size_t> behind_other(std::string_view xml, std::size_t at) {
  constexpr std::pair<std::string_view, std::string_view> others[] = {
      {"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}};
  for (const auto& [begin, end] : others) {
    if (!xml.substr(at).starts_with(begin)) continue;
    const std::size_t found = xml.find(end, at + begin.size());
    return found == nothing ? xml.size() : found + end.size();
  }
  return std::nullopt;
}

std::optional<Source> attribute_source(std::string_view xml, std::size_t at, std::string_view name) {
  const std::size_t end = tag_end(xml, at);
  at = xml.find_first_of(" \t\r\n/>", at);
  while (at < end) {
    at = xml.find_first_not_of(" \t\r\n/", at);
    if (at >= end) break;
    const std::size_t name_end = xml.find_first_of(" \t\r\n=", at);
    const std::size_t open = xml.find_first_of("\"'", name_end);
    const std::size_t close = open == nothing ? nothing : xml.find(xml[open], open + 1);
    if (close == nothing || close > end) break;
    if (xml.substr(at, name_end - at) == name) return Source{{open + 1, close}, {open + 1, close}};
    at = close + 1;
  }
  return std::nullopt;
}

/// Walks through valid JSON.
class JsonWalk {
 public:
  explicit JsonWalk(std::string_view json) : json_(json) {}

  std::optional<Source> find(std::span<const Node> path) {
    for (const Node& step : path) {
      if (!enter(step.name)) return std::nullopt;
    }
    Source source;
    source.whole.begin = skip_blanks();
    skip_value();
    source.whole.end = std::min(at_, json_.size());
    source.value = source.whole;
    if (source.whole.of(json_).starts_with('"'))
      source.value = {source.whole.begin + 1, source.whole.end - 1};
    return source;
  }

 private:
  std::size_t skip_blanks() { return at_ = std::min(json_.find_first_not_of(blanks, at_), json_.size()); }
  char peek() { return skip_blanks() < json_.size() ? json_[at_] : '\0'; }

  /// Into the member of the object that stands here, to its value.
  bool enter(std::string_view name) {
    if (peek() != '{') return false;
    ++at_;
    while (peek() == '"') {
      const std::size_t begin = at_;
      skip_string();
      const std::string_view key = json_.substr(begin, at_ - begin);
      if (peek() != ':') return false;
      ++at_;
      if (key.size() == name.size() + 2 && key.substr(1, name.size()) == name) return true;
      skip_blanks();
      skip_value();
      if (peek() == ',') ++at_;
    }
    return false;
  }

  void skip_string() {
    for (++at_; at_ < json_.size() && json_[at_] != '"'; ++at_) {
      if (json_[at_] == '\\') ++at_;
    }
    ++at_;
  }

  void skip_value() {
    std::size_t depth = 0;
    do {
      const char c = peek();
      if (c == '\0') return;
      if (c == '"') {
        skip_string();
      } else if (c == '{' || c == '[') {
        ++depth;
        ++at_;
      } else if (c == '}' || c == ']') {
        --depth;
        ++at_;
      } else if (c == ',' || c == ':') {
        ++at_;
      } else {
        at_ = std::min(json_.find_first_of(",:]} \t\r\n", at_), json_.size());
      }
    } while (depth > 0);
  }

  std::string_view json_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<Source> xml_source(std::string_view xml, std::size_t at, std::string_view attribute) {
  if (!attribute.empty()) return attribute_source(xml, at, attribute);
  Source source{{at, at}, {at, at}};
  std::size_t depth = 0;
  while (at != nothing && at < xml.size()) {
    if (const auto behind = behind_other(xml, at)) {
      at = xml.find('<', *behind);
      continue;
    }
    const std::size_t end = tag_end(xml, at);
    if (end == nothing) break;
    const bool closes = xml.substr(at).starts_with("</");
    const bool is_empty = !closes && xml[end - 1] == '/';
    if (depth == 0) source.value = {end + 1, end + 1};
    if (closes) --depth;
    if (!closes && !is_empty) ++depth;
    if (depth == 0) {
      if (closes) source.value.end = at;
      source.whole.end = end + 1;
      return source;
    }
    at = xml.find('<', end);
  }
  return std::nullopt;
}

std::optional<Source> json_source(std::string_view json, std::span<const Node> path) {
  return JsonWalk(json).find(path);
}

std::size_t source_offset(Charset charset, std::string_view bytes, std::string_view utf8,
                          std::size_t offset) {
  if (charset == Charset::utf8) return offset;
  std::size_t at = 0;
  for (std::size_t i = 0; i < offset && at < bytes.size(); ++i) {
    if ((static_cast<unsigned char>(utf8[i]) & 0xc0) != 0x80) at += character_size(charset, bytes, at);
  }
  return at;
}

}  // namespace loangate::adapters
