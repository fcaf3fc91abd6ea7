#include "delivery/selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/contains.hpp"
#include "domain/date.hpp"

namespace loangate::delivery {
namespace {

constexpr std::size_t most_bytes = 600;

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Failure> failure_named(std::string_view code) {
  for (std::size_t i = 0; i < failure_count; ++i) {
    if (spec_of(static_cast<Failure>(i)).code == code) return static_cast<Failure>(i);
  }
  return std::nullopt;
}

/// A day's beginning, or an instant.
std::optional<Instant> instant(std::string_view text) {
  if (const auto day = parse_date(text)) return start_of(*day);
  return parse_instant(text);
}

/// In order and each once, so that a selection has one text.
template <class T>
void put(std::vector<T>& list, T value) {
  const auto at = std::ranges::lower_bound(list, value);
  if (at == list.end() || *at != value) list.insert(at, std::move(value));
}

template <class T>
bool one_of(const std::vector<T>& list, const T& value) {
  return list.empty() || contains(list, value);
}

}  // namespace

bool Selection::take(std::string_view name, std::string_view value) {
  if (name == "partner") {
    const auto partner = PartnerId::parse(value);
    if (partner) put(partners_, *partner);
    return partner.has_value();
  }
  if (name == "kind") {
    const auto kind = message_kind(value);
    if (kind) put(kinds_, *kind);
    return kind.has_value();
  }
  if (name == "class") {
    const auto failure = failure_named(value);
    if (failure) put(classes_, *failure);
    return failure.has_value();
  }
  if (name == "id") {
    const auto dots = value.find("..");
    const auto first = number(value.substr(0, dots));
    const auto last = dots == value.npos ? first : number(value.substr(dots + 2));
    if (!first || !last || *last < *first) return false;
    put(ids_, Ids{*first, *last});
    return true;
  }
  if (name != "since" && name != "before") return false;
  auto& bound = name == "since" ? since_ : before_;
  const auto when = instant(value);
  if (!when || bound) return false;
  bound = when;
  return true;
}

std::expected<Selection, std::string> Selection::parse(std::string_view query) {
  if (query.size() > most_bytes) return std::unexpected(fmt::format("more than {} bytes", most_bytes));
  Selection selection;
  bool any = false;
  for (std::size_t at = 0; at < query.size();) {
    const std::size_t begin = query.find_first_not_of(' ', at);
    if (begin == query.npos) break;
    const std::size_t end = std::min(query.find(' ', begin), query.size());
    const std::string_view word = query.substr(begin, end - begin);
    const std::size_t colon = word.find(':');
    if (colon == word.npos || !selection.take(word.substr(0, colon), word.substr(colon + 1))) {
      return std::unexpected(fmt::format(
          "'{}': words are partner:ID kind:NAME class:CODE id:NUMBER id:FIRST..LAST since:DAY before:DAY, "
          "the "
          "last two once, as a day such as 2026-11-22 or an instant such as 2026-11-22T08:00:00+08:00",
          word));
    }
    any = true;
    at = end;
  }
  if (!any) return std::unexpected("no word: name at least a partner, a kind, a class or an id");
  // A day is written out as an instant: what would then be too long to be proposed is so already.
  if (selection.text().size() > most_bytes)
    return std::unexpected(fmt::format("more than {} bytes", most_bytes));
  return selection;
}

std::string Selection::text() const {
  std::string text;
  const auto word = [&](std::string_view name, std::string_view value) {
    fmt::format_to(std::back_inserter(text), "{}{}:{}", text.empty() ? "" : " ", name, value);
  };
  for (const PartnerId& partner : partners_) word("partner", partner.view());
  for (const MessageKind kind : kinds_) word("kind", spec_of(kind).name);
  for (const Failure failure : classes_) word("class", spec_of(failure).code);
  for (const Ids& ids : ids_) {
    word("id",
         ids.first == ids.last ? fmt::format("{}", ids.first) : fmt::format("{}..{}", ids.first, ids.last));
  }
  if (since_) word("since", format(*since_));
  if (before_) word("before", format(*before_));
  return text;
}

bool Selection::covers(const store::Delivery& row) const {
  const auto holds_id = [&](const Ids& ids) {
    return ids.first <= row.id.number && row.id.number <= ids.last;
  };
  return one_of(partners_, row.to) && one_of(kinds_, row.kind) &&
         (ids_.empty() || std::ranges::any_of(ids_, holds_id)) && (!since_ || *since_ <= row.created) &&
         (!before_ || row.created < *before_);
}

bool Selection::names(const store::Delivery& row) const {
  return row.state == store::DeliveryState::parked && covers(row) && one_of(classes_, failure_of(row.reason));
}

std::uint64_t Selection::greatest_id() const {
  std::uint64_t greatest = ids_.empty() ? UINT64_MAX : 0;
  for (const Ids& ids : ids_) greatest = std::max(greatest, ids.last);
  return greatest;
}

}  // namespace loangate::delivery
