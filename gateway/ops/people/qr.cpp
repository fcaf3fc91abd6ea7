#include "ops/people/qr.hpp"

#include <fmt/format.h>
#include <qrencode.h>

#include <memory>
#include <stdexcept>

namespace loangate::ops {
namespace {

constexpr std::size_t quiet = 4;

}  // namespace

QrCode qr_code(std::string_view text) {
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
      QRcode_encodeString8bit(std::string(text).c_str(), 0, QR_ECLEVEL_M), QRcode_free);
  if (!code) throw std::runtime_error("the text cannot be written as a QR code");
  const auto width = static_cast<std::size_t>(code->width);
  const std::size_t size = width + 2 * quiet;
  QrCode made{.rows = std::vector(size, std::vector<bool>(size))};
  for (std::size_t y = 0; y < width; ++y) {
    for (std::size_t x = 0; x < width; ++x)
      made.rows[y + quiet][x + quiet] = (code->data[y * width + x] & 1u) != 0;
  }
  return made;
}

std::string QrCode::svg_path() const {
  std::string path;
  for (std::size_t y = 0; y < size(); ++y) {
    for (std::size_t x = 0; x < size(); ++x) {
      if (!rows[y][x]) continue;
      const std::size_t begin = x;
      while (x < size() && rows[y][x]) ++x;
      fmt::format_to(std::back_inserter(path), "M{} {}h{}v1h-{}z", begin, y, x - begin, x - begin);
    }
  }
  return path;
}

std::string QrCode::terminal() const {
  std::string text;
  for (std::size_t y = 0; y < size(); y += 2) {
    for (std::size_t x = 0; x < size(); ++x) {
      const bool upper = !rows[y][x];
      const bool lower = y + 1 < size() && !rows[y + 1][x];
      text += upper ? (lower ? "█" : "▀") : (lower ? "▄" : " ");
    }
    text += '\n';
  }
  return text;
}

}  // namespace loangate::ops
