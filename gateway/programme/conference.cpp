#include "programme/conference.hpp"

#include "base/contains.hpp"

#include <algorithm>

namespace loangate::programme {
namespace {

void check_opinions(const MeetingSaid& said, Date day, Judgement& j) {
  const Version* const version = j.version(said.lender, day);
  const bool listed = version != nullptr && version->conference && !version->conference->members.empty();
  for (std::size_t i = 0; i < said.opinions.size(); ++i) {
    const std::string& member = said.opinions[i].member;
    if (listed && !contains(version->conference->members, member)) {
      j.refuse(FindingCode::member_unknown, said.opinions_field, {{"given", member}});
    }
    if (contains(said.opinions.first(i), member, &OpinionRow::member)) {
      j.refuse(FindingCode::opinion_repeated, said.opinions_field, {{"given", member}});
    }
  }
}

}  // namespace

void check_meeting(const MeetingSaid& said, Judgement& j) {
  const bool numbered = said.number && !said.number->empty();
  const auto need = [&](bool given, std::uint16_t field) {
    if (given || (!said.needed && !numbered && !said.on)) return;
    j.refuse(FindingCode::ruling_incomplete, field, {{"field", std::string(said.spec.fields[field].name)}});
  };
  need(numbered, said.number_field);
  need(said.on.has_value(), said.date_field);
  check_opinions(said, said.on.value_or(j.today), j);
  if (!said.on) return;
  j.require_not_future(said.spec, said.date_field, *said.on);
  if (!numbered) return;
  const auto known = j.registry.meeting(*said.number);
  if (known && known->on != *said.on) {
    j.refuse(FindingCode::meeting_differs, said.date_field,
             {{"given", *said.number}, {"on", format(known->on)}});
  }
}

void enter_meeting(const std::optional<std::string>& number, std::optional<Date> on, Judgement& j) {
  if (!number || number->empty() || !on || j.registry.meeting(*number)) return;
  j.change(Meeting{.no = *number, .on = *on});
}

bool all_consent(const ConferenceRule& rule, std::span<const OpinionRow> opinions) {
  return std::ranges::all_of(rule.members, [&](const std::string& member) {
    return std::ranges::any_of(opinions, [&](const OpinionRow& opinion) {
      return opinion.member == member && opinion.consents == Answer::yes;
    });
  });
}

}  // namespace loangate::programme
