// What our gate lets in, expat must take too: a difference is a document that two readers read differently.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "adapters/codec/charset.hpp"
#include "adapters/codec/xml_gate.hpp"
#include "tests/support/expat.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loangate;
  std::string text;
  if (!adapters::append_utf8(adapters::Charset::utf8, {reinterpret_cast<const char*>(data), size}, text))
    return 0;
  for (const bool namespaces : {false, true}) {
    const auto checked = adapters::check_xml(text, {.namespaces = namespaces});
    if (checked && !support::expat_takes(text, namespaces)) std::abort();
  }
  return 0;
}
