#include "ops/flow/undelivered.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace loangate::ops {

namespace asio = boost::asio;

asio::awaitable<void> go_through_undelivered(const store::Store& store, PartnerId partner, DeliveryId after,
                                             std::function<bool(const store::Delivery&)> see) {
  constexpr std::size_t page_rows = 200;
  const auto executor = co_await asio::this_coro::executor;
  for (;;) {
    const auto rows = store.undelivered(partner, after, page_rows);
    for (const store::Delivery& row : rows) {
      if (!see(row)) co_return;
    }
    if (rows.size() < page_rows) co_return;
    after = rows.back().id;
    co_await asio::post(executor, asio::use_awaitable);
  }
}

std::vector<PartnerId> all_partners(const store::Store& store) {
  std::vector<PartnerId> partners;
  for (const Change& thing : store.all("institution")) partners.push_back(std::get<Institution>(thing).id);
  std::ranges::sort(partners);
  return partners;
}

std::expected<std::vector<PartnerId>, Refusal> partners_asked_for(const Operations& operations,
                                                                  const Call& call) {
  const auto name = call.request.head.parameter("partner");
  if (!name) return all_partners(operations.store);
  const auto partner = PartnerId::parse(*name);
  if (partner && operations.store.find("institution", partner->view())) return std::vector{*partner};
  return std::unexpected(invalid("/partner", {"没有这个机构", "there is no such institution"}));
}

}  // namespace loangate::ops
