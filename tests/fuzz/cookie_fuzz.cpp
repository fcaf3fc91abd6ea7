// Whatever a Cookie field holds, a token is 64 digits that stand in it, and it is found again among other
// cookies.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ops/people/cookie.hpp"

namespace {

using namespace loangate;

void require(bool holds) {
  if (!holds) std::abort();
}

std::optional<std::string_view> token_of(const std::vector<net::Field>& fields) {
  net::RequestHead head{};
  head.fields = fields;
  return ops::session_token(head);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t half = text.find('\n');
  std::vector<net::Field> fields{{"Cookie", text.substr(0, half)}};
  if (half != std::string_view::npos) fields.push_back({"cookie", text.substr(half + 1)});
  const auto token = token_of(fields);
  if (!token) return 0;
  require(token->size() == 64 && token->find_first_not_of("0123456789abcdef") == std::string_view::npos);
  require(text.find(*token) != std::string_view::npos);
  fields.push_back({"Cookie", "other=1"});
  require(token_of(fields) == token);
  const std::string same = std::string(ops::session_cookie) + "=" + std::string(*token);
  fields.push_back({"Cookie", same});
  require(!token_of(fields));
  return 0;
}
