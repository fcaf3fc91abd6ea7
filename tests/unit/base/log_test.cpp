#include "base/log.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace loangate {
namespace {

class LogTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(log_to_file(file_)); }
  void TearDown() override {
    log_to_file("/dev/null");
    std::filesystem::remove(file_);
  }
  std::vector<std::string> lines() const {
    std::vector<std::string> all;
    std::ifstream in(file_);
    for (std::string line; std::getline(in, line);) all.push_back(line);
    return all;
  }

  const std::string file_ =
      std::filesystem::temp_directory_path() / ("loangate_log_test." + std::to_string(::getpid()));
};

TEST_F(LogTest, a_warning_and_all_before_it_are_in_the_file_at_once) {
  for (std::uint64_t n = 0; n < 1'000; ++n) LogLine(LogLevel::info, "message.answered").sequence(n);
  LogLine(LogLevel::warn, "delivery.parked").delivery(7);
  const auto all = lines();
  ASSERT_EQ(all.size(), 1'001u);
  EXPECT_TRUE(all[17].contains(R"("event.name":"message.answered","loangate.sequence":17)")) << all[17];
  EXPECT_TRUE(all.back().contains(R"("severity_text":"WARN")")) << all.back();
}

TEST_F(LogTest, a_line_after_a_pause_is_not_held_back) {
  LogLine(LogLevel::info, "one.line");
  EXPECT_EQ(lines().size(), 1u);
}

TEST_F(LogTest, the_last_lines_are_remembered_whole_and_no_more_than_some) {
  for (std::uint64_t n = 0; n < 20'000; ++n) LogLine(LogLevel::info, "message.answered").sequence(n);
  const std::string recent = recent_log_lines();
  EXPECT_LE(recent.size(), 256u << 10);
  EXPECT_GT(recent.size(), 200u << 10);
  EXPECT_TRUE(recent.starts_with("{\"timestamp\"")) << recent.substr(0, 80);
  EXPECT_TRUE(recent.ends_with("\"loangate.sequence\":19999}\n"));
}

TEST_F(LogTest, only_its_owner_reads_the_file) {
  struct stat about{};
  ASSERT_EQ(::stat(file_.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
}

}  // namespace
}  // namespace loangate
