#pragma once
#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace loangate::store {

/// A call into SQLite failed. Thrown and caught inside this folder only: it becomes a StoreFault, or the
/// reason why a store does not open.
class SqliteError : public std::runtime_error {
 public:
  SqliteError(int code, const std::string& what) : std::runtime_error(what), code_(code) {}
  /// SQLite's extended result code.
  int code() const { return code_; }
  /// No space left. SQLite has undone the transaction, or can.
  bool full() const { return (code_ & 0xff) == SQLITE_FULL; }
  /// The storage below failed, so what is on the disk is unknown until the file has been opened anew.
  bool storage_failed() const;

 private:
  int code_;
};

class Connection;

/// A prepared statement, kept as long as its connection. Each use binds, steps and resets it:
///
///     auto run = statement.use();
///     run.bind(number).bind(text);
///     while (run.step()) … run.integer(0) …
class Statement {
 public:
  Statement() = default;
  Statement(Connection& connection, const char* sql);

  /// One run. Texts and blobs are bound without a copy: they must live until the run ends. Columns are views
  /// into SQLite's row: they live until the next step.
  class Run {
   public:
    explicit Run(sqlite3_stmt* statement) : statement_(statement) {}
    ~Run();
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    Run& bind(std::int64_t value);
    Run& bind(std::uint64_t value) { return bind(static_cast<std::int64_t>(value)); }
    Run& bind(std::string_view text);
    Run& bind_blob(std::string_view bytes);
    Run& bind_blob(const Digest& digest) { return bind_blob(view(digest)); }

    /// True if there is a row.
    bool step();
    /// Runs a statement that gives no rows.
    void done();

    std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
    std::uint64_t count(int column) const { return static_cast<std::uint64_t>(integer(column)); }
    bool is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
    std::string_view text(int column) const;
    Digest digest(int column) const;

   private:
    void check(int code) const;

    sqlite3_stmt* statement_;
    int next_parameter_ = 1;
  };

  Run use() const { return Run(statement_.get()); }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// How a connection goes about the file.
struct ConnectionOptions {
  std::string vfs;         ///< `unix-excl`, or a test's that stands on it
  int cache_kib;           ///< page cache
  bool read_only = false;  ///< refuse to write, whatever the SQL says
  /// Not even open the file for writing, nor make one beside it; nobody else may have it open. It is then
  /// named by a URI.
  bool looks_only = false;
};

/// One connection to the store's file, set up as every connection here must be. Used by one thread at a time.
class Connection {
 public:
  /// Opens an existing file.
  Connection(const std::filesystem::path& file, const ConnectionOptions& options);

  /// Runs statements that give no rows.
  void execute(const char* sql);
  /// The one number that a statement gives.
  std::int64_t query_number(const char* sql);

  sqlite3* handle() const { return handle_.get(); }
  /// Throws if `code` is an error, with the library's explanation.
  void check(int code, std::string_view doing) const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A connection to a file that nobody has open for writing, which takes no lock and makes no file. `has_log`:
/// a WAL lies beside it, which is read too.
Connection open_closed(const std::filesystem::path& file, bool has_log, int cache_kib = 8 * 1024);

}  // namespace loangate::store
