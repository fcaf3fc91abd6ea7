#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/gate.hpp"
#include "net/listener.hpp"
#include "net/server.hpp"

namespace loangate::net {

class SessionCore;
using SessionHook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// One connection from its handshake to its end.
class Session : public SessionHook {
 public:
  Session(std::shared_ptr<SessionCore> core, boost::asio::ip::tcp::socket socket, Admission::Ticket ticket);

  boost::asio::awaitable<void> run();

 private:
  friend class SessionCore;
  using Time = std::chrono::steady_clock::time_point;
  enum class Phase { handshake, idle, header, body, processing, overdue, answer, closing };
  /// The connection ends, perhaps after a last answer.
  struct Ending {
    std::optional<Response> last_answer;
  };

  void enter(Phase phase);
  void expire(Time now);
  void interrupt();
  void hang_up();

  boost::asio::awaitable<bool> handshake();
  boost::asio::awaitable<bool> exchange();
  boost::asio::awaitable<bool> serve(const HeadShape& shape);
  boost::asio::awaitable<std::expected<void, Ending>> read_body(const HeadShape& shape, std::size_t limit,
                                                                std::string& body);
  boost::asio::awaitable<std::expected<void, Ending>> read_body(const HeadShape& shape, std::size_t limit,
                                                                BodySink& sink);
  boost::asio::awaitable<Response> process(Request request);
  boost::asio::awaitable<bool> refuse_early(const HeadShape& shape, const Response& refusal);
  boost::asio::awaitable<bool> end(Ending ending);
  boost::asio::awaitable<void> finish();

  Ending interrupted() const;
  std::string_view arrived() const { return {input_.get() + begin_, end_ - begin_}; }
  boost::asio::awaitable<bool> receive();
  boost::asio::awaitable<std::size_t> receive(char* to, std::size_t room);
  boost::asio::awaitable<bool> discard(std::uint64_t bytes);
  boost::asio::awaitable<bool> send(std::string_view bytes);
  boost::asio::awaitable<bool> answer(const Response& response);
  boost::asio::awaitable<bool> answer_from_file(const Response& response);
  boost::asio::awaitable<bool> answer_from_source(const Response& response);
  bool other_end_speaks();
  void write_head(const Response& response, std::optional<std::uint64_t> body_size);
  void allow_for(std::uint64_t bytes);

  std::shared_ptr<SessionCore> core_;
  Admission::Ticket ticket_;
  boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream_;
  boost::asio::cancellation_signal cancel_processing_;
  std::shared_ptr<const Peer> peer_;

  Phase phase_ = Phase::handshake;
  Time deadline_ = Time::max();
  bool interrupted_ = false;  // nothing more is to be read: a deadline has passed, or the server ends
  bool gone_ = false;         // the other end has closed, or the connection is broken

  // What has arrived: [0, kept_) is the head being served and must not move, [begin_, end_) is still to be
  // read.
  std::unique_ptr<char[]> input_;
  std::size_t kept_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::string output_;

  bool keep_alive_ = true;
  bool without_body_ = false;  // the answer to HEAD
  bool http_1_1_ = true;       // the request: who speaks 1.0 reads no chunks
};

/// One context's connections, and the watch over their deadlines: a sweep ten times a second costs less than
/// arming a timer for each phase of each request. Used on its context's thread only.
class SessionCore : public std::enable_shared_from_this<SessionCore> {
 public:
  SessionCore(boost::asio::io_context& context, const TlsSource& tls, const Limits& limits,
              const BusinessClock& clock, Service& service, ClientCertificate client_certificate);

  /// Takes a new connection over; from any thread.
  void begin(boost::asio::ip::tcp::socket socket, Admission::Ticket ticket);
  /// Sweeps until stop() has been called and `ended` says that there are no connections any more.
  boost::asio::awaitable<void> watch(std::function<bool()> ended);
  void stop();

 private:
  friend class Session;
  using Sessions = boost::intrusive::list<Session, boost::intrusive::constant_time_size<false>>;

  void sweep();

  boost::asio::io_context& context_;
  const TlsSource& tls_;
  const Limits limits_;
  const BusinessClock& clock_;
  Service& service_;
  const ClientCertificate client_certificate_;
  boost::asio::steady_timer timer_;
  Sessions sessions_;
  std::string date_;  // a Date field's value, renewed by each sweep
  bool stopping_ = false;
  std::chrono::steady_clock::time_point drained_;
};

}  // namespace loangate::net
