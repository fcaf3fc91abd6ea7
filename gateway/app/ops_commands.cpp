#include "app/ops_commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

#include "app/acts_import.hpp"
#include "app/alert_commands.hpp"
#include "app/data_commands.hpp"
#include "app/message_commands.hpp"
#include "app/ops_page.hpp"
#include "app/person_command.hpp"
#include "app/report_commands.hpp"
#include "app/trouble_commands.hpp"
#include "base/json_writer.hpp"
#include "domain/messages.hpp"
#include "ops/client.hpp"

namespace loangate::app {
namespace {

// --- Acts: their options are the declared fields of the act, so that a new field is an option at once.

/// What is given for an act: options by field, or a file.
struct ActInput {
  std::map<std::string, std::string> fields;
  std::string file;  ///< `-`: standard input
};

std::string option_name(std::string_view field) {
  std::string name = "--" + std::string(field);
  std::ranges::replace(name, '_', '-');
  return name;
}

void add_field_options(CLI::App& command, const RecordSpec& spec, const std::shared_ptr<ActInput>& input) {
  for (const FieldSpec& field : spec.fields) {
    std::string words = fmt::format("{} · {}{}", field.zh, field.en, field.required ? "" : " (optional)");
    if (field.type == FieldType::group) words += ", a JSON array";
    auto* option = command.add_option(option_name(field.name), input->fields[std::string(field.name)], words);
    if (field.type != FieldType::code) continue;
    std::vector<std::string> known;
    for (const CodeSpec& code : field.codes->codes) known.emplace_back(code.name);
    option->check(CLI::IsMember(known));
  }
  command.add_option("--file", input->file, "the act as canonical JSON, from a file or - for standard input");
}

std::string read_all(const std::string& file) {
  if (file == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
  std::ifstream in(file, std::ios::binary);
  if (!in) throw CLI::FileError::Missing(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The act as JSON. What is wrong with it is told here where it can be, by the option's name.
std::string body_of(const RecordSpec& spec, const ActInput& input) {
  if (!input.file.empty()) return read_all(input.file);
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  for (const FieldSpec& field : spec.fields) {
    const std::string& value = input.fields.at(std::string(field.name));
    if (value.empty() && field.required) throw CLI::RequiredError(option_name(field.name));
    if (value.empty()) continue;
    const bool as_it_is = field.type == FieldType::count || field.type == FieldType::group;
    json.key(field.name);
    if (as_it_is) {
      json.raw(value);
    } else {
      json.value(value);
    }
  }
  json.end_object();
  if (const auto read = read_canonical(spec, body); !read) throw CLI::ValidationError(read.error());
  return body;
}

/// `loangate NOUN VERB`: enters or proposes an act of this kind.
void add_act(CLI::App& noun, std::string verb, MessageKind kind, std::string_view path,
             std::string_view examples, int& exit_code) {
  const MessageSpec& spec = spec_of(kind);
  auto* command =
      noun.add_subcommand(std::move(verb), fmt::format("{} · {}", spec.record->zh, spec.record->en));
  auto options = with_ops_options(*command, examples);
  auto input = std::make_shared<ActInput>();
  add_field_options(*command, *spec.record, input);
  const bool proposes = path == "/v1/proposals/";
  auto dry_run = std::make_shared<bool>(false);
  if (!proposes) {
    command->add_flag("--dry-run", *dry_run, "只试不办 · say what would become of it, and keep nothing");
  }
  command->callback([=, target = fmt::format("{}{}", path, spec.name), record = spec.record, &exit_code] {
    const std::string body = body_of(*record, *input);
    const Exit exit = enter(*options, *dry_run ? target + "?dry_run=yes" : target, body);
    exit_code = static_cast<int>(exit == Exit::done && proposes ? Exit::second_person : exit);
  });
}

// --- What is read

/// Membership as of any day.
void add_list_show(CLI::App& list, int& exit_code) {
  auto* command = list.add_subcommand("show", "是否在库 · whether a company is on the list, on any day");
  auto options = with_ops_options(
      *command,
      "  loangate list show 91330482MA2CWXYZ1A --on 2023-09-12 --data build/data --as officer-li\n"
      "  loangate list show 91330482MA2CWXYZ1A --json");
  auto uscc = std::make_shared<std::string>();
  auto on = std::make_shared<std::string>();
  command->add_option("uscc", *uscc, "统一社会信用代码 · its USCC")->required();
  command->add_option("--on", *on, "日期（缺省为今日） · the day; today if not given");
  command->callback([=, &exit_code] {
    std::string target = fmt::format("/v1/companies/{}", ops::percent_encoded(*uscc));
    if (!on->empty()) target += "?on=" + ops::percent_encoded(*on);
    exit_code = static_cast<int>(show(*options, {{"支持名单 · the support list",
                                                  target,
                                                  "standing",
                                                  {{"日期 on", "on"},
                                                   {"方案 programme", "programme"},
                                                   {"版本 version", "version"},
                                                   {"在库 listed", "listed"},
                                                   {"D类 D class", "d_class"}}}}));
  });
}

void add_entries(CLI::App& app, int& exit_code) {
  auto& list = add_noun(app, "list", "支持名单 · the support list");
  add_act(list, "add", MessageKind::company_entry, "/v1/acts/",
          "  loangate list add --company-uscc 91330482MA2CWXYZ1A --company-name 某某科技有限公司 "
          "--category high_tech \\\n"
          "      --document-no GR202033001234 --valid-from 2020-12-01 --data build/data --as officer-li\n"
          "  loangate list add --file companies.json --data build/data --as bureau",
          exit_code);
  add_list_import(list, exit_code);
  add_list_show(list, exit_code);
  add_opening_import(add_noun(app, "opening", "期初余额 · opening balances"), exit_code);
  auto& d_class = add_noun(app, "d-class", "D类企业 · companies in class D");
  add_act(d_class, "add", MessageKind::company_d_class, "/v1/acts/",
          "  loangate d-class add --company-uscc 91330482MA2CWXYZ1A --valid-from 2022-07-01 --valid-until "
          "2023-06-30 \\\n"
          "      --data build/data --as officer-li\n"
          "  loangate d-class add --file d-class-2022.json --data build/data --as bureau",
          exit_code);
  auto& institution = add_noun(app, "institution", "合作机构 · institutions of the programme");
  add_act(institution, "add", MessageKind::institution_entry, "/v1/acts/",
          "  loangate institution add --institution bank22 --role bank --name-zh 合作银行22 --name-en \"Bank "
          "22\" \\\n"
          "      --sci-tech-branch no --admitted-from 2024-01-01 --data build/data --as officer-li\n"
          "  loangate institution add --file institutions.json --data build/data --as bureau",
          exit_code);
  auto& application = add_noun(app, "application", "贷款申请 · companies' applications to banks");
  add_act(application, "add", MessageKind::application_entry, "/v1/acts/",
          "  loangate application add --application-no SQ-2026-001 --institution phrcb --company-uscc "
          "91330482MA2CWXYZ1A \\\n"
          "      --amount 3000000.00 --months 12 --security unsecured --data build/data --as officer-li\n"
          "  loangate application add --file applications.json --data build/data --as bureau",
          exit_code);
  add_reading(
      application, "list", "贷款申请及审批结果 · applications, and what became of them",
      "  loangate application list --data build/data --as officer-li\n  loangate application list --json",
      {{"贷款申请 · applications",
        "/v1/applications?limit=500",
        "applications",
        {{"申请号 no", "no"},
         {"银行 bank", "bank"},
         {"企业 company", "company"},
         {"金额 amount", "amount"},
         {"申请日 on", "applied_on"},
         {"结论 ruling", "answer/ruling"},
         {"金额 approved", "answer/amount"}}}},
      exit_code);
  auto& person = add_noun(app, "person", "人员 · persons who may come in");
  add_person(person, exit_code);
  add_act(person, "enter", MessageKind::person_entry, "/v1/acts/",
          "  loangate person enter --person zhou --display-name 周某 --roles officer,viewer --active yes "
          "--reason 新任 \\\n"
          "      --data build/data --as administrator-qian\n"
          "  loangate person enter --file person.json --json",
          exit_code);
  auto& lane = add_noun(app, "lane", "投递通道 · lanes of deliveries");
  add_act(lane, "release", MessageKind::lane_release, "/v1/acts/",
          "  loangate lane release --delivery-id 4200 --resend yes --reason 对方已恢复 --data build/data "
          "--as operator-zhao\n"
          "  loangate lane release --delivery-id 4200 --resend no --reason \"paid by hand\" --json",
          exit_code);
  add_reading(lane, "list", "未送达 · what has not been delivered, and what it waits for",
              "  loangate lane list --data build/data --as operator-zhao\n  loangate lane list --json",
              {{"未送达 · undelivered",
                "/v1/deliveries?limit=500",
                "deliveries",
                {{"投递 id", "id"},
                 {"机构 to", "to"},
                 {"类型 kind", "kind"},
                 {"状态 state", "state"},
                 {"次数 tries", "attempts"},
                 {"等待 waits for", "waits_for"},
                 {"原因 reason", "reason"}}}},
              exit_code);
}

/// `loangate NOUN propose|approve|withdraw|list`: an act that two persons do.
void add_two_person_act(CLI::App& noun, std::string_view name, MessageKind kind, std::string_view examples,
                        std::vector<Section> what_waits, int& exit_code) {
  add_act(noun, "propose", kind, "/v1/proposals/", examples, exit_code);
  add_approve(noun, name, exit_code);
  add_withdraw(noun, name, exit_code);
  what_waits.push_back({"未决提案 · open proposals",
                        "/v1/proposals?state=open&limit=500",
                        "proposals",
                        {{"提案 proposal", "no"},
                         {"类型 kind", "kind"},
                         {"提出人 by", "proposed_by"},
                         {"时间 at", "proposed_at"},
                         {"内容 act", "act"},
                         {"哈希 hash", "hash"}}});
  add_reading(
      noun, "list", "待办与提案 · what waits for a ruling, and open proposals",
      fmt::format("  loangate {0} list --data build/data --as officer-li\n  loangate {0} list --json", name),
      what_waits, exit_code);
}

void add_two_person_acts(CLI::App& app, int& exit_code) {
  add_two_person_act(
      add_noun(app, "hold", "待审备案 · filings that are held"), "hold", MessageKind::rule_hold,
      "  loangate hold propose --lender phrcb --loan-no 2021-001 --ruling released --reason 已补充说明 \\\n"
      "      --data build/data --as officer-li        (退出码 4：待他人批准 · exit code 4: waits for another "
      "person)\n"
      "  loangate hold propose --file ruling.json --json",
      {{"待审备案 · held filings",
        "/v1/held?limit=500",
        "loans",
        {{"机构 lender", "ref/lender"},
         {"借据号 loan", "ref/number"},
         {"企业 company", "company_name"},
         {"备案金额 filed", "filed"},
         {"放款日 disbursed", "disbursed_on"}}}},
      exit_code);
  add_two_person_act(
      add_noun(app, "compensation", "风险代偿 · compensation cases"), "compensation",
      MessageKind::rule_compensation,
      "  loangate compensation propose --case-no C000000123 --ruling approved --meeting-no 2023-3 "
      "--meeting-on 2023-09-12 \\\n"
      "      --approved-principal 300000.00 --approved-interest 0.00 --data build/data --as officer-li\n"
      "  loangate compensation propose --file ruling.json --json",
      {{"代偿案件 · cases",
        "/v1/cases?limit=500",
        "cases",
        {{"案件 case", "no"},
         {"机构 lender", "loan/lender"},
         {"借据号 loan", "loan/number"},
         {"本金 principal", "principal"},
         {"利息 interest", "interest"},
         {"结论 ruling", "ruling/ruling"},
         {"损失 loss", "loss"}}}},
      exit_code);
  add_two_person_act(
      add_noun(app, "writeoff", "核销 · write-offs"), "writeoff", MessageKind::rule_writeoff,
      "  loangate writeoff propose --case-no C000000123 --ruling approved --meeting-no 2025-1 --meeting-on "
      "2025-02-18 \\\n"
      "      --data build/data --as officer-li\n"
      "  loangate writeoff propose --case-no C000000123 --ruling returned --reason 缺裁定书 --json",
      {{"待审核销 · write-offs that wait",
        "/v1/cases?waits_for=writeoff&limit=500",
        "cases",
        {{"案件 case", "no"},
         {"机构 lender", "loan/lender"},
         {"借据号 loan", "loan/number"},
         {"事由 ground", "write_off/ground"},
         {"文书 document", "write_off/document_no"},
         {"文书日期 of", "write_off/document_on"},
         {"损失 loss", "loss"}}}},
      exit_code);
  add_two_person_act(
      add_noun(app, "institution", "合作机构 · institutions of the programme"), "institution",
      MessageKind::rule_institution,
      "  loangate institution propose --institution bank21 --ruling removed --effective-on 2024-03-01 \\\n"
      "      --meeting-no 2024-1 --meeting-on 2024-02-20 --reason 上年未发放科创贷款 --data build/data --as "
      "officer-li\n"
      "  loangate institution propose --file ruling.json --json",
      {{"合作机构 · institutions",
        "/v1/institutions?limit=500",
        "institutions",
        {{"机构 id", "id"},
         {"类型 role", "role"},
         {"名称 name", "name_zh"},
         {"不得申请至 barred until", "barred_until"}}},
       {"待审定考核 · assessments that wait",
        "/v1/assessments?waits=yes&limit=500",
        "assessments",
        {{"机构 institution", "institution"}, {"年度 year", "year"}}}},
      exit_code);
}

void add_changes(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("changes", "变更流 · the registry's change feed, one page");
  auto options = with_ops_options(*command,
                                  "  loangate changes --after 0 --limit 20 --data build/data --as bureau\n"
                                  "  loangate changes --after 1200 --wait 30 --json");
  struct Page {
    std::uint64_t after = 0, limit = 100;
    unsigned wait = 0;
  };
  auto page = std::make_shared<Page>();
  command->add_option("--after", page->after, "the number of the last change that you have")
      ->capture_default_str();
  command->add_option("--limit", page->limit, "at most so many")->capture_default_str();
  command->add_option("--wait", page->wait, "seconds to wait for a change if there is none")
      ->capture_default_str();
  command->callback([=, &exit_code] {
    const Section changes{
        "变更 · changes",
        fmt::format("/v1/registry/changes?after={}&limit={}&wait={}", page->after, page->limit, page->wait),
        "changes",
        {{"序号 number", "number"},
         {"类别 kind", "kind"},
         {"对象 key", "key"},
         {"流水号 cause", "cause/sequence"},
         {"事由 by", "cause/kind"},
         {"机构 partner", "cause/partner"},
         {"人员 person", "cause/person"},
         {"时间 received", "cause/received"}}};
    exit_code = static_cast<int>(show(*options, {changes}));
  });
}

void add_clock(CLI::App& app, int& exit_code) {
  auto& clock = add_noun(app, "clock", "业务时钟 · business time");
  auto* set = clock.add_subcommand("set", "向前设置（仅演示） · move it forward; demonstrations only");
  auto options =
      with_ops_options(*set,
                       "  loangate clock set 2023-09-12T09:00:00+08:00 --data build/data --as operator-zhao\n"
                       "  loangate clock set 2023-09-12T09:00:00+08:00 --json");
  auto now = std::make_shared<std::string>();
  set->add_option("time", *now, "such as 2023-09-12T09:00:00+08:00")->required();
  set->callback([=, &exit_code] {
    std::string body;
    JsonWriter(body).begin_object().member("now", *now).end_object();
    Exit exit{};
    const auto response = OpsSession(*options).send("PUT", "/v1/clock", body, exit);
    if (response && !options->json) fmt::print("{}\n", response->body);
    exit_code = static_cast<int>(exit);
  });
}

/// Exit code 0 if the gateway is ready, 75 if not.
void add_status(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("status", "运行状态 · whether the gateway is ready, and its totals");
  auto options = with_ops_options(
      *command, "  loangate status --data build/data --as operator-zhao\n  loangate status --json");
  command->callback([=, &exit_code] {
    Exit exit{};
    const auto ready = OpsSession(*options).send("GET", "/readyz", {}, exit);
    exit_code = static_cast<int>(exit);
    if (!ready) return;
    JsonDocument document;
    if (!options->json && document.read(ready->body)) {
      const JsonNode* checks = document.member(document.root(), "checks");
      if (checks != nullptr) {
        fmt::print(
            "{}\n{}\n", ready->status == 200 ? "就绪 · ready" : "未就绪 · not ready",
            table(document, *checks, {{"检查 check", "name"}, {"正常 ok", "ok"}, {"原因 reason", "reason"}}));
      }
    }
    const Exit shown =
        show(*options, {{"收文 · entries",
                         "/v1/totals",
                         "entries",
                         {{"机构 partner", "partner"}, {"结果 outcome", "outcome"}, {"数量 count", "count"}}},
                        {"投递 · deliveries",
                         "/v1/totals",
                         "deliveries",
                         {{"类型 kind", "kind"}, {"状态 state", "state"}, {"数量 count", "count"}}}});
    if (exit == Exit::done) exit_code = static_cast<int>(shown);
  });
}

}  // namespace

void add_approve(CLI::App& noun, std::string_view name, int& exit_code) {
  auto* command = noun.add_subcommand("approve", "批准他人的提案 · approve what another person proposed");
  auto options = with_ops_options(
      *command,
      fmt::format("  loangate {0} approve P000000042 --hash 9f86d0… --data build/data --as approver-wang\n"
                  "  loangate {0} approve P000000042 --hash 9f86d0… --json",
                  name));
  auto no = std::make_shared<std::string>();
  auto hash = std::make_shared<std::string>();
  command->add_option("proposal", *no, "提案号 · its number")->required();
  command->add_option("--hash", *hash, "所见提案的哈希 · the hash of what you have seen (`list` shows it)")
      ->required();
  command->callback([=, &exit_code] {
    std::string body;
    JsonWriter(body).begin_object().member("hash", *hash).end_object();
    Exit exit{};
    const auto response = OpsSession(*options).send(
        "POST", fmt::format("/v1/proposals/{}/approve", ops::percent_encoded(*no)), body, exit);
    JsonDocument document;
    if (response && !options->json && document.read(response->body)) print_outcomes(document);
    exit_code = static_cast<int>(exit);
  });
}

void add_withdraw(CLI::App& noun, std::string_view name, int& exit_code) {
  auto* command = noun.add_subcommand("withdraw", "撤回提案 · end a proposal without effect");
  auto options = with_ops_options(
      *command,
      fmt::format("  loangate {0} withdraw P000000042 --reason 金额有误 --data build/data --as officer-li\n"
                  "  loangate {0} withdraw P000000042 --reason \"wrong amount\" --json",
                  name));
  auto no = std::make_shared<std::string>();
  auto reason = std::make_shared<std::string>();
  command->add_option("proposal", *no, "提案号 · its number")->required();
  command->add_option("--reason", *reason, "理由 · why, for the record")->required();
  command->callback([=, &exit_code] {
    std::string body;
    JsonWriter(body).begin_object().member("reason", *reason).end_object();
    Exit exit{};
    const auto response = OpsSession(*options).send(
        "POST", fmt::format("/v1/proposals/{}/withdraw", ops::percent_encoded(*no)), body, exit);
    JsonDocument document;
    if (response && !options->json && document.read(response->body)) print_outcomes(document);
    exit_code = static_cast<int>(exit);
  });
}

void add_ops_commands(CLI::App& app, int& exit_code) {
  add_entries(app, exit_code);
  add_two_person_acts(app, exit_code);
  add_data_commands(app, exit_code);
  add_report_commands(app, exit_code);
  add_trouble_commands(app, exit_code);
  add_alert_commands(app, exit_code);
  add_message_commands(app, exit_code);
  add_changes(app, exit_code);
  add_audit(app, exit_code);
  add_clock(app, exit_code);
  add_status(app, exit_code);
}

}  // namespace loangate::app
