#include <gtest/gtest.h>

#include "adapters/profile/profile.hpp"
#include "samples.hpp"

namespace loangate::adapters {
namespace {

Profile load(std::string_view id, std::string_view text) {
  auto profile = load_profile(std::string(id), text);
  std::string faults;
  if (!profile) {
    for (const ConfigError& error : profile.error()) faults += error.text() + '\n';
  }
  EXPECT_EQ(faults, "");
  return std::move(profile).value();
}

/// The line of a field in a layout.
const Line& line_of(const Layout& layout, std::string_view field) {
  for (const Line& line : layout.lines) {
    if (line.field != nowhere && layout.record->fields[line.field].name == field) return line;
  }
  throw std::logic_error("no line of " + std::string(field));
}

const Slot& slot_of(const Layout& layout, std::string_view field) {
  return layout.slots[line_of(layout, field).first_slot];
}

TEST(CompiledProfile, CarriesTheMessagesOfItsRole) {
  const Profile fund = load("payer", samples::xml);
  EXPECT_NE(fund.find(MessageKind::payment_confirmation), nullptr);
  EXPECT_NE(fund.find(MessageKind::receipt), nullptr);
  EXPECT_NE(fund.find(MessageKind::compensation_instruction), nullptr);
  EXPECT_EQ(fund.find(MessageKind::loan_disbursement), nullptr);
  EXPECT_EQ(fund.find(MessageKind::acknowledgement), nullptr);  // it is not pushed to
  EXPECT_NE(load("desk", samples::json).find(MessageKind::acknowledgement), nullptr);
}

TEST(CompiledProfile, FindsAMessageByItsTypeCode) {
  const Profile fund = load("payer", samples::xml);
  ASSERT_NE(fund.find_code("CI"), nullptr);
  EXPECT_EQ(fund.find_code("CI")->kind, MessageKind::compensation_instruction);
  EXPECT_EQ(fund.find_code("ZZ"), nullptr);
  EXPECT_EQ(fund.known_codes(), "PC, PR");
}

TEST(CompiledProfile, StaysWholeWhenMoved) {
  Profile first = load("payer", samples::xml);
  const Profile second = std::move(first);
  const MessageMap* receipt = second.find(MessageKind::receipt);
  const auto& form = std::get<CodeForm>(line_of(receipt->body, "outcome").form);
  EXPECT_EQ(form.map->find("3"), form.map->find("2"));  // many to one
  EXPECT_EQ(form.map->written[std::to_underlying(Outcome::rejected)], "2");
  EXPECT_EQ(form.map->find("7"), std::nullopt);
}

TEST(CompiledProfile, OneLineOfTheEnvelopeServesTheMessagesThatHaveItsField) {
  const Profile fund = load("payer", samples::xml);
  const auto& inbound = fund.find(MessageKind::payment_confirmation)->body;
  const auto& outbound = fund.find(MessageKind::compensation_instruction)->body;
  EXPECT_EQ(slot_of(inbound, "message_id").name, slot_of(outbound, "delivery_id").name);
}

TEST(CompiledProfile, XmlIsATreeWithAttributesFirst) {
  const Profile fund = load("payer", samples::xml);
  const MessageMap& receipt = *fund.find(MessageKind::receipt);
  const Layout& body = receipt.body;
  const Node& root = body.nodes[body.nodes[0].children.at(0)];
  EXPECT_EQ(root.name, "MSG");
  EXPECT_EQ(root.qualified, "cz:MSG");
  EXPECT_EQ(fund.namespaces.at(root.name_space).uri, "urn:payer");
  const Node& head = body.nodes[root.children.at(0)];
  EXPECT_TRUE(body.nodes[head.children.at(0)].attribute);  // @no, though TYPE is mapped first
  EXPECT_EQ(body.nodes[head.children.at(1)].name, "TYPE");

  const Group& findings = receipt.groups.at(0);
  const Node& row = body.nodes[std::get<Group::Repeated>(findings.where).node];
  EXPECT_EQ(row.name, "ROW");
  EXPECT_EQ(row.group, 0);
  EXPECT_EQ(findings.times, 20);
  EXPECT_EQ(findings.more_field, Receipt::field::findings_more);
  EXPECT_EQ(findings.rows.nodes[0].name, "ROW");
  EXPECT_EQ(slot_of(findings.rows, "code").name, "@code");
}

TEST(CompiledProfile, TheTypePlaceIsAPathFromTheRoot) {
  const Profile fund = load("payer", samples::xml);
  ASSERT_EQ(fund.type.path.size(), 3u);
  EXPECT_EQ(fund.type.path[0].name, "MSG");
  EXPECT_EQ(fund.type.path[2].name, "TYPE");
  const Profile vault = load("vault", samples::fixed);
  EXPECT_TRUE(vault.type.in_header);
  EXPECT_EQ(std::get<Span>(vault.type.place).width, 4u);
}

TEST(CompiledProfile, JsonPointersLoseTheirEscapes) {
  const Profile desk = load("desk", samples::json);
  const Layout& body = desk.find(MessageKind::receipt)->body;
  const Leaf leaf = std::get<Leaf>(slot_of(body, "original_id").place);
  EXPECT_EQ(body.nodes[body.nodes[leaf.node].parent].name, "a/b");
  EXPECT_EQ(slot_of(body, "outcome").as, JsonAs::number);
  EXPECT_EQ(slot_of(body, "may_resend").as, JsonAs::boolean);
  EXPECT_EQ(line_of(body, "findings_more").absent, Absent::null);
}

TEST(CompiledProfile, FixedRecordsAreMeasuredInBytes) {
  const Profile vault = load("vault", samples::fixed);
  EXPECT_EQ(vault.framing.header_size, 31u);
  const MessageMap& paid = *vault.find(MessageKind::payment_confirmation);
  EXPECT_EQ(paid.body.size, 75u);
  const Line& amount = line_of(paid.body, "amount");
  const auto& money = std::get<MoneyForm>(amount.form);
  EXPECT_FALSE(money.point);
  EXPECT_EQ(money.places, 2);
  EXPECT_EQ(std::get<Span>(paid.body.slots[money.flag_slot].place).offset, 46u);
  EXPECT_EQ(slot_of(paid.body, "amount").padding.side, Padding::Side::left);
  EXPECT_EQ(slot_of(paid.body, "payment_ref").padding.side, Padding::Side::right);
}

TEST(CompiledProfile, AComposedIdReadsWhatItRepeatsFirst) {
  const Profile vault = load("vault", samples::fixed);
  const Layout& header = vault.find(MessageKind::payment_confirmation)->header;
  const Line& id = header.lines.back();
  EXPECT_EQ(header.record->fields[id.field].name, "message_id");
  const auto parts = header.slots_of(id);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(header.record->fields[std::get<Derived>(parts[0].place).field].name, "sent_at");
  EXPECT_EQ(parts[0].pattern->size(), 8u);
  EXPECT_EQ(id.join, "-");
}

TEST(CompiledProfile, ATaggedRecordCarriesItsTag) {
  const Profile vault = load("vault", samples::fixed);
  const Group& findings = vault.find(MessageKind::receipt)->groups.at(0);
  const auto& tagged = std::get<Group::Tagged>(findings.where);
  EXPECT_EQ(tagged.tag, "F");
  EXPECT_EQ(std::get<Span>(tagged.place).offset, 0u);
  EXPECT_EQ(findings.rows.lines.front().kind, Line::Kind::constant);
  EXPECT_EQ(findings.rows.size, 247u);
}

TEST(CompiledProfile, InstantsOfPartsHaveOnePattern) {
  const Profile vault = load("vault", samples::fixed);
  const Layout& header = vault.find(MessageKind::payment_confirmation)->header;
  const auto& form = std::get<InstantForm>(line_of(header, "sent_at").form);
  EXPECT_EQ(form.pattern.text, "yyyyMMddHHmmss");
  EXPECT_EQ(form.pattern.hour.offset, 8);
  EXPECT_EQ(form.pattern.precision, 1'000'000);
  const Profile desk = load("desk", samples::json);
  const auto& iso = std::get<InstantForm>(line_of(desk.find(MessageKind::receipt)->body, "received_at").form);
  EXPECT_EQ(iso.pattern.blank, "0000-00-00T00:00:00.000+08:00");
  EXPECT_EQ(iso.pattern.precision, 1'000);
}

TEST(CompiledProfile, WhatFollowsAnUnclearAnswerHasDefaults) {
  const Profile fund = load("payer", samples::xml);
  EXPECT_EQ(fund.find(MessageKind::compensation_instruction)->on_unknown, OnUnknown::park);
  EXPECT_EQ(fund.find(MessageKind::compensation_instruction)->unmappable, Unmappable::park);
  EXPECT_EQ(fund.find(MessageKind::recovery_remittance)->on_unknown, OnUnknown::resend);
  EXPECT_EQ(fund.find(MessageKind::recovery_remittance)->unmappable, Unmappable::park);
  const Profile desk = load("desk", samples::json);
  EXPECT_EQ(desk.find(MessageKind::default_notice)->on_unknown, OnUnknown::resend);
  EXPECT_EQ(desk.find(MessageKind::default_notice)->unmappable, Unmappable::mark);
}

}  // namespace
}  // namespace loangate::adapters
