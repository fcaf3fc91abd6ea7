#include "domain/registry.hpp"

#include <fmt/compile.h>

namespace loangate {
namespace {

template <class... Cases>
struct overloaded : Cases... {
  using Cases::operator()...;
};

std::string text(const LoanRef& ref) {
  return fmt::format(FMT_COMPILE("{}/{}"), ref.lender.view(), ref.number.view());
}

}  // namespace

Fen Loan::exposure() const {
  if (std::holds_alternative<standing::Refused>(standing)) return Fen::zero();
  if (std::holds_alternative<course::Settled>(course)) return Fen::zero();
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

std::string_view kind_name(const Change& change) {
  constexpr std::string_view names[] = {"company",     "institution", "loan",  "case",
                                        "instruction", "proposal",    "outage"};
  static_assert(std::size(names) == std::variant_size_v<Change>);
  return names[change.index()];
}

std::string key(const Change& change) {
  return std::visit(overloaded{
                        [](const Company& company) { return company.uscc.string(); },
                        [](const Institution& institution) { return institution.id.string(); },
                        [](const Loan& loan) { return text(loan.ref); },
                        [](const Case& of) { return of.no.string(); },
                        [](const Instruction& instruction) { return instruction.no.string(); },
                        [](const Proposal& proposal) { return proposal.no.string(); },
                        [](const Outage& outage) { return format(outage.from); },
                    },
                    change);
}

std::string Lane::text() const {
  return std::visit(overloaded{
                        [](const LoanRef& loan) { return "loan/" + loangate::text(loan); },
                        [](const Uscc& company) { return "company/" + company.string(); },
                    },
                    of);
}

}  // namespace loangate
