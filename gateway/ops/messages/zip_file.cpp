#include "ops/messages/zip_file.hpp"

#include <zip.h>

#include <memory>

namespace loangate::ops {
namespace {

constexpr zip_uint16_t first_day = (1u << 5) | 1u;  // 1980-01-01, as DOS writes it

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct Free {
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};

std::unexpected<std::string> failed(zip_error_t* error) {
  return std::unexpected(std::string(zip_error_strerror(error)));
}

}  // namespace

std::expected<std::string, std::string> zip_file(
    const std::vector<std::pair<std::string, std::string>>& files) {
  zip_error_t error;
  zip_error_init(&error);
  const std::unique_ptr<zip_source_t, Free> bytes(zip_source_buffer_create(nullptr, 0, 0, &error));
  if (!bytes) return failed(&error);
  std::unique_ptr<zip_t, Discard> archive(zip_open_from_source(bytes.get(), ZIP_TRUNCATE, &error));
  if (!archive) return failed(&error);
  zip_source_keep(bytes.get());  // the archive has one of its own
  for (const auto& [name, content] : files) {
    std::unique_ptr<zip_source_t, Free> source(
        zip_source_buffer(archive.get(), content.data(), content.size(), 0));
    if (!source) return failed(zip_get_error(archive.get()));
    const zip_int64_t at = zip_file_add(archive.get(), name.c_str(), source.get(), ZIP_FL_ENC_UTF_8);
    if (at < 0) return failed(zip_get_error(archive.get()));
    source.release();  // the archive's now
    if (zip_file_set_dostime(archive.get(), static_cast<zip_uint64_t>(at), 0, first_day, 0) != 0)
      return failed(zip_get_error(archive.get()));
  }
  if (zip_close(archive.get()) != 0) return failed(zip_get_error(archive.get()));
  (void)archive.release();
  if (zip_source_open(bytes.get()) != 0) return failed(zip_source_error(bytes.get()));
  std::string result;
  char block[16 * 1024];
  for (zip_int64_t got = 0; (got = zip_source_read(bytes.get(), block, sizeof block)) > 0;)
    result.append(block, static_cast<std::size_t>(got));
  zip_source_close(bytes.get());
  return result;
}

}  // namespace loangate::ops
