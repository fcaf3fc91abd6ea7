#pragma once
#include "store/sqlite/memory.hpp"
#include "store/sqlite/rows.hpp"
#include "store/store.hpp"

namespace loangate::store {

/// What a unit of work sees: memory with its overlay, and rows through the writer's own connection, which
/// shows what the group has written so far. Throws SqliteError if the file cannot be read: nothing may be
/// decided on a guess.
class GroupView final : public View {
 public:
  GroupView(const Memory& memory, const RowReader& reader) : memory_(memory), reader_(reader) {}

  const Institution* institution(const PartnerId& id) const override;
  const Company* company(const Uscc& uscc) const override;
  std::optional<Loan> loan(const LoanRef& ref) const override;
  std::optional<Case> find_case(const CaseNo& no) const override;
  std::optional<Instruction> instruction(const InstructionNo& no) const override;
  std::optional<Proposal> proposal(const ProposalNo& no) const override;
  std::optional<Remittance> remittance(const InstructionNo& no) const override;
  std::optional<Application> application(std::string_view no) const override;
  std::optional<Guarantee> guarantee(const LoanRef& loan) const override;
  std::optional<Meeting> meeting(std::string_view no) const override;
  std::optional<FundYear> fund_year(const PartnerId& institution, std::int32_t year) const override;
  std::optional<Assessment> assessment(const PartnerId& institution, std::int32_t year) const override;
  std::optional<Deadline> deadline(const Deadline& same) const override;
  const Book* book(const Uscc& uscc) const override;
  OpenLoans open_loans(const PartnerId& lender, std::size_t limit) const override;
  bool has_document(const PartnerId& partner, const Digest& sha256) const override;
  std::vector<PartnerId> institutions(PartnerRole role) const override;
  std::optional<Outage> outage_between(Instant begin, Instant end) const override;
  std::optional<Prior> message(const PartnerId& partner, const MessageId& id) const override;
  std::optional<Prior> unreadable(const PartnerId& partner, const Digest& raw) const override;
  std::optional<Delivery> delivery(DeliveryId id) const override;

 private:
  template <class Thing>
  std::optional<Thing> thing(std::string_view kind, std::string_view key) const;

  const Memory& memory_;
  const RowReader& reader_;
};

}  // namespace loangate::store
