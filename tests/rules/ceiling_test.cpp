// All 21 banks file, reserve, renew, correct, cancel and repay for one company at once. Groups of
// messages are judged on what is committed plus the overlay of the group so far; a group commits as a whole
// or is dropped. Whatever the order, the ceiling holds, reservations included, and is never wasted.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/play.hpp"
#include "tests/support/property.hpp"

namespace loangate::support {
namespace {

using programme::Decision;
using programme::Occasion;

constexpr unsigned banks = 21;
constexpr Fen limit = Fen::yuan(10'000'000);
const Uscc company = *Uscc::parse("91330482MA28A00104");
const Date first_day = *Date::of(2023, 3, 1);
const PartnerId office = *PartnerId::parse("office");

PartnerId bank(unsigned number) {
  return *PartnerId::parse(fmt::format("bank{:02}", number + 1));
}
LoanNo loan_no(unsigned number) {
  return *LoanNo::parse(fmt::format("L{}", number));
}

Registry committed() {
  Registry registry;
  for (unsigned number = 0; number < banks; ++number) {
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

/// One step of a script. Which loan and how much are the bank's to choose, fitting or not.
struct Move {
  enum class Kind { file, reserve, renew, correct, cancel, repay, release, refuse };
  Kind kind;
  unsigned bank;
  unsigned loan;
  unsigned other_loan;
  std::int64_t amount;
  bool dear;  // a rate above the ceiling: held, and counting all the same
  int days;   // that pass before it
};

void showValue(const Move& move, std::ostream& out) {
  constexpr const char* kinds[] = {"file",   "reserve", "renew",   "correct",
                                   "cancel", "repay",   "release", "refuse"};
  out << fmt::format("{} {}/L{} (L{}) {} fen{}, {} days later", kinds[static_cast<int>(move.kind)],
                     bank(move.bank).view(), move.loan, move.other_loan, move.amount,
                     move.dear ? ", dear" : "", move.days);
}

rc::Gen<Move> any_move() {
  using Kind = Move::Kind;
  return rc::gen::construct<Move>(rc::gen::weightedElement<Kind>({{6, Kind::file},
                                                                  {4, Kind::reserve},
                                                                  {3, Kind::renew},
                                                                  {4, Kind::correct},
                                                                  {1, Kind::cancel},
                                                                  {2, Kind::repay},
                                                                  {1, Kind::release},
                                                                  {1, Kind::refuse}}),
                                  // Few banks meet often; all of them sometimes.
                                  rc::gen::oneOf(rc::gen::inRange(0u, 3u), rc::gen::inRange(0u, banks)),
                                  rc::gen::inRange(0u, 3u), rc::gen::inRange(3u, 6u),
                                  rc::gen::inRange<std::int64_t>(1, 600'000'000), rc::gen::arbitrary<bool>(),
                                  rc::gen::weightedElement<int>({{6, 0}, {2, 1}, {1, 10}}));
}

struct Group {
  std::vector<Move> moves;
  bool commits;
};

void showValue(const Group& group, std::ostream& out) {
  for (const Move& move : group.moves) {
    out << "\n  ";
    showValue(move, out);
  }
  out << (group.commits ? "\n  commits" : "\n  is dropped");
}

rc::Gen<Group> any_group() {
  return rc::gen::construct<Group>(rc::gen::container<std::vector<Move>>(8, any_move()),
                                   rc::gen::weightedElement<bool>({{4, true}, {1, false}}));
}

/// Amounts over their whole range from the first case on: RapidCheck would begin with small ones, which never
/// meet.
rc::Gen<std::vector<Group>> any_script() {
  return rc::gen::resize(rc::kNominalSize, rc::gen::container<std::vector<Group>>(4, any_group()));
}

/// The script at work on one registry.
class Town {
 public:
  /// Judges the move on the overlay and applies what follows.
  Decision make(const Move& move, Registry& overlay) {
    day_ = day_.plus_days(move.days);
    const Occasion occasion{.sequence = {++sequence_},
                            .partner = bank(move.bank),
                            .received = {start_of(day_).micros + 12LL * 3600 * 1'000'000},
                            .content = sha256(fmt::format("{}", sequence_))};
    const bool by_office = move.kind == Move::Kind::release || move.kind == Move::Kind::refuse;
    Decision decision =
        by_office
            ? decide(
                  OfficeAct(ruling(move)),
                  Occasion{.sequence = occasion.sequence, .partner = office, .received = occasion.received},
                  overlay, rulebook())
            : decide(message(move), occasion, overlay, rulebook());
    overlay.apply(decision.changes);
    return decision;
  }
  Date today() const { return day_; }

  /// What counts for the company on the day: of every bank its loans, and what it has reserved.
  static Fen counted(const Registry& registry, Date day) {
    Fen sum = Fen::zero();
    if (const Book* const book = registry.book(company)) {
      for (const Book::Lender& lender : book->lenders) sum += lender.counted(day);
    }
    return sum;
  }
  static Fen reserved_by(const Registry& registry, unsigned number, Date day) {
    if (const Book* const book = registry.book(company)) {
      for (const Book::Lender& lender : book->lenders) {
        if (lender.id == bank(number)) return lender.counted(day) - lender.exposure;
      }
    }
    return Fen::zero();
  }

 private:
  RuleHold ruling(const Move& move) const {
    return {.lender = bank(move.bank),
            .loan_no = loan_no(move.loan),
            .ruling = move.kind == Move::Kind::release ? HoldRuling::released : HoldRuling::refused,
            .reason = "已核实"};
  }

  InboundMessage message(const Move& move) const {
    const auto id = *MessageId::parse(fmt::format("M{}", sequence_));
    const Rate rate = Rate::basis_points(move.dear ? 500 : 400);
    switch (move.kind) {
      case Move::Kind::reserve:
        return LimitReserve{.message_id = id, .company_uscc = company, .amount = Fen{move.amount}};
      case Move::Kind::renew:
        return LoanRenewal{.message_id = id,
                           .renewed_loan_no = loan_no(move.loan),
                           .contract_no = *ContractNo::parse("HT2"),
                           .loan_no = loan_no(move.other_loan),
                           .loan_amount = Fen{move.amount},
                           .disbursed_on = day_,
                           .matures_on = day_.plus_years(1),
                           .rate = rate,
                           .security = Security::mortgage};
      case Move::Kind::correct:
        return FilingCorrection{.message_id = id,
                                .original_id = filed_as_,
                                .loan_no = loan_no(move.loan),
                                .reason = "录入错误",
                                .loan_amount = Fen{move.amount},
                                .rate = rate};
      case Move::Kind::cancel:
        return FilingCancellation{
            .message_id = id, .original_id = filed_as_, .loan_no = loan_no(move.loan), .reason = "重复备案"};
      case Move::Kind::repay:
        return LoanRepayment{
            .message_id = id, .loan_no = loan_no(move.loan), .paid_on = day_, .principal = Fen{move.amount}};
      default:
        return LoanDisbursement{.message_id = filed_as_,
                                .contract_no = *ContractNo::parse("HT1"),
                                .loan_no = loan_no(move.loan),
                                .company_uscc = company,
                                .company_name = "企业一",
                                .loan_amount = Fen{move.amount},
                                .disbursed_on = day_,
                                .matures_on = day_.plus_years(1),
                                .rate = rate,
                                .security = Security::mortgage};
    }
  }

  /// Every filing has the same id here: the intake, which tells ids apart, is not part of this.
  MessageId filed_as_ = *MessageId::parse("F1");
  std::uint64_t sequence_ = 0;
  Date day_ = first_day;
};

TEST(Ceiling, HoldsForWhateverTwentyOneBanksDoAtOnce) {
  holds([&] {
    const auto groups = *any_script();
    Registry registry = committed();
    Town town;
    for (const Group& group : groups) {
      Registry overlay(registry);
      for (const Move& move : group.moves) {
        const Decision decision = town.make(move, overlay);
        RC_ASSERT(overlay.exposure(company) <= limit);
        RC_ASSERT(Town::counted(overlay, town.today()) <= limit);
        if (decision.outcome == Outcome::rejected) RC_ASSERT(decision.changes.empty());
      }
      if (group.commits) registry.fold(overlay);
    }
    // The sums say what the loans say.
    Fen sum = Fen::zero();
    for (const auto& [ref, loan] : registry.loans()) sum += loan->exposure();
    RC_ASSERT(sum == registry.exposure(company));
    RC_ASSERT(sum <= limit);
  });
}

TEST(Ceiling, IsNeverWasted) {
  holds([&] {
    const auto groups = *any_script();
    Registry registry = committed();
    Town town;
    for (const Group& group : groups) {
      for (const Move& move : group.moves) {
        const Date day = town.today().plus_days(move.days);
        const Fen before = Town::counted(registry, day);
        const Fen own = Town::reserved_by(registry, move.bank, day);
        const bool known = registry.loan({bank(move.bank), loan_no(move.loan)}).has_value();
        const Decision decision = town.make(move, registry);
        // What fits beside what others have lent and reserved is let in; what does not fit is not.
        if (move.kind == Move::Kind::file && !known) {
          const bool fits = before - own + Fen{move.amount} <= limit;
          RC_ASSERT((decision.outcome != Outcome::rejected) == fits);
          if (!fits) continue;
          RC_ASSERT((decision.outcome == Outcome::held) == move.dear);
          // It takes from the bank's own reservation first.
          const Fen added = std::max(Fen::zero(), Fen{move.amount} - own);
          RC_ASSERT(Town::counted(registry, day) == before + added);
        } else if (move.kind == Move::Kind::reserve) {
          const bool fits = before - own + Fen{move.amount} <= limit;
          RC_ASSERT((decision.outcome != Outcome::rejected) == fits);
          if (fits) RC_ASSERT(Town::counted(registry, day) == before - own + Fen{move.amount});
        }
      }
    }
  });
}

}  // namespace
}  // namespace loangate::support
