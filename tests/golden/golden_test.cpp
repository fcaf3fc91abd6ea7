// For every sample of every partner: what is read from it, or what is found wrong with it and where. The
// expectation lies beside the sample as <sample>.expected.json; LOANGATE_GOLDEN=write writes it anew.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "adapters/codec/codec.hpp"
#include "adapters/codec/reading.hpp"
#include "tests/support/partners.hpp"

namespace loangate::adapters {
namespace {

namespace fs = std::filesystem;

using support::partners_folder;
constexpr std::string_view expectation = ".expected.json";

using support::partners;

std::string content(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

std::vector<fs::path> samples_of(const Profile& profile) {
  std::vector<fs::path> files;
  const fs::path folder = partners_folder / profile.id.view() / "samples";
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.path().string().ends_with(expectation)) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

TEST(Golden, EverySampleIsReadAsExpected) {
  const char* mode = std::getenv("LOANGATE_GOLDEN");
  const bool write = mode != nullptr && std::string_view(mode) == "write";
  for (const auto& profile : partners().all()) {
    for (const fs::path& sample : samples_of(*profile)) {
      SCOPED_TRACE(sample.string());
      const std::string actual = reading_json(*profile, content(sample));
      const fs::path expected = sample.string() + std::string(expectation);
      if (write) std::ofstream(expected, std::ios::binary) << actual;
      EXPECT_EQ(content(expected), actual);
    }
  }
}

TEST(Golden, GoodSamplesAreWrittenAsTheSameBytes) {  // settled 48
  for (const auto& profile : partners().all()) {
    for (const fs::path& sample : samples_of(*profile)) {
      SCOPED_TRACE(sample.string());
      const std::string bytes = content(sample);
      const auto read = decode(*profile, bytes);
      if (!read || sample.string().contains("-lenient-")) continue;  // what reading forgives is not written
      const auto written = encode(*profile, read->kind, read->record);
      ASSERT_TRUE(written) << written.error().reason;
      EXPECT_EQ(*written, bytes);
    }
  }
}

TEST(Golden, EveryPartnerHasAGoodSampleAndThreeBadOnes) {
  for (const auto& profile : partners().all()) {
    std::size_t good = 0;
    std::size_t bad = 0;
    for (const fs::path& sample : samples_of(*profile)) ++(decode(*profile, content(sample)) ? good : bad);
    EXPECT_GE(good, 1u) << profile->id.view();
    EXPECT_GE(bad, 3u) << profile->id.view();
  }
}

TEST(Golden, WhatASampleSaysIsFoundAtItsPlace) {
  // locate() must name for every field the place that decode() names when the field is at fault.
  for (const auto& profile : partners().all()) {
    for (const fs::path& sample : samples_of(*profile)) {
      SCOPED_TRACE(sample.string());
      const std::string bytes = content(sample);
      const auto read = decode(*profile, bytes);
      if (!read) continue;
      Findings findings;
      const MessageMap& map = *profile->find(read->kind);
      for (const Layout* layout : {&map.header, &map.body}) {
        for (const Line& line : layout->lines) {
          if (line.kind != Line::Kind::field) continue;
          findings.push_back({.code = FindingCode::field_missing, .field = {.field = line.field}});
        }
      }
      locate(*profile, read->kind, bytes, findings);
      for (const Finding& finding : findings) {
        EXPECT_FALSE(finding.place.empty()) << format(read->record.spec(), finding.field);
      }
    }
  }
}

}  // namespace
}  // namespace loangate::adapters
