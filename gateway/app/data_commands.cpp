#include "app/data_commands.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <expected>

#include "app/ops_page.hpp"
#include "base/json_writer.hpp"
#include "base/yaml.hpp"
#include "domain/config_values.hpp"
#include "domain/messages.hpp"
#include "domain/working_days.hpp"

namespace loangate::app {
namespace {

std::string target(MessageKind act, bool dry_run) {
  return fmt::format("/v1/acts/{}{}", spec_of(act).name, dry_run ? "?dry_run=yes" : "");
}

void add_lpr(CLI::App& app, int& exit_code) {
  auto& lpr = add_noun(app, "lpr", "贷款市场报价利率 · the loan prime rate");
  auto* command =
      lpr.add_subcommand("add", "录入一次公布 · enter a publication; what waited for it is decided");
  auto options = with_ops_options(*command,
                                  "  loangate lpr add --on 2026-10-20 --one-year 3.00 --five-years 3.50 "
                                  "--source 人民银行2026年10月20日公告 \\\n"
                                  "      --data build/data --as operator-zhao\n"
                                  "  loangate lpr add --on 2026-10-20 --one-year 3.00 --five-years 3.50 "
                                  "--source \"PBoC, 20 October\" --dry-run");
  struct Given {
    std::string on, one_year, five_years, source;
    bool dry_run = false;
  };
  auto given = std::make_shared<Given>();
  command->add_option("--on", given->on, "公布日 · day of publication, such as 2026-10-20")->required();
  command->add_option("--one-year", given->one_year, "1年期 · one year, percent")->required();
  command->add_option("--five-years", given->five_years, "5年期以上 · five years and over, percent")
      ->required();
  command->add_option("--source", given->source, "公告出处 · where it was announced")->required();
  command->add_flag("--dry-run", given->dry_run, "只试不办 · keep nothing");
  command->callback([=, &exit_code] {
    std::string body;
    JsonWriter(body)
        .begin_object()
        .member("published_on", std::string_view(given->on))
        .member("one_year", std::string_view(given->one_year))
        .member("five_years", std::string_view(given->five_years))
        .member("source", std::string_view(given->source))
        .end_object();
    if (const auto read = read_canonical(LprEntry::spec(), body); !read)
      throw CLI::ValidationError(read.error());
    exit_code = static_cast<int>(enter(*options, target(LprEntry::kind, given->dry_run), body));
  });
}

/// The one year in a file of the form of config/calendar.yaml.
std::expected<CalendarEntry, ConfigErrors> read_year(const std::string& path) {
  if (auto calendar = Calendar::load(path); !calendar) return std::unexpected(std::move(calendar.error()));
  const YamlFile file{std::filesystem::path(path)};
  const auto years = file.root()["years"].members();
  if (years.size() != 1) {
    return std::unexpected(ConfigErrors{
        {path, file.root()["years"].line(), "one year at a time is added: leave the one in it"}});
  }
  const auto& [name, year] = years.front();
  CalendarEntry entry{.year = std::strtoll(name.c_str(), nullptr, 10),
                      .notice = year["notice"].text(),
                      .working_days = year["working_days"].integer(1, 366)};
  for (const YamlNode& range : year["days_off"].items()) {
    const auto ends = range.items();
    entry.days_off.push_back({.first_day = read_date(ends[0]), .last_day = read_date(ends[1])});
  }
  for (const YamlNode& day : year["workdays"].items()) entry.workdays.push_back({.day = read_date(day)});
  return entry;
}

void add_calendar(CLI::App& app, int& exit_code) {
  auto& calendar = add_noun(app, "calendar", "工作日历 · the calendar of working days");
  auto* command = calendar.add_subcommand(
      "add", "续录一年 · add the next year; deadlines that were provisional follow it");
  auto options = with_ops_options(*command,
                                  "  loangate calendar add 2027.yaml --data build/data --as operator-zhao\n"
                                  "  loangate calendar add 2027.yaml --dry-run --json\n"
                                  "文件同 config/calendar.yaml，只含一年 · the file is of the form of "
                                  "config/calendar.yaml, with one year:\n"
                                  "  schema: cn-working-days/1\n"
                                  "  valid_from: 2027-01-01\n"
                                  "  valid_to: 2027-12-31\n"
                                  "  years:\n"
                                  "    2027:\n"
                                  "      notice: 国务院办公厅关于2027年部分节假日安排的通知\n"
                                  "      working_days: 250\n"
                                  "      days_off: [[2027-01-01, 2027-01-03]]\n"
                                  "      workdays: []");
  auto file = std::make_shared<std::string>();
  auto dry_run = std::make_shared<bool>(false);
  command->add_option("file", *file, "the year, as YAML")->required();
  command->add_flag("--dry-run", *dry_run, "只试不办 · keep nothing");
  command->callback([=, &exit_code] {
    const auto entry = read_year(*file);
    if (!entry) {
      for (const ConfigError& error : entry.error()) fmt::print(stderr, "{}\n", error.text());
      exit_code = static_cast<int>(Exit::usage);
      return;
    }
    exit_code = static_cast<int>(
        enter(*options, target(CalendarEntry::kind, *dry_run), canonical_json(entry->record())));
  });
}

}  // namespace

void add_data_commands(CLI::App& app, int& exit_code) {
  add_lpr(app, exit_code);
  add_calendar(app, exit_code);
}

}  // namespace loangate::app
