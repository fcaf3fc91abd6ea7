#include "net/listener.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

#include "base/log.hpp"

namespace loangate::net {
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto quietly = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds accept_pause{100};
constexpr std::chrono::seconds between_log_lines{1};

/// Lets one line a second through, so that a flood of connections is no flood of lines.
class Occasionally {
 public:
  bool now() {
    const auto time = std::chrono::steady_clock::now();
    if (time < next_) return false;
    next_ = time + between_log_lines;
    return true;
  }

 private:
  std::chrono::steady_clock::time_point next_{};
};

std::string address_text(const tcp::endpoint& endpoint) {
  const asio::ip::address address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

}  // namespace

Admission::Ticket::Ticket(std::shared_ptr<Admission> admission, std::string address)
    : admission_(std::move(admission)), address_(std::move(address)) {}

Admission::Ticket::~Ticket() {
  if (admission_) admission_->leave(address_);
}

std::optional<Admission::Ticket> Admission::admit(const std::string& address) {
  const std::lock_guard lock(mutex_);
  if (connections_ >= most_) return std::nullopt;
  std::size_t& here = by_address_[address];
  if (here >= most_per_address_) return std::nullopt;
  ++here;
  ++connections_;
  return Ticket(shared_from_this(), address);
}

std::size_t Admission::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

void Admission::leave(const std::string& address) {
  const std::lock_guard lock(mutex_);
  --connections_;
  const auto here = by_address_.find(address);
  if (--here->second == 0) by_address_.erase(here);
}

Listener::Listener(std::vector<asio::io_context*> contexts, const tcp::endpoint& endpoint,
                   std::shared_ptr<Admission> admission)
    : contexts_(std::move(contexts)),
      admission_(std::move(admission)),
      acceptor_(*contexts_.front(), endpoint) {
  acceptor_.non_blocking(true);
  port_ = acceptor_.local_endpoint().port();
}

asio::awaitable<void> Listener::run(Taker take) {
  asio::steady_timer pause(*contexts_.front());
  Occasionally failure_line;
  Occasionally refusal_line;
  for (std::size_t turn = 0; acceptor_.is_open(); ++turn) {
    // Waits and then accepts, so that no socket of another context is left in an operation of this one.
    const std::size_t core = turn % contexts_.size();
    auto [fault] = co_await acceptor_.async_wait(tcp::acceptor::wait_read, quietly);
    if (fault == asio::error::operation_aborted) co_return;
    tcp::socket socket(*contexts_[core]);
    if (!fault) acceptor_.accept(socket, fault);
    if (fault == asio::error::would_block || fault == asio::error::connection_aborted) continue;
    if (fault) {
      if (failure_line.now()) LogLine(LogLevel::error, "listener.accept_failed").reason(fault.message());
      pause.expires_after(accept_pause);
      co_await pause.async_wait(quietly);
      continue;
    }
    const tcp::endpoint remote = socket.remote_endpoint(fault);
    if (fault) continue;
    const std::string address = address_text(remote);
    auto ticket = admission_->admit(address);
    if (!ticket) {
      if (refusal_line.now()) {
        LogLine(LogLevel::warn, "listener.connection_refused").peer(address).reason("too many connections");
      }
      continue;
    }
    take(core, std::move(socket), std::move(*ticket));
  }
}

void Listener::close() {
  acceptor_.close();
}

}  // namespace loangate::net
