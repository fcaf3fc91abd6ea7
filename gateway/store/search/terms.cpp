#include "store/search/terms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/json.hpp"

namespace loangate::store::search {
namespace {

Term term(Key key, std::string_view value) {
  std::string text(name_of(key));
  text += ':';
  text += value;
  const Digest digest = sha256(text);
  Term result = 0;
  std::memcpy(&result, digest.data(), sizeof result);
  return result;
}

Term thing(std::string_view kind, std::string_view key) {
  return term(Key::thing, fmt::format("{}/{}", kind, key));
}

void visit_codes(std::string_view findings, const std::function<void(std::string_view)>& see) {
  JsonDocument document;
  if (findings.size() < 3 || !document.read(findings)) return;
  for (const JsonNode* item = document.first(document.root()); item != nullptr; item = document.next(*item)) {
    if (const JsonNode* code = document.member(*item, "code")) see(code->text);
  }
}

std::string_view text_at(const Record& record, std::string_view field) {
  const std::size_t index = record.spec().index_of(field);
  if (index == record.spec().fields.size()) return {};
  const auto* text = std::get_if<std::string_view>(&record[index]);
  return text == nullptr ? std::string_view{} : *text;
}

/// The bank whose loan a message names: the one that says so, or who sent it.
std::string_view lender_of(const JournalEntry& entry, const Record& record) {
  for (const std::string_view field : {"lender", "institution"}) {
    if (const std::string_view named = text_at(record, field); !named.empty()) return named;
  }
  return entry.partner.view();
}

std::optional<Record> record_of(const JournalEntry& entry) {
  if (!entry.kind || entry.canonical.empty()) return std::nullopt;
  auto record = read_canonical(*spec_of(*entry.kind).record, entry.canonical);
  return record ? std::optional(*std::move(record)) : std::nullopt;
}

/// Gathers the terms of one entry.
class Gatherer {
 public:
  explicit Gatherer(const JournalEntry& entry) : entry_(entry) {}

  void head(std::string_view batch) {
    if (!entry_.partner.empty()) add(Key::partner, entry_.partner.view());
    if (!entry_.person.empty()) add(Key::person, entry_.person.view());
    if (entry_.kind) add(Key::kind, spec_of(*entry_.kind).name);
    if (!entry_.message_id.empty()) add(Key::message, entry_.message_id.view());
    add(Key::outcome, spec_of(entry_.outcome).name);
    visit_codes(entry_.findings, [this](std::string_view code) { add(Key::finding, code); });
    if (!batch.empty()) in_batch(entry_.partner.view(), batch);
  }

  void fields(const Record& record, bool outermost) {
    for (std::size_t i = 0; i < record.spec().fields.size(); ++i) {
      const FieldSpec& field = record.spec().fields[i];
      if (field.personal || !record.has(i)) continue;
      if (const auto* amount = std::get_if<Fen>(&record[i]); amount != nullptr && outermost) {
        add(Key::amount, format_yuan(*amount));
      } else if (const auto* text = std::get_if<std::string_view>(&record[i])) {
        named(field.name, *text, record, outermost);
      } else if (std::holds_alternative<Rows>(record[i])) {
        for (const Record& row : record.rows(i)) fields(row, false);
      }
    }
  }

  void change(const StoredChange& stored) {
    if (stored.kind == "posting" || stored.kind == "profile_version") return;
    extract_.terms.push_back(thing(stored.kind, stored.key));
    if (stored.kind == "batch") {
      in_batch(stored.key.substr(0, stored.key.find('/')), stored.key.substr(stored.key.find('/') + 1));
      return;
    }
    const auto change = change_from_json(stored.kind, stored.json);
    if (!change) return;
    std::visit(
        [this](const auto& state) {
          if constexpr (requires { state.ref; }) loan(state.ref.lender.view(), state.ref.number.view());
          if constexpr (requires { state.loan.lender; })
            loan(state.loan.lender.view(), state.loan.number.view());
          if constexpr (requires { state.company; }) add(Key::company, state.company.view());
          if constexpr (requires { state.qualifications; }) add(Key::company, state.uscc.view());
        },
        *change);
  }

  Extract take() {
    std::ranges::sort(extract_.terms);
    extract_.terms.erase(std::ranges::unique(extract_.terms).begin(), extract_.terms.end());
    if (extract_.terms.size() > most_terms) extract_.terms.resize(most_terms);
    return std::move(extract_);
  }

 private:
  void add(Key key, std::string_view value) { extract_.terms.push_back(term(key, value)); }
  void in_batch(std::string_view partner, std::string_view id) {
    add(Key::batch, id);
    add(Key::batch, fmt::format("{}/{}", partner, id));
  }
  void loan(std::string_view lender, std::string_view number) {
    add(Key::loan, number);
    add(Key::loan, fmt::format("{}/{}", lender, number));
  }

  /// A text by the meaning that its name gives it.
  void named(std::string_view field, std::string_view text, const Record& record, bool outermost) {
    if (field == "message_id" || field == "company_name" || field == "text") return;
    if (field.ends_with("loan_no")) {
      if (outermost) loan(lender_of(entry_, record), text);
    } else if (field == "company_uscc") {
      add(Key::company, text);
      if (const std::string_view name = text_at(record, "company_name"); !name.empty())
        extract_.names.push_back({half_width(name), std::string(text)});
    } else if (field == "case_no") {
      extract_.terms.push_back(thing("case", text));
    } else if (field == "instruction_no") {
      extract_.terms.push_back(thing("instruction", text));
      extract_.terms.push_back(thing("remittance", text));
    } else if (field != "currency" && field != "institution_code" && field != "sha256") {
      for (const std::string& word : words_of(text)) add(Key::text, word);
    }
  }

  const JournalEntry& entry_;
  Extract extract_;
};

}  // namespace

std::vector<Term> terms_of(const Meaning& meaning) {
  std::vector<Term> terms;
  if (meaning.key == Key::text) {
    for (const std::string& word : words_of(meaning.value)) terms.push_back(term(Key::text, word));
  } else if (meaning.key != Key::sequence && meaning.key != Key::name) {
    terms.push_back(term(meaning.key, meaning.value));
  }
  return terms;
}

Extract extract(const JournalEntry& entry, std::span<const StoredChange> changes, std::string_view batch) {
  Gatherer gatherer(entry);
  gatherer.head(batch);
  if (const auto record = record_of(entry)) gatherer.fields(*record, true);
  for (const StoredChange& change : changes) gatherer.change(change);
  return gatherer.take();
}

Facts facts_of(const JournalEntry& entry) {
  Facts facts;
  visit_codes(entry.findings, [&](std::string_view code) {
    if (std::ranges::find(facts.findings, code) == facts.findings.end()) facts.findings.emplace_back(code);
  });
  const auto record = record_of(entry);
  if (!record) return facts;
  facts.loan_no = text_at(*record, "loan_no");
  if (!facts.loan_no.empty()) facts.lender = lender_of(entry, *record);
  facts.company_uscc = text_at(*record, "company_uscc");
  facts.company_name = text_at(*record, "company_name");
  for (std::size_t i = 0; i < record->spec().fields.size() && facts.amount.empty(); ++i) {
    if (const auto* amount = std::get_if<Fen>(&(*record)[i])) facts.amount = format_yuan(*amount);
  }
  return facts;
}

}  // namespace loangate::store::search
