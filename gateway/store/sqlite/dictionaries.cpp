#include "store/sqlite/dictionaries.hpp"

#include <algorithm>
#include <unordered_map>

#include "base/contains.hpp"

namespace loangate::store {

namespace {

constexpr std::size_t shortest_run = 8;
constexpr std::size_t shortest_piece = 6;
constexpr std::size_t most_digits = 3;
constexpr std::size_t most_bytes = 8 * 1024;
// A message from which nothing is learnt: its form is a small part of it.
constexpr std::size_t longest_teacher = 16 * 1024;
// Partners, kinds and versions of profiles: far fewer. A dictionary is also in the memory of each reader.
constexpr std::size_t most_dictionaries = 1'024;

const Dictionary none{};

/// Adds the parts of a run that may be kept: what stands between long numbers and letters beyond ASCII.
void add_form(std::string_view run, std::string& form) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto add = [&](std::string_view piece) {
    if (piece.size() >= shortest_piece) form += piece;
  };
  std::size_t begin = 0;
  for (std::size_t at = 0; at < run.size();) {
    std::size_t end = at;
    while (end < run.size() && is_digit(run[end])) ++end;
    const bool is_number = end - at > most_digits;
    if (!is_number && static_cast<unsigned char>(run[at]) < 0x80) {
      at = std::max(end, at + 1);
      continue;
    }
    add(run.substr(begin, at - begin));
    at = begin = is_number ? end : at + 1;
  }
  add(run.substr(begin));
}

std::string plain(const JournalEntry& entry) {
  return entry.raw + entry.canonical + entry.receipt + entry.findings;
}

}  // namespace

std::string in_common(std::string_view one, std::string_view other) {
  std::unordered_map<std::string_view, std::size_t> places;
  for (std::size_t at = 0; at + shortest_run <= one.size(); ++at)
    places.try_emplace(one.substr(at, shortest_run), at);
  std::string form;
  for (std::size_t at = 0; at + shortest_run <= other.size() && form.size() < most_bytes;) {
    const auto found = places.find(other.substr(at, shortest_run));
    if (found == places.end()) {
      ++at;
      continue;
    }
    const std::string_view there = one.substr(found->second);
    const auto [end, ignored] = std::ranges::mismatch(other.substr(at), there);
    const auto length = static_cast<std::size_t>(end - other.substr(at).begin());
    add_form(other.substr(at, length), form);
    at += length;
  }
  form.resize(std::min(form.size(), most_bytes));
  return form;
}

Dictionaries::Dictionaries(Connection& connection)
    : write_(connection,
             "INSERT INTO dictionary (number, partner, kind, profile, bytes) VALUES (?,?,?,?,?)") {
  const Statement all(connection, "SELECT number, partner, kind, profile, bytes FROM dictionary");
  auto row = all.use();
  while (row.step()) {
    const auto partner = PartnerId::parse(row.text(1));
    const auto kind = message_kind(row.text(2));
    const auto number = static_cast<std::uint32_t>(row.count(0));
    last_number_ = std::max(last_number_, number);
    if (!partner || !kind) continue;  // what it was for is read all the same
    in_force_.insert_or_assign({*partner, *kind, row.digest(3)},
                               Dictionary{number, std::string(row.text(4))});
  }
}

const Dictionary& Dictionaries::of(const JournalEntry& entry) const {
  if (entry.partner.empty() || !entry.kind) return none;
  const auto found = in_force_.find({entry.partner, *entry.kind, entry.profile});
  return found == in_force_.end() ? none : found->second;
}

void Dictionaries::learn(const JournalEntry& entry) {
  if (entry.partner.empty() || !entry.kind || entry.outcome == Outcome::unreadable) return;
  if (in_force_.size() + learnt_.size() + first_.size() >= most_dictionaries) return;
  if (entry.raw.size() + entry.canonical.size() + entry.receipt.size() + entry.findings.size() >
      longest_teacher)
    return;
  const Key key{entry.partner, *entry.kind, entry.profile};
  if (contains(learnt_, key, &Learnt::of)) return;
  const std::string text = plain(entry);
  const auto [first, is_first] = first_.try_emplace(key, text);
  if (is_first || first->second == text) return;  // a unit that is tried again teaches nothing
  learnt_.push_back({key, {++last_number_, in_common(first->second, text)}});
  first_.erase(first);
}

void Dictionaries::write() {
  for (; written_ < learnt_.size(); ++written_) {
    const auto& [of, dictionary] = learnt_[written_];
    const auto& [partner, kind, profile] = of;
    write_.use()
        .bind(std::uint64_t{dictionary.number})
        .bind(partner.view())
        .bind(spec_of(kind).name)
        .bind_blob(profile)
        .bind_blob(dictionary.bytes)
        .done();
  }
}

void Dictionaries::committed() {
  for (std::size_t i = 0; i < written_; ++i)
    in_force_.insert_or_assign(learnt_[i].of, std::move(learnt_[i].dictionary));
  learnt_.erase(learnt_.begin(), learnt_.begin() + static_cast<std::ptrdiff_t>(written_));
  written_ = 0;
}

void Dictionaries::rolled_back() {
  written_ = 0;
}

}  // namespace loangate::store
