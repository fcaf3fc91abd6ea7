#include "bench/procedure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "bench/store_reference.hpp"
#include "tests/support/batch_file.hpp"

namespace loangate::bench {
namespace {

using Outcome = std::expected<void, std::string>;

constexpr std::chrono::duration<double> longest_warm_up{0.5};
constexpr std::size_t load_chunk = 100'000;

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

/// Whether a receipt in the bank's own format says that the filing was accepted.
Outcome accepted(const adapters::Profile& bank, const std::string& receipt) {
  const auto read = adapters::decode(bank, receipt);
  if (!read || read->kind != MessageKind::receipt)
    return std::unexpected("a filing was not answered with a receipt");
  const std::string outcome = canonical_json(read->record);
  if (outcome.contains(R"("outcome":"accepted")")) return {};
  return std::unexpected(fmt::format("a filing was not accepted: {}", outcome));
}

/// One format's bank with what its runs gave.
struct Bank {
  std::string format;
  Filings filings;
  Target target;
  double most_per_s = 20'000;  // seen so far: a run must not run out of filings
  std::vector<double> per_s = {}, p50 = {}, p99 = {}, cpu = {}, loaded_per_s = {}, loaded_p99 = {};
};

class Procedure {
 public:
  Procedure(Site site, const Measure& plan, const Progress& progress)
      : site_(std::move(site)),
        plan_(plan),
        progress_(progress),
        borrowers_(make_borrowers(plan.borrowers)) {}

  std::expected<Figures, std::string> run() {
    const std::initializer_list<std::pair<std::string_view, Outcome (Procedure::*)()>> steps{
        {"gateway and null servers", &Procedure::start},
        {"codecs", &Procedure::time_codecs},
        {"empty store", &Procedure::measure_empty},
        {"batches", &Procedure::measure_batches},
        {"half load", &Procedure::measure_half_load},
        {"loading", &Procedure::load},
        {"start", &Procedure::measure_start},
        {"loaded store", &Procedure::measure_loaded},
    };
    for (const auto& [name, step] : steps) {
      if (plan_.batches_only && step != &Procedure::start && step != &Procedure::measure_batches) continue;
      progress_(fmt::format("== {}", name));
      if (const Outcome done = (this->*step)(); !done)
        return std::unexpected(fmt::format("{}: {}", name, done.error()));
    }
    return std::move(figures_);
  }

 private:
  Outcome start() {
    figures_.connections = plan_.connections;
    figures_.seconds = plan_.seconds.count();
    figures_.runs = plan_.runs;
    figures_.messages = plan_.messages;
    for (const auto& [format, id] : benched_banks) {
      const adapters::Profile* profile = site_.partners().find(*PartnerId::parse(id));
      if (profile == nullptr) return std::unexpected(fmt::format("there is no profile of {}", id));
      auto filings = Filings::of(*profile, borrowers_, real_now());
      if (!filings) return std::unexpected(filings.error());
      auto target = site_.gateway_as(*profile);
      if (!target) return std::unexpected(target.error());
      banks_.push_back(
          {.format = std::string(format), .filings = *std::move(filings), .target = *std::move(target)});
    }
    auto null = site_.start_null(false);
    if (!null) return std::unexpected(null.error());
    null_ = *std::move(null);
    auto flushing = site_.start_null(true);
    if (!flushing) return std::unexpected(flushing.error());
    flushing_null_ = *std::move(flushing);

    if (const auto started = start_gateway(); !started) return std::unexpected(started.error());
    if (auto staged = site_.stage(borrowers_); !staged) return staged;
    const auto idle = site_.gateway().resident_mb();
    if (!idle) return std::unexpected(idle.error());
    figures_.rss_idle_mb = *idle;
    return {};
  }

  std::expected<double, std::string> start_gateway() {
    Bank& bank = banks_.front();
    auto first = requests(bank, 1);
    if (!first) return std::unexpected(first.error());
    return site_.start_gateway(bank.filings.profile(), *first);
  }

  Outcome time_codecs() {
    for (Bank& bank : banks_) {
      auto times = time_codec(bank.filings);
      if (!times) return std::unexpected(fmt::format("{}: {}", bank.format, times.error()));
      FormatFigures& figures = figures_.formats[bank.format];
      figures.bank = bank.filings.profile().id.string();
      figures.codec = *times;
    }
    return {};
  }

  Outcome measure_empty() {
    std::vector<double> null_per_s, null_p99, null_cpu, ceiling, store, flush, single, single_p99;
    // The smallest filings: the null server is not to look slower than it is.
    auto nothing =
        requests(smallest(), static_cast<std::size_t>(80'000 * (plan_.seconds + warm_up()).count()));
    if (!nothing) return std::unexpected(nothing.error());
    StoreReference reference(site_.scratch());
    for (std::size_t run = 0; run < plan_.runs; ++run) {
      settle();
      const double cpu_before = site_.null_server().cpu_seconds();
      const auto null = run_load(null_, *nothing, closed_loop(plan_.connections));
      if (!null) return std::unexpected(fmt::format("null server: {}", null.error()));
      null_per_s.push_back(null->per_s);
      null_p99.push_back(null->p99_ms);
      null_cpu.push_back((site_.null_server().cpu_seconds() - cpu_before) * 1e6 /
                         static_cast<double>(null->answers()));
      ceiling.push_back(1e6 / null->generator_cpu_us);
      progress_(fmt::format("run {}: null {:.0f}/s, generator {:.1f} us CPU a request", run + 1, null->per_s,
                            null->generator_cpu_us));

      store.push_back(reference.per_s(plan_.seconds));
      flush.push_back(flush_per_s(site_.scratch()));
      progress_(fmt::format("run {}: store {:.0f}/s, flush {:.0f}/s", run + 1, store.back(), flush.back()));

      for (Bank& bank : banks_) {
        const double before = site_.gateway().cpu_seconds();
        const auto result = file(bank, closed_loop(plan_.connections));
        if (!result) return std::unexpected(fmt::format("{}: {}", bank.format, result.error()));
        bank.per_s.push_back(result->per_s);
        bank.p50.push_back(result->p50_ms);
        bank.p99.push_back(result->p99_ms);
        bank.cpu.push_back((site_.gateway().cpu_seconds() - before) * 1e6 /
                           static_cast<double>(result->answers()));
        progress_(fmt::format("run {}: {} {:.0f}/s, p99 {:.2f} ms", run + 1, bank.format, result->per_s,
                              result->p99_ms));
      }
      const auto one = file(smallest(), closed_loop(1));
      if (!one) return std::unexpected(fmt::format("one connection: {}", one.error()));
      single.push_back(one->per_s);
      single_p99.push_back(one->p99_ms);
      progress_(fmt::format("run {}: one connection {:.0f}/s", run + 1, one->per_s));
    }
    figures_.null_per_s = median(null_per_s);
    figures_.null_p99_ms = median(null_p99);
    figures_.null_cpu_us = median(null_cpu);
    figures_.generator_ceiling_per_s = median(ceiling);
    figures_.store_per_s = median(store);
    figures_.flush_per_s = median(flush);
    figures_.single_connection_per_s = median(single);
    figures_.single_connection_p99_ms = median(single_p99);
    for (Bank& bank : banks_) {
      FormatFigures& format = figures_.formats[bank.format];
      format.filings_per_s = median(bank.per_s);
      format.p50_ms = median(bank.p50);
      format.p99_ms = median(bank.p99);
      format.server_cpu_us = median(bank.cpu);
    }
    return {};
  }

  /// Files of many records, one after the other, in turn with the store's own limit.
  Outcome measure_batches() {
    figures_.batch_records = plan_.batch_records;
    StoreReference reference(site_.scratch());
    std::map<std::string, std::vector<double>> per_s, store, peak;
    for (std::size_t run = 0; run < std::min<std::size_t>(plan_.runs, 3); ++run) {
      for (Bank& bank : banks_) {
        const auto made = batch(bank, run);
        if (!made) return std::unexpected(made.error());
        settle();
        store[bank.format].push_back(
            reference.per_s(std::min(plan_.seconds, std::chrono::duration<double>(2))));
        const auto before = site_.gateway().resident_mb();
        if (!before) return std::unexpected(before.error());
        double most = *before;
        std::jthread watch([&](const std::stop_token& stop) {
          while (!stop.stop_requested()) {
            most = std::max(most, site_.gateway().resident_mb().value_or(0));
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
          }
        });
        const auto result = run_load(bank.target, *made, {.connections = 1, .time = std::chrono::hours(1)});
        watch.request_stop();
        watch.join();
        if (!result) return std::unexpected(fmt::format("{}: {}", bank.format, result.error()));
        if (!result->all(200)) {
          return std::unexpected(
              fmt::format("{}: the file was answered with {}", bank.format, result->statuses()));
        }
        per_s[bank.format].push_back(static_cast<double>(plan_.batch_records) / result->seconds);
        peak[bank.format].push_back(most - *before);
        progress_(fmt::format("run {}: {} {:.0f} records/s, store {:.0f}/s, {:.0f} MB more", run + 1,
                              bank.format, per_s[bank.format].back(), store[bank.format].back(),
                              peak[bank.format].back()));
      }
    }
    for (const Bank& bank : banks_) {
      FormatFigures& format = figures_.formats[bank.format];
      format.batch_records_per_s = median(per_s[bank.format]);
      format.batch_store_per_s = median(store[bank.format]);
      format.batch_peak_mb = *std::ranges::max_element(peak[bank.format]);
    }
    return {};
  }

  /// One request with a file of fresh filings.
  std::expected<Requests, std::string> batch(Bank& bank, std::size_t number) {
    const adapters::Profile& profile = bank.filings.profile();
    support::BatchFile file{.profile = profile, .id = fmt::format("20260101{:04}", number + 1)};
    for (std::size_t i = 0; i < plan_.batch_records; ++i) {
      if (auto next = bank.filings.next(); !next) return std::unexpected(next.error());
      file.add(MessageKind::loan_disbursement, bank.filings.last());
    }
    Requests made;
    made.add("/v1/batches?wait=50", profile.content_types.front(), file.text());
    return made;
  }

  /// At half of what the fastest format does, with that format's filings.
  Outcome measure_half_load() {
    Bank& bank = *std::ranges::max_element(banks_, {}, [](const Bank& b) { return median(b.per_s); });
    LoadPlan plan = closed_loop(plan_.connections);
    plan.rate = median(bank.per_s) / 2;
    figures_.half_load_rate = plan.rate;
    auto nothing =
        requests(bank, static_cast<std::size_t>(plan.rate * (plan.time + plan.warm_up).count()) + 1);
    if (!nothing) return std::unexpected(nothing.error());
    std::vector<double> p99, null_p99;
    for (std::size_t run = 0; run < plan_.runs; ++run) {
      settle();
      const auto null = run_load(flushing_null_, *nothing, plan);
      if (!null) return std::unexpected(fmt::format("null server: {}", null.error()));
      const auto result = file(bank, plan);
      if (!result) return std::unexpected(result.error());
      null_p99.push_back(null->p99_ms);
      p99.push_back(result->p99_ms);
      progress_(fmt::format("run {}: {:.0f}/s, p99 {:.2f} ms, null {:.2f} ms", run + 1, plan.rate,
                            result->p99_ms, null->p99_ms));
    }
    figures_.half_load_p99_ms = median(p99);
    figures_.null_half_load_p99_ms = median(null_p99);
    return {};
  }

  /// Files through the wire until the store holds as many messages as were asked for, and no more: what came
  /// before depends on how fast the machine is, and memory and start would too.
  Outcome load() {
    if (auto emptied = site_.empty_store(); !emptied) return emptied;
    if (const auto started = start_gateway(); !started) return std::unexpected(started.error());
    if (auto staged = site_.stage(borrowers_); !staged) return staged;
    filed_ = 0;
    for (std::size_t turn = 0; filed_ < plan_.messages; ++turn) {
      Bank& bank = banks_[turn % banks_.size()];
      auto chunk = requests(bank, std::min<std::size_t>(load_chunk, plan_.messages - filed_));
      if (!chunk) return std::unexpected(chunk.error());
      const auto result =
          file(bank, *chunk,
               {.connections = plan_.connections, .threads = plan_.threads, .time = std::chrono::hours(1)});
      if (!result) return std::unexpected(result.error());
      progress_(fmt::format("{} filed, {} {:.0f}/s", filed_, bank.format, result->per_s));
    }
    const auto resident = site_.gateway().resident_mb();
    if (!resident) return std::unexpected(resident.error());
    figures_.rss_loaded_mb = *resident;
    settle();
    return {};
  }

  Outcome measure_loaded() {
    std::vector<double> store;
    StoreReference reference(site_.scratch());
    reference.load(plan_.messages);
    for (std::size_t run = 0; run < plan_.runs; ++run) {
      settle();
      store.push_back(reference.per_s(plan_.seconds));
      progress_(fmt::format("run {}: store {:.0f}/s", run + 1, store.back()));
      for (Bank& bank : banks_) {
        const auto result = file(bank, closed_loop(plan_.connections));
        if (!result) return std::unexpected(fmt::format("{}: {}", bank.format, result.error()));
        bank.loaded_per_s.push_back(result->per_s);
        bank.loaded_p99.push_back(result->p99_ms);
        progress_(fmt::format("run {}: {} {:.0f}/s, p99 {:.2f} ms", run + 1, bank.format, result->per_s,
                              result->p99_ms));
      }
    }
    figures_.loaded_store_per_s = median(store);
    for (const Bank& bank : banks_) {
      figures_.formats[bank.format].loaded_filings_per_s = median(bank.loaded_per_s);
      figures_.formats[bank.format].loaded_p99_ms = median(bank.loaded_p99);
    }
    return {};
  }

  /// From a kill: what a crash leaves is what has to be read.
  Outcome measure_start() {
    std::vector<double> times;
    for (std::size_t run = 0; run < plan_.runs; ++run) {
      site_.gateway().kill();
      const auto started = start_gateway();
      if (!started) return std::unexpected(started.error());
      times.push_back(*started);
      progress_(fmt::format("run {}: {:.0f} ms", run + 1, *started));
    }
    figures_.start_ms = median(times);
    return {};
  }

  /// Waits until the gateway rests: what it does after the answers (its search index) is not to slow what is
  /// measured next, least of all a reference.
  void settle() {
    constexpr auto look = std::chrono::milliseconds(250);
    constexpr int most_looks = 1'200;
    double before = site_.gateway().cpu_seconds();
    for (int looks = 0; looks < most_looks; ++looks) {
      std::this_thread::sleep_for(look);
      const double now = site_.gateway().cpu_seconds();
      if (now - before < 0.05 * std::chrono::duration<double>(look).count() + 0.01) return;
      before = now;
    }
  }

  std::chrono::duration<double> warm_up() const { return std::min(longest_warm_up, plan_.seconds / 2); }

  LoadPlan closed_loop(std::size_t connections) const {
    return {
        .connections = connections, .threads = plan_.threads, .warm_up = warm_up(), .time = plan_.seconds};
  }

  Bank& smallest() { return banks_.back(); }

  std::expected<Requests, std::string> requests(Bank& bank, std::size_t count) {
    Requests made;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < count; ++i) {
      auto body = bank.filings.next();
      if (!body) return std::unexpected(body.error());
      bytes += body->size();
      made.add("/v1/messages", bank.filings.profile().content_types.front(), *body);
    }
    figures_.formats[bank.format].bytes = static_cast<double>(bytes) / static_cast<double>(count);
    return made;
  }

  /// Files as many as the plan will need, going by what the bank's last run did.
  std::expected<LoadResult, std::string> file(Bank& bank, const LoadPlan& plan) {
    const double seconds = (plan.time + plan.warm_up).count();
    const double per_s = plan.rate > 0 ? plan.rate : 1.5 * bank.most_per_s;
    auto made = requests(bank, static_cast<std::size_t>(per_s * seconds) + 1'000);
    if (!made) return std::unexpected(made.error());
    return file(bank, *made, plan);
  }

  std::expected<LoadResult, std::string> file(Bank& bank, const Requests& made, const LoadPlan& plan) {
    auto result = run_load(bank.target, made, plan);
    if (!result) return result;
    if (!result->all(200))
      return std::unexpected(fmt::format("not every filing was answered with 200: {}", result->statuses()));
    if (auto good = accepted(bank.filings.profile(), result->sample); !good)
      return std::unexpected(good.error());
    filed_ += result->answers();
    bank.most_per_s = std::max(bank.most_per_s, result->per_s);
    return result;
  }

  Site site_;
  const Measure& plan_;
  const Progress& progress_;
  const std::vector<Borrower> borrowers_;
  std::vector<Bank> banks_;
  Target null_;
  Target flushing_null_;
  std::uint64_t filed_ = 0;
  Figures figures_;
};

}  // namespace

std::expected<Figures, std::string> measure(SiteOptions options, const Measure& plan,
                                            const Progress& progress) {
  for (const auto& [format, id] : benched_banks) options.banks.emplace_back(id);
  auto site = Site::make(std::move(options));
  if (!site) return std::unexpected(site.error());
  try {
    return Procedure(*std::move(site), plan, progress).run();
  } catch (const std::runtime_error& fault) {  // of the references
    return std::unexpected(fmt::format("reference: {}", fault.what()));
  }
}

}  // namespace loangate::bench
