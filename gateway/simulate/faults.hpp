#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "net/client.hpp"

/// Partners' lines and hosts as they fail in life, to order.
namespace loangate::simulate {

/// How a partner misbehaves while it sends.
enum class SendFault : std::uint8_t {
  none,
  slow,             ///< the body comes in small pieces, with pauses
  silent,           ///< the head is sent, the body never; the partner gives up after a while
  cut_before_body,  ///< the line goes after the head
  cut_in_body,      ///< and in the middle of the body
  cut_in_answer,    ///< the message has gone out whole; the line goes before the answer is in
  twice,            ///< the same message on two connections at the same time
  overtaken,        ///< it goes out only after the next message
};
/// The name in scripts and on the command line (`cut_in_answer`), and back.
std::string_view name(SendFault fault);
std::optional<SendFault> send_fault(std::string_view name);

/// Sends a request over mutual TLS and breaks off as the fault says. What there is of an answer is not read:
/// the partner does not know what has become of its message. Of `none`, `slow` and `twice` only `slow` is
/// done here, and gives the answer's head as it came; the others are what an ordinary client does.
boost::asio::awaitable<std::expected<std::string, std::string>> send_badly(boost::asio::io_context& context,
                                                                           net::Endpoint to,
                                                                           net::OutRequest request,
                                                                           SendFault fault);

/// A line between the gateway and a partner's server that can be cut: it listens in the server's place and
/// passes bytes on as they are. It lives in one context.
class Wire {
 public:
  /// Listens on this machine; port 0: any free one. Throws std::system_error if it cannot.
  Wire(boost::asio::io_context& context, std::uint16_t port, std::uint16_t to);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  std::uint16_t port() const { return port_; }
  /// Cuts every connection, once `bytes` more have come through from the server's side; 0: now. Later
  /// connections come through.
  void cut_after(std::size_t bytes);
  /// No more connections.
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
  std::uint16_t port_;
};

}  // namespace loangate::simulate
