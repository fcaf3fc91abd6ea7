#pragma once
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "store/sqlite/connection.hpp"

namespace loangate::store {

/// Connections for reading, each lent to one thread at a time. A reader sees what was committed when its read
/// began and never waits for the writer. `Rows` is made of a connection, and says what is read.
template <class Rows>
class ReaderPool {
  struct Reader {
    Reader(const std::filesystem::path& file, const ConnectionOptions& options)
        : connection(file, options), rows(connection) {}
    Connection connection;
    Rows rows;
  };

 public:
  /// At most `keep` connections stay open while nobody reads.
  ReaderPool(std::filesystem::path file, ConnectionOptions options, std::size_t keep = 4)
      : file_(std::move(file)), options_(std::move(options)), keep_(keep) {}

  class Lease {
   public:
    Lease(ReaderPool& pool, std::unique_ptr<Reader> reader) : pool_(pool), reader_(std::move(reader)) {}
    ~Lease() { pool_.give_back(std::move(reader_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    const Rows& rows() const { return reader_->rows; }

   private:
    ReaderPool& pool_;
    std::unique_ptr<Reader> reader_;
  };

  /// Throws SqliteError if a new connection is needed and cannot be opened.
  Lease lend() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        auto reader = std::move(idle_.back());
        idle_.pop_back();
        return {*this, std::move(reader)};
      }
    }
    return {*this, std::make_unique<Reader>(file_, options_)};
  }

 private:
  void give_back(std::unique_ptr<Reader> reader) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < keep_) idle_.push_back(std::move(reader));
  }

  const std::filesystem::path file_;
  const ConnectionOptions options_;
  const std::size_t keep_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Reader>> idle_;
};

}  // namespace loangate::store
