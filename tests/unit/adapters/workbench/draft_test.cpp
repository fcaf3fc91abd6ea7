// First profiles from samples, schemas and layouts: how much is guessed right, and that what is left to do is
// named.
#include "adapters/workbench/draft.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "adapters/profile/base.hpp"
#include "tests/support/partners.hpp"

namespace loangate::adapters {
namespace {

using testing::HasSubstr;

/// The samples of a partner that it sends, without names that tell what they are.
DraftOrder samples_of(const std::string& id, std::set<std::string>* messages) {
  const Profile& profile = support::partner(id);
  DraftOrder order{.id = id,
                   .role = profile.role,
                   .name_zh = "样例",
                   .name_en = "Sample",
                   .format = profile.format,
                   .inputs = {}};
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(support::partners_folder / id / "samples"))
    files.push_back(entry.path());
  std::ranges::sort(files);
  for (const auto& path : files) {
    const std::string file = path.filename().string();
    if (file.ends_with(".json.expected.json") || file.ends_with(".expected.json") || file.contains("-bad-") ||
        file.contains("-lenient-"))
      continue;
    std::string bytes = support::sample(id, file);
    if (const auto read = decode(profile, bytes)) messages->insert(std::string(spec_of(read->kind).name));
    order.inputs.push_back(
        {.name = "sample" + std::to_string(order.inputs.size()), .bytes = std::move(bytes), .message = {}});
  }
  return order;
}

/// Field → place of every message, the envelope's in each; groups by their place and their rows'.
using Mapping = std::map<std::string, std::map<std::string, std::string>>;

void take(const YamlNode& lines, const std::string& prefix, std::map<std::string, std::string>& into) {
  if (!lines.is_list()) return;
  for (const YamlNode& line : lines.items()) {
    if (!line.is_map() || !line.has("field")) continue;
    const std::string field = prefix + line["field"].text();
    if (line.has("at")) into[field] = line["at"].text();
    if (line.has("each")) into[field] = line["each"].text();
    if (line.has("lines")) take(line["lines"], field + "/", into);
  }
}

Mapping mapping_of(const YamlFile& file) {
  Mapping mapping;
  for (const auto& [name, node] : file.root()["messages"].members()) {
    take(file.root()["envelope"], "", mapping[name]);
    take(node["lines"], "", mapping[name]);
  }
  return mapping;
}

struct Score {
  int right = 0, wrong = 0, missed = 0;
  double share() const { return static_cast<double>(right) / std::max(1, right + wrong + missed); }
  double trust() const { return static_cast<double>(right) / std::max(1, right + wrong); }
};

/// Of the fields that the messages really carry, how many have the place that the partner's own profile gives
/// them.
Score compare(const YamlFile& draft, const YamlFile& truth, const std::set<std::string>& messages) {
  Score score;
  const Mapping drafted = mapping_of(draft);
  const Mapping real = mapping_of(truth);
  for (const std::string& message : messages) {
    const RecordSpec& record = *spec_of(*message_kind(message)).record;
    for (const auto& [field, at] : real.at(message)) {
      // The envelope's lines are of some messages only.
      if (record.index_of(field.substr(0, field.find('/'))) == record.fields.size()) continue;
      const auto found = drafted.find(message);
      const auto line = found == drafted.end() ? std::map<std::string, std::string>::const_iterator{}
                                               : found->second.find(field);
      if (found == drafted.end() || line == found->second.end()) {
        ++score.missed;
      } else {
        ++(line->second == at ? score.right : score.wrong);
      }
    }
  }
  return score;
}

/// The mistakes that are left are work to do, each named: none is of the draft's own making.
void expect_only_work_left(const DraftOrder& order, const std::string& text) {
  const auto loaded = load_profile(order.id, text);
  if (loaded) return;
  for (const ConfigError& error : loaded.error()) {
    EXPECT_GT(error.line, 0) << error.text();
    const bool work = error.what.contains("is missing") || error.what.contains("has no line") ||
                      error.what.contains("there is no map") || error.what.contains("has no code for") ||
                      error.what.contains("a receipt needs") || error.what.contains("no line says") ||
                      error.what.contains("add a line for");
    EXPECT_TRUE(work) << error.text();
  }
}

struct Floor {
  std::string id;
  double share, trust;

  friend void PrintTo(const Floor& floor, std::ostream* out) { *out << floor.id; }
};
class DraftFromSamples : public testing::TestWithParam<Floor> {};

TEST_P(DraftFromSamples, GuessesMostOfTheFieldsAndLeavesNamedWork) {
  const Floor& floor = GetParam();
  std::set<std::string> messages;
  const DraftOrder order = samples_of(floor.id, &messages);
  const auto text = draft(order);
  ASSERT_TRUE(text) << text.error().front().text();
  const Score score = compare(YamlFile("draft", *text),
                              read_profile(support::partners_folder / floor.id / "profile.yaml"), messages);
  RecordProperty("right", score.right);
  RecordProperty("wrong", score.wrong);
  RecordProperty("missed", score.missed);
  EXPECT_GE(score.share(), floor.share)
      << score.right << " right, " << score.wrong << " wrong, " << score.missed << " missed";
  EXPECT_GE(score.trust(), floor.trust) << score.right << " right, " << score.wrong << " wrong\n" << *text;
  expect_only_work_left(order, *text);
}

INSTANTIATE_TEST_SUITE_P(Partners, DraftFromSamples,
                         testing::Values(Floor{"citicph", 0.95, 0.99}, Floor{"bank09", 0.45, 0.95},
                                         Floor{"bank06", 0.5, 0.85}, Floor{"sxbph", 0.9, 0.98},
                                         Floor{"bank13", 0.85, 0.98}, Floor{"tabank", 0.7, 0.94}),
                         [](const auto& info) { return info.param.id; });

/// Records of bytes tell no names: a layout as banks' documents give it does.
TEST(DraftFromALayout, GuessesMostOfTheFieldsByTheirChineseNames) {
  const Profile& profile = support::partner("bank16");
  const YamlFile truth = read_profile(support::partners_folder / "bank16/profile.yaml");
  DraftOrder order{.id = "bank16",
                   .role = PartnerRole::bank,
                   .name_zh = "样例",
                   .name_en = "Sample",
                   .format = Format::fixed,
                   .inputs = {}};
  std::set<std::string> messages;
  for (const std::string name : {"loan.disbursement", "loan.repayment"}) {
    messages.insert(name);
    std::string csv = "name,offset,width,type\n";
    const MessageMap& map = *profile.find(*message_kind(name));
    for (const Line& line : map.body.lines) {
      const Slot& slot = map.body.slots[line.first_slot];
      const auto* span = std::get_if<Span>(&slot.place);
      if (span == nullptr) continue;
      csv += line.kind == Line::Kind::field  ? std::string(map.body.record->fields[line.field].zh)
             : line.kind == Line::Kind::type ? "交易码"
                                             : "保留域";
      csv += "," + std::to_string(span->offset + 1) + "," + std::to_string(span->width) + ",X\n";
    }
    std::string file = name;
    std::ranges::replace(file, '.', '-');
    order.inputs.push_back({DraftInput::Kind::layout, file + ".csv", csv, message_kind(name)});
    order.inputs.push_back({DraftInput::Kind::sample, file + ".dat", support::sample("bank16", file + ".dat"),
                            message_kind(name)});
  }
  const auto text = draft(order);
  ASSERT_TRUE(text) << text.error().front().text();
  const Score score = compare(YamlFile("draft", *text), truth, messages);
  EXPECT_GE(score.share(), 0.6) << score.right << " right, " << score.wrong << " wrong, " << score.missed
                                << " missed\n"
                                << *text;
}

/// Without a layout only what a value shows by itself is known; every byte has a line all the same.
TEST(DraftFromRecords, FindsTheCompanyByItsCheckDigits) {
  std::set<std::string> messages;
  const DraftOrder order = samples_of("bank16", &messages);
  const auto text = draft(order);
  ASSERT_TRUE(text) << text.error().front().text();
  EXPECT_THAT(*text, HasSubstr("format: fixed"));
  EXPECT_THAT(*text, HasSubstr("filler: "));
  EXPECT_TRUE(YamlFile("draft", *text).errors().empty());
}

TEST(DraftFromDelimitedRecords, FindsTheDelimiterTheCompanyAndItsName) {
  std::set<std::string> messages;
  const auto text = draft(samples_of("bank19", &messages));
  ASSERT_TRUE(text);
  EXPECT_THAT(*text,
              HasSubstr("delimiter: \"" + std::string(1, *support::partner("bank19").fixed.delimiter)));
  EXPECT_THAT(*text, HasSubstr("field: company_uscc, at: "));
}

std::string draft_of(Format format, DraftInput::Kind kind, std::string bytes,
                     std::optional<MessageKind> message = {}) {
  const DraftOrder order{.id = "bank22",
                         .role = PartnerRole::bank,
                         .name_zh = "样",
                         .name_en = "S",
                         .format = format,
                         .inputs = {{kind, "given", std::move(bytes), message}}};
  auto text = draft(order);
  if (!text) return "refused: " + text.error().front().text();
  expect_only_work_left(order, *text);
  return *text;
}

constexpr std::string_view an_xsd = R"(<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:element name="TX"><xs:complexType><xs:sequence>
    <xs:element name="TX_CODE" type="xs:string"/>
    <xs:element name="SERIAL_NO" type="xs:string"/>
    <xs:element name="BODY" type="Body"/>
  </xs:sequence></xs:complexType></xs:element>
  <xs:complexType name="Body"><xs:sequence>
    <xs:element name="JJH"><xs:annotation><xs:documentation>借据号</xs:documentation></xs:annotation></xs:element>
    <xs:element name="PAY_DATE" type="xs:string"/>
    <xs:element name="PRIN_AMT" type="xs:decimal"/>
    <xs:element name="LX" type="Money"><xs:annotation><xs:documentation>归还利息</xs:documentation></xs:annotation></xs:element>
  </xs:sequence></xs:complexType>
  <xs:simpleType name="Money"><xs:restriction base="xs:decimal"/></xs:simpleType>
</xs:schema>)";

TEST(DraftFromAnXsd, MapsElementsThroughNamedTypes) {
  const std::string text = draft_of(Format::xml, DraftInput::Kind::xsd, std::string(an_xsd));
  EXPECT_THAT(text, HasSubstr("loan.repayment:"));
  EXPECT_THAT(text, HasSubstr("{type: true, at: \"/TX/TX_CODE\"}"));
  EXPECT_THAT(text, HasSubstr("{field: loan_no, at: \"/TX/BODY/JJH\"}"));
  EXPECT_THAT(text, HasSubstr("field: paid_on, at: \"/TX/BODY/PAY_DATE\""));
  EXPECT_THAT(text, HasSubstr("field: principal, at: \"/TX/BODY/PRIN_AMT\""));
  EXPECT_THAT(text, HasSubstr("field: interest, at: \"/TX/BODY/LX\""));
}

TEST(DraftFromAJsonSchema, MapsMembersThroughReferencesAndReadsCodesFromRemarks) {
  const std::string text = draft_of(Format::json, DraftInput::Kind::json_schema, R"({
    "type": "object", "properties": {
      "head": {"$ref": "#/$defs/head"},
      "body": {"type": "object", "properties": {
        "loanNo": {"type": "string"}, "dueOn": {"type": "string", "title": "应还日"},
        "overduePrincipal": {"type": "string"},
        "loanClass": {"type": "string", "enum": ["1", "2"], "description": "五级分类: 1-正常, 2-关注"}}}},
    "$defs": {"head": {"properties": {"serviceId": {"const": "OVD01"}, "mesgId": {"type": "string"}}}}})");
  EXPECT_THAT(text, HasSubstr("overdue.report:"));
  EXPECT_THAT(text, HasSubstr("when: \"OVD01\""));
  EXPECT_THAT(text, HasSubstr("{type: true, at: \"/head/serviceId\"}"));
  EXPECT_THAT(text, HasSubstr("normal: \"1\""));
  EXPECT_THAT(text, HasSubstr("special_mention: \"2\""));
}

TEST(Draft, TakesTheWordOfWhoKnowsTheMessage) {
  const std::string text =
      draft_of(Format::json, DraftInput::Kind::sample, R"({"type":"X1","no":"7"})", MessageKind::limit_query);
  EXPECT_THAT(text, HasSubstr("limit.query:"));
}

struct Refused {
  std::string_view name;
  Format format;
  DraftInput::Kind kind;
  std::string bytes;
  std::string_view says;

  friend void PrintTo(const Refused& refused, std::ostream* out) { *out << refused.name; }
};
class DraftRefusal : public testing::TestWithParam<Refused> {};

TEST_P(DraftRefusal, NamesTheFileAndTheRemedy) {
  EXPECT_THAT(draft_of(GetParam().format, GetParam().kind, GetParam().bytes),
              testing::StartsWith("refused: given:"));
  EXPECT_THAT(draft_of(GetParam().format, GetParam().kind, GetParam().bytes),
              HasSubstr(std::string(GetParam().says)));
}

INSTANTIATE_TEST_SUITE_P(
    All, DraftRefusal,
    testing::Values(
        Refused{"BrokenXml", Format::xml, DraftInput::Kind::sample, "<a><b></a>",
                "give a well-formed document"},
        Refused{"ADocumentType", Format::xml, DraftInput::Kind::sample,
                "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "a document type"},
        Refused{"BrokenJson", Format::json, DraftInput::Kind::sample, "{\"a\":", "give a JSON document"},
        Refused{"AJsonArray", Format::json, DraftInput::Kind::sample, "[]", "no JSON object"},
        Refused{"NoSchema", Format::xml, DraftInput::Kind::xsd, "<a/>", "no XML Schema"},
        Refused{"NoEncoding", Format::xml, DraftInput::Kind::sample, "\xff\xff", "neither UTF-8 nor GB18030"},
        Refused{"AnEmptyLayout", Format::fixed, DraftInput::Kind::layout, "name,offset,width\n",
                "no row with a name"},
        Refused{"TooLarge", Format::json, DraftInput::Kind::sample, std::string((1u << 20) + 1, ' '),
                "larger than 1 MiB"}),
    [](const auto& info) { return std::string(info.param.name); });

/// A schema that refers to itself, or grows by referring twice at each level, ends.
TEST(Draft, OfASchemaThatNeverEndsEnds) {
  EXPECT_THAT(
      draft_of(
          Format::json, DraftInput::Kind::json_schema,
          R"({"properties":{"a":{"$ref":"#"},"b":{"$ref":"#"},"c":{"allOf":[{"$ref":"#"},{"$ref":"#"}]}}})"),
      testing::Not(testing::IsEmpty()));
  EXPECT_THAT(draft_of(Format::xml, DraftInput::Kind::xsd,
                       R"(<schema><element name="A" type="T"/><complexType name="T"><sequence>
                       <element name="L" type="T"/><element name="R" type="T"/></sequence></complexType></schema>)"),
              testing::Not(testing::IsEmpty()));
}

}  // namespace
}  // namespace loangate::adapters
