#include "store/sqlite/connection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

namespace loangate::store {

namespace {

std::string uri(const std::filesystem::path& file, bool immutable) {
  std::string text = "file:";
  for (const char c : std::filesystem::absolute(file).string()) {
    if (c == '%' || c == '?' || c == '#') {
      text += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      text += c;
    }
  }
  return text + (immutable ? "?immutable=1" : "");
}

}  // namespace

bool SqliteError::storage_failed() const {
  switch (code_ & 0xff) {
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
      return true;
    default:
      return false;
  }
}

Statement::Statement(Connection& connection, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v3(connection.handle(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  statement_.reset(statement);
  connection.check(code, sql);
}

Statement::Run::~Run() {
  // The result of reset is that of the last step, which was checked.
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

void Statement::Run::check(int code) const {
  if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return;
  sqlite3* const handle = sqlite3_db_handle(statement_);
  throw SqliteError(sqlite3_extended_errcode(handle),
                    fmt::format("{} ({}) in: {}", sqlite3_errmsg(handle), code, sqlite3_sql(statement_)));
}

Statement::Run& Statement::Run::bind(std::int64_t value) {
  check(sqlite3_bind_int64(statement_, next_parameter_++, value));
  return *this;
}

Statement::Run& Statement::Run::bind(std::string_view text) {
  // A null pointer would bind NULL; an empty text is an empty text.
  const char* const bytes = text.data() == nullptr ? "" : text.data();
  check(sqlite3_bind_text64(statement_, next_parameter_++, bytes, text.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Statement::Run& Statement::Run::bind_blob(std::string_view bytes) {
  const char* const start = bytes.data() == nullptr ? "" : bytes.data();
  check(sqlite3_bind_blob64(statement_, next_parameter_++, start, bytes.size(), SQLITE_STATIC));
  return *this;
}

bool Statement::Run::step() {
  const int code = sqlite3_step(statement_);
  check(code);
  return code == SQLITE_ROW;
}

void Statement::Run::done() {
  while (step()) {
  }
}

std::string_view Statement::Run::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  const int size = sqlite3_column_bytes(statement_, column);
  return bytes == nullptr ? std::string_view{} : std::string_view(bytes, static_cast<std::size_t>(size));
}

Digest Statement::Run::digest(int column) const {
  Digest digest{};
  const std::string_view bytes = text(column);
  if (bytes.size() == digest.size()) std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

Connection::Connection(const std::filesystem::path& file, const ConnectionOptions& options) {
  // Counting every allocation under one lock would make the reader threads and the writer wait for each
  // other.
  static std::once_flag once;
  std::call_once(once, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });

  sqlite3* handle = nullptr;
  const int flags = (options.looks_only ? SQLITE_OPEN_READONLY | SQLITE_OPEN_URI : SQLITE_OPEN_READWRITE) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(file.c_str(), &handle, flags, options.vfs.c_str());
  handle_.reset(handle);
  check(code, "open");
  // No reader of ours holds its snapshot for long, and other processes are kept out: a short patience is
  // enough.
  check(sqlite3_busy_timeout(handle, 2000), "busy_timeout");
  // Before anything is read: then the log's index is in our memory, and no file for it is needed.
  if (options.looks_only) execute("PRAGMA locking_mode = EXCLUSIVE");
  execute(fmt::format("PRAGMA cache_size = -{}", options.cache_kib).c_str());
  execute("PRAGMA mmap_size = 0");       // a mapped page of a full or failing disk is a SIGBUS (hazard 6)
  execute("PRAGMA synchronous = FULL");  // NORMAL loses what was acknowledged when the power goes (hazard 5)
  execute("PRAGMA wal_autocheckpoint = 0");  // the Checkpointer does that, on a thread of its own
  execute("PRAGMA cache_spill = OFF");       // a group's pages go to the WAL at its commit, not before
  execute("PRAGMA trusted_schema = OFF");
  execute("PRAGMA cell_size_check = ON");
  if (options.read_only) execute("PRAGMA query_only = ON");
}

void Connection::execute(const char* sql) {
  check(sqlite3_exec(handle(), sql, nullptr, nullptr, nullptr), sql);
}

std::int64_t Connection::query_number(const char* sql) {
  const Statement statement(*this, sql);
  auto run = statement.use();
  return run.step() ? run.integer(0) : 0;
}

void Connection::check(int code, std::string_view doing) const {
  if (code == SQLITE_OK) return;
  const char* const why = handle() == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle());
  throw SqliteError(code, fmt::format("{} ({}) in: {}", why, code, doing));
}

/// Without a log SQLite would make one, unless it is told that nothing changes. With one, its index stays in
/// our memory, and closing copies nothing.
Connection open_closed(const std::filesystem::path& file, bool has_log, int cache_kib) {
  Connection connection(uri(file, !has_log),
                        {.vfs = "unix-none", .cache_kib = cache_kib, .read_only = true, .looks_only = true});
  connection.check(sqlite3_db_config(connection.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr),
                   "open");
  return connection;
}

}  // namespace loangate::store
