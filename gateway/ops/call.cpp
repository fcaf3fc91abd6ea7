#include "ops/call.hpp"

#include <fmt/format.h>

#include <charconv>

namespace loangate::ops {

std::string Roles::names() const {
  std::string list;
  for (const std::string_view name : net::person_roles) {
    if (!meets(Roles{name})) continue;
    if (!list.empty()) list += ", ";
    list += name;
  }
  return list;
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::expected<std::uint64_t, Refusal> number_parameter(const Call& call, std::string_view name,
                                                       std::uint64_t fallback, std::uint64_t least,
                                                       std::uint64_t most) {
  const auto text = call.request.head.parameter(name);
  if (!text) return fallback;
  const auto number = whole_number(*text);
  if (number && *number >= least && *number <= most) return *number;
  return std::unexpected(
      invalid(fmt::format("/{}", name),
              {fmt::format("参数 {} 应为 {} 至 {} 的整数", name, least, most),
               fmt::format("parameter `{}` must be a whole number from {} to {}", name, least, most)}));
}

std::expected<bool, Refusal> yes_parameter(const Call& call, std::string_view name) {
  const auto text = call.request.head.parameter(name);
  if (!text || *text == "no") return false;
  if (*text == "yes") return true;
  return std::unexpected(invalid(
      fmt::format("/{}", name),
      {fmt::format("参数 {} 应为 yes 或 no", name), fmt::format("parameter `{}` must be yes or no", name)}));
}

std::expected<std::optional<Date>, Refusal> date_parameter(const Call& call, std::string_view name) {
  const auto text = call.request.head.parameter(name);
  if (!text) return std::nullopt;
  if (const auto day = parse_date(*text)) return day;
  return std::unexpected(invalid(fmt::format("/{}", name),
                                 {fmt::format("参数 {} 应为日期，如 2023-09-12", name),
                                  fmt::format("parameter `{}` must be a day such as 2023-09-12", name)}));
}

}  // namespace loangate::ops
