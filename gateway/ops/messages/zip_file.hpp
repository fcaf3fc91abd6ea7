#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace loangate::ops {

/// The bytes of a ZIP file with these files in it, in this order. All are dated 1980-01-01, so that the same
/// files give the same bytes. The error is libzip's.
std::expected<std::string, std::string> zip_file(
    const std::vector<std::pair<std::string, std::string>>& files);

}  // namespace loangate::ops
