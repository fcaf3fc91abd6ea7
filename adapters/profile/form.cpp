#include "adapters/profile/form.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "adapters/profile/time_pattern.hpp"

namespace loangate::adapters {
namespace {

/// A key of a form, and the types that have it.
struct FormKey {
  std::string_view key;
  std::array<FieldType, 3> types;
};
constexpr FormKey form_keys[] = {
    {"trim", {FieldType::text, FieldType::text, FieldType::text}},
    {"cut", {FieldType::text, FieldType::text, FieldType::text}},
    {"none", {FieldType::text, FieldType::date, FieldType::instant}},
    {"unit", {FieldType::money, FieldType::rate, FieldType::rate}},
    {"places", {FieldType::money, FieldType::rate, FieldType::rate}},
    {"implied", {FieldType::money, FieldType::rate, FieldType::rate}},
    {"sign", {FieldType::money, FieldType::money, FieldType::money}},
    {"flag_at", {FieldType::money, FieldType::money, FieldType::money}},
    {"plus", {FieldType::money, FieldType::money, FieldType::money}},
    {"minus", {FieldType::money, FieldType::money, FieldType::money}},
    {"days", {FieldType::rate, FieldType::rate, FieldType::rate}},
    {"form", {FieldType::date, FieldType::instant, FieldType::instant}},
    {"codes", {FieldType::code, FieldType::code, FieldType::code}},
};

/// Counts that may be below zero: LPR ± basis points (settled 31).
constexpr std::string_view signed_counts[] = {"lpr_spread_bp"};

bool has_key(const FormKey& key, FieldType type) {
  return std::ranges::find(key.types, type) != key.types.end();
}

void refuse_foreign_keys(const YamlNode& line, const FieldSpec& field) {
  for (const FormKey& key : form_keys) {
    if (!line.has(key.key) || has_key(key, field.type)) continue;
    std::vector<std::string_view> owners;
    for (const FieldType type : key.types) {
      if (std::ranges::find(owners, name(type)) == owners.end()) owners.push_back(name(type));
    }
    line[key.key].error(fmt::format("`{}` belongs to {}, but `{}` is {}: remove it", key.key,
                                    fmt::join(owners, " and "), field.name, name(field.type)));
  }
}

TextForm read_text(const Keys& keys, const FieldSpec& field, const Profile& profile, bool from_partner,
                   bool header) {
  TextForm form;
  if (profile.format != Format::fixed && !header) form.trim = keys["trim"].boolean_or(false);
  form.none = read_none(keys["none"]);
  const YamlNode cut = keys["cut"];
  form.cut = cut.boolean_or(false);
  // Words may be cut; an id or an account that is cut is another one.
  if (form.cut && (from_partner || field.max_bytes < 100)) {
    cut.error(fmt::format(
        "`cut` on `{}`: only texts of 100 bytes and more in messages that we write may be cut; remove it",
        field.name));
  }
  return form;
}

using Sign = MoneyForm::Sign;
constexpr std::pair<std::string_view, Sign> signs[] = {{"none", Sign::none},
                                                       {"leading", Sign::leading},
                                                       {"if_negative", Sign::if_negative},
                                                       {"trailing", Sign::trailing},
                                                       {"flag", Sign::flag}};

MoneyForm read_money(const Keys& keys, const FieldSpec& field) {
  MoneyForm form;
  const std::string unit = keys["unit"].text_or("yuan");
  if (unit == "fen") {
    form.places = 2;
    form.point = false;
    // The line's own keys alone: a default of yuan may state places.
    for (const std::string_view key : {"places", "implied"}) {
      if (keys.line().has(key))
        keys.line()[key].error(fmt::format("`{}` with unit fen: fen are whole; remove one", key));
    }
  } else if (unit == "yuan") {
    const bool implied =
        keys.line().has("implied") || (!keys.line().has("places") && !keys["implied"].is_null());
    form.point = !implied;
    form.places = static_cast<std::uint8_t>(keys[implied ? "implied" : "places"].integer_or(2, 0, 6));
    if (form.places == 0) form.point = false;
  } else {
    keys["unit"].error(fmt::format("`{}` is no unit of money: write fen or yuan", unit));
  }
  const std::string sign = keys["sign"].text_or("none");
  const auto known = std::ranges::find(signs, sign, &std::pair<std::string_view, Sign>::first);
  if (known == std::end(signs)) {
    keys["sign"].error(
        fmt::format("`{}` is no sign: write none, leading, if_negative, trailing or flag", sign));
  } else {
    form.sign = known->second;
  }
  if (form.sign == Sign::flag) {
    form.plus = keys["plus"].text();
    form.minus = keys["minus"].text();
    if (form.plus == form.minus) keys.line().error("`plus` and `minus` are the same: write two codes");
  } else {
    for (const std::string_view key : {"flag_at", "plus", "minus"}) {
      if (keys.line().has(key)) {
        keys.line()[key].error(
            fmt::format("`{}` on `{}` without `sign: flag`: add that or remove this", key, field.name));
      }
    }
  }
  return form;
}

RateForm read_rate(const Keys& keys) {
  RateForm form;
  form.unit = keys["unit"].text_or("percent");
  const std::int64_t days = keys["days"].integer_or(360, 360, 365);
  if (days != 360 && days != 365)
    keys["days"].error("a year for daily rates has 360 or 365 days: write one of them");
  constexpr std::pair<std::string_view, std::int64_t> units[] = {
      {"percent", 10'000}, {"fraction", 1'000'000}, {"permille_month", 12'000}, {"per_10000_day", 100}};
  const auto known = std::ranges::find(units, form.unit, &std::pair<std::string_view, std::int64_t>::first);
  if (known == std::end(units)) {
    keys["unit"].error(fmt::format(
        "`{}` is no unit of a rate: write percent, fraction, permille_month or per_10000_day", form.unit));
  } else {
    form.scale = known->second * (form.unit == "per_10000_day" ? days : 1);
  }
  const bool implied =
      keys.line().has("implied") || (!keys.line().has("places") && !keys["implied"].is_null());
  form.point = !implied;
  form.places = static_cast<std::uint8_t>(keys[implied ? "implied" : "places"].integer_or(4, 0, 9));
  if (form.places == 0) form.point = false;
  return form;
}

/// The pattern of `form`, or of the parts' forms together.
TimePattern read_pattern(const Keys& keys, const FieldSpec& field) {
  const YamlNode parts = keys.line()["parts"];
  std::string text;
  YamlNode at = keys["form"];
  if (parts.is_list()) {
    const std::string join = keys.line()["join"].text_or("");
    for (const YamlNode& part : parts.items()) text += (text.empty() ? "" : join) + part["form"].text();
    at = parts;
  } else {
    text = at.text();
  }
  if (text.empty()) return {};
  auto pattern = parse_time_pattern(text);
  if (!pattern) {
    at.error(pattern.error());
    return {};
  }
  if (!has_date(*pattern)) {
    at.error(fmt::format("`{}` lacks year, month or day: write all three", text));
  } else if (field.type == FieldType::date && has_time(*pattern)) {
    at.error(fmt::format("`{}` has a time of day, but is the form of dates: leave the time out", text));
  }
  return *std::move(pattern);
}

CodeForm read_codes(const Keys& keys, const FieldSpec& field, const Profile& profile) {
  const std::string wanted = keys["codes"].text_or(field.codes->name);
  for (const CodeMap& map : profile.codes) {
    if (map.name != wanted) continue;
    if (map.list != field.codes) {
      keys["codes"].error(
          fmt::format("the map `{}` is of the list `{}`, but `{}` holds codes of `{}`: name another map",
                      wanted, map.list == nullptr ? "?" : map.list->name, field.name, field.codes->name));
    }
    return {&map};
  }
  keys.line().error(
      fmt::format("`{}` holds codes, but there is no map `{}`: write it under codes", field.name, wanted));
  return {};
}

}  // namespace

std::vector<std::string> read_none(const YamlNode& none) {
  std::vector<std::string> values;
  for (const YamlNode& value : none.one_or_many()) {
    values.push_back(value.text());
    if (values.back().empty()) value.error("an empty `none`: an empty value is absent anyway, remove it");
  }
  return values;
}

std::string_view name(MoneyForm::Sign sign) {
  return std::ranges::find(signs, sign, &std::pair<std::string_view, Sign>::second)->first;
}

std::string_view name(FieldType type) {
  switch (type) {
    case FieldType::text:
      return "text";
    case FieldType::money:
      return "money";
    case FieldType::rate:
      return "rate";
    case FieldType::date:
      return "date";
    case FieldType::instant:
      return "instant";
    case FieldType::code:
      return "code";
    case FieldType::count:
      return "count";
    case FieldType::group:
      return "group";
  }
  return "";
}

std::span<const FieldType> all_field_types() {
  static constexpr FieldType types[] = {FieldType::text, FieldType::money,   FieldType::rate,
                                        FieldType::date, FieldType::instant, FieldType::code,
                                        FieldType::count};
  return types;
}

void know_default_keys(const YamlNode& defaults, FieldType type) {
  if (defaults.is_null()) return;
  for (const FormKey& key : form_keys) {
    if (has_key(key, type)) (void)defaults[key.key];
  }
  for (const std::string_view key : {"pad", "side", "as"}) (void)defaults[key];
}

Form read_form(const Keys& keys, const FieldSpec& field, const Profile& profile, bool from_partner,
               bool header) {
  refuse_foreign_keys(keys.line(), field);
  switch (field.type) {
    case FieldType::text:
      return read_text(keys, field, profile, from_partner, header);
    case FieldType::money:
      return read_money(keys, field);
    case FieldType::rate:
      return read_rate(keys);
    case FieldType::date: {
      auto none = read_none(keys["none"]);
      return DateForm{read_pattern(keys, field), std::move(none)};
    }
    case FieldType::instant: {
      auto none = read_none(keys["none"]);
      return InstantForm{read_pattern(keys, field), std::move(none)};
    }
    case FieldType::code:
      return read_codes(keys, field, profile);
    case FieldType::count:
      return CountForm{.negative = std::ranges::find(signed_counts, field.name) != std::end(signed_counts)};
    case FieldType::group:
      break;
  }
  return {};
}

Padding read_padding(const Keys& keys, FieldType type) {
  const bool number = type == FieldType::money || type == FieldType::rate || type == FieldType::count;
  Padding padding{number ? '0' : ' ', number ? Padding::Side::left : Padding::Side::right};
  const std::string pad = keys["pad"].text_or(std::string(1, padding.byte));
  if (pad.size() == 1 && pad.front() >= ' ' && pad.front() < 127) {
    padding.byte = pad.front();
  } else {
    keys["pad"].error("`pad` is one ASCII character: write it in quotes, such as \"0\" or \" \"");
  }
  const std::string side = keys["side"].text_or(padding.side == Padding::Side::left ? "left" : "right");
  if (side == "left" || side == "right") {
    padding.side = side == "left" ? Padding::Side::left : Padding::Side::right;
  } else {
    keys["side"].error(fmt::format("`{}` is no side: write left or right, where the padding stands", side));
  }
  if (number && padding.byte == '0' && padding.side == Padding::Side::right) {
    keys.line().error(
        "zeros on the right of a number make it another number: write side: left, or pad: \" \"");
  }
  return padding;
}

namespace {

bool is_json_number(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return false;
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool starts_with_year_and_is_digits(const TimePattern& pattern) {
  return pattern.year.digits == 4 && pattern.year.offset == 0 &&
         std::ranges::all_of(pattern.blank, [](char c) { return c == '0'; });
}

/// Whether every value of the form is a JSON number without loss.
bool fits_number(const Form& form) {
  struct {
    bool operator()(const std::monostate&) const { return true; }
    bool operator()(const TextForm&) const { return false; }
    bool operator()(const MoneyForm& money) const {
      return money.sign == MoneyForm::Sign::none || money.sign == MoneyForm::Sign::if_negative ||
             money.sign == MoneyForm::Sign::flag;
    }
    bool operator()(const RateForm&) const { return true; }
    bool operator()(const DateForm& date) const {
      return starts_with_year_and_is_digits(date.pattern) && std::ranges::all_of(date.none, is_json_number);
    }
    bool operator()(const InstantForm& instant) const {
      return starts_with_year_and_is_digits(instant.pattern) &&
             std::ranges::all_of(instant.none, is_json_number);
    }
    bool operator()(const CodeForm& code) const {
      return code.map == nullptr ||
             std::ranges::all_of(code.map->read, [](const auto& pair) { return is_json_number(pair.first); });
    }
    bool operator()(const CountForm&) const { return true; }
  } fits;
  return std::visit(fits, form);
}

bool fits_boolean(const Form& form) {
  const auto* code = std::get_if<CodeForm>(&form);
  if (code == nullptr || code->map == nullptr) return false;
  return std::ranges::all_of(code->map->read,
                             [](const auto& pair) { return pair.first == "true" || pair.first == "false"; });
}

}  // namespace

JsonAs read_as(const Keys& keys, const FieldSpec& field, const Form& form) {
  const YamlNode node = keys["as"];
  const std::string as = node.text_or("string");
  if (as == "string") return JsonAs::string;
  if (as == "number") {
    if (!fits_number(form)) {
      node.error(fmt::format("`{}` as a number: its values are not all plain JSON numbers; write as: string",
                             field.name));
    }
    return JsonAs::number;
  }
  if (as == "boolean") {
    if (!fits_boolean(form)) {
      node.error(fmt::format("`{}` as a boolean: its codes must be `true` and `false`; write as: string",
                             field.name));
    }
    return JsonAs::boolean;
  }
  node.error(fmt::format("`{}` is no JSON form: write string, number or boolean", as));
  return JsonAs::string;
}

}  // namespace loangate::adapters
