#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "store/store.hpp"

namespace loangate::intake {

/// 材料: a file that an application will name by its SHA-256 (R-37, settled 35). It is kept in the same
/// record as messages.
struct Document {
  PartnerId partner;
  std::string bytes;
  std::string media_type;
  Digest sha256;
  Instant received;
};

inline constexpr std::size_t greatest_document_bytes = 8u << 20;

/// Whether documents of this media type are taken: PDF, JPEG, PNG.
bool takes_document(std::string_view media_type);

Document document(const PartnerId& partner, std::string bytes, std::string media_type, Instant received);

struct DocumentReply {
  unsigned status = 503;  ///< 201; 409 if a message took the id under which the document would be kept
  std::string body = {};  ///< JSON; empty with 409
  std::optional<Sequence> sequence = {};
};

/// Runs on the single writer. The same document again gets the first answer.
store::Writes keep(const Document& document, const store::View& view, Sequence sequence,
                   DocumentReply& reply);

}  // namespace loangate::intake
