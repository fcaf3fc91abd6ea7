// A programme is a file of config/programmes/ and nothing else: no C++ names one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace loangate {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> names{"pinghu", "luke", "平湖", "鲁科贷", "泰安"};

/// Companies and officers of the demonstration are of the town, as the banks that it plays with are: samples,
/// by which nothing is decided. Everything else in these files is held to the rule like any other code.
const std::vector<std::string> sample_texts{"平湖样例"};

/// `file:line: …` for each line that names a programme.
std::vector<std::string> lines_that_name_one(const std::string& file, std::istream& text) {
  std::vector<std::string> found;
  std::string line;
  for (int number = 1; std::getline(text, line); ++number) {
    for (const std::string& sample : sample_texts) {
      if (const auto at = line.find(sample); at != line.npos) line.erase(at, sample.size());
    }
    std::ranges::transform(line, line.begin(), [](unsigned char c) { return std::tolower(c); });
    for (const std::string& name : names) {
      if (line.contains(name)) found.push_back(file + ":" + std::to_string(number) + ": names " + name);
    }
  }
  return found;
}

TEST(NoProgrammeNamed, InAnyCode) {
  const fs::path root = LOANGATE_SOURCE_DIR;
  std::size_t files = 0;
  for (const char* tree : {"gateway", "adapters", "schemas"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / tree)) {
      const auto extension = entry.path().extension();
      if (extension != ".cpp" && extension != ".hpp") continue;
      ++files;
      std::ifstream text(entry.path());
      for (const std::string& line : lines_that_name_one(fs::relative(entry.path(), root).string(), text))
        ADD_FAILURE() << line;
    }
  }
  EXPECT_GT(files, 200u) << "the code was not found";
}

TEST(NoProgrammeNamed, NoticesANameHoweverItIsWritten) {
  const auto found = [](const std::string& line) {
    std::istringstream text("int x;\n" + line + "\n");
    return lines_that_name_one("x.cpp", text).size();
  };
  EXPECT_EQ(found("if (programme == \"luke-loans\") return;"), 1u);
  EXPECT_EQ(found("constexpr int PINGHU_CEILING = 10;"), 1u);
  EXPECT_EQ(found("// 鲁科贷 has no ceiling"), 1u);
  EXPECT_EQ(found("name = \"平湖样例科技\";"), 0u);
  EXPECT_EQ(found("version.ceiling"), 0u);
}

}  // namespace
}  // namespace loangate
