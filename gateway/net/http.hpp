#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace loangate::net {

/// One header field as it stands in the message: the name in any case, the value without outer blanks.
struct Field {
  std::string_view name;
  std::string_view value;
};

/// The other end of a TLS connection. Who it is follows from the two keys and the serial alone; names in a
/// certificate are for show and never looked up (hazard 13).
struct Peer {
  std::string address;            // IP, without port
  std::string spki_sha256;        // of the certificate's public key; 64 lower-case hex digits
  std::string issuer_key_sha256;  // of the issuer's public key in the verified chain; the same form
  std::string serial;   // lower-case hex without leading zeros, as `openssl x509 -serial` but for case
  std::string issuer;   // distinguished name, for show
  std::string subject;  // distinguished name, for show
  Instant not_after;    // real time

  /// False only where a server lets peers come without one: then the address is all that is known.
  bool has_certificate() const { return !spki_sha256.empty(); }
};

/// A request's head, as the gate let it through. All views live until Service::answer() has returned.
struct RequestHead {
  std::string_view method;                                 // a token, case as sent
  std::string_view target;                                 // origin form, as sent
  std::string_view path;                                   // the target before `?`, still percent-encoded
  std::vector<std::pair<std::string, std::string>> query;  // decoded; `+` stays `+`; in order, repeats kept
  std::span<const Field> fields;                           // a snapshot at the end of the head: no trailers
  std::optional<std::uint64_t> content_length;             // absent also for a chunked body

  /// The value of the first field of this name, in any case; empty if there is none.
  std::string_view field(std::string_view name) const;
  /// The first query value of exactly this name.
  std::optional<std::string_view> parameter(std::string_view name) const;
};

struct Response;

/// Takes a body in as it arrives, so that a large one never lies in memory.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// The next bytes. A refusal ends the request; what was taken is worthless then.
  virtual std::expected<void, Response> take(std::string_view bytes) = 0;
};

struct Request {
  RequestHead head;
  std::string body;
  std::shared_ptr<const Peer> peer;
  Instant received;                      // business time at the body's last byte (settled 9)
  std::shared_ptr<const void> terms;     // what Service::head() said of it
  std::shared_ptr<BodySink> taken = {};  // has the body, if the service gave it a sink
};

/// Makes the body of an answer while it is being sent, piece by piece, where its end is not known.
class BodySource {
 public:
  virtual ~BodySource() = default;
  /// The next bytes; none of them: nothing yet, ask again; nothing at all: the body is complete. It returns
  /// within a second or so, so that a client who has gone, or a server that ends, is noticed in time.
  virtual boost::asio::awaitable<std::optional<std::string>> next() = 0;
};

struct Response {
  unsigned status = 200;
  std::string content_type = {};  // empty: no such field
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers =
      {};                                   // without those about framing and connection
  std::filesystem::path file = {};          // its bytes are the body, sent as they are read
  std::shared_ptr<BodySource> source = {};  // makes the body, sent in chunks until it or the server ends

  /// The value of the first header of this name, in any case; empty if there is none.
  std::string_view header(std::string_view name) const;
};

/// `%E5%85%AC` → `公`; nothing if a `%` is not followed by two hexadecimal digits.
std::optional<std::string> percent_decoded(std::string_view text);

/// `2021/001` → `2021%2F001`: as one part of a path, or as a value in a query.
std::string percent_encoded(std::string_view text);

/// Whether two ASCII texts agree but for case.
bool same_token(std::string_view a, std::string_view b);

/// Appends `name: value` and CR LF. A control character in the value, which could forge another field,
/// becomes a blank.
void append_field(std::string& out, std::string_view name, std::string_view value);

/// The standard phrase of a status code; `Status` where there is none.
std::string_view reason_phrase(unsigned status);

}  // namespace loangate::net
