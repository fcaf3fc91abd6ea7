#include "bench/null_server.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <csignal>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "net/cores.hpp"
#include "net/server.hpp"

namespace loangate::bench {
namespace {

namespace asio = boost::asio;

constexpr std::size_t group_bytes = 1536;
constexpr std::size_t recycled_groups = 4096;  // the file's size, in groups

/// Flushes once for all that wait, as the gateway's committer does.
class GroupFlush {
 public:
  explicit GroupFlush(const std::filesystem::path& path)
      : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (file_ < 0) throw std::system_error(errno, std::generic_category(), path.string());
    const std::vector<char> space(group_bytes * recycled_groups, 'x');
    write(space.data(), space.size(), 0);
    thread_ = std::thread([this] { run(); });
  }
  ~GroupFlush() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
    ::close(file_);
  }
  GroupFlush(const GroupFlush&) = delete;
  GroupFlush& operator=(const GroupFlush&) = delete;

  /// Waits for a flush that begins after the call, and goes on where it was called.
  asio::awaitable<void> wait() {
    const auto executor = co_await asio::this_coro::executor;
    auto initiate = [this, executor](auto handler) {
      submit(
          [handler = std::move(handler), executor]() mutable { asio::post(executor, std::move(handler)); });
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(std::move(initiate),
                                                                         asio::use_awaitable);
  }

 private:
  using Done = std::move_only_function<void()>;

  void submit(Done done) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(done));
    }
    wake_.notify_one();
  }

  void run() {
    const std::array<char, group_bytes> bytes{};
    std::vector<Done> group;
    for (std::size_t count = 0;; ++count) {
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        group.swap(waiting_);
      }
      write(bytes.data(), bytes.size(), group_bytes * (count % recycled_groups));
      for (Done& done : group) done();
      group.clear();
    }
  }

  void write(const char* bytes, std::size_t size, std::size_t offset) const {
    if (::pwrite(file_, bytes, size, static_cast<off_t>(offset)) != static_cast<ssize_t>(size) ||
        ::fdatasync(file_) != 0) {
      throw std::system_error(errno, std::generic_category(), "flush");
    }
  }

  const int file_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Done> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

class NullService : public net::Service {
 public:
  explicit NullService(GroupFlush* flush) : flush_(flush) {}

  std::expected<net::Admitted, net::Response> head(const net::RequestHead&, const net::Peer&) override {
    return net::Admitted{.body_bytes = 1u << 20};
  }

  asio::awaitable<net::Response> answer(net::Request) override {
    if (flush_ != nullptr) co_await flush_->wait();
    co_return net::Response{};
  }

 private:
  GroupFlush* flush_;
};

}  // namespace

int run_null_server(const NullServerOptions& options) {
  sigset_t end;
  sigemptyset(&end);
  sigaddset(&end, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &end, nullptr);

  auto tls = net::TlsSource::open(options.tls);
  if (!tls) {
    for (const ConfigError& error : tls.error()) fmt::print(stderr, "{}\n", error.text());
    return 1;
  }
  const std::unique_ptr<GroupFlush> flush =
      options.flush ? std::make_unique<GroupFlush>(*options.flush) : nullptr;
  NullService service(flush.get());
  const BusinessClock clock;
  net::Cores cores(std::thread::hardware_concurrency());
  net::Server server(cores.contexts(), {asio::ip::address_v4::loopback(), options.port}, **tls, {}, clock,
                     service);
  int signal = 0;
  ::sigwait(&end, &signal);
  server.stop();
  server.wait();
  cores.stop();
  return 0;
}

}  // namespace loangate::bench
