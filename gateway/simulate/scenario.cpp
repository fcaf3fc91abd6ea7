#include "simulate/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "simulate/all_file.hpp"
#include "simulate/player.hpp"

namespace loangate::simulate {

namespace asio = boost::asio;

namespace {

constexpr Rate first_case_rate = Rate::basis_points(475);
constexpr Rate first_months_rate = Rate::basis_points(420);  // the ceiling was 4.60 %, then 4.55 %

/// The office enters who takes part and which companies are on the list.
void set_the_stage(Player& player) {
  player.chapter("布置：机构与支持名单", "The stage: institutions and the support list");
  std::vector<Record> institutions;
  for (const Partner* partner : player.peers().all()) {
    const auto& profile = partner->profile();
    const bool admitted_later = profile.role == PartnerRole::bank || profile.role == PartnerRole::guarantor;
    institutions.push_back(InstitutionEntry{
        .institution = profile.id,
        .role = profile.role,
        .name_zh = profile.name_zh,
        .name_en = profile.name_en,
        .institution_code = profile.institution_code,
        // The first case's bank lent under the measures of 2017, as a sci-tech branch.
        .sci_tech_branch = profile.id.view() == "phrcb" ? loangate::Answer::yes : loangate::Answer::no,
        .admitted_from = date(admitted_later ? "2022-06-26" : day::begins)}
                               .record());
  }
  player.enter(InstitutionEntry::kind, institutions);
  std::vector<Record> listed;
  for (std::uint32_t number = first_company; number <= last_listed_company; ++number) {
    const Borrower company = borrower(number);
    listed.push_back(CompanyEntry{.company_uscc = company.uscc,
                                  .company_name = company.name,
                                  .category = Category::high_tech,
                                  .document_no = fmt::format("GR{:08}", number),
                                  .valid_from = date("2020-01-01")}
                         .record());
  }
  player.enter(CompanyEntry::kind, listed);
  player.enter(CompanyDClass::kind, [] {
    std::vector<Record> periods;
    periods.push_back(CompanyDClass{.company_uscc = borrower(d_class_company).uscc,
                                    .valid_from = date("2026-01-01"),
                                    .valid_until = date("2026-12-31")}
                          .record());
    return periods;
  }());
}

/// What the bank and the payers were told of a loan's case.
struct Told {
  std::optional<CompensationDecision> decision;
  Fen fund = Fen::zero();
  Fen guarantor = Fen::zero();
};

Told told_of(Player& player, const StoryLoan& loan) {
  Told told;
  for (const auto& [id, item] : loan.bank->inbox().items()) {
    if (item.kind != CompensationDecision::kind) continue;
    auto decision = CompensationDecision::from(item.message);
    if (decision.loan_no == loan.no) told.decision = std::move(decision);
  }
  for (const Partner* partner : player.peers().all()) {
    for (const auto& [id, item] : partner->inbox().items()) {
      if (item.kind != CompensationInstruction::kind) continue;
      const auto instruction = CompensationInstruction::from(item.message);
      if (instruction.loan_no != loan.no) continue;
      (instruction.role == PayerRole::fund ? told.fund : told.guarantor) += instruction.amount;
    }
  }
  return told;
}

void expect_instructions(Player& player, Fen fund, Fen guarantor) {
  for (const Fen share : {fund, guarantor}) {
    if (share == Fen::zero()) continue;
    ++player.summary.instructions_expected;
    player.summary.sum_expected += share;
  }
}

/// The first case up to its extension.
asio::awaitable<StoryLoan> first_case_begins(Player& player) {
  player.chapter("首笔代偿案：放款与展期", "The first compensation case: lent and extended");
  StoryLoan loan = player.loan(player.bank("phrcb"), first_company, yuan(first_amount), date(day::first_lent),
                               date(day::first_matures), Security::unsecured);
  player.on(loan.lent);
  co_await player.file(loan, first_case_rate);
  player.on(date(day::first_extended));
  co_await player.extend(loan, date(day::first_extended_to));
  co_return loan;
}

/// 37 loans, 112 million yuan.
asio::awaitable<std::vector<StoryLoan>> first_months_lent(Player& player) {
  player.chapter("系统首批：三家银行37笔贷款", "The first months: 37 loans by three banks");
  std::vector<StoryLoan> loans;
  for (const FirstMonthsRow& row : first_months()) {
    StoryLoan loan =
        player.loan(player.bank(row.bank), row.company, Fen::yuan(row.ten_thousand_yuan * 10'000LL),
                    date(row.on), date(row.until), row.security);
    player.on(loan.lent);
    const auto before = player.summary.accepted;
    co_await player.file(loan, first_months_rate);
    if (player.summary.accepted > before) {
      ++player.summary.first_months.loans;
      player.summary.first_months.principal += loan.amount;
    }
    loans.push_back(std::move(loan));
  }
  co_return loans;
}

asio::awaitable<void> first_case_fails(Player& player, StoryLoan& loan) {
  player.chapter("首笔代偿案：逾期与申请", "The first compensation case: overdue, applied for");
  player.on(date(day::first_overdue_report));
  co_await player.report_overdue(loan, loan.amount, Fen::zero());
  player.on(date(day::first_application));
  co_await player.apply(loan, loan.amount, Fen::zero());
}

asio::awaitable<void> first_months_paid_back(Player& player, std::vector<StoryLoan>& loans) {
  player.chapter("首批贷款到期结清", "The first loans are paid back");
  for (StoryLoan& loan : loans) {
    player.on(loan.matures);
    co_await player.pay_back(loan);
  }
}

asio::awaitable<void> first_case_is_paid(Player& player, const StoryLoan& loan) {
  player.chapter("首笔代偿案：审定、指令与支付", "The first compensation case: decided, instructed, paid");
  player.on(date(day::first_ruling));
  const auto case_no = player.case_of(loan);
  if (!case_no) co_return;
  player.decide(RuleCompensation{.case_no = *case_no,
                                 .ruling = CompensationRuling::approved,
                                 .meeting_no = "2023年第一次会议",
                                 .meeting_on = date(day::first_ruling),
                                 .approved_principal = loan.amount,
                                 .approved_interest = Fen::zero(),
                                 .opinions = {{.member = "科技局", .consents = loangate::Answer::yes},
                                              {.member = "财政局", .consents = loangate::Answer::yes}}});
  expect_instructions(player, yuan("180000.00"), Fen::zero());
  co_await player.deliver();
  const Told told = told_of(player, loan);
  if (!told.decision || !told.decision->loss || !told.decision->bank_share) {
    player.surprise("the bank was not told the first case's loss and its own share");
  } else {
    player.summary.first_case = {.loss = *told.decision->loss,
                                 .fund = told.fund,
                                 .guarantor = told.guarantor,
                                 .bank = *told.decision->bank_share};
  }
  player.on(date(day::first_payment));
  co_await player.pay();
}

/// The loans that will fail: lent, and lent beside by another bank; then overdue.
asio::awaitable<std::vector<StoryCase>> cases_begin(Player& player) {
  player.chapter("后续代偿案：放款与逾期", "The later cases: lent, then overdue");
  const auto guarantors = player.peers().of(PartnerRole::guarantor);
  std::vector<StoryCase> told;
  player.on(date(day::cases_lent));
  for (const CaseRow& row : cases()) {
    const bool guaranteed = row.guarantor >= 0;
    Partner* guarantor = guaranteed ? guarantors.at(static_cast<std::size_t>(row.guarantor)) : nullptr;
    StoryLoan loan = player.loan(player.bank(row.bank, row.security, guaranteed), row.company, yuan(row.lent),
                                 date(day::cases_lent), date(day::cases_mature), row.security, guarantor);
    co_await player.file(loan, usual_rate);
    if (row.unpaid != row.lent && player.ok()) co_await player.repay(loan, loan.amount - yuan(row.unpaid));
    told.push_back({&row, loan, loan});
  }
  player.on(date(day::cases_other_lent));
  for (StoryCase& one : told) {
    one.other = player.loan(player.bank(one.row->other_lender, Security::unsecured, false), one.row->company,
                            Fen::yuan(400'000), date(day::cases_other_lent), date(day::cases_other_mature),
                            Security::unsecured);
    co_await player.file(one.other, usual_rate);
  }
  player.on(date(day::cases_overdue_report));
  for (const StoryCase& one : told) {
    co_await player.report_overdue(one.loan, yuan(one.row->unpaid), yuan(one.row->interest));
  }
  co_await player.deliver();
  co_return told;
}

RuleCompensation ruling_of(const CaseRow& row, const CaseNo& case_no, Date on) {
  RuleCompensation ruling{.case_no = case_no, .ruling = row.ruling};
  if (row.ruling == CompensationRuling::approved) {
    ruling.meeting_no = "2026年第三次会议";
    ruling.meeting_on = on;
    ruling.approved_principal = yuan(row.approved);
    ruling.approved_interest = yuan(row.interest);
    ruling.opinions = {{.member = "科技局", .consents = loangate::Answer::yes},
                       {.member = "财政局", .consents = loangate::Answer::yes},
                       {.member = "金融发展中心", .consents = loangate::Answer::yes}};
  }
  if (!row.reason.empty()) ruling.reason = std::string(row.reason);
  return ruling;
}

void check_shares(Player& player, const StoryCase& one) {
  const Told told = told_of(player, one.loan);
  const CaseRow& row = *one.row;
  if (!told.decision || told.decision->ruling != row.ruling) {
    return player.surprise(fmt::format("{}: the bank was not told the ruling", one.loan.no.view()));
  }
  if (told.fund != yuan(row.fund) || told.guarantor != yuan(row.guarantor_share) ||
      told.decision->bank_share.value_or(Fen::zero()) != yuan(row.bank_share)) {
    player.surprise(fmt::format("{}: fund {}, guarantor {}, bank {}; not {}, {}, {}", one.loan.no.view(),
                                format_yuan(told.fund), format_yuan(told.guarantor),
                                format_yuan(told.decision->bank_share.value_or(Fen::zero())), row.fund,
                                row.guarantor_share, row.bank_share));
  }
}

asio::awaitable<void> cases_are_decided(Player& player, const std::vector<StoryCase>& told) {
  player.chapter("代偿：申请、审定、指令与支付", "Compensation: applied for, decided, instructed, paid");
  for (const StoryCase& one : told) {
    co_await player.apply(one.loan, yuan(one.row->unpaid), yuan(one.row->interest));
  }
  for (const StoryCase& one : told) {
    const auto case_no = player.case_of(one.loan);
    if (!case_no) co_return;
    player.decide(ruling_of(*one.row, *case_no, player.today()));
    expect_instructions(player, yuan(one.row->fund), yuan(one.row->guarantor_share));
  }
  co_await player.deliver();
  for (const StoryCase& one : told) {
    if (player.ok()) check_shares(player, one);
  }
  co_await player.pay();
}

}  // namespace

Instant story_begins() {
  return start_of(date(day::begins));
}

asio::awaitable<std::expected<Summary, std::string>> play(Stage stage, Progress progress) {
  Player player(stage, std::move(progress));
  set_the_stage(player);
  StoryLoan first = co_await first_case_begins(player);
  std::vector<StoryLoan> months = co_await first_months_lent(player);
  co_await first_case_fails(player, first);
  co_await first_months_paid_back(player, months);
  co_await first_case_is_paid(player, first);
  const std::vector<StoryCase> told = co_await cases_begin(player);
  player.on(date(day::all_file));
  co_await all_banks_file(player, told);
  co_await cases_are_decided(player, told);
  co_await player.deliver();
  player.count_deliveries();
  // From here on business time is the real one again.
  player.on(civil_day(real_now()));
  if (!player.ok()) co_return std::unexpected(player.trouble());
  co_return player.summary;
}

}  // namespace loangate::simulate
