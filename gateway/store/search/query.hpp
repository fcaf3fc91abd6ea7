#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

/// What people type to find messages: one language for the console's box, the API and the command line.
/// Everything here is a pure function.
namespace loangate::store::search {

/// What can be searched by. `thing` and `name` have no word of their own: a thing of the registry by its key,
/// a company by a part of its name.
enum class Key : std::uint8_t {
  partner,
  person,
  kind,
  outcome,
  finding,
  loan,
  company,
  message,
  batch,
  case_no,
  amount,
  sequence,
  text,
  name,
  thing
};

/// `loan`, `amount` …: the word before the colon.
std::string_view name_of(Key key);

/// One thing that a word may mean.
struct Meaning {
  Key key;
  std::string value;  ///< in the one form in which the index has it: `300000.00`, `loan.disbursement`
  friend bool operator==(const Meaning&, const Meaning&) = default;
};

/// A word, and what it was taken for: any of these.
struct Clause {
  std::string word;
  std::vector<Meaning> any;
};

/// A search: all of its clauses, within a time.
struct Query {
  std::vector<Clause> clauses = {};
  std::optional<Instant> from = {};   ///< business time, included
  std::optional<Instant> until = {};  ///< not included
};

/// A word that cannot be read, and what to write instead.
struct QueryFault {
  std::string word;
  std::string zh;
  std::string en;
};

inline constexpr std::size_t most_query_bytes = 600;
inline constexpr std::size_t most_words = 20;

/// Reads `partner:bank01 amount:300000 from:2026-11-01 某某科技`. Words are separated by spaces; a value with
/// spaces stands in quotes: `text:"no such account"`. Full-width letters, digits and colons count as their
/// plain ones. A key that occurs twice means either value, but `text`, of which all must occur.
std::expected<Query, QueryFault> parse_query(std::string_view text);

/// What a word without a key may mean, the likeliest first. Empty: nothing that could be found.
std::vector<Meaning> recognise(std::string_view word);

/// The words by which a text is found: runs of letters and digits in lower case; of Chinese, pairs of
/// neighbouring characters. A text is found by a part of it if all words of the part occur in it.
std::vector<std::string> words_of(std::string_view text);

/// Full-width ASCII and the ideographic space as plain ones.
std::string half_width(std::string_view text);

}  // namespace loangate::store::search
