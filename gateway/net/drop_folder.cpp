#include "net/drop_folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <memory>
#include <system_error>

#include "base/bytes.hpp"
#include "base/descriptor.hpp"
#include "base/log.hpp"
#include "base/replacement.hpp"
#include "domain/date.hpp"

namespace loangate::net {
namespace {

namespace fs = std::filesystem;
using adapters::FileDrop;

constexpr std::size_t most_names = 10'000;  // of a folder that are looked at
constexpr std::size_t most_marker_bytes = 4096;
constexpr std::string_view error_suffix = ".error.txt";
constexpr mode_t for_partner = 0640;      // `out` gives its files the partner's group
constexpr std::size_t stamp_digits = 17;  // microseconds since 1970, until the year 5138

std::string fault(std::string_view what) {
  return fmt::format("{}: {}", what, std::strerror(errno));
}

Descriptor open_folder(const fs::path& folder) {
  return Descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

/// A file that lies in the folder itself; a pipe does not make this wait.
Descriptor open_file(int folder, const std::string& name) {
  return Descriptor(openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
}

/// Names in a folder but those of hidden files, sorted.
std::vector<std::string> names_in(int folder, bool& all) {
  std::vector<std::string> names;
  all = true;
  const int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(fdopendir(again), closedir);
  if (!entries) return names;
  while (const dirent* entry = readdir(entries.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (names.size() == most_names) {
      all = false;
      break;
    }
    names.emplace_back(name);
  }
  std::ranges::sort(names);
  return names;
}

/// Whether some process has the file open for writing: a lease for reading is not given then. Its holder
/// would be sent SIGIO when somebody opens the file meanwhile, which ends a process; SIGURG does not.
bool is_being_written(int file) {
  fcntl(file, F_SETSIG, SIGURG);
  if (fcntl(file, F_SETLEASE, F_RDLCK) == 0) {
    fcntl(file, F_SETLEASE, F_UNLCK);
    return false;
  }
  if (errno == EAGAIN || errno == EWOULDBLOCK) return true;
  static std::atomic<bool> said{false};
  if (!said.exchange(true)) LogLine(LogLevel::warn, "file.lease_refused").reason(std::strerror(errno));
  return false;
}

std::optional<std::string> read_small(int folder, const std::string& name) {
  const Descriptor file = open_file(folder, name);
  struct stat status{};
  if (file.get() < 0 || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink != 1)
    return std::nullopt;
  std::string bytes(most_marker_bytes + 1, '\0');
  const ssize_t got = pread(file.get(), bytes.data(), bytes.size(), 0);
  if (got < 0 || static_cast<std::size_t>(got) > most_marker_bytes) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

std::optional<std::string> sha256_of(int file) {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  std::array<char, 65'536> block;
  off_t at = 0;
  for (;;) {
    const ssize_t got = pread(file, block.data(), block.size(), at);
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    EVP_DigestUpdate(context.get(), block.data(), static_cast<std::size_t>(got));
    at += got;
  }
  Digest digest;
  EVP_DigestFinal_ex(context.get(), digest.data(), nullptr);
  return hex(digest);
}

/// What a marker says: its first word.
std::string_view first_word(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_first_of(" \t\r\n", begin) - begin);
}

/// A file as it is now: changes with its bytes, its owner and its name.
std::string version_of(const struct stat& status) {
  return fmt::format("{}/{}/{}.{}", status.st_ino, status.st_size, status.st_ctim.tv_sec,
                     status.st_ctim.tv_nsec);
}

std::string stamped(std::string_view name, Instant complete) {
  return fmt::format("{:0{}}-{}", complete.micros, stamp_digits, name);
}

std::optional<DropFolder::Taken> read_stamped(std::string_view text) {
  if (text.size() < stamp_digits + 2 || text[stamp_digits] != '-') return std::nullopt;
  std::int64_t micros = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + stamp_digits, micros);
  if (error != std::errc{} || end != text.data() + stamp_digits) return std::nullopt;
  return DropFolder::Taken{std::string(text.substr(stamp_digits + 1)), Instant{micros}};
}

bool plain(std::string_view name) {
  return !name.empty() && name.size() <= 120 && name.front() != '.' && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

/// A name as it can be shown anywhere.
std::string shown(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (c > ' ' && c < 127 && c != '\\') {
      text += c;
    } else {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return text;
}

/// The name of the explanation for a name that may be anything.
std::string error_name(const std::string& name) {
  const std::string part = plain(name) ? name : "file-" + hex(sha256(name)).substr(0, 16);
  return part + std::string(error_suffix);
}

/// The name of the data file that this would be the marker of.
std::optional<std::string> marked(const std::string& name, const FileDrop& rules) {
  if (!rules.marker || !name.ends_with(rules.marker->suffix)) return std::nullopt;
  std::string data = name.substr(0, name.size() - rules.marker->suffix.size());
  if (!rules.incoming.read(data)) return std::nullopt;
  return data;
}

bool exists(int folder, const std::string& name) {
  struct stat status{};
  return fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

bool copy_whole(int from, int to) {
  for (;;) {
    const ssize_t sent = sendfile(to, from, nullptr, std::size_t{1} << 20);
    if (sent == 0) return true;
    if (sent < 0 && errno != EINTR) return false;
  }
}

/// Removes what a crash left of files that were being written.
void remove_unfinished(const fs::path& folder) {
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(folder, ec)) {
    if (entry.path().filename().string().starts_with('.')) fs::remove(entry.path(), ec);
  }
}

}  // namespace

Explanation explain(NotTaken why, const FileDrop& rules) {
  const std::string& pattern = rules.incoming.pattern();
  switch (why) {
    case NotTaken::arriving:
      return {"正在接收", "it is still arriving"};
    case NotTaken::incomplete:
      return rules.marker
                 ? Explanation{fmt::format("超过 {} 分钟仍未完整：数据文件与完成标志文件（数据文件名加 "
                                           "{}）须同时存在；"
                                           "请补齐，或删除本文件",
                                           rules.stale_minutes, rules.marker->suffix),
                               fmt::format(
                                   "it has not been complete for {} minutes: a data file and its marker "
                                   "(the same name and {}) belong together; send the other, or remove this",
                                   rules.stale_minutes, rules.marker->suffix)}
                 : Explanation{fmt::format("超过 {} 分钟仍有程序在写：请重新上传", rules.stale_minutes),
                               fmt::format("it has been open for writing for {} minutes: upload it anew",
                                           rules.stale_minutes)};
    case NotTaken::unknown_name:
      return {fmt::format("文件名不符合约定“{}”：请按约定改名，或删除", pattern),
              fmt::format("its name is not as agreed, {}: rename it, or remove it", pattern)};
    case NotTaken::not_a_file:
      return {"不是普通文件（链接、目录或管道）：请删除并上传文件本身",
              "it is no plain file (a link, a folder, a pipe): remove it and upload the file itself"};
    case NotTaken::several_links:
      return {"该文件另有硬链接：请重新上传", "the file has another name (a hard link): upload it anew"};
    case NotTaken::unreadable:
      return {
          "网关无权读取：请将其权限设为组可读（sftp 中 chmod 640），或以此权限重新上传",
          "the gateway may not read it: make it readable for its group (chmod 640 in sftp), or upload it so"};
    case NotTaken::too_large:
      return {fmt::format("超过约定的 {} 字节：请分成几个文件", rules.most_bytes),
              fmt::format("it has more than the agreed {} bytes: divide it", rules.most_bytes)};
    case NotTaken::marker_differs:
      return {"完成标志文件所载的大小或 SHA-256 与数据文件不符：请重新上传两个文件",
              "its marker states another size or SHA-256, or none: upload both anew"};
  }
  __builtin_trap();
}

std::expected<DropFolder, std::string> DropFolder::open(const fs::path& root, std::string_view partner) {
  DropFolder made(root / partner);
  std::error_code ec;
  fs::create_directories(made.folder_, ec);
  std::optional<dev_t> device;
  for (const char* part : {"in", "out", "work", "archive"}) {
    const fs::path folder = made.folder_ / part;
    if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
      return std::unexpected(fault("cannot be made, run config/sftp/make-partner-drop.sh"));
    const Descriptor opened = open_folder(folder);
    struct stat status{};
    if (opened.get() < 0 || fstat(opened.get(), &status) != 0 ||
        faccessat(opened.get(), ".", R_OK | W_OK | X_OK, AT_EACCESS) != 0)
      return std::unexpected(
          fault(fmt::format("`{}` cannot be read and written: set its owner as "
                            "config/sftp/make-partner-drop.sh does",
                            part)));
    if (device.value_or(status.st_dev) != status.st_dev)
      return std::unexpected(
          fmt::format("`{}` lies in another file system: files could not be moved as a whole", part));
    device = status.st_dev;
  }
  remove_unfinished(made.folder_ / "out");
  remove_unfinished(made.folder_ / "work");
  return made;
}

bool DropFolder::marker_agrees(int in, int file, const std::string& name, const FileDrop::Marker& marker) {
  using Holds = FileDrop::Marker::Holds;
  const std::string marker_name = name + marker.suffix;
  struct stat status{};
  struct stat marker_status{};
  if (fstat(file, &status) != 0 ||
      fstatat(in, marker_name.c_str(), &marker_status, AT_SYMLINK_NOFOLLOW) != 0 ||
      !S_ISREG(marker_status.st_mode) || marker_status.st_nlink != 1) {
    return false;
  }
  if (marker.holds == Holds::nothing) return true;
  const std::string version = version_of(status) + ' ' + version_of(marker_status);
  const auto known = differing_.find(name);
  if (known != differing_.end() && known->second == version) return false;
  differing_.erase(name);
  const std::string text = read_small(in, marker_name).value_or("");
  std::string stated(first_word(text));
  std::ranges::transform(stated, stated.begin(),
                         [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  const auto is =
      marker.holds == Holds::size ? std::optional(std::to_string(status.st_size)) : sha256_of(file);
  if (stated == is) return true;
  differing_.emplace(name, version);
  return false;
}

std::optional<NotTaken> DropFolder::judge(int in, const std::string& name, const FileDrop& rules,
                                          bool stale) {
  const NotTaken not_yet = stale ? NotTaken::incomplete : NotTaken::arriving;
  if (marked(name, rules)) return not_yet;  // its data file is not there
  if (!rules.incoming.read(name)) return stale ? NotTaken::unknown_name : NotTaken::arriving;
  const Descriptor file = open_file(in, name);
  if (file.get() < 0) return errno == EACCES ? NotTaken::unreadable : NotTaken::not_a_file;
  struct stat status{};
  if (fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return NotTaken::not_a_file;
  if (status.st_nlink > 1) return NotTaken::several_links;
  if (static_cast<std::uint64_t>(status.st_size) > rules.most_bytes) return NotTaken::too_large;
  if (rules.marker && !exists(in, name + rules.marker->suffix)) return not_yet;
  if (is_being_written(file.get())) return not_yet;
  if (rules.marker && !marker_agrees(in, file.get(), name, *rules.marker)) return NotTaken::marker_differs;
  return std::nullopt;
}

DropFolder::Look DropFolder::look(const FileDrop& rules, Instant now) {
  Look look;
  const Descriptor in = open_folder(folder_ / "in");
  if (in.get() < 0) return look;
  bool all = true;
  const std::vector<std::string> names = names_in(in.get(), all);
  for (const std::string& name : names) {
    if (const auto data = marked(name, rules); data && exists(in.get(), *data)) continue;
    struct stat status{};
    if (fstatat(in.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;  // gone meanwhile
    // When it was changed last: what a client states as the time of a file is not asked.
    const std::int64_t age_seconds = now.micros / 1'000'000 - status.st_ctim.tv_sec;
    const auto why = judge(in.get(), name, rules, age_seconds >= std::int64_t{60} * rules.stale_minutes);
    if (why) {
      look.waiting.push_back({shown(name), *why});
    } else {
      look.ready.push_back(name);
    }
  }
  std::erase_if(differing_, [&](const auto& each) { return !std::ranges::binary_search(names, each.first); });
  std::ranges::sort(look.waiting, {}, [](const Waiting& each) {
    return std::pair(each.why == NotTaken::arriving, std::string_view(each.name));
  });
  if (look.waiting.size() > most_shown) {
    look.more = look.waiting.size() - most_shown;
    look.waiting.resize(most_shown);
  }
  if (!all) ++look.more;
  return look;
}

/// One rename; then it is what was opened before, or it goes back.
bool DropFolder::move_to_work(int in, int work, const std::string& name, Instant complete,
                              std::uint64_t most_bytes) const {
  const Descriptor file = open_file(in, name);
  struct stat before{};
  if (file.get() < 0 || fstat(file.get(), &before) != 0 || !S_ISREG(before.st_mode) || before.st_nlink != 1 ||
      static_cast<std::uint64_t>(before.st_size) > most_bytes) {
    return false;
  }
  if (fsync(file.get()) != 0) return false;
  const std::string taken = stamped(name, complete);
  if (renameat2(in, name.c_str(), work, taken.c_str(), RENAME_NOREPLACE) != 0) return false;
  struct stat after{};
  if (fstatat(work, taken.c_str(), &after, AT_SYMLINK_NOFOLLOW) == 0 && after.st_ino == before.st_ino &&
      after.st_nlink == 1) {
    return true;
  }
  renameat2(work, taken.c_str(), in, name.c_str(), RENAME_NOREPLACE);
  return false;
}

std::expected<bool, std::string> DropFolder::take(const FileDrop& rules, const std::string& name,
                                                  Instant complete) {
  const Descriptor in = open_folder(folder_ / "in");
  const Descriptor work = open_folder(folder_ / "work");
  if (in.get() < 0 || work.get() < 0) return std::unexpected(fault("its folders cannot be opened"));
  const std::string claim = rules.marker ? stamped(name + rules.marker->suffix, complete) : std::string();
  if (rules.marker && renameat2(in.get(), (name + rules.marker->suffix).c_str(), work.get(), claim.c_str(),
                                RENAME_NOREPLACE) != 0) {
    return false;
  }
  const bool taken = move_to_work(in.get(), work.get(), name, complete, rules.most_bytes);
  if (!claim.empty()) {
    if (taken) {
      unlinkat(work.get(), claim.c_str(), 0);
    } else {
      renameat2(work.get(), claim.c_str(), in.get(), (name + rules.marker->suffix).c_str(), RENAME_NOREPLACE);
    }
  }
  if (fsync(work.get()) != 0 || fsync(in.get()) != 0) return std::unexpected(fault("cannot be flushed"));
  return taken;
}

std::vector<DropFolder::Taken> DropFolder::in_work(const FileDrop& rules) {
  std::vector<Taken> files;
  const Descriptor in = open_folder(folder_ / "in");
  const Descriptor work = open_folder(folder_ / "work");
  if (in.get() < 0 || work.get() < 0) return files;
  bool all = true;
  for (const std::string& name : names_in(work.get(), all)) {
    auto taken = read_stamped(name);
    if (!taken) continue;
    if (const auto data = marked(taken->name, rules)) {
      if (!exists(work.get(), stamped(*data, taken->complete)) &&
          move_to_work(in.get(), work.get(), *data, taken->complete, rules.most_bytes)) {
        files.push_back({*data, taken->complete});
      }
      unlinkat(work.get(), name.c_str(), 0);
      fsync(work.get());
      fsync(in.get());
      continue;
    }
    files.push_back(*std::move(taken));
  }
  std::ranges::sort(files, {}, [](const Taken& each) { return std::tie(each.complete, each.name); });
  return files;
}

fs::path DropFolder::path(const Taken& taken) const {
  return folder_ / "work" / stamped(taken.name, taken.complete);
}

std::expected<void, std::string> DropFolder::hand_out(const std::string& name, const fs::path& file) const {
  const fs::path out = folder_ / "out";
  std::string beside = (out / fmt::format(".{}.XXXXXX", name)).string();
  const Descriptor from(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (from.get() < 0) return std::unexpected(fault("the result cannot be read"));
  const Descriptor to(mkostemp(beside.data(), O_CLOEXEC));
  if (to.get() < 0) return std::unexpected(fault("no file can be made in out"));
  if (!copy_whole(from.get(), to.get()) || fchmod(to.get(), for_partner) != 0 || fsync(to.get()) != 0 ||
      std::rename(beside.c_str(), (out / name).c_str()) != 0) {
    const std::string why = fault("the return file cannot be written");
    unlink(beside.c_str());
    return std::unexpected(why);
  }
  const Descriptor folder = open_folder(out);
  if (folder.get() < 0 || fsync(folder.get()) != 0) return std::unexpected(fault("out cannot be flushed"));
  return {};
}

std::expected<void, std::string> DropFolder::hand_out(const std::string& name, std::string_view text) const {
  auto written = Replacement::write(folder_ / "out" / name, text);
  if (!written) return std::unexpected(written.error());
  if (chmod(written->path().c_str(), for_partner) != 0) return std::unexpected(fault("out"));
  return written->take_place();
}

std::expected<std::string, std::string> DropFolder::archive(const Taken& taken) const {
  const fs::path archive = folder_ / "archive";
  const fs::path day = archive / format(civil_day(taken.complete));
  const auto digest = sha256_of(Descriptor(::open(path(taken).c_str(), O_RDONLY | O_CLOEXEC)).get());
  if (!digest) return std::unexpected(fault("the file cannot be read"));
  if (mkdir(day.c_str(), 0700) != 0 && errno != EEXIST) return std::unexpected(fault("archive"));
  const fs::path place = day / fmt::format("{}.{}", taken.name, *digest);
  if (std::rename(path(taken).c_str(), place.c_str()) != 0) return std::unexpected(fault("archive"));
  for (const fs::path& folder : {day, archive, folder_ / "work"}) {
    const Descriptor opened = open_folder(folder);
    if (opened.get() < 0 || fsync(opened.get()) != 0) return std::unexpected(fault("archive"));
  }
  return *digest;
}

void DropFolder::tell(const Look& look, const FileDrop& rules) {
  const fs::path out = folder_ / "out";
  if (!told_) {
    told_.emplace();
    std::error_code ec;
    for (const auto& entry : fs::directory_iterator(out, ec)) {
      const std::string name = entry.path().filename().string();
      if (name.ends_with(error_suffix)) told_->emplace(name, std::string());
    }
  }
  std::map<std::string, std::string> wanted;
  for (const Waiting& each : look.waiting) {
    if (each.why == NotTaken::arriving) continue;
    const Explanation words = explain(each.why, rules);
    wanted.emplace(error_name(each.name),
                   fmt::format("{}\n\n未受理：{}。\n\nNot taken: {}.\n", each.name, words.zh, words.en));
  }
  std::erase_if(*told_, [&](const auto& each) {
    if (wanted.contains(each.first)) return false;
    return unlink((out / each.first).c_str()) == 0 || errno == ENOENT;
  });
  for (const auto& [name, text] : wanted) {
    const auto there = told_->find(name);
    if (there != told_->end() && there->second == text) continue;
    if (hand_out(name, std::string_view(text))) (*told_)[name] = text;
  }
}

}  // namespace loangate::net
