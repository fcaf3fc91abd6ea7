// `loangate contract` as an operator calls it.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/temporary_folder.hpp"
#include "tests/support/partners.hpp"

namespace loangate {
namespace {

namespace fs = std::filesystem;

class ContractCommand : public testing::Test {
 protected:
  int run(const std::string& arguments) const {
    const std::string command =
        fmt::format("cd '{}' && '{}/loangate' contract --config '{}/config' {} >said 2>&1", folder().string(),
                    LOANGATE_BINARY_DIR, LOANGATE_SOURCE_DIR, arguments);
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string read(const std::string& file) const {
    std::ostringstream text;
    text << std::ifstream(folder() / file, std::ios::binary).rdbuf();
    return text.str();
  }
  std::size_t beside() const {  // what a run may have left
    std::size_t hidden = 0;
    for (const auto& entry : fs::directory_iterator(folder()))
      hidden += entry.path().filename().string().starts_with('.');
    return hidden;
  }

  const fs::path& folder() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

TEST_F(ContractCommand, WritesAFolderAndReplacesItAsAWhole) {
  EXPECT_EQ(run("--partner phrcb --out mine"), 0) << read("said");
  EXPECT_TRUE(fs::exists(folder() / "mine/contract.html"));
  EXPECT_TRUE(fs::exists(folder() / "mine/layout.json"));
  EXPECT_TRUE(fs::exists(folder() / "mine/samples/loan.disbursement.dat"));
  EXPECT_EQ(run("--partner sxbph --out mine/ --json"), 0) << read("said");
  EXPECT_TRUE(read("said").contains(R"("partner":"sxbph")")) << read("said");
  EXPECT_FALSE(fs::exists(folder() / "mine/layout.json"));
  EXPECT_TRUE(fs::exists(folder() / "mine/schema/loan.disbursement.schema.json"));
  EXPECT_EQ(beside(), 0u);
}

TEST_F(ContractCommand, WritesEveryPartnersContract) {
  EXPECT_EQ(run("--all --out all"), 0) << read("said");
  for (const auto& profile : support::partners().all())
    EXPECT_TRUE(fs::exists(folder() / "all" / profile->id.view() / "contract.html")) << profile->id.view();
}

TEST_F(ContractCommand, LeavesAFolderAloneThatHoldsAnythingElse) {
  fs::create_directories(folder() / "mine/notes");
  std::ofstream(folder() / "mine/notes/todo.txt") << "ask the bank";
  EXPECT_EQ(run("--partner phrcb --out mine"), 1);
  EXPECT_TRUE(read("said").contains("notes/todo.txt")) << read("said");
  EXPECT_EQ(read("mine/notes/todo.txt"), "ask the bank");

  EXPECT_EQ(run("--partner phrcb --out yours"), 0);
  std::ofstream(folder() / "yours/todo.txt") << "ask the bank";
  EXPECT_EQ(run("--partner phrcb --out yours"), 1);
  EXPECT_EQ(read("yours/todo.txt"), "ask the bank");
  EXPECT_EQ(beside(), 0u);
}

TEST_F(ContractCommand, RefusesWhatItCannotDo) {
  EXPECT_EQ(run("--partner nobody --out mine"), 2);
  EXPECT_EQ(run("--out mine"), 2);
  EXPECT_EQ(run("--partner phrcb --all --out mine"), 2);
  std::ofstream(folder() / "file") << "x";
  EXPECT_EQ(run("--partner phrcb --out file"), 1);
  EXPECT_EQ(read("file"), "x");
}

}  // namespace
}  // namespace loangate
