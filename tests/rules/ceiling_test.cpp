// Many banks file for one company at once. Groups of messages are judged on what is committed plus the
// overlay of the group so far; a group commits as a whole or is dropped. Whatever the order, the ceiling
// holds and is never wasted.
#include <gtest/gtest.h>

#include "tests/support/play.hpp"
#include "tests/support/property.hpp"

namespace loangate::support {
namespace {

using programme::Decision;
using programme::Occasion;

constexpr Fen limit = Fen::yuan(10'000'000);
const Uscc company = *Uscc::parse("91330482MA28A00104");
const Date disbursed = *Date::of(2023, 3, 1);
const Instant noon{start_of(*Date::of(2023, 3, 6)).micros + 12LL * 3600 * 1'000'000};

PartnerId bank(unsigned number) {
  return *PartnerId::parse(fmt::format("bank{}", number));
}

Registry committed() {
  Registry registry;
  for (unsigned number = 0; number < 4; ++number) {
    registry.apply(Institution{.id = bank(number),
                               .role = PartnerRole::bank,
                               .name_zh = "合作银行",
                               .name_en = "Bank",
                               .admitted = {{.from = *Date::of(2022, 6, 26)}}});
  }
  registry.apply(Company{.uscc = company,
                         .name = "企业一",
                         .qualifications = {{Category::high_tech, "GR1", {.from = *Date::of(2021, 1, 1)}}}});
  return registry;
}

/// One step of a script: a filing, or a repayment of an earlier loan, by some bank.
struct Move {
  unsigned bank;
  bool repays;
  unsigned loan;
  std::int64_t amount;
  bool dear;  // a filing with a rate above the ceiling: held, and counting all the same
};

InboundMessage message(const Move& move, std::uint64_t sequence) {
  const auto id = *MessageId::parse(fmt::format("M{}", sequence));
  if (move.repays) {
    return LoanRepayment{.message_id = id,
                         .loan_no = *LoanNo::parse(fmt::format("L{}", move.loan)),
                         .paid_on = disbursed,
                         .principal = Fen{move.amount}};
  }
  return LoanDisbursement{.message_id = id,
                          .contract_no = *ContractNo::parse("HT"),
                          .loan_no = *LoanNo::parse(fmt::format("L{}", move.loan)),
                          .company_uscc = company,
                          .company_name = "企业一",
                          .loan_amount = Fen{move.amount},
                          .disbursed_on = disbursed,
                          .matures_on = disbursed.plus_years(1),
                          .rate = Rate::basis_points(move.dear ? 500 : 400),
                          .security = Security::mortgage};
}

rc::Gen<Move> any_move() {
  return rc::gen::construct<Move>(
      rc::gen::inRange(0u, 4u), rc::gen::weightedElement<bool>({{3, false}, {1, true}}),
      rc::gen::inRange(0u, 6u), rc::gen::inRange<std::int64_t>(1, 600'000'000), rc::gen::arbitrary<bool>());
}

struct Group {
  std::vector<Move> moves;
  bool commits;
};

rc::Gen<Group> any_group() {
  return rc::gen::construct<Group>(rc::gen::container<std::vector<Move>>(6, any_move()),
                                   rc::gen::weightedElement<bool>({{4, true}, {1, false}}));
}

/// Amounts over their whole range from the first case on: RapidCheck would begin with small ones, which never
/// meet.
rc::Gen<std::vector<Group>> any_script() {
  return rc::gen::resize(rc::kNominalSize, rc::gen::container<std::vector<Group>>(4, any_group()));
}

TEST(Ceiling, HoldsForConcurrentFilingsWhateverCommits) {
  const auto& rules = rulebook();
  holds([&] {
    const auto groups = *any_script();
    Registry registry = committed();
    std::uint64_t sequence = 0;
    for (const Group& group : groups) {
      Registry overlay(registry);
      for (const Move& move : group.moves) {
        const Occasion occasion{.sequence = {++sequence}, .partner = bank(move.bank), .received = noon};
        const Fen before = overlay.exposure(company);
        const Decision decision = decide(message(move, sequence), occasion, overlay, rules);
        overlay.apply(decision.changes);
        const Fen after = overlay.exposure(company);
        RC_ASSERT(after <= limit);
        if (move.repays) continue;
        // A filing that is let in counts in full, also if it is held; one that is not counts nothing. And it
        // is kept out by the ceiling only if it would not have fitted.
        const bool fits = before + Fen{move.amount} <= limit;
        const bool known =
            overlay.loan({bank(move.bank), *LoanNo::parse(fmt::format("L{}", move.loan))}).has_value();
        if (decision.outcome == Outcome::rejected) {
          RC_ASSERT(after == before);
          RC_ASSERT(!fits || known);
        } else if (!decision.changes.empty()) {
          RC_ASSERT(after == before + Fen{move.amount});
          RC_ASSERT((decision.outcome == Outcome::held) == move.dear);
        }
      }
      if (group.commits) registry.fold(overlay);
    }
    Fen sum = Fen::zero();
    for (const auto& [ref, loan] : registry.loans()) sum += loan->exposure();
    RC_ASSERT(sum == registry.exposure(company));
    RC_ASSERT(sum <= limit);
  });
}

}  // namespace
}  // namespace loangate::support
