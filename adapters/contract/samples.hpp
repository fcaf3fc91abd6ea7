#pragma once
#include <string>
#include <vector>

#include "adapters/profile/profile.hpp"
#include "domain/finding.hpp"

namespace loangate::adapters {

/// A document of the partner's as it would go over the wire, and what comes of it.
struct SampleDocument {
  std::string name;        ///< `loan.disbursement`, `loan.disbursement-bad-values`
  std::string bytes;       ///< in the partner's encoding, framed
  Findings findings = {};  ///< what is wrong with it; none: it is good
};

/// Samples of one message: what schemas/story.yaml tells, as far as the format can say it; the same with the
/// required fields alone; and of what the partner sends, the first one spoilt in the ways that hosts find.
std::vector<SampleDocument> samples_of(const Profile& profile, const MessageMap& message);

/// `xml`, `json`, `dat` or, of records with line ends, `txt`.
std::string_view file_extension(const Profile& profile);

}  // namespace loangate::adapters
