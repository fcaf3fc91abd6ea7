#include "store/sqlite/schema.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace loangate::store {

namespace {

// Every table of the acknowledged path grows at its end only: keys are sequence numbers, never hashes or ids
// (with random keys the rate falls from 22,000 to 5,700 messages a second at a million). What must be found
// by hash is in the writer's memory and rebuilt from the compact tables `fingerprints` and `loan`.
constexpr const char* version_1 = R"sql(
-- One message or act, with all that was decided about it. Never changed.
CREATE TABLE entry (
  sequence     INTEGER PRIMARY KEY,
  partner      TEXT NOT NULL,
  person       TEXT NOT NULL,
  kind         TEXT NOT NULL,          -- '' if the type is unknown
  message_id   TEXT NOT NULL,
  outcome      TEXT NOT NULL,
  status       INTEGER NOT NULL,
  received     INTEGER NOT NULL,       -- business time, microseconds
  real_time    INTEGER NOT NULL,
  raw_digest   BLOB NOT NULL,
  content      BLOB NOT NULL,
  texts        BLOB NOT NULL           -- raw bytes, canonical form, receipt and findings, packed (texts.hpp)
) STRICT;

-- The registry's history, and the change feed (settled 1). The present state of a thing is its latest change.
CREATE TABLE change (
  number       INTEGER PRIMARY KEY,
  cause        INTEGER NOT NULL,
  kind         TEXT NOT NULL,
  key          TEXT NOT NULL,
  json         TEXT NOT NULL
) STRICT;

-- Short numbers for institutions and companies, so that a loan's row is a few dozen bytes.
CREATE TABLE name (
  number       INTEGER PRIMARY KEY,
  text         TEXT NOT NULL
) STRICT;

-- Of each loan what start-up needs, and where its present state is.
CREATE TABLE loan (
  filing       INTEGER PRIMARY KEY,    -- the entry that filed it
  change       INTEGER NOT NULL,
  lender       INTEGER NOT NULL,       -- a name
  company      INTEGER NOT NULL,       -- a name
  exposure     INTEGER NOT NULL,       -- fen
  standing     INTEGER NOT NULL,       -- 0 pending, 1 filed, 2 refused, 3 cancelled
  open         INTEGER NOT NULL        -- 1 until refused, cancelled or ended
) STRICT;
CREATE INDEX loan_pending ON loan (filing) WHERE standing = 0;

-- Where the present state of all else is: companies, institutions, cases, instructions, reservations … Few beside
-- the loans.
CREATE TABLE thing (
  kind         TEXT NOT NULL,
  key          TEXT NOT NULL,
  change       INTEGER NOT NULL,
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

-- What a group of messages adds to the table of duplicates: 20 bytes each, a fingerprint of 16 and how far before
-- `last` its entry stands (big endian).
CREATE TABLE fingerprints (
  last         INTEGER PRIMARY KEY,
  keys         BLOB NOT NULL
) STRICT;

CREATE TABLE delivery (
  id           INTEGER PRIMARY KEY,    -- sequence of its cause x 100 + ordinal
  cause        INTEGER NOT NULL,
  recipient    TEXT NOT NULL,
  kind         TEXT NOT NULL,
  lane         TEXT NOT NULL,
  created      INTEGER NOT NULL,
  state        INTEGER NOT NULL,       -- 0 waiting, 1 delivered, 2 parked, 3 withdrawn
  attempts     INTEGER NOT NULL,
  next_attempt INTEGER NOT NULL,
  reason       TEXT NOT NULL,
  message      TEXT NOT NULL
) STRICT;
CREATE INDEX delivery_undelivered ON delivery (recipient, id) WHERE state IN (0, 2);

-- Every attempt, with what the partner answered, and every change of a delivery by hand. Never changed.
CREATE TABLE attempt (
  number       INTEGER PRIMARY KEY,
  delivery     INTEGER NOT NULL,
  state        INTEGER NOT NULL,
  attempts     INTEGER NOT NULL,
  next_attempt INTEGER NOT NULL,
  at           INTEGER NOT NULL,
  reason       TEXT NOT NULL,
  answer       BLOB NOT NULL
) STRICT;
CREATE INDEX attempt_delivery ON attempt (delivery);

-- How many there are: of entries by partner and outcome, of deliveries by kind and state. In one table, so that a
-- commit writes one page of it.
CREATE TABLE total (
  what         TEXT NOT NULL,          -- 'entry', 'delivery'
  of           TEXT NOT NULL,
  fate         ANY NOT NULL,
  count        INTEGER NOT NULL,
  PRIMARY KEY (what, of, fate)
) STRICT, WITHOUT ROWID;
)sql";

// Which version of the partner's profile read the message; empty: none did, or it came before this was kept.
constexpr const char* version_2 = "ALTER TABLE entry ADD COLUMN profile BLOB NOT NULL DEFAULT x''";

// Of an act, from where the person came. Of every entry, the number of the last change before its own (-1:
// not kept). Of an act's changes, the number of the thing's change before (0: new; NULL: not kept). The index
// holds acts only: a message costs it nothing.
constexpr const char* version_3 = R"sql(
ALTER TABLE entry ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE entry ADD COLUMN changes_after INTEGER NOT NULL DEFAULT -1;
ALTER TABLE change ADD COLUMN before INTEGER;
CREATE INDEX entry_act ON entry (sequence) WHERE person <> '';
)sql";

// Old days (settled 19). Of an entry that was moved everything but its texts, which lie in the file of the
// day to which it belongs. Moving deletes the row of `entry` in the order of keys, so that its pages get
// free.
constexpr const char* version_4 = R"sql(
CREATE TABLE entry_head (
  sequence      INTEGER PRIMARY KEY,
  partner       TEXT NOT NULL,
  person        TEXT NOT NULL,
  kind          TEXT NOT NULL,
  message_id    TEXT NOT NULL,
  outcome       TEXT NOT NULL,
  status        INTEGER NOT NULL,
  received      INTEGER NOT NULL,
  real_time     INTEGER NOT NULL,
  raw_digest    BLOB NOT NULL,
  content       BLOB NOT NULL,
  profile       BLOB NOT NULL,
  address       TEXT NOT NULL,
  changes_after INTEGER NOT NULL
) STRICT;
CREATE INDEX entry_head_act ON entry_head (sequence) WHERE person <> '';
CREATE TABLE archive_day (
  first         INTEGER PRIMARY KEY,    -- sequence of its first entry
  last          INTEGER NOT NULL,
  day           INTEGER NOT NULL,       -- days since 1970
  generation    INTEGER NOT NULL,       -- of its file, which is named by day, first and generation
  entries       INTEGER NOT NULL,       -- in the file; 0: there is none
  bytes         INTEGER NOT NULL,
  digest        BLOB NOT NULL,
  removed_by    INTEGER                 -- the last act that removed some
) STRICT;
)sql";

// What the texts of entries are packed against (decision 0006): learnt from messages of one sender, kind and
// profile.
constexpr const char* version_5 = R"sql(
CREATE TABLE dictionary (
  number        INTEGER PRIMARY KEY,
  partner       TEXT NOT NULL,
  kind          TEXT NOT NULL,
  profile       BLOB NOT NULL,
  bytes         BLOB NOT NULL
) STRICT;
)sql";

constexpr std::array<const char*, 5> steps_of_today{version_1, version_2, version_3, version_4, version_5};

}  // namespace

std::span<const char* const> schema_steps() {
  return steps_of_today;
}

void create_file(const std::filesystem::path& file, const std::string& vfs) {
  // SQLite gives the WAL the mode of the file (settled 43).
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0 || ::fchmod(descriptor, 0600) != 0) {
    const int error = errno;
    if (descriptor >= 0) ::close(descriptor);
    throw SqliteError(SQLITE_CANTOPEN, fmt::format("{}: cannot be opened for writing: {}", file.string(),
                                                   std::strerror(error)));
  }
  const bool empty = ::lseek(descriptor, 0, SEEK_END) == 0;
  ::close(descriptor);
  if (!empty) return;

  Connection connection(file, {.vfs = vfs, .cache_kib = 1024});
  connection.execute(fmt::format("PRAGMA page_size = {}", store_page_bytes).c_str());
  connection.execute("PRAGMA auto_vacuum = INCREMENTAL");
  connection.execute("PRAGMA journal_mode = WAL");
  // The name must survive a power cut as well as the bytes.
  const int folder = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    ::fsync(folder);
    ::close(folder);
  }
}

void migrate(Connection& connection, std::span<const char* const> steps) {
  const std::int64_t version = connection.query_number("PRAGMA user_version");
  const std::int64_t owner = connection.query_number("PRAGMA application_id");
  if (owner != application_id && (owner != 0 || version != 0)) {
    throw SqliteError(SQLITE_NOTADB, "the file belongs to another program; name another data folder");
  }
  if (version > static_cast<std::int64_t>(steps.size())) {
    throw SqliteError(
        SQLITE_ERROR,
        fmt::format("the store has schema version {}, this program knows versions up to {}; start the newer "
                    "program, or restore a backup made before the upgrade",
                    version, steps.size()));
  }
  for (auto next = static_cast<std::size_t>(version); next < steps.size(); ++next) {
    connection.execute("BEGIN IMMEDIATE");
    try {
      connection.execute(steps[next]);
      connection.execute(fmt::format("PRAGMA application_id = {}", application_id).c_str());
      connection.execute(fmt::format("PRAGMA user_version = {}", next + 1).c_str());
      connection.execute("COMMIT");
    } catch (const SqliteError&) {
      sqlite3_exec(connection.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
      throw;
    }
  }
}

}  // namespace loangate::store
