#include "app/check.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <iterator>
#include <set>

#include "adapters/codec/charset.hpp"
#include "adapters/codec/prove.hpp"
#include "adapters/profile/profile.hpp"
#include "adapters/seal/seal.hpp"
#include "app/config.hpp"
#include "base/json_writer.hpp"
#include "net/identities.hpp"
#include "net/tls.hpp"
#include "programme/rulebook.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace loangate::app {
namespace {

struct Report {
  ConfigErrors errors;
  ConfigErrors warnings;
  std::optional<adapters::Partners> partners;

  template <class T>
  std::optional<T> take(std::expected<T, ConfigErrors> read) {
    if (read) return *std::move(read);
    std::ranges::move(read.error(), std::back_inserter(errors));
    return std::nullopt;
  }
};

void check_identities(Report& report, const std::filesystem::path& file) {
  const auto identities = report.take(net::Identities::load(file));
  if (!identities || !report.partners) return;
  std::set<std::string> known;
  for (const auto& profile : report.partners->all()) known.insert(profile->id.string());
  std::ranges::move(identities->check(known), std::back_inserter(report.errors));
}

void check_tls(Report& report, const Config& config) {
  report.take(
      net::make_server_context({config.server_certificate, config.server_key, config.client_ca, config.crl}));
  report.take(net::make_client_context({config.own_certificate, config.own_key, config.push_ca, {}}));
  for (const auto& [partner, target] : config.push) {
    const bool trusts_own = !target.ca.empty() || !target.pins.empty();
    report.take(net::make_client_context(
        {config.own_certificate, config.own_key, trusts_own ? target.ca : config.push_ca, target.pins}));
  }
}

/// Companies whose name some partner's charset lacks: what is sent about them is parked or marked (settled
/// 24).
void check_names(Report& report, const std::filesystem::path& data) {
  if (!std::filesystem::exists(data / "loangate.db")) return;
  const auto store = store::open_sqlite(data, {});
  if (!store) {
    report.warnings.push_back({data.string(), 0, "companies' names were not looked at: " + store.error()});
    return;
  }
  for (const Change& change : (*store)->all("company")) {
    const Company& company = std::get<Company>(change);
    std::string without;
    for (const auto& profile : report.partners->all()) {
      std::string encoded;
      if (adapters::append_encoded(profile->charset, company.name, encoded)) continue;
      without += fmt::format("{}{} ({})", without.empty() ? "" : ", ", profile->id.view(),
                             adapters::name(profile->charset));
    }
    if (without.empty()) continue;
    report.warnings.push_back(
        {data.string(), 0,
         fmt::format("company {} has a name that cannot be written for {}: messages are "
                     "parked or marked as their profiles say",
                     company.uscc.view(), without)});
  }
}

/// A line of gateway.yaml for a partner that is not pushed to, or not there.
void check_push(Report& report, const Config& config, const std::filesystem::path& file) {
  for (const auto& [partner, target] : config.push) {
    const auto id = PartnerId::parse(partner);
    const auto* profile = id ? report.partners->find(*id) : nullptr;
    if (profile == nullptr) {
      report.errors.push_back(
          {file.string(), 0, fmt::format("push.partners.{}: no such partner: correct the id", partner)});
    } else if (profile->push() == nullptr) {
      report.errors.push_back(
          {file.string(), 0,
           fmt::format("push.partners.{}: its profile says mailbox: remove the line", partner)});
    }
  }
}

void write_problems(JsonWriter& json, std::string_view name, const ConfigErrors& problems) {
  json.key(name).begin_array();
  for (const ConfigError& problem : problems) {
    json.begin_object()
        .member("file", problem.file)
        .member("line", problem.line)
        .member("what", problem.what)
        .end_object();
  }
  json.end_array();
}

void write_spread(JsonWriter& json, const adapters::Partners& partners) {
  const adapters::Spread spread = adapters::spread(partners);
  json.key("features").begin_object();
  for (const auto& [feature, users] : spread.used) {
    json.key(feature).begin_array();
    for (const PartnerId& user : users) json.value(user.view());
    json.end_array();
  }
  json.end_object().key("rare_features").begin_array();
  for (const std::string_view feature : spread.rare) json.value(feature);
  json.end_array().key("alike").begin_array();
  for (const auto& pair : spread.alike) {
    json.begin_array().value(pair.first.view()).value(pair.second.view()).end_array();
  }
  json.end_array().key("profiles").begin_object();
  for (const auto& profile : partners.all()) {
    json.key(profile->id.view()).begin_object();
    json.member("format", adapters::name(profile->format))
        .member("encoding", adapters::name(profile->charset));
    json.member("delivery", profile->push() != nullptr ? "push" : "mailbox");
    json.key("messages").begin_array();
    for (const auto& message : profile->messages) json.value(spec_of(message.kind).name);
    json.end_array().end_object();
  }
  json.end_object();
}

}  // namespace

int check(const std::filesystem::path& dir, const std::optional<std::filesystem::path>& data,
          const std::optional<std::filesystem::path>& identities, Date today, bool as_json) {
  Report report;
  const auto config = report.take(load_config(dir, data.value_or("data")));
  if (config) {
    report.take(programme::load_rulebook(config->programmes, config->calendar, config->lpr));
    // Without a data folder there is nowhere to look for keys that no profile holds.
    const adapters::SealKeyFolder seal_keys{.folder = config->seal_keys};
    report.partners =
        report.take(adapters::load_partners(config->partners, &report.warnings, data ? &seal_keys : nullptr));
    if (report.partners) {
      for (const auto& profile : report.partners->all()) {
        std::ranges::move(adapters::prove(*profile), std::back_inserter(report.errors));
        std::ranges::move(adapters::check_seal_dates(*profile, real_now(), report.warnings),
                          std::back_inserter(report.errors));
        std::ranges::move(adapters::expired_leniencies(*profile, today), std::back_inserter(report.errors));
      }
      check_push(report, *config, dir / "gateway.yaml");
    }
    if (data) check_tls(report, *config);
    if (data && report.partners) check_names(report, *data);
    if (data || identities) check_identities(report, identities.value_or(config->identities));
  }

  if (as_json) {
    std::string out;
    JsonWriter json(out);
    json.begin_object();
    write_problems(json, "errors", report.errors);
    write_problems(json, "warnings", report.warnings);
    if (report.partners) write_spread(json, *report.partners);
    json.end_object();
    fmt::print("{}\n", out);
  } else {
    for (const ConfigError& warning : report.warnings) fmt::print(stderr, "{} (warning)\n", warning.text());
    for (const ConfigError& error : report.errors) fmt::print(stderr, "{}\n", error.text());
    if (report.errors.empty()) {
      fmt::print("配置无误 · the configuration is sound: {} partners\n", report.partners->all().size());
    } else {
      fmt::print("{} 处错误 · {} mistakes\n", report.errors.size(), report.errors.size());
    }
  }
  return report.errors.empty() ? 0 : 1;
}

}  // namespace loangate::app
