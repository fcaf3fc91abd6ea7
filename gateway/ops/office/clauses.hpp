#pragma once
#include <string_view>

#include "base/json_writer.hpp"
#include "programme/rulebook.hpp"

namespace loangate::ops {

/// The words on which a rule of a version rests, as the member `key`: `{"rule": "loss", "clause": …, "zh": …,
/// "en": …}`; no member if the version does not state the rule.
void write_clause(JsonWriter& json, std::string_view key, const programme::Version& version,
                  std::string_view rule);

}  // namespace loangate::ops
