// Samples laid over their mapping: nothing of a good one is left unsaid, and of a bad one as much as can be
// read is told.
#include "adapters/workbench/annotate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pugixml.hpp>
#include <set>

#include "adapters/codec/charset.hpp"
#include "adapters/codec/framing.hpp"
#include "base/json.hpp"
#include "tests/support/partners.hpp"

namespace loangate::adapters {
namespace {

using Kind = AnnotatedPlace::Kind;

struct Sample {
  const Profile* profile;
  std::string file, bytes;
  bool bad;  ///< is meant to be refused
};

std::vector<Sample> all_samples() {
  std::vector<Sample> samples;
  for (const auto& profile : support::partners().all()) {
    const std::string id(profile->id.view());
    for (const auto& entry : std::filesystem::directory_iterator(support::partners_folder / id / "samples")) {
      const std::string file = entry.path().filename().string();
      if (file.ends_with(".expected.json")) continue;
      samples.push_back({profile.get(), file, support::sample(id, file), file.contains("-bad-")});
    }
  }
  return samples;
}

std::string said(const Sample& sample) {
  return std::string(sample.profile->id.view()) + " " + sample.file;
}

/// How often each byte is told, for what is told by bytes.
std::vector<int> told(const Sample& sample, const Annotation& annotation) {
  std::vector<int> times(sample.bytes.size());
  for (const AnnotatedPlace& place : annotation.places) {
    for (std::size_t i = place.begin; i < place.begin + place.size; ++i) ++times.at(i);
  }
  return times;
}

void collect(pugi::xml_node element, std::multiset<std::string>& values) {
  for (const auto attribute : element.attributes()) {
    if (!std::string_view(attribute.name()).starts_with("xmlns") && *attribute.value() != '\0')
      values.insert(attribute.value());
  }
  bool leaf = true;
  for (const auto child : element.children()) {
    if (child.type() == pugi::node_element) {
      leaf = false;
      collect(child, values);
    }
  }
  if (leaf && *element.child_value() != '\0') values.insert(element.child_value());
}

void collect(const JsonDocument& document, const JsonNode& node, std::multiset<std::string>& values) {
  if (node.kind == JsonNode::Kind::array || node.kind == JsonNode::Kind::object) {
    for (const JsonNode* child = document.first(node); child != nullptr; child = document.next(*child))
      collect(document, *child, values);
  } else if (!node.text.empty() && node.kind != JsonNode::Kind::null) {
    values.insert(std::string(node.text));
  }
}

/// All values in the body of an XML or JSON sample, found by another way than the codec's.
std::multiset<std::string> values_of(const Sample& sample) {
  Faults faults;
  const auto framed = unframe(*sample.profile, sample.bytes, faults).value();
  std::string text;
  EXPECT_TRUE(append_utf8(sample.profile->charset, framed.body, text));
  std::multiset<std::string> values;
  if (sample.profile->format == Format::xml) {
    pugi::xml_document document;
    EXPECT_TRUE(document.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8));
    collect(document.document_element(), values);
  } else {
    JsonDocument document;
    EXPECT_TRUE(document.read(text));
    collect(document, document.root(), values);
  }
  return values;
}

TEST(Annotate, TellsEveryByteOfAGoodSampleOnce) {
  for (const Sample& sample : all_samples()) {
    if (sample.bad || sample.profile->format != Format::fixed) continue;
    const Annotation annotation = annotate(*sample.profile, sample.bytes);
    EXPECT_TRUE(annotation.findings.empty()) << said(sample);
    EXPECT_THAT(told(sample, annotation), testing::Each(1)) << said(sample);
    for (const AnnotatedPlace& place : annotation.places)
      EXPECT_NE(place.kind, Kind::unread) << said(sample) << " " << place.place;
  }
}

TEST(Annotate, TellsEveryElementAttributeAndMemberOfAGoodSample) {
  for (const Sample& sample : all_samples()) {
    if (sample.bad || sample.profile->format == Format::fixed) continue;
    const Annotation annotation = annotate(*sample.profile, sample.bytes);
    EXPECT_TRUE(annotation.findings.empty()) << said(sample);
    std::multiset<std::string> values;
    bool unread = false;
    for (const AnnotatedPlace& place : annotation.places) {
      if (place.size == 0 && !place.raw.empty()) values.insert(place.raw);
      unread = unread || place.kind == Kind::unread;
    }
    EXPECT_EQ(values, values_of(sample)) << said(sample);
    EXPECT_EQ(unread, sample.file.contains("unknown-element") || sample.file.contains("unknown-member"))
        << said(sample);
  }
}

TEST(Annotate, TellsEachValueAsItIsInTheCanonicalForm) {
  for (const Sample& sample : all_samples()) {
    if (sample.bad) continue;
    const Annotation annotation = annotate(*sample.profile, sample.bytes);
    for (const AnnotatedPlace& place : annotation.places) {
      if (place.canonical.empty() || place.field.contains('[')) continue;
      EXPECT_TRUE(annotation.canonical.contains('"' + place.field + "\":" + place.canonical))
          << said(sample) << " " << place.field << " " << place.canonical;
    }
  }
}

TEST(Annotate, OfABadSampleTellsWhatDecodeFindsAndWhere) {
  for (const Sample& sample : all_samples()) {
    if (!sample.bad) continue;
    const Annotation annotation = annotate(*sample.profile, sample.bytes);
    const auto read = decode(*sample.profile, sample.bytes);
    ASSERT_FALSE(read) << said(sample);
    ASSERT_EQ(annotation.findings.size(), read.error().findings.size()) << said(sample);
    if (sample.profile->format == Format::fixed) {
      EXPECT_THAT(told(sample, annotation), testing::Each(1)) << said(sample);
    }
    if (!sample.file.contains("bad-values")) continue;
    for (std::size_t i = 0; i < annotation.findings.size(); ++i) {
      EXPECT_TRUE(std::ranges::any_of(annotation.places,
                                      [&](const AnnotatedPlace& place) {
                                        return std::ranges::find(place.findings, i) != place.findings.end();
                                      }))
          << said(sample) << " " << annotation.findings[i].place;
    }
  }
}

TEST(Annotate, ShowsWhatNoLineMaps) {
  const auto bytes = support::sample("bank04", "loan-disbursement-bad-unknown-element.xml");
  const Annotation annotation = annotate(support::partner("bank04"), bytes);
  EXPECT_TRUE(std::ranges::any_of(annotation.places,
                                  [](const AnnotatedPlace& place) { return place.kind == Kind::unread; }));
}

TEST(Annotate, OfAShortRecordShowsWhatIsThereAndOfALongOneWhatIsLeft) {
  const Profile& profile = support::partner("bank16");
  const auto whole = support::sample("bank16", "loan-repayment.dat");
  const auto count = [&](std::string_view bytes, Kind kind) {
    const Annotation annotation = annotate(profile, bytes);
    EXPECT_FALSE(annotation.findings.empty());
    return std::ranges::count(annotation.places, kind, &AnnotatedPlace::kind);
  };
  EXPECT_GT(count(whole.substr(0, whole.size() - 20), Kind::field), 2);
  EXPECT_EQ(count(whole + "rest", Kind::unread), 1);
}

TEST(Annotate, MarksARequiredFieldThatIsNotThere) {
  std::string bytes = support::sample("citicph", "loan-repayment.xml");
  const std::size_t begin = bytes.find("<LOAN_NO>");
  ASSERT_NE(begin, bytes.npos);
  bytes.erase(begin, bytes.find("</LOAN_NO>") + 10 - begin);
  const Annotation annotation = annotate(support::partner("citicph"), bytes);
  const auto missing = std::ranges::find(annotation.places, true, &AnnotatedPlace::missing);
  ASSERT_NE(missing, annotation.places.end());
  EXPECT_EQ(missing->field, "loan_no");
  EXPECT_EQ(missing->findings.size(), 1u);
}

TEST(Annotate, OfWhatCannotBeReadAtAllTellsTheFinding) {
  for (const char* const id : {"citicph", "sxbph", "phrcb"}) {
    for (const std::string& bytes : {std::string(), std::string("\xff\xfe\0", 3), std::string(70'000, 'x')}) {
      const Annotation annotation = annotate(support::partner(id), bytes);
      EXPECT_FALSE(annotation.findings.empty()) << id;
      JsonDocument document;
      EXPECT_TRUE(document.read(annotation_json(support::partner(id), annotation))) << id;
    }
  }
}

}  // namespace
}  // namespace loangate::adapters
