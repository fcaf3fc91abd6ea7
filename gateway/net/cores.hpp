#pragma once
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <thread>
#include <vector>

namespace loangate::net {

/// One io_context and one thread a core. What begins in a context stays in it, so that nothing in a
/// connection needs a lock.
class Cores {
 public:
  /// Starts `count` threads, at least one.
  explicit Cores(unsigned count);
  /// Ends them as stop() does.
  ~Cores();
  Cores(const Cores&) = delete;
  Cores& operator=(const Cores&) = delete;

  std::vector<boost::asio::io_context*> contexts() const;

  /// Ends the threads at once; what still runs in the contexts stays where it is.
  void stop();

 private:
  struct Core;
  std::vector<std::unique_ptr<Core>> cores_;
};

}  // namespace loangate::net
