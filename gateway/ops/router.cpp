#include "ops/router.hpp"

#include <fmt/format.h>

namespace loangate::ops {
namespace {

/// Takes the part before the next `/` off the front. The path is split before it is decoded: a part may hold
/// `%2F`.
std::string_view take_part(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view part = path.substr(0, path.find('/'));
  path.remove_prefix(part.size());
  return part;
}

std::optional<std::vector<std::string>> arguments_of(std::string_view pattern, std::string_view path) {
  std::vector<std::string> arguments;
  while (!pattern.empty() && !path.empty()) {
    const std::string_view expected = take_part(pattern);
    const std::string_view part = take_part(path);
    if (!expected.starts_with('{')) {
      if (expected != part) return std::nullopt;
      continue;
    }
    auto decoded = net::percent_decoded(part);
    if (!decoded || decoded->empty()) return std::nullopt;
    arguments.push_back(*std::move(decoded));
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return arguments;
}

}  // namespace

std::expected<Match, Refusal> match(std::span<const Route> routes, std::string_view method,
                                    std::string_view path) {
  std::string allowed;
  for (const Route& route : routes) {
    auto arguments = arguments_of(route.pattern, path);
    if (!arguments) continue;
    if (route.method == method) return Match{&route, *std::move(arguments)};
    if (!allowed.empty()) allowed += ", ";
    allowed += route.method;
  }
  if (allowed.empty()) {
    return std::unexpected(
        not_found({"没有这个地址；请核对路径", "there is no such path; check it against the documentation"}));
  }
  return std::unexpected(Refusal{
      .status = 405,
      .code = "method_not_allowed",
      .detail = {fmt::format("此地址只接受 {}", allowed), fmt::format("this path takes {} only", allowed)},
      .headers = {{"Allow", allowed}}});
}

}  // namespace loangate::ops
