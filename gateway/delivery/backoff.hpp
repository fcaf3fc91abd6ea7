#pragma once
#include <chrono>
#include <cstdint>

namespace loangate::delivery {

/// How long to wait before a delivery is tried again: doubling from `first` up to `longest`.
struct Backoff {
  std::chrono::milliseconds first{1'000};
  std::chrono::milliseconds longest{600'000};
};

/// The pause after `attempts` failed attempts (at least 1). `chance` is any random number: the pause lies
/// between half of the full one and all of it, so that what failed together does not come again together.
std::chrono::milliseconds pause_after(const Backoff& backoff, std::uint32_t attempts, std::uint32_t chance);

}  // namespace loangate::delivery
