#include "store/sqlite/group_view.hpp"

#include <algorithm>

namespace loangate::store {

const Institution* GroupView::institution(const PartnerId& id) const {
  return memory_.institutions.find(id);
}

const Company* GroupView::company(const Uscc& uscc) const {
  return memory_.companies.find(uscc);
}

std::optional<Loan> GroupView::loan(const LoanRef& ref) const {
  const auto filing = memory_.find(loan_fingerprint(ref));
  if (!filing) return std::nullopt;
  auto loan = reader_.loan(*filing);
  if (loan && loan->ref != ref) return std::nullopt;
  return loan;
}

template <class Thing>
std::optional<Thing> GroupView::thing(std::string_view kind, std::string_view key) const {
  auto found = reader_.thing(kind, key);
  if (!found) return std::nullopt;
  return std::get<Thing>(*std::move(found));
}

std::optional<Case> GroupView::find_case(const CaseNo& no) const {
  return thing<Case>("case", no.view());
}

std::optional<Instruction> GroupView::instruction(const InstructionNo& no) const {
  return thing<Instruction>("instruction", no.view());
}

std::optional<Proposal> GroupView::proposal(const ProposalNo& no) const {
  return thing<Proposal>("proposal", no.view());
}

Fen GroupView::exposure(const Uscc& uscc) const {
  const Book* const book = memory_.books.find(uscc);
  return book == nullptr ? Fen::zero() : book->exposure;
}

std::vector<PartnerId> GroupView::lenders(const Uscc& uscc) const {
  std::vector<PartnerId> ids;
  if (const Book* const book = memory_.books.find(uscc)) {
    for (const Book::Lender& lender : book->lenders) ids.push_back(lender.id);
  }
  return ids;
}

std::vector<PartnerId> GroupView::institutions(PartnerRole role) const {
  std::vector<PartnerId> ids;
  memory_.institutions.for_each([&](const PartnerId& id, const Institution& institution) {
    if (institution.role == role) ids.push_back(id);
  });
  std::ranges::sort(ids);
  return ids;
}

std::optional<Outage> GroupView::outage_between(Instant begin, Instant end) const {
  const auto length = [](const Outage& outage) { return outage.until.micros - outage.from.micros; };
  std::optional<Outage> longest;
  memory_.outages.for_each([&](const std::string&, const Outage& outage) {
    if (outage.overlaps(begin, end) && (!longest || length(outage) > length(*longest))) longest = outage;
  });
  return longest;
}

std::optional<Prior> GroupView::message(const PartnerId& partner, const MessageId& id) const {
  const auto sequence = memory_.find(message_fingerprint(partner, id));
  return sequence ? reader_.message(*sequence, partner, id) : std::nullopt;
}

std::optional<Prior> GroupView::unreadable(const PartnerId& partner, const Digest& raw) const {
  const auto sequence = memory_.find(unreadable_fingerprint(partner, raw));
  return sequence ? reader_.unreadable(*sequence, partner, raw) : std::nullopt;
}

std::optional<Delivery> GroupView::delivery(DeliveryId id) const {
  return reader_.delivery(id);
}

}  // namespace loangate::store
