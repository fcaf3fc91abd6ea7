#include "domain/finding.hpp"

namespace loangate {
namespace {

std::string fill(std::string_view pattern, const Finding& finding) {
  std::string text;
  while (!pattern.empty()) {
    const std::size_t open = pattern.find('{');
    text += pattern.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = pattern.find('}', open);
    const std::string_view name = pattern.substr(open + 1, close - open - 1);
    for (const auto& [given, value] : finding.values) {
      if (given == name) text += value;
    }
    pattern.remove_prefix(close + 1);
  }
  return text;
}

/// `text` cut to `limit` bytes without cutting a character.
std::string cut(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
  text.resize(limit);
  return text;
}

}  // namespace

std::string text_zh(const Finding& finding) {
  return fill(spec_of(finding.code).zh, finding);
}
std::string text_en(const Finding& finding) {
  return fill(spec_of(finding.code).en, finding);
}

FindingRow receipt_row(const Finding& finding) {
  const FindingSpec& spec = spec_of(finding.code);
  const auto& fields = FindingRow::spec().fields;
  const auto fitted = [&](std::uint16_t field, std::string text) {
    return cut(std::move(text), fields[field].max_bytes);
  };
  FindingRow row{.code = std::string(spec.name),
                 .number = static_cast<std::int64_t>(spec.code),
                 .severity = finding.severity,
                 .text_zh = fitted(FindingRow::field::text_zh, text_zh(finding)),
                 .text_en = fitted(FindingRow::field::text_en, text_en(finding)),
                 .may_resend = spec.may_resend ? Answer::yes : Answer::no};
  if (!spec.clause.empty()) row.clause = std::string(spec.clause);
  if (!finding.place.empty()) row.place = fitted(FindingRow::field::place, finding.place);
  return row;
}

std::string codes(const Findings& findings) {
  std::string list;
  for (const Finding& finding : findings) {
    if (!list.empty()) list += ',';
    list += spec_of(finding.code).name;
  }
  return list;
}

}  // namespace loangate
