// What anybody may send or hand over: damaged messages to annotate, damaged samples, schemas and layouts to
// draft from.
#include <gtest/gtest.h>

#include "adapters/workbench/annotate.hpp"
#include "adapters/workbench/draft.hpp"
#include "tests/support/partners.hpp"
#include "tests/support/property.hpp"

namespace loangate::adapters {
namespace {

/// Some bytes of a text changed, taken out or doubled.
std::string damaged(std::string text) {
  const int blows = *rc::gen::inRange(0, 6);
  for (int i = 0; i < blows && !text.empty(); ++i) {
    const auto at = static_cast<std::size_t>(*rc::gen::inRange<int>(0, static_cast<int>(text.size())));
    const auto many = static_cast<std::size_t>(*rc::gen::inRange(1, 30));
    switch (*rc::gen::inRange(0, 3)) {
      case 0:
        text[at] = *rc::gen::arbitrary<char>();
        break;
      case 1:
        text.erase(at, many);
        break;
      default:
        text.insert(at, text.substr(at / 2, many));
    }
  }
  return text;
}

const std::string& a_sample(const Profile*& profile) {
  struct Sample {
    const Profile* profile;
    std::string bytes;
  };
  static const std::vector<Sample> samples = [] {
    std::vector<Sample> all;
    for (const auto& each : support::partners().all()) {
      const std::string id(each->id.view());
      for (const auto& entry :
           std::filesystem::directory_iterator(support::partners_folder / id / "samples")) {
        const std::string file = entry.path().filename().string();
        if (!file.ends_with(".expected.json")) all.push_back({each.get(), support::sample(id, file)});
      }
    }
    return all;
  }();
  const auto& sample =
      samples[static_cast<std::size_t>(*rc::gen::inRange<int>(0, static_cast<int>(samples.size())))];
  profile = sample.profile;
  return sample.bytes;
}

TEST(HostileInput, IsAnnotatedWithTheFindingsOfDecodeAndEachByteOfARecordOnce) {
  support::holds([] {
    const Profile* profile = nullptr;
    const std::string bytes = damaged(a_sample(profile));
    const Annotation annotation = annotate(*profile, bytes);
    RC_ASSERT(annotation.findings.empty() == decode(*profile, bytes).has_value());
    if (profile->format != Format::fixed || bytes.size() > profile->bounds.body_bytes) return;
    std::vector<int> told(bytes.size());
    for (const AnnotatedPlace& place : annotation.places) {
      for (std::size_t i = place.begin; i < place.begin + place.size; ++i) ++told.at(i);
    }
    for (const int times : told) RC_ASSERT(times == 1);
  });
}

/// A draft is refused with a reason, or is YAML that the loader can judge.
void draft_from(Format format, DraftInput::Kind kind, std::string bytes) {
  DraftOrder order{.id = "bank22",
                   .role = PartnerRole::bank,
                   .name_zh = "样",
                   .name_en = "S",
                   .format = format,
                   .inputs = {}};
  order.inputs.push_back({kind, "given", std::move(bytes), {}});
  const auto text = draft(order);
  if (!text) {
    RC_ASSERT(!text.error().empty());
    return;
  }
  const YamlFile read("draft", *text);
  if (!read.errors().empty()) RC_FAIL(read.errors().front().text() + "\n" + *text);
  (void)load_profile("bank22", *text);
}

TEST(HostileInput, OfSamplesGivesADraftOrARefusal) {
  support::holds(
      [] {
        const Profile* profile = nullptr;
        const std::string bytes = damaged(a_sample(profile));
        draft_from(profile->format, DraftInput::Kind::sample, bytes);
      },
      5);
}

constexpr std::string_view xsd =
    R"(<?xml version="1.0"?><xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
 targetNamespace="urn:x" elementFormDefault="qualified"><xs:element name="TX" type="T"/><xs:complexType name="T">
 <xs:sequence><xs:element name="TX_CODE"/><xs:element name="L" type="T" maxOccurs="9"/><xs:element ref="B"/>
 <xs:element name="G"><xs:simpleType><xs:restriction base="S"><xs:enumeration value="1"/></xs:restriction>
 </xs:simpleType></xs:element></xs:sequence><xs:attribute name="v"/></xs:complexType>
 <xs:simpleType name="S"><xs:restriction base="S"/></xs:simpleType><xs:element name="B"/></xs:schema>)";
constexpr std::string_view json_schema =
    R"({"type":"object","properties":{"a":{"$ref":"#/$defs/x"},"loanNo":{"type":
 "string","enum":["1","2"],"title":"1-信用"},"l":{"type":"array","items":{"allOf":[{"properties":{"k":{"const":"v"}}}]}}},
 "$defs":{"x":{"properties":{"y":{"$ref":"#/$defs/x"},"t":{"type":"number"}}}}})";
constexpr std::string_view layout =
    "name,offset,width,type,remark\n借据号,1,28,X,\n\"还款,日\",29,8,9,\n归还本金,37,15,N,\n";

TEST(HostileInput, OfSchemasAndLayoutsGivesADraftOrARefusal) {
  support::holds(
      [] {
        draft_from(Format::xml, DraftInput::Kind::xsd, damaged(std::string(xsd)));
        draft_from(Format::json, DraftInput::Kind::json_schema, damaged(std::string(json_schema)));
        draft_from(Format::fixed, DraftInput::Kind::layout, damaged(std::string(layout)));
      },
      5);
}

}  // namespace
}  // namespace loangate::adapters
