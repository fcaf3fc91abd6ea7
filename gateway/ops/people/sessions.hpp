#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "domain/ids.hpp"

namespace loangate::ops {

/// Who has signed in by password. In memory only: a restart ends all sessions. Of a token only its hash is
/// kept. Any thread.
class Sessions {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Bounds {
    std::chrono::milliseconds idle = std::chrono::minutes(30);  ///< since the last call
    std::chrono::milliseconds whole = std::chrono::hours(12);   ///< since the sign-in
    std::size_t most = 1000;                                    ///< the one idle longest makes way
    std::size_t most_of_a_person = 8;                           ///< likewise
  };
  explicit Sessions(Bounds bounds) : bounds_(bounds) {}

  struct Seen {
    PersonId person;
    std::string csrf;  ///< what every call but GET must carry
    std::chrono::milliseconds idle_left;
    std::chrono::milliseconds left;
  };

  /// A new session: its token, 64 hexadecimal digits.
  std::string open(const PersonId& person);
  /// The session of a token that has not ended; being asked for counts as use.
  std::optional<Seen> find(std::string_view token);
  /// Whether the session of a token has not ended. Being asked does not count as use.
  bool lives(std::string_view token) const;
  void end(std::string_view token);
  /// Ends all sessions of the person.
  void end_all(const PersonId& person);

  /// The secret of a second factor that waits to be confirmed in this session.
  void await_second_factor(std::string_view token, std::string secret);
  std::string awaited_second_factor(std::string_view token) const;

 private:
  struct Session {
    PersonId person;
    Time began;
    Time used;
    std::string second_factor;
  };
  using All = std::map<Digest, Session>;
  bool ended(const Session& session, Time now) const;
  void make_room(const PersonId& person, Time now);

  const Bounds bounds_;
  mutable std::mutex mutex_;
  All sessions_;
};

/// Slows down who guesses: after some failures in a row a name, or an address, has to wait, each time longer.
/// What is kept is bounded; what has failed most is forgotten last. Any thread.
class Guesses {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Bounds {
    unsigned free;                                                 ///< failures before the first wait
    std::chrono::milliseconds first = std::chrono::seconds(2);     ///< doubled each time,
    std::chrono::milliseconds longest = std::chrono::minutes(15);  ///< up to this
    std::chrono::milliseconds forgotten = std::chrono::hours(24);  ///< after so long without another
    std::size_t most = 4096;                                       ///< names or addresses kept
  };
  explicit Guesses(Bounds bounds) : bounds_(bounds) {}

  /// How long is to be waited before the next try; zero: not at all.
  std::chrono::milliseconds wait(const std::string& who, Time now) const;
  /// A try begins: it counts as failed until forgive() says otherwise, so that many at once do not slip
  /// through.
  void begin(const std::string& who, Time now);
  /// It was the right one: all is forgotten, or this try alone.
  void forgive(const std::string& who, bool all);

 private:
  struct Track {
    unsigned failures = 0;
    Time last;
    Time until;  ///< no try before
  };
  void make_room(Time now);

  const Bounds bounds_;
  mutable std::mutex mutex_;
  std::map<std::string, Track, std::less<>> tracks_;
};

/// The part of an address that one house holds: an IPv4 address, or the first 64 bits of one of IPv6.
std::string house_of(const std::string& address);

}  // namespace loangate::ops
