#include "ops/messages/evidence.hpp"

#include <fmt/format.h>

#include "ops/aside.hpp"
#include "ops/messages/journal.hpp"
#include "ops/messages/masking.hpp"
#include "ops/messages/timeline.hpp"
#include "ops/messages/zip_file.hpp"

namespace loangate::ops {
namespace {

using boost::asio::awaitable;

constexpr std::size_t most_entries = 2'000;
constexpr std::size_t most_bytes = 64u << 20;

/// Files with their names, up to the bound.
class Bundle {
 public:
  void add(std::string name, std::string content) {
    bytes_ += content.size();
    if (!too_large()) files_.emplace_back(std::move(name), std::move(content));
  }
  bool too_large() const { return bytes_ > most_bytes; }

  /// What is in it, by its digests: the last file.
  void close(const LoanHistory& history) {
    std::string manifest;
    JsonWriter json(manifest);
    json.begin_object()
        .member("lender", history.ref.lender.view())
        .member("loan_no", history.ref.number.view())
        .member("complete", history.complete)
        .member("entries", static_cast<std::uint64_t>(history.entries.size()));
    json.key("files").begin_array();
    for (const auto& [name, content] : files_) {
      json.begin_object()
          .member("name", std::string_view(name))
          .member("bytes", static_cast<std::uint64_t>(content.size()))
          .member("sha256", hex(sha256(content)))
          .end_object();
    }
    json.end_array().end_object();
    add("manifest.json", std::move(manifest));
  }
  const std::vector<std::pair<std::string, std::string>>& files() const { return files_; }

 private:
  std::vector<std::pair<std::string, std::string>> files_;
  std::size_t bytes_ = 0;
};

void add_entry(Bundle& bundle, const Traced& traced, bool whole) {
  const store::JournalEntry& entry = traced.stored.entry;
  const std::string folder =
      fmt::format("entries/{:012}-{}/", traced.stored.sequence.number,
                  entry.kind ? spec_of(*entry.kind).name : std::string_view("unknown"));
  std::string head;
  JsonWriter json(head);
  json.begin_object();
  write_entry_head(json, traced.stored);
  json.member("raw_sha256", hex(entry.raw_digest)).member("content_sha256", hex(entry.content)).end_object();
  bundle.add(folder + "head.json", std::move(head));
  const bool there = !traced.stored.removed_by;
  if (whole && there) bundle.add(folder + "raw", entry.raw);
  if (entry.kind && !entry.canonical.empty())
    bundle.add(folder + "canonical.json", whole ? entry.canonical : masked(*entry.kind, entry.canonical));
  bundle.add(folder + "findings.json", entry.findings.empty() ? "[]" : entry.findings);
  if (there) bundle.add(folder + "receipt", entry.receipt);
  std::string changes;
  JsonWriter writer(changes);
  write_changes(writer, traced.changes);
  bundle.add(folder + "changes.json", std::move(changes));
  for (const Sent& sent : traced.sent) {
    std::string delivery;
    JsonWriter told(delivery);
    write_delivery(told, sent, whole);
    bundle.add(fmt::format("{}deliveries/{}.json", folder, sent.delivery.id.number), std::move(delivery));
  }
}

Refusal too_large() {
  return {.status = 413,
          .code = "too_large",
          .detail = {"证据包超过 64 MiB；请按流水逐条查看",
                     "the bundle would be larger than 64 MiB: read its entries one by one"}};
}

std::expected<std::string, Refusal> bundled(const LoanHistory& history, std::string timeline, bool whole) {
  Bundle bundle;
  for (const Traced& traced : history.entries) {
    add_entry(bundle, traced, whole);
    if (bundle.too_large()) return std::unexpected(too_large());
  }
  bundle.add("timeline.json", std::move(timeline));
  bundle.close(history);
  if (bundle.too_large()) return std::unexpected(too_large());
  auto bytes = zip_file(bundle.files());
  if (!bytes) return std::unexpected(not_stored());
  return *std::move(bytes);
}

}  // namespace

awaitable<Reply> read_evidence(const Operations& operations, const Call& call) {
  const auto history = co_await history_of(operations, call, most_entries);
  if (!history) co_return std::unexpected(history.error());
  // As of the last entry: the same record gives the same bytes on any day.
  const Instant as_of =
      history->entries.empty() ? operations.clock.now() : history->entries.back().stored.entry.received;
  auto timeline = co_await timeline_json(operations, *history, as_of);
  if (!timeline) co_return std::unexpected(not_stored());
  auto work = [&] { return bundled(*history, *std::move(timeline), call.sees_personal_fields()); };
  auto bytes = co_await on_thread_of(operations.searching->threads, work);
  if (!bytes) co_return std::unexpected(std::move(bytes.error()));
  net::Response response{.content_type = "application/zip", .body = *std::move(bytes)};
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("Content-Disposition", "attachment; filename=\"evidence.zip\"");
  co_return response;
}

}  // namespace loangate::ops
