#pragma once
#include <map>
#include <set>

#include "domain/registry.hpp"

namespace loangate::support {

/// A registry in maps: the plainest thing that keeps what decisions say. With a base it is an overlay: what
/// it has been told itself stands over what the base holds, and fold() or dropping it is the caller's.
class Registry final : public RegistryView {
 public:
  Registry() = default;
  explicit Registry(const Registry& base) : base_(&base) {}
  Registry(Registry&&) = default;

  void apply(const Change& change) {
    std::visit([this](const auto& thing) { keep(thing); }, change);
  }
  void apply(const std::vector<Change>& changes) {
    for (const Change& change : changes) apply(change);
  }
  /// Takes over everything that an overlay of this registry was told.
  void fold(const Registry& overlay) {
    for (const auto& [id, thing] : overlay.institutions_) keep(thing);
    for (const auto& [uscc, thing] : overlay.companies_) keep(thing);
    for (const auto& [ref, thing] : overlay.loans_) keep(thing);
    for (const auto& [no, thing] : overlay.cases_) keep(thing);
    for (const auto& [no, thing] : overlay.instructions_) keep(thing);
    for (const auto& [no, thing] : overlay.proposals_) keep(thing);
    for (const auto& [from, thing] : overlay.outages_) keep(thing);
  }

  const Institution* institution(const PartnerId& id) const override {
    return look(&Registry::institutions_, id);
  }
  const Company* company(const Uscc& uscc) const override { return look(&Registry::companies_, uscc); }
  std::optional<Loan> loan(const LoanRef& ref) const override { return copy(look(&Registry::loans_, ref)); }
  std::optional<Case> find_case(const CaseNo& no) const override { return copy(look(&Registry::cases_, no)); }
  std::optional<Instruction> instruction(const InstructionNo& no) const override {
    return copy(look(&Registry::instructions_, no));
  }
  std::optional<Proposal> proposal(const ProposalNo& no) const override {
    return copy(look(&Registry::proposals_, no));
  }
  Fen exposure(const Uscc& uscc) const override {
    Fen sum = Fen::zero();
    for (const auto& [ref, loan] : loans()) {
      if (loan->company == uscc) sum += loan->exposure();
    }
    return sum;
  }
  std::vector<PartnerId> lenders(const Uscc& uscc) const override {
    std::set<PartnerId> found;
    for (const auto& [ref, loan] : loans()) {
      const bool over = std::holds_alternative<standing::Refused>(loan->standing) ||
                        std::holds_alternative<course::Settled>(loan->course);
      if (loan->company == uscc && !over) found.insert(ref.lender);
    }
    return {found.begin(), found.end()};
  }
  std::vector<PartnerId> institutions(PartnerRole role) const override {
    std::set<PartnerId> found;
    for (const Registry* at = this; at != nullptr; at = at->base_) {
      for (const auto& [id, _] : at->institutions_) {
        if (institution(id)->role == role) found.insert(id);
      }
    }
    return {found.begin(), found.end()};
  }

  std::optional<Outage> outage_between(Instant begin, Instant end) const override {
    std::map<std::int64_t, Outage> by_length;
    for (const Registry* at = this; at != nullptr; at = at->base_) {
      for (const auto& [from, outage] : at->outages_) {
        if (outage.overlaps(begin, end)) by_length.emplace(outage.until.micros - from.micros, outage);
      }
    }
    return by_length.empty() ? std::nullopt : std::optional(by_length.rbegin()->second);
  }

  /// All loans, the overlay's state of each before the base's.
  std::map<LoanRef, const Loan*> loans() const {
    std::map<LoanRef, const Loan*> all;
    for (const Registry* at = this; at != nullptr; at = at->base_) {
      for (const auto& [ref, loan] : at->loans_) all.emplace(ref, &loan);
    }
    return all;
  }

 private:
  template <class Key, class Thing>
  const Thing* look(std::map<Key, Thing> Registry::* things, const Key& key) const {
    for (const Registry* at = this; at != nullptr; at = at->base_) {
      const auto found = (at->*things).find(key);
      if (found != (at->*things).end()) return &found->second;
    }
    return nullptr;
  }
  template <class Thing>
  static std::optional<Thing> copy(const Thing* thing) {
    return thing == nullptr ? std::nullopt : std::optional(*thing);
  }

  void keep(const Institution& x) { institutions_.insert_or_assign(x.id, x); }
  void keep(const Company& x) { companies_.insert_or_assign(x.uscc, x); }
  void keep(const Loan& x) { loans_.insert_or_assign(x.ref, x); }
  void keep(const Case& x) { cases_.insert_or_assign(x.no, x); }
  void keep(const Instruction& x) { instructions_.insert_or_assign(x.no, x); }
  void keep(const Proposal& x) { proposals_.insert_or_assign(x.no, x); }
  void keep(const Outage& x) { outages_.insert_or_assign(x.from, x); }

  const Registry* base_ = nullptr;
  std::map<PartnerId, Institution> institutions_;
  std::map<Uscc, Company> companies_;
  std::map<LoanRef, Loan> loans_;
  std::map<CaseNo, Case> cases_;
  std::map<InstructionNo, Instruction> instructions_;
  std::map<ProposalNo, Proposal> proposals_;
  std::map<Instant, Outage> outages_;
};

}  // namespace loangate::support
