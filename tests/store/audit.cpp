#include "tests/store/audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/store/samples.hpp"

namespace loangate::store {

namespace {

constexpr std::size_t all = 1'000'000;

struct Owed {
  Fen exposure = Fen::zero();
  std::set<PartnerId> lenders = {};
};

}  // namespace

std::string audit(Store& store) {
  const auto entries = store.entries_after({0}, all);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const StoredEntry& entry = entries[i];
    if (entry.sequence.number != i + 1)
      return fmt::format("entry {} stands at {}", entry.sequence.number, i + 1);
    const auto found = store.entry(entry.entry.partner, entry.entry.message_id);
    if (!found || found->sequence != entry.sequence)
      return fmt::format("entry {} is not found by its id", i + 1);
  }
  if (store.last_sequence().number != entries.size()) return "the last sequence is not the last entry's";

  std::uint64_t number = 0;
  std::map<LoanRef, Loan> loans;
  for (const StoredChange& change : store.changes_after(0, all)) {
    if (change.number != ++number) return fmt::format("change {} stands at {}", change.number, number);
    if (change.cause.number > entries.size()) return fmt::format("change {} has no cause", number);
    const auto read = change_from_json(change.kind, change.json);
    if (!read) return fmt::format("change {}: {}", number, read.error());
    if (const auto* loan = std::get_if<Loan>(&*read)) loans.insert_or_assign(loan->ref, *loan);
  }
  if (number != entries.size()) return fmt::format("{} changes of {} filings", number, entries.size());

  std::map<Uscc, Owed> owed;
  for (const auto& [ref, loan] : loans) {
    if (store.loan(ref) != loan) return fmt::format("loan {} is not as its last change", loan.filing.number);
    owed[loan.company].exposure += loan.exposure();
    owed[loan.company].lenders.insert(ref.lender);
  }
  std::string fault;
  Unit look = [&](const View& view, Sequence) {
    for (const auto& [company, books] : owed) {
      if (view.exposure(company) != books.exposure ||
          !std::ranges::equal(view.lenders(company), books.lenders)) {
        fault = fmt::format("the books of {} do not agree with its loans", company.view());
      }
    }
    return Writes{};
  };
  if (const Committed looked = store.transact({&look, 1}).front(); !looked)
    return "no view: " + looked.error().what;
  if (!fault.empty()) return fault;

  const auto deliveries = store.undelivered(PartnerId::parse("credit").value(), {0}, all);
  if (deliveries.size() != entries.size())
    return fmt::format("{} deliveries of {} filings", deliveries.size(), entries.size());
  for (std::size_t i = 0; i < deliveries.size(); ++i) {
    if (deliveries[i].cause.number != i + 1)
      return fmt::format("delivery {} has another cause", deliveries[i].id.number);
  }
  std::uint64_t counted = 0;
  for (const auto& total : store.entry_totals()) counted += total.count;
  if (counted != entries.size()) return fmt::format("{} entries counted, {} there", counted, entries.size());
  return {};
}

}  // namespace loangate::store
