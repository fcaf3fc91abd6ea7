#include "ops/system/backup.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <map>
#include <memory>

#include "base/descriptor.hpp"
#include "base/json.hpp"
#include "base/json_writer.hpp"
#include "base/streamed_digest.hpp"
#include "store/sqlite/day_file.hpp"
#include "store/sqlite/look.hpp"

namespace loangate::ops {
namespace {

namespace fs = std::filesystem;
using Fault = std::unexpected<std::string>;

constexpr std::size_t part_bytes = 16u << 20;
constexpr std::string_view store_file = "loangate.db";
constexpr std::string_view store_name = "data/loangate.db";
std::string day_name(std::string_view file) {
  return fmt::format("data/archive/{}", file);
}

constexpr std::string_view being_restored = ".restoring";
constexpr std::string_view manifest_name = "manifest.json";
const GoOn always = [] { return true; };
constexpr JsonLimits manifest_limits{.max_bytes = 256u << 20, .max_depth = 8, .max_nodes = 8'000'000};

std::string system_fault(const fs::path& path) {
  return fmt::format("{}: {}", path.string(), std::strerror(errno));
}

std::string openssl_fault(const fs::path& path) {
  std::array<char, 256> words{};
  ERR_error_string_n(ERR_get_error(), words.data(), words.size());
  ERR_clear_error();
  return fmt::format("{}: {}", path.string(), words.data());
}

template <auto free>
struct Free {
  template <class T>
  void operator()(T* what) const {
    free(what);
  }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Cms = std::unique_ptr<CMS_ContentInfo, Free<CMS_ContentInfo_free>>;

std::expected<Certificate, std::string> read_certificate(const fs::path& file) {
  const Bio in(BIO_new_file(file.c_str(), "r"));
  Certificate read(in ? PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!read) return Fault(openssl_fault(file));
  return read;
}

std::expected<Key, std::string> read_key(const fs::path& file) {
  const Bio in(BIO_new_file(file.c_str(), "r"));
  Key read(in ? PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!read) return Fault(openssl_fault(file));
  return read;
}

std::string bytes_of(BIO* bio) {
  char* start = nullptr;
  const long size = BIO_get_mem_data(bio, &start);
  return {start, static_cast<std::size_t>(size)};
}

/// CMS AuthEnvelopedData, DER: AES-256-GCM under a key for this certificate alone (settled 43).
std::expected<std::string, std::string> encrypted(std::string_view bytes, X509* to) {
  const std::unique_ptr<STACK_OF(X509), decltype([](STACK_OF(X509) * s) { sk_X509_free(s); })> recipients(
      sk_X509_new_null());
  sk_X509_push(recipients.get(), to);
  const Bio in(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  const Bio out(BIO_new(BIO_s_mem()));
  const Cms sealed(CMS_encrypt(recipients.get(), in.get(), EVP_aes_256_gcm(), CMS_BINARY));
  if (!sealed || i2d_CMS_bio(out.get(), sealed.get()) != 1) return Fault(openssl_fault("encrypting"));
  return bytes_of(out.get());
}

std::expected<std::string, std::string> decrypted(std::string_view bytes, X509* certificate, EVP_PKEY* key) {
  const Bio in(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  const Bio out(BIO_new(BIO_s_mem()));
  const Cms sealed(d2i_CMS_bio(in.get(), nullptr));
  if (!sealed || CMS_decrypt(sealed.get(), key, certificate, nullptr, out.get(), CMS_BINARY) != 1)
    return Fault(openssl_fault("decrypting"));
  return bytes_of(out.get());
}

/// A new file that only its owner can read.
class NewFile {
 public:
  explicit NewFile(const fs::path& path)
      : path_(path),
        file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)),
        good_(file_.get() >= 0) {}
  void write(std::string_view bytes) {
    bytes_ += bytes.size();
    while (good_ && !bytes.empty()) {
      const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      good_ = written > 0;
      if (good_) bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  /// Flushes a large file; the error is the first that was met. The many small ones beside it, profiles and
  /// their samples, are flushed together by flush_all(): one by one they take a minute.
  std::expected<void, std::string> finish() {
    if (good_ && (bytes_ < flushed_alone || ::fsync(file_.get()) == 0)) return {};
    return Fault(system_fault(path_));
  }

 private:
  static constexpr std::size_t flushed_alone = 256 * 1024;
  const fs::path path_;
  const Descriptor file_;
  std::size_t bytes_ = 0;
  bool good_;
};

/// Gives a file's bytes part by part, as long as `go_on` says yes.
template <class Take>
std::expected<void, std::string> read_parts(const fs::path& file, const GoOn& go_on, Take take) {
  const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened.get() < 0) return Fault(system_fault(file));
  std::error_code unknown;
  const auto size = fs::file_size(file, unknown);
  std::string part(unknown ? part_bytes : std::min<std::uintmax_t>(part_bytes, size + 1), '\0');
  while (go_on()) {
    std::size_t have = 0;
    while (have < part.size()) {
      const ssize_t got = ::read(opened.get(), part.data() + have, part.size() - have);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return Fault(system_fault(file));
      if (got == 0) break;
      have += static_cast<std::size_t>(got);
    }
    if (have == 0) return {};
    if (auto taken = take(std::string_view(part).substr(0, have)); !taken) return taken;
    if (have < part.size()) return {};
  }
  return Fault("given up: the gateway stops");
}

std::expected<Digest, std::string> digest_of(const fs::path& file, const GoOn& go_on) {
  StreamedDigest digest;
  const auto read = read_parts(file, go_on, [&](std::string_view bytes) -> std::expected<void, std::string> {
    digest.add(bytes);
    return {};
  });
  if (!read) return Fault(read.error());
  return digest.finish();
}

/// Everything that was written to the folder's file system is on the disk.
std::expected<void, std::string> flush_all(const fs::path& folder) {
  const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() >= 0 && ::syncfs(opened.get()) == 0) return {};
  return Fault(system_fault(folder));
}

void settle(const fs::path& folder) {
  const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() >= 0) ::fsync(opened.get());
}

/// A file as it lies in the backup: whole, or in encrypted parts.
struct Stored {
  std::string name;
  std::uint64_t bytes = 0;
  Digest digest{};
};

/// A file that the backup has.
struct Entry {
  std::uint64_t bytes = 0;
  Digest digest{};
  std::vector<Stored> stored = {};
  fs::file_time_type changed = {};  ///< of the source, to tell whether it was copied as it is
};

/// What is being written.
class Writer {
 public:
  Writer(fs::path folder, Certificate to, const GoOn& go_on)
      : folder_(std::move(folder)), to_(std::move(to)), go_on_(go_on) {}

  const fs::path& folder() const { return folder_; }
  bool encrypts() const { return to_ != nullptr; }

  /// Copies a file. One that has gone meanwhile is none.
  std::expected<void, std::string> put(const fs::path& from, const std::string& as) {
    std::error_code gone;
    Entry entry{.changed = fs::last_write_time(from, gone)};
    if (gone) return {};
    fs::create_directories((folder_ / as).parent_path(), gone);
    if (const auto known = entries_.find(as); known != entries_.end()) {
      if (known->second.changed == entry.changed && known->second.bytes == fs::file_size(from, gone))
        return {};
      for (const Stored& each : known->second.stored) fs::remove(folder_ / each.name, gone);
    }
    StreamedDigest whole;
    const auto stored = to_ ? put_encrypted(from, as, entry, whole) : put_plain(from, as, entry, whole);
    if (!stored && !fs::exists(from, gone)) return {};
    if (!stored) return stored;
    entry.digest = whole.finish();
    entries_[as] = std::move(entry);
    return {};
  }

  /// All regular files of a folder and below; links in it are followed once.
  std::expected<void, std::string> put_all(const fs::path& from, const std::string& as) {
    std::error_code fault;
    if (fs::is_regular_file(from, fault)) return put(from, as);
    for (fs::recursive_directory_iterator at(from, fault), end; !fault && at != end; at.increment(fault)) {
      std::error_code gone;
      if (!at->is_regular_file(gone)) continue;
      if (auto copied = put(at->path(), as + "/" + at->path().lexically_relative(from).string()); !copied)
        return copied;
    }
    return {};
  }

  /// The files of archived days: one that has its name is never changed, so it is copied once.
  std::expected<void, std::string> put_days(const fs::path& from) {
    std::error_code fault;
    for (fs::directory_iterator at(from, fault), end; !fault && at != end; at.increment(fault)) {
      if (at->path().extension() != ".day") continue;
      if (auto copied = put(at->path(), day_name(at->path().filename().string())); !copied) return copied;
    }
    return {};
  }

  /// Whether each file that the copy of the store names is there.
  std::expected<void, std::string> has_days() const {
    const auto days = store::archived_days_of(folder_ / store_name);
    if (!days) return Fault(days.error());
    for (const store::ArchivedDay& day : *days) {
      const std::string name = store::day_file_name(day);
      if (day.entries > 0 && !entries_.contains(day_name(name)))
        return Fault(
            fmt::format("the archived day {} is not there: put its file back from an earlier backup", name));
    }
    return {};
  }

  /// The store's copy lies in the folder as it is to be called.
  std::expected<void, std::string> put_store() {
    const fs::path copy = folder_ / store_name;
    if (to_) {
      const fs::path plain = folder_ / "plain.db";
      std::error_code fault;
      fs::rename(copy, plain, fault);
      auto done = put(plain, std::string(store_name));
      fs::remove(plain, fault);
      return done;
    }
    const auto digest = digest_of(copy, go_on_);
    if (!digest) return Fault(digest.error());
    const std::uint64_t bytes = fs::file_size(copy);
    entries_[std::string(store_name)] = {
        .bytes = bytes, .digest = *digest, .stored = {{std::string(store_name), bytes, *digest}}};
    return {};
  }

  std::expected<void, std::string> write_manifest(Instant made, std::string_view program,
                                                  Sequence last) const {
    std::string text;
    JsonWriter json(text);
    const bool keys = std::ranges::any_of(entries_, [](const auto& each) {
      return each.first.starts_with("data/") && each.first.ends_with(".key");
    });
    json.begin_object()
        .member("format", 1)
        .member("made", format(made))
        .member("program", program)
        .member("last_sequence", last.number)
        .member("encrypted", encrypts())
        .member("with_keys", keys)
        .key("files")
        .begin_array();
    for (const auto& [as, entry] : entries_) {
      json.begin_object().member("path", as).member("bytes", entry.bytes).member("sha256", hex(entry.digest));
      json.key("stored").begin_array();
      for (const Stored& each : entry.stored) {
        json.begin_object()
            .member("name", each.name)
            .member("bytes", each.bytes)
            .member("sha256", hex(each.digest))
            .end_object();
      }
      json.end_array().end_object();
    }
    json.end_array().end_object();
    NewFile file(folder_ / manifest_name);
    file.write(text);
    file.write("\n");
    return file.finish();
  }

  std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    for (const auto& [as, entry] : entries_)
      for (const Stored& each : entry.stored) sum += each.bytes;
    return sum;
  }

 private:
  std::expected<void, std::string> put_plain(const fs::path& from, const std::string& as, Entry& entry,
                                             StreamedDigest& whole) {
    NewFile file(folder_ / as);
    StreamedDigest digest;
    auto read = read_parts(from, go_on_, [&](std::string_view bytes) -> std::expected<void, std::string> {
      whole.add(bytes);
      digest.add(bytes);
      entry.bytes += bytes.size();
      file.write(bytes);
      return {};
    });
    if (read) read = file.finish();
    entry.stored.push_back({as, entry.bytes, digest.finish()});
    return read;
  }

  std::expected<void, std::string> put_encrypted(const fs::path& from, const std::string& as, Entry& entry,
                                                 StreamedDigest& whole) {
    return read_parts(from, go_on_, [&](std::string_view bytes) -> std::expected<void, std::string> {
      whole.add(bytes);
      entry.bytes += bytes.size();
      const auto sealed = encrypted(bytes, to_.get());
      if (!sealed) return Fault(sealed.error());
      const std::string name = fmt::format("{}.{:04}.cms", as, entry.stored.size() + 1);
      entry.stored.push_back({name, sealed->size(), sha256(*sealed)});
      NewFile file(folder_ / name);
      file.write(*sealed);
      return file.finish();
    });
  }

  const fs::path folder_;
  const Certificate to_;
  const GoOn& go_on_;
  std::map<std::string, Entry> entries_;
};

/// A backup that is there, as its manifest tells.
struct Manifest {
  BackupLabel label;
  std::map<std::string, Entry> entries;
};

/// A name in a manifest must stay inside the folder.
bool stays_inside(std::string_view name) {
  const fs::path path(name);
  return !name.empty() && path.is_relative() && name.find('\0') == std::string_view::npos &&
         std::ranges::none_of(path, [](const fs::path& part) { return part == ".." || part == "."; });
}

std::optional<Digest> digest_from(std::string_view text) {
  const auto bytes = from_hex(text);
  Digest digest{};
  if (!bytes || bytes->size() != digest.size()) return std::nullopt;
  std::ranges::copy(*bytes, digest.begin());
  return digest;
}

std::string text_of_file(const fs::path& file) {
  std::string text;
  const auto read = read_parts(file, always, [&](std::string_view bytes) -> std::expected<void, std::string> {
    text += bytes;
    if (text.size() > manifest_limits.max_bytes) return Fault("too large");
    return {};
  });
  return read ? text : std::string();
}

class ManifestReader {
 public:
  explicit ManifestReader(const fs::path& backup) : file_(backup / manifest_name) {}

  std::expected<Manifest, std::string> read() {
    const std::string text = text_of_file(file_);
    if (text.empty())
      return Fault(file_.string() + ": cannot be read: name the folder of a backup that was completed");
    if (!document_.read(text, manifest_limits) || of(document_.root(), "format") != "1")
      return wrong("it is no manifest of a backup that this program knows");
    const JsonNode& root = document_.root();
    const auto made = parse_instant(of(root, "made"));
    const auto last = number(of(root, "last_sequence"));
    const JsonNode* files = document_.member(root, "files");
    if (!made || !last || files == nullptr) return wrong("`made`, `last_sequence` or `files` is missing");
    Manifest manifest{.label = {.made = *made,
                                .program = std::string(of(root, "program")),
                                .last_sequence = {*last},
                                .encrypted = of(root, "encrypted") == "true",
                                .with_keys = of(root, "with_keys") == "true",
                                .files = files->children},
                      .entries = {}};
    for (const JsonNode* row = document_.first(*files); row != nullptr; row = document_.next(*row)) {
      if (!read_entry(*row, manifest))
        return wrong(fmt::format("`{}` is no file of a backup", of(*row, "path")));
    }
    if (!manifest.entries.contains(std::string(store_name))) return wrong("the store is not in it");
    return manifest;
  }

 private:
  std::string_view of(const JsonNode& object, std::string_view name) const {
    const JsonNode* node = document_.member(object, name);
    return node == nullptr ? std::string_view() : node->text;
  }
  static std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t read = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), read);
    if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return read;
  }
  bool read_entry(const JsonNode& row, Manifest& into) const {
    const auto bytes = number(of(row, "bytes"));
    const auto digest = digest_from(of(row, "sha256"));
    const JsonNode* stored = document_.member(row, "stored");
    if (!bytes || !digest || stored == nullptr || !stays_inside(of(row, "path"))) return false;
    Entry entry{.bytes = *bytes, .digest = *digest};
    for (const JsonNode* each = document_.first(*stored); each != nullptr; each = document_.next(*each)) {
      const auto size = number(of(*each, "bytes"));
      const auto sum = digest_from(of(*each, "sha256"));
      if (!size || !sum || !stays_inside(of(*each, "name"))) return false;
      entry.stored.push_back({std::string(of(*each, "name")), *size, *sum});
    }
    return into.entries.emplace(of(row, "path"), std::move(entry)).second;
  }
  Fault wrong(std::string_view what) const { return Fault(fmt::format("{}: {}", file_.string(), what)); }

  const fs::path file_;
  JsonDocument document_;
};

std::expected<void, std::string> compare(const fs::path& backup, const Manifest& manifest,
                                         const GoOn& go_on) {
  for (const auto& [as, entry] : manifest.entries) {
    for (const Stored& each : entry.stored) {
      const auto digest = digest_of(backup / each.name, go_on);
      if (!digest) return Fault(digest.error());
      if (*digest != each.digest)
        return Fault(fmt::format("{}: its SHA-256 is not the manifest's: the backup is damaged, take another",
                                 (backup / each.name).string()));
    }
  }
  return {};
}

std::expected<void, std::string> must_be_empty(const fs::path& folder) {
  std::error_code fault;
  if (!fs::exists(folder, fault) || (fs::is_directory(folder, fault) && fs::is_empty(folder, fault)))
    return {};
  return Fault(
      fmt::format("{}: is not empty: name a new folder, or move this one away first", folder.string()));
}

/// One file of a backup into its place.
std::expected<void, std::string> put_back(const fs::path& backup, const Entry& entry, const fs::path& place,
                                          X509* certificate, EVP_PKEY* key) {
  std::error_code fault;
  fs::create_directories(place.parent_path(), fault);
  NewFile file(place);
  StreamedDigest digest;
  for (const Stored& each : entry.stored) {
    std::string sealed;
    const auto read = read_parts(backup / each.name, always,
                                 [&](std::string_view bytes) -> std::expected<void, std::string> {
                                   if (key != nullptr) {
                                     sealed += bytes;
                                     if (sealed.size() > 2 * part_bytes)
                                       return Fault(each.name + ": is larger than a part may be");
                                     return {};
                                   }
                                   digest.add(bytes);
                                   file.write(bytes);
                                   return {};
                                 });
    if (!read) return read;
    if (key == nullptr) continue;
    const auto plain = decrypted(sealed, certificate, key);
    if (!plain) return Fault(fmt::format("{}: {}", each.name, plain.error()));
    digest.add(*plain);
    file.write(*plain);
  }
  if (auto written = file.finish(); !written) return written;
  if (digest.finish() != entry.digest) return Fault(place.string() + ": is not what was backed up");
  return {};
}

/// What lies in a folder goes to the folder above it; the store last, since with it a gateway would start.
std::expected<void, std::string> move_up(const fs::path& folder) {
  if (auto flushed = flush_all(folder); !flushed) return flushed;
  std::error_code fault;
  std::vector<fs::path> names;
  for (const auto& each : fs::directory_iterator(folder, fault)) names.push_back(each.path().filename());
  std::ranges::sort(names, {}, [](const fs::path& name) { return name == store_file; });
  for (const fs::path& name : names) {
    if (!fault) fs::rename(folder / name, folder.parent_path() / name, fault);
  }
  if (fault) return Fault(fmt::format("{}: {}", folder.string(), fault.message()));
  settle(folder.parent_path());
  return {};
}

/// A folder that is taken away again unless it is kept.
class Folder {
 public:
  explicit Folder(fs::path path) : path_(std::move(path)) {}
  ~Folder() {
    std::error_code fault;
    if (!path_.empty()) fs::remove_all(path_, fault);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  void keep() { path_.clear(); }

 private:
  fs::path path_;
};

}  // namespace

std::string backup_name(Instant begins) {
  const std::time_t seconds = begins.micros / 1'000'000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("loangate-{:04}{:02}{:02}T{:02}{:02}{:02}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

std::expected<BackupMade, std::string> make_backup(const CopyStore& copy, const BackupPlan& plan,
                                                   const std::string& name, const GoOn& go_on) {
  Certificate recipient;
  if (!plan.encrypt_to.empty()) {
    auto read = read_certificate(plan.encrypt_to);
    if (!read) return Fault(read.error());
    recipient = *std::move(read);
  }
  std::error_code fault;
  fs::create_directories(plan.folder, fault);
  const fs::path part = plan.folder / fmt::format(".{}.part", name);
  const fs::path place = plan.folder / name;
  if (fs::exists(place, fault)) return Fault(place.string() + ": is there already");
  for (const auto& left : fs::directory_iterator(plan.folder, fault)) {
    const std::string leaf = left.path().filename().string();
    std::error_code gone;
    if (leaf.starts_with(".loangate-") && leaf.ends_with(".part")) fs::remove_all(left.path(), gone);
  }
  if (::mkdir(part.c_str(), 0700) != 0 || ::mkdir((part / "data").c_str(), 0700) != 0)
    return Fault(system_fault(part));
  Folder unfinished(part);
  Writer writer(part, std::move(recipient), go_on);
  const Instant made = real_now();

  // A batch's files that were there before the moment or at it: one that ended in between is in the first,
  // one that began in between in the second, and the store's copy knows of no other.
  // The files of archived days are mostly copied before the moment, which must not last; what is written
  // until then follows at it.
  const auto beside_the_store = [&] {
    auto copied = writer.put_days(plan.archive);
    return copied ? writer.put_all(plan.batches, "data/batches") : copied;
  };
  if (auto copied = beside_the_store(); !copied) return Fault(copied.error());
  std::expected<void, std::string> copied;
  const auto last = copy(part / store_name, [&] { copied = beside_the_store(); }, go_on);
  if (!last) return Fault(last.error());
  if (copied) copied = writer.has_days();
  if (copied) copied = writer.put_store();
  for (const auto& [from, as] : plan.beside) {
    if (copied) copied = writer.put_all(from, as);
  }
  if (copied) copied = writer.write_manifest(made, plan.program, *last);
  if (!copied) return Fault(copied.error());
  if (const auto verified = verify_backup(part, go_on); !verified) return Fault(verified.error());
  if (auto flushed = flush_all(part); !flushed) return Fault(flushed.error());
  fs::rename(part, place, fault);
  if (fault) return Fault(fmt::format("{}: {}", place.string(), fault.message()));
  unfinished.keep();
  settle(plan.folder);
  return BackupMade{.name = name,
                    .folder = place,
                    .last_sequence = *last,
                    .bytes = writer.bytes(),
                    .encrypted = writer.encrypts()};
}

std::expected<BackupLabel, std::string> verify_backup(const fs::path& backup, const GoOn& go_on) {
  const auto manifest = ManifestReader(backup).read();
  if (!manifest) return Fault(manifest.error());
  if (const auto same = compare(backup, *manifest, go_on); !same) return Fault(same.error());
  return manifest->label;
}

std::expected<BackupLabel, std::string> restore_backup(const fs::path& backup, const RestoreTo& to) {
  const auto manifest = ManifestReader(backup).read();
  if (!manifest) return Fault(manifest.error());
  if (const auto empty = must_be_empty(to.data); !empty) return Fault(empty.error());
  if (const auto empty = must_be_empty(to.config); !to.config.empty() && !empty) return Fault(empty.error());
  Certificate certificate;
  Key key;
  if (manifest->label.encrypted) {
    if (to.certificate.empty() || to.key.empty())
      return Fault("the backup is encrypted: give --backup-cert and --backup-key of the one it is for");
    auto whose = read_certificate(to.certificate);
    auto opens = read_key(to.key);
    if (!whose) return Fault(whose.error());
    if (!opens) return Fault(opens.error());
    certificate = *std::move(whose);
    key = *std::move(opens);
  }
  if (const auto same = compare(backup, *manifest, always); !same) return Fault(same.error());

  // All of it into a folder of its own first: only what is whole comes to its place, the store last.
  const fs::path data = to.data / being_restored;
  const fs::path config = to.config.empty() ? fs::path() : to.config / being_restored;
  Folder unfinished_data(data);
  Folder unfinished_config(config);
  std::error_code fault;
  for (const fs::path& folder : {data, config}) {
    if (folder.empty()) continue;
    fs::create_directories(folder.parent_path(), fault);
    if (::mkdir(folder.c_str(), 0700) != 0) return Fault(system_fault(folder));
  }
  for (const auto& [as, entry] : manifest->entries) {
    const bool of_data = as.starts_with("data/");
    const bool of_config = as.starts_with("config/");
    if (!of_data && (!of_config || config.empty())) continue;
    const fs::path place = of_data ? data / as.substr(5) : config / as.substr(7);
    if (const auto done = put_back(backup, entry, place, certificate.get(), key.get()); !done)
      return Fault(done.error());
  }
  const auto look = store::look_at_store(data / store_file, store::Thoroughness::indexes);
  if (!look) return Fault(look.error());
  if (!look->whole || look->last_sequence != manifest->label.last_sequence)
    return Fault(fmt::format("{}: the store is not whole: {}", backup.string(), look->fault));
  if (const auto days = store::verify_archive(data / store_file); !days) return Fault(days.error());
  for (const fs::path& folder : {config, data}) {
    if (folder.empty()) continue;
    if (const auto moved = move_up(folder); !moved) return Fault(moved.error());
  }
  return manifest->label;
}

}  // namespace loangate::ops
