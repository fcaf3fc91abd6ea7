// The known values of vectors.yaml, each a test of its own, through the messages whose judgement rests on
// them.
#include <gtest/gtest.h>

#include <functional>

#include "base/contains.hpp"
#include "base/yaml.hpp"
#include "domain/bank_code.hpp"
#include "domain/config_values.hpp"
#include "domain/uscc.hpp"
#include "tests/rules/table.hpp"
#include "tests/support/rulebooks.hpp"

namespace loangate::support {
namespace {

using programme::Decision;

bool finds(const Decision& decision, FindingCode code) {
  return contains(decision.findings, code, &Finding::code);
}

Play world_play(const programme::Rulebook& rules = rulebook()) {
  Play play(rules);
  enter_world(play);
  return play;
}

// --- due dates

/// An unsecured loan of a hundred days that falls due on the day.
Play with_loan_due(Date due, const programme::Rulebook& rules) {
  Play play = world_play(rules);
  const Date disbursed = due.plus_days(-100);
  const auto filed = play.say(MessageKind::loan_disbursement, "bank01", format(disbursed),
                              {{"contract_no", "HT1"},
                               {"loan_no", "L1"},
                               {"company_uscc", "91330482MA28A00104"},
                               {"company_name", "企业一"},
                               {"loan_amount", "100.00"},
                               {"disbursed_on", format(disbursed)},
                               {"matures_on", format(due)},
                               {"rate", "3.00"},
                               {"security", "unsecured"}});
  EXPECT_EQ(filed.outcome, Outcome::accepted) << codes(filed.findings);
  return play;
}

Fields overdue_of(Date due) {
  return {{"loan_no", "L1"}, {"due_on", format(due)}, {"overdue_principal", "100.00"}};
}

void expect_deadline(Date due, Date last_day, const programme::Rulebook& rules) {
  Play play = with_loan_due(due, rules);
  const auto late = [&](Date day) {
    return finds(play.judge(MessageKind::overdue_report, "bank01", format(day), overdue_of(due)),
                 FindingCode::overdue_report_late);
  };
  EXPECT_FALSE(late(last_day)) << format(last_day);
  EXPECT_TRUE(late(last_day.plus_days(1))) << format(last_day);
}

void expect_first_claim(Date due, Date ninetieth, Date first_day) {
  Play play = with_loan_due(due, rulebook());
  play.say(MessageKind::overdue_report, "bank01", format(due.plus_days(1)), overdue_of(due));
  const auto premature = [&](Date day) {
    return finds(play.judge(MessageKind::compensation_application, "bank01", format(day),
                            {{"loan_no", "L1"},
                             {"outstanding_principal", "100.00"},
                             {"contract_interest", "0.00"},
                             {"as_of", format(due)},
                             {"payee_name", "合作银行01"},
                             {"payee_account", "6222"},
                             {"payee_bank_code", "103100000026"}}),
                 FindingCode::compensation_premature);
  };
  EXPECT_TRUE(premature(ninetieth));
  EXPECT_FALSE(premature(first_day));
}

struct DueDate {
  Date due, reported_by, or_by, ninetieth, applied_from;

  explicit DueDate(const YamlNode& node)
      : due(read_date(node["due"])),
        reported_by(read_date(node["reported_by"])),
        or_by(read_date(node["or_by"])),
        ninetieth(read_date(node["ninetieth"])),
        applied_from(read_date(node["applied_from"])) {}

  void show() const {
    const Calendar& calendar = rulebook().calendar();
    EXPECT_EQ(calendar.nth_working_day_after(due, 5), (WorkingDay{reported_by, false}));
    EXPECT_EQ(calendar.nth_working_day_after(due.plus_days(1), 5), (WorkingDay{or_by, false}));
    EXPECT_EQ(due.plus_days(90), ninetieth);
    EXPECT_EQ(ninetieth.plus_days(1), applied_from);
    // The papers before these measures state no time.
    if (!rulebook().at(PartnerId::parse("bank01").value(), due)->overdue_report) return;
    expect_deadline(due, reported_by, rulebook());
    expect_deadline(due, or_by, rulebook_under({{"overdue_report.day_zero", "day_after"}}));
    expect_first_claim(due, ninetieth, applied_from);
  }
};

// --- the LPR

struct Quote {
  Date published;
  Rate one_year, five_years, ceiling, long_ceiling;

  explicit Quote(const YamlNode& node)
      : published(read_date(node["published"])),
        one_year(read_percent(node["one_year"])),
        five_years(read_percent(node["five_years"])),
        ceiling(read_percent(node["ceiling"])),
        long_ceiling(read_percent(node["long_ceiling"])) {}

  void show() const {
    const auto quoted = [&](LprTenor tenor) {
      return rulebook().lpr().quote(published, tenor, rulebook().calendar());
    };
    EXPECT_EQ(quoted(LprTenor::one_year), (LprQuote{one_year, published, true}));
    EXPECT_EQ(quoted(LprTenor::five_years), (LprQuote{five_years, published, true}));
    expect_ceiling(ceiling, published.plus_years(1));
    expect_ceiling(long_ceiling, published.plus_years(5));
  }

  /// Of a mortgage loan that was made on the day of publication, by the rule of today's measures.
  void expect_ceiling(Rate highest, Date matures) const {
    const programme::Version* const version =
        rulebook().of(PartnerId::parse("bank01").value())->named("2022");
    const Rate lpr = matures == published.plus_years(1) ? one_year : five_years;
    EXPECT_EQ(version->rate->ceiling(lpr), highest);
    if (!version->in_force(published)) return;
    Play play = world_play();
    const auto above = [&](Rate rate) {
      return finds(play.judge(MessageKind::loan_disbursement, "bank01", format(published),
                              {{"contract_no", "HT1"},
                               {"loan_no", "L1"},
                               {"company_uscc", "91330482MA28A00104"},
                               {"company_name", "企业一"},
                               {"loan_amount", "100.00"},
                               {"disbursed_on", format(published)},
                               {"matures_on", format(matures)},
                               {"rate", format_percent(rate)},
                               {"security", "mortgage"}}),
                   FindingCode::rate_above_ceiling);
    };
    EXPECT_FALSE(above(highest));
    EXPECT_TRUE(above(highest + Rate::millionths(1)));
  }
};

// --- codes

struct GivenCode {
  std::string code;
  bool valid;
  bool unless_listed;

  explicit GivenCode(const YamlNode& node)
      : code(node["code"].text()),
        valid(node["valid"].boolean_or(false)),
        unless_listed(node["unless_listed"].boolean_or(false)) {}
};

struct CompanyCode : GivenCode {
  using GivenCode::GivenCode;

  static bool passes(const programme::Rulebook& rules, const std::string& code) {
    Play play = world_play(rules);
    return !finds(play.judge(MessageKind::company_entry, "office", "2023-01-04",
                             {{"company_uscc", code},
                              {"company_name", "样例"},
                              {"category", "high_tech"},
                              {"document_no", "GR1"},
                              {"valid_from", "2023-01-01"}}),
                  FindingCode::company_code_invalid);
  }
  void show() const {
    EXPECT_EQ(is_uscc(code), valid);
    // What has more than 18 bytes is no value of the field and never comes so far.
    if (Uscc::parse(code)) EXPECT_EQ(passes(rulebook(), code), valid);
    if (!unless_listed) return;
    const std::string listed = fmt::format("[{{uscc: {}, reason: 早期试点赋码}}]", code);
    EXPECT_TRUE(passes(rulebook_under({{"uscc_exceptions", listed}}), code));
  }
};

struct BankCodeGiven : GivenCode {
  using GivenCode::GivenCode;
  void show() const {
    EXPECT_EQ(is_bank_code(code), valid);
    Play play = world_play();
    const auto decision = play.judge(MessageKind::loan_disbursement, "bank01", "2023-03-06",
                                     {{"branch_code", code},
                                      {"contract_no", "HT1"},
                                      {"loan_no", "L1"},
                                      {"company_uscc", "91330482MA28A00104"},
                                      {"company_name", "企业一"},
                                      {"loan_amount", "100.00"},
                                      {"disbursed_on", "2023-03-01"},
                                      {"matures_on", "2024-03-01"},
                                      {"rate", "4.00"},
                                      {"security", "mortgage"}});
    EXPECT_EQ(finds(decision, FindingCode::bank_code_invalid), !valid);
  }
};

struct InstitutionCodeGiven : GivenCode {
  using GivenCode::GivenCode;
  void show() const {
    Play play = world_play();
    const auto decision = play.judge(MessageKind::institution_entry, "office", "2023-01-04",
                                     {{"institution", "bank03"},
                                      {"role", "bank"},
                                      {"name_zh", "合作银行03"},
                                      {"name_en", "Bank 03"},
                                      {"institution_code", code},
                                      {"sci_tech_branch", "no"},
                                      {"admitted_from", "2023-01-01"}});
    EXPECT_EQ(finds(decision, FindingCode::institution_code_invalid), !valid);
  }
};

// --- as tests

class VectorCase : public testing::Test {
 public:
  explicit VectorCase(std::function<void()> show) : show_(std::move(show)) {}
  void TestBody() override { show_(); }

 private:
  std::function<void()> show_;
};

template <class Vector>
void register_all(const YamlFile& file, std::string_view list) {
  for (const YamlNode& node : file.root()[list].items()) {
    shown_by(node);
    const Vector vector(node);
    testing::RegisterTest(
        fmt::format("vectors_{}", list).c_str(), fmt::format("line_{:03}", node.line()).c_str(), nullptr,
        nullptr, __FILE__, node.line(),
        [vector]() -> testing::Test* { return new VectorCase([vector] { vector.show(); }); });
  }
}

const bool registered = [] {
  const YamlFile file(std::filesystem::path(LOANGATE_SOURCE_DIR "/tests/rules/vectors.yaml"));
  register_all<DueDate>(file, "due_dates");
  register_all<Quote>(file, "lpr");
  register_all<CompanyCode>(file, "uscc");
  register_all<BankCodeGiven>(file, "bank_codes");
  register_all<InstitutionCodeGiven>(file, "institution_codes");
  file.refuse_unread();
  stop_on(file.errors());
  return true;
}();

}  // namespace
}  // namespace loangate::support
