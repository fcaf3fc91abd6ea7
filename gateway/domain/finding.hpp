#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/finding_codes.hpp"
#include "domain/messages.hpp"
#include "domain/record.hpp"

namespace loangate {

/// One thing that was found about a message: why, where, how grave, and the numbers. All findings of a
/// message are reported at once. The texts come from schemas/findings.yaml.
struct Finding {
  FindingCode code;
  Severity severity = Severity::refusal;
  FieldPath field = {};  ///< none: the message as a whole
  /// The values of the text's {names}, ready to show.
  std::vector<std::pair<std::string_view, std::string>> values = {};
  /// Where in the partner's own message: XPath, JSON Pointer, or line and byte columns. Set by the codec.
  std::string place = {};
};

using Findings = std::vector<Finding>;

std::string text_zh(const Finding& finding);
std::string text_en(const Finding& finding);

/// The finding as a row of a receipt.
FindingRow receipt_row(const Finding& finding);

/// The codes, separated by commas: for the log, which may name them (settled 43).
std::string codes(const Findings& findings);

}  // namespace loangate
