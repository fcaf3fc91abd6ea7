#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace loangate {

/// A short text of at most `Capacity` bytes (UTF-8), kept in place: no allocation, trivially copyable.
/// `Tag` makes two ids of one shape two types, so that one cannot be passed for the other.
/// An empty InlineText is a valid value meaning 'no id'; parse() never returns one.
template <class Tag, std::size_t Capacity>
class InlineText {
  static_assert(Capacity < 256);

 public:
  static constexpr std::size_t capacity = Capacity;

  constexpr InlineText() = default;

  /// The id with exactly these bytes, or nothing if they are none or too many.
  static constexpr std::optional<InlineText> parse(std::string_view text) {
    if (text.empty() || text.size() > Capacity) return std::nullopt;
    InlineText id;
    for (std::size_t i = 0; i < text.size(); ++i) id.bytes_[i] = text[i];
    id.size_ = static_cast<std::uint8_t>(text.size());
    return id;
  }

  constexpr std::string_view view() const { return {bytes_.data(), size_}; }
  std::string string() const { return std::string(view()); }
  constexpr bool empty() const { return size_ == 0; }

  friend constexpr bool operator==(const InlineText& a, const InlineText& b) { return a.view() == b.view(); }
  friend constexpr auto operator<=>(const InlineText& a, const InlineText& b) {
    return a.view() <=> b.view();
  }

 private:
  std::array<char, Capacity> bytes_{};
  std::uint8_t size_ = 0;
};

}  // namespace loangate

template <class Tag, std::size_t Capacity>
struct std::hash<loangate::InlineText<Tag, Capacity>> {
  std::size_t operator()(const loangate::InlineText<Tag, Capacity>& id) const noexcept {
    return std::hash<std::string_view>{}(id.view());
  }
};
