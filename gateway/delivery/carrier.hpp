#pragma once
#include <boost/asio/awaitable.hpp>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "adapters/profile/profile.hpp"
#include "domain/messages.hpp"

namespace loangate::delivery {

/// The partner answered; what it means is for its profile to say.
struct Answered {
  unsigned status;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};
};
/// The partner cannot have got any of it.
struct NotSent {
  std::string reason;  ///< technical
};
/// Bytes went out and no whole answer came: it may have taken it (settled 20).
struct Unknown {
  std::string reason;  ///< technical
};
using Sent = std::variant<Answered, NotSent, Unknown>;

/// One message on its way to a partner, in the partner's own format. The views live until the sending has
/// ended.
struct Parcel {
  const adapters::Profile& profile;  ///< of the partner: the body is written by it
  DeliveryId id;
  MessageKind kind;
  const std::string& body;
  bool repeatable;  ///< the partner refuses a repeated id: no harm if a broken connection makes it go twice
  std::vector<std::pair<std::string, std::string>> headers = {};  ///< that seal the body
};

/// Takes messages to partners' own endpoints. Both calls end within a time of the carrier's choosing, of some
/// seconds.
class Carrier {
 public:
  virtual ~Carrier() = default;
  virtual boost::asio::awaitable<Sent> send(const Parcel& parcel) = 0;
  /// Asks the partner what became of a message. Status 404: it never came.
  virtual boost::asio::awaitable<Sent> ask(const adapters::Profile& profile, DeliveryId id) = 0;
};

}  // namespace loangate::delivery
