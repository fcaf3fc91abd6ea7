#include "adapters/codec/xml_gate.hpp"

#include <expat.h>
#include <fmt/format.h>

#include <cstdlib>
#include <optional>

namespace loangate::adapters {

namespace {

/// One parser of expat, used again for every document of its thread.
class Expat {
 public:
  explicit Expat(bool namespaces)
      : parser_(namespaces ? XML_ParserCreateNS("UTF-8", '\n') : XML_ParserCreate("UTF-8")) {
    if (parser_ == nullptr) std::abort();  // out of memory
  }
  ~Expat() { XML_ParserFree(parser_); }
  Expat(const Expat&) = delete;
  Expat& operator=(const Expat&) = delete;

  std::expected<XmlChecked, XmlFault> check(std::string_view text, const XmlLimits& limits) {
    XML_ParserReset(parser_, "UTF-8");
    checked_ = {};
    refusal_.reset();
    limits_ = limits;
    depth_ = elements_ = 0;
    XML_SetUserData(parser_, this);
    XML_SetElementHandler(parser_, begin_element, end_element);
    XML_SetXmlDeclHandler(parser_, declaration);
    XML_SetStartDoctypeDeclHandler(parser_, doctype);
    if (XML_Parse(parser_, text.data(), static_cast<int>(text.size()), XML_TRUE) == XML_STATUS_OK) {
      return std::move(checked_);
    }
    if (!refusal_) {
      refusal_ = XmlFault{XmlFault::Kind::malformed, XML_ErrorString(XML_GetErrorCode(parser_)), 1, 1};
    }
    locate(text);
    return std::unexpected(std::move(*refusal_));
  }

 private:
  static Expat& self(void* user) { return *static_cast<Expat*>(user); }

  static void begin_element(void* user, const XML_Char*, const XML_Char** attributes) {
    Expat& gate = self(user);
    if (++gate.elements_ > gate.limits_.elements) {
      return gate.stop(XmlFault::Kind::exceeds, fmt::format("more than {} elements", gate.limits_.elements));
    }
    if (++gate.depth_ > gate.limits_.depth) {
      return gate.stop(XmlFault::Kind::exceeds, fmt::format("deeper than {} levels", gate.limits_.depth));
    }
    std::size_t count = 0;
    while (attributes[count] != nullptr) count += 2;
    if (count / 2 > gate.limits_.attributes) {
      gate.stop(XmlFault::Kind::exceeds, fmt::format("more than {} attributes", gate.limits_.attributes));
    }
  }
  static void end_element(void* user, const XML_Char*) { --self(user).depth_; }
  static void declaration(void* user, const XML_Char*, const XML_Char* encoding, int) {
    if (encoding != nullptr) self(user).checked_.declared_encoding = encoding;
  }
  static void doctype(void* user, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    self(user).stop(XmlFault::Kind::dtd, "document type declaration");
  }

  void stop(XmlFault::Kind kind, std::string what) {
    if (refusal_) return;
    refusal_ = XmlFault{kind, std::move(what), 1, 1};
    XML_StopParser(parser_, XML_FALSE);
  }

  /// Where the parser stopped. Columns are counted in characters: expat counts bytes of UTF-8, which are not
  /// the sender's.
  void locate(std::string_view text) {
    const auto index = XML_GetCurrentByteIndex(parser_);
    const std::string_view before = text.substr(0, index < 0 ? 0 : static_cast<std::size_t>(index));
    for (const char c : before) {
      if (c == '\n') {
        ++refusal_->line;
        refusal_->column = 1;
      } else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) {
        ++refusal_->column;
      }
    }
  }

  XML_Parser parser_;
  XmlLimits limits_;
  XmlChecked checked_;
  std::optional<XmlFault> refusal_;
  std::size_t depth_ = 0;
  std::size_t elements_ = 0;
};

}  // namespace

std::expected<XmlChecked, XmlFault> check_xml(std::string_view utf8, const XmlLimits& limits) {
  thread_local Expat plain(false);
  thread_local Expat with_namespaces(true);
  return (limits.namespaces ? with_namespaces : plain).check(utf8, limits);
}

}  // namespace loangate::adapters
