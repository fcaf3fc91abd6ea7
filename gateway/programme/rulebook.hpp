#pragma once
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/yaml.hpp"
#include "domain/fen.hpp"
#include "domain/ids.hpp"
#include "domain/lpr.hpp"
#include "domain/messages.hpp"
#include "domain/rate.hpp"
#include "domain/working_days.hpp"

/// The programme's rules as data. A rule that a version does not state is absent, and then not tested
/// (settled 26). What follows when a rule is broken is a parameter of the rule: note, hold or refusal
/// (settled 7).
namespace loangate::programme {

/// Some codes of a code list.
template <class Code>
class CodeSet {
 public:
  void add(Code code) { bits_ |= 1u << static_cast<unsigned>(code); }
  bool has(Code code) const { return (bits_ >> static_cast<unsigned>(code) & 1u) != 0; }

 private:
  std::uint32_t bits_ = 0;
};

/// 支持名单 (R-06..R-08): a company is listed on a day when it has a valid ground of an eligible category.
struct ListingRule {
  CodeSet<Category> categories;
  Severity broken;
};

/// D类: tested on the day of disbursement.
struct DClassRule {
  Severity broken;
};

/// Who may lend (R-20; 科技支行 under the measures of 2017).
struct LenderRule {
  bool admitted_only;  ///< 合作机构 on the day of disbursement
  bool sci_tech_branch_only;
  Severity broken;
};

/// 单户限额
struct CeilingRule {
  enum class Measure : std::uint8_t {
    outstanding,  ///< of all the company's loans at all banks
    single_loan,  ///< of each loan by itself
  };
  Fen limit;
  Measure measure;
  Severity broken;
};

/// 利率上限 (R-12..R-15): LPR plus a spread, except for securities priced by the market.
struct RateRule {
  Rate spread;
  CodeSet<Security> exempt;
  int long_tenor_years;   ///< from this term on the five-year LPR
  LprTenor middle_tenor;  ///< above one year and below that, unless the bank declares one (R-14)
  Severity explained;     ///< above the ceiling, with a reason
  Severity unexplained;
};

/// 期限
struct TermRule {
  int years;
  bool extension_counts;  ///< whether an extension that takes the whole past the limit is entered too
  Severity broken;
};

/// 备案时限
struct FilingRule {
  int working_days;
  Severity late;
  Severity after_overdue;
};

/// 逾期报告时限
struct OverdueReportRule {
  int working_days;
  int day_zero;  ///< 0: the due date itself; 1: the day after
};

/// 申请代偿: more than so many days overdue.
struct ClaimRule {
  int overdue_days;
};

/// Who bears the loss, and which loss.
struct LossRule {
  enum class Base : std::uint8_t { principal, principal_and_contract_interest };
  struct Payer {
    PayerRole role;
    std::int64_t parts;
    std::optional<PartnerId> partner;  ///< none: the loan's guarantor, or the one institution of the role
  };
  /// The payers in their order; the bank bears what is left.
  struct Shares {
    std::vector<Payer> payers = {};
    std::int64_t whole = 0;
  };
  Base base;
  Shares unguaranteed;
  Shares guaranteed_by_institution;
  Shares guaranteed_by_others;          ///< what the conference's ruling makes of it (R-30)
  Severity guaranteed_by_others_filed;  ///< the filing of such a loan
};

/// 支付 and the bar that follows it.
struct PaymentRule {
  int target_days;  ///< calendar days from the ruling
  int bar_years;
};

/// 年度代偿上限. Stated here; a loss is not yet cut to it.
struct YearlyCapRule {
  enum class Basis : std::uint8_t { decision, instruction, payment };
  Fen limit;
  Basis basis;
};

/// The words on which a rule rests, for people.
struct Clause {
  std::string rule;  ///< key in the file
  std::string clause;
  std::string zh;
  std::string en;
};

/// One version of the programme's measures, in force from a day until it is replaced.
struct Version {
  std::string name;
  std::string title_zh;
  std::string title_en;
  Date from;
  std::optional<Date> until = {};  ///< last day
  std::optional<ListingRule> listing = {};
  std::optional<DClassRule> d_class = {};
  std::optional<LenderRule> lender = {};
  std::optional<CeilingRule> ceiling = {};
  std::optional<RateRule> rate = {};
  std::optional<TermRule> term = {};
  std::optional<FilingRule> filing = {};
  std::optional<OverdueReportRule> overdue_report = {};
  std::optional<ClaimRule> claim = {};
  std::optional<LossRule> loss = {};
  std::optional<PaymentRule> payment = {};
  std::optional<YearlyCapRule> yearly_cap = {};
  std::vector<Clause> clauses = {};

  bool in_force(Date day) const { return from <= day && (!until || day <= *until); }
};

/// One programme in all its versions, with the calendar and the LPR. Eligibility, ceiling, rate and term of a
/// loan go by the version in force at disbursement; loss, shares and procedure by the one in force when they
/// are decided.
class Rulebook {
 public:
  Rulebook(std::string programme, std::vector<Version> versions, std::vector<Uscc> uscc_exceptions,
           Calendar calendar, LprTable lpr);

  const std::string& programme() const { return programme_; }
  const std::vector<Version>& versions() const { return versions_; }
  /// The version in force on the day; nullptr if none is.
  const Version* at(Date day) const;
  const Version* named(std::string_view name) const;
  const Calendar& calendar() const { return calendar_; }
  const LprTable& lpr() const { return lpr_; }
  /// Whether the code passes its checks, or is one of those in use that do not (GB 32100; the rulebook lists
  /// them).
  bool accepts(const Uscc& uscc) const;

 private:
  std::string programme_;
  std::vector<Version> versions_;      // latest first
  std::vector<Uscc> uscc_exceptions_;  // sorted
  Calendar calendar_;
  LprTable lpr_;
};

/// Loads every *.yaml of the directory (one version of one programme each), the calendar and the LPR. All
/// mistakes are reported at once.
std::expected<Rulebook, ConfigErrors> load_rulebook(const std::filesystem::path& programmes,
                                                    const std::filesystem::path& calendar,
                                                    const std::filesystem::path& lpr);

}  // namespace loangate::programme
