#include "app/acts_import.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <tuple>

#include "app/acts_file.hpp"
#include "app/ops_page.hpp"
#include "base/json_writer.hpp"
#include "domain/messages.hpp"

namespace loangate::app {
namespace {

constexpr std::size_t greatest_file = 16u << 20;
constexpr std::size_t most_lines_shown = 50;

/// Lines of one file that cannot both be meant.
class Contradictions {
 public:
  void look_at(const ActsFile::Act& act, std::vector<LineFault>& faults) {
    const CompanyEntry entry = std::get<CompanyEntry>(office_act(CompanyEntry::kind, act.record));
    const auto [ground, new_ground] =
        grounds_.emplace(std::tuple(entry.company_uscc, entry.category, entry.document_no), act.line);
    if (!new_ground) {
      faults.push_back(
          {act.line, fmt::format("与第 {} 行为同一企业的同一认定文件；请删除其一", ground->second),
           fmt::format("the same document of the same company as in line {}: remove one", ground->second)});
    }
    const auto [name, new_name] = names_.emplace(entry.company_uscc, std::pair(entry.company_name, act.line));
    if (!new_name && name->second.first != entry.company_name) {
      faults.push_back({act.line, fmt::format("企业名称与第 {} 行不一致；请更正", name->second.second),
                        fmt::format("the company's name is another than in line {}: correct one of them",
                                    name->second.second)});
    }
  }

 private:
  std::map<std::tuple<Uscc, Category, std::string>, std::size_t> grounds_;
  std::map<Uscc, std::pair<std::string, std::size_t>> names_;
};

/// Says on standard error how far a long file has come.
class Progress {
 public:
  void at(std::string_view zh, std::string_view en, std::size_t done, std::size_t of) {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return;
    const bool terminal = isatty(STDERR_FILENO) == 1;
    next_ = now + std::chrono::seconds(terminal ? 1 : 10);
    fmt::print(stderr, "{} {} {} / {}\n", zh, en, done, of);
  }

 private:
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now() + std::chrono::seconds(1);
};

/// What is imported: one kind of act a file.
struct Import {
  MessageKind kind = CompanyEntry::kind;
  std::string file = {};
  bool dry_run = false;
  /// What the person signs off: how many lines, and the sum of their amounts; none: not asked for.
  std::optional<std::uint64_t> count = {};
  std::optional<Fen> total = {};
};

/// The amount of a line that is signed off.
Fen amount_of(const ActsFile::Act& act, MessageKind kind) {
  const OfficeAct read = office_act(kind, act.record);
  if (const auto* loan = std::get_if<OpeningLoan>(&read)) return loan->outstanding;
  if (const auto* claim = std::get_if<OpeningClaim>(&read)) return claim->fund_paid + claim->guarantor_paid;
  if (const auto* cap = std::get_if<OpeningCap>(&read)) return cap->approved;
  return Fen::zero();
}

/// Who signs off another number of lines or another sum than the file has does not mean this file.
void check_totals(const Import& given, const std::vector<ActsFile::Act>& acts,
                  std::vector<LineFault>& faults) {
  if (given.count && *given.count != acts.size()) {
    faults.push_back(
        {0, fmt::format("文件有 {} 行，签字确认的是 {} 行；请核对", acts.size(), *given.count),
         fmt::format("the file has {} lines, signed off are {}: compare them", acts.size(), *given.count)});
  }
  Fen sum = Fen::zero();
  for (const ActsFile::Act& act : acts) sum += amount_of(act, given.kind);
  if (given.total && *given.total != sum) {
    faults.push_back({0,
                      fmt::format("文件合计 {}，签字确认的是 {}；请核对", format_yuan_grouped(sum),
                                  format_yuan_grouped(*given.total)),
                      fmt::format("the file adds up to {}, signed off is {}: compare them",
                                  format_yuan_grouped(sum), format_yuan_grouped(*given.total))});
  }
}

std::expected<std::string, std::string> bytes_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::unexpected(fmt::format("{}: 无法打开 · cannot be opened", file));
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (bytes.size() <= greatest_file) return bytes;
  return std::unexpected(fmt::format("{}: 超过 {} 兆字节，请分成几个文件 · larger than {} MiB, split it",
                                     file, greatest_file >> 20, greatest_file >> 20));
}

std::string_view text_of(const JsonDocument& document, const JsonNode& object, std::string_view path) {
  const JsonNode* node = at(document, object, path);
  return node == nullptr ? std::string_view() : node->text;
}

/// What the gateway refused, by the lines of the file: `/17/company_uscc` is the eighteenth act's.
void add_refusals(const JsonDocument& problem, const std::vector<ActsFile::Act>& acts,
                  std::vector<LineFault>& faults) {
  const JsonNode* errors = problem.member(problem.root(), "errors");
  if (errors == nullptr) return;
  for (const JsonNode* error = problem.first(*errors); error != nullptr; error = problem.next(*error)) {
    const std::string_view pointer = text_of(problem, *error, "pointer");
    std::size_t index = acts.size();
    if (pointer.starts_with('/')) std::from_chars(pointer.data() + 1, pointer.data() + pointer.size(), index);
    faults.push_back({index < acts.size() ? acts[index].line : 0,
                      std::string(text_of(problem, *error, "detail/zh")),
                      std::string(text_of(problem, *error, "detail/en"))});
  }
}

/// What became of each line, or would.
std::vector<std::string> effects_of(const JsonDocument& answer) {
  std::vector<std::string> effects;
  const JsonNode* list = answer.member(answer.root(), "effects");
  if (list == nullptr) return effects;
  for (const JsonNode* effect = answer.first(*list); effect != nullptr; effect = answer.next(*effect))
    effects.emplace_back(effect->text);
  return effects;
}

void print_faults(const std::string& file, std::vector<LineFault> faults) {
  std::ranges::sort(faults, {}, &LineFault::line);
  for (const LineFault& fault : faults)
    fmt::print(stderr, "{}:{}: {} · {}\n", file, fault.line, fault.zh, fault.en);
  fmt::print(stderr, "{} 处错误，未导入任何内容 · {} mistakes; nothing was imported\n", faults.size(),
             faults.size());
}

/// What a line is about: of the list the company's code and name, of opening balances lender and loan or
/// year.
std::string name_of(const ActsFile::Act& act) {
  std::string name;
  for (const std::string_view field : {"company_uscc", "company_name", "lender", "institution", "loan_no"}) {
    const std::size_t i = act.record.spec().index_of(field);
    if (i == act.record.spec().fields.size() || !act.record.has(i)) continue;
    if (!name.empty()) name += ' ';
    name += std::get<std::string_view>(act.record[i]);
  }
  return name;
}

void print_changes(const std::vector<ActsFile::Act>& acts, const std::vector<std::string>& effects) {
  std::size_t shown = 0;
  std::size_t left = 0;
  for (std::size_t i = 0; i < std::min(acts.size(), effects.size()); ++i) {
    if (effects[i] == "same") continue;
    if (shown++ >= most_lines_shown) {
      ++left;
      continue;
    }
    fmt::print("  {} 第 {} 行 {}\n", effects[i] == "added" ? "新增 added  " : "变更 changed", acts[i].line,
               name_of(acts[i]));
  }
  if (left > 0) fmt::print("  … 另有 {} 行 · {} lines more (--json shows all)\n", left, left);
}

void print_json(const net::Response& answer, const std::vector<ActsFile::Act>& acts,
                const std::vector<LineFault>& faults) {
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .key("answer")
      .raw(answer.body.empty() ? "null" : answer.body)
      .key("lines")
      .begin_array();
  for (const ActsFile::Act& act : acts) json.value(static_cast<std::uint64_t>(act.line));
  json.end_array().key("errors").begin_array();
  for (const LineFault& fault : faults) {
    json.begin_object()
        .member("line", static_cast<std::uint64_t>(fault.line))
        .member("zh", std::string_view(fault.zh))
        .member("en", std::string_view(fault.en))
        .end_object();
  }
  json.end_array().end_object();
  fmt::print("{}\n", out);
}

Exit import_acts(const Import& given, const OpsOptions& options) {
  const auto bytes = bytes_of(given.file);
  if (!bytes) {
    fmt::print(stderr, "{}\n", bytes.error());
    return Exit::usage;
  }
  auto read = read_acts_file(*bytes, *spec_of(given.kind).record);
  if (!read) {
    print_faults(given.file, {read.error()});
    return Exit::refused;
  }
  std::vector<LineFault> faults = std::move(read->faults);
  if (given.kind == CompanyEntry::kind) {
    Contradictions contradictions;
    for (const ActsFile::Act& act : read->acts) contradictions.look_at(act, faults);
  }
  if (faults.empty()) check_totals(given, read->acts, faults);

  // With a mistake in the file the rest is tried all the same, so that every mistake is told at once.
  const bool dry_run = given.dry_run || !faults.empty();
  net::Response answer;
  JsonDocument document;
  if (!read->acts.empty()) {
    Progress progress;
    std::string body = "[";
    for (std::size_t i = 0; i < read->acts.size(); ++i) {
      if (i > 0) body += ',';
      body += read->acts[i].json;
      progress.at("核对", "checked", i + 1, read->acts.size());
    }
    if (read->acts.size() >= most_lines_shown) {
      fmt::print(stderr, "{} 行已读，送网关{} · {} lines read, {} by the gateway\n", read->acts.size(),
                 dry_run ? "试办" : "办理", read->acts.size(), dry_run ? "tried" : "entered");
    }
    Exit exit{};
    auto response = OpsSession(options).ask(
        "POST",
        fmt::format("/v1/acts/{}?whole=yes&dry_run={}", spec_of(given.kind).name, dry_run ? "yes" : "no"),
        body + "]", exit);
    if (!response) {
      if (!faults.empty()) print_faults(given.file, faults);
      return exit;
    }
    answer = *std::move(response);
    const bool readable = static_cast<bool>(document.read(answer.body, greatest_answer));
    if (answer.status == 422 && readable) {
      add_refusals(document, read->acts, faults);
    } else if (answer.status >= 300) {
      if (options.json) {
        fmt::print("{}\n", answer.body);
      } else {
        print_problem(answer);
      }
      return exit;
    }
  }
  if (options.json) print_json(answer, read->acts, faults);
  if (!faults.empty()) {
    if (!options.json) print_faults(given.file, std::move(faults));
    return Exit::refused;
  }
  if (!options.json && !read->acts.empty()) {
    print_effects(document);
    print_changes(read->acts, effects_of(document));
  }
  return Exit::done;
}

}  // namespace

void add_list_import(CLI::App& list, int& exit_code) {
  auto* command =
      list.add_subcommand("import", "导入名单文件 · import the bureau's list, all of it or nothing");
  auto options = with_ops_options(
      *command,
      "  loangate list import 支持名单2026.csv --dry-run --data build/data --as officer-li\n"
      "  loangate list import 支持名单2026.csv --data build/data --as officer-li\n"
      "CSV，UTF-8 或 GB18030；首行列名，次序不限 · the first line names the columns, in any order:\n"
      "  统一社会信用代码,企业名称,名单类别,认定文件号,生效日,失效日");
  auto given = std::make_shared<Import>();
  command->add_option("file", given->file, "the list as CSV")->required();
  command->add_flag("--dry-run", given->dry_run, "只试不办 · say what would change, and keep nothing");
  command->callback([=, &exit_code] { exit_code = static_cast<int>(import_acts(*given, *options)); });
}

void add_opening_import(CLI::App& opening, int& exit_code) {
  struct File {
    MessageKind kind;
    std::string name, words, columns;
  };
  const File files[] = {
      {OpeningLoan::kind, "loans", "期初贷款及逾期 · loans and overdues; the total is what is outstanding",
       "期初日,放款机构,借据号,合同号,统一社会信用代码,企业名称,贷款金额,余额,放款日,到期日,年利率,"
       "主担保方式,…"},
      {OpeningClaim::kind, "claims", "期初代偿 · compensations that were paid; the total is what was paid",
       "期初日,放款机构,借据号,审定日,会议编号,审定本金,审定利息,风险补偿金已付,担保机构已付,支付日"},
      {OpeningCap::kind, "caps",
       "期初年度额度 · what of the yearly caps is used; the total is what was approved",
       "期初日,机构标识,年度,已审定金额"}};
  for (const File& file : files) {
    auto* command = opening.add_subcommand(file.name, file.words);
    auto options = with_ops_options(
        *command,
        fmt::format(
            "  loangate opening {0} {0}.csv --count 120 --total 35000000.00 --dry-run --data build/data "
            "--as officer-li\n"
            "CSV，UTF-8 或 GB18030 · the first line names the columns, in any order:\n  {1}\n"
            "期初数据只能导入一次 · each is entered once, and marked as imported wherever it is shown",
            file.name, file.columns));
    auto given = std::make_shared<Import>();
    given->kind = file.kind;
    command->add_option("file", given->file, "the balances as CSV")->required();
    command->add_option("--count", given->count, "签字确认的行数 · how many lines are signed off")
        ->required();
    command
        ->add_option_function<std::string>(
            "--total",
            [given](const std::string& text) {
              given->total = parse_yuan(text);
              if (!given->total)
                throw CLI::ValidationError("--total", "an amount such as 35000000.00 is expected");
            },
            "签字确认的金额合计（元）· the sum that is signed off, in yuan")
        ->required();
    command->add_flag("--dry-run", given->dry_run, "只试不办 · say what would change, and keep nothing");
    command->callback([=, &exit_code] { exit_code = static_cast<int>(import_acts(*given, *options)); });
  }
}

}  // namespace loangate::app
