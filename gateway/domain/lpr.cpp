#include "domain/lpr.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "domain/config_values.hpp"

namespace loangate {
namespace {

constexpr int month_number(Date day) {
  return day.year() * 12 + static_cast<int>(day.month()) - 1;
}

/// The 20th of the month after the one of `published`.
Date next_twentieth(Date published) {
  const int month = month_number(published) + 1;
  return *Date::of(month / 12, static_cast<unsigned>(month % 12) + 1, 20);
}

/// The first day on which the publication after `published` may have come.
Date next_publication(Date published, const Calendar& calendar) {
  Date day = next_twentieth(published);
  while (calendar.is_working_day(day) == false) day = day.plus_days(1);
  return day;
}

/// The days on which a rate changed, against the list that the file gives of them: two writings of one fact
/// catch a typo.
void check_changes(const YamlNode& stated, const std::vector<LprTable::Publication>& publications,
                   Rate LprTable::Publication::* rate) {
  std::vector<Date> changes;
  for (std::size_t i = 0; i < publications.size(); ++i) {
    if (i == 0 || publications[i].*rate != publications[i - 1].*rate) changes.push_back(publications[i].on);
  }
  std::size_t next = 0;
  for (const YamlNode& item : stated.items()) {
    const Date day = read_date(item);
    if (next == changes.size() || changes[next] != day) {
      item.error(
          fmt::format("{} is not a day on which the quotes change: correct it or the quotes", format(day)));
      return;
    }
    ++next;
  }
  if (next != changes.size())
    stated.error(fmt::format("the change of {} is missing: add it", format(changes[next])));
}

}  // namespace

std::expected<LprTable, ConfigErrors> LprTable::load(const std::filesystem::path& path) {
  const YamlFile file(path);
  if (!file.errors().empty()) return std::unexpected(file.errors());
  LprTable table = read(file.root());
  file.refuse_unread();
  if (!file.errors().empty()) return std::unexpected(file.errors());
  return table;
}

LprTable LprTable::read(const YamlNode& root) {
  constexpr std::string_view schemas[] = {"cn-lpr/1"};
  constexpr std::string_view units[] = {"percent_per_annum"};
  constexpr std::string_view evidence[] = {"A", "B", "T", "C"};
  read_word(root["schema"], schemas);
  read_word(root["unit"], units);
  LprTable table;
  auto& publications = table.publications_;
  for (const YamlNode& row : root["quotes"].items()) {
    const auto cells = row.items();
    if (cells.size() != 4) {
      row.error("a quote is [published, \"1 year\", \"5 years\", evidence]");
      continue;
    }
    const Publication publication{read_date(cells[0]), read_percent(cells[1]), read_percent(cells[2])};
    read_word(cells[3], evidence);
    if (!publications.empty() && month_number(publication.on) <= month_number(publications.back().on)) {
      row.error("quotes stand in the order of their months, one a month: move or remove it");
      continue;
    }
    if (publication.on.day() < 20)
      row.error("the LPR is published on the 20th or the next working day: correct the day");
    publications.push_back(publication);
  }
  if (publications.empty()) {
    root["quotes"].error("no quote: add the published ones");
    return table;
  }
  check_changes(root["changes_1y"], publications, &Publication::one_year);
  check_changes(root["changes_5y"], publications, &Publication::five_years);
  if (read_date(root["vouched_to"]) != publications.back().on) {
    root["vouched_to"].error(
        fmt::format("the last quote is of {}: write that day", format(publications.back().on)));
  }
  return table;
}

std::optional<LprQuote> LprTable::quote(Date day, LprTenor tenor, const Calendar& calendar) const {
  const auto next = std::ranges::upper_bound(publications_, day, {}, &Publication::on);
  if (next == publications_.begin()) return std::nullopt;
  const Publication& holds = *(next - 1);
  // The next month's quote in the table vouches for every day before it, also where no calendar reaches.
  const bool followed = next != publications_.end() && month_number(next->on) == month_number(holds.on) + 1;
  return LprQuote{.rate = tenor == LprTenor::one_year ? holds.one_year : holds.five_years,
                  .published = holds.on,
                  .vouched = followed || day < next_publication(holds.on, calendar)};
}

}  // namespace loangate
