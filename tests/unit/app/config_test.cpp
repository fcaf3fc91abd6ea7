// What gateway.yaml may say of retention: a mistake there could remove what must stay.
#include "app/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/temporary_folder.hpp"

namespace loangate::app {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// The delivered configuration with another line for keep_days.
std::expected<Config, ConfigErrors> with_keep_days(const std::string& value) {
  const TemporaryFolder folder;
  std::ifstream delivered(fs::path(LOANGATE_SOURCE_DIR) / "config" / "gateway.yaml");
  std::ofstream changed(folder.path() / "gateway.yaml");
  for (std::string line; std::getline(delivered, line);) {
    if (line.starts_with("  keep_days:")) line = "  keep_days: " + value;
    changed << line << '\n';
  }
  changed.close();
  return load_config(folder.path(), folder.path());
}

std::string mistake(const std::string& value) {
  const auto config = with_keep_days(value);
  return config ? "none" : config.error().front().text();
}

TEST(RetentionConfig, AsDeliveredArchivesAndRemovesNothing) {
  const auto config = with_keep_days("{}");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->retention.archive_after_days, 90);
  EXPECT_FALSE(config->retention.least());
}

TEST(RetentionConfig, LimitsAreByKind) {
  const auto config = with_keep_days("{all: 5475, limit.query: 730}");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->retention.least(), 730);
  EXPECT_EQ(config->retention.keep_days_of({.kind = MessageKind::limit_query}), 730);
  EXPECT_EQ(config->retention.keep_days_of({.kind = MessageKind::loan_disbursement}), 5475);
}

TEST(RetentionConfig, WhatWouldRemoveTooMuchOrNothingIsAMistakeWithItsLine) {
  EXPECT_THAT(mistake("{everything: 5475}"), HasSubstr("no kind of message"));
  EXPECT_THAT(mistake("{everything: 5475}"), HasSubstr("gateway.yaml:"));
  EXPECT_THAT(mistake("{all: 90}"), HasSubstr("only what is archived is removed"));
  EXPECT_NE(mistake("{all: 1}"), "none");
  EXPECT_NE(mistake("{all: ten}"), "none");
}

}  // namespace
}  // namespace loangate::app
