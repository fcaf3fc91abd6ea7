#include "adapters/codec/xml_gate.hpp"

#include <gtest/gtest.h>

#include <string>

namespace loangate::adapters {
namespace {

using Kind = XmlFault::Kind;

TEST(XmlGate, LetsAWellFormedDocumentInAndTellsItsDeclaredEncoding) {
  const auto checked = check_xml("<?xml version=\"1.0\" encoding=\"GB18030\"?>\n<根 a='1'><b/>文</根>\n", {});
  ASSERT_TRUE(checked) << checked.error().what;
  EXPECT_EQ(checked->declared_encoding, "GB18030");
  EXPECT_EQ(check_xml("<a/>", {})->declared_encoding, "");
}

TEST(XmlGate, RefusesWhatPugixmlWouldTake) {
  const char* documents[] = {
      "<a b='1' b='2'/>",                 // duplicate attribute
      "<a/><b/>",                         // two roots
      "<a>&nbsp;</a>",                    // undefined entity
      "<a>&#0;</a>",      "<a>\x01</a>",  // not a character
      "<a b=1/>",         "<a b='<'/>",  "<a>]]></a>", "<a><!-- -- --></a>",
      "text<a/>",         "<a/>text",    "",           "<a>",
      "<a></b>",          "<1/>",
  };
  for (const char* document : documents) {
    const auto checked = check_xml(document, {});
    ASSERT_FALSE(checked) << document;
    EXPECT_EQ(checked.error().kind, Kind::malformed) << document;
  }
}

TEST(XmlGate, RefusesAnyDocumentTypeDeclaration) {
  for (const char* document : {
           "<!DOCTYPE a><a/>",
           "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
           "<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><a>&e;</a>",
           "<!DOCTYPE a [<!ENTITY x '1'><!ENTITY y '&x;&x;&x;&x;'>]><a>&y;</a>",
       }) {
    const auto checked = check_xml(document, {});
    ASSERT_FALSE(checked) << document;
    EXPECT_EQ(checked.error().kind, Kind::dtd) << document;
  }
}

TEST(XmlGate, BoundsDepthElementsAndAttributes) {
  const auto nested = [](std::size_t depth) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += "<a>";
    for (std::size_t i = 0; i < depth; ++i) text += "</a>";
    return text;
  };
  EXPECT_TRUE(check_xml(nested(8), {.depth = 8}));
  EXPECT_EQ(check_xml(nested(9), {.depth = 8}).error().kind, Kind::exceeds);
  EXPECT_EQ(check_xml(nested(100'000), {}).error().kind, Kind::exceeds);
  EXPECT_TRUE(check_xml("<a><b/><b/></a>", {.elements = 3}));
  EXPECT_EQ(check_xml("<a><b/><b/></a>", {.elements = 2}).error().kind, Kind::exceeds);
  EXPECT_TRUE(check_xml("<a b='' c=''/>", {.attributes = 2}));
  EXPECT_EQ(check_xml("<a b='' c=''/>", {.attributes = 1}).error().kind, Kind::exceeds);
}

TEST(XmlGate, TellsLineAndColumnInCharacters) {
  const auto checked = check_xml("<a>\n<名称>平湖</名></a>", {});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().what, "mismatched tag: </名称> is expected");
  EXPECT_EQ(checked.error().line, 2u);
  EXPECT_EQ(checked.error().column, 7u);
}

TEST(XmlGate, RefusesUnboundPrefixesOnlyWhereNamespacesCount) {
  EXPECT_TRUE(check_xml("<x:a/>", {}));
  EXPECT_FALSE(check_xml("<x:a/>", {.namespaces = true}));
  EXPECT_TRUE(check_xml("<x:a xmlns:x='urn:x'/>", {.namespaces = true}));
}

TEST(XmlGate, IsReadyForTheNextDocumentAfterAFault) {
  EXPECT_FALSE(check_xml("<a><b><c>", {.depth = 3}));
  EXPECT_TRUE(check_xml("<a><b><c/></b></a>", {.depth = 3}));
}

}  // namespace
}  // namespace loangate::adapters
