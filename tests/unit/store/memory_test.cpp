#include "store/sqlite/memory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "store/sqlite/layered.hpp"
#include "tests/support/property.hpp"

namespace loangate::store {
namespace {

TEST(LayeredProperty, behaves_as_a_map_that_is_copied_at_each_commit) {
  support::holds([] {
    Layered<int, int> layered;
    std::map<int, int> committed;
    std::map<int, int> seen;
    enum class Act { put, touch, fold, drop };
    for (int steps = *rc::gen::inRange(0, 60); steps > 0; --steps) {
      const int key = *rc::gen::inRange(0, 6);
      const int value = *rc::gen::arbitrary<int>();
      switch (static_cast<Act>(*rc::gen::inRange(0, 4))) {
        case Act::put:
          layered.put(key, value);
          seen[key] = value;
          break;
        case Act::touch:
          layered.touch(key, 100) ^= value;
          seen.try_emplace(key, 100).first->second ^= value;
          break;
        case Act::fold:
          layered.fold();
          committed = seen;
          break;
        case Act::drop:
          layered.drop();
          seen = committed;
          break;
      }
      for (int k = 0; k < 6; ++k) {
        const int* const found = layered.find(k);
        RC_ASSERT((found != nullptr) == seen.contains(k));
        if (found != nullptr) RC_ASSERT(*found == seen[k]);
      }
      std::map<int, int> visited;
      layered.for_each([&](int k, int v) { RC_ASSERT(visited.emplace(k, v).second); });
      RC_ASSERT(visited == seen);
      RC_ASSERT(layered.size() == seen.size());
    }
  });
}

PartnerId bank(int n) {
  return PartnerId::parse("bank0" + std::to_string(n)).value();
}

TEST(BookProperty, is_the_sum_of_its_loans_after_any_changes) {
  support::holds([] {
    struct Loan {
      int lender;
      Share share;
    };
    Book book;
    std::map<int, Loan> loans;
    for (int steps = *rc::gen::inRange(0, 60); steps > 0; --steps) {
      const int number = *rc::gen::inRange(0, 8);
      auto& loan = loans.try_emplace(number, Loan{number % 3, {}}).first->second;
      const Share after{Fen{*rc::gen::inRange(0, 1000)}, *rc::gen::arbitrary<bool>()};
      change(book, bank(loan.lender), loan.share, after);
      loan.share = after;

      Fen exposure = Fen::zero();
      std::map<PartnerId, std::uint32_t> lenders;
      for (const auto& [_, each] : loans) {
        exposure += each.share.exposure;
        if (each.share.open) ++lenders[bank(each.lender)];
      }
      std::map<PartnerId, std::uint32_t> kept;
      for (const Book::Lender& lender : book.lenders) {
        if (lender.loans != 0) kept[lender.id] = lender.loans;
        exposure -= lender.exposure;
      }
      RC_ASSERT(exposure == Fen::zero());
      RC_ASSERT(kept == lenders);
      RC_ASSERT(std::ranges::is_sorted(book.lenders, {}, &Book::Lender::id));
    }
  });
}

}  // namespace
}  // namespace loangate::store
