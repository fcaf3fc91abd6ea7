#pragma once
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "domain/date.hpp"
#include "domain/ids.hpp"
#include "domain/messages.hpp"
#include "net/file_transport.hpp"
#include "net/http.hpp"
#include "net/identities.hpp"
#include "net/maintenance.hpp"
#include "ops/answer.hpp"
#include "ops/people/sessions.hpp"
#include "programme/rulebook_in_force.hpp"
#include "store/committer.hpp"

namespace loangate::store {
class SearchIndex;
}

namespace loangate::ops {

/// Roles of net::person_roles, as a set.
class Roles {
 public:
  constexpr Roles() = default;
  constexpr Roles(std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
      for (std::size_t i = 0; i < net::person_roles.size(); ++i) {
        if (net::person_roles[i] == name) bits_ |= 1u << i;
      }
    }
  }
  explicit Roles(const std::vector<std::string>& names) {
    for (const std::string& name : names) *this = *this | Roles{name};
  }
  /// Of a route: who has no role too, without a certificate and without having signed in.
  static constexpr Roles anybody() {
    Roles all;
    all.bits_ = ~std::uint32_t{0};
    return all;
  }
  constexpr bool open_to_anybody() const { return bits_ == ~std::uint32_t{0}; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr bool meets(Roles other) const { return (bits_ & other.bits_) != 0; }
  /// `officer, approver`
  std::string names() const;
  friend constexpr Roles operator|(Roles a, Roles b) {
    a.bits_ |= b.bits_;
    return a;
  }

 private:
  std::uint32_t bits_ = 0;
};

/// What has to be right for the gateway to be ready, beside the store.
struct ReadinessCheck {
  std::string name;
  std::function<std::expected<void, std::string>()>
      check;  ///< the error says what is wrong. Any thread; quick
};

struct Configuring;
class CredentialFile;
class Entrance;
class Flow;
class Metrics;
class Retention;
struct Installation;

/// What the operations port works on. Everything referred to outlives the service.
struct Operations {
  const store::Store& store;
  store::Committer& committer;
  programme::RulebookInForce& rulebook;
  const net::IdentityBook& identities;
  BusinessClock& clock;
  bool demo_clock = false;  ///< serve --demo-clock (settled 42)
  std::string version = {};
  /// Called after a commit for each partner to whom something now goes out. Any thread; quick.
  std::function<void(const PartnerId&)> on_outgoing;
  /// Called when a lane of this partner was released. Any thread; quick.
  std::function<void(const PartnerId&)> on_released;
  std::vector<ReadinessCheck> checks = {};
  /// The files that lpr.entry and calendar.entry extend.
  struct DataFiles {
    std::filesystem::path calendar = {};
    std::filesystem::path lpr = {};
  };
  DataFiles data_files = {};
  /// Called after the clock was set, before the answer: what the day brings is there when the answer comes.
  std::function<boost::asio::awaitable<void>()> on_clock_set = {};
  const Configuring* configuring = nullptr;  ///< null: the configuration cannot be changed here
  /// Called when a replay was approved or steered. Any thread; quick.
  std::function<void()> on_replay = {};
  net::Maintenance* maintenance = nullptr;  ///< null: nobody is told of maintenance here
  /// How partners' files stand. Any thread; quick.
  std::function<std::vector<net::PartnerFiles>()> files = {};
  CredentialFile* credentials = nullptr;  ///< null: nobody signs in by password here
  Sessions::Bounds sessions = {};
  const Flow* flow = nullptr;                  ///< null: nobody counts what flows, and no profile is in force
  const Metrics* metrics = nullptr;            ///< null: there are none
  const Installation* installation = nullptr;  ///< null: nothing is told of the system, no backups are made
  const Retention* retention = nullptr;  ///< null: no day is archived here
  /// What finds messages, and the threads that look for them, so that no partner's filing waits meanwhile.
  struct Searching {
    const store::SearchIndex& index;
    boost::asio::thread_pool& threads;
  };
  std::optional<Searching> searching = {};  ///< none: nothing can be found here
};

/// Who makes a request.
struct Visitor {
  PersonId person = {};  ///< empty: nobody has signed in
  std::string display_name = {};
  Roles roles = {};
  std::optional<Sessions::Seen> session = {};  ///< by password; none: by certificate, or nobody
  std::string_view token = {};                 ///< of the session; lives as long as the request
  std::vector<std::string_view> steps = {};    ///< what the session asks for before anything else
};

/// One request of a person whose role allows it, or of anybody if its route is for anybody.
struct Call {
  const net::Request& request;
  const Visitor& visitor;
  Entrance& entrance;
  PersonId person;
  Roles roles;
  std::vector<std::string> arguments;  ///< the parts of the path that stand for {names}
  std::optional<MessageKind> act;      ///< of the routes for acts
  MessageId key;                       ///< its idempotency key, if it has one: the act's entry takes it
  const std::atomic<bool>& stopping;   ///< the server is about to end
  /// Whether who asks may still, asked again and again by an answer that lasts; outlives the call. Empty:
  /// yes.
  std::function<bool()> still_admitted = {};

  /// Personal fields are for the office (settled 43).
  bool sees_personal_fields() const { return roles.meets({"officer", "approver"}); }
  /// Who came in from where is for those who audit.
  bool sees_audit() const { return roles.meets({"auditor", "administrator"}); }
};

/// A whole number from the query: `fallback` if it is not there, a refusal if it is none or out of range.
std::expected<std::uint64_t, Refusal> number_parameter(const Call& call, std::string_view name,
                                                       std::uint64_t fallback, std::uint64_t least,
                                                       std::uint64_t most);

/// Whether a parameter is `yes`; it may be `no` or not there.
std::expected<bool, Refusal> yes_parameter(const Call& call, std::string_view name);

/// A day from the query: nothing if it is not there, a refusal if it is none.
std::expected<std::optional<Date>, Refusal> date_parameter(const Call& call, std::string_view name);

/// The number in a text of digits, the whole of it.
std::optional<std::uint64_t> whole_number(std::string_view text);

/// Pages have at most this many items.
inline constexpr std::uint64_t greatest_limit = 500;
inline constexpr std::uint64_t usual_limit = 100;

}  // namespace loangate::ops
