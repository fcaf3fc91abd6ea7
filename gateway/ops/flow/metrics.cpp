#include "ops/flow/metrics.hpp"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <map>

namespace loangate::ops {
namespace {

/// Writes families one after the other, each with its help and type.
class Exposition {
 public:
  Exposition& family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    fmt::format_to(std::back_inserter(text_), "# HELP loangate_{} {}\n# TYPE loangate_{} {}\n", name, help,
                   name, type);
    return *this;
  }
  /// `labels` as they stand between the braces; may be empty.
  template <class Number>
  Exposition& sample(std::string_view labels, Number value) {
    if (labels.empty()) {
      fmt::format_to(std::back_inserter(text_), "loangate_{} {}\n", name_, value);
    } else {
      fmt::format_to(std::back_inserter(text_), "loangate_{}{{{}}} {}\n", name_, labels, value);
    }
    return *this;
  }
  /// One histogram of the family; `label` may be empty, else ends without a comma.
  void histogram(std::string_view label, const Histogram& times) {
    const std::string_view comma = label.empty() ? "" : ",";
    const auto bounds = times.bounds();
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i <= bounds.size(); ++i) {
      sum += times.count(i);
      const std::string bound = i < bounds.size() ? fmt::format("{}", bounds[i] / 1e6) : "+Inf";
      fmt::format_to(std::back_inserter(text_), "loangate_{}_bucket{{{}{}le=\"{}\"}} {}\n", name_, label,
                     comma, bound, sum);
    }
    const std::string braces = label.empty() ? std::string() : fmt::format("{{{}}}", label);
    fmt::format_to(std::back_inserter(text_), "loangate_{0}_sum{1} {2}\nloangate_{0}_count{1} {3}\n", name_,
                   braces, static_cast<double>(times.sum_micros()) / 1e6, sum);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  std::string_view name_;
};

double seconds(const std::optional<Instant>& at) {
  return at ? static_cast<double>(at->micros) / 1e6 : 0.0;
}

std::uint64_t size_of(const std::filesystem::path& file) {
  std::error_code fault;
  const auto size = std::filesystem::file_size(file, fault);
  return fault ? 0 : size;
}

/// What is known of each partner, read once for a scrape.
struct Line {
  std::string label;  ///< `partner="bank01"`
  PartnerFlow flow;
  std::uint64_t duplicates = 0;
};

void write_partners(Exposition& out, const std::vector<Line>& lines, const store::Store& store) {
  std::map<std::pair<std::string, Outcome>, std::uint64_t> entries;
  for (const auto& total : store.entry_totals())
    entries[{fmt::format("partner=\"{}\"", total.partner.view()), total.outcome}] = total.count;
  out.family("messages_total", "counter",
             "Messages of partners by what became of them; duplicate counts since the start of the process.");
  for (const Line& line : lines) {
    for (const Outcome outcome :
         {Outcome::accepted, Outcome::held, Outcome::rejected, Outcome::unreadable, Outcome::conflict}) {
      const auto found = entries.find({line.label, outcome});
      out.sample(fmt::format("{},outcome=\"{}\"", line.label, spec_of(outcome).name),
                 found == entries.end() ? std::uint64_t{0} : found->second);
    }
    out.sample(line.label + ",outcome=\"duplicate\"", line.duplicates);
  }

  out.family("partner_last_message_timestamp_seconds", "gauge",
             "When the partner's last message came; 0 if that is not known.");
  for (const Line& line : lines) out.sample(line.label, seconds(line.flow.tally.last_message));

  out.family("outbox_messages", "gauge", "Messages that must still go out, by partner and state.");
  for (const Line& line : lines) {
    out.sample(line.label + ",state=\"waiting\"", line.flow.tally.waiting);
    out.sample(line.label + ",state=\"parked\"", line.flow.tally.parked);
  }
  out.family("outbox_oldest_timestamp_seconds", "gauge",
             "When the oldest undelivered message was made; 0 if there is none.");
  for (const Line& line : lines) out.sample(line.label, seconds(line.flow.oldest));

  out.family("delivery_attempts_total", "counter",
             "Attempts to deliver by their result, since the start of the process.");
  for (const Line& line : lines) {
    out.sample(line.label + ",result=\"delivered\"", line.flow.tally.attempts_delivered);
    out.sample(line.label + ",result=\"failed\"", line.flow.tally.attempts_failed);
    out.sample(line.label + ",result=\"parked\"", line.flow.tally.attempts_parked);
  }
  out.family("partner_last_delivery_timestamp_seconds", "gauge",
             "When something was last delivered to the partner; 0 if not since the start of the process.");
  for (const Line& line : lines) out.sample(line.label, seconds(line.flow.tally.last_delivery));

  out.family("partner_breaker_open", "gauge", "1 while pushes to the partner fail and it is only probed.");
  for (const Line& line : lines) out.sample(line.label, line.flow.unreachable ? 1 : 0);
  out.family("partner_paused", "gauge", "1 while an operator has paused what goes to the partner.");
  for (const Line& line : lines) out.sample(line.label, line.flow.paused ? 1 : 0);
}

void write_labelled(Exposition& out, std::string_view label,
                    const std::function<std::vector<Metrics::Labelled>()>& values) {
  if (!values) return;
  for (const Metrics::Labelled& value : values())
    out.sample(fmt::format("{}=\"{}\"", label, value.label), value.value);
}

}  // namespace

std::string Metrics::text() const {
  const Flow::Parts& flow = parts_.flow.parts();
  const Tally::Now now = flow.tally.now(real_now());
  const auto unreachable = flow.unreachable ? flow.unreachable() : std::vector<PartnerId>{};
  const auto configuration = parts_.configuration.current();
  std::vector<Line> lines;
  for (const auto& profile : configuration->partners().all()) {
    lines.push_back({fmt::format("partner=\"{}\"", profile->id.view()),
                     parts_.flow.partner(profile->id, now, unreachable),
                     configuration->find(profile->id)->duplicates->load(std::memory_order_relaxed)});
  }

  Exposition out;
  out.family("build_info", "gauge", "Always 1; the version is its label.")
      .sample(fmt::format("version=\"{}\"", parts_.version), 1);
  out.family("start_timestamp_seconds", "gauge", "When the process began to serve.")
      .sample("", seconds(flow.tally.since()));
  out.family("ready", "gauge", "1 while messages can be stored.").sample("", flow.store.ready() ? 1 : 0);
  out.family("journal_entries_total", "counter", "Entries of the journal: messages and acts.")
      .sample("", flow.store.last_sequence().number);

  write_partners(out, lines, flow.store);

  out.family("message_duration_seconds", "histogram",
             "How long messages take: decode, store (with the wait for the writer) and whole.");
  out.histogram("stage=\"decode\"", parts_.times.decode);
  out.histogram("stage=\"store\"", parts_.times.store);
  out.histogram("stage=\"whole\"", parts_.times.whole);
  out.family("commit_duration_seconds", "histogram", "How long commits take, each with its flush.");
  out.histogram("", flow.tally.commits());

  out.family("store_bytes", "gauge", "Size of the store's files.");
  out.sample("file=\"database\"", size_of(parts_.data / "loangate.db"));
  out.sample("file=\"log\"", size_of(parts_.data / "loangate.db-wal"));
  struct statvfs disk{};
  const bool told = ::statvfs(parts_.data.c_str(), &disk) == 0;
  out.family("disk_free_bytes", "gauge", "Free space where the store lies.")
      .sample("", told ? std::uint64_t{disk.f_bavail} * disk.f_frsize : std::uint64_t{0});

  out.family("connections", "gauge", "Open connections by port.");
  write_labelled(out, "port", parts_.connections);
  out.family("alerts_open", "gauge", "The gateway's own alerts that are open, by rule.");
  write_labelled(out, "rule", parts_.alerts);
  out.family("certificate_not_after_timestamp_seconds", "gauge",
             "When a certificate or pin ends, by its use.");
  write_labelled(out, "use", parts_.certificates);
  return out.take();
}

boost::asio::awaitable<Reply> read_metrics(const Operations& operations, const Call&) {
  if (operations.metrics == nullptr) {
    co_return std::unexpected(not_found({"本网关没有指标", "this gateway keeps no metrics"}));
  }
  co_return net::Response{.status = 200,
                          .content_type = "text/plain; version=0.0.4; charset=utf-8",
                          .body = operations.metrics->text(),
                          .headers = {{"Cache-Control", "no-store"}}};
}

}  // namespace loangate::ops
