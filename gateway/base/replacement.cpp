#include "base/replacement.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/descriptor.hpp"

namespace loangate {
namespace {

bool write_whole(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return fsync(file) == 0;
}

}  // namespace

std::expected<Replacement, std::string> Replacement::write(const std::filesystem::path& file,
                                                           std::string_view bytes) {
  std::string beside = (file.parent_path() / fmt::format(".{}.XXXXXX", file.filename().string())).string();
  const Descriptor written(mkostemp(beside.data(), O_CLOEXEC));
  if (written.get() < 0) return std::unexpected(std::strerror(errno));
  Replacement replacement(file, beside);
  struct stat before{};
  const bool same_mode =
      stat(file.c_str(), &before) != 0 || fchmod(written.get(), before.st_mode & 07777) == 0;
  if (!same_mode || !write_whole(written.get(), bytes)) return std::unexpected(std::strerror(errno));
  return replacement;
}

Replacement::Replacement(Replacement&& other) noexcept
    : file_(std::move(other.file_)), beside_(std::exchange(other.beside_, {})) {}

Replacement::~Replacement() {
  if (!beside_.empty()) unlink(beside_.c_str());
}

std::expected<void, std::string> Replacement::take_place() {
  if (std::rename(beside_.c_str(), file_.c_str()) != 0) return std::unexpected(std::strerror(errno));
  beside_.clear();
  const std::filesystem::path folder = file_.has_parent_path() ? file_.parent_path() : ".";
  const Descriptor opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() < 0 || fsync(opened.get()) != 0) return std::unexpected(std::strerror(errno));
  return {};
}

}  // namespace loangate
