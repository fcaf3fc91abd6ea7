#pragma once
#include <filesystem>

#include "base/yaml.hpp"

namespace loangate::adapters {

/// The profile `own` with the base that it names, `<bases>/<name>.yaml`, under it: maps become one, and so do
/// the lists of lines (`envelope`, `framing.header`, `messages.….lines`), line by line. Lines of one name,
/// which is their field, else their place, else `type` or `body_length`, take the place of all of the base's
/// of that name, where the first of those stood; others follow at the end. `{remove: NAME}` drops the base's
/// before anything else, so that a line of that name is a new one, at the end. Without `base:` it is `own` as
/// it came. A base has no base: who reads two files knows all.
YamlFile on_its_base(YamlFile own, const std::filesystem::path& bases);

/// The profile of `<partners>/<id>/profile.yaml` with the base that it names.
YamlFile read_profile(const std::filesystem::path& file);

}  // namespace loangate::adapters
