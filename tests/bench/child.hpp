#pragma once
#include <sys/types.h>

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

namespace loangate::bench {

/// A program that runs beside us; it is killed when this goes.
class Child {
 public:
  /// Starts it; what it prints goes to the end of `log`.
  static std::expected<Child, std::string> start(const std::vector<std::string>& command,
                                                 const std::filesystem::path& log);
  ~Child();
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;

  bool runs() const;
  /// SIGTERM, and waits for the end.
  void stop();
  /// SIGKILL, and waits for the end.
  void kill();
  /// Waits for the end; 0 if it was a good one.
  int wait();

  std::expected<double, std::string> resident_mb() const;
  /// Of all its threads since it began.
  double cpu_seconds() const;

 private:
  explicit Child(pid_t process) : process_(process) {}
  void end(int signal);

  mutable pid_t process_;  // 0: it has ended
};

/// Runs a program to its end; the error has the last of what it printed.
std::expected<void, std::string> run(const std::vector<std::string>& command,
                                     const std::filesystem::path& log);

}  // namespace loangate::bench
