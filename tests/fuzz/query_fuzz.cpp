// Whatever is typed to find messages: it is refused with the word and what to write instead, or it is some
// clauses, each of which may mean something; and the words of a text stay within it.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "store/search/query.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loangate::store::search;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::size_t bytes = 0;
  for (const std::string& word : words_of(text)) {
    require(!word.empty());
    bytes += word.size();
  }
  require(bytes <= 2 * size + 8);  // pairs of neighbours
  const auto query = parse_query(text);
  if (!query) {
    require(!query.error().zh.empty() && !query.error().en.empty());
    return 0;
  }
  require(size <= most_query_bytes && query->clauses.size() <= most_words);
  for (const Clause& clause : query->clauses) require(!clause.any.empty());
  const auto again = parse_query(text);
  require(again.has_value() && again->from == query->from && again->until == query->until);
  require(again->clauses.size() == query->clauses.size());
  return 0;
}
