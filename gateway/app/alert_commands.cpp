#include "app/alert_commands.hpp"

#include <fmt/format.h>

#include <memory>

#include "app/ops_page.hpp"
#include "base/json_writer.hpp"
#include "ops/client.hpp"

namespace loangate::app {
namespace {

void add_list(CLI::App& alerts, int& exit_code) {
  auto* command = alerts.add_subcommand("list", "告警一览 · what is open, the gravest first");
  auto options = with_ops_options(*command,
                                  "  loangate alerts list --data build/data --as operator-zhao\n"
                                  "  loangate alerts list --state all --json");
  auto state = std::make_shared<std::string>("open");
  command->add_option("--state", *state, "open, closed or all")
      ->check(CLI::IsMember({"open", "closed", "all"}))
      ->capture_default_str();
  command->callback([=, &exit_code] {
    exit_code = static_cast<int>(show(*options, {{"告警 · alerts",
                                                  fmt::format("/v1/alerts?limit=500&state={}", *state),
                                                  "items",
                                                  {{"规则 rule", "rule"},
                                                   {"对象 about", "about"},
                                                   {"状态 state", "state"},
                                                   {"自 since", "since"},
                                                   {"说明", "zh"},
                                                   {"text", "en"},
                                                   {"先执行 run first", "command"},
                                                   {"静默至 muted until", "muted/until"}}}}));
  });
}

/// One answer to an alert. `silences`: it takes an end.
void add_answer(CLI::App& alerts, std::string verb, std::string words, std::string_view answer, bool silences,
                int& exit_code) {
  struct Given {
    std::string rule, about, until, reason;
  };
  auto given = std::make_shared<Given>();
  auto* command = alerts.add_subcommand(verb, std::move(words));
  auto options = with_ops_options(
      *command,
      fmt::format(
          "  loangate alerts {} undelivered bank01 {}--reason \"对方今晚割接\" --data build/data --as "
          "operator-zhao",
          verb, silences ? "--until 2026-12-01T08:00:00+08:00 " : ""));
  command->add_option("rule", given->rule, "规则 · the rule, as `alerts list` shows it")->required();
  command->add_option("about", given->about, "对象 · what it is about, as `alerts list` shows it")
      ->required();
  if (silences)
    command
        ->add_option("--until", given->until,
                     "静默截止，至多 30 天 · the end of the silence, at most 30 days ahead")
        ->required();
  command->add_option("--reason", given->reason, "理由 · why")->required();
  command->callback([=, name = std::string(answer), &exit_code] {
    std::string body;
    JsonWriter json(body);
    json.begin_object()
        .member("rule", std::string_view(given->rule))
        .member("about", std::string_view(given->about))
        .member("answer", std::string_view(name));
    if (!given->until.empty()) json.member("until", std::string_view(given->until));
    json.member("reason", std::string_view(given->reason)).end_object();
    exit_code = static_cast<int>(enter(*options, "/v1/acts/alert.answer", body));
  });
}

void add_deliveries(CLI::App& app, int& exit_code) {
  auto* command =
      app.add_subcommand("deliveries", "未送达的报文 · a partner's messages that are waiting or parked");
  auto options =
      with_ops_options(*command,
                       "  loangate deliveries --partner bank01 --data build/data --as operator-zhao\n"
                       "  loangate deliveries --partner fund --json");
  auto partner = std::make_shared<std::string>();
  command->add_option("--partner", *partner, "机构 · the partner")->required();
  command->callback([=, &exit_code] {
    exit_code = static_cast<int>(
        show(*options, {{"未送达 · undelivered",
                         fmt::format("/v1/deliveries?limit=500&partner={}", ops::percent_encoded(*partner)),
                         "deliveries",
                         {{"编号 id", "id"},
                          {"报文 kind", "kind"},
                          {"队列 lane", "lane"},
                          {"状态 state", "state"},
                          {"次数 attempts", "attempts"},
                          {"产生 created", "created"},
                          {"等待 waits for", "waits_for"},
                          {"原因 reason", "reason"}}}}));
  });
}

}  // namespace

void add_alert_commands(CLI::App& app, int& exit_code) {
  auto& alerts = add_noun(app, "alerts", "告警 · the gateway's own alerts");
  add_list(alerts, exit_code);
  add_answer(alerts, "ack", "知悉 · say that somebody has seen it", "acknowledged", false, exit_code);
  add_answer(alerts, "mute", "静默 · no opening message until an instant; the closing one comes even so",
             "muted", true, exit_code);
  add_answer(alerts, "resume", "恢复提醒 · end a silence early", "resumed", false, exit_code);
  add_deliveries(app, exit_code);
}

}  // namespace loangate::app
