#pragma once
#include <cstddef>
#include <expected>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/profile/file_drop.hpp"
#include "base/clock.hpp"
#include "domain/date.hpp"
#include "domain/working_days.hpp"

namespace loangate::net {

/// What is remembered of a partner's files beside the files themselves: which expected ones are missing, and
/// the last one that came. It is kept as a small file in the partner's `work`, so that a restart neither
/// forgets an alert nor raises it again. All decisions are pure; the file is written by save().
class DropRecord {
 public:
  struct Last {
    std::string name;
    Instant complete;
    std::string sha256;
    friend bool operator==(const Last&, const Last&) = default;
  };

  /// Reads it; an absent file is an empty record. The error says what is wrong with it.
  static std::expected<DropRecord, std::string> load(const std::filesystem::path& file);
  /// Replaces the file as a whole. The error says why that cannot be done.
  std::expected<void, std::string> save(const std::filesystem::path& file) const;

  /// A file with this day in its name came. True: it was missing, so that an alert closes.
  bool came(Date day);

  /// The days whose file should be there by now and is not, that were not asked about before: for each an
  /// alert opens. The first time nothing is missing: what was expected earlier nobody had promised yet. Days
  /// that the calendar does not know are working days from Monday to Friday. At most a year of days a call.
  std::vector<Date> fall_due(const adapters::FileDrop::Expected& expected, const Calendar& calendar,
                             Instant now);
  /// When the next file is due.
  Instant next_due(const adapters::FileDrop::Expected& expected, const Calendar& calendar) const;

  /// Oldest first.
  const std::set<Date>& missing() const { return missing_; }
  const std::optional<Last>& last() const { return last_; }
  void set_last(Last last) { last_ = std::move(last); }

  friend bool operator==(const DropRecord&, const DropRecord&) = default;

 private:
  std::optional<Date> asked_ = {};  ///< all days up to this one were asked about
  std::set<Date> missing_ = {};
  std::set<Date> early_ = {};  ///< days after asked_ whose file is there
  std::optional<Last> last_ = {};
};

}  // namespace loangate::net
