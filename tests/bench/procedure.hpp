#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "bench/figures.hpp"
#include "bench/site.hpp"

namespace loangate::bench {

/// The banks whose filings are measured, by format; the one with the smallest filings last.
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 3> benched_banks{
    {{"xml", "citicph"}, {"json", "sxbph"}, {"fixed", "phrcb"}}};

struct Measure {
  std::chrono::duration<double> seconds{5};  // of each run
  std::size_t runs = 5;                      // of each kind, in turn; the median counts
  std::uint64_t messages = 1'000'000;        // filings in the store for the loaded figures
  std::size_t connections = 64;
  std::size_t threads = 1;  // of the generator
  std::size_t borrowers = 3'000;
  std::size_t batch_records = 100'000;  // in a file of many
  bool batches_only = false;            // leave all else out: for work on batches
};

using Progress = std::function<void(std::string_view)>;

/// Takes all figures. The runs of a kind are not taken one after the other but in turn with the other kinds,
/// so that a machine that is slower for a while is so for all. The error says what could not be measured, and
/// why.
std::expected<Figures, std::string> measure(SiteOptions options, const Measure& plan,
                                            const Progress& progress);

}  // namespace loangate::bench
