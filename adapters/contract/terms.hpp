#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "domain/finding_codes.hpp"
#include "domain/messages.hpp"

/// What the programme asks of a message beyond its form, for people. The rulebook in force decides; these are
/// its words and the published values (rules by their R numbers).
namespace loangate::adapters {

struct DeadlineWords {
  MessageKind kind;
  std::string_view rules;  ///< `R-34`
  std::string_view zh;
  std::string_view en;
};

/// The deadlines that apply to a message.
std::vector<DeadlineWords> deadlines_of(MessageKind kind);

/// Every finding that a message of a partner's can get, in order of their numbers: those of reading it, of
/// who sends it, and of the rules.
std::vector<FindingCode> findings_of(MessageKind kind);

}  // namespace loangate::adapters
