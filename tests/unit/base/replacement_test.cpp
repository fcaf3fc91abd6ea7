// A file is replaced whole or not at all.
#include "base/replacement.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

namespace loangate {
namespace {

namespace fs = std::filesystem;

struct ReplacementTest : testing::Test {
  ReplacementTest() {
    std::string name = (fs::temp_directory_path() / "loangate-replacement-XXXXXX").string();
    folder = mkdtemp(name.data());
    file = folder / "data.yaml";
    std::ofstream(file) << "old";
  }
  ~ReplacementTest() override { fs::remove_all(folder); }
  std::string text() const {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::ptrdiff_t files() const {
    return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
  }

  fs::path folder, file;
};

TEST_F(ReplacementTest, TheNewContentsTakeThePlaceOfTheOldWithTheirPermissions) {
  fs::permissions(file, fs::perms(0640));
  auto replacement = Replacement::write(file, "new").value();
  EXPECT_EQ(text(), "old") << "until they take its place";
  ASSERT_TRUE(replacement.take_place());
  EXPECT_EQ(text(), "new");
  EXPECT_EQ(fs::status(file).permissions(), fs::perms(0640));
  EXPECT_EQ(files(), 1);
}

TEST_F(ReplacementTest, WhatDoesNotTakeItsPlaceLeavesNothingBehind) {
  {
    const auto replacement = Replacement::write(file, "new").value();
  }
  EXPECT_EQ(text(), "old");
  EXPECT_EQ(files(), 1);
}

TEST_F(ReplacementTest, AFolderThatIsNotThereIsSaidSo) {
  EXPECT_FALSE(Replacement::write(folder / "nowhere" / "data.yaml", "new"));
}

}  // namespace
}  // namespace loangate
