#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "adapters/codec/codec.hpp"
#include "adapters/profile/profile.hpp"

namespace loangate::support {

inline const std::filesystem::path partners_folder = LOANGATE_SOURCE_DIR "/adapters/partners";

/// All partners of the repository; their mistakes end the test program.
inline const adapters::Partners& partners() {
  static const auto loaded = adapters::load_partners(partners_folder);
  if (!loaded) {
    for (const ConfigError& error : loaded.error()) ADD_FAILURE() << error.text();
    std::abort();
  }
  return *loaded;
}

inline const adapters::Profile& partner(std::string_view id) {
  return *partners().find(*PartnerId::parse(id));
}

/// The bytes of one of a partner's samples.
inline std::string sample(std::string_view id, std::string_view file) {
  std::ostringstream text;
  text << std::ifstream(partners_folder / id / "samples" / file, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace loangate::support
