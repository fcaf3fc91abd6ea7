#include "app/report_commands.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "app/ops_page.hpp"
#include "ops/client.hpp"

namespace loangate::app {
namespace {

/// Prints the body as it came: a CSV file.
Exit print_file(const OpsOptions& options, const std::string& target) {
  Exit exit{};
  const auto response = OpsSession(options).ask("GET", target, {}, exit);
  if (!response) return exit;
  if (exit == Exit::done) {
    fmt::print("{}", response->body);
  } else {
    print_problem(*response);
  }
  return exit;
}

std::string parameter(std::string_view name, const std::string& value) {
  return value.empty() ? std::string() : fmt::format("&{}={}", name, ops::percent_encoded(value));
}

void add_fund(CLI::App& app, int& exit_code) {
  auto* command =
      app.add_subcommand("fund", "资金台账 · the fund's books: accounts, and each institution's year");
  auto options = with_ops_options(*command,
                                  "  loangate fund --as-of 2026-09-30 --data build/data --as officer-li\n"
                                  "  loangate fund --json");
  auto as_of = std::make_shared<std::string>();
  command->add_option("--as-of", *as_of,
                      "截至日（缺省为今日） · the day, such as 2026-09-30; today if not given");
  command->callback([=, &exit_code] {
    const std::string target = "/v1/fund?" + parameter("as_of", *as_of);
    std::vector<Section> sections{{"机构年度 · institutions and years, the fund's part",
                                   target,
                                   "years",
                                   {{"机构 institution", "institution"},
                                    {"年度 year", "year"},
                                    {"应担 nominal", "nominal"},
                                    {"封顶削减 cut", "cut"},
                                    {"审定 approved", "approved"},
                                    {"指令 instructed", "instructed"},
                                    {"已付 paid", "paid"},
                                    {"未付 open", "open"},
                                    {"追偿 recovered", "recovered"},
                                    {"已缴回 returned", "returned"},
                                    {"核销 written off", "written_off"},
                                    {"已用限额 used", "used"},
                                    {"限额余额 left", "left"}}}};
    // One answer has both; with --json it is one document.
    if (!options->json) {
      sections.insert(sections.begin(), {"科目余额 · accounts (借方 debit = 贷方 credit)",
                                         target,
                                         "accounts",
                                         {{"出资方 payer", "payer"},
                                          {"科目 account", "account_zh"},
                                          {"", "account"},
                                          {"借方 debit", "debit"},
                                          {"贷方 credit", "credit"},
                                          {"余额 balance", "balance"}}});
    }
    exit_code = static_cast<int>(show(*options, sections));
  });
}

void add_loans(CLI::App& app, int& exit_code) {
  auto& loans = add_noun(app, "loans", "贷款 · loans");
  auto* command = loans.add_subcommand("summary", "贷款汇总 · all loans, summed up");
  auto options = with_ops_options(*command,
                                  "  loangate loans summary --by bank --data build/data --as officer-li\n"
                                  "  loangate loans summary --by month --csv > loans.csv");
  auto by = std::make_shared<std::string>("bank");
  auto csv = std::make_shared<bool>(false);
  command->add_option("--by", *by, "分组 · bank, month, security, category or state")
      ->check(CLI::IsMember({"bank", "month", "security", "category", "state"}))
      ->capture_default_str();
  command->add_flag("--csv", *csv, "CSV（Excel 可直接打开） · as CSV, which Excel opens");
  command->callback([=, &exit_code] {
    const std::string target = fmt::format("/v1/loans/summary?by={}", *by);
    const Exit exit = *csv ? print_file(*options, target + "&format=csv")
                           : show(*options, {{"贷款汇总 · loans",
                                              target,
                                              "groups",
                                              {{"分组 key", "key"},
                                               {"名称 name", "name"},
                                               {"笔数 loans", "loans"},
                                               {"贷款金额 lent", "lent"},
                                               {"备案金额 filed", "filed"},
                                               {"余额 outstanding", "outstanding"},
                                               {"敞口 exposure", "exposure"},
                                               {"逾期笔数 overdue", "overdue"},
                                               {"逾期本金 principal", "overdue_principal"}}}});
    exit_code = static_cast<int>(exit);
  });
}

void add_warnings(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "warnings", "风险预警 · ceilings nearly reached, renewals, late reports, concentration, missing files");
  auto options = with_ops_options(*command,
                                  "  loangate warnings --data build/data --as officer-li\n"
                                  "  loangate warnings --ceiling-percent 90 --csv > warnings.csv");
  struct Given {
    std::string ceiling, renewals, bank, company;
    bool csv = false;
  };
  auto given = std::make_shared<Given>();
  command->add_option("--ceiling-percent", given->ceiling,
                      "达限额的百分之几起 · from so much of the ceiling (80)");
  command->add_option("--renewals", given->renewals, "连续续贷几次起 · from so many renewals in a row (2)");
  command->add_option("--bank-percent", given->bank, "一家机构占比起 · from such a share of a bank (20)");
  command->add_option("--company-percent", given->company,
                      "一家企业占比起 · from such a share of a company (5)");
  command->add_flag("--csv", given->csv, "CSV（Excel 可直接打开） · as CSV, which Excel opens");
  command->callback([=, &exit_code] {
    const std::string target = "/v1/warnings?" + parameter("ceiling_percent", given->ceiling) +
                               parameter("renewals", given->renewals) +
                               parameter("bank_percent", given->bank) +
                               parameter("company_percent", given->company);
    const Exit exit = given->csv ? print_file(*options, target + "&format=csv")
                                 : show(*options, {{"预警 · warnings",
                                                    target,
                                                    "warnings",
                                                    {{"类别 kind", "kind"},
                                                     {"对象 about", "about"},
                                                     {"编号 subject", "subject"},
                                                     {"名称 name", "name"},
                                                     {"说明", "zh"},
                                                     {"text", "en"}}}});
    exit_code = static_cast<int>(exit);
  });
}

void add_files(CLI::App& app, int& exit_code) {
  const std::vector<Section> sections{{"文件 · files",
                                       "/v1/files",
                                       "files",
                                       {{"机构 partner", "partner"},
                                        {"接收中 arriving", "arriving"},
                                        {"未受理 refused", "refused"},
                                        {"处理中 in work", "in_work"},
                                        {"故障 fault", "fault"},
                                        {"最近文件 last", "last"},
                                        {"完整时刻 complete", "last_complete"},
                                        {"应到 expected by", "expected_by"},
                                        {"下次应到 next due", "next_due"}}}};
  add_reading(app, "files", "文件传输 · files from partners: what waits, what is refused, what is due",
              "  loangate files --data build/data --as officer-li\n"
              "  loangate files --json   # 每个文件及原因 · each file and why it is not taken",
              sections, exit_code);
}

void add_deadlines(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("deadlines", "期限 · what must be done by when, and what was missed");
  auto options =
      with_ops_options(*command,
                       "  loangate deadlines --until 2026-12-31 --data build/data --as officer-li\n"
                       "  loangate deadlines --state missed --json");
  auto state = std::make_shared<std::string>("open");
  auto until = std::make_shared<std::string>();
  command->add_option("--state", *state, "open or missed")
      ->check(CLI::IsMember({"open", "missed"}))
      ->capture_default_str();
  command->add_option("--until", *until, "只列该日前到期的 · only what is due by this day");
  command->callback([=, &exit_code] {
    const std::string target =
        fmt::format("/v1/deadlines?state={}&limit=500", *state) + parameter("until", *until);
    exit_code = static_cast<int>(show(*options, {{"期限 · deadlines",
                                                  target,
                                                  "deadlines",
                                                  {{"期限日 due", "due_on"},
                                                   {"剩余天数 days left", "days_left"},
                                                   {"类型 kind", "kind_zh"},
                                                   {"", "kind"},
                                                   {"机构 lender", "lender"},
                                                   {"借据号 loan", "loan_no"},
                                                   {"责任方 whose", "whose"},
                                                   {"暂定 provisional", "provisional"},
                                                   {"已提醒 reminded", "reminded_on"},
                                                   {"已错过 missed", "missed_on"}}}}));
  });
}

void add_batches(CLI::App& app, int& exit_code) {
  auto* command =
      app.add_subcommand("batches", "批量文件 · partners' files of many records, and how far they are");
  auto options = with_ops_options(*command,
                                  "  loangate batches --judging --data build/data --as operator-zhao\n"
                                  "  loangate batches --json");
  auto judging = std::make_shared<bool>(false);
  command->add_flag("--judging", *judging, "只列处理中的 · only those that are being judged");
  command->callback([=, &exit_code] {
    const std::string target = fmt::format("/v1/batches?limit=500{}", *judging ? "&judging=yes" : "");
    exit_code = static_cast<int>(show(*options, {{"批量文件 · batches",
                                                  target,
                                                  "batches",
                                                  {{"机构 partner", "partner"},
                                                   {"批次号 id", "batch_id"},
                                                   {"状态 state", "state"},
                                                   {"总笔数 records", "records"},
                                                   {"已处理 judged", "judged"},
                                                   {"每秒 per second", "per_second"},
                                                   {"成功 passed", "passed"},
                                                   {"失败 failed", "failed"},
                                                   {"收到 received", "received"}}}}));
  });
}

}  // namespace

void add_report_commands(CLI::App& app, int& exit_code) {
  add_fund(app, exit_code);
  add_loans(app, exit_code);
  add_warnings(app, exit_code);
  add_files(app, exit_code);
  add_deadlines(app, exit_code);
  add_batches(app, exit_code);
  add_reading(app, "assessments", "年度考核 · institutions that lent nothing in a year, and what was ruled",
              "  loangate assessments --data build/data --as officer-li\n  loangate assessments --json",
              {{"年度考核 · assessments",
                "/v1/assessments?limit=500",
                "assessments",
                {{"机构 institution", "institution"},
                 {"年度 year", "year"},
                 {"结论 ruling", "ruling"},
                 {"会议 meeting", "meeting_no"}}}},
              exit_code);
}

}  // namespace loangate::app
