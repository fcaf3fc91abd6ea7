#include <fmt/format.h>

#include "programme/judgement.hpp"

namespace loangate::programme {
namespace {

/// Stands until the next one of its kind about the same thing. No rule of the programme has a say in it.
template <class Act>
void direct(const Act& act, std::string about, Judgement& j) {
  j.change(Directive{.kind = Act::kind,
                     .about = std::move(about),
                     .act = canonical_json(act.record()),
                     .cause = j.occasion.sequence,
                     .since = j.occasion.received});
}

/// The act's own number, as that of the proposal that it came by.
std::string own_number(const Judgement& j) {
  return std::to_string(j.occasion.sequence.number);
}

}  // namespace

void judge(const PartnerFlow& act, Judgement& j) {
  if (j.registry.institution(act.institution) == nullptr) {
    return j.refuse(FindingCode::institution_unknown, PartnerFlow::field::institution,
                    {{"given", act.institution.string()}});
  }
  direct(act, act.institution.string(), j);
}
void judge(const MaintenanceEntry& act, Judgement& j) {
  // As instants: a window may begin and end on one day.
  if (act.maintenance_until <= act.maintenance_from) {
    return j.refuse(FindingCode::dates_out_of_order, MaintenanceEntry::field::maintenance_until,
                    {{"earlier", fmt::format("maintenance_from {}", format(act.maintenance_from))},
                     {"later", fmt::format("maintenance_until {}", format(act.maintenance_until))}});
  }
  direct(act, "gateway", j);
}
void judge(const LegalHold& act, Judgement& j) {
  direct(act, act.loan_no ? LoanRef{act.institution, *act.loan_no}.text() : act.institution.string(), j);
}
void judge(const AlertAnswer& act, Judgement& j) {
  direct(act, fmt::format("{}/{}", act.rule, act.about), j);
}
void judge(const AlertTurn& act, Judgement& j) {
  direct(act, fmt::format("{}/{}", act.rule, act.about), j);
}
void judge(const PersonEntry& act, Judgement& j) {
  direct(act, act.person, j);
}
// A replay is named by its own entry: the approval that began it.
void judge(const DeliveryReplay& act, Judgement& j) {
  direct(act, own_number(j), j);
}
void judge(const ReplaySteer& act, Judgement& j) {
  direct(act, act.replay_no, j);
}
void judge(const ReplayProgress& act, Judgement& j) {
  direct(act, act.replay_no, j);
}

// Evidence that it happened; nothing stands because of it.
void judge(const RetentionRemoval&, Judgement&) {}
void judge(const AccessEvent&, Judgement&) {}

}  // namespace loangate::programme
