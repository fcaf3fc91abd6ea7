#include "store/search/search.hpp"

#include <algorithm>
#include <bit>
#include <charconv>

namespace loangate::store::search {
namespace {

// A part of a name that more companies have is too common to be looked up.
constexpr std::size_t most_companies = 64;
// So many rows of times cost about as much as one look-up.
constexpr std::uint64_t times_a_lookup = 64;

constexpr std::uint64_t windows_a_chunk = chunk_places / window_places;

std::uint64_t chunk_of(std::uint64_t place) {
  return place >> chunk_bits;
}

}  // namespace

std::optional<std::uint64_t> TermRows::seek(std::uint64_t at_most) {
  if (asked_ && at_most <= *asked_ && (!answered_ || at_most >= *answered_)) return answered_;
  asked_ = at_most;
  answered_ = look(at_most);
  return answered_;
}

std::optional<std::uint64_t> TermRows::look(std::uint64_t at_most) {
  *rows_ = {};
  const auto& segments = of_.standing.segments;
  // What is not yet a chunk of its own: segments of level 0, and the window in memory.
  const std::uint64_t in_parts_from = segments[1];
  std::uint64_t chunk = std::min(at_most, chunk_of(of_.window.end()));
  for (; chunk >= in_parts_from; --chunk) {
    if (look_in_parts(chunk)) return chunk;
    if (chunk == 0) return std::nullopt;
  }
  for (std::size_t level = 1; level < level_count; ++level) {
    const std::uint64_t first = level + 1 < level_count ? segments[level + 1] * fan_out : 0;
    if (segments[level] == 0) continue;
    for (std::uint64_t segment = std::min(segments[level] - 1, chunk / chunks_of[level]);; --segment) {
      if (segment < first) break;
      ++lookups_;
      std::uint64_t at = 0;
      if (of_.reader.rows(level, segment, term_, chunk, at, *rows_)) return at;
      if (segment == 0) return std::nullopt;
    }
  }
  return std::nullopt;
}

bool TermRows::look_in_parts(std::uint64_t chunk) {
  bool any = false;
  const std::uint64_t first = std::max(chunk * windows_a_chunk, of_.standing.segments[1] * fan_out);
  const std::uint64_t end = std::min((chunk + 1) * windows_a_chunk, of_.standing.segments[0]);
  for (std::uint64_t segment = first; segment < end; ++segment) {
    ++lookups_;
    std::uint64_t at = 0;
    any |= of_.reader.rows(0, segment, term_, chunk, at, *rows_);
  }
  if (chunk_of(of_.window.first) == chunk) {
    if (const auto rows = of_.window.rows.find(term_); rows != of_.window.rows.end()) {
      for (const std::uint16_t at : rows->second) rows_->set(at);
      any = true;
    }
  }
  return any;
}

Alternative::Alternative(const Snapshot& of, const Meaning& meaning, std::uint64_t& lookups) {
  if (meaning.key == Key::sequence) {
    std::uint64_t number = 0;
    std::from_chars(meaning.value.data(), meaning.value.data() + meaning.value.size(), number);
    if (number != 0 && number <= of.window.end()) place_ = number - 1;
    return;
  }
  for (const Term term : terms_of(meaning)) terms_.emplace_back(of, term, lookups);
}

std::optional<std::uint64_t> Alternative::seek(std::uint64_t at_most) {
  if (place_) return chunk_of(*place_) <= at_most ? std::optional(chunk_of(*place_)) : std::nullopt;
  if (terms_.empty()) return std::nullopt;
  for (bool all = false; !all;) {
    all = true;
    for (TermRows& term : terms_) {
      const auto at = term.seek(at_most);
      if (!at) return std::nullopt;
      if (*at == at_most) continue;
      at_most = *at;
      all = terms_.size() == 1;
    }
  }
  return at_most;
}

void Alternative::add_to(Words& words) const {
  if (place_) {
    words.set(static_cast<std::uint16_t>(*place_));
    return;
  }
  Words all = terms_.front().rows();
  for (std::size_t i = 1; i < terms_.size(); ++i) all &= terms_[i].rows();
  words |= all;
}

Search::Search(Snapshot of, const Query& query, const SearchPage& page)
    : of_(of), query_(query), page_(page), until_(std::chrono::steady_clock::now() + page.most_time) {}

/// Companies take the place of their names: they are few, and messages many.
void Search::understand() {
  for (const Clause& clause : query_.clauses) {
    Clause understood{clause.word, {}};
    for (const Meaning& meaning : clause.any) {
      if (meaning.key != Key::name) {
        understood.any.push_back(meaning);
        continue;
      }
      ++found_.lookups;
      auto companies = of_.reader.companies(meaning.value, most_companies + 1);
      for (const CompanyName& name : of_.window.names) {
        if (name.name.contains(meaning.value)) companies.push_back(name.uscc);
      }
      std::ranges::sort(companies);
      companies.erase(std::ranges::unique(companies).begin(), companies.end());
      if (companies.size() > most_companies) {
        companies.resize(most_companies);
        found_.complete = false;
        found_.earlier_exact = false;
      }
      for (std::string& uscc : companies) understood.any.push_back({Key::company, std::move(uscc)});
    }
    found_.understood.push_back(std::move(understood));
  }
  for (const Clause& clause : found_.understood) {
    Alternatives& alternatives = clauses_.emplace_back();
    for (const Meaning& meaning : clause.any) alternatives.emplace_back(of_, meaning, found_.lookups);
  }
}

std::optional<std::uint64_t> Search::seek(std::uint64_t at_most) {
  for (bool all = false; !all;) {
    all = true;
    for (Alternatives& clause : clauses_) {
      std::optional<std::uint64_t> best;
      for (Alternative& each : clause) {
        const auto at = each.seek(at_most);
        if (at && (!best || *at > *best)) best = at;
      }
      if (!best) return std::nullopt;
      if (*best == at_most) continue;
      at_most = *best;
      all = false;
    }
  }
  return at_most;
}

void Search::matches(std::uint64_t chunk, Words& words) {
  const std::uint64_t first = chunk << chunk_bits;
  words = {};
  words.set(std::uint64_t{0}, std::min(chunk_places, of_.window.end() - first));
  for (Alternatives& clause : clauses_) {
    Words any;
    for (Alternative& each : clause) {
      if (each.seek(chunk) == chunk) each.add_to(any);
    }
    words &= any;
  }
}

Span Search::span_of(std::uint64_t window) const {
  if (window < of_.spans.size()) return of_.spans[window];
  Span span{of_.window.heads.front().received, of_.window.heads.front().received};
  for (const Head& head : of_.window.heads)
    span = {std::min(span.earliest, head.received), std::max(span.latest, head.received)};
  return span;
}

/// Leaves what was received from `from` to before `until`.
void Search::mask(std::uint64_t chunk, std::optional<Instant> from, std::optional<Instant> until,
                  Words& words) {
  if (!from && !until) return;
  Words inside;
  const std::uint64_t end = std::min((chunk + 1) * windows_a_chunk, windows());
  for (std::uint64_t window = chunk * windows_a_chunk; window < end; ++window) {
    const Span span = span_of(window);
    const std::uint64_t first = (window % windows_a_chunk) * window_places;
    if ((from && span.latest < *from) || (until && span.earliest >= *until)) continue;
    if ((!from || span.earliest >= *from) && (!until || span.latest < *until)) {
      inside.set(first, first + window_places);
      continue;
    }
    // Only some of these: look at each, if any of them is wanted.
    const auto* const wanted = words.bits.data() + first / 64;
    if (std::ranges::none_of(wanted, wanted + window_places / 64,
                             [](std::uint64_t word) { return word != 0; }))
      continue;
    const auto look = [&](std::uint64_t at, Instant received) {
      if ((!from || received >= *from) && (!until || received < *until))
        inside.set(static_cast<std::uint16_t>(first + at));
    };
    if (window < of_.spans.size()) {
      const auto times = of_.reader.received(window);
      for (std::uint64_t i = 0; i < times.size(); ++i) look(i, times[i]);
      found_.lookups += times.size() / times_a_lookup;
    } else {
      for (std::uint64_t i = 0; i < of_.window.heads.size(); ++i) look(i, of_.window.heads[i].received);
    }
  }
  words &= inside;
}

bool Search::spent() {
  return found_.lookups > page_.most_lookups || std::chrono::steady_clock::now() > until_;
}

/// Takes the newest of these, until the page is full; then there is more.
bool Search::take(std::uint64_t chunk, const Words& words) {
  for (std::size_t i = words.bits.size(); i-- > 0;) {
    for (std::uint64_t word = words.bits[i]; word != 0;) {
      const auto bit = static_cast<std::uint64_t>(63 - std::countl_zero(word));
      word &= ~(1ull << bit);
      const Sequence sequence{(chunk << chunk_bits) + i * 64 + bit + 1};
      if (page_.before && sequence >= *page_.before) continue;
      if (found_.entries.size() == page_.limit) {
        found_.next = found_.entries.empty() ? sequence : found_.entries.back();
        return true;
      }
      found_.entries.push_back(sequence);
    }
  }
  return false;
}

SearchFound Search::run() {
  found_.through = {of_.window.end()};
  understand();
  if (of_.window.end() == 0 || (page_.before && page_.before->number < 2)) return std::move(found_);

  // Times rise with places but for small disorders, so most chunks lie wholly outside a range.
  std::uint64_t oldest = windows();
  std::uint64_t newest = 0;
  std::optional<std::uint64_t> newest_earlier;
  for (std::uint64_t window = 0; window < windows(); ++window) {
    const Span span = span_of(window);
    if ((!query_.from || span.latest >= *query_.from) && (!query_.until || span.earliest < *query_.until)) {
      oldest = std::min(oldest, window);
      newest = window;
    }
    if (query_.from && span.earliest < *query_.from) newest_earlier = window;
  }
  bool full = oldest == windows();  // nothing in range
  bool counts = page_.count_earlier && newest_earlier.has_value();
  std::uint64_t at_most = full ? 0 : newest / windows_a_chunk;
  if (counts) at_most = std::max(at_most, *newest_earlier / windows_a_chunk);
  // The entry before has the place that is two below its number.
  if (page_.before && !counts) at_most = std::min(at_most, chunk_of(page_.before->number - 2));

  const auto all = std::make_unique<Words>();
  const auto part = std::make_unique<Words>();
  for (bool first = true; !full || counts; first = false) {
    const auto chunk = seek(at_most);
    if (!chunk) break;
    if (!first && spent()) {
      found_.complete = found_.complete && full;
      if (!full) found_.next = Sequence{((*chunk + 1) << chunk_bits) + 1};
      found_.earlier_exact = !counts;
      break;
    }
    matches(*chunk, *all);
    if (!full) {
      *part = *all;
      mask(*chunk, query_.from, query_.until, *part);
      full = take(*chunk, *part);
      if (*chunk <= oldest / windows_a_chunk) full = true;
    }
    if (counts) {
      *part = *all;
      mask(*chunk, std::nullopt, query_.from, *part);
      found_.earlier += part->count();
    }
    if (*chunk == 0) break;
    at_most = *chunk - 1;
    if (full && counts) at_most = std::min(at_most, *newest_earlier / windows_a_chunk);
  }
  return std::move(found_);
}

}  // namespace loangate::store::search
