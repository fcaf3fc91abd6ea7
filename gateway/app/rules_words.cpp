#include "app/rules_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "domain/fen.hpp"
#include "domain/messages.hpp"

namespace loangate::app {
namespace {

struct RuleLine {
  std::string_view rule;
  RuleWords words;
  /// Of the project's list of rules. Without their R-: what carries that tag is a place that implements the
  /// rule.
  std::string_view numbers;
};

constexpr RuleLine rule_lines[] = {
    {"listing", {"支持名单", "Support list"}, "06 07 08"},
    {"d_class", {"D类企业", "Companies in class D"}, "09"},
    {"lender", {"放款机构", "Lenders"}, "03 20"},
    {"ceiling", {"单户限额", "Ceiling of a company"}, "18"},
    {"rate", {"利率上限", "Ceiling of the rate"}, "12 13 14"},
    {"term", {"贷款期限", "Term"}, "16"},
    {"filing", {"备案时限", "Time for filing"}, "22"},
    {"overdue_report", {"逾期报告", "Report of an overdue"}, "34"},
    {"claim", {"申请代偿", "Application for compensation"}, "35"},
    {"loss", {"损失与分担", "The loss and who bears it"}, "26 27 30 31"},
    {"payment", {"支付与三年限制", "Payment, and the bar of three years"}, "36 43"},
    {"yearly_cap", {"年度上限", "Yearly cap"}, "32"},
    {"reservation", {"额度预占", "Reservation of headroom"}, "18"},
    {"guarantee", {"担保确认", "Confirmation of the guarantee"}, "04"},
    {"recovery", {"追偿缴回", "Return of recoveries"}, "39 40"},
    {"write_off", {"核销", "Write-off"}, "41"},
    {"documents", {"申请材料", "Documents"}, "37"},
    {"conference", {"联席会议", "Joint conference"}, "01 02 08"},
    {"institutions", {"合作机构考核", "Assessment of institutions"}, "45 46"},
    {"reminders", {"期限提醒", "Reminders"}, "34 36 39"},
};

/// How a parameter's value is shown.
enum class Form : std::uint8_t { as_it_is, yuan, code, word };

struct ParameterLine {
  std::string_view rule;
  std::string_view key;
  RuleWords words;
  Form form = Form::as_it_is;
  const CodeListSpec& (*codes)() = nullptr;
};

constexpr ParameterLine parameter_lines[] = {
    {"listing", "categories", {"可入库类别", "Categories"}, Form::code, category_codes},
    {"listing", "broken", {"不在名单时", "If not on the list"}, Form::code, severity_codes},
    {"d_class", "broken", {"处于执行期时", "If in its period"}, Form::code, severity_codes},
    {"lender", "admitted_only", {"须为合作机构", "Admitted institutions only"}, Form::word},
    {"lender", "sci_tech_branch_only", {"须为科技支行", "Sci-tech branches only"}, Form::word},
    {"lender", "broken", {"不符时", "If not"}, Form::code, severity_codes},
    {"ceiling", "limit", {"限额（元）", "Limit (yuan)"}, Form::yuan},
    {"ceiling", "measure", {"计量口径", "Measured by"}, Form::word},
    {"ceiling", "broken", {"超过时", "If exceeded"}, Form::code, severity_codes},
    {"rate", "spread_bp", {"LPR加点（基点）", "Spread over the LPR (basis points)"}},
    {"rate", "raised_percent", {"LPR上浮（%）", "LPR raised by (%)"}},
    {"rate", "exempt", {"不设上限的担保方式", "Securities without a ceiling"}, Form::code, security_codes},
    {"rate", "long_tenor_years", {"适用5年期LPR的期限（年）", "Five-year LPR from a term of (years)"}},
    {"rate", "middle_tenor", {"1年以上适用", "Above one year"}, Form::code, lpr_tenor_codes},
    {"rate", "explained", {"超过而已说明原因", "If exceeded, with a reason"}, Form::code, severity_codes},
    {"rate", "unexplained", {"超过而未说明原因", "If exceeded, without one"}, Form::code, severity_codes},
    {"term", "years", {"最长（年）", "At most (years)"}},
    {"term", "least_days", {"最短（日）", "At least (days)"}},
    {"term", "extension_counts", {"展期后超过亦计", "Also when an extension exceeds it"}, Form::word},
    {"term", "broken", {"不符时", "If not"}, Form::code, severity_codes},
    {"filing", "working_days", {"时限（工作日）", "Time (working days)"}},
    {"filing", "late", {"逾时备案", "If late"}, Form::code, severity_codes},
    {"filing", "after_overdue", {"逾期后备案", "If the overdue had begun"}, Form::code, severity_codes},
    {"overdue_report", "working_days", {"时限（工作日）", "Time (working days)"}},
    {"overdue_report", "day_zero", {"起算日", "Counted from"}, Form::word},
    {"claim", "overdue_days", {"逾期超过（日）", "More than so many days overdue"}},
    {"claim", "latest_days", {"最迟（日）", "At the latest (days)"}},
    {"loss", "base", {"损失范围", "What the loss is"}, Form::word},
    {"loss", "interest_days", {"计息最长（日）", "Interest of at most (days)"}},
    {"loss", "rounding", {"尾数", "Rounding"}, Form::word},
    {"loss", "residual_bearer", {"余数承担", "Who bears the rest"}, Form::word},
    {"loss",
     "guaranteed_by_others_filed",
     {"无担保机构的保证贷款备案", "Filing of a loan that only others guarantee"},
     Form::code,
     severity_codes},
    {"payment", "target_days", {"支付时限（日）", "Paid within (days)"}},
    {"payment", "bar_years", {"限制期（年）", "Bar (years)"}},
    {"yearly_cap", "limit", {"每家机构每年（元）", "A year for an institution (yuan)"}, Form::yuan},
    {"yearly_cap", "basis", {"年度按", "The year is that of"}, Form::word},
    {"yearly_cap", "recoveries_restore", {"追偿恢复额度", "Recoveries restore it"}, Form::word},
    {"reservation", "most_days", {"最长（日）", "At most (days)"}},
    {"guarantee",
     "unconfirmed",
     {"备案时未确认", "Filed before it is confirmed"},
     Form::code,
     severity_codes},
    {"recovery", "working_days", {"缴回时限（工作日）", "Returned within (working days)"}},
    {"recovery",
     "costs_without_voucher",
     {"费用无凭证", "Costs without a voucher"},
     Form::code,
     severity_codes},
    {"write_off", "grounds", {"事由", "Grounds"}, Form::code, writeoff_ground_codes},
    {"write_off",
     "by_meeting",
     {"须会议认定的事由", "Grounds only by a meeting"},
     Form::code,
     writeoff_ground_codes},
    {"documents", "application", {"代偿申请材料", "With an application"}, Form::code, document_kind_codes},
    {"documents", "write_off", {"核销申请材料", "With a write-off"}, Form::code, document_kind_codes},
    {"documents", "missing", {"缺少时", "If missing"}, Form::code, severity_codes},
    {"conference", "members", {"成员单位", "Members"}},
    {"conference",
     "consents_for_listing",
     {"第十类须全体同意", "Category 10 needs all consents"},
     Form::word},
    {"institutions", "full_years_only", {"只考核整年", "Full years only"}, Form::word},
    {"institutions", "bar_years", {"退出后不得申请（年）", "No application after a removal (years)"}},
    {"reminders", "overdue_report_days", {"逾期报告前（日）", "Before an overdue report (days)"}},
    {"reminders", "payment_days", {"支付前（日）", "Before a payment (days)"}},
    {"reminders", "remittance_days", {"缴回前（日）", "Before a return (days)"}},
};

constexpr CodeSpec value_words[] = {
    {"true", "是", "yes"},
    {"false", "否", "no"},
    {"outstanding", "全部机构余额合计", "outstanding at all institutions"},
    {"single_loan", "每笔贷款", "each loan by itself"},
    {"due_date", "应还日", "the due date"},
    {"day_after", "应还日次日", "the day after the due date"},
    {"principal", "本金", "principal"},
    {"principal_and_contract_interest", "本金及约定期限内利息", "principal, and interest of the agreed term"},
    {"half_up", "四舍五入到分", "half up to the fen"},
    {"bank", "银行", "the bank"},
    {"decision", "审定日", "the ruling"},
    {"instruction", "指令日", "the instruction"},
    {"payment", "支付日", "the payment"},
};

constexpr RestsOn rests[] = {
    {FindingCode::company_not_listed, "listing", "listing.broken"},
    {FindingCode::company_d_class, "d_class", "d_class.broken"},
    {FindingCode::institution_not_admitted, "lender", "lender.broken"},
    {FindingCode::lender_not_eligible, "lender", "lender.broken"},
    {FindingCode::ceiling_exceeded, "ceiling", "ceiling.broken"},
    {FindingCode::ceiling_not_stated, "ceiling"},
    {FindingCode::rate_above_ceiling, "rate", "rate.unexplained"},
    {FindingCode::rate_above_ceiling_explained, "rate", "rate.explained"},
    {FindingCode::lpr_not_vouched, "rate"},
    {FindingCode::term_over_limit, "term", "term.broken"},
    {FindingCode::term_under_limit, "term", "term.broken"},
    {FindingCode::filing_late, "filing", "filing.late"},
    {FindingCode::filed_after_overdue, "filing", "filing.after_overdue"},
    {FindingCode::overdue_report_late, "overdue_report"},
    {FindingCode::compensation_premature, "claim"},
    {FindingCode::compensation_too_late, "claim"},
    {FindingCode::guarantee_needs_ruling, "loss", "loss.guaranteed_by_others_filed"},
    {FindingCode::payer_unknown, "loss"},
    {FindingCode::company_barred, "payment"},
    {FindingCode::yearly_cap_reached, "yearly_cap"},
    {FindingCode::reservation_too_long, "reservation"},
    {FindingCode::reservation_not_offered, "reservation"},
    {FindingCode::guarantee_unconfirmed, "guarantee", "guarantee.unconfirmed"},
    {FindingCode::costs_without_voucher, "recovery", "recovery.costs_without_voucher"},
    {FindingCode::ground_not_stated, "write_off"},
    {FindingCode::ground_needs_meeting, "write_off"},
    {FindingCode::document_missing, "documents", "documents.missing"},
    {FindingCode::member_unknown, "conference"},
    {FindingCode::consents_missing, "conference"},
    {FindingCode::institution_barred, "institutions"},
};

const CodeSpec* named(std::span<const CodeSpec> words, std::string_view name) {
  const auto found = std::ranges::find(words, name, &CodeSpec::name);
  return found == words.end() ? nullptr : &*found;
}

const ParameterLine* line_of(std::string_view rule, std::string_view key) {
  const auto found = std::ranges::find_if(
      parameter_lines, [&](const ParameterLine& line) { return line.rule == rule && line.key == key; });
  return found == std::end(parameter_lines) ? nullptr : &*found;
}

}  // namespace

const RuleWords* words_of_rule(std::string_view rule) {
  const auto found = std::ranges::find(rule_lines, rule, &RuleLine::rule);
  return found == std::end(rule_lines) ? nullptr : &found->words;
}

std::string numbers_of_rule(std::string_view rule) {
  const auto found = std::ranges::find(rule_lines, rule, &RuleLine::rule);
  std::string numbers;
  if (found == std::end(rule_lines)) return numbers;
  for (std::size_t at = 0; at < found->numbers.size(); at += 3) {
    numbers += fmt::format("{}R-{}", at == 0 ? "" : " ", found->numbers.substr(at, 2));
  }
  return numbers;
}

const RuleWords* words_of_parameter(std::string_view rule, std::string_view parameter) {
  const ParameterLine* const line = line_of(rule, parameter);
  return line == nullptr ? nullptr : &line->words;
}

std::string words_of_value(std::string_view rule, std::string_view parameter, std::string_view value) {
  const ParameterLine* const line = line_of(rule, parameter);
  const CodeSpec* word = nullptr;
  if (line != nullptr && line->form == Form::code) word = named(line->codes().codes, value);
  if (line != nullptr && line->form == Form::word) word = named(value_words, value);
  if (word != nullptr) return fmt::format("{} {}", word->zh, word->en);
  const auto amount = line != nullptr && line->form == Form::yuan ? parse_yuan(value) : std::nullopt;
  return amount ? format_yuan_grouped(*amount) : std::string(value);
}

const RestsOn* rests_on(FindingCode code) {
  const auto found = std::ranges::find(rests, code, &RestsOn::code);
  return found == std::end(rests) ? nullptr : &*found;
}

}  // namespace loangate::app
