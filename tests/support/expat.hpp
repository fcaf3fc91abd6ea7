#pragma once
#include <expat.h>

#include <string_view>

namespace loangate::support {

/// Whether expat takes the text, which is in UTF-8 whatever it declares, as a well-formed document (with
/// qualified names, if `namespaces`). The judge of our own gate.
inline bool expat_takes(std::string_view text, bool namespaces) {
  XML_Parser parser = namespaces ? XML_ParserCreateNS("UTF-8", '\n') : XML_ParserCreate("UTF-8");
  const bool taken = XML_Parse(parser, text.data(), static_cast<int>(text.size()), XML_TRUE) == XML_STATUS_OK;
  XML_ParserFree(parser);
  return taken;
}

}  // namespace loangate::support
