#include "tests/sftp/machine.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>
#include <vector>

namespace loangate::sftp {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void give_up(const std::string& why) {
  std::cerr << why << '\n';
  std::exit(1);
}

void must(bool good, const std::string& what) {
  if (!good) give_up(what + ": " + std::strerror(errno));
}

void must_run(const std::string& command) {
  const Ran ran = run(command);
  if (ran.status != 0) give_up(command + "\n" + ran.output);
}

std::string contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Begins anew as root, where sudo lets us, as ./dev does for installing.
[[noreturn]] void become_root() {
  std::vector<std::string> words{"sudo", "-n"};
  std::istringstream own(contents("/proc/self/cmdline"));
  for (std::string word; std::getline(own, word, '\0');) words.push_back(word);
  words[2] = fs::read_symlink("/proc/self/exe");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  give_up("this test needs root: users are made and a chroot is entered; run it with sudo");
}

/// From here on nothing that is mounted is seen by others.
void leave_the_machine() {
  if (geteuid() != 0) become_root();
  must(unshare(CLONE_NEWNS) == 0, "unshare");
  // In a chroot the root is no mount point; then it must be private already (./dev bare sees to that).
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 &&
      contents("/proc/self/mountinfo").contains(" shared:")) {
    give_up("this test's mounts would be seen outside of it: run it under unshare -m");
  }
  must(mount("tmpfs", "/srv", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=256m") == 0, "mount /srv");
  must_run("cp -a /etc /srv/.etc");
  must(mount("/srv/.etc", "/etc", nullptr, MS_BIND, nullptr) == 0, "mount /etc");
  must(mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=1m") == 0, "mount /run");
}

std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  must(bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
           getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0,
       "no free port");
  close(socket);
  return ntohs(address.sin_port);
}

}  // namespace

Ran run(const std::string& command) {
  return support::run("PATH=$PATH:/usr/sbin:/sbin; { " + command + "\n} </dev/null");
}

Machine& Machine::get() {
  static Machine machine;
  return machine;
}

Machine::Machine() : port_(free_port()) {
  leave_the_machine();
  const fs::path config = fs::path(LOANGATE_SOURCE_DIR) / "config/sftp";
  fs::create_directories(desk());
  fs::create_directories("/run/sshd");
  must_run("groupadd --system loangate-drop && useradd --system --groups loangate-drop loangate");
  must_run((config / "make-partner-drop.sh").string() + " --host-keys");
  must_run(fmt::format("install -m 0644 {}/sshd_config /etc/loangate/sftp/", config.string()));
  must_run("/usr/sbin/sshd -t -f /etc/loangate/sftp/sshd_config");
  std::array<std::string, 7> words{
      "/usr/sbin/sshd", "-D", "-e", "-f", "/etc/loangate/sftp/sshd_config", "-p", std::to_string(port_)};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/srv/sshd.log", O_CREAT | O_WRONLY | O_APPEND,
                                   0600);
  must(posix_spawn(&sshd_, words[0].c_str(), &actions, nullptr, arguments.data(), environ) == 0, "sshd");
  posix_spawn_file_actions_destroy(&actions);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!contents("/srv/sshd.log").contains("Server listening")) {
    if (std::chrono::steady_clock::now() > deadline)
      give_up("sshd does not listen: " + contents("/srv/sshd.log"));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

Machine::~Machine() {
  kill(sshd_, SIGTERM);
  waitpid(sshd_, nullptr, 0);
}

void Machine::add_partner(const std::string& id) {
  const std::string key = (desk() / id).string();
  if (!fs::exists(key)) must_run(fmt::format("ssh-keygen -q -t ed25519 -N '' -C {} -f {}", id, key));
  must_run(fmt::format("{}/config/sftp/make-partner-drop.sh {} {}.pub", LOANGATE_SOURCE_DIR, id, key));
}

std::string Machine::ssh_options(const std::string& key) const {
  return fmt::format(
      "-F none -i {} -o BatchMode=yes -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes -o "
      "UserKnownHostsFile=/srv/known "
      "-o ConnectTimeout=10",
      key);
}

std::string Machine::sftp_command(const std::string& id, const std::string& options) const {
  std::ofstream known("/srv/known");
  known << fmt::format("[127.0.0.1]:{} {}", port_, contents("/etc/loangate/sftp/host_ed25519.pub"));
  return fmt::format("sftp -q {} -P {} {} lg-{}@127.0.0.1", ssh_options((desk() / id).string()), port_,
                     options, id);
}

Ran Machine::sftp(const std::string& id, const std::string& commands) const {
  std::ofstream(desk() / "batch") << "lcd /srv/desk\n" << commands;
  return run(sftp_command(id, "-b /srv/desk/batch"));
}

}  // namespace loangate::sftp
