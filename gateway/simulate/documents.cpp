#include "simulate/documents.hpp"

#include <fmt/format.h>

#include <array>
#include <span>

namespace loangate::simulate {
namespace {

constexpr DocumentKind for_application[] = {DocumentKind::contract, DocumentKind::iou,
                                            DocumentKind::disbursement_voucher,
                                            DocumentKind::collection_record};
constexpr DocumentKind for_write_off[] = {DocumentKind::court_ruling};

std::span<const DocumentKind> kinds_with(MessageKind kind) {
  if (kind == CompensationApplication::kind) return for_application;
  if (kind == WriteoffApplication::kind) return for_write_off;
  return {};
}

std::uint16_t attachments_of(MessageKind kind) {
  return kind == WriteoffApplication::kind ? WriteoffApplication::field::attachments
                                           : CompensationApplication::field::attachments;
}

}  // namespace

std::string one_page(std::string_view line) {
  const std::string text = fmt::format("BT /F 16 Tf 72 720 Td ({}) Tj ET", line);
  const std::array<std::string, 5> objects{
      "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
      "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
      fmt::format("<</Length {}>>stream\n{}\nendstream", text.size(), text),
      "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"};
  std::string pdf = "%PDF-1.4\n";
  std::string table;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    table += fmt::format("{:010} 00000 n \n", pdf.size());
    pdf += fmt::format("{} 0 obj{}endobj\n", i + 1, objects[i]);
  }
  return pdf + fmt::format(
                   "xref\n0 6\n0000000000 65535 f \n{}trailer<</Size 6/Root 1 0 R>>\nstartxref\n{}\n%%EOF\n",
                   table, pdf.size());
}

std::vector<Document> documents_with(const StoryLoan& loan, MessageKind kind) {
  std::vector<Document> documents;
  for (const DocumentKind document : kinds_with(kind)) {
    const Code code{static_cast<std::uint8_t>(document)};
    if (!loan.bank->composer().can_say(kind, attachments_of(kind), code, AttachmentRow::field::kind))
      continue;
    const CodeSpec& spec = spec_of(document);
    documents.push_back({.kind = document,
                         .name = fmt::format("{}{}.pdf", spec.zh, loan.no.view()),
                         .pdf = one_page(fmt::format("{} {}", spec.en, loan.no.view()))});
  }
  return documents;
}

}  // namespace loangate::simulate
