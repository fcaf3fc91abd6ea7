#include "ops/office/clauses.hpp"

#include <algorithm>

namespace loangate::ops {

void write_clause(JsonWriter& json, std::string_view key, const programme::Version& version,
                  std::string_view rule) {
  const auto found = std::ranges::find(version.clauses, rule, &programme::Clause::rule);
  if (found == version.clauses.end() || !found->stated) return;
  json.key(key)
      .begin_object()
      .member("rule", rule)
      .member("clause", std::string_view(found->clause))
      .member("zh", std::string_view(found->zh))
      .member("en", std::string_view(found->en))
      .end_object();
}

}  // namespace loangate::ops
