#pragma once
#include <expected>
#include <filesystem>
#include <optional>
#include <vector>

#include "base/yaml.hpp"
#include "domain/date.hpp"
#include "domain/messages.hpp"
#include "domain/rate.hpp"
#include "domain/working_days.hpp"

namespace loangate {

/// The LPR that holds on a day.
struct LprQuote {
  Rate rate;
  Date published;
  /// Whether the table is known to be complete up to that day: the next publication (the 20th of the next
  /// month, or the next working day) had not come yet, or is in the table (settled 30).
  bool vouched;
  friend bool operator==(const LprQuote&, const LprQuote&) = default;
};

/// 贷款市场报价利率: every publication with the day from which it holds.
class LprTable {
 public:
  static std::expected<LprTable, ConfigErrors> load(const std::filesystem::path& file);

  /// The latest publication on or before the day; nothing before the first.
  std::optional<LprQuote> quote(Date day, LprTenor tenor, const Calendar& calendar) const;

  struct Publication {
    Date on;
    Rate one_year;
    Rate five_years;
  };
  const std::vector<Publication>& publications() const { return publications_; }

 private:
  static LprTable read(const YamlNode& root);

  std::vector<Publication> publications_;  // ascending, at most one a month
};

}  // namespace loangate
