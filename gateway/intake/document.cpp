#include "intake/document.hpp"

#include <algorithm>
#include <array>

#include "base/json_writer.hpp"

namespace loangate::intake {
namespace {

constexpr std::array<std::string_view, 3> media_types{"application/pdf", "image/jpeg", "image/png"};

std::string description(const Document& document, Sequence sequence) {
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .member("document", std::string_view(hex(document.sha256)))
      .member("media_type", std::string_view(document.media_type))
      .member("bytes", std::uint64_t{document.bytes.size()})
      .member("sequence", sequence.number)
      .end_object();
  return out;
}

}  // namespace

bool takes_document(std::string_view media_type) {
  return std::ranges::find(media_types, media_type) != media_types.end();
}

Document document(const PartnerId& partner, std::string bytes, std::string media_type, Instant received) {
  Document made{.partner = partner,
                .bytes = std::move(bytes),
                .media_type = std::move(media_type),
                .sha256 = {},
                .received = received};
  made.sha256 = sha256(made.bytes);
  return made;
}

store::Writes keep(const Document& document, const store::View& view, Sequence sequence,
                   DocumentReply& reply) {
  const MessageId id = store::document_id(document.sha256);
  if (const auto prior = view.message(document.partner, id)) {
    if (prior->raw_digest != document.sha256) {
      reply = {.status = 409, .sequence = prior->sequence};
      return {};
    }
    if (prior->removed_by) {
      reply = {.status = 410, .sequence = prior->sequence};
      return {};
    }
    reply = {.status = prior->status, .body = prior->receipt, .sequence = prior->sequence};
    return {};
  }
  reply = {.status = 201, .body = description(document, sequence), .sequence = sequence};
  return {.entry = store::JournalEntry{.partner = document.partner,
                                       .message_id = id,
                                       .received = document.received,
                                       .real_time = real_now(),
                                       .raw = document.bytes,
                                       .raw_digest = document.sha256,
                                       .content = document.sha256,
                                       .outcome = Outcome::accepted,
                                       .status = reply.status,
                                       .receipt = reply.body}};
}

}  // namespace loangate::intake
