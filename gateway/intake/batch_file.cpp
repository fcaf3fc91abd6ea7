#include "intake/batch_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/descriptor.hpp"

namespace loangate::intake {
namespace {

constexpr std::string_view incoming = "incoming-";

}  // namespace

std::string system_error(std::string_view doing, const std::filesystem::path& file) {
  return fmt::format("{} {}: {}", doing, file.string(), std::strerror(errno));
}

std::expected<void, NotNow> write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::unexpected(fmt::format("writing: {}", std::strerror(errno)));
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

std::size_t read_at(int file, std::uint64_t offset, std::span<char> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t count =
        ::pread(file, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

void settle(const std::filesystem::path& folder) {
  const Descriptor open(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (open.get() >= 0) ::fsync(open.get());
}

Spool::Spool(int descriptor, std::filesystem::path path) : descriptor_(descriptor), path_(std::move(path)) {}

std::expected<std::unique_ptr<Spool>, std::string> Spool::open(const std::filesystem::path& folder) {
  std::string name = (folder / (std::string(incoming) + "XXXXXX")).string();
  const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) return std::unexpected(system_error("making", name));
  return std::unique_ptr<Spool>(new Spool(descriptor, name));
}

Spool::~Spool() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!path_.empty()) ::unlink(path_.c_str());
}

std::expected<void, std::string> Spool::write(std::string_view bytes) {
  return write_all(descriptor_, bytes);
}

std::filesystem::path Spool::release() {
  return std::exchange(path_, {});
}

void remove_unfinished(const std::filesystem::path& folder) {
  std::error_code fault;
  for (const auto& entry : std::filesystem::directory_iterator(folder, fault)) {
    if (entry.path().filename().string().starts_with(incoming)) std::filesystem::remove(entry.path(), fault);
  }
}

}  // namespace loangate::intake
