// A file is replaced whole or not at all.
#include "base/replacement.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include <iterator>
#include "base/temporary_folder.hpp"

namespace loangate {
namespace {

namespace fs = std::filesystem;

struct ReplacementTest : testing::Test {
  ReplacementTest() { std::ofstream(file) << "old"; }
  std::string text() const {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::ptrdiff_t files() const {
    return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
  }

  TemporaryFolder temporary;
  const fs::path& folder = temporary.path();
  const fs::path file = folder / "data.yaml";
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
