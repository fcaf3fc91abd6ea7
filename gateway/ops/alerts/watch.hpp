#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "net/file_transport.hpp"
#include "ops/alerts/messenger.hpp"
#include "ops/alerts/rules.hpp"
#include "ops/system/record_check.hpp"
#include "programme/rulebook_in_force.hpp"
#include "store/committer.hpp"

namespace loangate::ops::alerts {

/// Looks again and again at how things stand. An alert that opens or closes is first put on record as an act
/// of the gateway itself (`alert.turn`), then told; so it is told once, however often something fails
/// meanwhile and however often the gateway starts.
class Watch {
 public:
  struct Parts {
    const store::Store& store;
    store::Committer& committer;
    const programme::RulebookInForce& rulebook;
    const BusinessClock& clock;
    const Flow& flow;
    Messenger& messenger;
    std::filesystem::path data;  ///< where the store lies
    std::function<std::vector<net::PartnerFiles>()> files = {};
    std::function<std::vector<Seen::Certificate>()> certificates = {};
    std::function<RecordStanding()> evidence = {};
    Bounds bounds = {};
    std::chrono::milliseconds every{15'000};
  };
  /// Reads from the record what is open, and hands the messenger what it may not have told yet.
  explicit Watch(Parts parts);

  /// One look, on one thread always.
  boost::asio::awaitable<void> look();
  /// Looks for as long as the context runs.
  void keep_looking(boost::asio::io_context& context);

  /// How many alerts are open of each rule. Any thread.
  std::map<Rule, std::size_t> open() const;
  /// As of the last look. Any thread.
  std::vector<Seen::Certificate> certificates() const;

 private:
  boost::asio::awaitable<Seen> see();
  boost::asio::awaitable<std::vector<Seen::Deadlines>> deadlines_near() const;
  boost::asio::awaitable<void> turn(Key key, bool opens, Words words);
  bool muted(const Key& key) const;
  void see_clock(Seen& seen);

  const Parts parts_;
  mutable std::mutex mutex_;  // guards the next two, which others ask for
  std::set<Key> open_;
  std::vector<Seen::Certificate> certificates_;

  // Only on the one thread that looks.
  std::map<PartnerId, std::chrono::steady_clock::time_point> out_of_reach_since_;
  std::vector<Seen::Deadlines> deadlines_;
  std::optional<std::chrono::steady_clock::time_point> slow_things_seen_;
  std::optional<std::pair<Instant, std::chrono::steady_clock::time_point>> clocks_;
  std::chrono::seconds stepped_by_{0};
  std::chrono::steady_clock::time_point stepped_;
};

/// What stands on record about one alert.
struct OnRecord {
  Key key;
  bool open;
  Sequence turn;
  Instant since;
  Words words;
};
/// Every alert that ever opened, in no order.
std::vector<OnRecord> on_record(const store::Store& store);

/// What was answered to an alert last, if that still holds.
struct Answered {
  AlertResponse answer;
  std::optional<Instant> until;
  std::string reason;
  Instant at;
  Sequence act;
};
std::optional<Answered> answered(const store::Store& store, const Key& key, Instant now);

Notice notice_of(const OnRecord& alert);

}  // namespace loangate::ops::alerts
