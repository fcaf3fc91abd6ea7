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

std::optional<Remittance> GroupView::remittance(const InstructionNo& no) const {
  return thing<Remittance>("remittance", no.view());
}

std::optional<Application> GroupView::application(std::string_view no) const {
  return thing<Application>("application", no);
}

std::optional<Guarantee> GroupView::guarantee(const LoanRef& loan) const {
  return thing<Guarantee>("guarantee", loan.text());
}

std::optional<Meeting> GroupView::meeting(std::string_view no) const {
  return thing<Meeting>("meeting", no);
}

std::optional<FundYear> GroupView::fund_year(const PartnerId& institution, std::int32_t year) const {
  return thing<FundYear>("fund_year", key(FundYear{.institution = institution, .year = year}));
}

std::optional<Assessment> GroupView::assessment(const PartnerId& institution, std::int32_t year) const {
  return thing<Assessment>("assessment", key(Assessment{.institution = institution, .year = year}));
}

std::optional<Deadline> GroupView::deadline(const Deadline& same) const {
  return thing<Deadline>("deadline", key(same));
}

const Book* GroupView::book(const Uscc& uscc) const {
  return memory_.books.find(uscc);
}

RegistryView::OpenLoans GroupView::open_loans(const PartnerId& lender, std::size_t limit) const {
  const std::uint32_t number = memory_.known_number(lender.view());
  return number == 0 ? OpenLoans{} : reader_.open_loans_of(number, limit);
}

bool GroupView::has_document(const PartnerId& partner, const Digest& sha256) const {
  // A message that took this id is no document: the bytes decide.
  const auto kept = message(partner, document_id(sha256));
  return kept && kept->raw_digest == sha256 && !kept->removed_by;
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
