#include "ops/system/status.hpp"

#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "ops/body.hpp"

namespace loangate::ops {
namespace {

using boost::asio::awaitable;

Reply clock_answer(const Operations& operations) {
  std::string body;
  JsonWriter(body)
      .begin_object()
      .member("now", format(operations.clock.now()))
      .member("can_be_set", operations.demo_clock)
      .end_object();
  return json_answer(std::move(body));
}

/// Writes the checks, and tells whether all hold.
class Readiness {
 public:
  Readiness() : json_(body_) { json_.begin_object().key("checks").begin_array(); }

  void add(std::string_view name, std::string_view trouble) {
    json_.begin_object().member("name", name).member("ok", trouble.empty());
    if (!trouble.empty()) json_.member("reason", trouble);
    json_.end_object();
    ready_ = ready_ && trouble.empty();
  }

  net::Response answer() && {
    json_.end_array().member("ready", ready_).end_object();
    return json_answer(std::move(body_), ready_ ? 200 : 503);
  }

 private:
  std::string body_;
  JsonWriter json_;
  bool ready_ = true;
};

}  // namespace

awaitable<Reply> read_health(const Operations&, const Call&) {
  co_return json_answer(R"({"alive":true})");
}

awaitable<Reply> read_readiness(const Operations& operations, const Call&) {
  Readiness readiness;
  const auto stores = operations.store.ready();
  readiness.add("store", stores ? "" : stores.error().what);
  for (const ReadinessCheck& item : operations.checks) {
    const auto holds = item.check();
    readiness.add(item.name, holds ? "" : holds.error());
  }
  co_return std::move(readiness).answer();
}

awaitable<Reply> read_version(const Operations& operations, const Call&) {
  std::string body;
  JsonWriter(body).begin_object().member("version", operations.version).end_object();
  co_return json_answer(std::move(body));
}

awaitable<Reply> read_clock(const Operations& operations, const Call&) {
  co_return clock_answer(operations);
}

awaitable<Reply> set_clock(const Operations& operations, const Call& call) {
  if (!operations.demo_clock) {
    co_return std::unexpected(Refusal{
        .status = 403,
        .code = "clock_not_settable",
        .detail = {"本网关的业务时钟不可设置（仅以 --demo-clock 启动时可以）",
                   "this gateway's clock cannot be set; only one started with --demo-clock lets it"}});
  }
  auto texts = read_texts(call.request.body, {"now"});
  if (!texts) co_return std::unexpected(std::move(texts.error()));
  const auto then = parse_instant(texts->front());
  if (!then) {
    co_return std::unexpected(invalid("/now", {"应为时间，如 2023-09-12T09:00:00+08:00",
                                               "a time such as 2023-09-12T09:00:00+08:00 is expected"}));
  }
  if (!operations.clock.advance_to(*then)) {
    co_return std::unexpected(
        Refusal{.status = 409,
                .code = "clock_goes_forward_only",
                .detail = {"业务时钟只能向前设置", "the clock can only be set forward"},
                .errors = {{.pointer = "/now",
                            .detail = {"早于现在的业务时间 " + format(operations.clock.now()),
                                       "earlier than business time, " + format(operations.clock.now())}}}});
  }
  LogLine(LogLevel::info, "clock.set").person(call.person.view());
  if (operations.on_clock_set) co_await operations.on_clock_set();
  co_return clock_answer(operations);
}

}  // namespace loangate::ops
