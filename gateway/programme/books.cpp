#include "programme/books.hpp"

#include <algorithm>

namespace loangate::programme {

Event& Event::book(const PartnerId& payer, Account debit, Account credit, Fen amount) {
  if (amount == Fen::zero()) return *this;
  if (amount < Fen::zero()) return book(payer, credit, debit, Fen::zero() - amount);
  lines_.push_back({.account = debit, .payer = payer, .debit = amount});
  lines_.push_back({.account = credit, .payer = payer, .credit = amount});
  return *this;
}

void Event::post(Judgement& j) {
  if (lines_.empty()) return;
  const auto posted = std::ranges::count_if(
      j.decision.changes, [](const Change& change) { return std::holds_alternative<Posting>(change); });
  j.change(Posting{.cause = j.occasion.sequence,
                   .ordinal = static_cast<std::int32_t>(posted + 1),
                   .on = on_,
                   .institution = institution_,
                   .case_no = case_no_,
                   .lines = std::move(lines_)});
}

}  // namespace loangate::programme
