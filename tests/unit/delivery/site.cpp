#include "tests/unit/delivery/site.hpp"

#include <fmt/format.h>

#include <future>
#include <thread>

#include "app/pki.hpp"
#include "net/tls.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace loangate::delivery::testing {

using namespace std::chrono_literals;

namespace {

constexpr std::string_view ids[] = {"phrcb", "fund", "jxguar", "bank04", "bank07", "sxbph"};

adapters::Partners load_partners() {
  std::vector<std::unique_ptr<const adapters::Profile>> profiles;
  for (const auto id : ids) {
    const auto file =
        std::filesystem::path(LOANGATE_SOURCE_DIR) / "adapters" / "partners" / id / "profile.yaml";
    auto profile = adapters::load_profile(file);
    if (!profile) throw std::runtime_error(profile.error().front().text());
    profiles.push_back(std::make_unique<const adapters::Profile>(std::move(*profile)));
  }
  return adapters::Partners(std::move(profiles));
}

std::shared_ptr<const adapters::Partners> load() {
  return std::make_shared<const adapters::Partners>(load_partners());
}

/// Made once for a build; after some days what is there and still good is kept.
std::filesystem::path pki(const adapters::Partners& partners) {
  const auto data = std::filesystem::path(LOANGATE_BINARY_DIR) / "delivery-test-pki";
  std::error_code none;
  const auto made_at = std::filesystem::last_write_time(data / "identities.yaml", none);
  const bool all_there = std::ranges::all_of(
      ids, [&](std::string_view id) { return exists(data / "pki" / "senders" / fmt::format("{}.pem", id)); });
  if (!none && all_there && std::filesystem::file_time_type::clock::now() - made_at < 72h) return data;
  const auto script = std::filesystem::path(LOANGATE_SOURCE_DIR) / "certs" / "make-dev-pki.sh";
  if (const auto made = app::make_dev_pki(script, data, partners); !made) {
    throw std::runtime_error(made.error().front().text());
  }
  return data;
}

template <class T>
T value(std::expected<T, ConfigErrors> made) {
  if (!made) throw std::runtime_error(made.error().front().text());
  return *std::move(made);
}

/// The partners, on a thread of their own.
struct Others {
  explicit Others(const adapters::Partners& partners)
      : data(pki(partners)),
        peers(value(simulate::Peers::open(*cores.contexts().front(), partners, clock,
                                          {.pki = data / "pki", .identities = data / "identities.yaml"}))) {}
  ~Others() { peers->stop(); }

  std::filesystem::path data;
  BusinessClock clock;
  net::Cores cores{1};
  std::unique_ptr<simulate::Peers> peers;
};

net::PushTargets targets(const Others& others, simulate::Peers& peers, const adapters::Partners& partners,
                         std::chrono::milliseconds within) {
  net::PushTargets found;
  const auto tls = value(net::make_client_context({.certificate = others.data / "pki" / "gateway-client.pem",
                                                   .key = others.data / "pki" / "gateway-client.key",
                                                   .ca = others.data / "pki" / "ca.pem",
                                                   .pins = {}}));
  for (const auto& [id, port] : peers.ports()) {
    const auto url = net::parse_https_url(partners.find(id)->push()->url).value();
    found.emplace(id,
                  net::PushTarget{
                      .endpoint = {.host = "127.0.0.1", .port = port, .server_name = id.string(), .tls = tls},
                      .target = url.target,
                      .within = within});
  }
  return found;
}

}  // namespace

PartnerId partner(std::string_view id) {
  return PartnerId::parse(id).value();
}

struct Site::World {
  explicit World(const adapters::Partners& partners) : others(partners) {}
  Others others;
  std::optional<net::ConfigurationInForce> configuration;
  net::TraceBook traces;
  std::unique_ptr<net::PartnerPush> carrier;
};

Site::Site(store::Witness* witness) : partners(load()), world_(std::make_unique<World>(*partners)) {
  auto opened = store::open_sqlite(folder.path(), {.witness = witness});
  if (!opened) throw std::runtime_error(opened.error());
  store = std::move(*opened);
  committer = std::make_unique<store::Committer>(*store);
  mailbox.emplace(*store, *committer, [this] { return partners; }, MailboxBounds{.polls_per_partner = 2});
}

Site::~Site() {
  mailbox->stop();
  stop();
  committer->stop();
  cores.stop();
}

PumpBounds Site::quick() {
  return {.backoff = {.first = 20ms, .longest = 100ms},
          .breaker = {.failures = 4, .pause = 100ms},
          .in_flight = 8,
          .window = 50,
          .most_unclear = 3};
}

void Site::start(PumpBounds bounds, std::chrono::milliseconds within) {
  auto& context = *cores.contexts().front();
  auto& peers = *world_->others.peers;
  auto to = targets(world_->others, peers, *partners, within);
  if (dead_) to.at(*dead_).endpoint.port = 1;
  world_->configuration.emplace(
      std::make_shared<const net::Configuration>(load_partners(), std::move(to), nullptr));
  world_->carrier = std::make_unique<net::PartnerPush>(context, *world_->configuration, world_->traces);
  pump.emplace(context, *store, *committer, [this] { return partners; }, *world_->carrier, bounds);
  pump->start();
}

void Site::stop() {
  if (!pump) return;
  pump->stop();
  pump->wait();
  pump.reset();
  // The carrier's connections end on the context's thread.
  app::wait_for(*cores.contexts().front(), [](Site* site) -> boost::asio::awaitable<bool> {
    site->world_->carrier.reset();
    co_return true;
  }(this));
}

DeliveryId Site::put(Outgoing outgoing) {
  const PartnerId to = outgoing.to;
  auto shared = std::make_shared<Outgoing>(std::move(outgoing));
  std::promise<Sequence> committed;
  const auto number = ++entries_;
  committer->submit(
      [shared, number](const store::View&, Sequence) {
        store::Writes writes;
        writes.entry = store::sample::entry(partner("sxbph"), store::sample::message_id(number));
        writes.outgoing.push_back({shared->to, shared->kind, shared->lane, std::move(shared->message)});
        return writes;
      },
      [&](store::Committed done) { committed.set_value(done.value().value()); });
  const DeliveryId id{committed.get_future().get().number * 100 + 1};
  if (pump) pump->wake(to);
  mailbox->wake(to);
  return id;
}

DeliveryId Site::put_notice(const PartnerId& to, unsigned company, std::string_view name) {
  Outgoing notice = store::sample::default_notice(store::sample::uscc(company), to);
  notice.message.set_text(DefaultNotice::field::company_name, name);
  return put(std::move(notice));
}

DeliveryId Site::put_instruction(const PartnerId& to, unsigned loan, std::string_view company) {
  CompensationInstruction instruction{
      .delivery_id = 0,
      .instruction_no = InstructionNo::parse(fmt::format("C{:09}-{}", loan, to.view())).value(),
      .case_no = CaseNo::parse(fmt::format("C{:09}", loan)).value(),
      .role = to.view() == "fund" ? PayerRole::fund : PayerRole::guarantor,
      .bank_name = "平湖农商银行",
      .loan_no = LoanNo::parse(fmt::format("KC{}", loan)).value(),
      .company_uscc = store::sample::uscc(loan),
      .company_name = std::string(company),
      .loss = Fen::yuan(300'000),
      .amount = Fen::yuan(180'000),
      .payee_name = "平湖农商银行",
      .payee_account = "201000012345",
      .payee_bank_code = BankCode::parse("402335040017").value(),
      .decided_on = *parse_date("2023-09-12"),
      .pay_by = *parse_date("2023-11-11"),
      .meeting_no = "2023年第一次会议"};
  Record message = instruction.record();
  message.clear(CompensationInstruction::field::delivery_id);
  return put({.to = to,
              .kind = MessageKind::compensation_instruction,
              .lane = {store::sample::loan_ref(1, loan)},
              .message = std::move(message)});
}

std::optional<ReleaseFault> Site::release(DeliveryId id, bool resend) {
  std::promise<std::optional<ReleaseFault>> done;
  auto fault = std::make_shared<std::optional<ReleaseFault>>();
  committer->submit(
      [=](const store::View& view, Sequence) {
        store::Writes writes{.entry = store::sample::act("operator-zhao")};
        auto change = delivery::release(view, id, resend, "reason of the operator", real_now());
        if (change) {
          writes.deliveries.push_back(*change);
        } else {
          *fault = change.error();
        }
        return writes;
      },
      [&](const store::Committed&) { done.set_value(*fault); });
  const auto result = done.get_future().get();
  if (const auto released = store->delivery(id)) {
    if (pump) pump->released(released->to);
    mailbox->wake(released->to);
  }
  return result;
}

namespace {
template <class Work>
auto on_partners(simulate::Peers& peers, net::Cores& cores, Work work) {
  using Result = decltype(work(peers));
  return app::wait_for(*cores.contexts().front(),
                       [](simulate::Peers* p, Work w) -> boost::asio::awaitable<Result> { co_return w(*p); }(
                                                          &peers, std::move(work)));
}
}  // namespace

void Site::order(const PartnerId& to, Mood mood) {
  on_partners(*world_->others.peers, world_->others.cores, [=](simulate::Peers& peers) {
    peers.at(to).endpoint()->order(mood);
    return true;
  });
}

std::vector<DeliveryId> Site::came(const PartnerId& to) {
  return on_partners(*world_->others.peers, world_->others.cores,
                     [=](simulate::Peers& peers) { return peers.at(to).inbox().arrivals(); });
}

unsigned Site::times(const PartnerId& to, DeliveryId id) {
  return on_partners(*world_->others.peers, world_->others.cores, [=](simulate::Peers& peers) {
    const auto& items = peers.at(to).inbox().items();
    const auto at = items.find(id);
    return at == items.end() ? 0u : at->second.times;
  });
}

std::size_t Site::calls(const PartnerId& to) {
  return on_partners(*world_->others.peers, world_->others.cores,
                     [=](simulate::Peers& peers) { return peers.at(to).endpoint()->calls(); });
}

bool Site::becomes(DeliveryId id, DeliveryState state) const {
  return within_ten_seconds([&] { return row(id).state == state; });
}

bool Site::within_ten_seconds(const std::function<bool()>& condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

}  // namespace loangate::delivery::testing
