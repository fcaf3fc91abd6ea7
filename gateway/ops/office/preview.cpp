// POST /v1/decisions/preview: what a ruling would do.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "delivery/commit.hpp"
#include "intake/office.hpp"
#include "intake/receipt.hpp"
#include "ops/body.hpp"
#include "ops/messages/masking.hpp"
#include "ops/office/clauses.hpp"
#include "ops/office/decisions.hpp"

namespace loangate::ops {
namespace {

using boost::asio::awaitable;
using programme::Decision;

constexpr MessageKind rulings[] = {MessageKind::rule_hold, MessageKind::rule_compensation,
                                   MessageKind::rule_writeoff, MessageKind::rule_institution};

/// What the single writer saw: the judgement, and what it is compared with.
struct Foreseen {
  Decision decision = {};
  std::vector<FundYear> caps_before = {};
  std::vector<Institution> institutions = {};

  const Institution* find(const PartnerId& id) const {
    const auto found = std::ranges::find(institutions, id, &Institution::id);
    return found == institutions.end() ? nullptr : &*found;
  }
  std::string name_of(const PartnerId& id) const {
    const Institution* const found = find(id);
    return found == nullptr ? id.string() : found->name_zh;
  }
};

template <class Thing>
std::vector<Thing> changed(const Decision& decision) {
  std::vector<Thing> things;
  for (const Change& change : decision.changes) {
    if (const auto* thing = std::get_if<Thing>(&change)) things.push_back(*thing);
  }
  return things;
}

store::Unit look_ahead(std::shared_ptr<const intake::GivenAct> act, intake::Hand hand,
                       const programme::RulebookInForce& rulebook, std::shared_ptr<Foreseen> out) {
  return [=, &rulebook](const store::View& view, Sequence sequence) {
    *out = {.decision = intake::foresee(*act, hand, *rulebook.current(), view, sequence)};
    for (const FundYear& year : changed<FundYear>(out->decision)) {
      out->caps_before.push_back(view.fund_year(year.institution, year.year)
                                     .value_or(FundYear{.institution = year.institution, .year = year.year}));
    }
    for (const PartnerRole role : {PartnerRole::bank, PartnerRole::fund, PartnerRole::guarantor}) {
      for (const PartnerId& id : view.institutions(role)) {
        if (const Institution* found = view.institution(id)) out->institutions.push_back(*found);
      }
    }
    return store::Writes{};
  };
}

/// One share of the loss.
struct Line {
  PartnerId bearer;
  std::string_view role;
  Fen nominal;
  Fen amount;
};

/// Who bears the loss of an approved case, the bank last. The amounts are those of the instructions that
/// would go out; a payer whose whole share the cap takes gets none, and has its line all the same.
std::vector<Line> lines_of(const Case& of, const Foreseen& foreseen) {
  std::vector<Line> lines;
  Fen nominal = Fen::zero();
  Fen fund = Fen::zero();
  for (const Outgoing& outgoing : foreseen.decision.outgoing) {
    if (outgoing.kind != CompensationInstruction::kind) continue;
    // Field by field: it has no delivery id yet, and so is no complete record.
    using Field = CompensationInstruction::field;
    const Fen share = std::get<Fen>(outgoing.message[Field::nominal]);
    const auto role = static_cast<PayerRole>(std::get<Code>(outgoing.message[Field::role]).index);
    lines.push_back({outgoing.to, spec_of(role).name, share, std::get<Fen>(outgoing.message[Field::amount])});
    nominal += share;
    if (role == PayerRole::fund) fund += share;
  }
  if (const Fen missing = of.fund_nominal.value_or(fund) - fund; missing > Fen::zero()) {
    const auto payer = std::ranges::find(foreseen.institutions, PartnerRole::fund, &Institution::role);
    lines.push_back(
        {payer == foreseen.institutions.end() ? PartnerId{} : payer->id, "fund", missing, Fen::zero()});
    nominal += missing;
  }
  lines.push_back({of.loan.lender, "bank", of.loss.value() - nominal, of.bank_share.value()});
  return lines;
}

void write_split(JsonWriter& json, const Case& of, const programme::Version& version,
                 const Foreseen& foreseen) {
  const std::vector<Line> lines = lines_of(of, foreseen);
  Fen nominal = Fen::zero();
  Fen amount = Fen::zero();
  json.key("split")
      .begin_object()
      .member("principal", format_yuan(of.ruling->principal))
      .member("interest", format_yuan(of.ruling->interest))
      .member("loss", format_yuan(*of.loss))
      .member("version", std::string_view(of.governing_version));
  write_clause(json, "clause", version, "loss");
  if (version.payment) {
    json.member("pay_by", format(of.ruling->decided_on.plus_days(version.payment->target_days)));
    write_clause(json, "pay_clause", version, "payment");
  }
  json.key("lines").begin_array();
  for (const Line& line : lines) {
    nominal += line.nominal;
    amount += line.amount;
    json.begin_object()
        .member("bearer", line.bearer.view())
        .member("role", line.role)
        .member("name", foreseen.name_of(line.bearer))
        .member("nominal", format_yuan(line.nominal))
        .member("cut", format_yuan(line.nominal - line.amount))
        .member("amount", format_yuan(line.amount));
    write_clause(json, "clause", version, line.nominal == line.amount ? "loss" : "yearly_cap");
    json.end_object();
  }
  json.end_array()
      .member("nominal_total", format_yuan(nominal))
      .member("amount_total", format_yuan(amount))
      .member("balanced", nominal == *of.loss && amount == *of.loss)
      .end_object();
}

void write_caps(JsonWriter& json, const programme::Version& version, const Foreseen& foreseen) {
  const auto after = changed<FundYear>(foreseen.decision);
  json.key("caps").begin_array();
  for (std::size_t i = 0; i < after.size(); ++i) {
    const Fen limit = version.yearly_cap->limit;
    const auto write = [&](std::string_view used, std::string_view left, const FundYear& year) {
      json.member(used, format_yuan(year.used()))
          .member(left, format_yuan(std::max(Fen::zero(), limit - year.used())));
    };
    json.begin_object()
        .member("institution", after[i].institution.view())
        .member("year", static_cast<std::int64_t>(after[i].year))
        .member("limit", format_yuan(limit));
    write("used_before", "left_before", foreseen.caps_before[i]);
    write("used_after", "left_after", after[i]);
    write_clause(json, "clause", version, "yearly_cap");
    json.end_object();
  }
  json.end_array();
}

/// What an approved compensation would cost whom.
void write_compensation(JsonWriter& json, const programme::Rulebook& rulebook, const Foreseen& foreseen) {
  for (const Case& of : changed<Case>(foreseen.decision)) {
    if (!of.ruling || of.ruling->ruling != CompensationRuling::approved || !of.loss) continue;
    const programme::Programme* const programme = rulebook.of(of.loan.lender);
    const programme::Version* const version =
        programme == nullptr ? nullptr : programme->named(of.governing_version);
    if (version == nullptr) continue;
    write_split(json, of, *version, foreseen);
    if (version->yearly_cap) write_caps(json, *version, foreseen);
  }
}

void write_written_off(JsonWriter& json, const Foreseen& foreseen) {
  json.key("written_off").begin_array();
  for (const Posting& posting : changed<Posting>(foreseen.decision)) {
    for (const Posting::Line& line : posting.lines) {
      if (line.account != Account::written_off) continue;
      json.begin_object()
          .member("payer", line.payer.view())
          .member("amount", format_yuan(line.debit - line.credit))
          .end_object();
    }
  }
  json.end_array();
}

std::string to_json(MessageKind act, Date today, const programme::Rulebook& rulebook,
                    const Foreseen& foreseen) {
  const Decision& decision = foreseen.decision;
  std::string body;
  JsonWriter json(body);
  json.begin_object()
      .member("act", spec_of(act).name)
      .member("as_of", format(today))
      .member("outcome", spec_of(decision.outcome).name)
      .key("findings")
      .raw(intake::findings_json(decision.findings));
  const bool rejected = decision.outcome == Outcome::rejected;
  if (!rejected && act == MessageKind::rule_compensation) write_compensation(json, rulebook, foreseen);
  if (!rejected && act == MessageKind::rule_writeoff) write_written_off(json, foreseen);
  json.key("changes").begin_array();
  for (const Change& change : decision.changes) {
    if (rejected) break;
    json.begin_object()
        .member("kind", kind_name(change))
        .member("key", std::string_view(key(change)))
        .key("state")
        .raw(loangate::to_json(change))
        .end_object();
  }
  json.end_array().key("messages").begin_array();
  for (const Outgoing& outgoing : decision.outgoing) {
    if (rejected) break;
    json.begin_object()
        .member("to", outgoing.to.view())
        .member("kind", spec_of(outgoing.kind).name)
        .key("message")
        .raw(masked(outgoing.kind, canonical_json(outgoing.message)))
        .end_object();
  }
  json.end_array().end_object();
  return body;
}

}  // namespace

awaitable<Reply> preview_decision(const Operations& operations, const Call& call) {
  const auto act = message_kind(call.request.head.parameter("act").value_or(""));
  if (!act || std::ranges::find(rulings, *act) == std::end(rulings)) {
    co_return std::unexpected(
        invalid("/act", {"act 应为 rule.hold、rule.compensation、rule.writeoff 或 rule.institution",
                         "`act` must be rule.hold, rule.compensation, rule.writeoff or rule.institution"}));
  }
  auto body = read_acts(*act, call.request.body, 1);
  if (!body) co_return std::unexpected(std::move(body.error()));
  const intake::Hand hand{.person = call.person, .received = call.request.received};
  auto foreseen = std::make_shared<Foreseen>();
  store::Unit unit = look_ahead(std::make_shared<const intake::GivenAct>(std::move(body->acts.front())), hand,
                                operations.rulebook, foreseen);
  const store::Committed looked = co_await delivery::commit(operations.committer, std::move(unit));
  if (!looked) co_return std::unexpected(not_stored());
  co_return json_answer(to_json(*act, civil_day(hand.received), *operations.rulebook.current(), *foreseen));
}

}  // namespace loangate::ops
