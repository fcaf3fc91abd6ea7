#pragma once
#include <chrono>
#include <cstdint>
#include <expected>
#include <map>
#include <string>

#include "bench/procedure.hpp"

namespace loangate::bench {

/// What is measured of the operations port, over HTTPS against a gateway whose store a generator has filled.
struct OpsMeasure {
  std::uint64_t messages = 100'000;          // in the store; ten million by hand
  std::size_t calls = 1'000;                 // searches, and time lines
  std::chrono::duration<double> seconds{5};  // of each run of filings
  std::size_t runs = 3;                      // with and without the index, in turn; the median counts
  std::size_t connections = 64;
  std::size_t threads = 1;  // of the generator of filings
};

struct OpsFigures {
  std::uint64_t messages = 0;
  double fill_per_s = 0;   // messages that the generator put into the store
  double index_per_s = 0;  // messages that the index took in, from nothing, while nothing else ran
  double index_bytes = 0;  // of search.db, for each message
  double search_p50_ms = 0;
  double search_p95_ms = 0;
  std::map<std::string, double> search_p95_ms_by_kind = {};
  double timeline_p50_ms = 0;
  double timeline_p95_ms = 0;
  double filing_rate_ratio =
      0;                     // filings a second with the index following and a client searching, over without
  double filings_per_s = 0;  // without
  double searches_per_s = 0;  // of that client meanwhile
  double scrape_ms = 0;       // p95 of /metrics on one connection
  /// A day of so many messages (a million at the most) is archived and removed from a store of its own while
  /// a thousand filings arrive each second: the longest that one of them waited for its commit, and the
  /// longest without.
  double retention_pause_ms = 0;
  double retention_quiet_ms = 0;
  double retention_s = 0;         // how long it took
  double retention_returned = 0;  // share of the store's bytes that the disk has back
};

std::expected<OpsFigures, std::string> measure_ops(SiteOptions options, const OpsMeasure& plan,
                                                   const Progress& progress);

std::string as_json(const OpsFigures& figures);

}  // namespace loangate::bench
