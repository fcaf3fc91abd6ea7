#include "net/drop_folder.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drop_site.hpp"

namespace loangate::net {
namespace {

using testing::contents;
using testing::DropSite;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::names;
using testing::rules_of;

const Instant noon{1'790'000'000'000'000};
const std::string first = "PF20260921001.dat";
const std::string second = "PF20260921002.dat";
const auto by_rename = rules_of("complete: rename");
const auto by_marker = rules_of("complete: {marker: .ok}");
const auto by_size = rules_of("complete: {marker: .ok, holds: size}");
const auto by_digest = rules_of("complete: {marker: .ok, holds: sha256}");

Instant in_minutes(int minutes) {
  return Instant{real_now().micros + std::int64_t{60'000'000} * minutes};
}

class DropFolderTest : public ::testing::Test {
 protected:
  /// The reason why this name is not taken.
  NotTaken why(const adapters::FileDrop& rules, const std::string& name, Instant now = real_now()) {
    for (const auto& waiting : folder.look(rules, now).waiting) {
      if (waiting.name == name) return waiting.why;
    }
    ADD_FAILURE() << name << " is not waiting";
    return {};
  }
  std::vector<std::string> ready(const adapters::FileDrop& rules) {
    return folder.look(rules, real_now()).ready;
  }

  DropSite site;
  DropFolder folder = DropFolder::open(site.root(), "bank01").value();
};

TEST_F(DropFolderTest, AFileIsTakenOnceItHasItsName) {
  site.put("in/" + first + ".tmp", "half");
  EXPECT_THAT(ready(*by_rename), IsEmpty());
  EXPECT_EQ(why(*by_rename, first + ".tmp"), NotTaken::arriving);
  site.put("in/" + first + ".tmp", "half and half");
  std::filesystem::rename(site.at("in/" + first + ".tmp"), site.at("in/" + first));
  EXPECT_THAT(ready(*by_rename), ElementsAre(first));
  EXPECT_EQ(folder.take(*by_rename, first, noon), true);
  EXPECT_THAT(names(site.at("in")), IsEmpty());
  const auto work = folder.in_work(*by_rename);
  EXPECT_THAT(work, ElementsAre(DropFolder::Taken{first, noon}));
  EXPECT_EQ(contents(folder.path(work[0])), "half and half");
}

TEST_F(DropFolderTest, AFileThatIsStillWrittenIsNotTakenUnderAnyName) {
  site.put("in/" + first, "so far");
  const int writer = ::open(site.at("in/" + first).c_str(), O_WRONLY | O_APPEND);
  ASSERT_GE(writer, 0);
  EXPECT_EQ(why(*by_rename, first), NotTaken::arriving);
  EXPECT_EQ(why(*by_rename, first, in_minutes(31)), NotTaken::incomplete);
  ::close(writer);
  EXPECT_THAT(ready(*by_rename), ElementsAre(first));
}

TEST_F(DropFolderTest, AMarkerMakesAFileComplete) {
  site.put("in/" + first, "all");
  EXPECT_EQ(why(*by_marker, first), NotTaken::arriving);
  EXPECT_EQ(why(*by_marker, first, in_minutes(31)), NotTaken::incomplete);
  site.put("in/" + first + ".ok", "");
  EXPECT_THAT(folder.look(*by_marker, real_now()), (DropFolder::Look{.ready = {first}, .waiting = {}}));
  EXPECT_EQ(folder.take(*by_marker, first, noon), true);
  EXPECT_THAT(names(site.at("in")), IsEmpty()) << "the marker serves once";
  EXPECT_THAT(names(site.at("work")), ElementsAre("01790000000000000-" + first));
}

TEST_F(DropFolderTest, AMarkerWithoutItsFileIsSaidInTheEnd) {
  site.put("in/" + first + ".ok", "");
  EXPECT_EQ(why(*by_marker, first + ".ok"), NotTaken::arriving);
  EXPECT_EQ(why(*by_marker, first + ".ok", in_minutes(31)), NotTaken::incomplete);
}

TEST_F(DropFolderTest, AMarkerMustStateTheFilesSize) {
  site.put("in/" + first, "four");
  site.put("in/" + first + ".ok", "5\n");
  EXPECT_EQ(why(*by_size, first), NotTaken::marker_differs);
  site.put("in/" + first + ".ok", "4\n");
  EXPECT_THAT(ready(*by_size), ElementsAre(first));
}

TEST_F(DropFolderTest, AMarkerMustStateTheFilesDigest) {
  site.put("in/" + first, "abc");
  for (const char* wrong : {"", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ae"}) {
    site.put("in/" + first + ".ok", wrong);
    EXPECT_EQ(why(*by_digest, first), NotTaken::marker_differs) << wrong;
    EXPECT_EQ(why(*by_digest, first), NotTaken::marker_differs) << "nor the second time";
  }
  site.put("in/" + first + ".ok",
           "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD  " + first + "\r\n");
  EXPECT_THAT(ready(*by_digest), ElementsAre(first)) << "as sha256sum writes it, in either case";
  site.put("in/" + first, "abd");
  EXPECT_EQ(why(*by_digest, first), NotTaken::marker_differs) << "changed after its marker";
}

TEST_F(DropFolderTest, AMarkerThatIsALinkIsNone) {
  site.put("in/" + first, "abc");
  std::filesystem::create_symlink("/etc/passwd", site.at("in/" + first + ".ok"));
  EXPECT_EQ(why(*by_marker, first), NotTaken::marker_differs);
}

TEST_F(DropFolderTest, OnlyPlainFilesOfOneNameAreTaken) {
  std::filesystem::create_symlink("/etc/passwd", site.at("in/" + first));
  EXPECT_EQ(why(*by_rename, first), NotTaken::not_a_file);
  EXPECT_EQ(folder.take(*by_rename, first, noon), false);
  std::filesystem::remove(site.at("in/" + first));

  ASSERT_EQ(mkfifo(site.at("in/" + first).c_str(), 0600), 0);
  EXPECT_EQ(why(*by_rename, first), NotTaken::not_a_file);
  EXPECT_EQ(folder.take(*by_rename, first, noon), false);
  std::filesystem::remove(site.at("in/" + first));

  std::filesystem::create_directory(site.at("in/" + first));
  EXPECT_EQ(why(*by_rename, first), NotTaken::not_a_file);
  EXPECT_EQ(folder.take(*by_rename, first, noon), false);
  std::filesystem::remove(site.at("in/" + first));

  site.put("in/" + first, "x");
  std::filesystem::create_hard_link(site.at("in/" + first), site.at("archive/another"));
  EXPECT_EQ(why(*by_rename, first), NotTaken::several_links);
  EXPECT_EQ(folder.take(*by_rename, first, noon), false);
  EXPECT_THAT(names(site.at("work")), IsEmpty());
}

TEST_F(DropFolderTest, AFileBeyondTheBoundStaysWhereItIs) {
  site.put("in/" + first, "");
  std::filesystem::resize_file(site.at("in/" + first), (1u << 20) + 1);  // rules_of: 1 MiB
  EXPECT_EQ(why(*by_rename, first), NotTaken::too_large);
  EXPECT_EQ(folder.take(*by_rename, first, noon), false);
  std::filesystem::resize_file(site.at("in/" + first), 1u << 20);
  EXPECT_THAT(ready(*by_rename), ElementsAre(first));
}

TEST_F(DropFolderTest, OddNamesNeverBecomePathsAndAreShownEscaped) {
  for (const char* odd :
       {"..PF20260921001.dat", "PF20260921001.dat\n", "-rf", "平湖.dat", "$(id).dat", ".hidden"})
    site.put("in/" + std::string(odd), "x");
  const auto look = folder.look(*by_rename, in_minutes(31));
  EXPECT_THAT(look.ready, IsEmpty());
  ASSERT_EQ(look.waiting.size(), 6u);
  for (const auto& waiting : look.waiting) EXPECT_EQ(waiting.why, NotTaken::unknown_name) << waiting.name;
  EXPECT_EQ(why(*by_rename, "PF20260921001.dat\\x0a", in_minutes(31)), NotTaken::unknown_name);
  folder.tell(look, *by_rename);
  for (const std::string& name : names(site.at("out"))) {
    EXPECT_TRUE(name.ends_with(".error.txt")) << name;
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"),
              name.npos)
        << name;
    EXPECT_NE(name.front(), '.');
  }
  EXPECT_EQ(names(site.at("out")).size(), 6u);
}

TEST_F(DropFolderTest, AnExplanationStandsAsLongAsItsCause) {
  site.put("in/report.doc", "x");
  folder.tell(folder.look(*by_rename, real_now()), *by_rename);
  EXPECT_THAT(names(site.at("out")), IsEmpty()) << "it may still be renamed";
  folder.tell(folder.look(*by_rename, in_minutes(31)), *by_rename);
  ASSERT_THAT(names(site.at("out")), ElementsAre("report.doc.error.txt"));
  const std::string text = contents(site.at("out/report.doc.error.txt"));
  EXPECT_THAT(text, HasSubstr("文件名不符合约定“PF{yyyyMMdd}{seq:3}.dat”"));
  EXPECT_THAT(text, HasSubstr("its name is not as agreed, PF{yyyyMMdd}{seq:3}.dat: rename it, or remove it"));
  struct stat status{};
  ASSERT_EQ(stat(site.at("out/report.doc.error.txt").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u) << "for the partner to read";

  auto after_restart = DropFolder::open(site.root(), "bank01").value();
  std::filesystem::remove(site.at("in/report.doc"));
  after_restart.tell(after_restart.look(*by_rename, real_now()), *by_rename);
  EXPECT_THAT(names(site.at("out")), IsEmpty());
}

TEST_F(DropFolderTest, OfVeryManyNamesAHundredAreShown) {
  for (int i = 0; i < 150; ++i) site.put(fmt::format("in/junk{}", i), "");
  const auto look = folder.look(*by_rename, in_minutes(31));
  EXPECT_EQ(look.waiting.size(), DropFolder::most_shown);
  EXPECT_EQ(look.more, 50u);
}

TEST_F(DropFolderTest, AReturnFileIsThereWholeAndTheFileGoesToTheArchiveOfItsDay) {
  site.put("in/" + first, "abc");
  ASSERT_EQ(folder.take(*by_rename, first, noon), true);
  const auto taken = folder.in_work(*by_rename).front();
  site.put("result", "0000 OK\n");
  ASSERT_TRUE(folder.hand_out("PF20260921001.ret", site.at("result")));
  EXPECT_THAT(names(site.at("out")), ElementsAre("PF20260921001.ret"));
  EXPECT_EQ(contents(site.at("out/PF20260921001.ret")), "0000 OK\n");
  EXPECT_EQ(folder.archive(taken), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_THAT(names(site.at("work")), IsEmpty());
  EXPECT_EQ(contents(site.at("archive/2026-09-21/" + first +
                             ".ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")),
            "abc");
}

TEST_F(DropFolderTest, TheSameNameAgainIsAnotherFile) {
  for (const char* bytes : {"abc", "abd"}) {
    site.put("in/" + first, bytes);
    ASSERT_EQ(folder.take(*by_rename, first, noon), true);
    ASSERT_TRUE(folder.archive(folder.in_work(*by_rename).front()));
  }
  EXPECT_EQ(names(site.at("archive/2026-09-21")).size(), 2u);
}

TEST_F(DropFolderTest, FilesAreInWorkInTheOrderInWhichTheyWereComplete) {
  site.put("in/" + first, "later");
  site.put("in/" + second, "earlier");
  ASSERT_EQ(folder.take(*by_rename, second, noon), true);
  ASSERT_EQ(folder.take(*by_rename, first, Instant{noon.micros + 1}), true);
  EXPECT_THAT(folder.in_work(*by_rename), ElementsAre(DropFolder::Taken{second, noon},
                                                      DropFolder::Taken{first, Instant{noon.micros + 1}}));
}

// What a crash can leave behind, each state as the header names it.

TEST_F(DropFolderTest, AClaimWhoseFileWasNotMovedYetIsMadeGoodWithItsTime) {
  site.put("in/" + first, "abc");
  site.put("work/01790000000000000-" + first + ".ok", "");
  EXPECT_THAT(folder.in_work(*by_marker), ElementsAre(DropFolder::Taken{first, noon}));
  EXPECT_THAT(names(site.at("work")), ElementsAre("01790000000000000-" + first));
  EXPECT_THAT(names(site.at("in")), IsEmpty());
}

TEST_F(DropFolderTest, AClaimWhoseFileWasMovedIsRemoved) {
  site.put("work/01790000000000000-" + first, "abc");
  site.put("work/01790000000000000-" + first + ".ok", "");
  EXPECT_THAT(folder.in_work(*by_marker), ElementsAre(DropFolder::Taken{first, noon}));
  EXPECT_THAT(names(site.at("work")), ElementsAre("01790000000000000-" + first));
}

TEST_F(DropFolderTest, AClaimWhoseFileIsGoneOrNoFileIsDropped) {
  site.put("work/01790000000000000-" + first + ".ok", "");
  site.put("work/01790000000000000-" + second + ".ok", "");
  std::filesystem::create_symlink("/etc/passwd", site.at("in/" + second));
  EXPECT_THAT(folder.in_work(*by_marker), IsEmpty());
  EXPECT_THAT(names(site.at("work")), IsEmpty());
  EXPECT_THAT(names(site.at("in")), ElementsAre(second));
}

TEST_F(DropFolderTest, WhatWasBeingWrittenIsRemovedAtTheStart) {
  site.put("out/.PF20260921001.ret.Ab3dEf", "half");
  site.put("work/.record.json.Ab3dEf", "half");
  site.put("out/PF20260920001.ret", "whole");
  (void)DropFolder::open(site.root(), "bank01").value();
  EXPECT_THAT(names(site.at("out")), ElementsAre("PF20260920001.ret"));
  EXPECT_THAT(names(site.at("work")), IsEmpty());
}

TEST_F(DropFolderTest, AFolderThatIsALinkIsRefused) {
  std::filesystem::remove(site.at("in"));
  std::filesystem::create_directory_symlink("/tmp", site.at("in"));
  EXPECT_FALSE(DropFolder::open(site.root(), "bank01"));
}

}  // namespace
}  // namespace loangate::net
