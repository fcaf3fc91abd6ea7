#include "port.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <future>

#include "base/json_writer.hpp"

namespace loangate::ops::testing {
namespace {

namespace fs = std::filesystem;

/// One person for each role, and one with two.
constexpr std::string_view persons =
    "officer-li=officer approver-wang=approver operator-zhao=operator bureau=system viewer-he=viewer "
    "auditor-sun=auditor administrator-qian=administrator both-chen=officer,approver";

fs::path made_pki() {
  const fs::path dir = fs::path(LOANGATE_BINARY_DIR) / "test-pki-ops";
  const fs::path made = dir / "made";
  std::string made_for;
  std::getline(std::ifstream(made), made_for);
  if (made_for == persons &&
      fs::file_time_type::clock::now() - fs::last_write_time(made) < std::chrono::hours(12)) {
    return dir;
  }
  // The script locks, keeps what is good and makes the rest: it may run in several tests at once.
  const std::string command =
      fmt::format("'{}/certs/make-dev-pki.sh' '{}' --senders bank01 --persons '{}' > '{}.log' 2>&1",
                  LOANGATE_SOURCE_DIR, dir.string(), persons, dir.string());
  if (std::system(command.c_str()) != 0)
    throw std::runtime_error("make-dev-pki.sh failed, see " + dir.string() + ".log");
  std::ofstream(made) << persons << '\n';
  return dir;
}

Told taken_apart(const std::expected<net::Response, std::string>& response) {
  if (!response) {
    ADD_FAILURE() << "no answer: " << response.error();
    return {};
  }
  return {.status = response->status,
          .request_id = std::string(response->header("X-Request-Id")),
          .content_type = response->content_type.empty() ? std::string(response->header("Content-Type"))
                                                         : response->content_type,
          .body = response->body,
          .headers = response->headers};
}

}  // namespace

const fs::path& pki() {
  static const fs::path dir = made_pki();
  return dir;
}

std::string Told::header(std::string_view name) const {
  for (const auto& [known, value] : headers) {
    if (net::same_token(known, name)) return value;
  }
  return {};
}

std::string Told::operator[](std::string_view path) const {
  JsonDocument document;
  if (!document.read(body, {.max_bytes = 8u << 20, .max_nodes = 500'000})) return {};
  const JsonNode* node = &document.root();
  while (node != nullptr && !path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(part.size() + 1, path.size()));
    if (node->kind == JsonNode::Kind::array) {
      std::size_t index = std::stoul(std::string(part));
      node = document.first(*node);
      while (node != nullptr && index-- > 0) node = document.next(*node);
    } else {
      node = document.member(*node, part);
    }
  }
  return node == nullptr ? std::string() : std::string(node->text);
}

Port::Port(PortOptions options)
    : rulebook_(intake::testing::rulebook()),
      identities_(net::IdentityBook::open(pki() / "identities.yaml").value()),
      tls_(net::TlsSource::open({.certificate = pki() / "server.pem",
                                 .key = pki() / "server.key",
                                 .client_ca = pki() / "ca.pem",
                                 .crl = pki() / "crl.pem"})
               .value()),
      credentials_(CredentialFile::open(folder_.path() / credentials_file).value()),
      store_(store::open_sqlite(folder_.path(), {.low_water_bytes = 0, .witness = &tally_}).value()),
      search_(std::make_unique<store::SearchIndex>(folder_.path() / "search.db", *store_)),
      committer_(std::make_unique<store::Committer>(*store_)),
      cores_(std::make_unique<net::Cores>(2)) {
  const auto note = [this](std::vector<PartnerId>& list) {
    return [this, &list](const PartnerId& partner) {
      const std::lock_guard lock(mutex_);
      list.push_back(partner);
    };
  };
  const fs::path config = fs::path(LOANGATE_SOURCE_DIR) / "config";
  for (const char* file : {"calendar.yaml", "lpr.yaml"}) fs::copy_file(config / file, folder_.path() / file);
  if (options.flow) {
    std::vector<std::unique_ptr<const adapters::Profile>> profiles;
    for (const char* id : {"bank07", "sxbph"}) {
      const auto file = fs::path(LOANGATE_SOURCE_DIR) / "adapters" / "partners" / id / "profile.yaml";
      profiles.push_back(std::make_unique<const adapters::Profile>(adapters::load_profile(file).value()));
    }
    configuration_ = std::make_unique<net::ConfigurationInForce>(std::make_shared<const net::Configuration>(
        adapters::Partners(std::move(profiles)), net::PushTargets{}, nullptr));
    flow_ = std::make_unique<Flow>(Flow::Parts{.store = *store_,
                                               .tally = tally_,
                                               .profiles = [this] { return configuration_->partners(); },
                                               .unreachable = {},
                                               .alerts_open = {},
                                               .bounds = options.flow_bounds});
    metrics_ = std::make_unique<Metrics>(Metrics::Parts{.flow = *flow_,
                                                        .configuration = *configuration_,
                                                        .times = times_,
                                                        .data = folder_.path(),
                                                        .version = "1.2.3"});
  }
  retention_ = std::make_unique<Retention>(Retention::Parts{.store = *store_,
                                                            .committer = *committer_,
                                                            .rulebook = rulebook_,
                                                            .clock = clock_,
                                                            .data = folder_.path(),
                                                            .limits = std::move(options.retention),
                                                            .on_removed = [this] { search_->rebuild(); }});
  operations_.emplace(Operations{
      .store = *store_,
      .committer = *committer_,
      .rulebook = rulebook_,
      .identities = *identities_,
      .clock = clock_,
      .demo_clock = options.demo_clock,
      .version = "1.2.3",
      .on_outgoing = note(told_),
      .on_released = note(released_),
      .checks = std::move(options.checks),
      .data_files = {.calendar = folder_.path() / "calendar.yaml", .lpr = folder_.path() / "lpr.yaml"},
      .files = std::move(options.files),
      .credentials = credentials_.get(),
      .sessions = options.sessions,
      .flow = flow_.get(),
      .metrics = metrics_.get(),
      .retention = retention_.get(),
      .searching = Operations::Searching{*search_, search_threads_}});
  service_ = std::make_unique<OpsService>(*operations_);
  const boost::asio::ip::tcp::endpoint any(boost::asio::ip::address_v4::loopback(), 0);
  server_ = std::make_unique<net::Server>(cores_->contexts(), any, *tls_, net::Limits{}, clock_, *service_,
                                          net::ClientCertificate::optional);
}

void Port::indexed() {
  EXPECT_TRUE(search_->wait_for(store_->last_sequence(), std::chrono::seconds(20)));
}

Port::~Port() {
  stop();
  committer_->stop();
}

void Port::stop() {
  server_->stop();
  server_->wait();
}

Access Port::access(std::string_view person) const {
  const std::string name(person);
  const fs::path pair = pki() / (name.contains('/') ? name : "persons/" + name);
  return {.url = fmt::format("https://127.0.0.1:{}", server_->port()),
          .certificate = pair.string() + ".pem",
          .key = pair.string() + ".key",
          .ca = pki() / "ca.pem"};
}

Told Port::call(std::string_view person, std::string_view method, const std::string& target,
                std::string body) {
  auto client = Client::open(access(person)).value();
  return taken_apart(client.call(method, target, std::move(body)));
}

void Port::gives_password(std::string_view person) {
  static const std::string hash = hash_password(password_of_all);
  const auto kept = credentials_->change([&](Credentials& credentials) {
    credentials[std::string(person)] = {.password = hash, .second_factor = std::string(secret_of_all)};
    return true;
  });
  if (!kept) throw std::runtime_error(kept.error());
}

Browser::Browser(const Port& port)
    : client_([&] {
        Access access = port.access("officer-li");
        access.certificate.clear();
        access.key.clear();
        return Client::open(access).value();
      }()) {}

Told Browser::call(std::string_view method, const std::string& target, std::string body, Headers headers) {
  if (!cookie.empty()) headers.emplace_back("Cookie", cookie);
  if (!csrf.empty() && method != "GET") headers.emplace_back("X-CSRF-Token", csrf);
  Told answer = taken_apart(
      client_.call(method, target, std::move(body), std::chrono::seconds(60), std::move(headers)));
  if (const std::string set = answer.header("Set-Cookie"); !set.empty())
    cookie = set.substr(0, set.find(';'));
  if (const std::string token = answer["csrf_token"]; !token.empty()) csrf = token;
  return answer;
}

Told Browser::signs_in(std::string_view person, std::string_view password, std::string code) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().member("name", person).member("password", password);
  if (!code.empty()) json.member("code", std::string_view(code));
  json.end_object();
  return post("/v1/session", std::move(body));
}

Browser& Browser::as(std::string_view person) {
  const Told told = signs_in(person, password_of_all, code_of(secret_of_all, real_now()));
  if (told.status != 200) ADD_FAILURE() << person << " cannot sign in: " << told.body;
  return *this;
}

Sequence Port::commits(store::Unit unit) {
  std::promise<store::Committed> promise;
  auto fate = promise.get_future();
  committer_->submit(std::move(unit),
                     [&](store::Committed committed) { promise.set_value(std::move(committed)); });
  const store::Committed committed = fate.get();
  EXPECT_TRUE(committed.has_value());
  return committed->value_or(Sequence{});
}

std::vector<PartnerId> Port::told() {
  const std::lock_guard lock(mutex_);
  return told_;
}

std::vector<PartnerId> Port::released() {
  const std::lock_guard lock(mutex_);
  return released_;
}

}  // namespace loangate::ops::testing
