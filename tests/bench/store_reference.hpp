#pragma once
#include <cstddef>
#include <filesystem>

namespace loangate::bench {

/// What SQLite can do on this disk with the store's shape of work and nothing around it (settled 44):
/// messages a second, in groups of 64 that are each flushed, every message a journal row of 2.9 KB, a
/// duplicate key, a loan row, an exposure update and an outbox row, all keys in append order. `messages` are
/// timed after `preload` have been put in untimed. The file is made anew in `dir` and removed. Throws
/// std::runtime_error.
double store_reference_per_s(const std::filesystem::path& dir, std::size_t messages, std::size_t preload);

/// Flushes a second of 1.5 KB each, by fdatasync, one after the other into space that was written before, in
/// `dir`.
double flush_per_s(const std::filesystem::path& dir);

}  // namespace loangate::bench
