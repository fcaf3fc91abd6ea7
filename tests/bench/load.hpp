#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "net/tls.hpp"

namespace loangate::bench {

/// Requests as they go over the wire, made before the clock runs and held in one block of memory.
class Requests {
 public:
  void add(std::string_view target, std::string_view content_type, std::string_view body);
  std::size_t size() const { return ends_.size(); }
  std::string_view operator[](std::size_t index) const;

 private:
  std::string bytes_;
  std::vector<std::size_t> ends_;
};

/// A server on this machine, and as whom it is called.
struct Target {
  std::uint16_t port = 0;
  net::TlsContext tls;
};

struct LoadPlan {
  std::size_t connections = 64;
  std::size_t threads = 1;  // connections are shared out over them
  double rate = 0;          // requests a second; 0: closed loop, each connection sends when it has its answer
  std::chrono::duration<double> warm_up{0};  // what is answered in it is not counted
  std::chrono::duration<double> time{1};     // that is counted; it ends earlier when the requests run out
};

/// What came back. Times of the open loop run from the instant at which the plan wanted the request sent, so
/// that a server that stalls is not spared the requests that it kept from being sent.
struct LoadResult {
  std::map<unsigned, std::uint64_t> by_status;  // all answers, those of the warm-up included
  std::uint64_t counted = 0;
  double seconds = 0;
  double per_s = 0;
  double p50_ms = 0;
  double p99_ms = 0;
  double max_ms = 0;
  double generator_cpu_us = 0;  // of our own threads, for each request
  std::string sample;           // the body of an answer of the middle of the run

  /// Whether every answer had this status.
  bool all(unsigned status) const { return by_status.size() == 1 && by_status.begin()->first == status; }
  std::uint64_t answers() const;
  std::string statuses() const;  // `200: 17, 503: 2`
};

/// Sends requests, each once and in their order, over `plan.connections` kept connections of mutual TLS. The
/// error says what broke: a refused connection, an answer that is none, a connection that the server closed.
std::expected<LoadResult, std::string> run_load(const Target& target, const Requests& requests,
                                                const LoadPlan& plan);

}  // namespace loangate::bench
