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
  int raised_percent;  ///< of the LPR itself, for schemes that float it up by a share; 0: none
  CodeSet<Security> exempt;
  int long_tenor_years;   ///< from this term on the five-year LPR
  LprTenor middle_tenor;  ///< above one year and below that, unless the bank declares one (R-14)
  Severity explained;     ///< above the ceiling, with a reason
  Severity unexplained;

  /// The ceiling over a quote. What is no whole millionth is cut off: the stricter way.
  Rate ceiling(Rate lpr) const {
    return Rate::millionths(lpr.millionths() * (100 + raised_percent) / 100) + spread;
  }
};

/// 期限
struct TermRule {
  int years;
  std::optional<int> least_days;  ///< calendar days from disbursement to maturity
  bool extension_counts;          ///< whether an extension that takes the whole past the limit is entered too
  Severity broken;
};

/// 备案时限
struct FilingRule {
  int working_days;
  Severity late;
  Severity after_overdue;
};

/// 额度预占: for how long a bank may keep headroom to itself, and how often it may ask (settled 10). The
/// gateway's own.
struct ReservationRule {
  int most_days;  ///< calendar days from the day of the reservation
};

/// 担保确认 (settled 34): a filing guaranteed by an institution that has not confirmed it.
struct GuaranteeRule {
  Severity unconfirmed;  ///< of the filing; the compensation always waits for the confirmation
};

/// 逾期报告时限
struct OverdueReportRule {
  int working_days;
  int day_zero;  ///< 0: the due date itself; 1: the day after
};

/// 申请代偿: more than so many days overdue.
struct ClaimRule {
  int overdue_days;
  std::optional<int> latest_days;  ///< at most so many; none: no last day
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
  std::optional<int>
      interest_days;  ///< interest counts for at most so many days; none: the whole agreed term
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

/// 年度代偿上限: what the fund pays at most for the claims of one institution in a calendar year. What
/// it cuts moves to the bank and is not carried over (settled 28).
struct YearlyCapRule {
  /// Which day names the year. The amount is fixed when it is instructed, so `payment` is the day by which it
  /// is to be paid.
  enum class Basis : std::uint8_t { decision, instruction, payment };
  Fen limit;
  Basis basis;
  bool recoveries_restore;  ///< whether what comes back from recoveries can be spent again
};

/// 追偿缴回
struct RecoveryRule {
  int working_days;  ///< 及时: after the report
  Severity costs_without_voucher;
};

/// 核销
struct WriteOffRule {
  CodeSet<WriteoffGround> grounds;
  CodeSet<WriteoffGround> by_meeting;  ///< only if the meeting says so
};

/// 材料 (R-37, settled 35)
struct DocumentRule {
  CodeSet<DocumentKind> application;
  CodeSet<DocumentKind> write_off;
  Severity missing;
};

/// 联席会议. Without members nobody's opinion is held against a list.
struct ConferenceRule {
  std::vector<std::string> members;
  bool consents_for_listing;  ///< category 10 needs the consent of all members, or a meeting
};

/// 合作机构
struct InstitutionRule {
  bool full_years_only;  ///< an institution admitted part-way through a year is not assessed for it
  int bar_years;         ///< after a removal
};

/// 期限提醒: how many days before a deadline its bank or payer is told. The gateway's own.
struct ReminderRule {
  int overdue_report_days;
  int payment_days;
  int remittance_days;
};

/// A rule for people: the words on which it rests, and its parameters as they stand in the file.
struct Clause {
  struct Parameter {
    std::string key;
    std::vector<std::string> values;  ///< several of a list
  };
  std::string rule;     ///< key in the file
  bool stated = false;  ///< if not, the rest is empty
  std::string clause = {};
  std::string zh = {};
  std::string en = {};
  std::vector<Parameter> parameters = {};  ///< those that are no tables
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
  std::optional<ReservationRule> reservation = {};
  std::optional<GuaranteeRule> guarantee = {};
  std::optional<RecoveryRule> recovery = {};
  std::optional<WriteOffRule> write_off = {};
  std::optional<DocumentRule> documents = {};
  std::optional<ConferenceRule> conference = {};
  std::optional<InstitutionRule> institutions = {};
  std::optional<ReminderRule> reminders = {};
  std::vector<Clause> clauses = {};  ///< of all rules, in the order of the file

  bool in_force(Date day) const { return from <= day && (!until || day <= *until); }
};

/// One programme in all its versions. Eligibility, ceiling, rate and term of a loan go by the version in
/// force at disbursement; loss, shares and procedure by the one in force when they are decided.
struct Programme {
  std::string name;
  std::vector<Version> versions;         ///< latest first
  std::vector<PartnerId> partners = {};  ///< whom it is for; empty: everybody whom no other programme names

  /// The version in force on the day; nullptr if none is.
  const Version* at(Date day) const;
  const Version* named(std::string_view version) const;
};

/// All programmes, with the calendar and the LPR.
class Rulebook {
 public:
  Rulebook(std::vector<Programme> programmes, std::vector<Uscc> uscc_exceptions, Calendar calendar,
           LprTable lpr);

  const std::vector<Programme>& programmes() const { return programmes_; }
  /// The programme under which the partner lends, guarantees or pays; nullptr if it is named by none and none
  /// is for everybody.
  const Programme* of(const PartnerId& partner) const;
  /// The version of the partner's programme in force on the day; nullptr if none is.
  const Version* at(const PartnerId& partner, Date day) const;
  const Calendar& calendar() const { return calendar_; }
  const LprTable& lpr() const { return lpr_; }
  /// The same rules on other data.
  Rulebook with(Calendar calendar) const;
  Rulebook with(LprTable lpr) const;
  /// Whether the code passes its checks, or is one of those in use that do not (GB 32100; the rulebook lists
  /// them).
  bool accepts(const Uscc& uscc) const;

 private:
  std::vector<Programme> programmes_;
  std::vector<Uscc> uscc_exceptions_;  // sorted
  Calendar calendar_;
  LprTable lpr_;
};

/// Loads every *.yaml of the directory (one version of one programme each), the calendar and the LPR. Several
/// programmes stand side by side if at most one of them is for everybody, and no partner is in two. All
/// mistakes are reported at once.
std::expected<Rulebook, ConfigErrors> load_rulebook(const std::filesystem::path& programmes,
                                                    const std::filesystem::path& calendar,
                                                    const std::filesystem::path& lpr);

}  // namespace loangate::programme
