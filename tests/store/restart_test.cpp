#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "store/sqlite/sqlite_store.hpp"
#include "tests/store/samples.hpp"
#include "tests/support/property.hpp"
#include "tests/support/registry.hpp"

// What the writer keeps in memory follows from the file: after any sequence of writes, a store that was
// closed and opened again gives the same answers as one that was not, and both the same as a registry in
// maps.

namespace loangate::store {
namespace {

using sample::bank;
using sample::loan_ref;
using sample::message_id;
using sample::uscc;

constexpr unsigned banks = 4;
constexpr unsigned companies = 5;

/// One act of the random play. What it does to a loan that is not there is nothing.
struct Move {
  enum class Kind {
    file,
    hold,
    repay,
    settle,
    refuse,
    list_company,
    admit_bank,
    conflict,
    unreadable,
    poison
  } kind;
  unsigned bank;
  unsigned company;
  unsigned loan;
  int amount;
  bool ends_group;
  bool reopens;
};

std::ostream& operator<<(std::ostream& out, const Move& move) {
  return out << fmt::format("{{kind {} bank {} company {} loan {} amount {}{}{}}}",
                            static_cast<int>(move.kind), move.bank, move.company, move.loan, move.amount,
                            move.ends_group ? " ;" : "", move.reopens ? " reopen" : "");
}

rc::Gen<Move> any_move() {
  return rc::gen::construct<Move>(
      rc::gen::map(rc::gen::inRange(0, 10), [](int kind) { return static_cast<Move::Kind>(kind); }),
      rc::gen::inRange(0u, banks), rc::gen::inRange(0u, companies), rc::gen::inRange(0u, 12u),
      rc::gen::inRange(1, 1000), rc::gen::map(rc::gen::inRange(0, 4), [](int n) { return n == 0; }),
      rc::gen::map(rc::gen::inRange(0, 25), [](int n) { return n == 0; }));
}

/// The play on a store, and beside it what should come of it.
class Play {
 public:
  Play() { open(); }

  void run(const std::vector<Move>& moves) {
    for (const Move& move : moves) {
      group_.push_back(
          [this, move](const View& view, Sequence sequence) { return act(move, view, sequence); });
      if (move.ends_group || move.reopens) commit();
      if (move.reopens) open();
    }
    commit();
    compare();
    open();
    compare();
  }

 private:
  void open() {
    store_.reset();
    auto opened = open_sqlite(folder_.path(), {.low_water_bytes = 0});
    RC_ASSERT(opened.has_value());
    store_ = *std::move(opened);
  }

  void commit() {
    const auto results = store_->transact(group_);
    for (std::size_t i = 0; i < results.size(); ++i) {
      // the store keeps an assertion inside a unit from passing through it, and says that the unit failed
      if (!results[i] && results[i].error().what != "poison") RC_FAIL(results[i].error().what);
    }
    group_.clear();
  }

  /// Decides on the view, as real units do; the expectation is kept at the same time, since no group here
  /// fails as a whole.
  Writes act(const Move& move, const View& view, Sequence sequence) {
    const LoanRef ref = loan_ref(move.bank, move.loan);
    const PartnerId partner = bank(move.bank);
    const auto known = view.loan(ref);
    RC_ASSERT(known == expected_.loan(ref));
    RC_ASSERT(view.exposure(uscc(move.company)) == expected_.exposure(uscc(move.company)));
    RC_ASSERT(view.lenders(uscc(move.company)) == expected_.lenders(uscc(move.company)));

    Writes writes{.entry = sample::entry(partner, message_id(sequence.number), Outcome::accepted, 40)};
    switch (move.kind) {
      case Move::Kind::poison:
        throw std::runtime_error("poison");
      case Move::Kind::conflict:
        writes.entry = sample::entry(partner, message_id(1), Outcome::conflict, 40);
        break;
      case Move::Kind::unreadable:
        writes.entry =
            sample::entry(partner, {}, Outcome::unreadable, 40 + static_cast<unsigned>(move.amount));
        if (view.unreadable(partner, writes.entry->raw_digest)) return {};
        break;
      case Move::Kind::file:
      case Move::Kind::hold: {
        if (known) return {};
        Loan loan = sample::loan(ref, sequence, uscc(move.company), move.amount);
        if (move.kind == Move::Kind::hold) loan.standing = standing::Pending{};
        writes.outgoing.push_back(sample::credit_event(loan));
        writes.changes = {loan};
        break;
      }
      case Move::Kind::repay:
      case Move::Kind::settle:
      case Move::Kind::refuse: {
        if (!known) return {};
        Loan loan = *known;
        if (move.kind == Move::Kind::repay) loan.outstanding = Fen{loan.outstanding.count() / 2};
        if (move.kind == Move::Kind::settle) loan.course = course::Settled{.on = loan.matures_on};
        if (move.kind == Move::Kind::refuse)
          loan.standing = standing::Refused{.on = loan.matures_on, .reason = "no"};
        writes.changes = {loan};
        break;
      }
      case Move::Kind::list_company:
        writes.changes = {sample::company(move.company, fmt::format("第{}版", move.amount))};
        break;
      case Move::Kind::admit_bank:
        writes.changes = {
            sample::institution(partner, move.amount % 2 == 0 ? PartnerRole::bank : PartnerRole::guarantor)};
        break;
    }
    expected_.apply(writes.changes);
    if (writes.entry->outcome == Outcome::unreadable) {
      unreadable_.try_emplace({partner, writes.entry->raw_digest}, sequence);
    } else if (writes.entry->outcome != Outcome::conflict) {
      messages_.try_emplace({partner, writes.entry->message_id}, sequence);
    }
    last_ = sequence;
    return writes;
  }

  void compare() {
    RC_ASSERT(store_->last_sequence() == last_);
    Unit look = [this](const View& view, Sequence) {
      for (unsigned n = 0; n < companies; ++n) {
        RC_ASSERT(view.exposure(uscc(n)) == expected_.exposure(uscc(n)));
        RC_ASSERT(view.lenders(uscc(n)) == expected_.lenders(uscc(n)));
        RC_ASSERT((view.company(uscc(n)) == nullptr) == (expected_.company(uscc(n)) == nullptr));
        if (view.company(uscc(n)) != nullptr)
          RC_ASSERT(*view.company(uscc(n)) == *expected_.company(uscc(n)));
      }
      for (const PartnerRole role : {PartnerRole::bank, PartnerRole::guarantor}) {
        RC_ASSERT(view.institutions(role) == expected_.institutions(role));
      }
      for (const auto& [of, sequence] : messages_)
        RC_ASSERT(view.message(of.first, of.second).value().sequence == sequence);
      for (const auto& [of, sequence] : unreadable_)
        RC_ASSERT(view.unreadable(of.first, of.second).value().sequence == sequence);
      return Writes{};
    };
    RC_ASSERT(store_->transact({&look, 1}).front().has_value());
    for (unsigned lender = 0; lender < banks; ++lender) {
      for (unsigned n = 0; n < 12; ++n)
        RC_ASSERT(store_->loan(loan_ref(lender, n)) == expected_.loan(loan_ref(lender, n)));
    }
    std::vector<Loan> pending;
    for (const auto& [ref, loan] : expected_.loans()) {
      if (std::holds_alternative<standing::Pending>(loan->standing)) pending.push_back(*loan);
    }
    std::ranges::sort(pending, {}, &Loan::filing);
    RC_ASSERT(store_->pending_loans(1000) == pending);
  }

  TemporaryFolder folder_;
  std::unique_ptr<Store> store_;
  std::vector<Unit> group_;
  support::Registry expected_;
  std::map<std::pair<PartnerId, MessageId>, Sequence> messages_;
  std::map<std::pair<PartnerId, Digest>, Sequence> unreadable_;
  Sequence last_;
};

TEST(RestartProperty, a_store_opened_again_gives_the_same_answers) {
  // Each case opens real files several times: 40 of them where the pure properties have 5,000.
  support::holds(
      [] {
        const auto moves = *rc::gen::container<std::vector<Move>>(any_move());
        Play play;
        play.run(moves);
      },
      125);
}

}  // namespace
}  // namespace loangate::store
