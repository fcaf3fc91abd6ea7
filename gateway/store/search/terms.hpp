#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/search/query.hpp"
#include "store/store.hpp"

namespace loangate::store::search {

/// Something by which entries are found: the first eight bytes of the SHA-256 over its key and value, so that
/// no partner can choose an id that meets another's.
using Term = std::int64_t;

/// The terms that must all be there for the meaning to hold; empty for `sequence` and `name`, which are no
/// terms.
std::vector<Term> terms_of(const Meaning& meaning);

/// A company by a name under which a message knew it.
struct CompanyName {
  std::string name;  ///< half_width()
  std::string uscc;
};

/// All by which one entry is found.
struct Extract {
  std::vector<Term> terms;  ///< each once
  std::vector<CompanyName> names;
};

/// `changes` are those that the entry caused; `batch` the id of the partner's file in which it came, if it
/// did. Personal fields are left out, so that nobody finds a message by them (settled 43), and so are the
/// rows of groups but their texts: a position statement is no event of each of its loans.
Extract extract(const JournalEntry& entry, std::span<const StoredChange> changes, std::string_view batch);

/// What a list shows of an entry beside its head. Empty: it does not say.
struct Facts {
  std::string loan_no;
  std::string lender;
  std::string company_uscc;
  std::string company_name;
  std::string amount;                 ///< the first, in yuan
  std::vector<std::string> findings;  ///< codes
};
Facts facts_of(const JournalEntry& entry);

/// A term of an entry is at most one of so many; more are left out.
inline constexpr std::size_t most_terms = 2000;

}  // namespace loangate::store::search
