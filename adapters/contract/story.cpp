#include "adapters/contract/story.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/yaml.hpp"
#include "contract/story_text.hpp"

namespace loangate::adapters {

namespace {

using Story = std::map<std::string, std::string>;  // canonical JSON by `<message>[@<role>][+<which>]`

const Story& story() {
  static const Story told = [] {
    const YamlFile file("schemas/story.yaml", story_text);
    Story by_title;
    for (const auto& [title, json] : file.root().members()) by_title.emplace(title, json.text());
    return by_title;
  }();
  return told;
}

}  // namespace

std::map<std::string, Record> told_to(const Profile& profile, MessageKind kind) {
  constexpr std::string_view self = "{self}";
  const std::string name(spec_of(kind).name);
  const std::string_view role = partner_role_codes().codes[std::to_underlying(profile.role)].name;
  std::map<std::string, Record> samples;
  // As told to the partner's role, else to all.
  for (const std::string& title : {fmt::format("{}@{}", name, role), name}) {
    for (auto at = story().lower_bound(title); at != story().end() && at->first.starts_with(title); ++at) {
      const std::string which = at->first.substr(title.size());
      if (!which.empty() && which.front() != '+') continue;
      std::string json = at->second;
      for (std::size_t found = json.find(self); found != json.npos; found = json.find(self, found))
        json.replace(found, self.size(), profile.id.view());
      // A test holds that every message of the story can be read.
      if (auto record = read_canonical(*spec_of(kind).record, json))
        samples.try_emplace(which.substr(which.empty() ? 0 : 1), *std::move(record));
    }
  }
  return samples;
}

}  // namespace loangate::adapters
