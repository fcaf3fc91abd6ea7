#include "ops/people/sessions.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <stdexcept>

namespace loangate::ops {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::string Sessions::open(const PersonId& person) {
  std::array<char, 32> bytes{};
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) != 1)
    throw std::runtime_error("the machine gives no random bytes");
  std::string token = hex(std::string_view(bytes.data(), bytes.size()));
  const Time now = steady_clock::now();
  const std::lock_guard lock(mutex_);
  make_room(person, now);
  sessions_.emplace(sha256(token), Session{.person = person, .began = now, .used = now, .second_factor = {}});
  return token;
}

bool Sessions::ended(const Session& session, Time now) const {
  return now - session.used >= bounds_.idle || now - session.began >= bounds_.whole;
}

/// The mutex must be held.
void Sessions::make_room(const PersonId& person, Time now) {
  std::erase_if(sessions_, [&](const auto& item) { return ended(item.second, now); });
  const auto drop_idlest = [&](auto counts, std::size_t most) {
    while (static_cast<std::size_t>(std::ranges::count_if(sessions_, counts)) >= most) {
      auto idlest = sessions_.end();
      for (auto at = sessions_.begin(); at != sessions_.end(); ++at) {
        if (counts(*at) && (idlest == sessions_.end() || at->second.used < idlest->second.used)) idlest = at;
      }
      sessions_.erase(idlest);
    }
  };
  drop_idlest([&](const All::value_type& item) { return item.second.person == person; },
              bounds_.most_of_a_person);
  drop_idlest([](const All::value_type&) { return true; }, bounds_.most);
}

std::optional<Sessions::Seen> Sessions::find(std::string_view token) {
  const Time now = steady_clock::now();
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(sha256(token));
  if (found == sessions_.end()) return std::nullopt;
  Session& session = found->second;
  if (ended(session, now)) {
    sessions_.erase(found);
    return std::nullopt;
  }
  session.used = now;
  const auto left = duration_cast<milliseconds>(session.began + bounds_.whole - now);
  // It follows from the token, which no script can read, and says nothing about it.
  return Seen{.person = session.person,
              .csrf = hex(DigestBuilder().add("csrf").add(token).finish()),
              .idle_left = std::min(left, bounds_.idle),
              .left = left};
}

bool Sessions::lives(std::string_view token) const {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(sha256(token));
  return found != sessions_.end() && !ended(found->second, steady_clock::now());
}

void Sessions::end(std::string_view token) {
  const std::lock_guard lock(mutex_);
  sessions_.erase(sha256(token));
}

void Sessions::end_all(const PersonId& person) {
  const std::lock_guard lock(mutex_);
  std::erase_if(sessions_, [&](const auto& item) { return item.second.person == person; });
}

void Sessions::await_second_factor(std::string_view token, std::string secret) {
  const std::lock_guard lock(mutex_);
  if (const auto found = sessions_.find(sha256(token)); found != sessions_.end())
    found->second.second_factor = std::move(secret);
}

std::string Sessions::awaited_second_factor(std::string_view token) const {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(sha256(token));
  return found == sessions_.end() ? std::string() : found->second.second_factor;
}

milliseconds Guesses::wait(const std::string& who, Time now) const {
  const std::lock_guard lock(mutex_);
  const auto found = tracks_.find(who);
  if (found == tracks_.end() || found->second.until <= now) return milliseconds::zero();
  return std::max(duration_cast<milliseconds>(found->second.until - now), milliseconds(1));
}

void Guesses::begin(const std::string& who, Time now) {
  const std::lock_guard lock(mutex_);
  if (!tracks_.contains(who)) make_room(now);
  Track& track = tracks_[who];
  if (now - track.last >= bounds_.forgotten) track.failures = 0;
  track.last = now;
  if (++track.failures < bounds_.free) return;
  milliseconds pause = bounds_.first;
  for (unsigned i = bounds_.free; i < track.failures && pause < bounds_.longest; ++i) pause *= 2;
  track.until = now + std::min(pause, bounds_.longest);
}

void Guesses::forgive(const std::string& who, bool all) {
  const std::lock_guard lock(mutex_);
  const auto found = tracks_.find(who);
  if (found == tracks_.end()) return;
  found->second.until = {};
  if (all || found->second.failures <= 1) {
    tracks_.erase(found);
  } else {
    --found->second.failures;
  }
}

/// The mutex must be held.
void Guesses::make_room(Time now) {
  if (tracks_.size() < bounds_.most) return;
  std::erase_if(tracks_, [&](const auto& item) { return now - item.second.last >= bounds_.forgotten; });
  if (tracks_.size() < bounds_.most) return;
  tracks_.erase(std::ranges::min_element(tracks_, [](const auto& a, const auto& b) {
    return std::pair(a.second.failures, a.second.last) < std::pair(b.second.failures, b.second.last);
  }));
}

std::string house_of(const std::string& address) {
  boost::system::error_code fault;
  const auto parsed = boost::asio::ip::make_address(address, fault);
  if (fault || !parsed.is_v6()) return address;
  auto bytes = parsed.to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return boost::asio::ip::address_v6(bytes).to_string() + "/64";
}

}  // namespace loangate::ops
