#include "store/sqlite/day_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/descriptor.hpp"
#include "store/sqlite/schema.hpp"

namespace loangate::store {

namespace {

namespace fs = std::filesystem;

constexpr int cache_kib = 512;
// One great flush would hold up the commits beside it.
constexpr std::size_t bytes_a_flush = 2u << 20;

[[noreturn]] void fault(const fs::path& file, std::string_view what) {
  throw SqliteError(SQLITE_MISMATCH, fmt::format("{}: {}", file.string(), what));
}

template <class Work>
auto about(const fs::path& file, Work work) {
  try {
    return work();
  } catch (const SqliteError& error) {
    fault(file, error.what());
  }
}

}  // namespace

fs::path archive_folder(const fs::path& store_file) {
  return store_file.parent_path() / "archive";
}

std::string day_file_name(const ArchivedDay& day) {
  return fmt::format("{}-{:012}.{}.day", format(day.day), day.first.number, day.generation);
}

DayFileWriter::DayFileWriter(const fs::path& folder, const ArchivedDay& day, const std::string& vfs)
    : folder_(folder), part_(folder / (day_file_name(day) + ".part")), day_(day) {
  std::error_code ignored;
  fs::remove(part_, ignored);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) fault(folder, std::strerror(errno));
  const Descriptor made(::open(part_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (made.get() < 0) fault(part_, std::strerror(errno));
  about(part_, [&] {
    connection_.emplace(part_, ConnectionOptions{.vfs = vfs, .cache_kib = cache_kib});
    connection_->execute(fmt::format("PRAGMA page_size = {}", store_page_bytes).c_str());
    // Nobody reads it before it is whole.
    connection_->execute("PRAGMA journal_mode = OFF");
    connection_->execute(
        "CREATE TABLE texts (sequence INTEGER PRIMARY KEY, texts BLOB NOT NULL) STRICT;"
        "CREATE TABLE seal (day TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, "
        "entries INTEGER NOT NULL, bytes INTEGER NOT NULL, digest BLOB NOT NULL) STRICT;");
    add_ = Statement(*connection_, "INSERT INTO texts (sequence, texts) VALUES (?,?)");
    connection_->execute("BEGIN");
  });
}

DayFileWriter::~DayFileWriter() {
  add_ = {};
  connection_.reset();
  std::error_code ignored;
  fs::remove(part_, ignored);  // once it has its name there is nothing of this one
}

bool DayFileWriter::add(Sequence sequence, std::string_view texts) {
  return about(part_, [&] {
    add_.use().bind(sequence.number).bind_blob(texts).done();
    digest_.add(sequence, texts);
    unflushed_ += texts.size();
    if (unflushed_ < bytes_a_flush) return false;
    unflushed_ = 0;
    connection_->execute("COMMIT");
    connection_->execute("BEGIN");
    return true;
  });
}

ArchivedDay DayFileWriter::finish(Sequence last) {
  day_.last = last;
  digest_.write_into(day_);
  about(part_, [&] {
    {
      const Statement seal(
          *connection_, "INSERT INTO seal (day, first, last, entries, bytes, digest) VALUES (?,?,?,?,?,?)");
      const std::string day = format(day_.day);
      seal.use()
          .bind(std::string_view(day))
          .bind(day_.first.number)
          .bind(day_.last.number)
          .bind(day_.entries)
          .bind(day_.bytes)
          .bind_blob(day_.digest)
          .done();
    }
    connection_->execute("COMMIT");
    add_ = {};
    connection_.reset();
  });
  DayFileReader(part_, day_).verify();
  const fs::path file = folder_ / day_file_name(day_);
  if (::rename(part_.c_str(), file.c_str()) != 0) fault(file, std::strerror(errno));
  // The name must survive a power cut as well as the bytes.
  const Descriptor folder(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0 || ::fsync(folder.get()) != 0) fault(folder_, std::strerror(errno));
  return day_;
}

DayFileReader::DayFileReader(fs::path file, const ArchivedDay& day) : file_(std::move(file)), day_(day) {
  about(file_, [&] {
    connection_.emplace(open_closed(file_, false, cache_kib));
    texts_ = Statement(*connection_, "SELECT texts FROM texts WHERE sequence = ?");
    all_ = Statement(*connection_, "SELECT sequence, texts FROM texts ORDER BY sequence");
    const Statement seal(*connection_, "SELECT first, last, entries, bytes, digest FROM seal");
    auto run = seal.use();
    if (!run.step() || run.count(0) != day_.first.number || run.count(1) != day_.last.number ||
        run.count(2) != day_.entries || run.count(3) != day_.bytes || run.digest(4) != day_.digest)
      fault(file_, "its seal is not the one on record: put it back from a backup");
  });
}

std::optional<std::string> DayFileReader::texts(Sequence sequence) const {
  return about(file_, [&]() -> std::optional<std::string> {
    auto run = texts_.use();
    if (!run.bind(sequence.number).step()) return std::nullopt;
    return std::string(run.text(0));
  });
}

void DayFileReader::for_each(const std::function<void(Sequence, std::string_view)>& visit) const {
  about(file_, [&] {
    auto run = all_.use();
    while (run.step()) visit({run.count(0)}, run.text(1));
  });
}

void DayFileReader::verify() const {
  TextsDigest digest;
  for_each([&](Sequence sequence, std::string_view texts) { digest.add(sequence, texts); });
  ArchivedDay read;
  digest.write_into(read);
  if (read.entries != day_.entries || read.bytes != day_.bytes || read.digest != day_.digest)
    fault(file_, "what was read is not what its seal says: put it back from a backup");
}

}  // namespace loangate::store
