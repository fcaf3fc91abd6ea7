#include "ops/people/cookie.hpp"

#include <algorithm>

namespace loangate::ops {
namespace {

constexpr std::size_t token_digits = 64;

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_token(std::string_view text) {
  return text.size() == token_digits &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::optional<std::string_view> session_token(const net::RequestHead& head) {
  std::optional<std::string_view> found;
  for (const net::Field& field : head.fields) {
    if (!net::same_token(field.name, "Cookie")) continue;
    for (std::string_view rest = field.value; !rest.empty();) {
      const std::string_view pair = rest.substr(0, rest.find(';'));
      rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
      const std::size_t equals = pair.find('=');
      if (equals == std::string_view::npos || trimmed(pair.substr(0, equals)) != session_cookie) continue;
      if (found) return std::nullopt;
      found = trimmed(pair.substr(equals + 1));
    }
  }
  if (found && !is_token(*found)) return std::nullopt;
  return found;
}

std::string set_cookie(std::string_view token) {
  std::string value(session_cookie);
  value.append("=").append(token).append("; Path=/; Secure; HttpOnly; SameSite=Strict");
  if (token.empty()) value.append("; Max-Age=0");
  return value;
}

}  // namespace loangate::ops
