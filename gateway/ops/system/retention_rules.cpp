#include "ops/system/retention_rules.hpp"

#include <fmt/format.h>
#include <algorithm>

#include <array>
#include <functional>
#include <ranges>

#include "base/json.hpp"
#include "domain/messages.hpp"

namespace loangate::ops {
namespace {

constexpr std::string_view everything_else = "all";
constexpr std::array<std::string_view, 4> other_kinds{"unreadable", "document", "file", everything_else};
constexpr std::uint64_t most_deliveries = 99;  // of one entry
constexpr std::size_t most_changes = 10'000;
constexpr std::size_t entries_a_look = 32;
constexpr JsonLimits canonical_limits{.max_bytes = 64u << 20, .max_depth = 32, .max_nodes = 5'000'000};

std::string_view class_of(const store::JournalEntry& entry) {
  if (entry.message_id.view().starts_with("document/")) return "document";
  if (entry.message_id.view().starts_with("batch/")) return "file";
  if (entry.outcome == Outcome::unreadable) return "unreadable";
  return entry.kind ? spec_of(*entry.kind).name : everything_else;
}

std::optional<LegalHold> hold_of(const Directive& directive) {
  if (directive.kind != MessageKind::legal_hold) return std::nullopt;
  // It was written from the declared fields: our own bytes.
  auto hold = LegalHold::from(read_canonical(LegalHold::spec(), directive.act).value());
  if (hold.held != Answer::yes) return std::nullopt;
  return hold;
}

}  // namespace

std::optional<int> RetentionLimits::keep_days_of(const store::JournalEntry& entry) const {
  auto limit = keep_days.find(class_of(entry));
  if (limit == keep_days.end()) limit = keep_days.find(everything_else);
  return limit == keep_days.end() ? std::nullopt : std::optional(limit->second);
}

std::optional<int> RetentionLimits::least() const {
  if (keep_days.empty()) return std::nullopt;
  return std::ranges::min(keep_days | std::views::values);
}

bool is_retention_kind(std::string_view word) {
  return std::ranges::find(other_kinds, word) != other_kinds.end() || message_kind(word).has_value();
}

std::vector<HoldInForce> holds_in_force(const store::Store& store) {
  std::vector<HoldInForce> holds;
  for (const Change& change : store.all("directive")) {
    const auto& directive = std::get<Directive>(change);
    if (const auto hold = hold_of(directive))
      holds.push_back({hold->institution, hold->loan_no, hold->reason, directive.cause, directive.since});
  }
  return holds;
}

std::string_view name_of(Stays stays) {
  switch (stays) {
    case Stays::act:
      return "act";
    case Stays::not_yet:
      return "not_yet";
    case Stays::legal_hold:
      return "legal_hold";
    case Stays::not_final:
      return "not_final";
  }
  __builtin_trap();
}

RetentionRules::RetentionRules(const store::Store& store, const RetentionLimits& limits, Date today)
    : store_(store), limits_(limits), today_(today), seen_(store.last_sequence()) {
  for (const HoldInForce& hold : holds_in_force(store)) {
    held_.insert(hold.loan_no ? LoanRef{hold.institution, *hold.loan_no}.text() : hold.institution.string());
  }
  // What belongs to a case is as final as its loan.
  for (const Change& change : store.all("case")) {
    const auto& of = std::get<Case>(change);
    const Standing standing = standing_of(of.loan.text());
    if (standing == Standing::final) continue;
    for (const AttachmentRow& row : of.attachments) {
      Standing& known = documents_.try_emplace(row.sha256, standing).first->second;
      known = std::max(known, standing);
    }
  }
}

RetentionRules::Standing RetentionRules::standing_of(const std::string& loan) {
  const auto [at, is_new] = standings_.try_emplace(loan, Standing::final);
  if (!is_new) return at->second;
  const std::size_t slash = loan.find('/');
  const auto lender = PartnerId::parse(loan.substr(0, slash));
  const auto number = LoanNo::parse(loan.substr(slash + 1));
  // Without such a loan there is nothing that could go on.
  const auto found = lender && number ? store_.loan({*lender, *number}) : std::nullopt;
  if (found && (found->open() || found->amendment)) at->second = Standing::open;
  if (held_.contains(loan) || held_.contains(loan.substr(0, slash))) at->second = Standing::held;
  return at->second;
}

/// The loan to which a thing of the registry belongs.
void RetentionRules::add_loan_of(std::string_view kind, std::string_view key, Subjects& subjects) const {
  const auto found = store_.find(kind, key);
  if (!found) return;
  if (const auto* of = std::get_if<Case>(&*found)) subjects.loans.insert(of->loan.text());
  if (const auto* of = std::get_if<Instruction>(&*found)) subjects.loans.insert(of->loan.text());
  if (const auto* of = std::get_if<Remittance>(&*found)) subjects.loans.insert(of->loan.text());
  if (const auto* of = std::get_if<Guarantee>(&*found)) subjects.loans.insert(of->loan.text());
  if (const auto* of = std::get_if<Deadline>(&*found)) subjects.loans.insert(of->loan.text());
  if (const auto* of = std::get_if<Application>(&*found)) subjects.waits |= !of->answer;
  if (const auto* of = std::get_if<Batch>(&*found)) subjects.waits |= !of->ended;
}

/// Loans that the message itself names, in the rows of its groups too; also where it was refused and so
/// changed nothing.
void RetentionRules::add_named(const store::JournalEntry& entry, Subjects& subjects) const {
  if (entry.canonical.empty()) return;
  JsonDocument document;
  if (!document.read(entry.canonical, canonical_limits)) {
    subjects.waits = true;  // what cannot be told stays
    return;
  }
  const std::function<void(const JsonNode&, std::string_view)> walk = [&](const JsonNode& node,
                                                                          std::string_view lender) {
    if (const JsonNode* own = document.member(node, "lender")) lender = own->text;
    for (const JsonNode* each = document.first(node); each != nullptr; each = document.next(*each)) {
      if (each->kind == JsonNode::Kind::object || each->kind == JsonNode::Kind::array) {
        walk(*each, lender);
      } else if (each->key == "loan_no" || each->key == "renewed_loan_no") {
        subjects.loans.insert(fmt::format("{}/{}", lender, each->text));
      } else if (each->key == "case_no") {
        add_loan_of("case", each->text, subjects);
      } else if (each->key == "instruction_no" || each->key == "remittance_no") {
        add_loan_of("instruction", each->text, subjects);
        add_loan_of("remittance", each->text, subjects);
      }
    }
  };
  walk(document.root(), entry.partner.view());
}

RetentionRules::Subjects RetentionRules::subjects_of(const store::StoredEntry& stored) const {
  Subjects subjects;
  add_named(stored.entry, subjects);
  for (const store::StoredChange& change : store_.changes_of(stored.sequence, most_changes)) {
    if (change.kind == "loan") {
      subjects.loans.insert(change.key);
    } else {
      add_loan_of(change.kind, change.key, subjects);
    }
  }
  return subjects;
}

bool RetentionRules::undelivered(Sequence cause) const {
  for (std::uint64_t place = 1; place <= most_deliveries; ++place) {
    const auto delivery = store_.delivery(DeliveryId{cause.number * 100 + place});
    if (!delivery) return false;
    if (delivery->state == store::DeliveryState::waiting || delivery->state == store::DeliveryState::parked)
      return true;
  }
  return false;
}

std::optional<Stays> RetentionRules::stays(const store::StoredEntry& stored, Date day) {
  const store::JournalEntry& entry = stored.entry;
  if (!entry.person.empty()) return Stays::act;
  const auto limit = limits_.keep_days_of(entry);
  if (!limit || day.plus_days(*limit) >= today_) return Stays::not_yet;
  if (held_.contains(entry.partner.string())) return Stays::legal_hold;
  if (const auto document = documents_.find(hex(entry.raw_digest)); document != documents_.end())
    return document->second == Standing::held ? Stays::legal_hold : Stays::not_final;
  const Subjects subjects = subjects_of(stored);
  Standing worst = subjects.waits ? Standing::open : Standing::final;
  for (const std::string& loan : subjects.loans) worst = std::max(worst, standing_of(loan));
  if (worst == Standing::held) return Stays::legal_hold;
  if (worst == Standing::open || undelivered(stored.sequence)) return Stays::not_final;
  let_go_.insert(subjects.loans.begin(), subjects.loans.end());
  return std::nullopt;
}

bool RetentionRules::still_so() {
  for (;;) {
    const auto entries = store_.entries_after(seen_, entries_a_look);
    for (const store::StoredEntry& stored : entries) {
      seen_ = stored.sequence;
      if (stored.entry.kind == MessageKind::legal_hold) return false;
      const Subjects subjects = subjects_of(stored);
      if (std::ranges::any_of(subjects.loans,
                              [this](const std::string& loan) { return let_go_.contains(loan); }))
        return false;
    }
    if (entries.size() < entries_a_look) return true;
  }
}

}  // namespace loangate::ops
