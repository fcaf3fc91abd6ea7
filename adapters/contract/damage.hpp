#pragma once
#include <string>
#include <vector>

#include "adapters/profile/profile.hpp"
#include "domain/record.hpp"

namespace loangate::adapters {

struct Damaged {
  std::string name;  ///< what is wrong, as part of a file's name
  std::string bytes;
};

/// A good message spoilt in the ways that real hosts find: each way that makes sense in the partner's format,
/// framed anew so that only the one thing is wrong.
std::vector<Damaged> damage(const Profile& profile, const MessageMap& map, const Record& message,
                            const std::string& good);

}  // namespace loangate::adapters
