#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/profile/profile.hpp"
#include "net/server.hpp"
#include "simulate/faults.hpp"
#include "simulate/inbox.hpp"

namespace loangate::simulate {

/// How a partner misbehaves with what comes to it, to order. What a mailbox makes of it stands behind the
/// bar: there it is the partner who calls.
enum class Mood : std::uint8_t {
  well,
  silent,           ///< takes the message, never answers | takes it, never acknowledges
  slow,             ///< takes it, answers after a while | acknowledges after a while
  failing,          ///< HTTP 500, not taken | never acknowledges
  nonsense,         ///< 200 with bytes that are no acknowledgement, not taken | never acknowledges
  wrong_id,         ///< acknowledges another delivery, not taken | the same
  wrong_status,     ///< takes and acknowledges it, but with HTTP 302 | never acknowledges
  refusing,         ///< acknowledges that it will not have it | never acknowledges
  blind_yes,        ///< 200 without a body, not taken | never acknowledges
  cut_before_body,  ///< the line goes when the head has come, not taken | before anything is fetched
  cut_in_answer,    ///< takes it; the line goes in the middle of the answer | of the acknowledgement's
  twice,            ///< answers well | acknowledges it twice
};
/// The name in scripts and on the command line (`cut_in_answer`), and back.
std::string_view name(Mood mood);
std::optional<Mood> mood_named(std::string_view name);
std::vector<Mood> all_moods();

/// The mood that is ordered, for so many things that come; then all is well again.
class Moods {
 public:
  static constexpr unsigned always = ~0u;
  void order(Mood mood, unsigned times = always) {
    mood_ = mood;
    times_ = times;
  }
  Mood now() const { return times_ == 0 ? Mood::well : mood_; }
  /// The mood for one more thing that comes.
  Mood next() {
    const Mood mood = now();
    if (times_ != always && times_ != 0) --times_;
    return mood;
  }

 private:
  Mood mood_ = Mood::well;
  unsigned times_ = always;
};

/// The HTTPS server of a partner who is pushed to. It proves who calls, reads the message by the profile,
/// keeps it in the inbox once, and answers with the profile's acknowledgement; GET `<path>/<delivery id>`
/// says whether it came. It lives in one context, where moods are ordered too.
class PartnerEndpoint : public net::Service {
 public:
  /// Listens on this machine from now on; port 0: any free one. Throws std::system_error if it cannot.
  PartnerEndpoint(boost::asio::io_context& context, const adapters::Profile& profile,
                  std::unique_ptr<net::TlsSource> tls, std::string gateway_spki_sha256,
                  const BusinessClock& clock, Inbox& inbox, std::uint16_t port);
  ~PartnerEndpoint() override;

  std::uint16_t port() const { return wire_.port(); }
  void order(Mood mood, unsigned times = Moods::always) { moods_.order(mood, times); }
  /// How many pushes came, whatever the mood.
  std::size_t calls() const { return calls_; }

  void stop() {
    wire_.stop();
    server_.stop();
  }
  void wait() { server_.wait(); }

  std::expected<net::Admitted, net::Response> head(const net::RequestHead& head,
                                                   const net::Peer& peer) override;
  boost::asio::awaitable<net::Response> answer(net::Request request) override;
  void stopping() override;

 private:
  net::Response acknowledgement(DeliveryId id, Answer taken, std::optional<std::string> reason) const;
  boost::asio::awaitable<void> pause(std::chrono::milliseconds time);

  boost::asio::io_context& context_;
  const adapters::Profile& profile_;
  const std::string path_;
  const std::unique_ptr<net::TlsSource> tls_;
  const std::string gateway_;
  Inbox& inbox_;
  Moods moods_;
  std::size_t calls_ = 0;
  std::set<boost::asio::steady_timer*> pauses_;
  bool stopping_ = false;
  net::Server server_;
  Wire wire_;  ///< in front of it
};

}  // namespace loangate::simulate
