#include "bench/site.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>
#include <utility>

#include "base/json.hpp"
#include "domain/messages.hpp"

namespace loangate::bench {
namespace {

using std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr std::chrono::seconds start_patience{60};
constexpr std::size_t acts_a_call = 1000;

std::string joined(const ConfigErrors& errors) {
  std::string text;
  for (const ConfigError& error : errors) text += error.text() + "\n";
  return text;
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::expected<void, std::string> write_file(const fs::path& path, std::string_view text) {
  std::ofstream out(path);
  out << text;
  out.close();
  if (!out) return std::unexpected(fmt::format("cannot write {}", path.string()));
  return {};
}

/// A port that nobody has at this moment.
std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = ::bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(socket);
  return bound ? ntohs(address.sin_port) : 0;
}

/// The profile's text with another `limits`.
std::string without_rate_limit(const std::string& profile) {
  std::string text;
  bool in_limits = false;
  std::istringstream lines(profile);
  for (std::string line; std::getline(lines, line);) {
    const bool indented = line.empty() || line.front() == ' ' || line.front() == '#';
    in_limits = line.starts_with("limits:") || (in_limits && indented);
    if (!in_limits) text += line + "\n";
  }
  return text + "limits: {body_bytes: 65536, per_second: 100000}\n";
}

/// Whether each act of an answered array was carried out.
std::expected<void, std::string> all_done(const net::Response& answer, std::size_t count) {
  JsonDocument json;
  if (answer.status != 200 || !json.read(answer.body)) {
    return std::unexpected(fmt::format("operations port: {}: {}", answer.status, answer.body));
  }
  std::size_t done = 0;
  const JsonNode* results = json.member(json.root(), "results");
  for (const JsonNode* one = results == nullptr ? nullptr : json.first(*results); one != nullptr;
       one = json.next(*one)) {
    const JsonNode* status = json.member(*one, "status");
    if (status != nullptr && status->text == "200") ++done;
  }
  if (done == count) return {};
  return std::unexpected(fmt::format("operations port: {} of {} acts were carried out: {}", done, count,
                                     answer.body.substr(0, 1000)));
}

std::expected<void, std::string> enter(ops::Client& client, MessageKind kind,
                                       const std::vector<std::string>& acts) {
  for (std::size_t begin = 0; begin < acts.size(); begin += acts_a_call) {
    const std::size_t end = std::min(begin + acts_a_call, acts.size());
    const std::vector<std::string> part(acts.begin() + static_cast<std::ptrdiff_t>(begin),
                                        acts.begin() + static_cast<std::ptrdiff_t>(end));
    const auto answer = client.call("POST", fmt::format("/v1/acts/{}", spec_of(kind).name),
                                    fmt::format("[{}]", fmt::join(part, ",")));
    if (!answer) return std::unexpected(fmt::format("operations port: {}", answer.error()));
    if (auto done = all_done(*answer, part.size()); !done) return done;
  }
  return {};
}

}  // namespace

std::expected<Site, std::string> Site::make(SiteOptions options) {
  Site site(std::move(options));
  std::error_code ec;
  fs::remove_all(site.options_.folder, ec);
  fs::create_directories(site.scratch(), ec);
  if (ec) return std::unexpected(fmt::format("{}: {}", site.options_.folder.string(), ec.message()));
  site.partners_port_ = free_port();
  site.operations_port_ = free_port();
  if (auto made = site.make_pki(); !made) return std::unexpected(made.error());
  if (auto made = site.make_configuration(); !made) return std::unexpected(made.error());
  return site;
}

fs::path Site::log(std::string_view name) const {
  return options_.folder / fmt::format("{}.log", name);
}

std::expected<void, std::string> Site::make_pki() const {
  return run(
      {(options_.source / "certs/make-dev-pki.sh").string(), pki().string(), "--identities",
       (data() / "identities.yaml").string(), "--senders", fmt::format("{}", fmt::join(options_.banks, " "))},
      log("pki"));
}

std::expected<void, std::string> Site::make_configuration() {
  const fs::path config = options_.folder / "config";
  const fs::path partners = options_.folder / "partners";
  std::error_code ec;
  fs::copy(options_.source / "config", config, fs::copy_options::recursive, ec);
  if (!ec) fs::copy(options_.source / "adapters/partners", partners, fs::copy_options::recursive, ec);
  if (!ec) fs::copy(options_.source / "adapters/bases", options_.folder / "bases", ec);
  if (ec) return std::unexpected(fmt::format("copying the configuration: {}", ec.message()));
  for (const std::string& bank : options_.banks) {
    const fs::path profile = partners / bank / "profile.yaml";
    if (auto written = write_file(profile, without_rate_limit(read_file(profile))); !written) return written;
  }
  std::string text;
  std::istringstream lines(read_file(config / "gateway.yaml"));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("  partners: 127.")) line = fmt::format("  partners: 127.0.0.1:{}", partners_port_);
    if (line.starts_with("  operations: 127."))
      line = fmt::format("  operations: 127.0.0.1:{}", operations_port_);
    if (line.starts_with("partners:")) line = "partners: ../partners";
    text += line + "\n";
  }
  if (auto written = write_file(config / "gateway.yaml", text); !written) return written;

  auto loaded = adapters::load_partners(partners);
  if (!loaded) return std::unexpected(joined(loaded.error()));
  // Whom the bench does not play, it makes no keys for.
  for (const auto& profile : loaded->all()) {
    if (profile->sealing != nullptr) fs::remove_all(partners / profile->id.view(), ec);
  }
  partners_ = std::make_unique<adapters::Partners>(*std::move(loaded));
  return {};
}

std::expected<net::TlsContext, std::string> Site::client(const fs::path& pair) const {
  auto tls = net::make_client_context({.certificate = fs::path(pair).concat(".pem"),
                                       .key = fs::path(pair).concat(".key"),
                                       .ca = pki() / "ca.pem",
                                       .pins = {}});
  if (!tls) return std::unexpected(joined(tls.error()));
  return *std::move(tls);
}

std::expected<Target, std::string> Site::gateway_as(const adapters::Profile& bank) const {
  auto tls = client(pki() / "senders" / bank.id.view());
  if (!tls) return std::unexpected(tls.error());
  return Target{partners_port_, *std::move(tls)};
}

std::expected<void, std::string> Site::empty_store() {
  gateway_->kill();
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(data(), ec)) {
    if (entry.path().filename() == "pki" || entry.path().filename() == "identities.yaml") continue;
    fs::remove_all(entry.path(), ec);
    if (ec) break;
  }
  if (ec) return std::unexpected(fmt::format("{}: {}", data().string(), ec.message()));
  return {};
}

std::expected<double, std::string> Site::start_gateway(const adapters::Profile& bank, const Requests& first,
                                                       const std::vector<std::string>& more_arguments) {
  const auto target = gateway_as(bank);
  if (!target) return std::unexpected(target.error());
  const auto begun = steady_clock::now();
  std::vector<std::string> command{options_.gateway.string(),
                                   "serve",
                                   "--config",
                                   (options_.folder / "config").string(),
                                   "--data",
                                   data().string()};
  command.insert(command.end(), more_arguments.begin(), more_arguments.end());
  auto child = Child::start(command, log("gateway"));
  if (!child) return std::unexpected(child.error());
  gateway_ = std::make_unique<Child>(*std::move(child));
  std::string fault;
  while (gateway_->runs() && steady_clock::now() - begun < start_patience) {
    const auto answered = run_load(*target, first, {.connections = 1, .time = start_patience});
    if (answered) return std::chrono::duration<double, std::milli>(steady_clock::now() - begun).count();
    fault = answered.error();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return std::unexpected(
      fmt::format("the gateway does not answer ({}); its log is {}", fault, log("gateway").string()));
}

std::expected<ops::Client, std::string> Site::office(std::string_view person) const {
  const fs::path pair = pki() / "persons" / person;
  auto client = ops::Client::open({.url = fmt::format("https://127.0.0.1:{}", operations_port_),
                                   .certificate = fs::path(pair).concat(".pem"),
                                   .key = fs::path(pair).concat(".key"),
                                   .ca = pki() / "ca.pem"});
  if (!client) return std::unexpected(joined(client.error()));
  return *std::move(client);
}

std::expected<void, std::string> Site::stage(const std::vector<Borrower>& borrowers) const {
  auto client = office("bureau");
  if (!client) return std::unexpected(client.error());
  constexpr Date long_ago = Date::from_days(19'174);  // 2022-07-01: after the measures came into force
  std::vector<std::string> acts;
  for (const auto& profile : partners_->all()) {
    acts.push_back(canonical_json(InstitutionEntry{.institution = profile->id,
                                                   .role = profile->role,
                                                   .name_zh = profile->name_zh,
                                                   .name_en = profile->name_en,
                                                   .institution_code = profile->institution_code,
                                                   .sci_tech_branch = Answer::no,
                                                   .admitted_from = long_ago}
                                      .record()));
  }
  if (auto entered = enter(*client, MessageKind::institution_entry, acts); !entered) return entered;
  acts.clear();
  for (const Borrower& borrower : borrowers) {
    acts.push_back(canonical_json(CompanyEntry{.company_uscc = borrower.uscc,
                                               .company_name = borrower.name,
                                               .category = Category::high_tech,
                                               .document_no = "样例〔2022〕1号",
                                               .valid_from = long_ago}
                                      .record()));
  }
  return enter(*client, MessageKind::company_entry, acts);
}

std::expected<Target, std::string> Site::start_null(bool flush) {
  const std::uint16_t port = free_port();
  std::vector<std::string> command{options_.self.string(), "null-server", "--pki",
                                   pki().string(),         "--port",      std::to_string(port)};
  if (flush) command.insert(command.end(), {"--flush", (scratch() / "null-flush").string()});
  auto child = Child::start(command, log("null"));
  if (!child) return std::unexpected(child.error());
  null_servers_.push_back(std::make_unique<Child>(*std::move(child)));
  auto tls = client(pki() / "senders" / options_.banks.front());
  if (!tls) return std::unexpected(tls.error());
  Target target{port, *std::move(tls)};
  Requests probe;
  probe.add("/", "text/plain", "probe");
  const auto begun = steady_clock::now();
  std::string fault;
  while (steady_clock::now() - begun < start_patience && null_servers_.back()->runs()) {
    const auto answered = run_load(target, probe, {.connections = 1, .time = start_patience});
    if (answered) return target;
    fault = answered.error();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return std::unexpected(
      fmt::format("the null server does not answer ({}); its log is {}", fault, log("null").string()));
}

}  // namespace loangate::bench
