#include "bench/load.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "net/http.hpp"

namespace loangate::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

constexpr std::size_t greatest_answer = 256u << 20;
constexpr std::chrono::seconds patience{60};  // without any answer, the server is taken for dead

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

struct ReleaseSsl {
  void operator()(SSL* connection) const { SSL_free(connection); }
};

/// A kept connection with at most one request under way.
struct Connection {
  Descriptor socket;
  std::unique_ptr<SSL, ReleaseSsl> tls;
  std::string_view sending;  // what SSL_write has still to take; empty: waits for the answer, or is free
  Time begun;                // from here its time counts
  std::vector<char> answer = std::vector<char>(16 * 1024);
  std::size_t arrived = 0;
  bool blocked = false;  // the socket takes no more for now
};

/// What is common to the threads of a run.
struct Run {
  const Requests& requests;
  const LoadPlan& plan;
  Time start;  // the warm-up's end
  Time end;
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> failed = false;
};

/// What a thread has seen.
struct Seen {
  std::map<unsigned, std::uint64_t> by_status;
  std::vector<std::uint32_t> tenth_micros;  // of the answers that count, in tenths of a microsecond
  Time last{};                              // the last of them
  bool ran_out = false;
  double cpu_seconds = 0;
  std::uint64_t sent = 0;
  std::string sample;
  std::string fault;
};

std::expected<Connection, std::string> connect(const Target& target) {
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(target.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (socket.number() < 0 ||
      ::connect(socket.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return std::unexpected(fmt::format("connect to port {}: {}", target.port, std::strerror(errno)));
  }
  const int yes = 1;
  ::setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  const timeval limit{.tv_sec = patience.count(), .tv_usec = 0};
  ::setsockopt(socket.number(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  std::unique_ptr<SSL, ReleaseSsl> tls(SSL_new(target.tls.get()));
  net::expect_server_name(tls.get(), "localhost");
  SSL_set_fd(tls.get(), socket.number());
  if (SSL_connect(tls.get()) != 1) {
    return std::unexpected(
        fmt::format("handshake: {}", net::handshake_fault(tls.get(), "the server hung up")));
  }
  // One read of the socket brings a whole answer, its record's header included.
  SSL_set_read_ahead(tls.get(), 1);
  ::fcntl(socket.number(), F_SETFL, ::fcntl(socket.number(), F_GETFL) | O_NONBLOCK);
  return Connection{std::move(socket), std::move(tls), {}, {}};
}

/// The size of an answer's head and body, or 0 while the head is not whole. Answers come from servers of
/// ours, so that only what varies is looked at.
std::expected<std::size_t, std::string> answer_size(std::string_view arrived) {
  const std::size_t end = arrived.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  constexpr std::string_view name = "\r\nContent-Length: ";
  const std::string_view head = arrived.substr(0, end + 2);
  std::size_t length = 0;
  const std::size_t at = head.find(name);
  if (at != std::string_view::npos) {
    const char* digits = head.data() + at + name.size();
    if (std::from_chars(digits, head.data() + head.size(), length).ptr == digits) {
      return std::unexpected("an answer with a malformed Content-Length");
    }
  }
  return end + 4 + length;
}

unsigned status_of(std::string_view answer) {
  unsigned status = 0;
  if (answer.starts_with("HTTP/1.1 ") && answer.size() >= 12) {
    std::from_chars(answer.data() + 9, answer.data() + 12, status);
  }
  return status;
}

class Thread {
 public:
  Thread(Run& run, std::vector<std::unique_ptr<Connection>> connections, Time first, Clock::duration step)
      : run_(run),
        connections_(std::move(connections)),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        next_due_(first),
        step_(step) {
    // A million answers a second is more than there can be; nothing is to be allocated while the clock runs.
    seen_.tenth_micros.reserve(std::min<std::size_t>(run_.requests.size(), 8'000'000));
    for (const auto& connection : connections_) {
      free_.push_back(connection.get());
      watch(*connection, EPOLL_CTL_ADD, EPOLLIN);
    }
  }

  Seen run() {
    ::prctl(PR_SET_TIMERSLACK, 1);  // an open loop must not send in clumps of 50 µs
    try_all();
    rusage usage{};
    ::getrusage(RUSAGE_THREAD, &usage);
    const auto seconds = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    seen_.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    if (!seen_.fault.empty()) run_.failed = true;
    return std::move(seen_);
  }

 private:
  bool open_loop() const { return run_.plan.rate > 0; }

  void try_all() {
    std::array<epoll_event, 256> events;
    Time heard = Clock::now();
    while (seen_.fault.empty() && !run_.failed) {
      const Time now = Clock::now();
      send_what_is_due(now);
      const bool sending = now < run_.end && !seen_.ran_out;
      if (!sending && free_.size() == connections_.size()) return;
      Time until = now + std::chrono::seconds(1);
      if (sending && open_loop() && !free_.empty()) until = std::min(until, next_due_);
      const auto wait = std::max<Clock::duration>(until - Clock::now(), Clock::duration::zero());
      const timespec pause{.tv_sec = wait.count() / 1'000'000'000, .tv_nsec = wait.count() % 1'000'000'000};
      const int count =
          ::epoll_pwait2(epoll_.number(), events.data(), static_cast<int>(events.size()), &pause, nullptr);
      if (count < 0 && errno != EINTR) return fail(fmt::format("epoll: {}", std::strerror(errno)));
      for (int i = 0; i < count; ++i) {
        Connection& connection = *static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
        if (connection.sending.empty()) {
          receive(connection);
        } else {
          send(connection);
        }
      }
      if (count > 0) heard = now;
      if (now - heard > patience && free_.size() < connections_.size()) {
        return fail(fmt::format("no answer for {} s", patience.count()));
      }
    }
  }

  void send_what_is_due(Time now) {
    while (!free_.empty() && now < run_.end && !seen_.ran_out) {
      if (open_loop() && next_due_ > now) return;
      const std::size_t index = run_.next.fetch_add(1, std::memory_order_relaxed);
      if (index >= run_.requests.size()) {
        seen_.ran_out = true;
        return;
      }
      Connection& connection = *free_.front();
      free_.pop_front();
      connection.begun = open_loop() ? std::exchange(next_due_, next_due_ + step_) : Clock::now();
      connection.sending = run_.requests[index];
      connection.arrived = 0;
      ++seen_.sent;
      send(connection);
    }
  }

  void send(Connection& connection) {
    const int count = SSL_write(connection.tls.get(), connection.sending.data(),
                                static_cast<int>(connection.sending.size()));
    const bool blocked = count <= 0;
    if (blocked && SSL_get_error(connection.tls.get(), count) != SSL_ERROR_WANT_WRITE) {
      return fail("the server closed a connection while a request was being sent");
    }
    if (!blocked) connection.sending = {};
    if (blocked != std::exchange(connection.blocked, blocked)) {
      watch(connection, EPOLL_CTL_MOD, blocked ? EPOLLOUT : EPOLLIN);
    }
  }

  void receive(Connection& connection) {
    const int count = SSL_read(connection.tls.get(), connection.answer.data() + connection.arrived,
                               static_cast<int>(connection.answer.size() - connection.arrived));
    if (count <= 0) {
      if (SSL_get_error(connection.tls.get(), count) == SSL_ERROR_WANT_READ) return;
      return fail("the server closed a connection");
    }
    connection.arrived += static_cast<std::size_t>(count);
    const std::string_view arrived(connection.answer.data(), connection.arrived);
    const auto size = answer_size(arrived);
    if (!size) return fail(size.error());
    if (*size == 0 || *size > connection.arrived) {
      if (*size > greatest_answer) return fail(fmt::format("an answer of {} bytes", *size));
      if (*size > connection.answer.size()) connection.answer.resize(*size);  // a return file
      if (SSL_has_pending(connection.tls.get()) != 0) receive(connection);
      return;
    }
    const unsigned status = status_of(arrived);
    if (status == 0) return fail("an answer without a status line");
    answered(connection, status, arrived);
    free_.push_back(&connection);
    // The closed loop sends the connection's next request at once, not after the other events.
    if (!open_loop()) send_what_is_due(Clock::now());
  }

  void answered(const Connection& connection, unsigned status, std::string_view answer) {
    const Time now = Clock::now();
    ++seen_.by_status[status];
    if (now < run_.start || now >= run_.end) return;
    const auto tenths =
        std::chrono::duration_cast<std::chrono::nanoseconds>(now - connection.begun).count() / 100;
    seen_.tenth_micros.push_back(static_cast<std::uint32_t>(
        std::min<std::int64_t>(tenths, std::numeric_limits<std::uint32_t>::max())));
    seen_.last = now;
    if (seen_.sample.empty() || seen_.tenth_micros.size() == 1000) {
      seen_.sample = answer.substr(answer.find("\r\n\r\n") + 4);
    }
  }

  void watch(Connection& connection, int operation, std::uint32_t what) {
    epoll_event event{};
    event.events = what;
    event.data.ptr = &connection;
    ::epoll_ctl(epoll_.number(), operation, connection.socket.number(), &event);
  }

  void fail(std::string what) {
    if (seen_.fault.empty()) seen_.fault = std::move(what);
  }

  Run& run_;
  std::vector<std::unique_ptr<Connection>> connections_;
  Descriptor epoll_;
  std::deque<Connection*> free_;
  Time next_due_;
  const Clock::duration step_;
  Seen seen_;
};

double quantile_ms(std::vector<std::uint32_t>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1));
  return static_cast<double>(sorted[at]) / 10'000.0;
}

LoadResult sum_up(std::vector<Seen>& seen, const Run& run) {
  LoadResult result;
  std::vector<std::uint32_t> all;
  std::uint64_t sent = 0;
  double cpu = 0;
  bool ran_out = false;
  Time last = run.start;
  for (Seen& one : seen) {
    for (const auto& [status, count] : one.by_status) result.by_status[status] += count;
    all.insert(all.end(), one.tenth_micros.begin(), one.tenth_micros.end());
    sent += one.sent;
    cpu += one.cpu_seconds;
    ran_out = ran_out || one.ran_out;
    last = std::max(last, one.last);
    result.sample = std::max(result.sample, one.sample);
  }
  std::ranges::sort(all);
  result.counted = all.size();
  result.seconds = std::chrono::duration<double>((ran_out ? last : run.end) - run.start).count();
  result.per_s = result.seconds > 0 ? static_cast<double>(result.counted) / result.seconds : 0;
  result.p50_ms = quantile_ms(all, 0.5);
  result.p99_ms = quantile_ms(all, 0.99);
  result.max_ms = quantile_ms(all, 1);
  result.generator_cpu_us = sent > 0 ? cpu * 1e6 / static_cast<double>(sent) : 0;
  return result;
}

}  // namespace

void Requests::add(std::string_view target, std::string_view content_type, std::string_view body) {
  fmt::format_to(std::back_inserter(bytes_),
                 "POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
                 target, content_type, body.size());
  bytes_ += body;
  ends_.push_back(bytes_.size());
}

std::string_view Requests::operator[](std::size_t index) const {
  const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
  return std::string_view(bytes_).substr(begin, ends_[index] - begin);
}

std::uint64_t LoadResult::answers() const {
  std::uint64_t sum = 0;
  for (const auto& [status, count] : by_status) sum += count;
  return sum;
}

std::string LoadResult::statuses() const {
  std::string text;
  for (const auto& [status, count] : by_status) {
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", status, count);
  }
  return text;
}

std::expected<LoadResult, std::string> run_load(const Target& target, const Requests& requests,
                                                const LoadPlan& plan) {
  const std::size_t count = std::min(std::max<std::size_t>(plan.threads, 1), plan.connections);
  std::vector<std::vector<std::unique_ptr<Connection>>> shares(count);
  for (std::size_t i = 0; i < plan.connections; ++i) {
    auto connection = connect(target);
    if (!connection) return std::unexpected(connection.error());
    shares[i % count].push_back(std::make_unique<Connection>(*std::move(connection)));
  }

  const auto length = [](std::chrono::duration<double> d) {
    return std::chrono::duration_cast<Clock::duration>(d);
  };
  const Time now = Clock::now();
  Run run{.requests = requests,
          .plan = plan,
          .start = now + length(plan.warm_up),
          .end = now + length(plan.warm_up + plan.time)};
  const auto step =
      length(std::chrono::duration<double>(plan.rate > 0 ? static_cast<double>(count) / plan.rate : 0));
  std::vector<Seen> seen(count);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < count; ++i) {
      const Time first = now + step * static_cast<int>(i) / static_cast<int>(count);
      threads.emplace_back([&, i, first] { seen[i] = Thread(run, std::move(shares[i]), first, step).run(); });
    }
  }
  for (const Seen& one : seen) {
    if (!one.fault.empty()) return std::unexpected(one.fault);
  }
  LoadResult result = sum_up(seen, run);
  if (result.counted == 0) return std::unexpected("nothing was answered in the time that counts");
  return result;
}

}  // namespace loangate::bench
