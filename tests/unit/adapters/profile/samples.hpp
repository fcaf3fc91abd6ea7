#pragma once
#include <string>
#include <string_view>

/// Small good profiles, one a format, for tests to take apart.
namespace loangate::adapters::samples {

extern const std::string_view xml;
extern const std::string_view json;
extern const std::string_view fixed;

/// The text with `from`, which must stand in it exactly once, replaced.
std::string changed(std::string_view text, std::string_view from, std::string_view to);

/// The number of the line that holds `words`, which must stand in the text exactly once.
int line_of(std::string_view text, std::string_view words);

}  // namespace loangate::adapters::samples
