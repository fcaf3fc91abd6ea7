#include "ops/commit_all.hpp"

#include <atomic>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

namespace loangate::ops {
namespace {

using Fates = std::vector<store::Committed>;

/// Units whose fate is not known yet, and who goes on when all are.
template <class Handler, class Executor>
struct Gathering {
  Handler handler;
  Executor executor;
  Fates fates;
  std::atomic<std::size_t> open;
};

}  // namespace

boost::asio::awaitable<Fates> commit_all(store::Committer& committer, std::vector<store::Unit> units) {
  const auto executor = co_await boost::asio::this_coro::executor;
  auto initiate = [&committer, executor](auto handler, std::vector<store::Unit> work) {
    using Gather = Gathering<decltype(handler), std::remove_cvref_t<decltype(executor)>>;
    auto gather = std::make_shared<Gather>(std::move(handler), executor, Fates(work.size()), work.size());
    for (std::size_t i = 0; i < work.size(); ++i) {
      committer.submit(std::move(work[i]), [gather, i](store::Committed fate) {
        gather->fates[i] = std::move(fate);
        if (gather->open.fetch_sub(1) != 1) return;
        boost::asio::post(gather->executor,
                          [gather] { std::move(gather->handler)(std::move(gather->fates)); });
      });
    }
  };
  co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(Fates)>(
      std::move(initiate), boost::asio::use_awaitable, std::move(units));
}

boost::asio::awaitable<store::Committer::Kept> commit_whole(store::Committer& committer,
                                                            std::vector<store::Unit> units,
                                                            std::function<bool()> keep) {
  using store::Committer;
  const auto executor = co_await boost::asio::this_coro::executor;
  auto initiate = [&committer, executor](auto handler, std::vector<store::Unit> work,
                                         std::function<bool()> ask) {
    committer.submit_whole(std::move(work), std::move(ask),
                           [handler = std::move(handler), executor](Committer::Kept kept) mutable {
                             boost::asio::post(executor, [handler = std::move(handler), kept]() mutable {
                               std::move(handler)(std::move(kept));
                             });
                           });
  };
  co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(Committer::Kept)>(
      std::move(initiate), boost::asio::use_awaitable, std::move(units), std::move(keep));
}

}  // namespace loangate::ops
