#include "base/trace.hpp"

#include <algorithm>
#include <random>

#include "base/bytes.hpp"

namespace loangate {
namespace {

constexpr std::size_t version_at = 0, trace_at = 3, span_at = 36, flags_at = 53, whole = 55;

/// A lower-case digit's value; 16: it is none.
std::uint8_t digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  return 16;
}

template <std::size_t Size>
bool read_hex(std::string_view text, std::array<std::uint8_t, Size>& into) {
  for (std::size_t i = 0; i < Size; ++i) {
    const std::uint8_t high = digit(text[2 * i]);
    const std::uint8_t low = digit(text[2 * i + 1]);
    if (high > 15 || low > 15) return false;
    into[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

template <std::size_t Size>
bool all_zero(const std::array<std::uint8_t, Size>& bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

template <std::size_t Size>
std::string hex_of(const std::array<std::uint8_t, Size>& bytes) {
  return hex(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

/// Random bytes, not secret, never all zero.
template <std::size_t Size>
void fill(std::array<std::uint8_t, Size>& bytes) {
  static_assert(Size % 8 == 0);
  thread_local std::mt19937_64 random{(std::uint64_t{std::random_device{}()} << 32) ^ std::random_device{}()};
  for (std::size_t i = 0; i < Size; i += 8) {
    const std::uint64_t number = random();
    for (std::size_t j = 0; j < 8; ++j) bytes[i + j] = static_cast<std::uint8_t>(number >> (8 * j));
  }
  bytes[0] |= 1;
}

}  // namespace

std::string TraceContext::trace_id() const {
  return hex_of(trace);
}
std::string TraceContext::span_id() const {
  return hex_of(span);
}
std::string TraceContext::traceparent() const {
  const std::array<std::uint8_t, 1> last{flags};
  return "00-" + trace_id() + "-" + span_id() + "-" + hex_of(last);
}

TraceContext TraceContext::child() const {
  TraceContext next = *this;
  fill(next.span);
  return next;
}

std::optional<TraceContext> parse_traceparent(std::string_view field) {
  if (field.size() < whole || field[trace_at - 1] != '-' || field[span_at - 1] != '-' ||
      field[flags_at - 1] != '-')
    return std::nullopt;
  std::array<std::uint8_t, 1> version{}, flags{};
  TraceContext context;
  if (!read_hex(field.substr(version_at), version) || !read_hex(field.substr(trace_at), context.trace) ||
      !read_hex(field.substr(span_at), context.span) || !read_hex(field.substr(flags_at), flags))
    return std::nullopt;
  const bool known = version[0] == 0;
  if (version[0] == 0xff || (known && field.size() != whole)) return std::nullopt;
  if (!known && field.size() > whole && field[whole] != '-') return std::nullopt;
  if (all_zero(context.trace) || all_zero(context.span)) return std::nullopt;
  context.flags = flags[0] & 1;  // the others mean nothing in the version that we write
  return context;
}

TraceContext begin_trace() {
  TraceContext context;
  fill(context.trace);
  fill(context.span);
  return context;
}

}  // namespace loangate
