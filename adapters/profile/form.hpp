#pragma once
#include <string>
#include <string_view>

#include "adapters/profile/place.hpp"
#include "adapters/profile/profile.hpp"

namespace loangate::adapters {

/// The keys of a line, or of a part of one, with the profile's defaults for the field's type behind them.
class Keys {
 public:
  Keys(YamlNode line, YamlNode defaults) : line_(std::move(line)), defaults_(std::move(defaults)) {}

  YamlNode operator[](std::string_view key) const { return line_.has(key) ? line_[key] : defaults_[key]; }
  const YamlNode& line() const { return line_; }

 private:
  YamlNode line_;
  YamlNode defaults_;
};

/// The name of a field type in profiles: `money`, `date` ….
std::string_view name(FieldType type);
std::span<const FieldType> all_field_types();
/// The name of a way to write signs: `leading`, `flag` ….
std::string_view name(MoneyForm::Sign sign);

/// Touches every key that `defaults` may hold for the type, so that only unknown ones are refused.
void know_default_keys(const YamlNode& defaults, FieldType type);

/// The form of a field's value by the keys of its line. The flag place of a signed amount is not read here.
Form read_form(const Keys& keys, const FieldSpec& field, const Profile& profile, bool from_partner,
               bool header);

/// The values of a key `none`, which say 'absent'.
std::vector<std::string> read_none(const YamlNode& none);

/// The padding of a fixed-width place of that type.
Padding read_padding(const Keys& keys, FieldType type);

/// As what a JSON value of that type and form stands.
JsonAs read_as(const Keys& keys, const FieldSpec& field, const Form& form);

}  // namespace loangate::adapters
