#include "ops/acts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "intake/office.hpp"
#include "ops/body.hpp"
#include "ops/commit_all.hpp"
#include "ops/flow/lane_release.hpp"
#include "ops/keyed.hpp"

namespace loangate::ops {
namespace {

using boost::asio::awaitable;
using intake::ActReply;
using intake::GivenAct;
using intake::Hand;
using store::Committed;
using store::View;

/// One act on its way through the committer. Shared by the unit and the one who waits for it.
struct Step {
  Hand hand;
  ActReply reply = {};
  std::optional<PartnerId> released = {};
};

/// A step, and what runs on the single writer.
struct Work {
  std::shared_ptr<Step> step;
  store::Unit unit;
};

Hand hand_of(const Call& call) {
  return {.person = call.person,
          .received = call.request.received,
          .address = call.request.peer->address,
          .key = call.key};
}

void log_fate(const Step& step, const Committed& committed) {
  if (!committed) {
    LogLine(LogLevel::error, "act.not_stored").person(step.hand.person.view()).reason(committed.error().what);
    return;
  }
  LogLine line(LogLevel::info, "act.decided");
  line.person(step.hand.person.view()).status(step.reply.status).outcome(spec_of(step.reply.outcome).name);
  if (step.reply.kind) line.message_kind(spec_of(*step.reply.kind).name);
  if (step.reply.sequence) line.sequence(step.reply.sequence->number);
  if (!step.reply.findings.empty()) line.findings(codes(step.reply.findings));
}

/// Carries the work out; who is concerned is told as soon as it is committed.
awaitable<std::vector<Committed>> carry_out(const Operations& operations, const std::vector<Work>& work) {
  std::vector<store::Unit> units;
  units.reserve(work.size());
  for (const Work& item : work) units.push_back(item.unit);
  auto fates = co_await commit_all(operations.committer, std::move(units));
  for (std::size_t i = 0; i < work.size(); ++i) {
    const Step& step = *work[i].step;
    log_fate(step, fates[i]);
    if (!fates[i]) continue;
    for (const PartnerId& partner : step.reply.addressed) operations.on_outgoing(partner);
    if (step.released) operations.on_released(*step.released);
  }
  co_return fates;
}

Refusal refusal_of(const ActReply& reply) {
  if (reply.status == 404) return not_found({"没有这个提案", "there is no such proposal"});
  if (reply.status == 409 && !reply.sequence) return key_under_way();
  Refusal refusal{
      .status = reply.status,
      .code = reply.findings.empty() ? "act_refused" : std::string(spec_of(reply.findings.front().code).name),
      .detail = {"未办理，原因见 errors", "refused; `errors` says why"},
      .result = reply.body};
  for (const Finding& finding : reply.findings) {
    refusal.errors.push_back({.pointer = finding.place,
                              .detail = {text_zh(finding), text_en(finding)},
                              .code = std::string(spec_of(finding.code).name)});
  }
  return refusal;
}

Reply answer_one(const ActReply& reply, const Committed& committed) {
  if (!committed) return std::unexpected(not_stored());
  if (reply.status >= 400) return std::unexpected(refusal_of(reply));
  return json_answer(reply.body, reply.status);
}

/// `{"results": [{"status": 200, "result": {…}}, …]}`, 503 only if none of them was stored.
Reply answer_all(const std::vector<Work>& work, const std::vector<Committed>& fates) {
  if (std::ranges::none_of(fates, [](const Committed& fate) { return fate.has_value(); })) {
    return std::unexpected(not_stored());
  }
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("results").begin_array();
  for (std::size_t i = 0; i < work.size(); ++i) {
    const ActReply& reply = work[i].step->reply;
    json.begin_object().member("status", static_cast<std::uint64_t>(fates[i] ? reply.status : 503));
    if (fates[i]) json.key("result").raw(reply.body);
    json.end_object();
  }
  json.end_array().end_object();
  return json_answer(std::move(body));
}

/// The same key cannot be written twice, also if a call was given up whose act still waited for its commit.
Work once(std::shared_ptr<Step> step, store::Unit unit) {
  if (step->hand.key.empty()) return {std::move(step), std::move(unit)};
  auto guarded = [step, unit = std::move(unit)](const View& view, Sequence sequence) -> store::Writes {
    if (!view.message(PartnerId{}, step->hand.key)) return unit(view, sequence);
    step->reply = {.status = 409};
    return {};
  };
  return {std::move(step), std::move(guarded)};
}

Work entering(const Operations& operations, const Call& call, GivenAct act) {
  auto step = std::make_shared<Step>(Step{.hand = hand_of(call)});
  auto shared = std::make_shared<const GivenAct>(std::move(act));
  if (shared->kind == MessageKind::lane_release) {
    return once(step, [step, shared](const View& view, Sequence sequence) {
      return release_lane(*shared, step->hand, view, sequence, step->reply, step->released);
    });
  }
  return once(step, [step, shared, &rulebook = operations.rulebook](const View& view, Sequence sequence) {
    auto writes = intake::enter(*shared, step->hand, *rulebook.current(), view, sequence, step->reply);
    step->released.reset();
    // Who pushes to this partner looks again whether it is paused.
    const auto* flow = std::get_if<PartnerFlow>(&shared->act);
    if (flow != nullptr && step->reply.status < 300) step->released = flow->institution;
    return writes;
  });
}

/// Faults that one answer tells.
constexpr std::size_t most_faults = 1000;

/// Every reason why acts were refused, with the place of its act in the array.
Refusal refusal_of(const std::vector<Work>& work) {
  Refusal refusal{.status = 422, .code = "acts_refused", .detail = {}};
  std::size_t refused = 0;
  for (std::size_t i = 0; i < work.size(); ++i) {
    const ActReply& reply = work[i].step->reply;
    if (reply.status < 400) continue;
    ++refused;
    for (Fault& fault : refusal_of(reply).errors) {
      if (refusal.errors.size() == most_faults) break;
      fault.pointer = fmt::format("/{}{}", i, fault.pointer);
      refusal.errors.push_back(std::move(fault));
    }
  }
  refusal.detail = {
      fmt::format("{} 项中 {} 项不符，全部未办理，原因见 errors", work.size(), refused),
      fmt::format("{} of {} acts are refused, so none was done; `errors` says why", refused, work.size())};
  return refusal;
}

/// `{"kept": true, "added": 12, "changed": 3, "same": 1336, "effects": ["added", …]}`
net::Response answer_whole(const std::vector<Work>& work, bool kept) {
  constexpr std::string_view names[] = {"same", "added", "changed"};  // as intake::Effect
  std::array<std::uint64_t, std::size(names)> counts{};
  std::string effects;
  JsonWriter list(effects);
  list.begin_array();
  for (const Work& item : work) {
    const auto effect = static_cast<std::size_t>(item.step->reply.effect);
    ++counts[effect];
    list.value(names[effect]);
  }
  list.end_array();
  std::string body;
  JsonWriter json(body);
  json.begin_object().member("kept", kept);
  for (const std::size_t i : {1, 2, 0}) json.member(names[i], counts[i]);
  json.key("effects").raw(effects).end_object();
  return json_answer(std::move(body));
}

/// All acts in one commit, or none of them.
awaitable<Reply> enter_whole(const Operations& operations, const Call& call, std::vector<GivenAct> acts,
                             bool dry_run) {
  std::vector<Work> work;
  std::vector<store::Unit> units;
  for (GivenAct& act : acts) {
    work.push_back(entering(operations, call, std::move(act)));
    units.push_back(work.back().unit);
  }
  const auto all_accepted = [steps = work] {
    return std::ranges::all_of(steps, [](const Work& item) { return item.step->reply.status < 400; });
  };
  const auto kept = co_await commit_whole(operations.committer, std::move(units),
                                          [all_accepted, dry_run] { return all_accepted() && !dry_run; });
  if (!kept) {
    LogLine(LogLevel::error, "acts.not_stored").person(call.person.view()).reason(kept.error().what);
    co_return std::unexpected(not_stored());
  }
  LogLine(LogLevel::info, dry_run ? "acts.tried"
                          : *kept ? "acts.kept"
                                  : "acts.refused")
      .person(call.person.view())
      .message_kind(spec_of(call.act.value()).name)
      .number("loangate.acts", work.size());
  if (!all_accepted()) co_return std::unexpected(refusal_of(work));
  if (*kept) {
    for (const Work& item : work) {
      for (const PartnerId& partner : item.step->reply.addressed) operations.on_outgoing(partner);
      if (item.step->released) operations.on_released(*item.step->released);
    }
  }
  co_return answer_whole(work, *kept);
}

std::expected<ProposalNo, Refusal> proposal_of(const Call& call) {
  if (const auto no = ProposalNo::parse(call.arguments.front())) return *no;
  return std::unexpected(not_found({"没有这个提案", "there is no such proposal"}));
}

Refusal not_own_proposal() {
  return {.status = 403,
          .code = "not_own_proposal",
          .detail = {"只能撤回自己提出的提案；其他提案由 officer 或 approver 撤回",
                     "only who proposed it, an officer or an approver can withdraw it"}};
}

store::Writes with(store::Writes writes, const ActReply& reply, const std::vector<Change>& beside) {
  if (reply.status < 300) writes.changes.insert(writes.changes.end(), beside.begin(), beside.end());
  return writes;
}

awaitable<Reply> one_step(const Operations& operations, Work work) {
  const std::vector<Work> only{std::move(work)};
  const auto fates = co_await carry_out(operations, only);
  co_return answer_one(only.front().step->reply, fates.front());
}

}  // namespace

awaitable<Reply> enter_acts(const Operations& operations, const Call& call) {
  const auto whole = yes_parameter(call, "whole");
  if (!whole) co_return std::unexpected(whole.error());
  const auto dry_run = yes_parameter(call, "dry_run");
  if (!dry_run) co_return std::unexpected(dry_run.error());
  auto body = read_acts(call.act.value(), call.request.body, *whole ? most_acts_of_a_whole : most_acts);
  if (!body) co_return std::unexpected(std::move(body.error()));
  if (body->array && !call.key.empty()) {
    co_return std::unexpected(
        invalid("", {"带 Idempotency-Key 时一次只能办理一项；成批录入请用证书、不带该键",
                     "with an Idempotency-Key one act at a time is entered; many at once are entered by "
                     "certificate and without a key"}));
  }
  if (*whole || *dry_run) co_return co_await enter_whole(operations, call, std::move(body->acts), *dry_run);
  std::vector<Work> work;
  for (GivenAct& act : body->acts) work.push_back(entering(operations, call, std::move(act)));
  const auto fates = co_await carry_out(operations, work);
  if (body->array) co_return answer_all(work, fates);
  co_return answer_one(work.front().step->reply, fates.front());
}

awaitable<Reply> enter_one(const Operations& operations, const Call& call, GivenAct act) {
  co_return co_await one_step(operations, entering(operations, call, std::move(act)));
}

awaitable<Reply> enter_with(const Operations& operations, const Call& call, GivenAct act,
                            std::vector<Change> beside) {
  auto step = std::make_shared<Step>(Step{.hand = hand_of(call)});
  Work work =
      once(step, [step, act = std::move(act), beside = std::move(beside)](const View&, Sequence sequence) {
        return with(intake::record(act, step->hand, {}, sequence, step->reply), step->reply, beside);
      });
  co_return co_await one_step(operations, std::move(work));
}

awaitable<Reply> try_act(const Operations& operations, const Call& call, GivenAct act) {
  std::vector<GivenAct> only;
  only.push_back(std::move(act));
  return enter_whole(operations, call, std::move(only), true);
}

awaitable<Reply> propose(const Operations& operations, const Call& call) {
  auto body = read_acts(call.act.value(), call.request.body, 1);
  if (!body) co_return std::unexpected(std::move(body.error()));
  auto step = std::make_shared<Step>(Step{.hand = hand_of(call)});
  auto act = std::make_shared<const GivenAct>(std::move(body->acts.front()));
  Work work = once(step, [step, act, &rulebook = operations.rulebook](const View& view, Sequence sequence) {
    return intake::propose(*act, step->hand, *rulebook.current(), view, sequence, step->reply);
  });
  co_return co_await one_step(operations, std::move(work));
}

awaitable<Reply> approve_with(const Operations& operations, const Call& call, std::vector<Change> beside) {
  const auto no = proposal_of(call);
  if (!no) co_return std::unexpected(no.error());
  auto texts = read_texts(call.request.body, {"hash"});
  if (!texts) co_return std::unexpected(std::move(texts.error()));
  const auto bytes = from_hex(texts->front());
  intake::Approval approval{.proposal = *no, .hash = {}, .raw = call.request.body};
  if (!bytes || bytes->size() != approval.hash.size()) {
    co_return std::unexpected(invalid("/hash", {"应为提案的哈希：64 位十六进制数字",
                                                "the proposal's hash is expected: 64 hexadecimal digits"}));
  }
  std::ranges::copy(*bytes, approval.hash.begin());

  auto step = std::make_shared<Step>(Step{.hand = hand_of(call)});
  Work work = once(step, [step, approval = std::move(approval), beside = std::move(beside),
                          &rulebook = operations.rulebook](const View& view, Sequence sequence) {
    auto writes = intake::approve(approval, step->hand, *rulebook.current(), view, sequence, step->reply);
    return with(std::move(writes), step->reply, beside);
  });
  co_return co_await one_step(operations, std::move(work));
}

awaitable<Reply> withdraw(const Operations& operations, const Call& call) {
  const auto no = proposal_of(call);
  if (!no) co_return std::unexpected(no.error());
  if (!call.request.body.empty()) {
    if (auto texts = read_texts(call.request.body, {"reason"}); !texts)
      co_return std::unexpected(std::move(texts.error()));
  }
  // Who proposed it never changes, so it can be looked up ahead of the writer.
  if (!call.roles.meets({"officer", "approver"})) {
    const auto found = operations.store.find("proposal", no->view());
    if (found && std::get<Proposal>(*found).proposed_by != call.person)
      co_return std::unexpected(not_own_proposal());
  }
  auto step = std::make_shared<Step>(Step{.hand = hand_of(call)});
  Work work = once(step, [step, no = *no, raw = call.request.body](const View& view, Sequence sequence) {
    return intake::withdraw(no, raw, step->hand, view, sequence, step->reply);
  });
  co_return co_await one_step(operations, std::move(work));
}

}  // namespace loangate::ops
