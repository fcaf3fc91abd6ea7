#include "app/message_commands.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "app/ops_page.hpp"
#include "ops/client.hpp"

namespace loangate::app {
namespace {

std::string_view text(const JsonDocument& document, const JsonNode& object, std::string_view path) {
  const JsonNode* const node = at(document, object, path);
  return node == nullptr ? std::string_view{} : node->text;
}

/// How the words were taken, what was searched, and what lies outside it: nobody may think that there is
/// nothing where only nothing was looked for.
void print_search(const JsonDocument& document) {
  const JsonNode& root = document.root();
  if (const JsonNode* clauses = document.member(root, "understood")) {
    for (const JsonNode* clause = document.first(*clauses); clause != nullptr;
         clause = document.next(*clause)) {
      std::string as;
      for (const JsonNode* each = document.first(*document.member(*clause, "as")); each != nullptr;
           each = document.next(*each)) {
        as += (as.empty() ? "" : " | ") + std::string(each->text);
      }
      if (as != text(document, *clause, "word"))
        fmt::print(stderr, "{} → {}\n", text(document, *clause, "word"),
                   as.empty() ? "无此企业 · no such company" : as);
    }
  }
  const std::string_view from = text(document, root, "range/from");
  const std::string_view until = text(document, root, "range/until");
  fmt::print(stderr, "范围 range: {} … {}{}\n", from.empty() ? "最早 the beginning" : from,
             until.empty() ? "现在 now" : until,
             text(document, root, "complete") == "true" ? "" : "（未查完 · not searched to its end）");
  const std::string_view earlier = text(document, root, "earlier/count");
  if (earlier != "0") {
    const bool exact = text(document, root, "earlier/exact") == "true";
    fmt::print(stderr, "更早还有 {}{} 条，加 from:日期 可见 · {}{} earlier: add from:DAY to see them\n",
               exact ? "" : "至少 ", earlier, exact ? "" : "at least ", earlier);
  }
  if (text(document, root, "behind") != "0")
    fmt::print(stderr, "索引还差 {} 条 · the index is {} behind\n", text(document, root, "behind"),
               text(document, root, "behind"));
  if (const std::string_view next = text(document, root, "next"); !next.empty())
    fmt::print(stderr, "下一页 next page: --cursor {}\n", next);
}

Exit find(const OpsOptions& options, const std::string& query, std::uint64_t limit,
          const std::string& cursor) {
  std::string target = fmt::format("/v1/messages?limit={}&q={}", limit, ops::percent_encoded(query));
  if (!cursor.empty()) target += "&cursor=" + ops::percent_encoded(cursor);
  Exit exit{};
  const auto response = OpsSession(options).send("GET", target, {}, exit);
  JsonDocument document;
  if (!response || options.json || !document.read(response->body, greatest_answer)) return exit;
  if (const JsonNode* items = document.member(document.root(), "items")) {
    fmt::print("{}\n", table(document, *items,
                             {{"流水 sequence", "sequence"},
                              {"时间 received", "received"},
                              {"机构 partner", "partner"},
                              {"人员 person", "person"},
                              {"类型 kind", "kind"},
                              {"结果 outcome", "outcome"},
                              {"报文编号 message", "message_id"},
                              {"借据 loan", "loan_no"},
                              {"企业 company", "company_name"},
                              {"金额 amount", "amount"}}));
  }
  print_search(document);
  return exit;
}

void add_find(CLI::App& noun, int& exit_code) {
  auto* command = noun.add_subcommand("find", "查找报文 · find messages and acts, newest first");
  auto options = with_ops_options(
      *command,
      "  loangate messages find 'partner:bank01 outcome:rejected from:2026-11-01' --data build/data --as "
      "operator-zhao\n"
      "  loangate messages find '某某科技 30万' --json\n"
      "检索项 · keys: partner person kind outcome finding loan company message batch case amount sequence "
      "text from "
      "to\n"
      "无检索项的词自动识别 · a word without a key is recognised: a USCC, a loan number, an amount, a "
      "message id, a "
      "name");
  struct Wanted {
    std::string query;
    std::string cursor;
    std::uint64_t limit = 20;
  };
  auto wanted = std::make_shared<Wanted>();
  command->add_option("query", wanted->query, "检索式 · the search; empty finds the newest");
  command->add_option("--limit", wanted->limit, "at most so many")->capture_default_str();
  command->add_option("--cursor", wanted->cursor, "of the next page, as the page before printed it");
  command->callback([=, &exit_code] {
    exit_code = static_cast<int>(find(*options, wanted->query, wanted->limit, wanted->cursor));
  });
}

void print_message(const JsonDocument& document) {
  const JsonNode& root = document.root();
  fmt::print("#{}  {}  {}{}  {} · {}\n{}  {}\n", text(document, root, "head/sequence"),
             text(document, root, "head/received"), text(document, root, "head/partner"),
             text(document, root, "head/person"), text(document, root, "head/kind_zh"),
             text(document, root, "head/kind"), text(document, root, "head/outcome"),
             text(document, root, "head/message_id"));
  const auto section = [&](std::string_view title, std::string_view member,
                           const std::vector<Column>& columns) {
    const JsonNode* const rows = document.member(root, member);
    if (rows != nullptr && rows->children > 0)
      fmt::print("\n{}\n{}\n", title, table(document, *rows, columns));
  };
  section("经过 · stages", "stages",
          {{"步骤", "zh"}, {"step", "en"}, {"state", "state"}, {"at", "at"}, {"", "detail"}});
  section("意见 · findings", "findings",
          {{"代码 code", "code"}, {"说明", "text_zh"}, {"text", "text_en"}, {"位置 place", "place"}});
  section("变更 · changes", "changes", {{"类别 kind", "kind"}, {"对象 key", "key"}});
  section("投递 · deliveries", "deliveries",
          {{"投递 id", "id"},
           {"机构 to", "to"},
           {"类型 kind", "kind"},
           {"状态 state", "state"},
           {"次数 tries", "attempts"},
           {"原因 reason", "reason"}});
  const std::vector<Column> link{
      {"流水 sequence", "sequence"}, {"类型 kind", "kind"}, {"by", "by"}, {"对象 thing", "thing"}};
  section("前因 · caused by", "caused_by", link);
  section("后续 · led to", "led_to", link);
  if (const std::string_view raw = text(document, root, "raw_text"); !raw.empty())
    fmt::print("\n原文 · as it came\n{}\n", raw);
}

void add_show(CLI::App& noun, int& exit_code) {
  auto* command = noun.add_subcommand("show", "查看一份报文的全部 · one message whole");
  auto options = with_ops_options(*command,
                                  "  loangate messages show 4711 --data build/data --as operator-zhao\n"
                                  "  loangate messages show 4711 --json");
  auto sequence = std::make_shared<std::uint64_t>(0);
  command->add_option("sequence", *sequence, "流水号 · its number in the journal")->required();
  command->callback([=, &exit_code] {
    Exit exit{};
    const auto response =
        OpsSession(*options).send("GET", fmt::format("/v1/messages/{}", *sequence), {}, exit);
    JsonDocument document;
    if (response && !options->json && document.read(response->body, greatest_answer)) print_message(document);
    exit_code = static_cast<int>(exit);
  });
}

void add_timeline(CLI::App& noun, int& exit_code) {
  auto* command =
      noun.add_subcommand("timeline", "贷款全程 · all that happened to a loan, and what is to come");
  auto options =
      with_ops_options(*command,
                       "  loangate loans timeline phrcb 2021-001 --data build/data --as officer-li\n"
                       "  loangate loans timeline phrcb 2021-001 --json");
  auto lender = std::make_shared<std::string>();
  auto number = std::make_shared<std::string>();
  command->add_option("lender", *lender, "银行 · the bank's id")->required();
  command->add_option("loan-no", *number, "借据号 · the loan's number")->required();
  command->callback([=, &exit_code] {
    exit_code = static_cast<int>(
        show(*options, {{"贷款全程 · time line",
                         fmt::format("/v1/loans/{}/{}/timeline", ops::percent_encoded(*lender),
                                     ops::percent_encoded(*number)),
                         "events",
                         {{"时间 at", "at"},
                          {"", "when"},
                          {"说明", "zh"},
                          {"event", "en"},
                          {"流水 sequence", "sequence"},
                          {"金额 amount", "amount"},
                          {"剩余工作日 working days", "working_days_left"}}}}));
  });
}

}  // namespace

void add_message_commands(CLI::App& app, int& exit_code) {
  auto& messages = add_noun(app, "messages", "报文 · messages and acts");
  add_find(messages, exit_code);
  add_show(messages, exit_code);
  add_timeline(add_noun(app, "loans", "贷款 · loans"), exit_code);
}

}  // namespace loangate::app
