#include "domain/config_values.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace loangate {
namespace {

template <class T>
T read(const YamlNode& node, std::optional<T> (*parse)(std::string_view), std::string_view form,
       T otherwise) {
  const std::string text = node.text();
  if (const auto value = parse(text)) return *value;
  if (node.is_scalar()) node.error(fmt::format("`{}` cannot be read: write {}", text, form));
  return otherwise;
}

}  // namespace

Date read_date(const YamlNode& node) {
  return read<Date>(node, parse_date, "a day such as 2022-06-26", Date::from_days(0));
}

Rate read_percent(const YamlNode& node) {
  return read<Rate>(node, parse_percent, "percent a year such as \"4.65\"", Rate::millionths(0));
}

Fen read_yuan(const YamlNode& node) {
  const Fen amount = read<Fen>(node, parse_yuan, "yuan such as \"10000000.00\"", Fen{1});
  if (amount <= Fen::zero()) node.error("an amount above zero is expected: correct it");
  return amount;
}

std::size_t read_word(const YamlNode& node, std::span<const std::string_view> words) {
  const std::string text = node.text();
  const auto found = std::ranges::find(words, text);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  if (node.is_scalar())
    node.error(fmt::format("`{}` is not known here: write one of {}", text, fmt::join(words, ", ")));
  return 0;
}

Code read_code(const YamlNode& node, const CodeListSpec& list) {
  std::vector<std::string_view> names;
  for (const CodeSpec& code : list.codes) names.push_back(code.name);
  return {static_cast<std::uint8_t>(read_word(node, names))};
}

}  // namespace loangate
