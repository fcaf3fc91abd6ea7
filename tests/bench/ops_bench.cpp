#include "bench/ops_bench.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <future>
#include <random>
#include <thread>

#include "base/json.hpp"
#include "base/json_writer.hpp"
#include "ops/client.hpp"
#include "store/archive.hpp"
#include "store/committer.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "tests/store/samples.hpp"

namespace loangate::bench {
namespace {

using Done = std::expected<void, std::string>;
using std::chrono::steady_clock;

constexpr std::size_t units_a_group = 256;
constexpr std::int64_t day_micros = 24LL * 3600 * 1'000'000;
constexpr std::int64_t span_days = 60;  // over which the messages lie, up to now

double milliseconds_since(steady_clock::time_point begun) {
  return std::chrono::duration<double, std::milli>(steady_clock::now() - begun).count();
}

double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(at));
  return values[at];
}

/// The messages of the generator: each loan has four, and all about it follows from its number. The loans are
/// settled, so that none is in anybody's way.
class Lives {
 public:
  Lives(const adapters::Partners& partners, const std::vector<Borrower>& borrowers, std::uint64_t messages)
      : borrowers_(borrowers), messages_(messages), now_(real_now()) {
    for (const auto& profile : partners.all()) {
      if (profile->role == PartnerRole::bank) banks_.push_back(profile->id);
      if (profile->role == PartnerRole::credit_registry) registry_ = profile->id;
    }
  }

  const PartnerId& lender(std::uint64_t loan) const { return banks_[loan % banks_.size()]; }
  const Borrower& borrower(std::uint64_t loan) const { return borrowers_[loan * 7919 % borrowers_.size()]; }
  static std::string loan_no(std::uint64_t loan) { return fmt::format("GEN{:010}", loan); }
  static std::string message_id(std::uint64_t n) { return fmt::format("GEN-{:012}", n); }
  static Fen amount(std::uint64_t loan) {
    return Fen::yuan(static_cast<std::int64_t>(100'000 + loan % 5'000 * 100));
  }
  std::uint64_t loans() const { return messages_ / 4; }

  store::Unit unit(std::uint64_t n) const {
    return [this, n](const store::View&, Sequence sequence) { return writes(n, sequence); };
  }

 private:
  store::Writes writes(std::uint64_t n, Sequence sequence) const {
    const std::uint64_t step = n % 4;
    const std::uint64_t number = n / 4;
    const Borrower& company = borrower(number);
    const LoanRef ref{lender(number), *LoanNo::parse(loan_no(number))};
    Loan loan =
        store::sample::loan(ref, Sequence{sequence.number - step}, company.uscc, amount(number).count());
    loan.company_name = company.name;
    loan.course = course::Settled{loan.matures_on};
    loan.outstanding = Fen::zero();

    store::Writes result;
    result.entry = store::JournalEntry{.partner = ref.lender, .message_id = *MessageId::parse(message_id(n))};
    store::JournalEntry& entry = *result.entry;
    const MessageId& id = entry.message_id;
    const Record record = [&] {
      if (step == 0) {
        return LoanDisbursement{.message_id = id,
                                .contract_no = loan.contract_no,
                                .loan_no = ref.number,
                                .company_uscc = company.uscc,
                                .company_name = company.name,
                                .loan_amount = amount(number),
                                .disbursed_on = loan.disbursed_on,
                                .matures_on = loan.matures_on,
                                .rate = loan.rate,
                                .security = Security::unsecured,
                                .purpose = number % 500 == 0 ? "采购原材料及设备" : "流动资金周转"}
            .record();
      }
      if (step == 3) {
        return LoanSettlement{.message_id = id, .loan_no = ref.number, .settled_on = loan.matures_on}
            .record();
      }
      return LoanRepayment{.message_id = id,
                           .loan_no = ref.number,
                           .paid_on = loan.matures_on,
                           .principal = Fen::yuan(1'000),
                           .interest = Fen::yuan(static_cast<std::int64_t>(number % 900))}
          .record();
    }();
    const bool refused = n % 20 == 1;
    entry.kind = step == 0   ? MessageKind::loan_disbursement
                 : step == 3 ? MessageKind::loan_settlement
                             : MessageKind::loan_repayment;
    entry.received = {now_.micros -
                      static_cast<std::int64_t>((messages_ - n) * static_cast<std::uint64_t>(
                                                                      span_days * day_micros /
                                                                      static_cast<std::int64_t>(messages_)))};
    entry.real_time = entry.received;
    entry.canonical = canonical_json(record);
    entry.raw = fmt::format("<Filing branch=\"{:08x}\">{}</Filing>", n * 2654435761u, entry.canonical);
    entry.raw_digest = sha256(entry.raw);
    entry.content = sha256(entry.canonical);
    entry.outcome = refused ? Outcome::rejected : Outcome::accepted;
    entry.status = refused ? 422 : 200;
    entry.findings = refused ? R"([{"code":"dates_out_of_order"}])" : "[]";
    entry.receipt = fmt::format(R"({{"original_id":"{}"}})", id.view());
    if (refused) return result;
    result.changes.emplace_back(loan);
    if (step == 0) result.outgoing.push_back(store::sample::credit_event(loan, registry_));
    if (step == 2) {
      result.deliveries.push_back({.id = {(sequence.number - 2) * 100 + 1},
                                   .state = store::DeliveryState::delivered,
                                   .attempts = 1,
                                   .at = entry.received});
    }
    return result;
  }

  std::vector<PartnerId> banks_;
  PartnerId registry_;
  const std::vector<Borrower>& borrowers_;
  const std::uint64_t messages_;
  const Instant now_;
};

class OpsProcedure {
 public:
  OpsProcedure(Site site, const OpsMeasure& plan, const Progress& progress)
      : site_(std::move(site)),
        plan_(plan),
        progress_(progress),
        borrowers_(make_borrowers(1'351)),
        lives_(site_.partners(), borrowers_, plan.messages) {}

  std::expected<OpsFigures, std::string> run() {
    figures_.messages = plan_.messages;
    const std::initializer_list<std::pair<std::string_view, Done (OpsProcedure::*)()>> steps{
        {"stage", &OpsProcedure::stage},     {"fill", &OpsProcedure::fill},
        {"index", &OpsProcedure::index},     {"looks", &OpsProcedure::looks},
        {"filings", &OpsProcedure::filings}, {"retention", &OpsProcedure::retention},
    };
    for (const auto& [name, step] : steps) {
      progress_(fmt::format("== {}", name));
      if (const Done done = (this->*step)(); !done)
        return std::unexpected(fmt::format("{}: {}", name, done.error()));
    }
    return std::move(figures_);
  }

 private:
  Done stage() {
    const adapters::Profile* bank = site_.partners().find(*PartnerId::parse(benched_banks.back().second));
    if (bank == nullptr) return std::unexpected("the bank has no profile");
    auto made = Filings::of(*bank, borrowers_, real_now());
    if (!made) return std::unexpected(made.error());
    bank_ = std::make_unique<Filings>(*std::move(made));
    if (auto started = start({}); !started) return started;
    if (auto staged = site_.stage(borrowers_); !staged) return staged;
    site_.gateway().stop();
    return {};
  }

  /// Starts the gateway and keeps a client of its operations port.
  Done start(const std::vector<std::string>& more) {
    auto first = requests(1);
    if (!first) return std::unexpected(first.error());
    const auto started = site_.start_gateway(bank_->profile(), *first, more);
    if (!started) return std::unexpected(started.error());
    auto client = site_.office("officer-li");
    if (!client) return std::unexpected(client.error());
    client_ = std::make_unique<ops::Client>(*std::move(client));
    return {};
  }

  Done fill() {
    auto opened = store::open_sqlite(site_.data(), {.low_water_bytes = 0});
    if (!opened) return std::unexpected(opened.error());
    const auto begun = steady_clock::now();
    for (std::uint64_t n = 0; n < plan_.messages;) {
      std::vector<store::Unit> group;
      for (; group.size() < units_a_group && n < plan_.messages; ++n) group.push_back(lives_.unit(n));
      for (const store::Committed& result : (*opened)->transact(group)) {
        if (!result) return std::unexpected(result.error().what);
      }
      if (n % (units_a_group * 2'000) == 0) progress_(fmt::format("{} in the store", n));
    }
    figures_.fill_per_s = static_cast<double>(plan_.messages) * 1e3 / milliseconds_since(begun);
    std::error_code ignored;
    std::filesystem::remove(site_.data() / "search.db", ignored);
    std::filesystem::remove(site_.data() / "search.db-wal", ignored);
    return {};
  }

  Done index() {
    const auto begun = steady_clock::now();
    if (auto started = start({}); !started) return started;
    if (auto followed = wait_for_index(); !followed) return followed;
    figures_.index_per_s = static_cast<double>(plan_.messages) * 1e3 / milliseconds_since(begun);
    std::error_code ignored;
    figures_.index_bytes =
        static_cast<double>(std::filesystem::file_size(site_.data() / "search.db", ignored)) /
        static_cast<double>(plan_.messages);
    progress_(fmt::format("{:.0f} messages a second", figures_.index_per_s));
    return {};
  }

  Done wait_for_index() {
    std::string before;
    while (true) {
      const auto answer = get("/v1/messages?limit=1");
      if (!answer && !answer.error().contains("no_index")) return std::unexpected(answer.error());
      JsonDocument json;
      if (answer && json.read(*answer)) {
        const JsonNode* behind = json.member(json.root(), "behind");
        if (behind != nullptr && behind->text == "0") return {};
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }

  std::expected<std::string, std::string> get(const std::string& target) {
    auto answer = client_->call("GET", target);
    if (!answer) return std::unexpected(answer.error());
    if (answer->status != 200)
      return std::unexpected(fmt::format("{}: {} {}", target, answer->status, answer->body));
    return std::move(answer->body);
  }

  /// One search of each kind that the page offers.
  std::vector<std::pair<std::string, std::string>> mix() {
    const std::uint64_t loan = random_() % std::max<std::uint64_t>(lives_.loans(), 1);
    const std::uint64_t n = loan * 4 + random_() % 4;
    const Date today = civil_day(real_now());
    const std::string amount = format_yuan(Lives::amount(loan));
    const std::string days =
        fmt::format("from:{} to:{}", format(today.plus_days(-20)), format(today.plus_days(-18)));
    return {
        {"message", "message:" + Lives::message_id(n)},
        {"box", Lives::loan_no(loan)},
        {"loan", fmt::format("loan:{}/{} from:2020-01-01", lives_.lender(loan).view(), Lives::loan_no(loan))},
        {"company", fmt::format("company:{}", lives_.borrower(loan).uscc.view())},
        {"name", lives_.borrower(loan).name},
        {"part of a name", "company:样例000"},
        {"amount", "amount:" + amount},
        {"partner and outcome", fmt::format("partner:{} outcome:rejected", lives_.lender(loan).view())},
        {"finding", "finding:dates_out_of_order"},
        {"text", "采购原材料 from:2020-01-01"},
        {"time", fmt::format("partner:{} kind:loan.repayment {}", lives_.lender(loan).view(), days)},
        {"amount in a time", fmt::format("amount:{} {}", amount, days)},
        {"never together", "outcome:rejected kind:loan.disbursement from:2020-01-01 amount:1000.01"},
        {"two that are common and never meet", "outcome:rejected kind:loan.settlement from:2020-01-01"},
        {"sequence", fmt::format("#{}", n + 1)},
        {"nothing there", "message:NONE-" + std::to_string(n)},
        {"the newest", ""}};
  }

  Done search() {
    std::vector<double> all;
    std::map<std::string, std::vector<double>> by_kind;
    while (all.size() < plan_.calls) {
      for (const auto& [kind, text] : mix()) {
        const auto begun = steady_clock::now();
        const auto answer = get("/v1/messages?limit=50&q=" + ops::percent_encoded(text));
        if (!answer) return std::unexpected(answer.error());
        all.push_back(milliseconds_since(begun));
        by_kind[kind].push_back(all.back());
      }
    }
    figures_.search_p50_ms = quantile(all, 0.5);
    figures_.search_p95_ms = quantile(all, 0.95);
    for (const auto& [kind, times] : by_kind) figures_.search_p95_ms_by_kind[kind] = quantile(times, 0.95);
    return {};
  }

  Done timelines() {
    std::vector<double> times;
    while (times.size() < plan_.calls) {
      const std::uint64_t loan = random_() % std::max<std::uint64_t>(lives_.loans(), 1);
      const auto begun = steady_clock::now();
      const auto answer =
          get(fmt::format("/v1/loans/{}/{}/timeline", lives_.lender(loan).view(), Lives::loan_no(loan)));
      if (!answer) return std::unexpected(answer.error());
      times.push_back(milliseconds_since(begun));
    }
    figures_.timeline_p50_ms = quantile(times, 0.5);
    figures_.timeline_p95_ms = quantile(times, 0.95);
    return {};
  }

  /// What Prometheus asks for, on the one connection that it keeps.
  Done scrapes() {
    constexpr std::size_t scrapes = 200;
    std::vector<double> times;
    while (times.size() < scrapes) {
      const auto begun = steady_clock::now();
      const auto answer = get("/metrics");
      if (!answer) return std::unexpected(answer.error());
      times.push_back(milliseconds_since(begun));
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    figures_.scrape_ms = quantile(times, 0.95);
    return {};
  }

  /// People look at a gateway that is full while a thousand filings arrive each second.
  Done looks() {
    std::atomic<bool> ended = false;
    std::expected<LoadResult, std::string> load;
    std::jthread filing([&] {
      while (!ended && load) load = file(1'000);
    });
    Done done = {};
    for (const auto look : {&OpsProcedure::search, &OpsProcedure::timelines, &OpsProcedure::scrapes}) {
      if (done) done = (this->*look)();
    }
    ended = true;
    filing.join();
    if (done && !load) return std::unexpected(load.error());
    return done;
  }

  /// The same filings with and without the index, in turn.
  Done filings() {
    std::vector<double> with, without, searched;
    for (std::size_t run = 0; run < plan_.runs; ++run) {
      site_.gateway().stop();
      if (auto started = start({"--no-search"}); !started) return started;
      const auto alone = file();
      if (!alone) return std::unexpected(alone.error());
      without.push_back(alone->per_s);

      site_.gateway().stop();
      if (auto started = start({}); !started) return started;
      if (auto followed = wait_for_index(); !followed) return followed;
      std::atomic<bool> ended = false;
      std::atomic<std::uint64_t> count = 0;
      std::string fault;
      const auto begun = steady_clock::now();
      std::jthread searching([&] {
        while (!ended) {
          for (const auto& [kind, text] : mix()) {
            if (ended) return;
            const auto answer = get("/v1/messages?limit=50&q=" + ops::percent_encoded(text));
            if (!answer) {
              fault = answer.error();
              return;
            }
            ++count;
            // A person reads what he found.
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
          }
        }
      });
      const auto beside = file();
      ended = true;
      searching.join();
      if (!beside) return std::unexpected(beside.error());
      if (!fault.empty()) return std::unexpected(fault);
      with.push_back(beside->per_s);
      searched.push_back(static_cast<double>(count) * 1e3 / milliseconds_since(begun));
      progress_(fmt::format("run {}: {:.0f}/s without, {:.0f}/s with the index and {:.0f} searches/s",
                            run + 1, without.back(), with.back(), searched.back()));
    }
    figures_.filings_per_s = quantile(without, 0.5);
    figures_.filing_rate_ratio = quantile(with, 0.5) / figures_.filings_per_s;
    figures_.searches_per_s = quantile(searched, 0.5);
    return {};
  }

  /// Messages at a steady rate, and how long the slowest of them waited, from when it was due.
  class Flow {
   public:
    explicit Flow(store::Committer& committer)
        : committer_(committer), thread_([this](const std::stop_token& stop) { run(stop); }) {}
    double longest_ms() { return static_cast<double>(longest_.exchange(0)) / 1e3; }
    bool failed() const { return failed_; }

   private:
    void run(const std::stop_token& stop) {
      auto due = steady_clock::now();
      for (std::uint64_t n = 0; !stop.stop_requested(); ++n, due += std::chrono::milliseconds(1)) {
        std::this_thread::sleep_until(due);
        committer_.submit(
            [n](const store::View&, Sequence) {
              store::Writes writes{.entry = store::sample::entry(store::sample::bank(n % 7),
                                                                 store::sample::message_id(n),
                                                                 Outcome::accepted, 300)};
              writes.entry->real_time = real_now();
              return writes;
            },
            [this, due](const store::Committed& committed) {
              const auto took =
                  std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - due);
              auto before = longest_.load();
              while (before < took.count() && !longest_.compare_exchange_weak(before, took.count())) {
              }
              if (!committed) failed_ = true;
            });
      }
    }
    store::Committer& committer_;
    std::atomic<std::int64_t> longest_ = 0;
    std::atomic<bool> failed_ = false;
    std::jthread thread_;
  };

  Done retention() {
    if (client_) site_.gateway().stop();
    const std::filesystem::path folder = site_.data() / "retention";
    std::filesystem::create_directories(folder);
    auto store = store::open_sqlite(folder, {.low_water_bytes = 0});
    if (!store) return std::unexpected(store.error());
    const Instant long_ago{real_now().micros - 200 * day_micros};
    const std::uint64_t a_day = std::min<std::uint64_t>(plan_.messages, 1'000'000);
    for (std::uint64_t n = 0; n < a_day;) {
      std::vector<store::Unit> group;
      for (; group.size() < units_a_group && n < a_day; ++n) {
        group.push_back([unit = lives_.unit(n), long_ago](const store::View& view, Sequence sequence) {
          store::Writes writes = unit(view, sequence);
          writes.entry->real_time = long_ago;
          return writes;
        });
      }
      for (const store::Committed& result : (*store)->transact(group)) {
        if (!result) return std::unexpected(result.error().what);
      }
    }
    store::Committer committer(**store);
    Flow flow(committer);
    std::this_thread::sleep_for(std::chrono::seconds(1));
    static_cast<void>(flow.longest_ms());
    std::this_thread::sleep_for(plan_.seconds);
    figures_.retention_quiet_ms = flow.longest_ms();
    const auto size = [&] { return static_cast<double>(std::filesystem::file_size(folder / "loangate.db")); };
    const double before = size();
    const auto begun = steady_clock::now();
    if (auto removed = remove_day((*store)->archive(), committer); !removed) return removed;
    figures_.retention_s = milliseconds_since(begun) / 1e3;
    std::this_thread::sleep_for(std::chrono::seconds(1));
    figures_.retention_pause_ms = flow.longest_ms();
    figures_.retention_returned = 1 - size() / before;
    if (flow.failed()) return std::unexpected("a message was not stored");
    progress_(
        fmt::format("{:.1f} s; longest wait {:.1f} ms, without {:.1f} ms; {:.0f} % of the store given back",
                    figures_.retention_s, figures_.retention_pause_ms, figures_.retention_quiet_ms,
                    figures_.retention_returned * 100));
    return {};
  }

  static Done remove_day(store::Archive& archive, store::Committer& committer) {
    const store::Archive::GoOn always = [] { return true; };
    const auto day = archive.archive_next(civil_day(real_now()), always);
    if (!day) return std::unexpected(day.error());
    if (!*day) return std::unexpected("there is no day to archive");
    const auto none = [](const store::StoredEntry&) { return false; };
    const auto remainder = archive.keep_only(**day, none, always);
    if (!remainder) return std::unexpected(remainder.error());
    std::promise<store::Committed> told;
    committer.submit(
        [&](const store::View&, Sequence) {
          store::Writes writes{.entry = store::sample::act("gateway"), .archived = remainder->day};
          writes.entry->real_time = real_now();
          return writes;
        },
        [&](store::Committed committed) { told.set_value(std::move(committed)); });
    if (const auto committed = told.get_future().get(); !committed)
      return std::unexpected(committed.error().what);
    archive.sweep();
    return {};
  }

  std::expected<Requests, std::string> requests(std::size_t count) {
    Requests made;
    for (std::size_t i = 0; i < count; ++i) {
      auto body = bank_->next();
      if (!body) return std::unexpected(body.error());
      made.add("/v1/messages", bank_->profile().content_types.front(), *body);
    }
    return made;
  }

  /// `rate` a second; 0: as many as are taken.
  std::expected<LoadResult, std::string> file(double rate = 0) {
    auto made = requests(static_cast<std::size_t>((rate > 0 ? rate : 20'000) * (plan_.seconds.count() + 1)));
    if (!made) return std::unexpected(made.error());
    const auto target = site_.gateway_as(bank_->profile());
    if (!target) return std::unexpected(target.error());
    return run_load(*target, *made,
                    {.connections = plan_.connections,
                     .threads = plan_.threads,
                     .rate = rate,
                     .warm_up = std::chrono::duration<double>(0.5),
                     .time = plan_.seconds});
  }

  Site site_;
  const OpsMeasure& plan_;
  const Progress& progress_;
  const std::vector<Borrower> borrowers_;
  const Lives lives_;
  std::unique_ptr<Filings> bank_;
  std::unique_ptr<ops::Client> client_;
  std::mt19937_64 random_{7};
  OpsFigures figures_;
};

}  // namespace

std::expected<OpsFigures, std::string> measure_ops(SiteOptions options, const OpsMeasure& plan,
                                                   const Progress& progress) {
  options.banks.emplace_back(benched_banks.back().second);
  auto site = Site::make(std::move(options));
  if (!site) return std::unexpected(site.error());
  return OpsProcedure(*std::move(site), plan, progress).run();
}

std::string as_json(const OpsFigures& figures) {
  std::string text;
  JsonWriter json(text);
  const auto number = [&](std::string_view name, double value) {
    json.key(name).raw(fmt::format("{:.3f}", value));
  };
  json.begin_object().member("messages", figures.messages);
  number("search_p95_ms", figures.search_p95_ms);
  number("search_p50_ms", figures.search_p50_ms);
  json.key("search_p95_ms_by_kind").begin_object();
  for (const auto& [kind, time] : figures.search_p95_ms_by_kind) number(kind, time);
  json.end_object();
  number("timeline_p95_ms", figures.timeline_p95_ms);
  number("timeline_p50_ms", figures.timeline_p50_ms);
  number("scrape_ms", figures.scrape_ms);
  number("filing_rate_ratio", figures.filing_rate_ratio);
  number("filings_per_s", figures.filings_per_s);
  number("searches_per_s", figures.searches_per_s);
  number("retention_pause_ms", figures.retention_pause_ms);
  number("retention_quiet_ms", figures.retention_quiet_ms);
  number("retention_s", figures.retention_s);
  number("retention_returned", figures.retention_returned);
  number("fill_per_s", figures.fill_per_s);
  number("index_per_s", figures.index_per_s);
  number("index_bytes_per_message", figures.index_bytes);
  json.end_object();
  return text;
}

}  // namespace loangate::bench
