#pragma once
#include <compare>
#include <cstdint>

#include "base/inline_text.hpp"

namespace loangate {

/// An institution of the programme as a partner of the gateway: `phrcb`, `bank07`, `fund`. Names its profile.
using PartnerId = InlineText<struct PartnerIdTag, 24>;
/// The partner's own id of a message, as its profile composes it. Unique per partner for ever.
using MessageId = InlineText<struct MessageIdTag, 80>;
/// 借据号: with the lender it names a loan (settled 13).
using LoanNo = InlineText<struct LoanNoTag, 40>;
/// 合同号
using ContractNo = InlineText<struct ContractNoTag, 40>;
/// 统一社会信用代码 as written: 18 characters if valid(); see uscc.hpp.
using Uscc = InlineText<struct UsccTag, 18>;
/// 支付系统行号, 12 digits.
using BankCode = InlineText<struct BankCodeTag, 12>;
/// 金融机构编码, 14 characters.
using InstitutionCode = InlineText<struct InstitutionCodeTag, 14>;
/// 代偿案件号: given by the gateway to a compensation application.
using CaseNo = InlineText<struct CaseNoTag, 24>;
/// 代偿指令号: a case number and its payer.
using InstructionNo = InlineText<struct InstructionNoTag, 32>;
/// A person who acts on the operations port.
using PersonId = InlineText<struct PersonIdTag, 40>;
/// A proposal of one person that waits for another's approval.
using ProposalNo = InlineText<struct ProposalNoTag, 24>;

/// The place of an entry in the journal: 1, 2, 3 … in the order of commit, without gaps.
struct Sequence {
  std::uint64_t number = 0;
  friend constexpr auto operator<=>(Sequence, Sequence) = default;
};

/// The id of an outgoing message: never changes however often it is sent.
struct DeliveryId {
  std::uint64_t number = 0;
  friend constexpr auto operator<=>(DeliveryId, DeliveryId) = default;
};

}  // namespace loangate
