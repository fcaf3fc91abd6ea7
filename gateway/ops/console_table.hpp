#pragma once
#include <cstddef>
#include <span>
#include <string_view>

namespace loangate::ops {

/// Where bytes lie among the console's; of size 0 if that form was not kept.
struct ConsolePlace {
  std::size_t begin;
  std::size_t size;
};

/// One file of the console, as gateway/console/pack.mjs packed it into the program.
struct ConsoleFile {
  std::string_view path;  ///< `/assets/index-4f2c.js`
  std::string_view type;
  std::string_view digest;  ///< of its plain bytes, hexadecimal
  bool named_by_content;    ///< its name changes with its bytes
  ConsolePlace plain;
  ConsolePlace brotli;
  ConsolePlace gzip;
};

std::span<const ConsoleFile> console_table();
/// First parts of the paths that the console's router answers: `flow`, `messages`, …
std::span<const std::string_view> console_pages();
std::string_view console_bytes(ConsolePlace place);

}  // namespace loangate::ops
