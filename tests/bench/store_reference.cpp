#include "tests/bench/store_reference.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace loangate::bench {

namespace {

constexpr std::size_t group_size = 64;
constexpr std::size_t journal_bytes = 2900;
constexpr std::size_t loan_bytes = 200;
constexpr std::size_t outbox_bytes = 600;
constexpr int companies = 1351;

class Database {
 public:
  explicit Database(const std::filesystem::path& file) {
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(
        file.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, "unix-excl");
    handle_.reset(handle);
    check(code);
  }
  void run(const char* sql) { check(sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr)); }
  void check(int code) const {
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW)
      throw std::runtime_error(sqlite3_errmsg(handle_.get()));
  }
  sqlite3* handle() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

class Row {
 public:
  Row(Database& database, const char* sql) : database_(database) {
    sqlite3_stmt* statement = nullptr;
    database.check(
        sqlite3_prepare_v3(database.handle(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
    statement_.reset(statement);
  }
  Row& bind(std::int64_t number) {
    sqlite3_bind_int64(statement_.get(), ++bound_, number);
    return *this;
  }
  Row& bind(std::string_view bytes) {
    sqlite3_bind_blob64(statement_.get(), ++bound_, bytes.data(), bytes.size(), SQLITE_STATIC);
    return *this;
  }
  void write() {
    database_.check(sqlite3_step(statement_.get()));
    sqlite3_reset(statement_.get());
    bound_ = 0;
  }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  Database& database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bound_ = 0;
};

void remove_database(const std::filesystem::path& file) {
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::error_code ignored;
    std::filesystem::remove(file.string() + suffix, ignored);
  }
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

class StoreReference::Tables {
 public:
  explicit Tables(const std::filesystem::path& file) : database_(open(file)) {}

  void write(std::size_t count) {
    for (std::size_t done = 0; done < count; ++done) {
      if (done % group_size == 0) begin_.write();
      write_message();
      if (done % group_size == group_size - 1 || done + 1 == count) commit_.write();
    }
  }

 private:
  static Database open(const std::filesystem::path& file) {
    Database database(file);
    database.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32768");
    database.run(
        "CREATE TABLE journal (sequence INTEGER PRIMARY KEY, body BLOB);"
        "CREATE TABLE duplicate (sequence INTEGER PRIMARY KEY, fingerprint BLOB);"
        "CREATE TABLE loan (sequence INTEGER PRIMARY KEY, company INTEGER, state BLOB);"
        "CREATE TABLE exposure (company INTEGER PRIMARY KEY, fen INTEGER);"
        "CREATE TABLE outbox (id INTEGER PRIMARY KEY, message BLOB)");
    Row company(database, "INSERT INTO exposure VALUES (?, 0)");
    database.run("BEGIN");
    for (int number = 0; number < companies; ++number) company.bind(number).write();
    database.run("COMMIT");
    return database;
  }

  void write_message() {
    const std::int64_t sequence = ++sequence_;
    // scattered, like companies in the order of their filings
    const std::int64_t company = sequence * 7919 % companies;
    std::array<char, 16> fingerprint{};
    std::memcpy(fingerprint.data(), &sequence, sizeof sequence);
    journal_.bind(sequence).bind(body_).write();
    duplicate_.bind(sequence).bind(std::string_view(fingerprint.data(), fingerprint.size())).write();
    loan_.bind(sequence).bind(company).bind(std::string_view(body_).substr(0, loan_bytes)).write();
    exposure_.bind(std::int64_t{30'000'000}).bind(company).write();
    outbox_.bind(sequence).bind(std::string_view(body_).substr(0, outbox_bytes)).write();
  }

  std::string body_ = std::string(journal_bytes, 'x');
  Database database_;
  Row begin_{database_, "BEGIN"};
  Row commit_{database_, "COMMIT"};
  Row journal_{database_, "INSERT INTO journal VALUES (?, ?)"};
  Row duplicate_{database_, "INSERT INTO duplicate VALUES (?, ?)"};
  Row loan_{database_, "INSERT INTO loan VALUES (?, ?, ?)"};
  Row exposure_{database_, "UPDATE exposure SET fen = fen + ? WHERE company = ?"};
  Row outbox_{database_, "INSERT INTO outbox VALUES (?, ?)"};
  std::int64_t sequence_ = 0;
};

StoreReference::StoreReference(const std::filesystem::path& dir) : file_(dir / "store_reference.db") {
  remove_database(file_);
  tables_ = std::make_unique<Tables>(file_);
}

StoreReference::~StoreReference() {
  tables_.reset();
  remove_database(file_);
}

void StoreReference::load(std::size_t messages) {
  tables_->write(messages);
}

double StoreReference::per_s(std::chrono::duration<double> time) {
  const auto start = std::chrono::steady_clock::now();
  std::size_t written = 0;
  while (seconds_since(start) < time.count()) {
    tables_->write(group_size);
    written += group_size;
  }
  return static_cast<double>(written) / seconds_since(start);
}

double flush_per_s(const std::filesystem::path& dir) {
  constexpr std::size_t record_bytes = 1536;
  constexpr std::size_t file_bytes = 8 << 20;
  constexpr int flushes = 2000;
  const std::filesystem::path file = dir / "flush_reference";
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) throw std::runtime_error(file.string() + ": " + std::strerror(errno));
  const std::string filling(file_bytes, 'x');
  bool good =
      ::pwrite(descriptor, filling.data(), filling.size(), 0) == static_cast<ssize_t>(filling.size()) &&
      ::fsync(descriptor) == 0;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < flushes && good; ++i) {
    const auto at =
        static_cast<off_t>(static_cast<std::size_t>(i) * record_bytes % (file_bytes - record_bytes));
    good = ::pwrite(descriptor, filling.data(), record_bytes, at) == static_cast<ssize_t>(record_bytes) &&
           ::fdatasync(descriptor) == 0;
  }
  const double seconds = seconds_since(start);
  const int error = errno;
  ::close(descriptor);
  std::filesystem::remove(file);
  if (!good) throw std::runtime_error(file.string() + ": " + std::strerror(error));
  return flushes / seconds;
}

}  // namespace loangate::bench
