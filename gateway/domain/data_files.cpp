#include "domain/data_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace loangate {
namespace {

class Lines {
 public:
  explicit Lines(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      lines_.emplace_back(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    while (!lines_.empty() && lines_.back().find_first_not_of(" \t\r") == std::string::npos)
      lines_.pop_back();
  }

  /// The one line that begins with these characters; nullptr if there is none, or more than one.
  std::string* line_of(std::string_view begin) {
    std::string* found = nullptr;
    for (std::string& line : lines_) {
      if (!line.starts_with(begin)) continue;
      if (found != nullptr) return nullptr;
      found = &line;
    }
    return found;
  }
  /// Whether the part under this key is the last of the file.
  bool ends_with_part(std::string_view key) const {
    const auto found =
        std::ranges::find_if(lines_, [&](const std::string& line) { return line.starts_with(key); });
    return found != lines_.end() && std::all_of(found + 1, lines_.end(), [](const std::string& line) {
             return line.empty() || line.front() == ' ' || line.front() == '#';
           });
  }
  void append(std::string line) { lines_.push_back(std::move(line)); }
  std::string text() const {
    std::string text;
    for (const std::string& line : lines_) text += line + '\n';
    return text;
  }

 private:
  std::vector<std::string> lines_;
};

std::unexpected<std::string> another_layout(std::string_view what) {
  return std::unexpected(
      fmt::format("has another layout than was delivered ({}): extend it by hand, and restart", what));
}

/// As one line of a comment.
std::string comment(std::string_view words) {
  std::string line(words);
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return line;
}

/// As a double-quoted scalar.
std::string as_scalar(std::string_view words) {
  std::string text = "\"";
  for (const char c : comment(words)) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

/// Adds a day to `key: [a, b, c]`.
bool add_to_list(Lines& lines, std::string_view key, Date day) {
  std::string* const line = lines.line_of(key);
  const std::size_t end = line == nullptr ? std::string::npos : line->rfind(']');
  if (end == std::string::npos) return false;
  line->insert(end, ", " + format(day));
  return true;
}

}  // namespace

std::expected<std::string, std::string> with_publication(std::string_view text,
                                                         const LprTable::Publication& last,
                                                         const LprEntry& entry, std::string_view remark) {
  Lines lines(text);
  std::string* const vouched = lines.line_of("vouched_to:");
  if (vouched == nullptr) return another_layout("no line `vouched_to: DAY`");
  *vouched = fmt::format("vouched_to: {}", format(entry.published_on));
  if (entry.one_year != last.one_year && !add_to_list(lines, "changes_1y:", entry.published_on))
    return another_layout("no line `changes_1y: [DAY, …]`");
  if (entry.five_years != last.five_years && !add_to_list(lines, "changes_5y:", entry.published_on))
    return another_layout("no line `changes_5y: [DAY, …]`");
  if (!lines.ends_with_part("quotes:")) return another_layout("`quotes` is not its last part");
  lines.append(fmt::format("  - [{}, \"{}\", \"{}\", A]   # {}; {}", format(entry.published_on),
                           format_percent(entry.one_year), format_percent(entry.five_years),
                           comment(entry.source), comment(remark)));
  return lines.text();
}

std::expected<std::string, std::string> with_year(std::string_view text, const CalendarEntry& entry,
                                                  std::string_view remark) {
  Lines lines(text);
  std::string* const valid_to = lines.line_of("valid_to:");
  if (valid_to == nullptr) return another_layout("no line `valid_to: DAY`");
  *valid_to = fmt::format("valid_to: {}-12-31", entry.year);
  if (!lines.ends_with_part("years:")) return another_layout("`years` is not its last part");
  lines.append(fmt::format("  {}:   # {}", entry.year, comment(remark)));
  lines.append(fmt::format("    notice: {}", as_scalar(entry.notice)));
  lines.append(fmt::format("    working_days: {}", entry.working_days));
  lines.append("    days_off:");
  for (const DayRangeRow& range : entry.days_off) {
    lines.append(fmt::format("      - [{}, {}]", format(range.first_day), format(range.last_day)));
  }
  std::string workdays;
  for (const CalendarDayRow& day : entry.workdays) {
    workdays += fmt::format("{}{}", workdays.empty() ? "" : ", ", format(day.day));
  }
  lines.append(fmt::format("    workdays: [{}]", workdays));
  return lines.text();
}

}  // namespace loangate
