#include <fmt/format.h>

#include <algorithm>

#include "adapters/profile/base.hpp"
#include "adapters/profile/compile.hpp"
#include "adapters/profile/frame.hpp"
#include "adapters/profile/profile.hpp"
#include "adapters/profile/seal.hpp"
#include "adapters/seal/seal.hpp"

namespace loangate::adapters {
namespace {

/// Lines that all messages share are bound once for each: what is wrong with them is said once.
void sort_and_unite(ConfigErrors& errors) {
  const auto key = [](const ConfigError& error) { return std::tie(error.file, error.line, error.what); };
  std::ranges::sort(errors, {}, key);
  const auto repeated = std::ranges::unique(errors, {}, key);
  errors.erase(repeated.begin(), repeated.end());
}

std::expected<Profile, ConfigErrors> load(const YamlFile& file, std::string_view folder,
                                          ConfigErrors* warnings, const SealKeyFolder* keys) {
  Profile profile;
  ConfigErrors errors;
  ConfigErrors doubts;
  const YamlNode root = file.root();
  profile.file = file.files().front();
  if (file.files().size() > 1) profile.base_file = file.files().back();
  profile.version = sha256(file.text());
  // A base that cannot be had is reported; each key that it should have brought would be missing once more.
  if (!root.has("base")) read_frame(root, folder, profile);
  // With a frame that is wrong, each line would be wrong once more for the same reason.
  if (file.errors().empty()) {
    ProfileCompiler(root, profile, errors, &doubts).compile();
    profile.sealing = read_sealing(root["seal"], profile, keys, doubts);
    if (profile.batch && seal_of(profile, Way::from_partner) != nullptr) {
      doubts.push_back(profile.at(root["batch"].source(),
                                  "files of many records cannot be sealed yet and are refused from a partner "
                                  "that seals: leave out `batch`, or `seal.from_partner`"));
    }
    file.refuse_unread();
  }
  errors.insert(errors.end(), file.errors().begin(), file.errors().end());
  sort_and_unite(errors);
  if (!errors.empty()) return std::unexpected(std::move(errors));
  sort_and_unite(doubts);
  if (warnings != nullptr) warnings->insert(warnings->end(), doubts.begin(), doubts.end());
  return profile;
}

}  // namespace

const std::vector<std::string>& none_of(const Form& form) {
  static const std::vector<std::string> nothing;
  if (const auto* text = std::get_if<TextForm>(&form)) return text->none;
  if (const auto* date = std::get_if<DateForm>(&form)) return date->none;
  if (const auto* instant = std::get_if<InstantForm>(&form)) return instant->none;
  return nothing;
}

std::string_view name(Format format) {
  switch (format) {
    case Format::xml:
      return "xml";
    case Format::json:
      return "json";
    case Format::fixed:
      return "fixed";
  }
  return "";
}

const MessageMap* Profile::find(MessageKind kind) const {
  const std::uint8_t place = by_kind_[static_cast<std::size_t>(kind)];
  return place == 0 ? nullptr : &messages[place - 1u];
}

const MessageMap* Profile::find_code(std::string_view code) const {
  const auto at = std::ranges::lower_bound(by_code_, code, {},
                                           [](const auto& pair) { return std::string_view(pair.first); });
  return at == by_code_.end() || at->first != code ? nullptr : &messages[at->second];
}

std::expected<Profile, ConfigErrors> load_profile(const std::filesystem::path& file, ConfigErrors* warnings,
                                                  const SealKeyFolder* keys) {
  return load(read_profile(file), file.parent_path().filename().string(), warnings, keys);
}

std::expected<Profile, ConfigErrors> load_profile(std::string name, std::string_view text,
                                                  ConfigErrors* warnings, const SealKeyFolder* keys,
                                                  const std::filesystem::path& bases) {
  const std::string folder = name;
  return load(on_its_base(YamlFile(std::move(name) + "/profile.yaml", text), bases), folder, warnings, keys);
}

std::expected<std::string, ConfigErrors> effective_profile(const std::filesystem::path& file) {
  const YamlFile read = read_profile(file);
  if (!read.errors().empty()) return std::unexpected(read.errors());
  return read.text();
}

ConfigErrors expired_leniencies(const Profile& profile, Date today) {
  ConfigErrors expired;
  for (const Leniency& leniency : profile.leniencies) {
    if (today <= leniency.until) continue;
    expired.push_back(
        profile.at(leniency.source,
                   fmt::format("the leniency `{}` ended on {} ({}): see that the partner no longer needs it "
                               "and remove it, or agree on a later day",
                               leniency.option, format(leniency.until), leniency.reason)));
  }
  return expired;
}

Partners::Partners(std::vector<std::unique_ptr<const Profile>> profiles) : profiles_(std::move(profiles)) {
  std::ranges::sort(profiles_, {}, [](const auto& profile) { return profile->id; });
}

const Profile* Partners::find(const PartnerId& id) const {
  const auto at =
      std::ranges::lower_bound(profiles_, id, {}, [](const auto& profile) { return profile->id; });
  return at == profiles_.end() || (*at)->id != id ? nullptr : at->get();
}

Partners Partners::with(Profile profile) && {
  std::erase_if(profiles_, [&](const auto& one) { return one->id == profile.id; });
  profiles_.push_back(std::make_unique<const Profile>(std::move(profile)));
  return Partners(std::move(profiles_));
}

std::expected<Partners, ConfigErrors> load_partners(const std::filesystem::path& folder,
                                                    ConfigErrors* warnings, const SealKeyFolder* keys) {
  std::vector<std::filesystem::path> files;
  std::error_code fault;
  for (const auto& entry : std::filesystem::directory_iterator(folder, fault)) {
    if (entry.is_directory()) files.push_back(entry.path() / "profile.yaml");
  }
  if (fault)
    return std::unexpected(
        ConfigErrors{{folder.string(), 0, "cannot be read: name the folder of the partners"}});
  std::ranges::sort(files);
  std::vector<std::unique_ptr<const Profile>> profiles;
  ConfigErrors errors;
  for (const auto& file : files) {
    auto profile = load_profile(file, warnings, keys);
    if (profile) {
      profiles.push_back(std::make_unique<const Profile>(*std::move(profile)));
    } else {
      errors.insert(errors.end(), profile.error().begin(), profile.error().end());
    }
  }
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return Partners(std::move(profiles));
}

}  // namespace loangate::adapters
