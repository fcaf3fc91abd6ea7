#include "ops/system/activation.hpp"

#include <fmt/format.h>

#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "base/replacement.hpp"
#include "ops/acts.hpp"
#include "ops/body.hpp"
#include "ops/flow/replays.hpp"
#include "ops/system/configuration.hpp"

namespace loangate::ops {
namespace {

using adapters::Profile;
using boost::asio::awaitable;
using Row = ConfigurationOnRecord::Row;

Refusal refused(unsigned status, std::string code, Words detail) {
  return {.status = status, .code = std::move(code), .detail = std::move(detail)};
}

/// A candidate whose text lies beside the partner's file, ready to take its place.
struct Prepared {
  Replacement file;
  Candidate configuration;
  Digest version;        ///< of the new profile
  std::string text_now;  ///< that it replaces
};

/// The partner's profile with this text, read with all the rest of the configuration.
std::expected<Prepared, Refusal> prepared(const Configuring& configuring, const PartnerId& partner,
                                          std::string_view text) {
  const auto in_force = configuring.in_force.current();
  const net::Terms* terms = in_force->find(partner);
  if (terms == nullptr) {
    return std::unexpected(refused(
        404, "no_such_profile",
        {"没有这家机构的接入配置；新机构请放入配置目录后重新载入",
         "the institution has no profile here: put a new one's into the folder of partners, and reload"}));
  }
  const Profile& profile = terms->profile;
  const std::filesystem::path path = profile.file;
  const auto on_disk = adapters::load_profile(path);
  if (!on_disk || on_disk->version != profile.version) {
    return std::unexpected(refused(409, "profile_file_changed",
                                   {"该配置文件载入后被改动过；请先重新载入或恢复该文件",
                                    "the profile's file was changed after it was loaded: reload, or put the "
                                    "file back, first"}));
  }
  auto file = Replacement::write(path, text);
  if (!file) {
    return std::unexpected(
        refused(409, "profile_file_not_writable",
                {fmt::format("不能写入配置目录：{}", file.error()),
                 fmt::format("the profile's folder cannot be written: {}", file.error())}));
  }
  const auto under_its_name = [&](ConfigErrors errors) {
    for (ConfigError& error : errors) {
      if (error.file == file->path()) error.file = path.string();
    }
    return wrong_configuration(errors);
  };
  auto read = adapters::load_profile(file->path());
  if (!read) return std::unexpected(under_its_name(std::move(read.error())));
  read->file = path.string();
  const Digest version = read->version;
  auto candidate = configuring.read(*std::move(read));
  if (!candidate) return std::unexpected(under_its_name(std::move(candidate.error())));
  return Prepared{*std::move(file), *std::move(candidate), version, text_of(path)};
}

Row* row_of(ConfigurationOnRecord& configuration, const PartnerId& partner) {
  const auto at = std::ranges::find(configuration.profiles, partner, &Row::partner);
  return at == configuration.profiles.end() ? nullptr : &*at;
}

Refusal not_on_record() {
  return refused(409, "configuration_not_on_record",
                 {"在用配置尚未登记；请先重新载入", "what is in force is not on record yet: reload first"});
}

/// The file takes its place and the candidate comes into force: it is on record, so in memory it does even if
/// the file cannot be written.
awaitable<Reply> bring_in(const Operations& operations, Prepared ready, const PartnerId& partner,
                          Reply reply) {
  const auto placed = ready.file.take_place();
  co_await put_in_force(operations, std::move(ready.configuration));
  LogLine(LogLevel::info, "profile.changed").partner(partner.view()).reason("version " + hex(ready.version));
  if (placed) co_return reply;
  LogLine(LogLevel::error, "profile.file_not_in_place").partner(partner.view()).reason(placed.error());
  co_return std::unexpected(
      refused(500, "profile_file_not_in_place",
              {fmt::format("已登记并生效，但配置文件未能写入：{}；重启时将补写", placed.error()),
               fmt::format("it is on record and in force, but the file was not written: {}; the next start "
                           "writes it",
                           placed.error())}));
}

/// A proposal is bound to what it replaces, too: nobody approves a change of something else.
std::expected<void, Refusal> replaces_what_is_in_force(const Operations& operations, const RuleProfile& act) {
  const auto in_force = operations.configuring->in_force.current();
  const net::Terms* terms = in_force->find(act.institution);
  if (terms != nullptr && hex(terms->profile.version) == act.replaces) return {};
  return std::unexpected(
      refused(409, "profile_changed_meanwhile",
              {"该机构的配置在提案之后已变更；请就现行版本重新提案",
               "the institution's profile is not the version that the proposal replaces: propose it anew "
               "against the one in force"}));
}

/// The open proposal that a call names, if it is one of a profile.
std::optional<RuleProfile> profile_proposed(const Operations& operations, const Call& call) {
  const auto no = ProposalNo::parse(call.arguments.front());
  const auto found = no ? operations.store.find("proposal", no->view()) : std::nullopt;
  const auto* proposal = found ? std::get_if<Proposal>(&*found) : nullptr;
  if (proposal == nullptr || proposal->kind != RuleProfile::kind || proposal->state != Proposal::State::open)
    return std::nullopt;
  return RuleProfile::from(read_canonical(RuleProfile::spec(), proposal->act).value());
}

Refusal cannot_be_changed_here() {
  return not_found({"此处不能变更配置", "the configuration cannot be changed here"});
}

}  // namespace

awaitable<Reply> propose_profile(const Operations& operations, const Call& call) {
  if (operations.configuring == nullptr) co_return std::unexpected(cannot_be_changed_here());
  auto body = read_acts(call.act.value(), call.request.body, 1);
  if (!body) co_return std::unexpected(std::move(body.error()));
  const auto& act = std::get<RuleProfile>(body->acts.front().act);
  {
    const programme::RulebookInForce::Extension mine(operations.rulebook);
    if (!mine) co_return std::unexpected(change_under_way());
    auto preparing = on_files_thread(*operations.configuring, [&]() -> std::expected<void, Refusal> {
      auto ready = prepared(*operations.configuring, act.institution, act.text);
      if (!ready) return std::unexpected(std::move(ready.error()));
      return replaces_what_is_in_force(operations, act);
    });
    const auto fit = co_await std::move(preparing);
    if (!fit) co_return std::unexpected(fit.error());
  }
  co_return co_await propose(operations, call);
}

awaitable<Reply> approve(const Operations& operations, const Call& call) {
  if (auto replay = replay_proposed(operations, call))
    co_return co_await approve_replay(operations, call, *std::move(replay));
  const auto act = profile_proposed(operations, call);
  if (!act) co_return co_await approve_with(operations, call, {});
  if (operations.configuring == nullptr) co_return std::unexpected(cannot_be_changed_here());
  const programme::RulebookInForce::Extension mine(operations.rulebook);
  if (!mine) co_return std::unexpected(change_under_way());
  if (auto fit = replaces_what_is_in_force(operations, *act); !fit) co_return std::unexpected(fit.error());
  auto preparing = on_files_thread(*operations.configuring, [&] {
    return prepared(*operations.configuring, act->institution, act->text);
  });
  auto ready = co_await std::move(preparing);
  if (!ready) co_return std::unexpected(std::move(ready.error()));

  auto configuration = on_record(operations.store);
  Row* row = configuration ? row_of(*configuration, act->institution) : nullptr;
  if (row == nullptr) co_return std::unexpected(not_on_record());
  const auto proposal = std::get<Proposal>(*operations.store.find("proposal", call.arguments.front()));
  std::vector<Change> beside;
  if (row->last == 0) {  // what was there first, for the way back
    beside.emplace_back(ProfileVersion{.partner = act->institution,
                                       .no = 1,
                                       .version = row->version,
                                       .text = ready->text_now,
                                       .by = intake::gateway_itself,
                                       .since = call.request.received});
    row->no = row->last = 1;
  }
  beside.emplace_back(ProfileVersion{.partner = act->institution,
                                     .no = row->last + 1,
                                     .version = ready->version,
                                     .text = act->text,
                                     .follows = row->no,
                                     .by = proposal.proposed_by,
                                     .approved_by = call.person,
                                     .since = call.request.received,
                                     .reason = act->reason});
  row->left = row->no;
  row->no = ++row->last;
  row->version = ready->version;
  beside.emplace_back(*std::move(configuration));
  Reply reply = co_await approve_with(operations, call, std::move(beside));
  if (!reply) co_return reply;
  co_return co_await bring_in(operations, *std::move(ready), act->institution, std::move(reply));
}

awaitable<Reply> return_to_profile_before(const Operations& operations, const Call& call) {
  if (operations.configuring == nullptr) co_return std::unexpected(cannot_be_changed_here());
  auto body = read_acts(call.act.value(), call.request.body, 1);
  if (!body) co_return std::unexpected(std::move(body.error()));
  const auto act = std::get<ProfileBack>(body->acts.front().act);
  const programme::RulebookInForce::Extension mine(operations.rulebook);
  if (!mine) co_return std::unexpected(change_under_way());
  auto configuration = on_record(operations.store);
  Row* row = configuration ? row_of(*configuration, act.institution) : nullptr;
  if (row == nullptr) co_return std::unexpected(not_on_record());
  const auto now = version_on_record(operations.store, act.institution, row->no);
  const auto before = now && now->follows
                          ? version_on_record(operations.store, act.institution, *now->follows)
                          : std::nullopt;
  if (!before) {
    co_return std::unexpected(
        refused(409, "no_version_before",
                {"该机构没有可退回的配置版本", "there is no version before the one in force to return to"}));
  }
  auto preparing = on_files_thread(*operations.configuring, [&] {
    return prepared(*operations.configuring, act.institution, before->text);
  });
  auto ready = co_await std::move(preparing);
  if (!ready) co_return std::unexpected(std::move(ready.error()));
  row->left = row->no;
  row->no = before->no;
  row->version = ready->version;
  std::vector<Change> beside;
  beside.emplace_back(*std::move(configuration));
  Reply reply = co_await enter_with(operations, call, std::move(body->acts.front()), std::move(beside));
  if (!reply) co_return reply;
  co_return co_await bring_in(operations, *std::move(ready), act.institution, std::move(reply));
}

awaitable<Reply> list_profiles(const Operations& operations, const Call&) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("profiles").begin_array();
  if (const auto configuration = on_record(operations.store)) {
    for (const Row& row : configuration->profiles) {
      json.begin_object().member("partner", row.partner.view()).member("version", hex(row.version));
      if (row.no > 0) json.member("no", static_cast<std::int64_t>(row.no));
      json.end_object();
    }
  }
  json.end_array().end_object();
  co_return json_answer(std::move(body));
}

awaitable<Reply> read_profile(const Operations& operations, const Call& call) {
  const auto partner = PartnerId::parse(call.arguments.front());
  auto configuration = on_record(operations.store);
  const Row* row = partner && configuration ? row_of(*configuration, *partner) : nullptr;
  if (row == nullptr)
    co_return std::unexpected(not_found({"没有这家机构的接入配置", "the institution has no profile here"}));
  std::string body;
  JsonWriter json(body);
  json.begin_object().member("partner", row->partner.view()).member("version", hex(row->version));
  if (row->no > 0) json.member("no", static_cast<std::int64_t>(row->no));
  json.key("versions").begin_array();
  for (std::int32_t no = row->last; no > 0; --no) {
    const auto version = version_on_record(operations.store, *partner, no);
    if (version) json.raw(to_json(*version));
  }
  json.end_array().end_object();
  co_return json_answer(std::move(body));
}

std::expected<bool, ConfigErrors> restore_files(const store::Store& store,
                                                const adapters::Partners& partners) {
  const auto configuration = on_record(store);
  if (!configuration) return false;
  bool restored = false;
  ConfigErrors errors;
  for (const Row& row : configuration->profiles) {
    const Profile* profile = partners.find(row.partner);
    if (!row.left || profile == nullptr) continue;
    const auto due = version_on_record(store, row.partner, row.no);
    const auto left = version_on_record(store, row.partner, *row.left);
    if (!due || !left || due->text == left->text || text_of(profile->file) != left->text) continue;
    auto file = Replacement::write(profile->file, due->text);
    const auto placed = file ? file->take_place() : std::unexpected(file.error());
    if (!placed) {
      errors.push_back({profile->file, 0,
                        fmt::format("cannot be written: {}: it must become version {} of the record, see "
                                    "that the folder may be written",
                                    placed.error(), row.no)});
      continue;
    }
    LogLine(LogLevel::warn, "profile.file_restored").partner(row.partner.view()).reason(hex(due->version));
    restored = true;
  }
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return restored;
}

}  // namespace loangate::ops
