#include "delivery/trouble.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace loangate::delivery {

std::string TroubleGroup::key() const {
  return fmt::format("{}/{}/{}", partner.view(), spec_of(kind).name, spec_of(failure).code);
}

std::string TroubleGroup::query() const {
  return fmt::format("partner:{} kind:{} class:{}", partner.view(), spec_of(kind).name,
                     spec_of(failure).code);
}

void Troubles::add(const store::Delivery& row) {
  const bool parked = row.state == store::DeliveryState::parked;
  if (!parked && (row.state != store::DeliveryState::waiting || row.attempts == 0)) return;
  const Failure failure = failure_of(row.reason);
  const auto [at, fresh] = groups_.try_emplace({row.to, row.kind, failure});
  TroubleGroup& group = at->second;
  if (fresh) {
    group.partner = row.to;
    group.kind = row.kind;
    group.failure = failure;
  }
  ++(parked ? group.parked : group.retrying);
  group.first = fresh ? row.created : std::min(group.first, row.created);
  group.last = fresh ? row.created : std::max(group.last, row.created);
  if (fresh || row.id < group.oldest) {
    group.oldest = row.id;
    group.reason = words_of(row.reason);
  }
}

std::vector<TroubleGroup> Troubles::groups() const {
  std::vector<TroubleGroup> all;
  all.reserve(groups_.size());
  for (const auto& [key, group] : groups_) all.push_back(group);
  std::ranges::sort(all, {}, &TroubleGroup::oldest);
  return all;
}

}  // namespace loangate::delivery
