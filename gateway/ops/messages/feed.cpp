#include "ops/messages/feed.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "base/json_writer.hpp"
#include "ops/messages/journal.hpp"

namespace loangate::ops {
namespace {

using std::chrono::steady_clock;

constexpr std::uint64_t longest_wait = 30;  // seconds

/// How soon a waiting reader sees a commit. It looks at one number in memory, so that a reader who waits
/// costs the writer nothing.
constexpr std::chrono::milliseconds look_again{50};

using Page = std::vector<store::StoredChange>;

boost::asio::awaitable<Page> next_page(const Operations& operations, const Call& call, std::uint64_t after,
                                       std::uint64_t wait, std::uint64_t limit) {
  const auto until = steady_clock::now() + std::chrono::seconds(wait);
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  while (true) {
    // Read before the page: a commit between the two is seen by the next look.
    const Sequence seen = operations.store.last_sequence();
    Page page = operations.store.changes_after(after, limit);
    if (!page.empty()) co_return page;
    while (operations.store.last_sequence() == seen) {
      if (call.stopping || steady_clock::now() >= until) co_return page;
      timer.expires_after(look_again);
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
  }
}

void write_change(JsonWriter& json, const store::StoredChange& change, const store::StoredEntry& cause) {
  json.begin_object().member("number", change.number).key("cause").begin_object();
  write_entry_head(json, cause);
  json.end_object()
      .member("kind", change.kind)
      .member("key", change.key)
      .key("state")
      .raw(change.json)
      .end_object();
}

}  // namespace

boost::asio::awaitable<Reply> read_changes(const Operations& operations, const Call& call) {
  const auto after = number_parameter(call, "after", 0, 0, INT64_MAX);
  if (!after) co_return std::unexpected(after.error());
  const auto wait = number_parameter(call, "wait", 0, 0, longest_wait);
  if (!wait) co_return std::unexpected(wait.error());
  const auto limit = number_parameter(call, "limit", usual_limit, 1, greatest_limit);
  if (!limit) co_return std::unexpected(limit.error());

  const Page page = co_await next_page(operations, call, *after, *wait, *limit);
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("changes").begin_array();
  std::optional<store::StoredEntry> cause;
  for (const store::StoredChange& change : page) {
    if (!cause || cause->sequence != change.cause) cause = operations.store.entry(change.cause);
    if (!cause) co_return std::unexpected(not_stored());  // the store cannot be read at this moment
    write_change(json, change, *cause);
  }
  json.end_array().member("next", page.empty() ? *after : page.back().number).end_object();
  co_return json_answer(std::move(body));
}

}  // namespace loangate::ops
