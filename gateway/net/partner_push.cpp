#include "net/partner_push.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace loangate::net {

namespace asio = boost::asio;

namespace {

delivery::Sent no_endpoint() {
  return delivery::NotSent{"the configuration names no endpoint of this partner"};
}

}  // namespace

PartnerPush::PartnerPush(asio::io_context& context, Targets targets)
    : client_(context), targets_(std::move(targets)) {}

asio::awaitable<delivery::Sent> PartnerPush::send(const delivery::Parcel& parcel) {
  const auto to = targets_.find(parcel.to);
  if (to == targets_.end()) co_return no_endpoint();
  OutRequest request{
      .method = "POST",
      .target = to->second.target,
      .content_type = std::string(parcel.content_type),
      .body = parcel.body,
      .headers = {{"Loangate-Delivery", std::to_string(parcel.id.number)},
                  {"Loangate-Type", std::string(spec_of(parcel.kind).name)}},
      .idempotent = parcel.repeatable,
  };
  std::ranges::copy(parcel.headers, std::back_inserter(request.headers));
  co_return co_await exchange(to->second, std::move(request));
}

asio::awaitable<delivery::Sent> PartnerPush::ask(const PartnerId& partner, DeliveryId id) {
  const auto to = targets_.find(partner);
  if (to == targets_.end()) co_return no_endpoint();
  OutRequest request{.method = "GET",
                     .target = to->second.target + "/" + std::to_string(id.number),
                     .content_type = "",
                     .body = "",
                     .headers = {},
                     .idempotent = true};
  co_return co_await exchange(to->second, std::move(request));
}

asio::awaitable<delivery::Sent> PartnerPush::exchange(const PushTarget& to, OutRequest request) {
  const auto deadline = std::chrono::steady_clock::now() + to.within;
  auto answer = co_await client_.send(to.endpoint, std::move(request), deadline);
  if (answer)
    co_return delivery::Answered{answer->status, std::move(answer->body), std::move(answer->headers)};
  if (answer.error().kind == SendFailure::Kind::not_sent)
    co_return delivery::NotSent{std::move(answer.error().reason)};
  co_return delivery::Unknown{std::move(answer.error().reason)};
}

}  // namespace loangate::net
