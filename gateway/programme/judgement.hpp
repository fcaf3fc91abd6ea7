#pragma once
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "programme/decide.hpp"

namespace loangate::programme {

/// A decision in the making: what was found so far, and what follows. Each family of messages has a judge()
/// that descends from shape over look-ups and relations to 'from here on it is accepted'; effects stand below
/// that line only.
class Judgement {
 public:
  Judgement(const Occasion& the_occasion, const RegistryView& the_registry, const Rulebook& the_rulebook)
      : occasion(the_occasion),
        registry(the_registry),
        rulebook(the_rulebook),
        today(the_occasion.today()),
        speaker(the_registry.institution(the_occasion.partner)) {}

  const Occasion& occasion;
  const RegistryView& registry;
  const Rulebook& rulebook;
  const Date today;
  const Institution* const speaker;  ///< nullptr: not entered
  Decision decision = {};
  /// False while a filing is judged again: what is judged then is no message with fields.
  bool has_fields = true;

  using Values = std::initializer_list<std::pair<std::string_view, std::string>>;
  static constexpr std::uint16_t whole_message = FieldPath::none;

  void find(Severity severity, FindingCode code, std::uint16_t field, Values values = {});
  void refuse(FindingCode code, std::uint16_t field, Values values = {}) {
    find(Severity::refusal, code, field, values);
  }
  void hold(FindingCode code, std::uint16_t field, Values values = {}) {
    find(Severity::hold, code, field, values);
  }
  void note(FindingCode code, std::uint16_t field, Values values = {}) {
    find(Severity::note, code, field, values);
  }

  bool refused() const { return has(Severity::refusal); }
  bool held() const { return has(Severity::hold); }

  // Shapes that many messages share. `spec` names the field in the finding.
  void require_positive(const RecordSpec& spec, std::uint16_t field, Fen amount);
  void require_not_negative(const RecordSpec& spec, std::uint16_t field, std::optional<Fen> amount);
  void require_not_future(const RecordSpec& spec, std::uint16_t field, Date date);
  /// Of two dates of one message or of its loan; `later_field` is where the finding points.
  void require_order(std::string_view earlier_name, Date earlier, std::string_view later_name, Date later,
                     std::uint16_t later_field);

  /// Beside the finding that something is late: says so if an outage of the gateway fell within the days in
  /// which it could have come in time (settled 9).
  void note_outage(Date first_day, Date deadline, std::uint16_t field);

  /// The speaker's loan of that number, unless it is unknown, was refused or cancelled.
  std::optional<Loan> loan(const LoanNo& number, std::uint16_t field, MessageKind act);
  void refuse_state(const Loan& loan, std::uint16_t field, MessageKind act);

  /// The version of the lender's programme in force on the day; nullptr if none is.
  const Version* version(const PartnerId& lender, Date day) const { return rulebook.at(lender, day); }

  void change(Change changed) { decision.changes.push_back(std::move(changed)); }
  void send(const PartnerId& to, MessageKind kind, Lane lane, Record message);

  /// The outcome that follows from the findings, with everything else.
  Decision take();

 private:
  bool has(Severity severity) const;
};

/// How the loan stands, in words of both languages: `结清 settled`.
std::string_view state_words(const Loan& loan);

/// Before anyone has applied for compensation: what comes after is not servicing but recovery.
bool is_with_the_bank(const Loan& loan);

/// The overdue that the loan is in, also under an application or after it; nullptr if none.
const course::Overdue* overdue_of(const Loan& loan);
course::Overdue* overdue_of(Loan& loan);

// One for each message and act; each in the file of its family.
void judge(const LoanDisbursement& message, Judgement& judgement);
void judge(const LoanExtension& message, Judgement& judgement);
void judge(const LoanRepayment& message, Judgement& judgement);
void judge(const LoanSettlement& message, Judgement& judgement);
void judge(const OverdueReport& message, Judgement& judgement);
void judge(const CompensationApplication& message, Judgement& judgement);
void judge(const PaymentConfirmation& message, Judgement& judgement);
void judge(const PaymentReceived& message, Judgement& judgement);
void judge(const LimitQuery& message, Judgement& judgement);
void judge(const LimitReserve& message, Judgement& judgement);
void judge(const LoanDecision& message, Judgement& judgement);
void judge(const LoanRenewal& message, Judgement& judgement);
void judge(const RecoveryReport& message, Judgement& judgement);
void judge(const WriteoffApplication& message, Judgement& judgement);
void judge(const CreditRegistration& message, Judgement& judgement);
void judge(const FilingCorrection& message, Judgement& judgement);
void judge(const FilingCancellation& message, Judgement& judgement);
void judge(const GuaranteeConfirmation& message, Judgement& judgement);
void judge(const PositionStatement& message, Judgement& judgement);
void judge(const CompanyEntry& act, Judgement& judgement);
void judge(const CompanyDClass& act, Judgement& judgement);
void judge(const InstitutionEntry& act, Judgement& judgement);
void judge(const RuleHold& act, Judgement& judgement);
void judge(const RuleCompensation& act, Judgement& judgement);
void judge(const RuleWriteoff& act, Judgement& judgement);
void judge(const RuleInstitution& act, Judgement& judgement);
void judge(const YearAssess& act, Judgement& judgement);
void judge(const ApplicationEntry& act, Judgement& judgement);
void judge(const DeadlinePass& act, Judgement& judgement);
void judge(const OpeningLoan& act, Judgement& judgement);
void judge(const OpeningClaim& act, Judgement& judgement);
void judge(const OpeningCap& act, Judgement& judgement);
void judge(const LprEntry& act, Judgement& judgement);
void judge(const CalendarEntry& act, Judgement& judgement);
void judge(const LaneRelease& act, Judgement& judgement);
void judge(const OutageEntry& act, Judgement& judgement);
void judge(const RuleProfile& act, Judgement& judgement);
void judge(const ProfileBack& act, Judgement& judgement);
void judge(const ConfigurationLoad& act, Judgement& judgement);
void judge(const DeliveryReplay& act, Judgement& judgement);
void judge(const ReplaySteer& act, Judgement& judgement);
void judge(const ReplayProgress& act, Judgement& judgement);
void judge(const PartnerFlow& act, Judgement& judgement);
void judge(const MaintenanceEntry& act, Judgement& judgement);
void judge(const LegalHold& act, Judgement& judgement);
void judge(const RetentionRemoval& act, Judgement& judgement);
void judge(const AlertAnswer& act, Judgement& judgement);
void judge(const AlertTurn& act, Judgement& judgement);
void judge(const PersonEntry& act, Judgement& judgement);
void judge(const AccessEvent& act, Judgement& judgement);

}  // namespace loangate::programme
