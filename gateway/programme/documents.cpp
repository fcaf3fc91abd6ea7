#include "programme/documents.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "base/contains.hpp"

namespace loangate::programme {

void note_missing_documents(CodeSet<DocumentKind> needed, std::span<const AttachmentRow> attached,
                            Severity missing, std::uint16_t field, Judgement& j) {
  for (const AttachmentRow& row : attached) {
    const auto digest = from_hex(row.sha256);
    if (!digest || digest->size() != sizeof(Digest)) {
      j.refuse(FindingCode::digest_malformed, field, {{"given", row.sha256}});
      continue;
    }
    Digest sha256;
    std::ranges::copy(*digest, sha256.begin());
    if (!j.registry.has_document(j.occasion.partner, sha256))
      j.note(FindingCode::document_not_received, field, {{"given", row.name.value_or(row.sha256)}});
  }
  for (std::size_t i = 0; i < document_kind_codes().codes.size(); ++i) {
    const auto kind = static_cast<DocumentKind>(i);
    if (!needed.has(kind) || contains(attached, kind, &AttachmentRow::kind)) continue;
    j.find(missing, FindingCode::document_missing, field, {{"kind", std::string(spec_of(kind).zh)}});
  }
}

}  // namespace loangate::programme
