#pragma once
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "adapters/profile/profile.hpp"

namespace loangate::adapters {

/// A file that a draft is made from.
struct DraftInput {
  enum class Kind : std::uint8_t { sample, xsd, json_schema, layout };
  Kind kind = Kind::sample;
  std::string name;
  std::string bytes;
  std::optional<MessageKind> message;  ///< which it is, if who asks knows
};

/// What is known of a partner before its profile is written.
struct DraftOrder {
  std::string id;
  PartnerRole role = PartnerRole::bank;
  std::string name_zh, name_en;
  Format format = Format::xml;
  std::vector<DraftInput> inputs;
};

/// A first profile, as YAML. Each place that a canonical field was found for is a line; what is doubtful has
/// a comment `# ?` with the reason. It loads but for what is left to do, and `check` names each of that.
/// Refused is only what cannot be looked at.
std::expected<std::string, ConfigErrors> draft(const DraftOrder& order);

}  // namespace loangate::adapters
