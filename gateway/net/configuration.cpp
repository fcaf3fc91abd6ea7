#include "net/configuration.hpp"

#include <algorithm>
#include <utility>

namespace loangate::net {

bool RateLimit::allow(std::chrono::steady_clock::time_point now, std::uint32_t per_second) {
  const std::lock_guard lock(mutex_);
  const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(now - filled_).count();
  const std::uint64_t fresh =
      static_cast<std::uint64_t>(std::min<std::int64_t>(passed, 1'000'000)) * per_second / 1'000'000;
  tokens_ = std::min<std::uint64_t>(tokens_, per_second);
  if (fresh > 0) {
    tokens_ = std::min<std::uint64_t>(tokens_ + fresh, per_second);
    filled_ = now;
  }
  if (tokens_ == 0) return false;
  --tokens_;
  return true;
}

Configuration::Configuration(adapters::Partners partners, PushTargets push_targets,
                             const Configuration* before)
    : partners_(std::move(partners)) {
  for (const auto& profile : partners_.all()) {
    const Terms* known = before == nullptr ? nullptr : before->find(profile->id);
    Terms terms{
        .profile = *profile,
        .push = {},
        .messages = known != nullptr ? known->messages : std::make_shared<RateLimit>(),
        .documents = known != nullptr ? known->documents : std::make_shared<RateLimit>(),
        .files_coming = known != nullptr ? known->files_coming : std::make_shared<std::atomic<int>>(0),
        .duplicates = known != nullptr ? known->duplicates : std::make_shared<std::atomic<std::uint64_t>>(0)};
    if (const auto target = push_targets.find(profile->id); target != push_targets.end())
      terms.push = std::move(target->second);
    terms_.emplace(profile->id, std::move(terms));
  }
}

const Terms* Configuration::find(const PartnerId& partner) const {
  const auto at = terms_.find(partner);
  return at == terms_.end() ? nullptr : &at->second;
}

std::shared_ptr<const adapters::Partners> ConfigurationInForce::partners() const {
  auto configuration = current();
  const auto* partners = &configuration->partners();
  return {std::move(configuration), partners};
}

}  // namespace loangate::net
