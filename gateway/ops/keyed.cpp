#include "ops/keyed.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.hpp"

namespace loangate::ops {
namespace {

constexpr std::size_t most_key_bytes = 100;

Refusal wrong_key(std::string code, Words detail) {
  return {.status = 400, .code = std::move(code), .detail = std::move(detail)};
}

/// A refusal as the journal keeps it: its status, and the body with its findings.
Refusal refusal_again(const store::JournalEntry& entry) {
  Refusal refusal{.status = entry.status,
                  .code = "act_refused",
                  .detail = {"未办理，原因见 errors", "refused; `errors` says why"},
                  .result = entry.receipt};
  JsonDocument document;
  if (!document.read(entry.receipt)) return refusal;
  const JsonNode* findings = document.member(document.root(), "findings");
  if (findings == nullptr) return refusal;
  const auto text = [&](const JsonNode& row, std::string_view name) {
    const JsonNode* member = document.member(row, name);
    return member == nullptr ? std::string() : std::string(member->text);
  };
  for (const JsonNode* row = document.first(*findings); row != nullptr; row = document.next(*row)) {
    refusal.errors.push_back({.pointer = text(*row, "place"),
                              .detail = {text(*row, "text_zh"), text(*row, "text_en")},
                              .code = text(*row, "code")});
  }
  if (!refusal.errors.empty()) refusal.code = refusal.errors.front().code;
  return refusal;
}

}  // namespace

std::expected<MessageId, Refusal> key_of(const net::Request& request, const Visitor& visitor) {
  const std::string_view text = request.head.field("Idempotency-Key");
  // Programs that came before this take the risk themselves, by certificate; a page can always make one.
  if (text.empty() && !visitor.session) return MessageId{};
  if (text.empty()) {
    return std::unexpected(
        wrong_key("idempotency_key_missing",
                  {"此操作须带 Idempotency-Key：每次办理用一个新值，重发同一次办理用同一个值",
                   "this call needs an Idempotency-Key: a new one for each thing that is done, "
                   "the same one when it is sent again"}));
  }
  if (text.size() > most_key_bytes ||
      !std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; })) {
    return std::unexpected(
        wrong_key("idempotency_key_wrong",
                  {fmt::format("Idempotency-Key 应为 1 至 {} 个可见 ASCII 字符", most_key_bytes),
                   fmt::format("an Idempotency-Key is 1 to {} visible ASCII characters", most_key_bytes)}));
  }
  const Digest digest = DigestBuilder()
                            .add(visitor.person.view())
                            .add(request.head.method)
                            .add(request.head.target)
                            .add(text)
                            .finish();
  return MessageId::parse("key/" + hex(digest)).value();
}

std::optional<Reply> first_answer(const store::Store& store, const MessageId& key,
                                  const net::Request& request) {
  const auto first = store.entry(PartnerId{}, key);
  if (!first) return std::nullopt;
  const store::JournalEntry& entry = first->entry;
  if (entry.raw_digest != sha256(request.body)) {
    return std::unexpected(Refusal{
        .status = 422,
        .code = "idempotency_key_reused",
        .detail = {"同一 Idempotency-Key 曾用于另一内容；未作任何处理，请换新值",
                   "this Idempotency-Key was used with another body; nothing was done, use a new one"}});
  }
  const std::pair<std::string, std::string> again{"Idempotency-Replayed", "true"};
  if (entry.status >= 400) {
    Refusal refusal = refusal_again(entry);
    refusal.headers.push_back(again);
    return std::unexpected(std::move(refusal));
  }
  net::Response response = json_answer(entry.receipt, entry.status);
  response.headers.push_back(again);
  return response;
}

Refusal key_under_way() {
  return {.status = 409,
          .code = "idempotency_key_under_way",
          .detail = {"同一 Idempotency-Key 的请求正在办理，请稍后重发",
                     "a call with this Idempotency-Key is under way: send it again in a moment"},
          .headers = {{"Retry-After", "1"}}};
}

KeysUnderWay::Hold::Hold(KeysUnderWay& keys, const MessageId& key) : keys_(keys), key_(key) {
  const std::lock_guard lock(keys_.mutex_);
  mine_ = keys_.keys_.insert(key_).second;
}

KeysUnderWay::Hold::~Hold() {
  if (!mine_) return;
  const std::lock_guard lock(keys_.mutex_);
  keys_.keys_.erase(key_);
}

}  // namespace loangate::ops
