// What the gate lets through, Beast must read as the same message: a difference is a door for smuggling.
#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>

#include "net/gate.hpp"

namespace {

using namespace loangate::net;
namespace http = boost::beast::http;

void require(bool holds) {
  if (!holds) std::abort();
}

void compare(std::string_view head, const HeadShape& shape) {
  http::request_parser<http::empty_body> other;
  other.header_limit(2 * max_head_bytes);
  other.body_limit(boost::none);
  boost::system::error_code fault;
  other.put(boost::asio::buffer(head), fault);
  require(other.is_header_done());
  require(std::string_view(other.get().method_string()) == shape.method);
  require(std::string_view(other.get().target()) == shape.target);
  require(other.chunked() == (shape.framing == BodyFraming::chunked));
  if (shape.framing == BodyFraming::length && shape.length > 0)
    require(other.content_length() == shape.length);
  // Beast keeps fields of one name side by side, so only what is there is compared, not its order.
  const auto& fields = other.get();
  require(static_cast<std::size_t>(std::distance(fields.begin(), fields.end())) == shape.fields.size());
  for (const Field& ours : shape.fields) {
    require(std::any_of(fields.begin(), fields.end(), [&](const auto& theirs) {
      return std::string_view(theirs.name_string()) == ours.name &&
             std::string_view(theirs.value()) == ours.value;
    }));
  }
}

void read_whole(std::string_view message) {
  const auto end = find_head_end(message, 0);
  if (!end || *end == 0) {
    static_cast<void>(gate(message));
    return;
  }
  const std::string_view head = message.substr(0, *end);
  const auto shape = gate(head);
  if (!shape) {
    require(!explain(shape.error()).empty());
    return;
  }
  compare(head, *shape);
  if (shape->framing != BodyFraming::chunked) return;
  // A body is the same however it is cut.
  const std::string_view rest = message.substr(*end);
  ChunkedReader at_once(1 << 16);
  std::string whole;
  const auto taken = at_once.read(rest, whole);
  ChunkedReader piecewise(1 << 16);
  std::string pieces;
  bool good = true;
  for (std::size_t i = 0; i < rest.size() && good && !piecewise.done(); ++i) {
    good = piecewise.read(rest.substr(i, 1), pieces).has_value();
  }
  require(good == taken.has_value());
  if (good) require(whole == pieces && at_once.done() == piecewise.done());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  read_whole(bytes);
  static_cast<void>(gate_response(bytes, "POST"));
  return 0;
}
