#include "ops/system/rulebook_data.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "base/replacement.hpp"
#include "delivery/commit.hpp"
#include "domain/data_files.hpp"
#include "ops/acts.hpp"
#include "ops/body.hpp"
#include "ops/system/configuration.hpp"

namespace loangate::ops {
namespace {

using boost::asio::awaitable;
using programme::Rulebook;

/// A longer table, and its file, written and ready to take the old one's place.
struct Longer {
  Replacement file;
  Rulebook rulebook;
};

template <class Read>
std::expected<Read, std::string> checked(std::expected<Read, ConfigErrors> read) {
  if (read) return *std::move(read);
  return std::unexpected(read.error().front().text());
}

/// The file with `text` in it, read back as a start would read it.
template <class Table>
std::expected<Longer, std::string> longer(const std::filesystem::path& file,
                                          std::expected<std::string, std::string> text,
                                          const Rulebook& rulebook) {
  if (!text) return std::unexpected(std::move(text.error()));
  auto written = Replacement::write(file, *text);
  if (!written) return std::unexpected(fmt::format("cannot be written: {}", written.error()));
  auto table = checked(Table::load(written->path()));
  if (!table) return std::unexpected(std::move(table.error()));
  return Longer{*std::move(written), rulebook.with(*std::move(table))};
}

std::expected<Longer, std::string> extended(const Operations& operations, const OfficeAct& act,
                                            std::string_view remark) {
  const auto rulebook = operations.rulebook.current();
  const auto& files = operations.data_files;
  if (const auto* entry = std::get_if<LprEntry>(&act)) {
    auto text = with_publication(text_of(files.lpr), rulebook->lpr().publications().back(), *entry, remark);
    return longer<LprTable>(files.lpr, std::move(text), *rulebook);
  }
  auto text = with_year(text_of(files.calendar), std::get<CalendarEntry>(act), remark);
  return longer<Calendar>(files.calendar, std::move(text), *rulebook);
}

Refusal busy() {
  return {.status = 409,
          .code = "extension_under_way",
          .detail = {"另一项补录正在办理，请稍后重发",
                     "another entry of data is under way; send this again in a moment"}};
}

Refusal not_extended(std::string_view why) {
  return {.status = 409,
          .code = "data_file_not_extended",
          .detail = {fmt::format("数据文件不能续写，未登记任何内容：{}", why),
                     fmt::format("the data file cannot be extended, and nothing was kept: {}", why)}};
}

Refusal not_in_place(std::string_view why) {
  return {.status = 500,
          .code = "data_file_not_in_place",
          .detail = {
              fmt::format("已登记，但数据文件未能写入：{}；请排除后重发", why),
              fmt::format("it is on record, but the data file was not written: {}; put that right and send "
                          "it again",
                          why)}};
}

/// Returns when all that was handed to the single writer before is committed.
awaitable<void> let_pass(store::Committer& committer) {
  store::Unit nothing = [](const store::View&, Sequence) { return store::Writes{}; };
  co_await delivery::commit(committer, std::move(nothing));
}

}  // namespace

awaitable<void> judge_held_again(const Operations& operations) {
  // What was judged by the shorter table is committed, and so found among the held.
  co_await let_pass(operations.committer);
  const std::size_t again =
      intake::decide_held_again(operations.store, operations.committer, operations.rulebook,
                                operations.clock.now(), operations.on_outgoing);
  co_await let_pass(operations.committer);
  LogLine(LogLevel::info, "holds.looked_at").number("loangate.held", again);
}

awaitable<Reply> extend_rulebook(const Operations& operations, const Call& call) {
  const auto dry_run = yes_parameter(call, "dry_run");
  if (!dry_run) co_return std::unexpected(dry_run.error());
  auto body = read_acts(call.act.value(), call.request.body, 1);
  if (!body) co_return std::unexpected(std::move(body.error()));
  const programme::RulebookInForce::Extension mine(operations.rulebook);
  if (!mine) co_return std::unexpected(busy());
  const intake::GivenAct& act = body->acts.front();
  Reply tried = co_await try_act(operations, call, act);
  if (*dry_run) co_return tried;
  if (!tried) co_return co_await enter_acts(operations, call);  // the refusal is kept

  const std::string remark =
      fmt::format("{} by {}", format(civil_day(call.request.received)), call.person.view());
  auto prepared = extended(operations, act.act, remark);
  if (!prepared) co_return std::unexpected(not_extended(prepared.error()));
  Reply reply = co_await enter_acts(operations, call);
  if (!reply) co_return reply;
  if (const auto placed = prepared->file.take_place(); !placed) {
    LogLine(LogLevel::error, "data_file.not_in_place").reason(placed.error());
    co_return std::unexpected(not_in_place(placed.error()));
  }
  operations.rulebook.replace(std::move(prepared->rulebook));
  LogLine(LogLevel::info, "rulebook.extended").person(call.person.view());
  co_await judge_held_again(operations);
  co_return reply;
}

}  // namespace loangate::ops
