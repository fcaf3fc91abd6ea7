// Whatever the bytes: a traceparent is read or not, and what was read is written so that it reads the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/trace.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loangate;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto context = parse_traceparent(bytes);
  if (!context) return 0;
  const std::string written = context->traceparent();
  if (parse_traceparent(written) != context) std::abort();
  if (written.substr(3, 49) != bytes.substr(3, 49)) std::abort();
  return 0;
}
