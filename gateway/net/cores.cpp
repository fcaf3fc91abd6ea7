#include "net/cores.hpp"

#include <algorithm>

namespace loangate::net {

struct Cores::Core {
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{context.get_executor()};
  std::thread thread{[this] { context.run(); }};
};

Cores::Cores(unsigned count) {
  for (unsigned i = 0; i < std::max(count, 1u); ++i) cores_.push_back(std::make_unique<Core>());
}

Cores::~Cores() {
  stop();
}

std::vector<boost::asio::io_context*> Cores::contexts() const {
  std::vector<boost::asio::io_context*> contexts;
  for (const auto& core : cores_) contexts.push_back(&core->context);
  return contexts;
}

void Cores::stop() {
  for (const auto& core : cores_) core->context.stop();
  for (const auto& core : cores_) {
    if (core->thread.joinable()) core->thread.join();
  }
}

}  // namespace loangate::net
