#include "app/trouble_commands.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <string>

#include "app/ops_commands.hpp"
#include "app/ops_page.hpp"
#include "base/json_writer.hpp"
#include "ops/client.hpp"

namespace loangate::app {
namespace {

std::string text_of(const JsonDocument& document, std::string_view path) {
  const JsonNode* node = at(document, document.root(), path);
  return node == nullptr ? std::string() : std::string(node->text);
}

void add_trouble(CLI::App& app, int& exit_code) {
  add_reading(app, "trouble", "故障分组 · what is parked or failing, grouped by partner, kind and class",
              "  loangate trouble --data build/data --as operator-zhao\n"
              "  loangate trouble --json   # 每组的原因、处置和重放条件 · with each group's reason, runbook "
              "and query",
              {{"故障 · trouble",
                "/v1/trouble",
                "items",
                {{"机构 partner", "partner"},
                 {"类型 kind", "kind"},
                 {"失败类别 class", "class"},
                 {"条数 count", "count"},
                 {"搁置 parked", "parked"},
                 {"最早 first", "first"},
                 {"示例 example", "example"},
                 {"先做什么", "runbook/zh"},
                 {"what to do first", "runbook/en"}}}},
              exit_code);
}

// --- Replay

struct ReplayInput {
  std::string query;
  std::uint64_t per_minute = 60;
  std::string reason;
  std::string confirm;
};

void add_query(CLI::App& command, const std::shared_ptr<ReplayInput>& input) {
  command
      .add_option(
          "query", input->query,
          "筛选条件，与页面和提案相同 · the query, the same text as on the page: partner:ID kind:NAME "
          "class:CODE id:N id:N..M since:DAY before:DAY")
      ->required();
  command.add_option("--per-minute", input->per_minute, "每分钟条数 · how many a minute")
      ->capture_default_str();
}

/// The count as the port gave it; prints it for a person. With --json nothing is printed but a problem: what
/// comes of it is the caller's to print.
std::optional<std::string> count(const OpsOptions& options, const ReplayInput& input, Exit& exit) {
  std::string body;
  JsonWriter(body)
      .begin_object()
      .member("query", input.query)
      .member("per_minute", input.per_minute)
      .end_object();
  const auto response = OpsSession(options).ask("POST", "/v1/replays/count", body, exit);
  if (!response) return std::nullopt;
  if (exit != Exit::done) {
    if (options.json) fmt::print("{}\n", response->body);
    if (!options.json) print_problem(*response);
    return std::nullopt;
  }
  JsonDocument document;
  if (!document.read(response->body, greatest_answer)) return std::nullopt;
  if (options.json) return response->body;
  const JsonNode* items = document.member(document.root(), "items");
  fmt::print("{}\n{}", text_of(document, "query"),
             table(document, *items,
                   {{"机构 partner", "partner"},
                    {"类型 kind", "kind"},
                    {"条数 deliveries", "deliveries"},
                    {"最早 oldest", "oldest"}}));
  fmt::print(
      "将重放 {0} 条，约 {1} 秒；不重放：自动发送中 {2} · {0} would go again in about {1} s; left out: {2} "
      "going by themselves\n",
      text_of(document, "deliveries"), text_of(document, "estimated_seconds"),
      text_of(document, "left_out/moving"));
  if (const std::string confirmed = text_of(document, "left_out/named/confirmed"); !confirmed.empty()) {
    fmt::print("所列编号中：已确认 {0}、已撤下 {1} · of the ids named: {0} confirmed, {1} withdrawn\n",
               confirmed, text_of(document, "left_out/named/withdrawn"));
  }
  return response->body;
}

/// Whether the person means this number: by --confirm, or typed at a terminal.
Exit confirmed(const ReplayInput& input, const std::string& number) {
  std::string said = input.confirm;
  if (said.empty()) {
    if (::isatty(STDIN_FILENO) == 0) {
      fmt::print(stderr, "请加 --confirm={0} 以确认 · add --confirm={0} to confirm\n", number);
      return Exit::usage;
    }
    fmt::print(stderr, "输入 {0} 以确认 · type {0} to confirm: ", number);
    std::getline(std::cin, said);
  }
  if (said == number) return Exit::done;
  fmt::print(stderr, "条数是 {0}，不是 {1}，未提案 · there are {0}, not {1}: nothing was proposed\n", number,
             said);
  return Exit::refused;
}

void add_replay_count(CLI::App& replay, int& exit_code) {
  auto* command =
      replay.add_subcommand("count", "试算 · how many a replay would send again; changes nothing");
  auto options = with_ops_options(
      *command,
      "  loangate replay count 'partner:bank01 class:refused' --data build/data --as operator-zhao\n"
      "  loangate replay count 'kind:default.notice before:2026-11-22' --json");
  auto input = std::make_shared<ReplayInput>();
  add_query(*command, input);
  command->callback([=, &exit_code] {
    Exit exit{};
    const auto counted = count(*options, *input, exit);
    if (counted && options->json) fmt::print("{}\n", *counted);
    exit_code = static_cast<int>(exit);
  });
}

void add_replay_propose(CLI::App& replay, int& exit_code) {
  auto* command = replay.add_subcommand(
      "propose", "提议重放 · counts, asks for the number, and proposes it for another person to approve");
  auto options = with_ops_options(
      *command,
      "  loangate replay propose 'partner:bank01 class:refused' --reason 对方已恢复 --data build/data "
      "--as operator-zhao\n"
      "  loangate replay propose 'id:4200..4900' --per-minute 10 --reason \"bank is back\" --confirm 37\n"
      "      (退出码 4：待他人批准 · exit code 4: waits for another person)");
  auto input = std::make_shared<ReplayInput>();
  add_query(*command, input);
  command->add_option("--reason", input->reason, "理由 · why, for the record")->required();
  command->add_option("--confirm", input->confirm, "试算条数，供脚本确认 · the number counted, for scripts");
  command->callback([=, &exit_code] {
    Exit exit{};
    const auto counted = count(*options, *input, exit);
    exit_code = static_cast<int>(exit);
    JsonDocument document;
    if (!counted || !document.read(*counted, greatest_answer)) return;
    const std::string number = text_of(document, "deliveries");
    const Exit sure = confirmed(*input, number);
    exit_code = static_cast<int>(sure);
    if (sure != Exit::done) return;
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("query", text_of(document, "query"));
    json.key("through").raw(text_of(document, "through")).key("deliveries").raw(number);
    json.member("per_minute", input->per_minute).member("reason", input->reason).end_object();
    const Exit proposed = enter(*options, "/v1/proposals/delivery.replay", body);
    exit_code = static_cast<int>(proposed == Exit::done ? Exit::second_person : proposed);
  });
}

void add_replay_steering(CLI::App& replay, const std::string& verb, const std::string& words,
                         int& exit_code) {
  const bool stops = verb == "stop";
  auto* command = replay.add_subcommand(verb, words);
  const std::string rate = stops ? "" : " --per-minute 5";
  auto options = with_ops_options(
      *command,
      fmt::format("  loangate replay {0} 1234{1} --reason 对方负荷过高 --data build/data --as "
                  "operator-zhao\n  loangate replay {0} 1234{1} --reason \"too much for them\" --json",
                  verb, rate));
  auto no = std::make_shared<std::string>();
  auto per_minute = std::make_shared<std::uint64_t>(0);
  auto reason = std::make_shared<std::string>();
  command->add_option("replay", *no, "重放编号 · its number (`replay list` shows it)")->required();
  if (!stops) command->add_option("--per-minute", *per_minute, "每分钟条数 · how many a minute")->required();
  command->add_option("--reason", *reason, "理由 · why, for the record")->required();
  command->callback([=, &exit_code] {
    std::string body;
    JsonWriter(body)
        .begin_object()
        .member("replay_no", *no)
        .member("per_minute", *per_minute)
        .member("reason", *reason)
        .end_object();
    exit_code = static_cast<int>(enter(*options, "/v1/acts/replay.steer", body));
  });
}

void add_replay(CLI::App& app, int& exit_code) {
  auto& replay = add_noun(app, "replay", "重放 · sending parked messages on their way again");
  add_replay_count(replay, exit_code);
  add_replay_propose(replay, exit_code);
  add_approve(replay, "replay", exit_code);
  add_withdraw(replay, "replay", exit_code);
  add_replay_steering(replay, "stop", "停止 · ends a replay; what went stays on its way", exit_code);
  add_replay_steering(replay, "slow", "调慢 · slows a replay down", exit_code);
  add_reading(replay, "list", "重放清单 · replays, and proposals that wait for another person",
              "  loangate replay list --data build/data --as operator-zhao\n  loangate replay list --json",
              {{"重放 · replays",
                "/v1/replays?limit=500",
                "items",
                {{"编号 no", "no"},
                 {"状态 state", "state"},
                 {"条数 deliveries", "deliveries"},
                 {"已重发 released", "released"},
                 {"已跳过 left out", "left_out"},
                 {"每分钟 a minute", "per_minute"},
                 {"批准人 by", "approved_by"},
                 {"条件 query", "query"}}},
               {"未决提案 · open proposals",
                "/v1/proposals?state=open&limit=500",
                "proposals",
                {{"提案 proposal", "no"},
                 {"类型 kind", "kind"},
                 {"提出人 by", "proposed_by"},
                 {"内容 act", "act"},
                 {"哈希 hash", "hash"}}}},
              exit_code);
}

// --- Partners and maintenance

void add_partner_flow(CLI::App& partners, const std::string& verb, const std::string& words, int& exit_code) {
  const bool pauses = verb == "pause";
  auto* command = partners.add_subcommand(verb, words);
  auto options = with_ops_options(
      *command,
      fmt::format("  loangate partners {0} bank01 --reason 对方割接 --data build/data --as operator-zhao\n"
                  "  loangate partners {0} bank01 --reason \"cut-over\" --json",
                  verb));
  auto id = std::make_shared<std::string>();
  auto until = std::make_shared<std::string>();
  auto reason = std::make_shared<std::string>();
  command->add_option("partner", *id, "机构标识 · institution")->required();
  if (pauses) {
    command->add_option("--until", *until,
                        "到时自动恢复 · resumes by itself then, such as 2026-11-22T06:00:00+08:00");
  }
  command->add_option("--reason", *reason, "理由 · why, for the record")->required();
  command->callback([=, &exit_code] {
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("institution", *id).member("flow", pauses ? "paused" : "running");
    if (!until->empty()) json.member("until", *until);
    json.member("reason", *reason).end_object();
    exit_code = static_cast<int>(enter(*options, "/v1/acts/partner.flow", body));
  });
}

/// Exit code 1 if a step failed.
void add_partner_test(CLI::App& partners, int& exit_code) {
  auto* command =
      partners.add_subcommand("test", "连接测试 · connects to a partner as a push would, and sends nothing");
  auto options = with_ops_options(*command,
                                  "  loangate partners test bank01 --data build/data --as operator-zhao\n"
                                  "  loangate partners test bank01 --json");
  auto id = std::make_shared<std::string>();
  command->add_option("partner", *id, "机构标识 · institution")->required();
  command->callback([=, &exit_code] {
    Exit exit{};
    const auto response = OpsSession(*options).send(
        "POST", fmt::format("/v1/partners/{}/test", ops::percent_encoded(*id)), {}, exit);
    exit_code = static_cast<int>(exit);
    JsonDocument document;
    if (!response || !document.read(response->body, greatest_answer)) return;
    if (text_of(document, "passed") != "true") exit_code = static_cast<int>(Exit::failed);
    const JsonNode* steps = document.member(document.root(), "steps");
    if (options->json || steps == nullptr) return;
    fmt::print("{}", table(document, *steps,
                           {{"步骤 step", "step"},
                            {"通过 passed", "passed"},
                            {"毫秒 ms", "milliseconds"},
                            {"说明", "zh"},
                            {"found", "en"}}));
  });
}

void add_partners(CLI::App& app, int& exit_code) {
  auto& partners = add_noun(app, "partners", "合作方 · the partners as they stand now");
  add_reading(partners, "list", "合作方状态 · health, queue and pause of every partner",
              "  loangate partners list --data build/data --as operator-zhao\n"
              "  loangate partners list --json   # 含证书到期日 · with the days left of certificates",
              {{"合作方 · partners",
                "/v1/partners",
                "items",
                {{"机构 id", "id"},
                 {"类型 role", "role"},
                 {"方式 transport", "transport"},
                 {"状态 health", "health/state"},
                 {"熔断 breaker", "breaker"},
                 {"待发 waiting", "queue/waiting"},
                 {"搁置 parked", "queue/parked"},
                 {"最早 oldest", "queue/oldest"},
                 {"最近收到 received", "last_received"},
                 {"最近送达 delivered", "last_delivered"}}}},
              exit_code);
  add_partner_test(partners, exit_code);
  add_partner_flow(partners, "pause", "停用推送 · pauses pushes to a partner", exit_code);
  add_partner_flow(partners, "resume", "恢复推送 · resumes pushes to a partner", exit_code);
}

struct MaintenanceInput {
  std::string from, until, notice_zh, notice_en;
};

std::string maintenance_body(const MaintenanceInput& input, bool cancelled) {
  std::string body;
  JsonWriter(body)
      .begin_object()
      .member("maintenance_from", input.from)
      .member("maintenance_until", input.until)
      .member("cancelled", cancelled ? "yes" : "no")
      .member("notice_zh", input.notice_zh)
      .member("notice_en", input.notice_en)
      .end_object();
  return body;
}

void add_maintenance_set(CLI::App& maintenance, int& exit_code) {
  auto* command = maintenance.add_subcommand(
      "set", "登记维护窗口 · announces the window to partners; in it new messages get 503 with Retry-After");
  auto options = with_ops_options(
      *command,
      "  loangate maintenance set --from 2026-11-22T22:00:00+08:00 --until 2026-11-22T23:00:00+08:00 \\\n"
      "      --notice-zh 系统升级 --notice-en \"System upgrade\" --data build/data --as operator-zhao\n"
      "  loangate maintenance show --json");
  auto input = std::make_shared<MaintenanceInput>();
  command->add_option("--from", input->from, "开始 · its begin")->required();
  command->add_option("--until", input->until, "结束 · its end")->required();
  command->add_option("--notice-zh", input->notice_zh, "中文告示 · what partners are told, in Chinese")
      ->required();
  command->add_option("--notice-en", input->notice_en, "英文告示 · the same in English")->required();
  command->callback([=, &exit_code] {
    exit_code =
        static_cast<int>(enter(*options, "/v1/acts/maintenance.entry", maintenance_body(*input, false)));
  });
}

void add_maintenance_cancel(CLI::App& maintenance, int& exit_code) {
  auto* command =
      maintenance.add_subcommand("cancel", "取消或提前结束 · calls the window off, or ends it now");
  auto options = with_ops_options(*command,
                                  "  loangate maintenance cancel --data build/data --as operator-zhao\n"
                                  "  loangate maintenance cancel --json");
  command->callback([=, &exit_code] {
    Exit exit{};
    const auto response = OpsSession(*options).ask("GET", "/v1/maintenance", {}, exit);
    exit_code = static_cast<int>(exit);
    JsonDocument document;
    if (!response || exit != Exit::done || !document.read(response->body)) return;
    if (text_of(document, "state") == "none") {
      fmt::print(stderr, "没有维护窗口 · there is no window to cancel\n");
      exit_code = static_cast<int>(Exit::refused);
      return;
    }
    const MaintenanceInput known{text_of(document, "from"), text_of(document, "until"),
                                 text_of(document, "notice/zh"), text_of(document, "notice/en")};
    exit_code =
        static_cast<int>(enter(*options, "/v1/acts/maintenance.entry", maintenance_body(known, true)));
  });
}

void add_maintenance(CLI::App& app, int& exit_code) {
  auto& maintenance = add_noun(app, "maintenance", "维护窗口 · the maintenance window");
  add_maintenance_set(maintenance, exit_code);
  add_maintenance_cancel(maintenance, exit_code);
  auto* command = maintenance.add_subcommand("show", "维护窗口 · the window that is announced or open");
  auto options = with_ops_options(*command,
                                  "  loangate maintenance show --data build/data --as operator-zhao\n"
                                  "  loangate maintenance show --json");
  command->callback([=, &exit_code] {
    Exit exit{};
    const auto response = OpsSession(*options).send("GET", "/v1/maintenance", {}, exit);
    exit_code = static_cast<int>(exit);
    JsonDocument document;
    if (!response || options->json || !document.read(response->body)) return;
    if (text_of(document, "state") == "none") {
      fmt::print("没有维护窗口 · none\n");
      return;
    }
    fmt::print("{} {} – {} {} · {}\n", text_of(document, "state"), text_of(document, "from"),
               text_of(document, "until"), text_of(document, "notice/zh"), text_of(document, "notice/en"));
  });
}

}  // namespace

void add_trouble_commands(CLI::App& app, int& exit_code) {
  add_trouble(app, exit_code);
  add_replay(app, exit_code);
  add_partners(app, exit_code);
  add_maintenance(app, exit_code);
}

}  // namespace loangate::app
