#include "net/problem.hpp"

#include "base/json_writer.hpp"

namespace loangate::net {

Response problem(unsigned status, std::string_view title, std::string_view detail) {
  Response response{.status = status, .content_type = "application/problem+json", .body = {}, .headers = {}};
  JsonWriter(response.body)
      .begin_object()
      .member("type", "about:blank")
      .member("title", title)
      .member("status", static_cast<std::uint64_t>(status))
      .member("detail", detail)
      .end_object();
  return response;
}

}  // namespace loangate::net
