#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <thread>

#include "store/sqlite/sqlite_store.hpp"
#include "tests/store/audit.hpp"
#include "tests/store/samples.hpp"

namespace loangate::store {
namespace {

using sample::filing;

/// Files loans 1, 2, … (those that are there are answered) and writes each acknowledged number to the pipe.
/// Never returns.
[[noreturn]] void commit_for_ever(const std::filesystem::path& dir, int pipe) {
  auto store = open_sqlite(dir, {.low_water_bytes = 0, .checkpoint_bytes = 2u << 20});
  if (!store) _exit(2);
  for (std::uint64_t n = (*store)->last_sequence().number + 1;;) {
    std::vector<Unit> group;
    for (std::uint64_t i = 0; i < 1 + n % 9; ++i) group.push_back(filing(1, n + i, 1));
    for (const Committed& result : (*store)->transact(group)) {
      if (!result) _exit(3);
    }
    n += group.size();
    const std::uint64_t acknowledged = n - 1;
    if (::write(pipe, &acknowledged, sizeof acknowledged) != sizeof acknowledged) _exit(4);
  }
}

TEST(Kill, a_process_killed_while_it_commits_leaves_every_acknowledged_unit_once) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  const TemporaryFolder folder;
  std::uint64_t acknowledged = 0;
  for (int round = 0; round < 20; ++round) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(pipe[0]);
      commit_for_ever(folder.path(), pipe[1]);
    }
    ::close(pipe[1]);
    // It dies some time after its first commit.
    std::uint64_t number = 0;
    ASSERT_EQ(::read(pipe[0], &number, sizeof number), static_cast<ssize_t>(sizeof number));
    acknowledged = number;
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 60'000));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "exit status " << WEXITSTATUS(status);
    while (::read(pipe[0], &number, sizeof number) == static_cast<ssize_t>(sizeof number))
      acknowledged = number;
    ::close(pipe[0]);

    const auto store = open_sqlite(folder.path(), {.low_water_bytes = 0});
    ASSERT_TRUE(store) << store.error();
    EXPECT_GE((*store)->last_sequence().number, acknowledged);
    // The whole book now and then: it grows.
    if (round % 5 == 4) {
      EXPECT_EQ(audit(**store), "");
    }
  }
  EXPECT_GT(acknowledged, 20u);
}

}  // namespace
}  // namespace loangate::store
