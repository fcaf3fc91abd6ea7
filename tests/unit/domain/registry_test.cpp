// The registry's things: what they count, what they are called, and their JSON in every state.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "domain/registry.hpp"
#include "tests/support/property.hpp"
#include "tests/support/records.hpp"

namespace loangate {
namespace {

using support::any_text;
using support::holds;

template <class T>
T pick(std::initializer_list<T> values) {
  return *rc::gen::elementOf(std::vector<T>(values));
}
template <class Id>
Id any_id() {
  return *Id::parse(any_text(Id::capacity));
}
Date any_date() {
  return Date::from_days(*rc::gen::inRange(0, 40'000));
}
Fen any_fen() {
  return Fen{*rc::gen::inRange<std::int64_t>(0, Fen::greatest)};
}
bool maybe() {
  return *rc::gen::arbitrary<bool>();
}
Sequence any_sequence() {
  return {*rc::gen::arbitrary<std::uint64_t>()};
}
template <class Make>
auto any_optional(Make make) {
  return maybe() ? std::optional(make()) : std::nullopt;
}
Digest any_digest() {
  return sha256(any_text(20));
}
Period any_period() {
  return {any_date(), any_optional(any_date)};
}
template <class Make>
auto any_list(Make make) {
  std::vector<decltype(make())> list;
  for (int count = *rc::gen::inRange(0, 3); count > 0; --count) list.push_back(make());
  return list;
}
course::Overdue any_overdue() {
  return {any_date(), any_fen(), any_fen(), any_date(), maybe(), any_sequence()};
}
LoanRef any_ref() {
  return {any_id<PartnerId>(), any_id<LoanNo>()};
}

Company any_company() {
  return {any_id<Uscc>(), any_text(60), any_list([] {
            return Qualification{pick({Category::high_tech, Category::by_conference}), any_text(40),
                                 any_period()};
          }),
          any_list(any_period), any_optional(any_period)};
}
Institution any_institution() {
  return {any_id<PartnerId>(),
          pick({PartnerRole::bank, PartnerRole::credit_registry}),
          any_text(40),
          any_text(40),
          any_optional(any_id<InstitutionCode>),
          maybe(),
          any_list(any_period)};
}
Standing any_standing() {
  switch (*rc::gen::inRange(0, 3)) {
    case 0:
      return standing::Pending{{FindingCode::rate_above_ceiling, FindingCode::lpr_not_vouched}};
    case 1:
      return standing::Filed{};
    default:
      return standing::Refused{any_date(), any_text(60)};
  }
}
Course any_course() {
  switch (*rc::gen::inRange(0, 5)) {
    case 0:
      return course::Current{};
    case 1:
      return any_overdue();
    case 2:
      return course::Applied{any_id<CaseNo>(), any_overdue()};
    case 3:
      return course::Compensated{any_id<CaseNo>(), any_overdue()};
    default:
      return course::Settled{any_date()};
  }
}
Loan any_loan() {
  return {
      .filing = any_sequence(),
      .ref = any_ref(),
      .filed_as = any_id<MessageId>(),
      .contract_no = any_id<ContractNo>(),
      .company = any_id<Uscc>(),
      .company_name = any_text(60),
      .lent = any_fen(),
      .filed = any_fen(),
      .outstanding = any_fen(),
      .disbursed_on = any_date(),
      .matures_on = any_date(),
      .matured_before_extension = any_optional(any_date),
      .rate = Rate::millionths(*rc::gen::inRange<std::int64_t>(-1000, 1'000'000)),
      .security = pick({Security::unsecured, Security::ip_pledge}),
      .guarantor_kind =
          any_optional([] { return pick({GuarantorKind::institution, GuarantorKind::person}); }),
      .guarantor = any_optional(any_id<PartnerId>),
      .long_term = maybe(),
      .content = any_digest(),
      .standing = any_standing(),
      .course = any_course(),
      .filed_on = any_date(),
      .pricing = {any_optional([] { return *rc::gen::inRange<std::int32_t>(-500, 500); }),
                  any_optional([] { return pick({LprTenor::one_year, LprTenor::five_years}); }), maybe()}};
}
Ruling any_ruling() {
  return {pick({CompensationRuling::approved, CompensationRuling::returned}),
          any_text(20),
          any_date(),
          any_fen(),
          any_fen(),
          any_text(40),
          any_list([] {
            return OpinionRow{any_text(20), pick({Answer::yes, Answer::no}),
                              any_optional([] { return any_text(20); })};
          })};
}
Case any_case() {
  return {.no = any_id<CaseNo>(),
          .loan = any_ref(),
          .application = any_sequence(),
          .applied_as = any_id<MessageId>(),
          .application_no = any_optional([] { return any_text(20); }),
          .principal = any_fen(),
          .interest = any_fen(),
          .as_of = any_date(),
          .payee_name = any_text(40),
          .payee_account = any_text(20),
          .payee_bank_code = any_id<BankCode>(),
          .ruling = any_optional(any_ruling),
          .loss = any_optional(any_fen),
          .bank_share = any_optional(any_fen),
          .instructions = any_list(any_id<InstructionNo>),
          .governing_version = any_text(10)};
}
Instruction any_instruction() {
  const auto payment = [] {
    return Instruction::Payment{any_fen(), any_date(), any_text(20), any_sequence()};
  };
  return {any_id<InstructionNo>(),
          any_id<CaseNo>(),
          any_ref(),
          any_id<PartnerId>(),
          pick({PayerRole::fund, PayerRole::guarantor}),
          any_fen(),
          any_date(),
          any_optional(payment),
          any_optional(payment)};
}
Proposal any_proposal() {
  return {any_id<ProposalNo>(),
          pick({MessageKind::rule_hold, MessageKind::rule_compensation}),
          any_text(200),
          any_digest(),
          any_id<PersonId>(),
          Instant{*rc::gen::inRange<std::int64_t>(0, 4'000'000'000'000'000)},
          pick({Proposal::State::open, Proposal::State::approved, Proposal::State::withdrawn}),
          any_optional(any_id<PersonId>)};
}
Outage any_outage() {
  return {Instant{*rc::gen::inRange<std::int64_t>(0, 4'000'000'000'000'000)},
          Instant{*rc::gen::inRange<std::int64_t>(0, 4'000'000'000'000'000)}};
}
ProfileVersion any_profile_version() {
  return {any_id<PartnerId>(),
          *rc::gen::inRange(1, 1000),
          any_digest(),
          any_text(500),
          any_optional([] { return *rc::gen::inRange(1, 1000); }),
          any_id<PersonId>(),
          any_optional(any_id<PersonId>),
          Instant{*rc::gen::inRange<std::int64_t>(0, 4'000'000'000'000'000)},
          any_text(40)};
}
ConfigurationOnRecord any_configuration() {
  ConfigurationOnRecord configuration{.rulebook = any_digest()};
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
    configuration.profiles.push_back({any_id<PartnerId>(), any_digest(), *rc::gen::inRange(0, 9),
                                      *rc::gen::inRange(0, 9),
                                      any_optional([] { return *rc::gen::inRange(1, 1000); })});
  }
  return configuration;
}
Batch any_batch() {
  const auto instant = [] { return Instant{*rc::gen::inRange<std::int64_t>(0, 4'000'000'000'000'000)}; };
  const auto number = [] { return *rc::gen::inRange<std::uint64_t>(0, 1'000'000'000'000); };
  const auto tally = [&] {
    return Batch::Tally{pick({Outcome::accepted, Outcome::unreadable}), number(), any_fen()};
  };
  return {any_id<PartnerId>(),
          any_text(40),
          any_digest(),
          instant(),
          instant(),
          number(),
          number(),
          pick({true, false}),
          number(),
          number(),
          number(),
          number(),
          number(),
          any_list(tally),
          pick({true, false}),
          any_optional(instant)};
}
Directive any_directive() {
  return {pick({MessageKind::partner_flow, MessageKind::alert_answer}), any_text(40), any_text(200),
          Sequence{*rc::gen::inRange<std::uint64_t>(0, 1'000'000'000'000)},
          Instant{*rc::gen::inRange<std::int64_t>(0, 4'000'000'000'000'000)}};
}
Change any_change() {
  switch (*rc::gen::inRange(0, 11)) {
    case 10:
      return any_directive();
    case 9:
      return any_batch();
    case 0:
      return any_company();
    case 1:
      return any_institution();
    case 2:
      return any_loan();
    case 3:
      return any_case();
    case 4:
      return any_instruction();
    case 5:
      return any_proposal();
    case 6:
      return any_configuration();
    case 7:
      return any_profile_version();
    default:
      return any_outage();
  }
}

TEST(RegistryJson, RoundTripsEveryStateOfEveryThing) {
  holds([] {
    const Change change = any_change();
    const std::string json = to_json(change);
    const auto read = change_from_json(kind_name(change), json);
    if (!read) RC_FAIL(json + ": " + read.error());
    RC_ASSERT(*read == change);
    RC_ASSERT(to_json(*read) == json);
  });
}

TEST(RegistryJson, RefusesADamagedTextAndSaysWhere) {
  const std::string good = to_json(Institution{
      .id = *PartnerId::parse("fund"), .role = PartnerRole::fund, .name_zh = "市财政局", .name_en = "Fund"});
  EXPECT_EQ(good, R"({"id":"fund","role":"fund","name_zh":"市财政局","name_en":"Fund"})");
  const auto fault = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    const auto read = change_from_json("institution", text);
    return read ? std::string() : read.error();
  };
  EXPECT_EQ(fault("\"id\":\"fund\",", ""), "/id: missing");
  EXPECT_EQ(fault("\"role\":\"fund\"", "\"role\":\"found\""), "/role: `found` cannot be read");
  EXPECT_EQ(fault("\"Fund\"", "7"), "/name_en: a string is expected");
  EXPECT_EQ(fault("\"Fund\"", "\"Fund\",\"more\":true"), ": a member that is not known");
  EXPECT_NE(fault("\"Fund\"", "\"Fund\",\"id\":\"fund\""), "");
  EXPECT_FALSE(change_from_json("institute", good));
  EXPECT_FALSE(change_from_json("loan", good));
}

Loan loan_of(std::int64_t lent, std::int64_t filed, std::int64_t outstanding) {
  const Date day = *Date::of(2023, 3, 1);
  return {.filing = {1},
          .ref = {*PartnerId::parse("bank01"), *LoanNo::parse("L1")},
          .filed_as = {},
          .contract_no = {},
          .company = *Uscc::parse("91330482MA28A00104"),
          .company_name = "企业一",
          .lent = Fen{lent},
          .filed = Fen{filed},
          .outstanding = Fen{outstanding},
          .disbursed_on = day,
          .matures_on = day.plus_years(1),
          .rate = Rate::basis_points(400),
          .security = Security::mortgage};
}

TEST(Loan, ExposureIsTheFiledPartOfWhatIsOutstandingUnlessRefusedOrSettled) {
  Loan loan = loan_of(100, 100, 70);
  EXPECT_EQ(loan.exposure(), Fen{70});
  loan.standing = standing::Pending{};
  EXPECT_EQ(loan.exposure(), Fen{70}) << "a held filing counts";
  loan.standing = standing::Refused{.on = loan.disbursed_on, .reason = ""};
  EXPECT_EQ(loan.exposure(), Fen::zero());
  EXPECT_EQ(loan_of(1000, 500, 333).exposure(), Fen{167}) << "half up";
  EXPECT_EQ(loan_of(1000, 500, 1000).exposure(), Fen{500});
  loan = loan_of(100, 100, 70);
  loan.course = course::Settled{loan.matures_on};
  EXPECT_EQ(loan.exposure(), Fen::zero());
  EXPECT_EQ(loan.filed_on, loan.disbursed_on) << "unless it is said";
}

TEST(Registry, ThingsAndLanesHaveNames) {
  const Loan loan = loan_of(1, 1, 1);
  EXPECT_EQ(kind_name(loan), "loan");
  EXPECT_EQ(key(loan), "bank01/L1");
  EXPECT_EQ(kind_name(Outage{}), "outage");
  EXPECT_EQ(key(Outage{.from = {1}, .until = {2}}), "1970-01-01T08:00:00.000001+08:00");
  EXPECT_EQ(Lane{loan.ref}.text(), "loan/bank01/L1");
  EXPECT_EQ(Lane{loan.company}.text(), "company/91330482MA28A00104");
}

}  // namespace
}  // namespace loangate
