#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace loangate::ops {

/// A text as a QR code: `rows[y][x]` is a dark module. Four light ones are around it on every side.
struct QrCode {
  std::vector<std::vector<bool>> rows;
  std::size_t size() const { return rows.size(); }
  /// The dark modules as the path of an SVG of `size` units.
  std::string svg_path() const;
  /// As lines of half blocks for a terminal with light letters on dark.
  std::string terminal() const;
};

/// Throws std::runtime_error for a text that is too long: none of ours is.
QrCode qr_code(std::string_view text);

}  // namespace loangate::ops
