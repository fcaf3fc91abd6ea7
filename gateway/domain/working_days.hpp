#pragma once
#include <expected>
#include <filesystem>
#include <optional>
#include <vector>

#include "base/yaml.hpp"
#include "domain/date.hpp"

namespace loangate {

/// A day counted in working days. Provisional if the count ran past the published calendar, where Monday to
/// Friday stand in for what is not known yet: to be computed again when the year is loaded.
struct WorkingDay {
  Date date;
  bool provisional;
  friend bool operator==(const WorkingDay&, const WorkingDay&) = default;
};

/// The State Council's calendar of days off and make-up working days. Knows nothing outside its years, and
/// says so.
class Calendar {
 public:
  static std::expected<Calendar, ConfigErrors> load(const std::filesystem::path& file);

  Date valid_from() const { return from_; }
  Date valid_to() const { return to_; }

  /// Whether people work on this day; nothing if its year is not published.
  std::optional<bool> is_working_day(Date day) const;

  /// The `count`th working day after `day`, which itself does not count (民法典 201). `count` is at least 1.
  WorkingDay nth_working_day_after(Date day, int count) const;

 private:
  Calendar(Date from, Date to) : from_(from), to_(to) {}
  static Calendar read(const YamlNode& root);
  void set(const YamlNode& node, Date day, int year, bool works);

  Date from_;
  Date to_;
  std::vector<bool> works_;  // by days since from_
};

}  // namespace loangate
