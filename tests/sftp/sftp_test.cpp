// Partners' files through the real sshd, set up by the scripts and the configuration that are delivered.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "base/bytes.hpp"
#include "net/drop_folder.hpp"
#include "tests/sftp/machine.hpp"
#include "tests/unit/net/drop_site.hpp"

namespace loangate::sftp {
namespace {

namespace fs = std::filesystem;
using net::DropFolder;
using net::NotTaken;
using net::testing::contents;
using net::testing::names;
using net::testing::rules_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Instant noon{1'790'000'000'000'000};
const std::string first = "PF20260921001.dat";
const auto by_rename = rules_of("complete: rename");
const auto by_marker = rules_of("complete: {marker: .ok, holds: sha256}");

class Sftp : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* id : {"bank22", "bank23"}) {
      fs::remove_all(machine.files() / id);
      machine.add_partner(id);
    }
  }
  fs::path at(const std::string& path) const { return machine.files() / "bank22" / path; }
  void write(const std::string& name, const std::string& bytes) const {
    fs::remove(machine.desk() / name);  // and its permissions
    std::ofstream(machine.desk() / name, std::ios::binary) << bytes;
  }
  Ran sftp(const std::string& commands, const std::string& id = "bank22") const {
    return machine.sftp(id, commands);
  }
  /// Begins a slow upload under this name, and ends the client by SIGKILL once part of it is there.
  void break_off_an_upload(const std::string& name) const {
    write("large", std::string(1u << 20, 'x'));
    write("batch", "put " + (machine.desk() / "large").string() + " in/" + name + "\n");
    std::string command =
        "exec " + machine.sftp_command("bank22", "-l 2000 -b -") + " <" + (machine.desk() / "batch").string();
    const std::string shell = "/bin/sh", option = "-c";
    const pid_t client = fork();
    if (client == 0) {
      setpgid(0, 0);
      execl(shell.c_str(), shell.c_str(), option.c_str(), command.c_str(), nullptr);
      _exit(127);
    }
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    std::error_code ec;
    while (!(fs::file_size(at("in/" + name), ec) > 30'000) || ec) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the upload does not begin";
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    while_uploading();
    kill(-client, SIGKILL);
    waitpid(client, nullptr, 0);
  }

  Machine& machine = Machine::get();
  std::function<void()> while_uploading = [] {};
};

TEST_F(Sftp, AFileIsPutRenamedTakenAnsweredAndFetched) {
  write(first, "1|贷款\r\n");
  const Ran put = sftp(fmt::format("put {0} in/{0}.tmp\n", first));
  ASSERT_EQ(put.status, 0) << put.output;
  auto folder = DropFolder::open(machine.files(), "bank22").value();
  EXPECT_THAT(folder.look(*by_rename, real_now()).ready, IsEmpty());
  ASSERT_EQ(sftp(fmt::format("rename in/{0}.tmp in/{0}\n", first)).status, 0);
  EXPECT_THAT(folder.look(*by_rename, real_now()).ready, ElementsAre(first));
  ASSERT_EQ(folder.take(*by_rename, first, noon), true);
  const auto taken = folder.in_work(*by_rename).front();
  EXPECT_EQ(contents(folder.path(taken)), "1|贷款\r\n");
  ASSERT_TRUE(folder.hand_out("PF20260921001.ret", std::string_view("1|0000\r\n")));
  ASSERT_TRUE(folder.archive(taken));
  const Ran got = sftp("get out/PF20260921001.ret\nls in\n");
  EXPECT_EQ(got.status, 0) << got.output;
  EXPECT_EQ(contents(machine.desk() / "PF20260921001.ret"), "1|0000\r\n");
}

TEST_F(Sftp, AnUploadThatBreaksOffIsNeverTaken) {
  auto folder = DropFolder::open(machine.files(), "bank22").value();
  break_off_an_upload(first + ".tmp");
  EXPECT_THAT(folder.look(*by_rename, real_now()).ready, IsEmpty());
  const Instant later{real_now().micros + std::int64_t{31} * 60'000'000};
  EXPECT_THAT(folder.look(*by_rename, later).waiting,
              ElementsAre(DropFolder::Waiting{first + ".tmp", NotTaken::unknown_name}));
  folder.tell(folder.look(*by_rename, later), *by_rename);
  ASSERT_EQ(sftp(fmt::format("get out/{}.tmp.error.txt told\n", first)).status, 0);
  EXPECT_THAT(contents(machine.desk() / "told"), HasSubstr("请按约定改名"));
}

TEST_F(Sftp, AFileIsNotTakenUnderItsNameWhileItIsBeingWritten) {
  auto folder = DropFolder::open(machine.files(), "bank22").value();
  bool looked = false;
  while_uploading = [&] {
    looked = true;
    EXPECT_THAT(folder.look(*by_rename, real_now()).ready, IsEmpty());
  };
  break_off_an_upload(first);
  EXPECT_TRUE(looked);
}

TEST_F(Sftp, AnUploadThatBreaksOffHasNoMarkerAndAWrongOneDoesNotHelp) {
  auto folder = DropFolder::open(machine.files(), "bank22").value();
  break_off_an_upload(first);
  EXPECT_THAT(folder.look(*by_marker, real_now()).ready, IsEmpty());
  write("marker", hex(sha256(std::string(1u << 20, 'x'))) + "  " + first + "\n");
  ASSERT_EQ(sftp(fmt::format("put marker in/{}.ok\n", first)).status, 0);
  // The server closes the file a moment after the client is gone.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (folder.look(*by_marker, real_now()).waiting.front().why == NotTaken::arriving) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_THAT(folder.look(*by_marker, real_now()).waiting,
              ElementsAre(DropFolder::Waiting{first, NotTaken::marker_differs}));
  ASSERT_EQ(sftp(fmt::format("put large in/{0}\n", first)).status, 0);
  EXPECT_THAT(folder.look(*by_marker, real_now()).ready, ElementsAre(first))
      << "sent anew, the marker is right";
}

TEST_F(Sftp, AFileThatOnlyItsOwnerMayReadIsExplainedAndMended) {
  write(first, "x");
  fs::permissions(machine.desk() / first, fs::perms::owner_read | fs::perms::owner_write);
  ASSERT_EQ(sftp(fmt::format("put {0} in/{0}\n", first)).status, 0);
  EXPECT_EQ(fs::status(at("in/" + first)).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  const std::string as_gateway = "setpriv --reuid=loangate --regid=loangate --groups=loangate-drop -- cat ";
  EXPECT_NE(run(as_gateway + at("in/" + first).string()).status, 0);
  ASSERT_EQ(sftp(fmt::format("chmod 640 in/{0}\n", first)).status, 0);
  EXPECT_EQ(run(as_gateway + at("in/" + first).string()).status, 0);
}

TEST_F(Sftp, APartnerSeesItsOwnFoldersAndNothingElse) {
  std::ofstream(at("archive/secret")) << "x";
  std::ofstream(at("out/result.ret")) << "x";
  write(first, "x");
  EXPECT_THAT(sftp("pwd\nls -1\n").output, HasSubstr("Remote working directory: /"));
  EXPECT_THAT(sftp("cd ..\nls -1 /\n").output, HasSubstr("/archive\n/in\n/out\n/work\n"));
  for (const std::string& refused :
       {std::string("ls work"), std::string("ls archive"), std::string("get archive/secret"), "put " + first,
        "put " + first + " out/x", std::string("rm out/result.ret"), std::string("chmod 777 in"),
        std::string("rename in elsewhere"), std::string("mkdir more"),
        std::string("symlink /etc/passwd in/x"), std::string("get /etc/passwd"),
        std::string("ln out/result.ret in/x")}) {
    EXPECT_NE(sftp(refused + "\n").status, 0) << refused;
  }
  EXPECT_THAT(names(at("in")), IsEmpty());
}

TEST_F(Sftp, ALoginIsForFilesOnlyAndByItsOwnKeyOnly) {
  const auto ssh = [&](const std::string& key, const std::string& user, const std::string& rest) {
    (void)machine.sftp_command("bank22");  // the server's key is known
    return run(fmt::format("timeout 20 ssh {} -p {} lg-{}@127.0.0.1 {}",
                           machine.ssh_options((machine.desk() / key).string()), machine.port(), user, rest));
  };
  EXPECT_THAT(ssh("bank22", "bank22", "id").output, HasSubstr("This service allows sftp connections only."));
  EXPECT_THAT(ssh("bank22", "bank22", "").output, HasSubstr("This service allows sftp connections only."));
  const Ran forward = ssh("bank22", "bank22", "-W 127.0.0.1:22");
  EXPECT_NE(forward.status, 0);
  EXPECT_THAT(forward.output, HasSubstr("administratively prohibited"));
  EXPECT_THAT(ssh("bank23", "bank22", "").output, HasSubstr("Permission denied"));
  EXPECT_THAT(ssh("bank22", "root", "").output, HasSubstr("Permission denied"));
}

TEST_F(Sftp, AnotherKeyReplacesTheFirst) {
  const fs::path key = machine.desk() / "bank22", old = machine.desk() / "old";
  fs::rename(key, old);
  fs::remove(key.string() + ".pub");
  ASSERT_EQ(run("ssh-keygen -q -y -f " + old.string() + " >" + old.string() + ".pub").status, 0);
  machine.add_partner("bank22");
  EXPECT_EQ(sftp("ls\n").status, 0);
  fs::rename(old, key);
  EXPECT_NE(sftp("ls\n").status, 0);
  fs::remove(key);
}

TEST_F(Sftp, TheGatewayNeedsNoRootToTakeAndAnswer) {
  write(first, "x");
  ASSERT_EQ(sftp(fmt::format("put {0} in/{0}\n", first)).status, 0);
  const Ran moved =
      run(fmt::format("cd {} && setpriv --reuid=loangate --regid=loangate --groups=loangate-drop -- "
                      "sh -c 'cat in/{} && mv in/{} work/x && mkdir archive/day && mv work/x archive/day/x "
                      "&& echo y >out/x && chmod 640 out/x'",
                      at("").string(), first, first));
  EXPECT_EQ(moved.status, 0) << moved.output;
  EXPECT_EQ(sftp("get out/x\n").status, 0);
}

TEST_F(Sftp, TheScriptRefusesWhatItWasNotMeantFor) {
  const std::string script = std::string(LOANGATE_SOURCE_DIR) + "/config/sftp/make-partner-drop.sh ";
  write("none.pub", "hello\n");
  const std::string key = (machine.desk() / "bank22").string();
  const std::pair<std::string, const char*> mistakes[] = {
      {"../bank99 " + key + ".pub", "is no partner id"},
      {"Bank99 " + key + ".pub", "is no partner id"},
      {"a-name-of-more-than-twenty-four " + key + ".pub", "more than 24 characters"},
      {"bank99 " + (machine.desk() / "none.pub").string(), "holds no public key"},
      {"bank99 " + key, "is a private key"},
      {"bank99", "make-partner-drop.sh ID PUBLIC_KEY"}};
  for (const auto& [arguments, why] : mistakes) {
    const Ran ran = run(script + arguments);
    EXPECT_NE(ran.status, 0) << arguments;
    EXPECT_THAT(ran.output, HasSubstr(why)) << arguments;
  }
  EXPECT_FALSE(fs::exists(machine.files() / "bank99"));
}

}  // namespace
}  // namespace loangate::sftp
