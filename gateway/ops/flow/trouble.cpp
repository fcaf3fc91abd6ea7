#include "ops/flow/trouble.hpp"

#include <algorithm>

#include "base/json_writer.hpp"
#include "delivery/trouble.hpp"
#include "ops/flow/undelivered.hpp"

namespace loangate::ops {
namespace {

constexpr std::size_t most_groups = 500;

void write(JsonWriter& json, std::string_view name, std::string_view zh, std::string_view en) {
  json.key(name).begin_object().member("zh", zh).member("en", en).end_object();
}

void write(JsonWriter& json, const delivery::TroubleGroup& group, const store::Store& store, Instant now) {
  const delivery::FailureSpec& failure = delivery::spec_of(group.failure);
  json.begin_object().member("key", group.key()).member("partner", group.partner.view());
  if (const auto found = store.find("institution", group.partner.view())) {
    const auto& institution = std::get<Institution>(*found);
    write(json, "partner_name", institution.name_zh, institution.name_en);
  }
  json.member("kind", spec_of(group.kind).name)
      .member("class", failure.code)
      .member("step", failure.step)
      .member("count", group.count())
      .member("parked", group.parked)
      .member("retrying", group.retrying)
      .member("first", format(group.first))
      .member("last", format(group.last))
      .member("oldest_age_seconds", std::max<std::int64_t>(now.micros - group.first.micros, 0) / 1'000'000)
      .member("example", group.oldest.number)
      .member("reason", group.reason);
  write(json, "why", failure.why_zh, failure.why_en);
  json.key("runbook")
      .begin_object()
      .member("id", failure.runbook)
      .member("zh", failure.remedy_zh)
      .member("en", failure.remedy_en)
      .end_object()
      .member("query", group.query())
      .end_object();
}

}  // namespace

boost::asio::awaitable<Reply> list_trouble(const Operations& operations, const Call& call) {
  const auto partners = partners_asked_for(operations, call);
  if (!partners) co_return std::unexpected(partners.error());
  delivery::Troubles troubles;
  std::uint64_t looked_at = 0;
  bool complete = true;
  for (const PartnerId& partner : *partners) {
    std::size_t left = most_looked_at;
    const auto see = [&](const store::Delivery& row) {
      if (left == 0) return complete = false;
      --left;
      ++looked_at;
      troubles.add(row);
      return true;
    };
    auto going = go_through_undelivered(operations.store, partner, DeliveryId{}, see);
    co_await std::move(going);
  }
  auto groups = troubles.groups();
  if (groups.size() > most_groups) {
    groups.resize(most_groups);
    complete = false;
  }
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("items").begin_array();
  const Instant now = real_now();
  for (const auto& group : groups) write(json, group, operations.store, now);
  json.end_array().member("complete", complete).member("looked_at", looked_at).end_object();
  co_return json_answer(std::move(body));
}

}  // namespace loangate::ops
