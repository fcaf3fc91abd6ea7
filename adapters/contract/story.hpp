#pragma once
#include <map>
#include <string>

#include "adapters/profile/profile.hpp"
#include "domain/messages.hpp"
#include "domain/record.hpp"

namespace loangate::adapters {

/// What schemas/story.yaml tells of a message to a partner of this profile's role: canonical messages by what
/// tells them apart, "" for the first. None if it does not tell of it.
std::map<std::string, Record> told_to(const Profile& profile, MessageKind kind);

}  // namespace loangate::adapters
