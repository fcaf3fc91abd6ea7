#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "store/search/index.hpp"

/// One search, from the newest chunk down. Within a chunk sets are bitmaps; between chunks everybody jumps to
/// where the rarest term occurs next, so that a search costs what its rarest term costs.
namespace loangate::store::search {

/// The index as it stands while one searches.
struct Snapshot {
  const Standing& standing;
  const std::vector<Span>& spans;
  const Window& window;
  const SegmentReader& reader;
};

/// The rows of one term, chunk by chunk downwards.
class TermRows {
 public:
  TermRows(const Snapshot& of, Term term, std::uint64_t& lookups) : of_(of), term_(term), lookups_(lookups) {}

  /// The greatest chunk not above `at_most` in which the term occurs; rows() is its part there.
  std::optional<std::uint64_t> seek(std::uint64_t at_most);
  const Words& rows() const { return *rows_; }

 private:
  std::optional<std::uint64_t> look(std::uint64_t at_most);
  bool look_in_parts(std::uint64_t chunk);

  const Snapshot& of_;
  const Term term_;
  std::uint64_t& lookups_;
  std::unique_ptr<Words> rows_ = std::make_unique<Words>();
  // The last answer, which holds for all between.
  std::optional<std::uint64_t> asked_;
  std::optional<std::uint64_t> answered_;
};

/// One meaning of a word: all terms of it, or one place.
class Alternative {
 public:
  Alternative(const Snapshot& of, const Meaning& meaning, std::uint64_t& lookups);
  std::optional<std::uint64_t> seek(std::uint64_t at_most);
  /// Of the chunk last given by seek().
  void add_to(Words& words) const;

 private:
  std::vector<TermRows> terms_;
  std::optional<std::uint64_t> place_;
};

class Search {
 public:
  Search(Snapshot of, const Query& query, const SearchPage& page);
  SearchFound run();

 private:
  using Alternatives = std::vector<Alternative>;

  void understand();
  std::optional<std::uint64_t> seek(std::uint64_t at_most);
  void matches(std::uint64_t chunk, Words& words);
  bool within(const Span& span) const;
  std::uint64_t windows() const { return of_.spans.size() + (of_.window.heads.empty() ? 0 : 1); }
  Span span_of(std::uint64_t window) const;
  void mask(std::uint64_t chunk, std::optional<Instant> from, std::optional<Instant> until, Words& words);
  bool spent();
  bool take(std::uint64_t chunk, const Words& words);

  const Snapshot of_;
  const Query& query_;
  const SearchPage& page_;
  const std::chrono::steady_clock::time_point until_;
  SearchFound found_;
  std::vector<Alternatives> clauses_;
};

}  // namespace loangate::store::search
