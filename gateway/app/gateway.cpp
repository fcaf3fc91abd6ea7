#include "app/gateway.hpp"

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <thread>

#include "adapters/profile/profile.hpp"
#include "adapters/seal/seal.hpp"
#include "app/backup_command.hpp"
#include "app/day_round.hpp"
#include "app/sign_of_life.hpp"
#include "app/version.hpp"
#include "app/wait_for.hpp"
#include "delivery/mailbox.hpp"
#include "delivery/pump.hpp"
#include "intake/batches.hpp"
#include "intake/office.hpp"
#include "net/configuration.hpp"
#include "net/cores.hpp"
#include "net/file_transport.hpp"
#include "net/identities.hpp"
#include "net/maintenance.hpp"
#include "net/partner_push.hpp"
#include "net/partner_service.hpp"
#include "net/server.hpp"
#include "net/tls.hpp"
#include "ops/alerts/certificates.hpp"
#include "ops/alerts/watch.hpp"
#include "ops/flow/flow.hpp"
#include "ops/flow/metrics.hpp"
#include "ops/flow/replay_work.hpp"
#include "ops/people/credentials.hpp"
#include "ops/service.hpp"
#include "ops/system/activation.hpp"
#include "ops/system/configuration.hpp"
#include "ops/system/record_check.hpp"
#include "ops/system/retention.hpp"
#include "ops/system/system.hpp"
#include "programme/rulebook_in_force.hpp"
#include "store/search/index.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace loangate::app {
namespace {

using boost::asio::ip::tcp;

/// What is read from files before anything runs. What may be renewed meanwhile is behind a pointer of its
/// own.
struct Loaded {
  std::unique_ptr<programme::RulebookInForce> rulebook;
  Digest rulebook_version;
  std::unique_ptr<net::ConfigurationInForce> configuration;
  std::unique_ptr<net::IdentityBook> identities;
  std::unique_ptr<net::TlsSource> tls;
  std::unique_ptr<ops::CredentialFile> credentials;
};

template <class T>
bool take(T& into, std::expected<T, ConfigErrors> read, ConfigErrors& errors) {
  if (read) {
    into = *std::move(read);
    return true;
  }
  std::ranges::move(read.error(), std::back_inserter(errors));
  return false;
}

/// Where each pushed-to partner is called and whom it must prove to be: its profile's word, or the
/// configuration's.
net::PushTargets push_targets(const Config& config, const adapters::Partners& partners,
                              ConfigErrors& errors) {
  net::PushTargets targets;
  for (const auto& profile : partners.all()) {
    const adapters::Push* push = profile->push();
    if (push == nullptr) continue;
    const auto url = net::parse_https_url(push->url);
    if (!url) {
      errors.push_back({profile->file, 0, url.error()});
      continue;
    }
    const auto own = config.push.find(profile->id.string());
    const PushTarget target = own == config.push.end() ? PushTarget{} : own->second;
    const bool trusts_own = !target.ca.empty() || !target.pins.empty();
    net::TlsContext tls;
    if (!take(tls,
              net::make_client_context({.certificate = config.own_certificate,
                                        .key = config.own_key,
                                        .ca = trusts_own ? target.ca : config.push_ca,
                                        .pins = target.pins}),
              errors)) {
      continue;
    }
    targets.emplace(
        profile->id,
        net::PushTarget{.endpoint = {.host = target.host.value_or(url->host),
                                     .port = target.port.value_or(url->port),
                                     .server_name = target.server_name.value_or(push->server_name),
                                     .tls = tls},
                        .target = url->target,
                        .within = std::chrono::seconds(push->within_seconds)});
  }
  return targets;
}

/// SHA-256 over the files that the rulebook is made of.
Digest rulebook_version(const Config& config) {
  std::vector<std::filesystem::path> files{config.calendar, config.lpr};
  std::error_code fault;
  for (const auto& entry : std::filesystem::directory_iterator(config.programmes, fault)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::sort(files.begin() + 2, files.end());
  DigestBuilder digest;
  for (const auto& file : files) digest.add(view(sha256(YamlFile(file).text())));
  return digest.finish();
}

/// A gateway that runs goes on forgiving: a bank's messages that stop at midnight would be worse than what
/// was forgiven so far. `loangate check` fails.
void warn_of_expired_leniencies(const adapters::Partners& partners) {
  for (const auto& profile : partners.all()) {
    for (const ConfigError& expired : adapters::expired_leniencies(*profile, civil_day(real_now()))) {
      LogLine(LogLevel::warn, "profile.leniency_expired").partner(profile->id.view()).reason(expired.text());
    }
  }
}

/// The part of the configuration that can be replaced as a whole while the gateway runs.
std::expected<ops::Candidate, ConfigErrors> read_candidate(const Config& config,
                                                           std::optional<adapters::Profile> instead) {
  ConfigErrors errors;
  auto rulebook = programme::load_rulebook(config.programmes, config.calendar, config.lpr);
  if (!rulebook) std::ranges::move(rulebook.error(), std::back_inserter(errors));
  const adapters::SealKeyFolder seal_keys{.folder = config.seal_keys};
  auto partners = adapters::load_partners(config.partners, nullptr, &seal_keys);
  if (!partners) std::ranges::move(partners.error(), std::back_inserter(errors));
  net::PushTargets targets;
  if (partners) {
    if (instead) *partners = std::move(*partners).with(*std::move(instead));
    warn_of_expired_leniencies(*partners);
    targets = push_targets(config, *partners, errors);
  }
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return ops::Candidate{.rulebook = *std::move(rulebook),
                        .rulebook_version = rulebook_version(config),
                        .partners = *std::move(partners),
                        .push_targets = std::move(targets),
                        .others = [] {}};
}

std::expected<Loaded, ConfigErrors> load(const Config& config) {
  ConfigErrors errors;
  auto candidate = read_candidate(config, std::nullopt);
  if (!candidate) std::ranges::move(candidate.error(), std::back_inserter(errors));
  std::unique_ptr<net::IdentityBook> identities;
  take(identities, net::IdentityBook::open(config.identities), errors);
  std::unique_ptr<net::TlsSource> tls;
  take(tls,
       net::TlsSource::open({config.server_certificate, config.server_key, config.client_ca, config.crl}),
       errors);
  std::unique_ptr<ops::CredentialFile> credentials;
  take(credentials, ops::CredentialFile::open(config.data / ops::credentials_file), errors);
  if (!errors.empty()) return std::unexpected(std::move(errors));
  auto configuration = std::make_shared<const net::Configuration>(
      std::move(candidate->partners), std::move(candidate->push_targets), nullptr);
  return Loaded{std::make_unique<programme::RulebookInForce>(std::move(candidate->rulebook)),
                candidate->rulebook_version,
                std::make_unique<net::ConfigurationInForce>(std::move(configuration)),
                std::move(identities),
                std::move(tls),
                std::move(credentials)};
}

/// What a reload cannot change: that needs a restart.
ConfigErrors changed_for_good(const Config& before, const Config& now) {
  ConfigErrors errors;
  const auto same = [&](bool unchanged, std::string_view what) {
    if (!unchanged) {
      errors.push_back(
          {"gateway.yaml", 0,
           fmt::format("{} has changed, which takes a restart: restart, or write it as it was", what)});
    }
  };
  const auto same_port = [](const Listen& a, const Listen& b) {
    return a.address == b.address && a.port == b.port;
  };
  same(same_port(before.partners_port, now.partners_port), "listen.partners");
  same(same_port(before.operations_port, now.operations_port), "listen.operations");
  same(before.threads == now.threads, "threads");
  same(before.low_water_bytes == now.low_water_bytes, "store.low_water_mib");
  same(before.first_retry_ms == now.first_retry_ms && before.longest_retry_ms == now.longest_retry_ms,
       "delivery");
  same(before.identities == now.identities, "identities");
  same(before.retention == now.retention, "retention");
  same(before.backup_folder == now.backup_folder && before.backup_encrypt_to == now.backup_encrypt_to,
       "backup");
  same(before.alert_bounds == now.alert_bounds && before.alert_targets == now.alert_targets &&
           before.alerts_look_seconds == now.alerts_look_seconds,
       "alerts");
  same(before.server_certificate == now.server_certificate && before.server_key == now.server_key &&
           before.client_ca == now.client_ca && before.crl == now.crl,
       "a path under tls");
  return errors;
}

tcp::endpoint endpoint(const Listen& listen) {
  return {boost::asio::ip::make_address(listen.address), listen.port};
}

/// Business time at the start: never before what is already in the record.
Instant begins(const GatewayOptions& options, const store::Store& store) {
  if (!options.demo_clock) return real_now();
  const auto last = store.entry(store.last_sequence());
  return last ? std::max(*options.demo_clock, last->entry.received) : *options.demo_clock;
}

/// Has a partner's file judged as the same file by POST /v1/batches would be.
boost::asio::awaitable<std::expected<net::JudgedFile, std::string>> judge_file(
    intake::Batches& batches, std::shared_ptr<const adapters::Profile> profile, std::filesystem::path file,
    Instant complete) {
  const intake::BatchResult result = co_await batches.take(std::move(profile), std::move(file), complete);
  if (result.failed_for_now()) co_return std::unexpected("the store takes no work now, or the gateway stops");
  co_return net::JudgedFile{.return_file = result.return_file,
                            .receipt = result.receipt,
                            .outcome = result.refused() ? "refused" : "judged"};
}

unsigned cores(unsigned wanted) {
  return wanted != 0 ? wanted : std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace

struct Gateway::Parts {
  Parts(const Config& given, const GatewayOptions& options, Loaded files, std::unique_ptr<ops::Tally> counts,
        std::unique_ptr<store::Store> opened)
      : config(given),
        read_again(options.read_again),
        loaded(std::move(files)),
        tally(std::move(counts)),
        store(std::move(opened)),
        search(options.search ? std::make_unique<store::SearchIndex>(config.data / "search.db", *store)
                              : nullptr),
        clock(begins(options, *store)),
        committer(*store),
        serving(cores(config.threads)),
        sending(1),
        filing(1),
        carrier(*sending.contexts().front(), *loaded.configuration, traces),
        pump(*sending.contexts().front(), *store, committer, profiles(), carrier,
             {.backoff = {.first = std::chrono::milliseconds(config.first_retry_ms),
                          .longest = std::chrono::milliseconds(config.longest_retry_ms)},
              .breaker = {}}),
        mailbox(*store, committer, profiles(), {}),
        // An outage is measured in real time; a clock that can be set judges reports by another time, on
        // which it would mean nothing.
        sign_of_life(options.demo_clock ? nullptr
                                        : std::make_unique<SignOfLife>(*sending.contexts().front(),
                                                                       config.data / "sign-of-life", *store,
                                                                       committer, *loaded.rulebook)),
        day_round(*store, committer, *loaded.rulebook, clock, on_outgoing()),
        batches(
            config.data / "batches", *store, committer, *loaded.rulebook,
            [this](const PartnerId& id) {
              auto partners = loaded.configuration->partners();
              const auto* profile = partners->find(id);
              return std::shared_ptr<const adapters::Profile>(std::move(partners), profile);
            },
            on_outgoing()),
        file_transport(*filing.contexts().front(),
                       {.root = config.files,
                        .profiles = profiles(),
                        .rulebook = *loaded.rulebook,
                        .clock = clock,
                        .judge =
                            [this](std::shared_ptr<const adapters::Profile> profile,
                                   std::filesystem::path file, Instant complete) {
                              return judge_file(batches, std::move(profile), std::move(file), complete);
                            }}),
        partner_service(*loaded.configuration, *loaded.identities, *loaded.rulebook, *store, committer,
                        mailbox, batches, maintenance, on_outgoing(), traces),
        configuring{.in_force = *loaded.configuration,
                    .read = [this](auto instead) { return read(std::move(instead)); },
                    .on_changed = [this] { go_by_new_configuration(); },
                    .files = files_thread},
        messenger(config.alert_targets, config.data / "alerts", store->last_sequence()),
        flow({.store = *store,
              .tally = *tally,
              .profiles = profiles(),
              .unreachable = [this] { return pump.unreachable(); },
              .alerts_open =
                  [this] {
                    std::size_t sum = 0;
                    for (const auto& [rule, count] : watch.open()) sum += count;
                    return sum;
                  },
              .bounds = config.alert_bounds.flow}),
        record_check(*store, profiles()),
        watch({.store = *store,
               .committer = committer,
               .rulebook = *loaded.rulebook,
               .clock = clock,
               .flow = flow,
               .messenger = messenger,
               .data = config.data,
               .files = [this] { return file_transport.state(); },
               .certificates =
                   [this] {
                     return ops::alerts::certificates({.server = config.server_certificate,
                                                       .own_client = config.own_certificate,
                                                       .client_ca = config.client_ca,
                                                       .push_ca = config.push_ca,
                                                       .crl = config.crl},
                                                      *loaded.identities->current(), real_now());
                   },
               .evidence = [this] { return record_check.standing(); },
               .bounds = config.alert_bounds,
               .every = std::chrono::seconds(config.alerts_look_seconds)}),
        metrics({.flow = flow,
                 .configuration = *loaded.configuration,
                 .times = partner_service.times(),
                 .data = config.data,
                 .version = std::string(version),
                 .connections =
                     [this] {
                       return std::vector<ops::Metrics::Labelled>{
                           {"partners", static_cast<double>(partner_server.connections())},
                           {"operations", static_cast<double>(ops_server.connections())}};
                     },
                 .alerts =
                     [this] {
                       std::vector<ops::Metrics::Labelled> counts;
                       for (const auto& [rule, count] : watch.open())
                         counts.push_back(
                             {std::string(ops::alerts::spec_of(rule).name), static_cast<double>(count)});
                       return counts;
                     },
                 .certificates =
                     [this] {
                       std::vector<ops::Metrics::Labelled> ends;
                       for (const auto& each : watch.certificates())
                         ends.push_back({each.use, static_cast<double>(each.not_after.micros) / 1e6});
                       return ends;
                     }}),
        backups(*store, [this](bool with_keys) { return backup_plan(config, with_keys); }),
        installation{.compiler = std::string(compiler),
                     .started = real_now(),
                     .data = config.data,
                     .gateway_yaml = config.folder / "gateway.yaml",
                     .files = config.files,
                     .backup_folder = config.backup_folder,
                     .low_water_bytes = config.low_water_bytes,
                     .limits = {{"store.low_water_mib", config.low_water_bytes, "bytes"},
                                {"delivery.first_retry_ms", config.first_retry_ms, "milliseconds"},
                                {"delivery.longest_retry_ms", config.longest_retry_ms, "milliseconds"},
                                {"threads", cores(config.threads), "threads"}},
                     .backups = backups,
                     .record_check = &record_check},
        retention({.store = *store,
                   .committer = committer,
                   .rulebook = *loaded.rulebook,
                   .clock = clock,
                   .data = config.data,
                   .limits = config.retention,
                   .on_removed =
                       [this] {
                         if (search) search->rebuild();
                       }}),
        operations{.store = *store,
                   .committer = committer,
                   .rulebook = *loaded.rulebook,
                   .identities = *loaded.identities,
                   .clock = clock,
                   .demo_clock = options.demo_clock.has_value(),
                   .version = std::string(version),
                   .on_outgoing = on_outgoing(),
                   .on_released =
                       [this](const PartnerId& partner) {
                         pump.released(partner);
                         mailbox.wake(partner);
                       },
                   .checks = {{"files", [this] { return file_transport.usable(); }}},
                   .data_files = {.calendar = config.calendar, .lpr = config.lpr},
                   .on_clock_set = [this] { return bring_the_day(); },
                   .configuring = &configuring,
                   .on_replay = [this] { replay_work.look_again(); },
                   .maintenance = &maintenance,
                   .files = [this] { return file_transport.state(); },
                   .credentials = loaded.credentials.get(),
                   .flow = &flow,
                   .metrics = &metrics,
                   .installation = &installation,
                   .retention = &retention,
                   .searching = search ? std::optional(ops::Operations::Searching{*search, search_threads})
                                       : std::nullopt},
        replay_work(operations),
        ops_service(operations),
        partner_server(serving.contexts(), endpoint(config.partners_port), *loaded.tls, {}, clock,
                       partner_service),
        ops_server(serving.contexts(), endpoint(config.operations_port), *loaded.tls, {}, clock, ops_service,
                   net::ClientCertificate::optional) {
    // Before anything is judged: by what, and since when.
    wait_for(*sending.contexts().front(), ops::record_start(committer, *store, loaded.rulebook_version,
                                                            loaded.configuration->partners(), clock.now()));
    maintenance.look(*store);
    pump.start();
    replay_work.keep_going(*filing.contexts().front());
    // Data that a filing was held for may have been loaded since (settled 8).
    intake::decide_held_again(*store, committer, *loaded.rulebook, clock.now(), on_outgoing());
    // A clock that is set brings its days when it is set.
    if (!options.demo_clock) day_round.keep_going(*sending.contexts().front());
    file_transport.start();
    watch.keep_looking(*filing.contexts().front());
    retention.keep_going();
  }

  /// What the day brings to which the clock was set: its round, on the one thread of rounds, and what files
  /// are missing by then.
  boost::asio::awaitable<void> bring_the_day() {
    co_await boost::asio::co_spawn(*sending.contexts().front(), day_round.go(), boost::asio::use_awaitable);
    co_await boost::asio::co_spawn(*filing.contexts().front(), look_at_files(), boost::asio::use_awaitable);
  }
  boost::asio::awaitable<void> look_at_files() {
    file_transport.look();
    co_return;
  }

  delivery::ProfilesInForce profiles() {
    return [&configuration = *loaded.configuration] { return configuration.partners(); };
  }
  /// What a reload reads. All mistakes at once.
  std::expected<ops::Candidate, ConfigErrors> read(std::optional<adapters::Profile> instead) const {
    ConfigErrors errors;
    Config now = config;
    if (read_again) {
      if (take(now, read_again(), errors))
        std::ranges::move(changed_for_good(config, now), std::back_inserter(errors));
    }
    auto candidate = read_candidate(now, std::move(instead));
    if (!candidate) std::ranges::move(candidate.error(), std::back_inserter(errors));
    auto tls = loaded.tls->renewal();
    if (!tls) std::ranges::move(tls.error(), std::back_inserter(errors));
    auto identities = loaded.identities->renewal();
    if (!identities) std::ranges::move(identities.error(), std::back_inserter(errors));
    if (!errors.empty()) return std::unexpected(std::move(errors));
    candidate->others = [this, tls = *std::move(tls), identities = *std::move(identities)] {
      loaded.tls->replace(tls);
      loaded.identities->replace(identities);
    };
    return candidate;
  }
  /// Who waits for messages finds what the new configuration has for him.
  void go_by_new_configuration() {
    for (const auto& profile : loaded.configuration->partners()->all()) {
      pump.released(profile->id);
      mailbox.wake(profile->id);
    }
  }
  std::function<void(const PartnerId&)> on_outgoing() {
    return [this](const PartnerId& partner) {
      pump.wake(partner);
      mailbox.wake(partner);
    };
  }

  const Config config;
  const std::function<std::expected<Config, ConfigErrors>()> read_again;
  Loaded loaded;
  std::unique_ptr<ops::Tally> tally;  // before the store, which tells it of every commit
  std::unique_ptr<store::Store> store;
  std::unique_ptr<store::SearchIndex> search;  // after the store that it follows
  BusinessClock clock;
  store::Committer committer;
  net::Cores serving;
  net::Cores sending;
  net::Cores filing;
  net::TraceBook traces;
  net::PartnerPush carrier;
  delivery::Pump pump;
  delivery::Mailbox mailbox;
  std::unique_ptr<SignOfLife> sign_of_life;  // before the servers: what it finds is on record first
  DayRound day_round;
  intake::Batches batches;
  net::FileTransport file_transport;
  net::Maintenance maintenance;
  net::PartnerService partner_service;
  boost::asio::thread_pool files_thread{1};
  boost::asio::thread_pool search_threads{1};
  const ops::Configuring configuring;
  ops::alerts::Messenger messenger;
  const ops::Flow flow;
  const ops::RecordCheck record_check;
  ops::alerts::Watch watch;
  const ops::Metrics metrics;
  ops::Backups backups;
  const ops::Installation installation;
  ops::Retention retention;
  const ops::Operations operations;
  ops::ReplayWork replay_work;
  ops::OpsService ops_service;
  net::Server partner_server;
  net::Server ops_server;
};

Gateway::Gateway(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Gateway::~Gateway() {
  stop();
}

std::expected<std::unique_ptr<Gateway>, ConfigErrors> Gateway::start(const Config& config,
                                                                     GatewayOptions options) {
  auto loaded = load(config);
  if (!loaded) return std::unexpected(loaded.error());
  std::error_code ec;
  std::filesystem::create_directories(config.data, ec);
  auto tally = std::make_unique<ops::Tally>();
  auto store =
      store::open_sqlite(config.data, {.low_water_bytes = config.low_water_bytes, .witness = tally.get()});
  if (!store) return std::unexpected(ConfigErrors{{config.data.string(), 0, store.error()}});
  const auto restored = ops::restore_files(**store, *loaded->configuration->partners());
  if (!restored) return std::unexpected(restored.error());
  if (*restored) loaded = load(config);
  if (!loaded) return std::unexpected(loaded.error());
  tally->recall(**store);
  try {
    return std::unique_ptr<Gateway>(new Gateway(
        std::make_unique<Parts>(config, options, *std::move(loaded), std::move(tally), *std::move(store))));
  } catch (const std::system_error& e) {
    return std::unexpected(ConfigErrors{
        {"gateway.yaml", 0,
         fmt::format("listen: {}: see that both addresses are this machine's and free", e.what())}});
  }
}

std::uint16_t Gateway::partners_port() const {
  return parts_->partner_server.port();
}
std::uint16_t Gateway::operations_port() const {
  return parts_->ops_server.port();
}

std::vector<std::string> Gateway::reload() {
  const auto once = [&] {
    const intake::Hand itself{intake::gateway_itself, parts_->clock.now()};
    return wait_for(*parts_->sending.contexts().front(), ops::reload(parts_->operations, itself));
  };
  ops::Reply reply = once();
  while (!reply && reply.error().code == ops::change_under_way().code) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    reply = once();
  }
  std::vector<std::string> mistakes;
  if (reply) return mistakes;
  for (const ops::Fault& fault : reply.error().errors)
    mistakes.push_back(fmt::format("{}: {}", fault.pointer, fault.detail.en));
  if (mistakes.empty()) mistakes.push_back(reply.error().detail.en);
  return mistakes;
}

void Gateway::on_writers_turn(std::function<void()> then) {
  parts_->committer.submit([](const store::View&, Sequence) { return store::Writes{}; },
                           [then = std::move(then)](const store::Committed&) { then(); });
}

void Gateway::stop() {
  if (!parts_) return;
  parts_->partner_server.stop();
  parts_->ops_server.stop();
  parts_->pump.stop();
  parts_->batches.stop();
  parts_->partner_server.wait();
  parts_->ops_server.wait();
  parts_->filing.stop();
  parts_->pump.wait();
  parts_->committer.stop();
  parts_.reset();
}

}  // namespace loangate::app
