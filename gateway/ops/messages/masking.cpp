#include "ops/messages/masking.hpp"

#include <algorithm>
#include <vector>

namespace loangate::ops {
namespace {

/// A text of UTF-8 as its characters.
std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> found;
  std::size_t begin = 0;
  for (std::size_t i = 1; i <= text.size(); ++i) {
    if (i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    found.push_back(text.substr(begin, i - begin));
    begin = i;
  }
  return found;
}

/// How many characters stay at the front and at the end.
std::pair<std::size_t, std::size_t> shown(const std::vector<std::string_view>& text) {
  const bool number = std::ranges::all_of(text, [](std::string_view c) { return c.size() == 1; });
  if (number && text.size() >= 8) return {3, 4};
  return {1, text.size() > 2 ? 1 : 0};
}

}  // namespace

std::string masked(std::string_view text) {
  const auto all = characters(text);
  const auto [front, end] = shown(all);
  std::string result;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i < front || i + end >= all.size()) {
      result += all[i];
    } else {
      result += '*';
    }
  }
  return result;
}

std::string masked(MessageKind kind, const std::string& canonical) {
  const RecordSpec& spec = *spec_of(kind).record;
  if (std::ranges::none_of(spec.fields, &FieldSpec::personal)) return canonical;
  auto record = read_canonical(spec, canonical);
  // What the journal keeps was written by us from a record of this spec; if it cannot be read it is not
  // shown.
  if (!record) return "null";
  for (std::size_t i = 0; i < spec.fields.size(); ++i) {
    const auto* text = std::get_if<std::string_view>(&(*record)[i]);
    if (spec.fields[i].personal && text != nullptr) record->set_text(i, masked(*text));
  }
  return canonical_json(*record);
}

}  // namespace loangate::ops
