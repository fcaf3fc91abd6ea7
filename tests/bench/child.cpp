#include "bench/child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

namespace loangate::bench {
namespace {

std::string tail_of(const std::filesystem::path& log) {
  std::ifstream in(log);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  constexpr std::size_t most = 2000;
  return text.substr(text.size() - std::min(text.size(), most));
}

}  // namespace

std::expected<Child, std::string> Child::start(const std::vector<std::string>& command,
                                               const std::filesystem::path& log) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t process = ::fork();
  if (process < 0) return std::unexpected(fmt::format("{}: {}", command.front(), std::strerror(errno)));
  if (process == 0) {
    // Nothing of ours goes on when we die; and between fork and exec there are system calls only.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    ::execv(arguments.front(), arguments.data());
    ::_exit(127);
  }
  return Child(process);
}

Child::~Child() {
  kill();
}

Child::Child(Child&& other) noexcept : process_(std::exchange(other.process_, 0)) {}

Child& Child::operator=(Child&& other) noexcept {
  std::swap(process_, other.process_);
  return *this;
}

bool Child::runs() const {
  if (process_ != 0 && ::waitpid(process_, nullptr, WNOHANG) == process_) process_ = 0;
  return process_ != 0;
}

void Child::stop() {
  end(SIGTERM);
}

void Child::kill() {
  end(SIGKILL);
}

void Child::end(int signal) {
  if (!runs()) return;
  ::kill(process_, signal);
  wait();
}

int Child::wait() {
  int status = 0;
  ::waitpid(process_, &status, 0);
  process_ = 0;
  return status;
}

std::expected<double, std::string> Child::resident_mb() const {
  std::ifstream in(fmt::format("/proc/{}/status", process_));
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("VmRSS:")) continue;
    double kib = 0;
    std::istringstream(line.substr(6)) >> kib;
    return kib / 1024;
  }
  return std::unexpected("the kernel does not tell the memory of a child: has it ended?");
}

double Child::cpu_seconds() const {
  std::ifstream in(fmt::format("/proc/{}/stat", process_));
  std::string line;
  std::getline(in, line);
  // The fields after the name, which may hold blanks: utime and stime are the 12th and 13th of them.
  std::istringstream fields(line.substr(std::min(line.rfind(')') + 1, line.size())));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::expected<void, std::string> run(const std::vector<std::string>& command,
                                     const std::filesystem::path& log) {
  auto child = Child::start(command, log);
  if (!child) return std::unexpected(child.error());
  if (child->wait() != 0)
    return std::unexpected(fmt::format("{} failed:\n{}", command.front(), tail_of(log)));
  return {};
}

}  // namespace loangate::bench
