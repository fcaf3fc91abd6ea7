#include "domain/case_no.hpp"

#include <fmt/format.h>

#include <charconv>

namespace loangate {
namespace {

// Nine digits sort as text for the first thousand million entries; a longer number is still a number.
constexpr std::size_t least_digits = 9;

template <class Number>
Number numbered(char letter, Sequence sequence) {
  return *Number::parse(fmt::format("{}{:0{}}", letter, sequence.number, least_digits));
}

std::optional<Sequence> read(char letter, std::string_view text) {
  if (text.size() < 1 + least_digits || text.front() != letter) return std::nullopt;
  text.remove_prefix(1);
  if (text.size() > least_digits && text.front() == '0') return std::nullopt;
  Sequence sequence;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), sequence.number);
  if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return sequence;
}

}  // namespace

CaseNo case_no(Sequence application) {
  return numbered<CaseNo>('C', application);
}
ProposalNo proposal_no(Sequence proposal) {
  return numbered<ProposalNo>('P', proposal);
}

InstructionNo instruction_no(const CaseNo& of, const PartnerId& payer) {
  // The two never both have their greatest length; should they, the end of the payer's id is left out.
  const std::string text = fmt::format("{}-{}", of.view(), payer.view());
  return *InstructionNo::parse(std::string_view(text).substr(0, InstructionNo::capacity));
}

InstructionNo remittance_no(Sequence report, const PartnerId& payee) {
  const std::string text = fmt::format("R{:0{}}-{}", report.number, least_digits, payee.view());
  return *InstructionNo::parse(std::string_view(text).substr(0, InstructionNo::capacity));
}

std::optional<Sequence> sequence_of(const CaseNo& number) {
  return read('C', number.view());
}
std::optional<Sequence> sequence_of(const ProposalNo& number) {
  return read('P', number.view());
}

}  // namespace loangate
