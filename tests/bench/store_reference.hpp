#pragma once
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>

namespace loangate::bench {

/// What SQLite can do on this disk with the store's shape of work and nothing around it (settled 44): groups
/// of 64 messages that are each flushed, every message a journal row of 2.9 KB, a duplicate key, a loan row,
/// an exposure update and an outbox row, all keys in append order. All calls throw std::runtime_error.
class StoreReference {
 public:
  /// Makes the file anew in `dir`.
  explicit StoreReference(const std::filesystem::path& dir);
  /// Removes it.
  ~StoreReference();
  StoreReference(const StoreReference&) = delete;
  StoreReference& operator=(const StoreReference&) = delete;

  /// Puts messages in, untimed.
  void load(std::size_t messages);
  /// Goes on putting messages in for so long; how many a second it were.
  double per_s(std::chrono::duration<double> time);

 private:
  class Tables;
  std::filesystem::path file_;
  std::unique_ptr<Tables> tables_;
};

/// Flushes a second of 1.5 KB each, by fdatasync, one after the other into space that was written before, in
/// `dir`.
double flush_per_s(const std::filesystem::path& dir);

}  // namespace loangate::bench
