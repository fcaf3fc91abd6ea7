#include "net/session.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <ctime>
#include <exception>
#include <utility>

#include "base/descriptor.hpp"
#include "base/log.hpp"
#include "net/problem.hpp"

namespace loangate::net {
namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::steady_clock;

namespace {

constexpr auto quietly = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds sweep_pause{100};
constexpr std::size_t input_bytes = 2 * max_head_bytes;  // a head, and as much behind it
constexpr std::size_t first_body_bytes = 64 * 1024;      // a body grows from here as it arrives
constexpr std::size_t one_write_bytes = 64 * 1024;       // a body up to this is sent together with its head
constexpr std::uint64_t read_off_bytes = 64 * 1024;  // a refused body up to this does not cost the connection
constexpr std::uint64_t lingering_bytes = 1024 * 1024;

std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", parts);
}

Response refusal(GateFault fault) {
  const unsigned status = status_of(fault);
  return problem(status, reason_phrase(status), explain(fault));
}

Response too_slow() {
  return problem(
      408, reason_phrase(408),
      "请求未在规定时间内收完，请重新发送。The request did not arrive whole in time: send it again.");
}

Response too_long_processed() {
  Response response =
      problem(503, reason_phrase(503),
              "处理超时，结果未定，请以同一编号重发。Processing took too long and may still be done: send "
              "the same message under the same id again.");
  response.headers.emplace_back("Retry-After", "5");
  return response;
}

Response failed() {
  return problem(
      500, reason_phrase(500),
      "网关内部错误，请以同一编号重发或联系运维。The gateway failed: send the same message under the same id "
      "again, or call the operator.");
}

/// Query `a=1&b=%E5` into decoded pairs. The gate has checked the encoding.
std::vector<std::pair<std::string, std::string>> query_of(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> query;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    query.emplace_back(percent_decoded(pair.substr(0, equals)).value_or(""),
                       percent_decoded(pair.substr(std::min(equals + 1, pair.size()))).value_or(""));
  }
  return query;
}

RequestHead request_head(const HeadShape& shape) {
  const std::size_t question = std::min(shape.target.find('?'), shape.target.size());
  RequestHead head{.method = shape.method,
                   .target = shape.target,
                   .path = shape.target.substr(0, question),
                   .query = {},
                   .fields = {shape.fields.data(), shape.fields.size()},
                   .content_length = {}};
  if (question < shape.target.size()) head.query = query_of(shape.target.substr(question + 1));
  if (shape.framing == BodyFraming::length) head.content_length = shape.length;
  return head;
}

}  // namespace

SessionCore::SessionCore(asio::io_context& context, const TlsSource& tls, const Limits& limits,
                         const BusinessClock& clock, Service& service, ClientCertificate client_certificate)
    : context_(context),
      tls_(tls),
      limits_(limits),
      clock_(clock),
      service_(service),
      client_certificate_(client_certificate),
      timer_(context),
      date_(http_date()) {}

void SessionCore::begin(tcp::socket socket, Admission::Ticket ticket) {
  auto session = std::make_shared<Session>(shared_from_this(), std::move(socket), std::move(ticket));
  asio::co_spawn(
      context_, session->run(),
      asio::bind_cancellation_slot(session->cancel_processing_.slot(), [session](std::exception_ptr fault) {
        if (!fault) return;
        try {
          std::rethrow_exception(fault);
        } catch (const std::exception& e) {
          LogLine(LogLevel::error, "session.failed").peer(session->ticket_.address()).reason(e.what());
        }
      }));
}

asio::awaitable<void> SessionCore::watch(std::function<bool()> ended) {
  const auto over = [&] {
    return stopping_ && (ended() || steady_clock::now() > drained_ + 2 * limits_.closing);
  };
  while (!over()) {
    timer_.expires_after(sweep_pause);
    co_await timer_.async_wait(quietly);
    date_ = http_date();
    sweep();
  }
}

void SessionCore::stop() {
  stopping_ = true;
  drained_ = steady_clock::now() + limits_.drain;
  for (Session& session : sessions_) {
    if (session.phase_ == Session::Phase::idle) session.interrupt();
  }
  timer_.cancel();
}

void SessionCore::sweep() {
  const auto now = steady_clock::now();
  const bool drained = stopping_ && now >= drained_;
  for (auto at = sessions_.begin(); at != sessions_.end();) {
    Session& session = *at++;
    if (drained) session.deadline_ = std::min(session.deadline_, now);
    if (session.deadline_ <= now) session.expire(now);
  }
}

Session::Session(std::shared_ptr<SessionCore> core, tcp::socket socket, Admission::Ticket ticket)
    : core_(std::move(core)),
      ticket_(std::move(ticket)),
      stream_(std::move(socket), SSL_new(core_->tls_.current().get())),
      input_(std::make_unique_for_overwrite<char[]>(input_bytes)) {
  if (core_->client_certificate_ == ClientCertificate::optional)
    waive_peer_certificate(stream_.native_handle());
}

void Session::enter(Phase phase) {
  const Limits& limits = core_->limits_;
  phase_ = phase;
  deadline_ = steady_clock::now() + [&] {
    switch (phase) {
      case Phase::handshake:
        return limits.handshake;
      case Phase::idle:
        return limits.idle;
      case Phase::header:
        return limits.header;
      case Phase::body:
        return limits.body;
      case Phase::processing:
        return limits.processing;
      case Phase::answer:
        return limits.answer;
      case Phase::overdue:
      case Phase::closing:
        break;
    }
    return limits.closing;
  }();
}

/// The session is waiting in some operation when this is called; it goes on when that has been cancelled.
void Session::expire(Time now) {
  switch (phase_) {
    case Phase::idle:
    case Phase::header:
    case Phase::body:
      return interrupt();
    case Phase::processing:
      phase_ = Phase::overdue;
      deadline_ = now + core_->limits_.closing;
      return cancel_processing_.emit(asio::cancellation_type::terminal);
    case Phase::handshake:
    case Phase::overdue:
    case Phase::answer:
    case Phase::closing:
      return hang_up();
  }
}

void Session::interrupt() {
  interrupted_ = true;
  deadline_ = Time::max();
  boost::system::error_code ignored;
  stream_.lowest_layer().cancel(ignored);
}

void Session::hang_up() {
  gone_ = true;
  deadline_ = Time::max();
  boost::system::error_code ignored;
  stream_.lowest_layer().close(ignored);
}

asio::awaitable<void> Session::run() {
  // A cancelled service must not make the session's own operations throw: it still has to answer.
  co_await asio::this_coro::throw_if_cancelled(false);
  core_->sessions_.push_back(*this);
  if (co_await handshake()) {
    while (co_await exchange()) {
    }
    co_await finish();
  }
  unlink();
  hang_up();
}

asio::awaitable<bool> Session::handshake() {
  enter(Phase::handshake);
  boost::system::error_code fault;
  stream_.lowest_layer().set_option(tcp::no_delay(true), fault);
  std::tie(fault) = co_await stream_.async_handshake(asio::ssl::stream_base::server, quietly);
  if (fault) {
    LogLine(LogLevel::info, "tls.handshake_failed")
        .peer(ticket_.address())
        .reason(gone_ ? "not finished in time" : handshake_fault(stream_.native_handle(), fault.message()));
    co_return false;
  }
  peer_ = std::make_shared<const Peer>(peer_of(stream_.native_handle(), ticket_.address()));
  co_return true;
}

/// One request and its answer; false when the connection is to end.
asio::awaitable<bool> Session::exchange() {
  std::memmove(input_.get(), input_.get() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = kept_ = 0;
  if (core_->stopping_) co_return false;
  enter(end_ == 0 ? Phase::idle : Phase::header);
  for (std::size_t scanned = 0;;) {
    const auto head_size = find_head_end(arrived(), scanned);
    if (!head_size) co_return co_await end({refusal(head_size.error())});
    if (*head_size > 0) {
      begin_ = kept_ = *head_size;
      break;
    }
    scanned = end_;
    if (!co_await receive()) co_return co_await end(interrupted());
    if (phase_ == Phase::idle) enter(Phase::header);
  }
  const auto shape = gate({input_.get(), kept_});
  if (!shape) co_return co_await end({refusal(shape.error())});
  co_return co_await serve(*shape);
}

asio::awaitable<bool> Session::serve(const HeadShape& shape) {
  keep_alive_ = shape.keep_alive;
  without_body_ = shape.method == "HEAD";
  http_1_1_ = shape.http_1_1;
  Request request{.head = request_head(shape), .body = {}, .peer = peer_, .received = {}, .terms = {}};
  auto admitted = [&]() -> std::expected<Admitted, Response> {
    try {
      return core_->service_.head(request.head, *peer_);
    } catch (const std::exception& e) {
      LogLine(LogLevel::error, "session.service_failed").reason(e.what());
      return std::unexpected(failed());
    }
  }();
  if (admitted && shape.length > admitted->body_bytes)
    admitted = std::unexpected(refusal(GateFault::body_too_large));
  if (!admitted) co_return co_await refuse_early(shape, admitted.error());
  request.terms = std::move(admitted->terms);
  if (shape.framing != BodyFraming::none) {
    enter(Phase::body);
    if (shape.expects_continue && arrived().empty() && !co_await send("HTTP/1.1 100 Continue\r\n\r\n"))
      co_return false;
    if (admitted->sink) {
      request.taken = std::move(admitted->sink);
      allow_for(shape.framing == BodyFraming::length ? shape.length : admitted->body_bytes);
      auto taken = co_await read_body(shape, admitted->body_bytes, *request.taken);
      if (!taken) co_return co_await end(std::move(taken.error()));
    } else {
      auto read = co_await read_body(shape, admitted->body_bytes, request.body);
      if (!read) co_return co_await end(std::move(read.error()));
    }
  }
  request.received = core_->clock_.now();
  const Response response = co_await process(std::move(request));
  if (core_->stopping_) keep_alive_ = false;
  co_return co_await answer(response) && keep_alive_;
}

asio::awaitable<std::expected<void, Session::Ending>> Session::read_body(const HeadShape& shape,
                                                                         std::size_t limit,
                                                                         std::string& body) {
  if (shape.framing == BodyFraming::chunked) {
    ChunkedReader reader(limit);
    for (;;) {
      const auto taken = reader.read(arrived(), body);
      if (!taken) co_return std::unexpected(Ending{refusal(taken.error())});
      begin_ += *taken;
      if (reader.done()) co_return std::expected<void, Ending>{};
      begin_ = end_ = kept_;
      if (!co_await receive()) co_return std::unexpected(interrupted());
    }
  }
  const std::size_t length = static_cast<std::size_t>(shape.length);
  body.assign(arrived().substr(0, length));
  begin_ += body.size();
  for (std::size_t filled = body.size(); filled < length;) {
    // Only what has arrived may claim memory, not what was announced.
    if (filled == body.size()) body.resize(std::min(length, std::max(2 * filled, first_body_bytes)));
    const std::size_t count = co_await receive(body.data() + filled, body.size() - filled);
    if (count == 0) co_return std::unexpected(interrupted());
    filled += count;
  }
  co_return std::expected<void, Ending>{};
}

/// The same with a large body: what arrives goes on at once.
asio::awaitable<std::expected<void, Session::Ending>> Session::read_body(const HeadShape& shape,
                                                                         std::size_t limit, BodySink& sink) {
  const auto put = [&](std::string_view bytes) -> std::expected<void, Ending> {
    auto taken = sink.take(bytes);
    if (!taken) return std::unexpected(Ending{std::move(taken.error())});
    return {};
  };
  ChunkedReader reader(limit);
  std::string piece;
  std::uint64_t left = shape.length;
  const bool chunked = shape.framing == BodyFraming::chunked;
  for (;;) {
    if (chunked) {
      piece.clear();
      const auto taken = reader.read(arrived(), piece);
      if (!taken) co_return std::unexpected(Ending{refusal(taken.error())});
      if (auto done = put(piece); !done) co_return done;
      begin_ += *taken;
      if (reader.done()) co_return std::expected<void, Ending>{};
    } else {
      const std::string_view here =
          arrived().substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left, arrived().size())));
      if (auto done = put(here); !done) co_return done;
      begin_ += here.size();
      left -= here.size();
      if (left == 0) co_return std::expected<void, Ending>{};
    }
    begin_ = end_ = kept_;
    if (!co_await receive()) co_return std::unexpected(interrupted());
  }
}

asio::awaitable<Response> Session::process(Request request) {
  enter(Phase::processing);
  Response response;
  try {
    response = co_await core_->service_.answer(std::move(request));
  } catch (const std::exception& e) {
    if (phase_ == Phase::overdue) {
      response = too_long_processed();
    } else {
      LogLine(LogLevel::error, "session.service_failed").reason(e.what());
      response = failed();
    }
  }
  if (phase_ == Phase::overdue) {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  }
  co_return response;
}

/// The answer goes out before the body has been read. A small body that is on its way is then read off, so
/// that the connection can go on; a large one ends it.
asio::awaitable<bool> Session::refuse_early(const HeadShape& shape, const Response& refusal) {
  if (shape.framing == BodyFraming::chunked || shape.expects_continue || shape.length > read_off_bytes) {
    co_return co_await end({refusal});
  }
  if (!co_await answer(refusal) || !keep_alive_) co_return false;
  enter(Phase::body);
  co_return co_await discard(shape.length);
}

/// Answers if there is anything to answer, and reads off what is still arriving: closing on unread bytes
/// makes the kernel reset the connection, and the answer may be lost with it.
asio::awaitable<bool> Session::end(Ending ending) {
  if (!ending.last_answer) co_return false;
  keep_alive_ = false;
  interrupted_ = false;
  if (co_await answer(*ending.last_answer)) {
    enter(Phase::closing);
    co_await discard(lingering_bytes);
  }
  co_return false;
}

asio::awaitable<void> Session::finish() {
  if (gone_) co_return;
  enter(Phase::closing);
  co_await stream_.async_shutdown(quietly);
}

/// Why nothing more could be read: too slow in the middle of a request is said, all else just ends.
Session::Ending Session::interrupted() const {
  if (interrupted_ && (phase_ == Phase::header || phase_ == Phase::body)) return {too_slow()};
  return {};
}

asio::awaitable<bool> Session::discard(std::uint64_t bytes) {
  for (;;) {
    const std::size_t here = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, end_ - begin_));
    begin_ += here;
    bytes -= here;
    if (bytes == 0) co_return true;
    begin_ = end_ = kept_;
    if (!co_await receive()) co_return false;
  }
}

asio::awaitable<bool> Session::receive() {
  const std::size_t count = co_await receive(input_.get() + end_, input_bytes - end_);
  end_ += count;
  co_return count > 0;
}

/// How many bytes were read; 0 if no more will be.
asio::awaitable<std::size_t> Session::receive(char* to, std::size_t room) {
  if (interrupted_ || gone_) co_return 0;
  const auto [fault, count] = co_await stream_.async_read_some(asio::buffer(to, room), quietly);
  if (!fault) co_return count;
  if (!interrupted_) gone_ = true;
  co_return 0;
}

asio::awaitable<bool> Session::send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (gone_) co_return false;
    const auto [fault, count] = co_await stream_.async_write_some(asio::buffer(bytes), quietly);
    if (fault) {
      gone_ = true;
      co_return false;
    }
    bytes.remove_prefix(count);
  }
  co_return true;
}

asio::awaitable<bool> Session::answer(const Response& response) {
  if (!response.file.empty()) co_return co_await answer_from_file(response);
  if (response.source) co_return co_await answer_from_source(response);
  enter(Phase::answer);
  write_head(response, response.body.size());
  const bool bare = without_body_ || response.status == 204 || response.status == 304;
  if (bare) co_return co_await send(output_);
  if (response.body.size() <= one_write_bytes) {
    output_ += response.body;
    co_return co_await send(output_);
  }
  co_return co_await send(output_) && co_await send(response.body);
}

asio::awaitable<bool> Session::answer_from_file(const Response& response) {
  const Descriptor file(::open(response.file.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat about{};
  if (file.get() < 0 || ::fstat(file.get(), &about) != 0) {
    LogLine(LogLevel::error, "session.service_failed").reason("the answer's file cannot be read");
    const Response fault = failed();
    co_return co_await answer(fault);
  }
  auto left = static_cast<std::uint64_t>(about.st_size);
  enter(Phase::answer);
  allow_for(left);
  write_head(response, left);
  if (!co_await send(output_)) co_return false;
  if (without_body_) co_return true;
  std::vector<char> piece(one_write_bytes);
  while (left > 0) {
    const ssize_t count = ::read(file.get(), piece.data(), std::min<std::uint64_t>(piece.size(), left));
    if (count <= 0) co_return false;  // it became shorter: the connection ends in the middle of the body
    if (!co_await send({piece.data(), static_cast<std::size_t>(count)})) co_return false;
    left -= static_cast<std::uint64_t>(count);
  }
  co_return true;
}

/// Each piece has the time of an answer to be made and sent in: a client that takes nothing is hung up on.
/// The body ends with its source, with the server, or when the client goes.
asio::awaitable<bool> Session::answer_from_source(const Response& response) {
  const bool chunked = http_1_1_;
  keep_alive_ = keep_alive_ && chunked;  // without chunks the end of the connection is the body's
  enter(Phase::answer);
  write_head(response, std::nullopt);
  const bool begun = co_await send(output_);
  if (!begun || without_body_) co_return begun&& without_body_;
  while (!core_->stopping_ && !other_end_speaks()) {
    enter(Phase::answer);
    const auto piece = co_await response.source->next();
    if (!piece) break;
    if (piece->empty()) continue;
    output_ = chunked ? fmt::format("{:x}\r\n{}\r\n", piece->size(), *piece) : *piece;
    const bool sent = co_await send(output_);
    if (!sent) co_return false;
  }
  if (core_->stopping_) keep_alive_ = false;
  if (!chunked) co_return false;
  enter(Phase::answer);
  co_return co_await send("0\r\n\r\n");
}

/// Whether something has come, be it only the end: who waits for a body has nothing to say. What it is, the
/// next request or a farewell, is found out by whoever reads next.
bool Session::other_end_speaks() {
  char byte = 0;
  return gone_ || begin_ < end_ || SSL_pending(stream_.native_handle()) > 0 ||
         ::recv(stream_.lowest_layer().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

/// A large body has more time, by its size.
void Session::allow_for(std::uint64_t bytes) {
  deadline_ += std::chrono::seconds(bytes / core_->limits_.least_bytes_per_second);
}

void Session::write_head(const Response& response, std::optional<std::uint64_t> body_size) {
  output_.assign("HTTP/1.1 ");
  output_ += fmt::format_int(response.status).c_str();
  output_ += ' ';
  output_ += reason_phrase(response.status);
  output_ += "\r\nDate: ";
  output_ += core_->date_;
  output_ += "\r\n";
  if (!response.content_type.empty()) append_field(output_, "Content-Type", response.content_type);
  if (response.status != 204 && response.status != 304) {
    if (body_size) {
      output_ += "Content-Length: ";
      output_ += fmt::format_int(*body_size).c_str();
      output_ += "\r\n";
    } else if (http_1_1_) {
      output_ += "Transfer-Encoding: chunked\r\n";
    }
  }
  for (const auto& [name, value] : response.headers) append_field(output_, name, value);
  if (!keep_alive_) output_ += "Connection: close\r\n";
  output_ += "\r\n";
}

}  // namespace loangate::net
