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
    for (const auto& [name, thing] : overlay.others_) others_.insert_or_assign(name, thing);
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
  std::optional<Remittance> remittance(const InstructionNo& no) const override {
    return other<Remittance>("remittance", no.string());
  }
  std::optional<Application> application(std::string_view no) const override {
    return other<Application>("application", std::string(no));
  }
  std::optional<Guarantee> guarantee(const LoanRef& loan) const override {
    return other<Guarantee>("guarantee", loan.text());
  }
  std::optional<Meeting> meeting(std::string_view no) const override {
    return other<Meeting>("meeting", std::string(no));
  }
  std::optional<FundYear> fund_year(const PartnerId& institution, std::int32_t year) const override {
    return other<FundYear>("fund_year", key(FundYear{.institution = institution, .year = year}));
  }
  std::optional<Assessment> assessment(const PartnerId& institution, std::int32_t year) const override {
    return other<Assessment>("assessment", key(Assessment{.institution = institution, .year = year}));
  }
  std::optional<Deadline> deadline(const Deadline& same) const override {
    return other<Deadline>("deadline", key(same));
  }
  /// Summed anew each time, from nothing but the loans and reservations.
  const Book* book(const Uscc& uscc) const override {
    std::map<PartnerId, Book::Lender> lenders;
    for (const auto& [ref, loan] : loans()) {
      if (loan->company != uscc || !loan->open()) continue;
      Book::Lender& lender = lenders.try_emplace(ref.lender, Book::Lender{.id = ref.lender}).first->second;
      ++lender.loans;
      lender.exposure += loan->exposure();
    }
    for (const auto& reserved : all<Reservation>()) {
      if (reserved.company != uscc || reserved.amount == Fen::zero()) continue;
      Book::Lender& lender =
          lenders.try_emplace(reserved.bank, Book::Lender{.id = reserved.bank}).first->second;
      lender.reserved = reserved.amount;
      lender.reserved_since = reserved.since;
      lender.reserved_until = reserved.until;
    }
    Book& book = books_[uscc];
    book.lenders.clear();
    for (const auto& [id, lender] : lenders) book.lenders.push_back(lender);
    return &book;
  }
  bool has_document(const PartnerId& partner, const Digest& sha256) const override {
    return documents_.contains({partner, sha256}) ||
           (base_ != nullptr && base_->has_document(partner, sha256));
  }
  void keep_document(const PartnerId& partner, const Digest& sha256) { documents_.emplace(partner, sha256); }
  OpenLoans open_loans(const PartnerId& lender, std::size_t limit) const override {
    OpenLoans open{};
    for (const auto& [ref, loan] : loans()) {
      if (ref.lender != lender || !loan->open()) continue;
      ++open.count;
      if (open.some.size() < limit) open.some.push_back(*loan);
    }
    return open;
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

  /// The present state of all things of a type that is in no map of its own.
  template <class Thing>
  std::vector<Thing> all() const {
    std::map<std::string, const Change*> found;
    for (const Registry* at = this; at != nullptr; at = at->base_) {
      for (const auto& [name, thing] : at->others_) found.emplace(name, &thing);
    }
    std::vector<Thing> things;
    for (const auto& [name, thing] : found) {
      if (const auto* same = std::get_if<Thing>(thing)) things.push_back(*same);
    }
    return things;
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

  template <class Thing>
  std::optional<Thing> other(std::string_view kind, const std::string& name) const {
    const Change* const found = look(&Registry::others_, std::string(kind) + ' ' + name);
    return found == nullptr ? std::nullopt : std::optional(std::get<Thing>(*found));
  }

  template <class Thing>
  void keep(const Thing& x) {
    const Change change = x;
    others_.insert_or_assign(std::string(kind_name(change)) + ' ' + key(change), change);
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
  std::set<std::pair<PartnerId, Digest>> documents_;
  std::map<std::string, Change> others_;  // by kind and key
  mutable std::map<Uscc, Book> books_;
};

}  // namespace loangate::support
