#include "net/server.hpp"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <csignal>
#include <exception>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "net/listener.hpp"
#include "net/session.hpp"

namespace loangate::net {
namespace asio = boost::asio;
using asio::ip::tcp;

/// Shared with what runs in the contexts, so that it is there as long as they are.
struct Server::State : std::enable_shared_from_this<State> {
  State(std::vector<asio::io_context*> all, const tcp::endpoint& endpoint, const TlsSource& tls,
        const Limits& bounds, const BusinessClock& clock, Service& answering)
      : contexts(std::move(all)),
        limits(bounds),
        service(answering),
        admission(std::make_shared<Admission>(limits.connections, limits.connections_per_address)),
        listener(contexts, endpoint, admission) {
    for (asio::io_context* context : contexts) {
      cores.push_back(std::make_shared<SessionCore>(*context, tls, limits, clock, service));
    }
  }

  void start() {
    auto take = [this](std::size_t core, tcp::socket socket, Admission::Ticket ticket) {
      cores[core]->begin(std::move(socket), std::move(ticket));
    };
    run(*contexts.front(), listener.run(std::move(take)), [](State& state) { state.listening = false; });
    for (std::size_t i = 0; i < contexts.size(); ++i) {
      run(*contexts[i], cores[i]->watch([this] { return !listening && admission->connections() == 0; }),
          [](State& state) { ++state.watches_ended; });
    }
  }

  void run(asio::io_context& context, asio::awaitable<void> task, void (*end)(State&)) {
    asio::co_spawn(context, std::move(task), [state = shared_from_this(), end](std::exception_ptr fault) {
      try {
        if (fault) std::rethrow_exception(fault);
      } catch (const std::exception& e) {
        LogLine(LogLevel::error, "server.failed").reason(e.what());
      }
      const std::lock_guard lock(state->mutex);
      end(*state);
      state->changed.notify_all();
    });
  }

  std::vector<asio::io_context*> contexts;
  const Limits limits;
  Service& service;
  std::shared_ptr<Admission> admission;
  Listener listener;
  std::vector<std::shared_ptr<SessionCore>> cores;  // one for each context

  std::once_flag stop_once;
  std::atomic<bool> listening = true;
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t watches_ended = 0;
};

Server::Server(std::vector<asio::io_context*> contexts, const tcp::endpoint& endpoint, const TlsSource& tls,
               const Limits& limits, const BusinessClock& clock, Service& service)
    : state_(std::make_shared<State>(std::move(contexts), endpoint, tls, limits, clock, service)) {
  // A write to a connection that the other end has reset is an error to handle, not a signal to die of.
  std::signal(SIGPIPE, SIG_IGN);
  state_->start();
}

Server::~Server() {
  stop();
}

std::uint16_t Server::port() const {
  return state_->listener.port();
}

std::size_t Server::connections() const {
  return state_->admission->connections();
}

void Server::stop() {
  std::call_once(state_->stop_once, [this] {
    asio::post(*state_->contexts.front(), [state = state_] { state->listener.close(); });
    for (std::size_t i = 0; i < state_->contexts.size(); ++i) {
      asio::post(*state_->contexts[i], [state = state_, i] { state->cores[i]->stop(); });
    }
    state_->service.stopping();
  });
}

void Server::wait() {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [this] { return state_->watches_ended == state_->contexts.size(); });
}

}  // namespace loangate::net
