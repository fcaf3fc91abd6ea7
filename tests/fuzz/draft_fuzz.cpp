// Samples, schemas and layouts from anywhere: a draft is made or refused with a reason, and a draft that is
// made is YAML that the loader can judge. The first byte says what the rest is.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "adapters/workbench/draft.hpp"

namespace {

using namespace loangate;
using namespace loangate::adapters;

void require(bool holds) {
  if (!holds) std::abort();
}

struct What {
  Format format;
  DraftInput::Kind kind;
};
constexpr What whats[] = {
    {Format::xml, DraftInput::Kind::sample},       {Format::json, DraftInput::Kind::sample},
    {Format::fixed, DraftInput::Kind::sample},     {Format::xml, DraftInput::Kind::xsd},
    {Format::json, DraftInput::Kind::json_schema}, {Format::fixed, DraftInput::Kind::layout}};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const What what = whats[data[0] % std::size(whats)];
  DraftOrder order{.id = "bank22",
                   .role = PartnerRole::bank,
                   .name_zh = "样",
                   .name_en = "S",
                   .format = what.format,
                   .inputs = {}};
  order.inputs.push_back({what.kind, "given", {reinterpret_cast<const char*>(data) + 1, size - 1}, {}});
  const auto text = draft(order);
  if (!text) {
    require(!text.error().empty());
    return 0;
  }
  require(YamlFile("draft", *text).errors().empty());
  static_cast<void>(load_profile("bank22", *text));
  return 0;
}
