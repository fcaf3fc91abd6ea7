// What is read from any bytes must be written again, and read again as the same message; what is refused must
// say why. One target for each format: the first byte names the partner.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "adapters/codec/codec.hpp"
#include "adapters/workbench/annotate.hpp"

namespace {

using namespace loangate;
using namespace loangate::adapters;

#ifndef LOANGATE_FUZZ_FORMAT
#error "the target's format: xml, json or fixed"
#endif
constexpr Format format = Format::LOANGATE_FUZZ_FORMAT;

void require(bool holds) {
  if (!holds) std::abort();
}

const std::vector<const Profile*>& profiles() {
  static const auto partners = load_partners(LOANGATE_SOURCE_DIR "/adapters/partners");
  static const auto chosen = [] {
    std::vector<const Profile*> list;
    for (const auto& profile : partners->all()) {
      if (profile->format == format) list.push_back(profile.get());
    }
    return list;
  }();
  return chosen;
}

/// Laid over the mapping, any bytes give the findings that decode() gives, and every byte of a record is told
/// once.
void annotate_whole(const Profile& profile, std::string_view bytes, bool good) {
  const Annotation annotation = annotate(profile, bytes);
  require(annotation.findings.empty() == good);
  if (format != Format::fixed || bytes.size() > profile.bounds.body_bytes) return;
  std::vector<int> told(bytes.size());
  for (const AnnotatedPlace& place : annotation.places) {
    for (std::size_t i = place.begin; i < place.begin + place.size; ++i) ++told.at(i);
  }
  for (const int times : told) require(times == 1);
}

void read_whole(const Profile& profile, std::string_view bytes) {
  const auto read = decode(profile, bytes);
  annotate_whole(profile, bytes, read.has_value());
  if (!read) {
    require(!read.error().findings.empty());
    for (const Finding& finding : read.error().findings) require(!text_en(finding).empty());
    return;
  }
  static_cast<void>(content_digest(profile, *read));
  const auto written = encode(profile, read->kind, read->record);
  if (!written) return;  // leniently read, or a text that only this document could hold
  const auto again = decode(profile, *written);
  require(again.has_value() && again->record == read->record);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  read_whole(*profiles()[data[0] % profiles().size()], bytes.substr(1));
  return 0;
}
