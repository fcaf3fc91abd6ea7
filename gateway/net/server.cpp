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

namespace {

/// What all parts of a server share: it belongs to no context, so that the last of them may drop it.
struct Progress {
  explicit Progress(const Limits& limits)
      : admission(std::make_shared<Admission>(limits.connections, limits.connections_per_address)) {}

  const std::shared_ptr<Admission> admission;
  std::atomic<bool> listening = true;
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t watches_ended = 0;
};

void log_failure(std::exception_ptr fault) {
  if (!fault) return;
  try {
    std::rethrow_exception(fault);
  } catch (const std::exception& e) {
    LogLine(LogLevel::error, "server.failed").reason(e.what());
  }
}

}  // namespace

/// What runs in a context holds on to nothing of another one: contexts end one after the other.
struct Server::State {
  State(std::vector<asio::io_context*> all, const tcp::endpoint& endpoint, const TlsSource& tls,
        const Limits& limits, const BusinessClock& clock, Service& answering,
        ClientCertificate client_certificate)
      : contexts(std::move(all)),
        service(answering),
        progress(std::make_shared<Progress>(limits)),
        listener(std::make_shared<Listener>(contexts, endpoint, progress->admission)) {
    for (asio::io_context* context : contexts) {
      cores.push_back(
          std::make_shared<SessionCore>(*context, tls, limits, clock, service, client_certificate));
    }
  }

  void start() {
    std::vector<std::weak_ptr<SessionCore>> takers(cores.begin(), cores.end());
    auto take = [takers = std::move(takers)](std::size_t core, tcp::socket socket, Admission::Ticket ticket) {
      if (const auto taker = takers[core].lock()) taker->begin(std::move(socket), std::move(ticket));
    };
    asio::co_spawn(*contexts.front(), listener->run(std::move(take)),
                   [shared = progress, keep = listener](std::exception_ptr fault) {
                     log_failure(std::move(fault));
                     shared->listening = false;
                   });
    for (std::size_t i = 0; i < contexts.size(); ++i) {
      auto ended = [shared = progress] {
        return !shared->listening && shared->admission->connections() == 0;
      };
      asio::co_spawn(*contexts[i], cores[i]->watch(std::move(ended)),
                     [shared = progress, keep = cores[i]](std::exception_ptr fault) {
                       log_failure(std::move(fault));
                       const std::lock_guard lock(shared->mutex);
                       ++shared->watches_ended;
                       shared->changed.notify_all();
                     });
    }
  }

  const std::vector<asio::io_context*> contexts;
  Service& service;
  const std::shared_ptr<Progress> progress;
  const std::shared_ptr<Listener> listener;
  std::vector<std::shared_ptr<SessionCore>> cores;  // one for each context
  std::once_flag stop_once;
};

Server::Server(std::vector<asio::io_context*> contexts, const tcp::endpoint& endpoint, const TlsSource& tls,
               const Limits& limits, const BusinessClock& clock, Service& service,
               ClientCertificate client_certificate)
    : state_(std::make_unique<State>(std::move(contexts), endpoint, tls, limits, clock, service,
                                     client_certificate)) {
  // A write to a connection that the other end has reset is an error to handle, not a signal to die of.
  std::signal(SIGPIPE, SIG_IGN);
  state_->start();
}

Server::~Server() {
  stop();
}

std::uint16_t Server::port() const {
  return state_->listener->port();
}

std::size_t Server::connections() const {
  return state_->progress->admission->connections();
}

void Server::stop() {
  std::call_once(state_->stop_once, [this] {
    asio::post(*state_->contexts.front(), [listener = state_->listener] { listener->close(); });
    for (std::size_t i = 0; i < state_->contexts.size(); ++i) {
      asio::post(*state_->contexts[i], [core = state_->cores[i]] { core->stop(); });
    }
    state_->service.stopping();
  });
}

void Server::wait() {
  Progress& progress = *state_->progress;
  std::unique_lock lock(progress.mutex);
  progress.changed.wait(lock, [&] { return progress.watches_ended == state_->contexts.size(); });
}

}  // namespace loangate::net
