#pragma once
#include <optional>
#include <string_view>

#include "programme/judgement.hpp"

namespace loangate::programme {

/// A rate above it is a slip of the pen.
inline constexpr Rate greatest_rate = Rate::basis_points(10'000);

/// What a loan asks of the ceiling, and how much of that the registry counts already (its own exposure when
/// it is judged again, that of the loan which it renews).
struct Claim {
  Fen asked;
  Fen counted;
};

/// 在库: whether the company stands on the support list on the day, its D class apart.
bool is_listed(const Company& company, Date day, const Version& version);
/// Whether the day is in a D-class period of the company.
bool is_d_class(const Company& company, Date day);
/// Both of them, as findings at `field`.
void check_company(const Uscc& uscc, Date day, std::uint16_t field, const Version& version,
                   Judgement& judgement);

/// Everything that the version in force at disbursement asks of a loan. Findings name the fields of
/// loan.disbursement.
void check_eligibility(const Loan& loan, Claim own, Judgement& judgement);

/// Whether who guarantees is said, of a loan that is guaranteed. Findings name the fields of
/// loan.disbursement, as do those of the next two.
void check_guarantor_stated(bool guaranteed, std::optional<GuarantorKind> kind, bool named,
                            Judgement& judgement);
void check_rate_range(const Loan& loan, Judgement& judgement);

/// Judges a filing. The new loan, to be kept by the caller, unless it is refused or was filed before.
/// `renewed` is the loan that it takes the place of, or nullptr.
std::optional<Loan> judge_filing(const LoanDisbursement& message, const Loan* renewed, Judgement& judgement);

/// Findings from `first` on name fields of loan.disbursement: lets them name the fields of that name in
/// another message, and `otherwise` where it has none.
void point_at(const RecordSpec& other, std::uint16_t otherwise, std::size_t first, Judgement& judgement);

/// A renewal is refused or cancelled: the loan that it closed is as it was. Nothing if it was none.
void undo_renewal(const Loan& renewal, Judgement& judgement);

/// How much the lender may still file for the company under the ceiling: what it has reserved itself is part
/// of it, what others have reserved is not. Negative if the ceiling was lowered.
Fen headroom_under(const CeilingRule& rule, const Uscc& company, const PartnerId& lender,
                   const Judgement& judgement);

/// What counts `more` toward the ceiling than before takes from what its bank had reserved for the company
///
void use_reservation(const Loan& loan, Fen more, Judgement& judgement);

/// Pending for what the findings hold it for, or filed.
Standing standing_by(const Findings& findings);

/// Tells the credit registry what it has missed of a loan while its filing was held (settled 8).
void catch_up_credit_registry(const Loan& loan, Judgement& judgement);

/// The year in which the bank lent, of a loan that is filed: kept once a year, for the assessment.
void note_activity(const Loan& loan, Judgement& judgement);

/// The guarantor as an institution of ours. Refuses a financing guarantee institution that is not admitted
///
std::optional<PartnerId> name_guarantor(std::string_view named, std::optional<GuarantorKind> kind, Date day,
                                        Judgement& judgement);

/// Whether the loan's guarantor has confirmed it, for at least the share that it would bear (R-27, settled
/// 34).
bool is_guaranteed(const Loan& loan, const Judgement& judgement);

/// Whether the loan runs longer than the rule has it; the anniversary itself is within.
bool exceeds_term(const Loan& loan, Date maturity, const TermRule& rule);

/// The office lets a held filing stand. What refuses it on the registry of today refuses the release (settled
/// 8).
void release(Loan pending, std::string_view reason, Judgement& judgement);

/// The office does not let it stand: what it reserved is free.
void refuse(Loan pending, std::string_view reason, Judgement& judgement);

}  // namespace loangate::programme
