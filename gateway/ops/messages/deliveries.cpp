#include "ops/messages/deliveries.hpp"

#include <unordered_map>

#include "base/base64.hpp"
#include "base/json_writer.hpp"
#include "ops/flow/undelivered.hpp"
#include "ops/messages/consequences.hpp"
#include "ops/messages/masking.hpp"

namespace loangate::ops {
namespace {

using store::Delivery;

void write_head(JsonWriter& json, const Delivery& delivery) {
  json.member("id", delivery.id.number)
      .member("to", delivery.to.view())
      .member("kind", spec_of(delivery.kind).name)
      .member("lane", delivery.lane)
      .member("cause", delivery.cause.number)
      .member("state", name_of(delivery.state))
      .member("attempts", static_cast<std::uint64_t>(delivery.attempts))
      .member("created", format(delivery.created));
  if (delivery.next_attempt.micros != 0) json.member("next_attempt", format(delivery.next_attempt));
  if (!delivery.reason.empty()) json.member("reason", delivery.reason);
}

/// Reads a partner's undelivered messages from the first, because what a message waits for may stand before
/// the page.
class Lineup {
 public:
  Lineup(const store::Store& store, JsonWriter& json) : store_(store), json_(json) {}

  /// Writes up to `limit` messages of the partner after `after`; returns how many.
  std::uint64_t write(const PartnerId& partner, DeliveryId after, std::uint64_t limit) {
    std::unordered_map<std::string, DeliveryId> first_of_lane;
    std::uint64_t written = 0;
    DeliveryId read{};
    while (written < limit) {
      const auto rows = store_.undelivered(partner, read, greatest_limit);
      if (rows.empty()) break;
      for (const Delivery& row : rows) {
        read = row.id;
        const auto [first, is_first] = first_of_lane.try_emplace(row.lane, row.id);
        if (row.id <= after) continue;
        json_.begin_object();
        write_head(json_, row);
        if (!is_first) json_.member("waits_for", first->second.number);
        json_.end_object();
        if (++written == limit) break;
      }
    }
    return written;
  }

 private:
  const store::Store& store_;
  JsonWriter& json_;
};

std::expected<std::vector<PartnerId>, Refusal> partners_of(const Operations& operations, const Call& call) {
  if (!call.request.head.parameter("partner") && call.request.head.parameter("after")) {
    return std::unexpected(
        invalid("/after", {"翻页须指明机构：partner=…", "to read on, name the partner: partner=…"}));
  }
  return partners_asked_for(operations, call);
}

}  // namespace

boost::asio::awaitable<Reply> list_deliveries(const Operations& operations, const Call& call) {
  const auto after = number_parameter(call, "after", 0, 0, INT64_MAX);
  if (!after) co_return std::unexpected(after.error());
  const auto limit = number_parameter(call, "limit", usual_limit, 1, greatest_limit);
  if (!limit) co_return std::unexpected(limit.error());
  const auto partners = partners_of(operations, call);
  if (!partners) co_return std::unexpected(partners.error());

  std::string body;
  JsonWriter json(body);
  json.begin_object().key("deliveries").begin_array();
  Lineup lineup(operations.store, json);
  std::uint64_t left = *limit;
  for (const PartnerId& partner : *partners) left -= lineup.write(partner, DeliveryId{*after}, left);
  json.end_array().end_object();
  co_return json_answer(std::move(body));
}

boost::asio::awaitable<Reply> read_delivery(const Operations& operations, const Call& call) {
  const auto number = whole_number(call.arguments.front());
  const auto delivery = number ? operations.store.delivery(DeliveryId{*number}) : std::nullopt;
  if (!delivery) co_return std::unexpected(not_found({"没有这个投递", "there is no such delivery"}));
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  write_head(json, *delivery);
  json.key("history").begin_array();
  for (const store::DeliveryChange& attempt : operations.store.attempts(delivery->id)) {
    json.begin_object()
        .member("at", format(attempt.at))
        .member("state", name_of(attempt.state))
        .member("attempts", static_cast<std::uint64_t>(attempt.attempts))
        .member("reason", attempt.reason)
        .member("answer", base64(attempt.answer))
        .end_object();
  }
  json.end_array().key("message").raw(
      call.sees_personal_fields() ? delivery->message : masked(delivery->kind, delivery->message));
  json.end_object();
  co_return json_answer(std::move(body));
}

boost::asio::awaitable<Reply> read_totals(const Operations& operations, const Call&) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("entries").begin_array();
  for (const auto& total : operations.store.entry_totals()) {
    json.begin_object()
        .member("partner", total.partner.view())
        .member("outcome", spec_of(total.outcome).name)
        .member("count", total.count)
        .end_object();
  }
  json.end_array().key("deliveries").begin_array();
  for (const auto& total : operations.store.delivery_totals()) {
    json.begin_object()
        .member("kind", spec_of(total.kind).name)
        .member("state", name_of(total.state))
        .member("count", total.count)
        .end_object();
  }
  json.end_array().end_object();
  co_return json_answer(std::move(body));
}

}  // namespace loangate::ops
