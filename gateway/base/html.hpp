#pragma once
#include <string>
#include <string_view>

namespace loangate {

/// Text as it stands in HTML, between tags or in an attribute's double quotes.
std::string html_escaped(std::string_view text);

}  // namespace loangate
