#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "bench/codec_times.hpp"

namespace loangate::bench {

/// One format's figures; rates are filings a second over many kept connections.
struct FormatFigures {
  std::string bank;  // whose profile
  double bytes = 0;  // of a filing
  double filings_per_s = 0;
  double p50_ms = 0;
  double p99_ms = 0;
  double server_cpu_us = 0;  // of the gateway, for each filing
  double loaded_filings_per_s = 0;
  double loaded_p99_ms = 0;
  CodecTimes codec;
  double batch_records_per_s = 0;  // of a file of many, from its first byte sent to its return file
  double batch_store_per_s = 0;    // the store's own limit, taken in turn with it
  double batch_peak_mb = 0;        // of memory, above what there was before
};

/// Everything that was measured. A figure that could not be taken ends the run before there are any.
struct Figures {
  std::uint64_t connections = 0;
  double seconds = 0;               // of a run
  std::uint64_t runs = 0;           // of which each figure is the median
  std::uint64_t messages = 0;       // in the store, when it is called loaded
  std::uint64_t batch_records = 0;  // in a file

  std::map<std::string, FormatFigures> formats;  // xml, json, fixed
  double null_per_s = 0;
  double null_p99_ms = 0;
  double null_cpu_us = 0;
  double generator_ceiling_per_s = 0;  // by its own CPU time against the null server, on one core
  double store_per_s = 0;
  double flush_per_s = 0;
  double single_connection_per_s = 0;
  double single_connection_p99_ms = 0;
  double half_load_rate = 0;
  double half_load_p99_ms = 0;
  double null_half_load_p99_ms = 0;
  double loaded_store_per_s = 0;
  double rss_idle_mb = 0;
  double rss_loaded_mb = 0;
  double start_ms = 0;

  /// Of the slowest format.
  double loaded_filings_per_s() const;
  /// Of the fastest format.
  double most_filings_per_s() const;
};

/// What the figures are to reach, and whether they do.
struct Goal {
  std::string what;
  double figure;
  bool at_least;  // else at most
  double bound;
  std::string bound_from;  // what the bound is made of
  bool holds() const { return at_least ? figure >= bound : figure <= bound; }
};
std::vector<Goal> goals(const Figures& figures);

std::string as_json(const Figures& figures);
/// Tables for people, with the goals at the end.
std::string as_text(const Figures& figures);

}  // namespace loangate::bench
