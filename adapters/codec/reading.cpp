#include "adapters/codec/reading.hpp"

#include "adapters/codec/codec.hpp"
#include "base/json_writer.hpp"

namespace loangate::adapters {
namespace {

void write_finding(JsonWriter& json, const Finding& finding) {
  json.begin_object()
      .member("code", spec_of(finding.code).name)
      .member("place", std::string_view(finding.place))
      .member("text", std::string_view(text_zh(finding)))
      .end_object();
}

}  // namespace

std::string reading_json(const Profile& profile, std::string_view bytes) {
  const auto read = decode(profile, bytes);
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  if (read) {
    json.member("kind", spec_of(read->kind).name).key("message").raw(canonical_json(read->record));
  } else {
    const Undecoded& fault = read.error();
    if (fault.kind) json.member("kind", spec_of(*fault.kind).name);
    if (fault.message_id) json.member("message_id", fault.message_id->view());
    json.key("findings").begin_array();
    for (const Finding& finding : fault.findings) write_finding(json, finding);
    json.end_array();
  }
  json.end_object();
  return text + "\n";
}

}  // namespace loangate::adapters
