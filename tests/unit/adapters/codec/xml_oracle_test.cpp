// The gate is our own; expat is its judge. Documents are made of pieces that are right and pieces that nearly
// are.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "adapters/codec/xml_gate.hpp"
#include "tests/support/expat.hpp"
#include "tests/support/property.hpp"

namespace loangate::adapters {
namespace {

const std::vector<std::string> pieces = {
    "<a>",
    "</a>",
    "<b>",
    "</b>",
    "<a/>",
    "<b />",
    "<金额>",
    "</金额>",
    "<x:a>",
    "</x:a>",
    "<x:a xmlns:x='urn:x'>",
    "<a xmlns='urn:d'>",
    "<a xmlns:x='' >",
    "<a b='1'>",
    "<a b='1' b='2'>",
    "<a b='1'c='2'>",
    "<a b=\"'&lt;\" c = '\"'>",
    "<a x:b='1' xmlns:x='urn:x'>",
    "<a xmlns:x='u' xmlns:y='u' x:b='' y:b=''>",
    "<a b='<'>",
    "<a b>",
    "<a b=1>",
    "<a:b:c>",
    "<:a>",
    "<a:>",
    "<a:1>",
    "<1a>",
    "< a>",
    "</ a>",
    "</a >",
    "<a\n>",
    "<>",
    "<",
    ">",
    "text",
    " ",
    "\n",
    "\t",
    "平湖",
    "𠮷",
    "&lt;",
    "&amp;",
    "&apos;",
    "&quot;",
    "&nbsp;",
    "&#65;",
    "&#x4e00;",
    "&#0;",
    "&#xD800;",
    "&#xFFFE;",
    "&#1114112;",
    "&#x;",
    "&;",
    "&",
    "&#65",
    "]]>",
    "]]",
    "]",
    "<![CDATA[x]]>",
    "<![CDATA[<a>&]]]]>",
    "<![CDATA[",
    "<!-- c -->",
    "<!-- - -->",
    "<!-- -- -->",
    "<!-- --->",
    "<!---->",
    "<!-->",
    "<!--",
    "<?p?>",
    "<?p q?>",
    "<?p",
    "<?xml?>",
    "<?XML x?>",
    "<?x:y?>",
    "<? ?>",
    "<?xml version='1.0'?>",
    "<?xml version=\"1.0\" encoding=\"GB18030\"?>",
    "<?xml version='1.0' standalone='yes'?>",
    "<?xml encoding='x'?>",
    "<?xml version='1.0'encoding='x'?>",
    "<?xml version='1.0' encoding=''?>",
    "\xEF\xBB\xBF",
    "\xEF\xBF\xBE",
    "\xEF\xBF\xBD",
    "\x01",
    "\x7f",
    "\r",
    "\r\n",
    "'",
    "\"",
    "=",
    "/",
    "/>",
    "?>",
    "-->",
};

std::string any_document() {
  std::string text;
  if (*rc::gen::inRange(0, 3) == 0) text = "<?xml version='1.0' encoding='GBK'?>";
  if (*rc::gen::inRange(0, 3) != 0) text += "<a>";
  const int count = *rc::gen::inRange(0, 6);
  for (int i = 0; i < count; ++i) text += *rc::gen::elementOf(pieces);
  if (text.contains("<a>") && *rc::gen::inRange(0, 4) != 0) text += "</a>";
  return text;
}

TEST(XmlOracle, TheGateAndExpatLetTheSameDocumentsIn) {
  support::holds([] {
    const std::string text = any_document();
    for (const bool namespaces : {false, true}) {
      const auto ours = check_xml(text, {.namespaces = namespaces});
      const bool theirs = support::expat_takes(text, namespaces);
      if (ours.has_value() != theirs) {
        RC_FAIL(text + (namespaces ? "\nwith" : "\nwithout") + " namespaces: " +
                (ours ? "we take it, expat does not" : "expat takes it, we say " + ours.error().what));
      }
    }
  });
}

}  // namespace
}  // namespace loangate::adapters
