#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace loangate::net {

/// Counts connections, over all and for each address, and refuses those beyond the limits. Thread safe.
class Admission : public std::enable_shared_from_this<Admission> {
 public:
  Admission(std::size_t most, std::size_t most_per_address)
      : most_(most), most_per_address_(most_per_address) {}

  /// A connection's place; leaves it when it ends.
  class Ticket {
   public:
    Ticket(std::shared_ptr<Admission> admission, std::string address);
    ~Ticket();
    Ticket(Ticket&&) noexcept = default;
    Ticket& operator=(Ticket&&) = delete;
    const std::string& address() const { return address_; }

   private:
    std::shared_ptr<Admission> admission_;
    std::string address_;
  };

  std::optional<Ticket> admit(const std::string& address);
  std::size_t connections() const;

 private:
  void leave(const std::string& address);

  const std::size_t most_;
  const std::size_t most_per_address_;
  mutable std::mutex mutex_;
  std::size_t connections_ = 0;
  std::unordered_map<std::string, std::size_t> by_address_;
};

/// Accepts connections and shares them out over the contexts, one after the other.
class Listener {
 public:
  using Taker =
      std::function<void(std::size_t context, boost::asio::ip::tcp::socket socket, Admission::Ticket ticket)>;

  /// Opens the port; throws std::system_error if it cannot.
  Listener(std::vector<boost::asio::io_context*> contexts, const boost::asio::ip::tcp::endpoint& endpoint,
           std::shared_ptr<Admission> admission);

  std::uint16_t port() const { return port_; }

  /// Runs until close(). A failing accept (no descriptors, no memory) is tried again after a pause, so that
  /// it never spins; connections wait in the kernel's queue meanwhile.
  boost::asio::awaitable<void> run(Taker take);
  /// On the first context's thread.
  void close();

 private:
  std::vector<boost::asio::io_context*> contexts_;
  std::shared_ptr<Admission> admission_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_;
};

}  // namespace loangate::net
