#pragma once
#include <boost/container/static_vector.hpp>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "net/http.hpp"

namespace loangate::net {

// The only HTTP/1 reader of the gateway. It accepts the plain core of RFC 9112 and nothing that two readers
// could take differently: whatever is ambiguous is refused and the connection closed (hazards 1 and 2).

inline constexpr std::size_t max_head_bytes = 16 * 1024;  // start line and fields, with the empty line
inline constexpr std::size_t max_fields = 64;
inline constexpr std::size_t max_target_bytes = 4096;

enum class GateFault {
  head_too_large,     // more than max_head_bytes without an empty line
  too_many_fields,    // more than max_fields
  target_too_long,    // more than max_target_bytes
  control_character,  // NUL, bare CR or LF, any other control character
  start_line,         // not `METHOD SP target SP HTTP/1.x`, or `HTTP/1.x SP status SP phrase`
  target_form,        // neither an absolute path nor well-formed percent encoding
  version,            // not HTTP/1.1 or HTTP/1.0
  field_syntax,       // no colon, an empty or malformed name, white space before the colon
  folded_field,       // a field that goes on in the next line
  host,               // none in HTTP/1.1, several, or malformed
  content_length,     // several, a list, or no plain number of at most 15 digits
  transfer_encoding,  // several, in HTTP/1.0, or anything but `chunked`
  both_framings,      // Transfer-Encoding beside Content-Length
  expectation,        // an Expect other than `100-continue`
  connect,            // the method CONNECT
  chunk_syntax,       // a chunk header that is not 1 to 8 hexadecimal digits and CRLF: no extensions
  trailer,            // a field after the last chunk
  body_too_large,     // more than the limit given to the reader
};

/// The status to refuse with: 400, 408, 413, 414, 417, 431, 501 or 505.
unsigned status_of(GateFault fault);
/// What was wrong, Chinese and English side by side.
std::string_view explain(GateFault fault);

enum class BodyFraming { none, length, chunked, until_close };

/// What a head says. All views point into the text given to the gate.
struct HeadShape {
  std::string_view method;  // request
  std::string_view target;  // request
  unsigned status = 0;      // response
  bool http_1_1 = true;
  bool keep_alive = true;
  bool expects_continue = false;
  BodyFraming framing = BodyFraming::none;
  std::uint64_t length = 0;  // for BodyFraming::length
  boost::container::static_vector<Field, max_fields> fields;
};

/// Looks for the end of a head in what has arrived, from `scanned` on (what an earlier call has seen).
/// Returns the head's size with its empty line, or 0 if more is needed. Refuses at once what can no longer
/// become a head, so that a bare LF does not have to run into a timeout.
std::expected<std::size_t, GateFault> find_head_end(std::string_view received, std::size_t scanned);

/// Reads a whole request head, the empty line included.
std::expected<HeadShape, GateFault> gate(std::string_view head);

/// Reads a whole response head to a request of `method`. until_close stands for a body without framing.
std::expected<HeadShape, GateFault> gate_response(std::string_view head, std::string_view method);

/// Takes a chunked body apart, in whatever pieces it arrives.
class ChunkedReader {
 public:
  /// The body must not grow beyond `limit` bytes.
  explicit ChunkedReader(std::size_t limit) : limit_(limit) {}

  /// Takes bytes from the front of `arrived` and appends content to `body`; returns how many it took: all of
  /// them, or fewer once done().
  std::expected<std::size_t, GateFault> read(std::string_view arrived, std::string& body);
  bool done() const { return state_ == State::done; }

 private:
  enum class State { size, size_lf, data, data_cr, data_lf, end_cr, end_lf, done };

  std::size_t limit_;
  State state_ = State::size;
  std::size_t left_ = 0;  // of this chunk
  unsigned digits_ = 0;
};

}  // namespace loangate::net
