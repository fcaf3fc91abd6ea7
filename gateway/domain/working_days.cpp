#include "domain/working_days.hpp"

#include <fmt/format.h>

#include "domain/config_values.hpp"

namespace loangate {
namespace {
constexpr bool is_weekend(Date day) {
  return day.weekday() == 0 || day.weekday() == 6;
}
constexpr int longest_years = 100;
constexpr int longest_break_days = 31;
}  // namespace

std::expected<Calendar, ConfigErrors> Calendar::load(const std::filesystem::path& path) {
  const YamlFile file(path);
  if (!file.errors().empty()) return std::unexpected(file.errors());
  Calendar calendar = read(file.root());
  file.refuse_unread();
  if (!file.errors().empty()) return std::unexpected(file.errors());
  return calendar;
}

Calendar Calendar::read(const YamlNode& root) {
  constexpr std::string_view schemas[] = {"cn-working-days/1"};
  read_word(root["schema"], schemas);
  Calendar calendar(read_date(root["valid_from"]), read_date(root["valid_to"]));
  if (calendar.to_ < calendar.from_ || calendar.to_ - calendar.from_ > 366 * longest_years) {
    root["valid_to"].error("must come after `valid_from`, by at most 100 years: correct one of them");
    return calendar;
  }
  for (Date day = calendar.from_; day <= calendar.to_; day = day.plus_days(1))
    calendar.works_.push_back(!is_weekend(day));

  for (const auto& [name, node] : root["years"].members()) {
    const int year = static_cast<int>(std::strtol(name.c_str(), nullptr, 10));
    if (year < calendar.from_.year() || year > calendar.to_.year()) {
      node.error(fmt::format("year `{}` lies outside valid_from to valid_to: correct them", name));
      continue;
    }
    node["notice"].text();
    for (const YamlNode& range : node["days_off"].items()) {
      const auto ends = range.items();
      if (ends.size() != 2) {
        range.error("a break is [first day, last day]");
        continue;
      }
      const Date first = read_date(ends[0]);
      const Date last = read_date(ends[1]);
      if (last < first || last - first > longest_break_days) {
        range.error(fmt::format("a break lasts 1 to {} days: correct its days", longest_break_days));
        continue;
      }
      for (Date day = first; day <= last; day = day.plus_days(1)) calendar.set(range, day, year, false);
    }
    for (const YamlNode& day : node["workdays"].items()) calendar.set(day, read_date(day), year, true);

    // The notice's own count shows a day that was left out or mistyped.
    const auto stated = node["working_days"].integer(1, 366);
    std::int64_t counted = 0;
    for (Date day = calendar.from_; day <= calendar.to_; day = day.plus_days(1)) {
      counted += day.year() == year && *calendar.is_working_day(day);
    }
    if (counted != stated) {
      node.error(fmt::format("{} working days are stated, {} counted: look for a day left out or mistyped",
                             stated, counted));
    }
  }
  for (int year = calendar.from_.year(); year <= calendar.to_.year(); ++year) {
    if (!root["years"].has(std::to_string(year))) {
      root["years"].error(fmt::format("year {} is missing: add it, or change valid_to", year));
    }
  }
  return calendar;
}

void Calendar::set(const YamlNode& node, Date day, int year, bool works) {
  if (day < from_ || day > to_ || day.year() != year) {
    node.error(fmt::format("{} does not lie in {}: correct it", format(day), year));
  } else if (works && !is_weekend(day)) {
    node.error(
        fmt::format("{} is no Saturday or Sunday, so no make-up working day: correct it", format(day)));
  } else {
    works_[static_cast<std::size_t>(day - from_)] = works;
  }
}

std::optional<bool> Calendar::is_working_day(Date day) const {
  if (day < from_ || day > to_) return std::nullopt;
  return works_[static_cast<std::size_t>(day - from_)];
}

WorkingDay Calendar::nth_working_day_after(Date day, int count) const {
  bool provisional = false;
  while (count > 0) {
    day = day.plus_days(1);
    const auto known = is_working_day(day);
    provisional |= !known;
    if (known.value_or(!is_weekend(day))) --count;
  }
  return {day, provisional};
}

}  // namespace loangate
