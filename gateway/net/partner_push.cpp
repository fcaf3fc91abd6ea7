#include "net/partner_push.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace loangate::net {

namespace asio = boost::asio;
using adapters::Profile;
using delivery::Sent;

PartnerPush::PartnerPush(asio::io_context& context, const ConfigurationInForce& configuration,
                         const TraceBook& traces)
    : client_(context), configuration_(configuration), traces_(traces) {}

std::expected<PushTarget, Sent> PartnerPush::target_of(const Profile& profile) const {
  const auto configuration = configuration_.current();
  const Terms* const terms = configuration->find(profile.id);
  if (terms == nullptr || !terms->push) {
    return std::unexpected(delivery::NotSent{"the configuration names no endpoint of this partner"});
  }
  if (terms->profile.version != profile.version) {
    return std::unexpected(delivery::NotSent{"the partner's profile has changed meanwhile: written anew"});
  }
  return *terms->push;
}

asio::awaitable<Sent> PartnerPush::send(const delivery::Parcel& parcel) {
  auto to = target_of(parcel.profile);
  if (!to) co_return to.error();
  OutRequest request{
      .method = "POST",
      .target = to->target,
      .content_type = parcel.profile.content_types.front(),
      .body = parcel.body,
      .headers = {{"Loangate-Delivery", std::to_string(parcel.id.number)},
                  {"Loangate-Type", std::string(spec_of(parcel.kind).name)},
                  {"traceparent", traces_.span_for(parcel.id).traceparent()}},
      .idempotent = parcel.repeatable,
  };
  std::ranges::copy(parcel.headers, std::back_inserter(request.headers));
  co_return co_await exchange(*std::move(to), std::move(request));
}

asio::awaitable<Sent> PartnerPush::ask(const Profile& profile, DeliveryId id) {
  auto to = target_of(profile);
  if (!to) co_return to.error();
  OutRequest request{.method = "GET",
                     .target = to->target + "/" + std::to_string(id.number),
                     .content_type = "",
                     .body = "",
                     .headers = {{"traceparent", traces_.span_for(id).traceparent()}},
                     .idempotent = true};
  co_return co_await exchange(*std::move(to), std::move(request));
}

asio::awaitable<Sent> PartnerPush::exchange(PushTarget to, OutRequest request) {
  const auto deadline = std::chrono::steady_clock::now() + to.within;
  auto answer = co_await client_.send(to.endpoint, std::move(request), deadline);
  if (answer)
    co_return delivery::Answered{answer->status, std::move(answer->body), std::move(answer->headers)};
  if (answer.error().kind == SendFailure::Kind::not_sent)
    co_return delivery::NotSent{std::move(answer.error().reason)};
  co_return delivery::Unknown{std::move(answer.error().reason)};
}

}  // namespace loangate::net
