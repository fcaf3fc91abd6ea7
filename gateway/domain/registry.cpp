#include "domain/registry.hpp"

#include <fmt/compile.h>

#include <algorithm>

namespace loangate {
namespace {

template <class... Cases>
struct overloaded : Cases... {
  using Cases::operator()...;
};

}  // namespace

std::string LoanRef::text() const {
  return fmt::format(FMT_COMPILE("{}/{}"), lender.view(), number.view());
}

bool admitted(const Institution& institution, Date day) {
  return std::ranges::any_of(institution.admitted, [&](const Period& period) { return period.covers(day); });
}

bool Loan::open() const {
  const bool stands = std::holds_alternative<standing::Pending>(standing) ||
                      std::holds_alternative<standing::Filed>(standing);
  const bool ended = std::holds_alternative<course::Settled>(course) ||
                     std::holds_alternative<course::Renewed>(course) ||
                     std::holds_alternative<course::WrittenOff>(course);
  return stands && !ended;
}

Fen Loan::exposure() const {
  if (!open()) return Fen::zero();
  if (filed == lent) return outstanding;
  return portion_half_up(outstanding, filed.count(), lent.count());
}

bool operator==(const Ruling& a, const Ruling& b) {
  const auto same_opinion = [](const OpinionRow& x, const OpinionRow& y) {
    return x.member == y.member && x.consents == y.consents && x.remark == y.remark;
  };
  return a.ruling == b.ruling && a.meeting_no == b.meeting_no && a.decided_on == b.decided_on &&
         a.principal == b.principal && a.interest == b.interest && a.reason == b.reason &&
         std::equal(a.opinions.begin(), a.opinions.end(), b.opinions.begin(), b.opinions.end(), same_opinion);
}

bool operator==(const AttachmentRow& a, const AttachmentRow& b) {
  return a.kind == b.kind && a.sha256 == b.sha256 && a.name == b.name;
}

bool Posting::balanced() const {
  Fen sum = Fen::zero();
  for (const Line& line : lines) sum += line.debit - line.credit;
  return sum == Fen::zero();
}

std::string profile_version_key(const PartnerId& partner, std::int32_t no) {
  return fmt::format(FMT_COMPILE("{}/{}"), partner.view(), no);
}

std::string directive_key(MessageKind kind, std::string_view about) {
  return fmt::format(FMT_COMPILE("{}/{}"), spec_of(kind).name, about);
}

std::string_view kind_name(const Change& change) {
  constexpr std::string_view names[] = {"company",       "institution",     "loan",       "case",
                                        "instruction",   "proposal",        "outage",     "remittance",
                                        "reservation",   "application",     "guarantee",  "meeting",
                                        "fund_year",     "posting",         "assessment", "deadline",
                                        "configuration", "profile_version", "batch",      "directive"};
  static_assert(std::size(names) == std::variant_size_v<Change>);
  return names[change.index()];
}

std::string key(const Change& change) {
  return std::visit(overloaded{
                        [](const Company& company) { return company.uscc.string(); },
                        [](const Institution& institution) { return institution.id.string(); },
                        [](const Loan& loan) { return loan.ref.text(); },
                        [](const Case& of) { return of.no.string(); },
                        [](const Instruction& instruction) { return instruction.no.string(); },
                        [](const Proposal& proposal) { return proposal.no.string(); },
                        [](const Outage& outage) { return format(outage.from); },
                        [](const Remittance& remittance) { return remittance.no.string(); },
                        [](const Reservation& reserved) {
                          return fmt::format(FMT_COMPILE("{}/{}"), reserved.company.view(),
                                             reserved.bank.view());
                        },
                        [](const Application& application) { return application.no; },
                        [](const Guarantee& guarantee) { return guarantee.loan.text(); },
                        [](const Meeting& meeting) { return meeting.no; },
                        [](const FundYear& of) {
                          return fmt::format(FMT_COMPILE("{}/{}"), of.institution.view(), of.year);
                        },
                        [](const Posting& posting) {
                          return fmt::format(FMT_COMPILE("{}-{}"), posting.cause.number, posting.ordinal);
                        },
                        [](const Assessment& of) {
                          return fmt::format(FMT_COMPILE("{}/{}"), of.institution.view(), of.year);
                        },
                        [](const Deadline& deadline) {
                          return fmt::format(FMT_COMPILE("{}/{}/{}/{}"), spec_of(deadline.kind).name,
                                             deadline.instruction ? deadline.instruction->view() : "-",
                                             format(deadline.due_on), deadline.loan.text());
                        },
                        [](const ConfigurationOnRecord&) { return std::string(configuration_key); },
                        [](const ProfileVersion& of) { return profile_version_key(of.partner, of.no); },
                        [](const Batch& batch) {
                          return fmt::format(FMT_COMPILE("{}/{}"), batch.partner.view(), batch.id);
                        },
                        [](const Directive& of) { return directive_key(of.kind, of.about); },
                    },
                    change);
}

Fen RegistryView::exposure(const Uscc& uscc) const {
  Fen sum = Fen::zero();
  if (const Book* const known = book(uscc)) {
    for (const Book::Lender& lender : known->lenders) sum += lender.exposure;
  }
  return sum;
}

std::vector<PartnerId> RegistryView::lenders(const Uscc& uscc) const {
  std::vector<PartnerId> ids;
  if (const Book* const known = book(uscc)) {
    for (const Book::Lender& lender : known->lenders) {
      if (lender.loans != 0) ids.push_back(lender.id);
    }
  }
  return ids;
}

std::string Lane::text() const {
  return std::visit(overloaded{
                        [](const LoanRef& loan) { return "loan/" + loan.text(); },
                        [](const Uscc& company) { return "company/" + company.string(); },
                        [](const PartnerId& institution) { return "institution/" + institution.string(); },
                    },
                    of);
}

}  // namespace loangate
