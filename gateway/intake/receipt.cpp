#include "intake/receipt.hpp"

#include "adapters/codec/codec.hpp"
#include "adapters/seal/seal.hpp"
#include "base/json_writer.hpp"
#include "base/log.hpp"

namespace loangate::intake {

namespace {

std::string unsealed_receipt(const adapters::Profile& profile, const Receipt& receipt) {
  if (auto body = adapters::encode(profile, MessageKind::receipt, receipt.record())) return *std::move(body);

  // Some text does not fit the partner's charset or layout: its code says the same, in ASCII.
  Receipt plain = receipt;
  for (FindingRow& row : plain.findings) {
    row.text_zh = row.code;
    row.text_en = row.code;
    row.place.reset();
    row.clause.reset();
  }
  if (auto body = adapters::encode(profile, MessageKind::receipt, plain.record())) return *std::move(body);
  plain.findings_more = static_cast<std::int64_t>(plain.findings.size()) + plain.findings_more.value_or(0);
  plain.findings.clear();
  plain.original_id.reset();
  plain.loan_no.reset();
  auto body = adapters::encode(profile, MessageKind::receipt, plain.record());
  // The check of a profile has written a receipt of this very shape.
  return body ? *std::move(body) : std::string{};
}

}  // namespace

std::string write_receipt(const adapters::Profile& profile, const Receipt& receipt) {
  std::string body = unsealed_receipt(profile, receipt);
  if (adapters::seal_of(profile, adapters::Way::to_partner) == nullptr) return body;
  // Sealed before it is kept: no two signatures are alike, but a duplicate's receipt is the first one.
  auto sealed = adapters::put_seal(profile, adapters::Way::to_partner, body, real_now());
  if (sealed) return *std::move(sealed);
  LogLine(LogLevel::error, "receipt.not_sealed").partner(profile.id.view()).reason(sealed.error());
  return body;
}

Answer may_resend(const Findings& findings) {
  for (const Finding& finding : findings) {
    if (finding.severity == Severity::refusal && !spec_of(finding.code).may_resend) return Answer::no;
  }
  return Answer::yes;
}

std::string findings_json(const Findings& findings) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const Finding& finding : findings) json.raw(canonical_json(receipt_row(finding).record()));
  json.end_array();
  return out;
}

}  // namespace loangate::intake
