// position.statement: what the bank says is outstanding, held against the registry (settled 37). Unsent
// repayments would block companies under the ceiling.
#include <set>

#include "programme/judgement.hpp"

namespace loangate::programme {
namespace {

// As many loans as every bank's statement can list, the narrowest layout's included: with more, who is
// missing from it cannot be told.
constexpr std::size_t most_loans = 100;

}  // namespace

void judge(const PositionStatement& m, Judgement& j) {
  using Field = PositionStatement::field;
  const RecordSpec& spec = PositionStatement::spec();
  j.require_not_future(spec, Field::as_of, m.as_of);
  Fen sum = Fen::zero();
  std::set<LoanNo> stated;
  for (const PositionRow& row : m.positions) {
    j.require_not_negative(spec, Field::positions, row.outstanding);
    sum += row.outstanding;
    if (!stated.insert(row.loan_no).second)
      j.refuse(FindingCode::position_repeated, Field::positions, {{"given", row.loan_no.string()}});
  }
  if (m.loans != static_cast<std::int64_t>(m.positions.size())) {
    j.refuse(FindingCode::control_count_differs, Field::loans,
             {{"given", std::to_string(m.loans)}, {"counted", std::to_string(m.positions.size())}});
  }
  if (m.total != sum) {
    j.refuse(FindingCode::control_total_differs, Field::total,
             {{"given", format_yuan_grouped(m.total)}, {"counted", format_yuan_grouped(sum)}});
  }
  if (j.refused()) return;

  // From here on it is answered.
  const auto open = j.registry.open_loans(j.occasion.partner, most_loans);
  ReconciliationResult told{.delivery_id = 0,
                            .statement_id = m.message_id,
                            .as_of = m.as_of,
                            .agrees = Answer::no,
                            .registered_loans = static_cast<std::int64_t>(open.count),
                            .registered_total = Fen::zero()};
  for (const PositionRow& row : m.positions) {
    const auto loan = j.registry.loan({j.occasion.partner, row.loan_no});
    if (!loan) {
      told.differences.push_back(
          {.loan_no = row.loan_no, .kind = DifferenceKind::not_filed, .stated = row.outstanding});
      continue;
    }
    const Fen registered = loan->open() ? loan->outstanding : Fen::zero();
    told.registered_total += registered;
    if (registered != row.outstanding) {
      told.differences.push_back({.loan_no = row.loan_no,
                                  .kind = DifferenceKind::amount_differs,
                                  .stated = row.outstanding,
                                  .registered = registered});
    }
  }
  if (open.count <= most_loans) {
    for (const Loan& loan : open.some) {
      if (stated.contains(loan.ref.number)) continue;
      told.registered_total += loan.outstanding;
      told.differences.push_back(
          {.loan_no = loan.ref.number, .kind = DifferenceKind::not_stated, .registered = loan.outstanding});
    }
  } else {
    j.note(FindingCode::statement_partial, Field::positions,
           {{"registered", std::to_string(open.count)}, {"most", std::to_string(most_loans)}});
  }
  const std::size_t most_rows =
      spec_of(ReconciliationResult::kind).record->fields[ReconciliationResult::field::differences].max_rows;
  if (told.differences.size() > most_rows) {
    told.differences_more = static_cast<std::int64_t>(told.differences.size() - most_rows);
    told.differences.resize(most_rows);
  }
  told.agrees = told.differences.empty() ? Answer::yes : Answer::no;
  j.send(j.occasion.partner, ReconciliationResult::kind, {j.occasion.partner}, told.record());
}

}  // namespace loangate::programme
