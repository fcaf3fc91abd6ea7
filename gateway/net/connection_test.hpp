#pragma once
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/client.hpp"

namespace loangate::net {

/// How a connection came about, step by step, up to the first that failed.
struct ConnectionTest {
  struct Step {
    std::string_view name;  ///< resolve, connect, handshake, accepted
    bool passed;
    std::chrono::milliseconds took;
    std::string found;  ///< technical: the addresses, the protocol, or the fault
  };
  std::vector<Step> steps;
  std::optional<Peer> peer;  ///< the other end, once the handshake is done

  bool passed() const { return steps.size() == 4 && steps.back().passed; }
};

/// Connects as a push would, with our own client certificate and with all that the endpoint must prove, and
/// sends nothing. A server of TLS 1.3 says only after the handshake whether it takes our certificate: so it
/// listens for another half second. Ends within `within`, on the caller's executor.
boost::asio::awaitable<ConnectionTest> test_connection(Endpoint endpoint, std::chrono::milliseconds within);

}  // namespace loangate::net
