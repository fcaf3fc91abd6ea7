// Writes the samples of partners anew: `golden_samples adapters/partners [id …]`. What a sample is expected
// to be is then written by the golden test (LOANGATE_GOLDEN=write) and looked over by a person before it is
// committed.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "adapters/codec/codec.hpp"
#include "adapters/contract/damage.hpp"
#include "tests/golden/sample_message.hpp"

namespace {

using namespace loangate;
namespace fs = std::filesystem;

std::string_view extension(const adapters::Profile& profile) {
  switch (profile.format) {
    case adapters::Format::xml:
      return "xml";
    case adapters::Format::json:
      return "json";
    case adapters::Format::fixed:
      break;
  }
  return profile.fixed.separator.empty() ? "dat" : "txt";
}

void write(const fs::path& file, std::string_view bytes) {
  std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// False if some message could not be made.
bool write_samples(const adapters::Profile& profile, const fs::path& folder) {
  bool complete = true;
  bool damaged = false;
  fs::create_directories(folder);
  for (const adapters::MessageMap& map : profile.messages) {
    const auto samples = golden::sample_messages(profile, map);
    std::string kind(spec_of(map.kind).name);
    std::ranges::replace(kind, '.', '-');
    if (!samples) {
      fmt::print(stderr, "{}: {}: {}\n", profile.id.view(), kind, samples.error());
      complete = false;
      continue;
    }
    for (const auto& [which, message] : *samples) {
      const std::string good = *adapters::encode(profile, map.kind, message);
      write(folder / fmt::format("{}{}{}.{}", kind, which.empty() ? "" : "-", which, extension(profile)),
            good);
      if (damaged) continue;
      // The first message of a profile stands for all: it is the longest that the partner sends.
      damaged = true;
      for (const adapters::Damaged& spoilt : adapters::damage(profile, map, message, good)) {
        const std::string_view how = adapters::decode(profile, spoilt.bytes) ? "lenient" : "bad";
        write(folder / fmt::format("{}-{}-{}.{}", kind, how, spoilt.name, extension(profile)), spoilt.bytes);
      }
    }
  }
  return complete;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "golden_samples FOLDER-OF-PARTNERS [ID …]\n");
    return 2;
  }
  const fs::path folder = argv[1];
  const auto partners = adapters::load_partners(folder);
  if (!partners) {
    for (const ConfigError& error : partners.error()) fmt::print(stderr, "{}\n", error.text());
    return 1;
  }
  bool complete = true;
  for (const auto& profile : partners->all()) {
    const bool wanted = argc == 2 || std::find(argv + 2, argv + argc, profile->id.view()) != argv + argc;
    if (wanted) complete = write_samples(*profile, folder / profile->id.view() / "samples") && complete;
  }
  return complete ? 0 : 1;
}
