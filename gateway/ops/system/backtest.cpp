#include "ops/system/backtest.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/codec/codec.hpp"
#include "adapters/seal/seal.hpp"
#include "base/json_writer.hpp"
#include "ops/body.hpp"
#include "ops/messages/masking.hpp"
#include "ops/system/configuration.hpp"

namespace loangate::ops {
namespace {

using adapters::Profile;

constexpr std::size_t page_entries = 32;  // documents are among them, of 8 MiB each
constexpr std::chrono::milliseconds longest_part{1'000};
constexpr std::uint64_t deliveries_per_cause = 100;  // see store::Store
constexpr std::size_t excerpt_bytes = 40;
constexpr std::uint64_t most_days = 3650;
constexpr std::uint64_t most_differences = 1000;

struct FieldDifference {
  std::string field, now, then;
};

/// The value as canonical JSON has it; "" if it is absent.
std::string shown(const Record& record, std::size_t field, bool whole) {
  const FieldSpec& spec = record.spec().fields[field];
  const Value& value = record[field];
  if (std::holds_alternative<std::monostate>(value)) return {};
  if (const auto* text = std::get_if<std::string_view>(&value))
    return spec.personal && !whole ? masked(*text) : std::string(*text);
  if (std::holds_alternative<Rows>(value)) {
    std::string rows = "[";
    for (const Record& row : record.rows(field)) {
      if (rows.size() > 1) rows += ',';
      for (const FieldSpec& cell : row.spec().fields) {
        if (cell.personal && !whole) return "***";
      }
      write_canonical(row, rows);
    }
    return rows + "]";
  }
  Record only(record.spec());
  std::visit(
      [&]<class T>(const T& scalar) {
        if constexpr (!std::is_same_v<T, Rows>) only.set(field, scalar);
      },
      value);
  // {"name":VALUE}
  std::string json = canonical_json(only);
  json = json.substr(spec.name.size() + 4, json.size() - spec.name.size() - 5);
  if (json.starts_with('"')) json = json.substr(1, json.size() - 2);
  return spec.personal && !whole ? "***" : json;
}

std::string listed(const Findings& findings) {
  std::string all;
  for (const Finding& finding : findings)
    all += fmt::format("{}{} {}", all.empty() ? "" : "; ", spec_of(finding.code).name, finding.place);
  return all;
}

std::string printable(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    if (c >= ' ' && c <= '~') {
      text += c;
    } else {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return text;
}

std::expected<std::string, std::string> written(const Profile& profile, MessageKind kind,
                                                const Record& message) {
  if (profile.find(kind) == nullptr) return std::unexpected("the profile has no such message");
  auto bytes = adapters::encode(profile, kind, message);
  if (bytes) return *std::move(bytes);
  return std::unexpected(std::move(bytes.error().reason));
}

class Comparison {
 public:
  Comparison(const Profile& in_force, const Profile& candidate, std::size_t most, bool whole)
      : in_force_(in_force), candidate_(candidate), most_(most), whole_(whole), json_(part.differences) {
    json_.begin_array();
  }

  BacktestPart part;

  void received(const store::StoredEntry& stored) {
    const store::JournalEntry& entry = stored.entry;
    // Documents are no messages.
    if (entry.partner != in_force_.id || (entry.canonical.empty() && entry.outcome != Outcome::unreadable))
      return;
    ++part.received;
    // Seals were proved when it came: the candidate need not hold keys that are long gone.
    using adapters::Way;
    const auto now =
        adapters::decode(in_force_, adapters::without_trailer(in_force_, Way::from_partner, entry.raw));
    const auto then =
        adapters::decode(candidate_, adapters::without_trailer(candidate_, Way::from_partner, entry.raw));
    std::vector<FieldDifference> fields;
    if (now && then) {
      compare(*now, *then, fields);
      part.read_otherwise += fields.empty() ? 0 : 1;
    } else if (now) {
      ++part.became_unreadable;
      fields.push_back({"readable", "yes", listed(then.error().findings)});
    } else if (then) {
      ++part.became_readable;
      fields.push_back({"readable", listed(now.error().findings), "yes"});
    } else if (const auto a = listed(now.error().findings), b = listed(then.error().findings); a != b) {
      ++part.refused_otherwise;
      fields.push_back({"findings", a, b});
    }
    tell("entry", stored.sequence.number, entry.kind, fields);
  }

  void sent(const store::Delivery& row) {
    if (row.to != in_force_.id) return;
    const RecordSpec& spec = *spec_of(row.kind).record;
    const auto message = read_canonical(spec, row.message);
    if (!message) return;  // our own bytes: a damaged store, which the readers tell of
    ++part.sent;
    const auto now = written(in_force_, row.kind, *message);
    const auto then = written(candidate_, row.kind, *message);
    if (now == then) return;
    std::vector<FieldDifference> fields;
    if (now && then) {
      ++part.written_otherwise;
      fields.push_back(first_difference(spec, *now, *then));
    } else {
      ++part.not_written;
      fields.push_back({"written", now ? "yes" : now.error(), then ? "yes" : then.error()});
    }
    tell("delivery", row.id.number, row.kind, fields);
  }

  BacktestPart finish(Sequence next) {
    json_.end_array();
    part.next = next;
    return std::move(part);
  }

 private:
  void compare(const adapters::Decoded& now, const adapters::Decoded& then,
               std::vector<FieldDifference>& fields) {
    if (now.kind != then.kind) {
      fields.push_back({"kind", std::string(spec_of(now.kind).name), std::string(spec_of(then.kind).name)});
      return;
    }
    for (std::size_t i = 0; i < now.record.spec().fields.size(); ++i) {
      // Masked texts may look alike: they are compared as they are.
      if (shown(now.record, i, true) == shown(then.record, i, true)) continue;
      fields.push_back({std::string(now.record.spec().fields[i].name), shown(now.record, i, whole_),
                        shown(then.record, i, whole_)});
    }
    const Digest a = adapters::content_digest(in_force_, now), b = adapters::content_digest(candidate_, then);
    if (fields.empty() && a != b) fields.push_back({"content_digest", hex(a), hex(b)});
  }

  FieldDifference first_difference(const RecordSpec& spec, std::string_view now,
                                   std::string_view then) const {
    const auto at = static_cast<std::size_t>(std::ranges::mismatch(now, then).in1 - now.begin());
    FieldDifference difference{fmt::format("bytes from {}", at + 1), fmt::format("{} in all", now.size()),
                               fmt::format("{} in all", then.size())};
    if (!whole_ && std::ranges::any_of(spec.fields, &FieldSpec::personal)) return difference;
    difference.now = printable(now.substr(at, excerpt_bytes));
    difference.then = printable(then.substr(at, excerpt_bytes));
    return difference;
  }

  void tell(std::string_view what, std::uint64_t number, std::optional<MessageKind> kind,
            const std::vector<FieldDifference>& fields) {
    if (fields.empty()) return;
    if (part.differ++ >= most_) return;
    json_.begin_object().member(what, number);
    if (kind) json_.member("kind", spec_of(*kind).name);
    json_.key("fields").begin_array();
    for (const FieldDifference& field : fields) {
      json_.begin_object()
          .member("field", std::string_view(field.field))
          .member("now", std::string_view(field.now))
          .member("then", std::string_view(field.then))
          .end_object();
    }
    json_.end_array().end_object();
  }

  const Profile& in_force_;
  const Profile& candidate_;
  const std::size_t most_;
  const bool whole_;
  JsonWriter json_;
};

}  // namespace

BacktestRange entries_since(const store::Store& store, Instant since) {
  // The first entry that was received then or later: sequences and business time grow together.
  std::uint64_t low = 1, high = store.last_sequence().number + 1;
  const Sequence until{high - 1};
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    const auto stored = store.entry(Sequence{middle});
    if (stored && stored->entry.received < since) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return {Sequence{low - 1}, until};
}

BacktestPart backtest(const store::Store& store, const Profile& in_force, const Profile& candidate,
                      BacktestRange range, std::size_t most, bool whole) {
  Comparison comparison(in_force, candidate, most, whole);
  const auto end = std::chrono::steady_clock::now() + longest_part;
  Sequence at = range.after;
  while (at < range.until && std::chrono::steady_clock::now() < end) {
    const auto page = store.entries_after(at, page_entries);
    if (page.empty()) return comparison.finish(range.until);
    for (const store::StoredEntry& stored : page) {
      if (stored.sequence > range.until) return comparison.finish(range.until);
      if (!stored.removed_by) comparison.received(stored);
      for (std::uint64_t ordinal = 1; ordinal < deliveries_per_cause; ++ordinal) {
        const auto row = store.delivery(DeliveryId{stored.sequence.number * deliveries_per_cause + ordinal});
        if (!row) break;
        comparison.sent(*row);
      }
      at = stored.sequence;
    }
  }
  return comparison.finish(at);
}

std::string to_json(const BacktestPart& part, Sequence until) {
  std::string body;
  JsonWriter(body)
      .begin_object()
      .member("received", part.received)
      .member("sent", part.sent)
      .member("differ", part.differ)
      .member("became_readable", part.became_readable)
      .member("became_unreadable", part.became_unreadable)
      .member("read_otherwise", part.read_otherwise)
      .member("refused_otherwise", part.refused_otherwise)
      .member("written_otherwise", part.written_otherwise)
      .member("not_written", part.not_written)
      .key("differences")
      .raw(part.differences)
      .member("next", part.next.number)
      .member("until", until.number)
      .end_object();
  return body;
}

boost::asio::awaitable<Reply> run_backtest(const Operations& operations, const Call& call) {
  if (operations.configuring == nullptr)
    co_return std::unexpected(not_found({"此处没有接入配置", "there are no profiles here"}));
  const auto days = number_parameter(call, "days", 0, 0, most_days);
  if (!days) co_return std::unexpected(days.error());
  const auto after = number_parameter(call, "after", 0, 0, INT64_MAX);
  if (!after) co_return std::unexpected(after.error());
  const auto until = number_parameter(call, "until", 0, 0, INT64_MAX);
  if (!until) co_return std::unexpected(until.error());
  const auto most = number_parameter(call, "most", 20, 0, most_differences);
  if (!most) co_return std::unexpected(most.error());
  auto texts = read_texts(call.request.body, {"partner", "text"});
  if (!texts) co_return std::unexpected(std::move(texts.error()));
  const auto partner = PartnerId::parse(texts->front());
  const auto configuration = operations.configuring->in_force.current();
  const net::Terms* terms = partner ? configuration->find(*partner) : nullptr;
  if (terms == nullptr)
    co_return std::unexpected(not_found({"没有这家机构的接入配置", "the institution has no profile here"}));

  const Instant now = operations.clock.now();
  auto running = on_files_thread(*operations.configuring, [&]() -> Reply {
    const auto candidate = adapters::load_profile(partner->string(), texts->back());
    if (!candidate) return std::unexpected(wrong_configuration(candidate.error()));
    BacktestRange range{Sequence{*after}, Sequence{*until}};
    if (*days > 0) {
      const auto back = static_cast<std::int64_t>(*days) * 86'400'000'000;
      range = entries_since(operations.store, Instant{now.micros - back});
    }
    return json_answer(to_json(
        backtest(operations.store, terms->profile, *candidate, range, *most, call.sees_personal_fields()),
        range.until));
  });
  co_return co_await std::move(running);
}

}  // namespace loangate::ops
