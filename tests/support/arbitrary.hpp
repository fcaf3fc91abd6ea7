#pragma once
#include <memory>
#include <ostream>

#include <rapidcheck.h>

#include "adapters/profile/profile.hpp"
#include "domain/messages.hpp"
#include "domain/record.hpp"

namespace loangate::support {

/// A generated message of a partner. Shared because RapidCheck copies what it generates.
struct ArbitraryMessage {
  const adapters::Profile* profile;
  const adapters::MessageMap* map;
  std::shared_ptr<const Record> record;
};

/// Shows the partner and the canonical JSON: what a failing case is reproduced with.
void showValue(const ArbitraryMessage& message, std::ostream& out);

/// Messages of this mapping with every value that its lines can carry, and no other (settled 48): texts of
/// the partner's charset up to the width of their place, amounts and rates that its forms can state exactly,
/// codes that it has, composed values whose parts agree, optional fields present or not. Fields without a
/// line are absent.
rc::Gen<ArbitraryMessage> arbitrary_message(const adapters::Profile& profile,
                                            const adapters::MessageMap& map);

}  // namespace loangate::support
