#pragma once
#include <cstddef>
#include <optional>
#include <span>

#include "base/yaml.hpp"
#include "domain/date.hpp"
#include "domain/fen.hpp"
#include "domain/ids.hpp"
#include "domain/rate.hpp"
#include "domain/record.hpp"

/// Values of the trade in configuration files. A mistake becomes an error of the file and a harmless value,
/// as with the methods of YamlNode.
namespace loangate {

/// `2022-06-26`
Date read_date(const YamlNode& node);
/// `"4.65"`: percent a year
Rate read_percent(const YamlNode& node);
/// `"10000000.00"`: yuan, above zero
Fen read_yuan(const YamlNode& node);
/// The place of a word in a list of words; the error names all of them.
std::size_t read_word(const YamlNode& node, std::span<const std::string_view> words);
/// A code of a code list by its canonical name.
Code read_code(const YamlNode& node, const CodeListSpec& list);

}  // namespace loangate
