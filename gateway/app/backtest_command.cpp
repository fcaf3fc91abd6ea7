#include "app/backtest_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "app/config.hpp"
#include "app/ops_page.hpp"
#include "base/json_writer.hpp"
#include "ops/system/backtest.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace loangate::app {
namespace {

enum : int { nothing_differs = 0, something_differs = 1, could_not_run = 2 };

struct Given {
  std::string partner, profile, config;
  std::uint64_t days = 30, most = 20;
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 9> counts{{
    {"received", "收文 · received"},
    {"sent", "发文 · sent"},
    {"differ", "有差异 · would differ"},
    {"became_readable", "变为可读 · would become readable"},
    {"became_unreadable", "变为不可读 · would become unreadable"},
    {"read_otherwise", "读出不同 · would be read otherwise"},
    {"refused_otherwise", "不可读原因不同 · other findings of what is unreadable"},
    {"written_otherwise", "写出不同 · would be written otherwise"},
    {"not_written", "能否写出不同 · could no longer be written, or now could"},
}};

std::uint64_t number(const JsonDocument& document, std::string_view name) {
  const JsonNode* node = document.member(document.root(), name);
  std::uint64_t value = 0;
  if (node != nullptr) std::from_chars(node->text.data(), node->text.data() + node->text.size(), value);
  return value;
}

/// The parts added up. Differences are kept as JSON, of the first parts that had any.
struct Sum {
  std::array<std::uint64_t, counts.size()> values{};
  std::string differences;  ///< the items alone
  std::uint64_t next = 0, until = 0, told = 0;

  void add(const JsonDocument& document, std::string_view body) {
    for (std::size_t i = 0; i < counts.size(); ++i) values[i] += number(document, counts[i].first);
    next = number(document, "next");
    until = number(document, "until");
    const JsonNode* items = document.member(document.root(), "differences");
    if (items == nullptr || items->children == 0) return;
    told += items->children;
    // The array as it stands in the body: between `"differences":[` and `],"next":`, which no text in it
    // holds unescaped.
    constexpr std::string_view begins = "\"differences\":[", ends = "],\"next\":";
    const std::size_t from = body.find(begins) + begins.size();
    if (!differences.empty()) differences += ',';
    differences += body.substr(from, body.rfind(ends) - from);
  }

  std::string json() const {
    std::string out;
    JsonWriter json(out);
    json.begin_object();
    for (std::size_t i = 0; i < counts.size(); ++i) json.member(counts[i].first, values[i]);
    json.key("differences").raw(fmt::format("[{}]", differences)).end_object();
    return out;
  }

  void print() const {
    for (std::size_t i = 0; i < counts.size(); ++i) fmt::print("{:>9}  {}\n", values[i], counts[i].second);
    JsonDocument document;
    if (differences.empty() ||
        !document.read(fmt::format("[{}]", differences), {.max_bytes = 16u << 20, .max_nodes = 600'000}))
      return;
    for (const JsonNode* item = document.first(document.root()); item != nullptr;
         item = document.next(*item)) {
      const JsonNode* entry = document.member(*item, "entry");
      const JsonNode* kind = document.member(*item, "kind");
      const JsonNode* which = entry != nullptr ? entry : document.member(*item, "delivery");
      fmt::print("{} {} {}\n", entry != nullptr ? "流水 entry" : "投递 delivery", which->text,
                 kind == nullptr ? std::string_view("-") : kind->text);
      const JsonNode* fields = document.member(*item, "fields");
      for (const JsonNode* field = document.first(*fields); field != nullptr; field = document.next(*field)) {
        fmt::print("  {}: {} → {}\n", document.member(*field, "field")->text,
                   document.member(*field, "now")->text, document.member(*field, "then")->text);
      }
    }
    if (told < values[2]) fmt::print("… 另有 · and {} more\n", values[2] - told);
  }
};

void show_progress(const Sum& sum, std::uint64_t from) {
  if (isatty(STDERR_FILENO) == 0 || sum.until <= from) return;
  fmt::print(stderr, "\r{:3}% {} ", (sum.next - from) * 100 / (sum.until - from), sum.next);
  if (sum.next == sum.until) fmt::print(stderr, "\n");
}

int finish(const Sum& sum, bool json) {
  if (json) {
    fmt::print("{}\n", sum.json());
  } else {
    sum.print();
  }
  return sum.values[2] == 0 ? nothing_differs : something_differs;
}

int through_gateway(const OpsOptions& options, const Given& given, const std::string& text) {
  std::string body;
  JsonWriter(body)
      .begin_object()
      .member("partner", std::string_view(given.partner))
      .member("text", std::string_view(text))
      .end_object();
  Sum sum;
  std::string range = fmt::format("days={}", given.days);
  std::optional<std::uint64_t> from;
  do {
    Exit exit{};
    const auto response = OpsSession(options).ask(
        "POST", fmt::format("/v1/backtests?{}&most={}", range, given.most - std::min(given.most, sum.told)),
        body, exit);
    JsonDocument document;
    if (!response) return could_not_run;
    if (exit != Exit::done || !document.read(response->body, greatest_answer)) {
      print_problem(*response);
      return could_not_run;
    }
    sum.add(document, response->body);
    if (!from) from = sum.next;
    show_progress(sum, *from);
    range = fmt::format("after={}&until={}", sum.next, sum.until);
  } while (sum.next < sum.until);
  return finish(sum, options.json);
}

int refuse(const ConfigErrors& errors) {
  for (const ConfigError& error : errors) fmt::print(stderr, "{}\n", error.text());
  return could_not_run;
}

/// The server is down: the store in the data folder is read here. Personal fields stay masked.
int by_itself(const OpsOptions& options, const Given& given, const std::string& text) {
  const auto config = load_config(given.config, options.data);
  if (!config) return refuse(config.error());
  const auto in_force = adapters::load_profile(config->partners / given.partner / "profile.yaml");
  if (!in_force) return refuse(in_force.error());
  const auto candidate = adapters::load_profile(given.partner, text);
  if (!candidate) return refuse(candidate.error());
  const auto store = store::open_sqlite(options.data, {});
  if (!store) return refuse({{options.data.string(), 0, store.error()}});
  const auto back = static_cast<std::int64_t>(given.days) * 86'400'000'000;
  const auto last = (*store)->entry((*store)->last_sequence());
  // Days are those of business time: back from now, or from the last entry of a demonstration.
  const Instant now = last ? std::min(real_now(), last->entry.received) : real_now();
  auto range = ops::entries_since(**store, Instant{now.micros - back});
  const std::uint64_t from = range.after.number;
  Sum sum;
  do {
    const auto part = ops::backtest(**store, *in_force, *candidate, range,
                                    given.most - std::min(given.most, sum.told), false);
    const std::string body = ops::to_json(part, range.until);
    JsonDocument document;
    if (!document.read(body, greatest_answer)) return could_not_run;
    sum.add(document, body);
    show_progress(sum, from);
    range.after = part.next;
  } while (range.after < range.until);
  return finish(sum, options.json);
}

}  // namespace

void add_backtest(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "backtest", "回测 · what a changed profile would make of the messages that are stored");
  auto options = with_ops_options(
      *command,
      "  loangate backtest --partner citicph --profile new.yaml --days 30 --data build/data --as officer-li\n"
      "  loangate backtest --partner citicph --profile new.yaml --json\n"
      "  网关停机时 · when the server is down:\n"
      "  loangate backtest --partner citicph --profile new.yaml --config config --data build/data\n"
      "退出码 exit codes: 0 无差异 nothing would differ, 1 有差异 something would, 2 未能执行 could not run");
  auto given = std::make_shared<Given>();
  command->add_option("--partner", given->partner, "机构 · whose messages")->required();
  command->add_option("--profile", given->profile, "新配置 · the changed profile.yaml")->required();
  command->add_option("--days", given->days, "天数 · how many days back")
      ->check(CLI::Range(1, 3650))
      ->capture_default_str();
  command->add_option("--most", given->most, "逐项列出的差异数 · how many differences are shown")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  command->add_option(
      "--config", given->config,
      "no gateway is asked: compare with this configuration's profile, on the store in --data");
  command->callback([=, &exit_code] {
    // As it takes effect, its base included: the gateway may have another one, or none.
    const auto text = adapters::effective_profile(given->profile);
    if (!text) {
      exit_code = refuse(text.error());
    } else if (given->config.empty()) {
      exit_code = through_gateway(*options, *given, *text);
    } else {
      exit_code = by_itself(*options, *given, *text);
    }
  });
}

}  // namespace loangate::app
