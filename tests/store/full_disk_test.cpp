#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <thread>

#include "store/sqlite/sqlite_store.hpp"
#include "tests/store/audit.hpp"
#include "tests/store/fault_vfs.hpp"
#include "tests/store/samples.hpp"

// A disk that is full refuses work and takes it again when it has room; the process lives through it (hazard
// 6, settled 47). On a real small file system where this machine lets us mount one; always by the VFS as
// well.

namespace loangate::store {
namespace {

using sample::filing;
using sample::message_id;

bool run(const std::string& command) {
  return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
}

/// An ext4 of 64 MB in a file, mounted by a loop device.
class SmallDisk {
 public:
  SmallDisk() {
    const std::string image = folder_.path() / "disk.img";
    std::filesystem::create_directory(path());
    mounted_ = run("truncate -s 64M " + image) &&
               run("PATH=$PATH:/sbin:/usr/sbin mkfs.ext4 -q -m 0 -F " + image) &&
               run("PATH=$PATH:/sbin:/usr/sbin mount -o loop " + image + " " + path().string());
  }
  ~SmallDisk() {
    if (mounted_) run("PATH=$PATH:/sbin:/usr/sbin umount " + path().string());
  }
  bool mounted() const { return mounted_; }
  std::filesystem::path path() const { return folder_.path() / "mount"; }

  std::uint64_t free() const {
    struct statvfs disk{};
    return ::statvfs(path().c_str(), &disk) == 0 ? std::uint64_t{disk.f_bavail} * disk.f_frsize : 0;
  }
  /// Takes all space but this.
  void leave(std::uint64_t bytes) {
    const int file = ::open((path() / "balloon").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const std::string block(4096, 'x');
    while (free() > bytes && ::write(file, block.data(), block.size()) > 0) {
    }
    ::fsync(file);
    ::close(file);
  }
  void release() { std::filesystem::remove(path() / "balloon"); }

 private:
  TemporaryFolder folder_;
  bool mounted_ = false;
};

class FullDisk : public testing::Test {
 protected:
  void SetUp() override {
    if (!disk_.mounted()) {
      std::cout << "no loop device here: the disk is full by the test's VFS only (FullDiskByVfs)\n";
      GTEST_SKIP() << "cannot mount a small ext4 here; FullDiskByVfs stands for it";
    }
    std::cout << "on a loop-mounted ext4 of 64 MB\n";
  }
  std::unique_ptr<Store> open(std::uint64_t low_water_bytes) {
    auto store =
        open_sqlite(disk_.path(), {.low_water_bytes = low_water_bytes, .checkpoint_bytes = 2u << 20});
    EXPECT_TRUE(store) << (store ? "" : store.error());
    return store ? *std::move(store) : nullptr;
  }

  SmallDisk disk_;
};

Committed file(Store& store, std::uint64_t n) {
  const Unit unit = filing(1, n, 1);
  return store.transact({&unit, 1}).front();
}

TEST_F(FullDisk, below_the_low_water_mark_work_is_refused_until_there_is_room_again) {
  const auto store = open(16u << 20);
  ASSERT_TRUE(file(*store, 1));
  disk_.leave(15u << 20);
  // How much is free is looked up every now and then, not for each message.
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const Committed refused = file(*store, 2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, StoreFault::Kind::full);
  ASSERT_FALSE(store->ready());
  EXPECT_EQ(store->ready().error().kind, StoreFault::Kind::full);
  EXPECT_EQ(store->last_sequence(), Sequence{1});
  EXPECT_TRUE(store->entry({1})) << "reading goes on";

  disk_.release();
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!store->ready() && std::chrono::steady_clock::now() < patience) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(file(*store, 2).value(), Sequence{2});
  EXPECT_EQ(audit(*store), "");
}

TEST_F(FullDisk, a_disk_without_a_byte_left_loses_nothing_and_kills_nobody) {
  std::uint64_t n = 0;
  std::uint64_t acknowledged = 0;
  {
    const auto store = open(0);
    for (; n < 100; ++n) acknowledged += file(*store, n).has_value();
    ASSERT_EQ(acknowledged, 100u);
    disk_.leave(0);
    unsigned refused = 0;
    for (; refused < 30 && n < 5000; ++n) {
      const Committed result = file(*store, n);
      acknowledged += result.has_value();
      if (!result) {
        ++refused;
        EXPECT_NE(result.error().kind, StoreFault::Kind::stopping);
      }
    }
    EXPECT_EQ(refused, 30u) << "the disk was never full";
    EXPECT_EQ(store->last_sequence().number, acknowledged);
    EXPECT_EQ(audit(*store), "");

    disk_.release();
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!file(*store, ++n) && std::chrono::steady_clock::now() < patience) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    ++acknowledged;
    for (std::uint64_t more = 0; more < 200; ++more) acknowledged += file(*store, ++n).has_value();
    EXPECT_EQ(store->last_sequence().number, acknowledged);
    EXPECT_EQ(audit(*store), "");
  }
  const auto store = open(0);
  EXPECT_EQ(store->last_sequence().number, acknowledged);
  EXPECT_EQ(audit(*store), "");
}

TEST_F(FullDisk, a_store_closed_on_a_full_disk_opens_again) {
  std::uint64_t acknowledged = 0;
  {
    const auto store = open(0);
    disk_.leave(256 << 10);
    for (std::uint64_t n = 0; n < 200; ++n) acknowledged += file(*store, n).has_value();
    EXPECT_LT(acknowledged, 200u);
  }
  {
    const auto store = open(0);
    ASSERT_NE(store, nullptr);
    EXPECT_EQ(store->last_sequence().number, acknowledged);
  }
  disk_.release();
  const auto store = open(0);
  EXPECT_EQ(file(*store, 1000).value(), Sequence{acknowledged + 1});
  EXPECT_EQ(audit(*store), "");
}

TEST(FullDiskByVfs, a_group_that_does_not_fit_is_tried_one_by_one) {
  const TemporaryFolder folder;
  FaultVfs vfs;
  const auto opened = open_sqlite(folder.path(), {.low_water_bytes = 0, .vfs = vfs.name()});
  ASSERT_TRUE(opened) << opened.error();
  Store& store = **opened;
  ASSERT_TRUE(file(store, 0));

  vfs.limit_log(vfs.log_bytes() + (200u << 10));
  std::vector<Unit> group;
  for (std::uint64_t n = 1; n <= 200; ++n) group.push_back(filing(1, n, 1));
  const auto results = store.transact(group);
  std::uint64_t kept = 0;
  while (kept < results.size() && results[kept]) ++kept;
  EXPECT_GT(kept, 0u) << "some of them fit";
  EXPECT_LT(kept, results.size()) << "not all of them fit";
  for (std::size_t i = kept; i < results.size(); ++i) {
    ASSERT_FALSE(results[i]);
    EXPECT_EQ(results[i].error().kind, StoreFault::Kind::full);
  }
  EXPECT_EQ(store.last_sequence().number, 1 + kept);
  EXPECT_EQ(audit(store), "");

  vfs.limit_log(std::nullopt);
  const auto again = store.transact(group);
  for (std::size_t i = 0; i < again.size(); ++i) {
    ASSERT_TRUE(again[i]);
    EXPECT_EQ(again[i]->has_value(), i >= kept) << "what was kept is answered, not written again";
  }
  EXPECT_EQ(store.last_sequence().number, 201u);
  EXPECT_EQ(audit(store), "");
}

}  // namespace
}  // namespace loangate::store
