#include "ops/system/configuration.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "delivery/commit.hpp"
#include "ops/system/rulebook_data.hpp"

namespace loangate::ops {
namespace {

using adapters::Partners;
using boost::asio::awaitable;
using Row = ConfigurationOnRecord::Row;

const Row* find(const std::vector<Row>& rows, const PartnerId& partner) {
  const auto at = std::ranges::find(rows, partner, &Row::partner);
  return at == rows.end() ? nullptr : &*at;
}

/// What files bring into force, against what the record says.
struct Loading {
  bool first;  ///< the record says nothing yet: everything is new
  ConfigurationLoad act;
  std::vector<Change> changes;  ///< empty: nothing is other than the record says
};

Loading loading(const store::Store& store, const Digest& rulebook, const Partners& partners, Instant now) {
  const auto before = on_record(store);
  Loading loading{.first = !before, .act = {.rulebook = hex(rulebook)}, .changes = {}};
  if (before && before->rulebook != rulebook) loading.act.rulebook_before = hex(before->rulebook);
  ConfigurationOnRecord after{.rulebook = rulebook};
  for (const auto& profile : partners.all()) {
    const Row* known = before ? find(before->profiles, profile->id) : nullptr;
    Row row = known != nullptr ? *known : Row{.partner = profile->id, .version = profile->version};
    if (known == nullptr || known->version != profile->version) {
      ProfileChangeRow change{.institution = profile->id, .version = hex(profile->version)};
      if (known != nullptr) change.before = hex(known->version);
      loading.act.profiles.push_back(std::move(change));
      row.version = profile->version;
      if (row.last > 0) {  // of whose profile the record keeps every text
        ProfileVersion version{.partner = profile->id,
                               .no = row.last + 1,
                               .version = profile->version,
                               .text = text_of(profile->file),
                               .follows = row.no,
                               .by = intake::gateway_itself,
                               .since = now};
        row.no = row.last = version.no;
        row.left.reset();
        loading.changes.emplace_back(std::move(version));
      }
    }
    after.profiles.push_back(std::move(row));
  }
  if (before) {
    for (const Row& row : before->profiles) {
      if (partners.find(row.partner) == nullptr)
        loading.act.profiles.push_back({.institution = row.partner, .before = hex(row.version)});
    }
  }
  if (!before || *before != after) loading.changes.emplace_back(std::move(after));
  return loading;
}

store::Unit unit_of(const Loading& loading, const intake::Hand& hand,
                    std::shared_ptr<intake::ActReply> reply) {
  const Record record = loading.act.record();
  return [act = intake::given_act(ConfigurationLoad::kind, record, canonical_json(record)), hand, reply,
          changes = loading.changes](const store::View&, Sequence sequence) {
    return intake::record(act, hand, {.changes = changes}, sequence, *reply);
  };
}

void log_changes(const Loading& found, const intake::Hand& by, Sequence sequence) {
  for (const ProfileChangeRow& row : found.act.profiles) {
    if (found.first) break;
    LogLine(LogLevel::info, "profile.changed")
        .partner(row.institution.view())
        .sequence(sequence.number)
        .reason(
            fmt::format("version {}, before {}", row.version.value_or("none"), row.before.value_or("none")));
  }
  LogLine(LogLevel::info, "configuration.loaded")
      .person(by.person.view())
      .sequence(sequence.number)
      .number("loangate.profiles_changed", found.act.profiles.size());
}

/// `{"changed": true, "sequence": 7, "rulebook": …, "profiles": [{"institution": …, "version": …}]}`
net::Response answer(const ConfigurationLoad& act, std::optional<Sequence> sequence) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().member("changed", sequence.has_value());
  if (sequence) json.member("sequence", sequence->number);
  json.key("loaded").raw(canonical_json(act.record())).end_object();
  return json_answer(std::move(body));
}

}  // namespace

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::optional<ConfigurationOnRecord> on_record(const store::Store& store) {
  auto found = store.find("configuration", configuration_key);
  if (!found) return std::nullopt;
  return std::get<ConfigurationOnRecord>(*std::move(found));
}

std::optional<ProfileVersion> version_on_record(const store::Store& store, const PartnerId& partner,
                                                std::int32_t no) {
  auto found = store.find("profile_version", profile_version_key(partner, no));
  if (!found) return std::nullopt;
  return std::get<ProfileVersion>(*std::move(found));
}

awaitable<void> put_in_force(const Operations& operations, Candidate candidate) {
  const Configuring& configuring = *operations.configuring;
  const auto before = configuring.in_force.current();
  // The rulebook first: no message that begins by the new profiles is judged by the old rules.
  operations.rulebook.replace(std::move(candidate.rulebook));
  configuring.in_force.replace(std::make_shared<const net::Configuration>(
      std::move(candidate.partners), std::move(candidate.push_targets), before.get()));
  candidate.others();
  configuring.on_changed();
  co_await judge_held_again(operations);
}

awaitable<Reply> reload(const Operations& operations, intake::Hand by) {
  const programme::RulebookInForce::Extension mine(operations.rulebook);
  if (!mine) co_return std::unexpected(change_under_way());
  const Configuring& configuring = *operations.configuring;
  auto reading = on_files_thread(configuring, [&] { return configuring.read(std::nullopt); });
  auto candidate = co_await std::move(reading);
  if (!candidate) co_return std::unexpected(wrong_configuration(candidate.error()));

  const Loading found =
      loading(operations.store, candidate->rulebook_version, candidate->partners, by.received);
  std::optional<Sequence> sequence;
  if (!found.changes.empty()) {
    store::Unit unit = unit_of(found, by, std::make_shared<intake::ActReply>());
    const store::Committed committed = co_await delivery::commit(operations.committer, std::move(unit));
    if (!committed) {
      LogLine(LogLevel::error, "configuration.not_stored").reason(committed.error().what);
      co_return std::unexpected(not_stored());
    }
    sequence = *committed;
    log_changes(found, by, *sequence);
  }
  co_await put_in_force(operations, *std::move(candidate));
  co_return answer(found.act, sequence);
}

awaitable<bool> record_start(store::Committer& committer, const store::Store& store, Digest rulebook,
                             std::shared_ptr<const Partners> partners, Instant now) {
  const Loading found = loading(store, rulebook, *partners, now);
  if (found.changes.empty()) co_return true;
  const intake::Hand hand{intake::gateway_itself, now};
  store::Unit unit = unit_of(found, hand, std::make_shared<intake::ActReply>());
  const store::Committed committed = co_await delivery::commit(committer, std::move(unit));
  if (!committed) {
    LogLine(LogLevel::error, "configuration.not_stored").reason(committed.error().what);
    co_return false;
  }
  log_changes(found, hand, **committed);
  co_return true;
}

awaitable<Reply> reload_configuration(const Operations& operations, const Call& call) {
  if (operations.configuring == nullptr)
    co_return std::unexpected(not_found({"此处不能变更配置", "the configuration cannot be changed here"}));
  co_return co_await reload(
      operations,
      {.person = call.person, .received = call.request.received, .address = call.request.peer->address});
}

Refusal change_under_way() {
  return {.status = 409,
          .code = "change_under_way",
          .detail = {"配置正在变更，请稍后重发",
                     "the configuration is being changed now; send this again in a moment"}};
}

Refusal wrong_configuration(const ConfigErrors& errors) {
  Refusal refusal{.status = 422,
                  .code = "configuration_wrong",
                  .detail = {fmt::format("配置有 {} 处错误，全部未生效，原配置继续使用", errors.size()),
                             fmt::format("the configuration has {} mistakes; nothing of it came into force, "
                                         "the old one stays",
                                         errors.size())}};
  for (const ConfigError& error : errors) {
    std::string place = error.line == 0 ? error.file : fmt::format("{}:{}", error.file, error.line);
    refusal.errors.push_back({std::move(place), {error.what, error.what}});
  }
  return refusal;
}

}  // namespace loangate::ops
