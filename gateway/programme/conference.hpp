#pragma once
#include <optional>
#include <span>
#include <string>

#include "programme/judgement.hpp"

namespace loangate::programme {

/// What an act says of the meeting that it rests on, with the fields that findings point at.
struct MeetingSaid {
  const RecordSpec& spec;
  std::uint16_t number_field;
  std::uint16_t date_field;
  std::uint16_t opinions_field;
  std::optional<std::string> number;
  std::optional<Date> on;
  std::span<const OpinionRow> opinions;
  bool needed;       ///< whether the act cannot do without a meeting
  PartnerId lender;  ///< whose programme names the members
};

/// What an act says of its meeting: all that rest on one have these fields by the same names.
template <class Act>
MeetingSaid meeting_of(const Act& act, bool needed, const PartnerId& lender) {
  using Field = typename Act::field;
  return {.spec = Act::spec(),
          .number_field = Field::meeting_no,
          .date_field = Field::meeting_on,
          .opinions_field = Field::opinions,
          .number = act.meeting_no,
          .on = act.meeting_on,
          .opinions = act.opinions,
          .needed = needed,
          .lender = lender};
}

/// Holds it against the record: number and date together, no date in the future, one date to a number,
/// opinions of members only, each once.
void check_meeting(const MeetingSaid& said, Judgement& judgement);

/// Enters a meeting that is new. Of an act that stands only: a refused one changes nothing.
void enter_meeting(const std::optional<std::string>& number, std::optional<Date> on, Judgement& judgement);

/// Whether every member of the conference has consented.
bool all_consent(const ConferenceRule& rule, std::span<const OpinionRow> opinions);

}  // namespace loangate::programme
