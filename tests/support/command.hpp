#pragma once
#include <sys/wait.h>

#include <cstdio>
#include <string>

namespace loangate::support {

/// A command of the shell as it went.
struct Ran {
  int status = -1;  ///< its exit status; -1 if it did not end by itself
  std::string output;
};

/// Runs a command to its end. What it says on stderr is among its output, unless the command sends it
/// elsewhere.
inline Ran run(const std::string& command) {
  Ran ran;
  std::FILE* const pipe = ::popen(("{ " + command + "\n} 2>&1").c_str(), "r");
  if (pipe == nullptr) return ran;
  char block[4096];
  while (const std::size_t count = std::fread(block, 1, sizeof block, pipe)) ran.output.append(block, count);
  const int status = ::pclose(pipe);
  if (WIFEXITED(status)) ran.status = WEXITSTATUS(status);
  return ran;
}

}  // namespace loangate::support
