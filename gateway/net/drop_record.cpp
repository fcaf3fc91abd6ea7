#include "net/drop_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/json.hpp"
#include "base/json_writer.hpp"
#include "base/replacement.hpp"

namespace loangate::net {
namespace {

using adapters::FileDrop;

constexpr int most_days_a_call = 366;
constexpr std::size_t most_early = 64;  // a name can state any day
constexpr std::size_t most_bytes = 1u << 20;

/// When the file of a day is due.
Instant due(const FileDrop::Expected& expected, Date day) {
  return Instant{start_of(day).micros + std::int64_t{60} * 1'000'000 * expected.by_minutes};
}

bool is_expected(const FileDrop::Expected& expected, const Calendar& calendar, Date day) {
  if (expected.every_day) return true;
  const bool weekday = day.weekday() != 0 && day.weekday() != 6;
  return calendar.is_working_day(day).value_or(weekday);
}

bool read_days(const JsonDocument& document, std::string_view key, std::set<Date>& into) {
  const JsonNode* list = document.member(document.root(), key);
  if (list == nullptr || list->kind != JsonNode::Kind::array) return false;
  for (const JsonNode* item = document.first(*list); item != nullptr; item = document.next(*item)) {
    const auto day = parse_date(item->text);
    if (!day) return false;
    into.insert(*day);
  }
  return true;
}

void write_days(JsonWriter& json, std::string_view key, const std::set<Date>& days) {
  json.key(key).begin_array();
  for (const Date day : days) json.value(format(day));
  json.end_array();
}

std::string text_of(const JsonDocument& document, const JsonNode& object, std::string_view key) {
  const JsonNode* node = document.member(object, key);
  return node == nullptr ? std::string() : std::string(node->text);
}

}  // namespace

std::expected<DropRecord, std::string> DropRecord::load(const std::filesystem::path& file) {
  DropRecord record;
  std::ifstream in(file, std::ios::binary);
  if (!in) return record;
  std::ostringstream text;
  text << in.rdbuf();
  const std::string bytes = text.str();
  JsonDocument document;
  const auto spoilt = [&] {
    return std::unexpected(
        fmt::format("{} is not as the gateway writes it: put back a good one, or remove it to begin anew",
                    file.string()));
  };
  if (!document.read(bytes, {.max_bytes = most_bytes})) return spoilt();
  if (const std::string asked = text_of(document, document.root(), "asked"); !asked.empty()) {
    record.asked_ = parse_date(asked);
    if (!record.asked_) return spoilt();
  }
  if (!read_days(document, "missing", record.missing_) || !read_days(document, "early", record.early_))
    return spoilt();
  if (const JsonNode* last = document.member(document.root(), "last")) {
    const auto complete = parse_instant(text_of(document, *last, "complete"));
    if (!complete) return spoilt();
    record.last_ = Last{text_of(document, *last, "name"), *complete, text_of(document, *last, "sha256")};
  }
  return record;
}

std::expected<void, std::string> DropRecord::save(const std::filesystem::path& file) const {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  if (asked_) json.member("asked", format(*asked_));
  write_days(json, "missing", missing_);
  write_days(json, "early", early_);
  if (last_) {
    json.key("last")
        .begin_object()
        .member("name", last_->name)
        .member("complete", format(last_->complete))
        .member("sha256", last_->sha256)
        .end_object();
  }
  json.end_object();
  auto written = Replacement::write(file, text);
  if (!written) return std::unexpected(written.error());
  return written->take_place();
}

bool DropRecord::came(Date day) {
  if (missing_.erase(day) > 0) return true;
  if ((!asked_ || day > *asked_) && early_.size() < most_early) early_.insert(day);
  return false;
}

std::vector<Date> DropRecord::fall_due(const FileDrop::Expected& expected, const Calendar& calendar,
                                       Instant now) {
  std::vector<Date> opened;
  if (!asked_) {
    asked_ = civil_day(now);
    while (due(expected, *asked_) > now) asked_ = asked_->plus_days(-1);
  }
  for (int days = 0; days < most_days_a_call && due(expected, asked_->plus_days(1)) <= now; ++days) {
    const Date day = asked_->plus_days(1);
    asked_ = day;
    if (early_.contains(day) || !is_expected(expected, calendar, day)) continue;
    missing_.insert(day);
    opened.push_back(day);
  }
  std::erase_if(early_, [&](Date day) { return day <= *asked_; });
  return opened;
}

Instant DropRecord::next_due(const FileDrop::Expected& expected, const Calendar& calendar) const {
  Date day = asked_.value_or(Date::from_days(0)).plus_days(1);
  while (!is_expected(expected, calendar, day) || early_.contains(day)) day = day.plus_days(1);
  return due(expected, day);
}

}  // namespace loangate::net
