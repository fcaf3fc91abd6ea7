#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "simulate/player.hpp"

/// What the partners of the story write, as records: as much of each message as the loan's bank has a place
/// for. Ids, times of sending and institution codes are filled in as it is sent (Composer::complete).
namespace loangate::simulate::letters {

/// A filing in full, at the greatest rate up to `most` that the bank's format can write.
Record filing(const StoryLoan& loan, Rate most);
/// 无还本续贷: `loan` takes the place of `renewed`.
Record renewal(const StoryLoan& loan, const StoryLoan& renewed, Rate most);
Record extension(const StoryLoan& loan, Date on, Date until);
Record repayment(const StoryLoan& loan, Date on, Fen principal, Fen interest);
/// Without a last payment: what was due has come already.
Record settlement(const StoryLoan& loan, Date on, std::optional<Fen> last_principal);
Record correction(const StoryLoan& loan, Fen amount);
/// Of the filing, or of an overdue report.
Record cancellation(const StoryLoan& loan, const MessageId& original, std::string_view reason);
/// The guarantor's, not the bank's.
Record guarantee(const StoryLoan& loan, Date on);

Record limit_query(std::uint32_t company, Fen amount);
Record limit_reserve(std::uint32_t company, Fen amount, Date until);
Record decision(const LoanApplication& application, Date on, Fen amount);
Record position(std::span<StoryLoan* const> loans, Date on);

/// What a borrower did not pay, and since when.
struct Arrears {
  Date due_on;
  Fen principal;
  Fen interest = Fen::zero();
};
Record overdue_report(const StoryLoan& loan, const Arrears& arrears);
/// With the documents that the measures ask for.
Record application(const StoryLoan& loan, Date on, const Arrears& arrears);
Record payment(const CompensationInstruction& instruction, Date on, std::string reference);
/// Of a compensation by the bank, of a recovery's share by fund or guarantor.
Record received(const InstructionNo& number, Date on, Fen amount);

Record credit_registration(const StoryLoan& loan, Date on);
Record recovery(const CaseNo& number, Date on, RecoverySource source, Fen recovered, Fen costs);
/// With the court's ruling.
Record write_off(const StoryLoan& loan, const CaseNo& number, Date ruled_on, WriteoffGround ground);

}  // namespace loangate::simulate::letters
