#include "ops/people/credentials.hpp"

#include <argon2.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <liboath/oath.h>
#include <openssl/rand.h>
#include <sys/file.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "base/contains.hpp"
#include "base/descriptor.hpp"
#include "base/log.hpp"
#include "base/replacement.hpp"
#include "domain/ids.hpp"
#include "net/http.hpp"
#include "net/identities.hpp"

namespace loangate::ops {
namespace {

constexpr std::uint32_t passes = 3;
constexpr std::uint32_t kibibytes = 64 * 1024;
constexpr std::uint32_t lanes = 1;
constexpr std::size_t salt_bytes = 16;
constexpr std::size_t hash_bytes = 32;

constexpr unsigned step_seconds = 30;
constexpr std::size_t window = 1;
constexpr unsigned digits = 6;
constexpr std::size_t secret_bytes = 20;

constexpr std::size_t least_password_bytes = 12;
constexpr std::size_t most_password_bytes = 128;

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1)
    throw std::runtime_error("the machine gives no random bytes");
  return bytes;
}

void use_oath() {
  static const int ready = oath_init();
  if (ready != OATH_OK) throw std::runtime_error(oath_strerror(ready));
}

std::optional<std::string> from_base32(const std::string& text) {
  use_oath();
  char* bytes = nullptr;
  std::size_t size = 0;
  if (oath_base32_decode(text.data(), text.size(), &bytes, &size) != OATH_OK) return std::nullopt;
  const std::unique_ptr<char, decltype(&std::free)> owner(bytes, std::free);
  return std::string(bytes, size);
}

Credential read_credential(const YamlNode& node) {
  Credential credential{.password = node["password"].text()};
  if (!credential.password.starts_with("$argon2id$"))
    node["password"].error("is no Argon2id hash: set it by `loangate person`, not by hand");
  if (!node["one_time_until"].is_null()) {
    credential.one_time_until = parse_instant(node["one_time_until"].text());
    if (!credential.one_time_until)
      node["one_time_until"].error("is no point in time: write it as 2026-01-31T00:00:00+08:00");
  }
  if (!node["second_factor"].is_null()) {
    const auto secret = from_base32(node["second_factor"].text());
    if (!secret || secret->empty()) node["second_factor"].error("is not Base32: set it by `loangate person`");
    credential.second_factor = secret.value_or("");
  }
  credential.used_step = static_cast<std::uint64_t>(node["used_step"].integer_or(0, 0, INT64_MAX));
  for (const YamlNode& role : node["roles"].items()) {
    credential.roles.push_back(role.text());
    if (!contains(net::person_roles, std::string_view(credential.roles.back())))
      role.error(fmt::format("is no role: use {}", fmt::join(net::person_roles, ", ")));
  }
  return credential;
}

std::string yaml_of(const Credentials& credentials) {
  std::string out =
      "# With what persons sign in. Written by the gateway and by `loangate person`: no copy of it, and "
      "never by "
      "hand.\n";
  out += credentials.empty() ? "persons: []\n" : "persons:\n";
  for (const auto& [name, credential] : credentials) {
    fmt::format_to(std::back_inserter(out), "  - name: \"{}\"\n    password: \"{}\"\n", name,
                   credential.password);
    if (credential.one_time_until)
      fmt::format_to(std::back_inserter(out), "    one_time_until: {}\n", format(*credential.one_time_until));
    if (!credential.second_factor.empty())
      fmt::format_to(std::back_inserter(out), "    second_factor: {}\n    used_step: {}\n",
                     base32(credential.second_factor), credential.used_step);
    if (!credential.roles.empty())
      fmt::format_to(std::back_inserter(out), "    roles: [{}]\n", fmt::join(credential.roles, ", "));
  }
  return out;
}

}  // namespace

std::vector<std::string_view> Credential::steps() const {
  std::vector<std::string_view> left;
  if (one_time_until) left.push_back("change_password");
  if (second_factor.empty()) left.push_back("set_second_factor");
  return left;
}

std::expected<std::unique_ptr<CredentialFile>, ConfigErrors> CredentialFile::open(
    std::filesystem::path path) {
  std::unique_ptr<CredentialFile> file(new CredentialFile(std::move(path)));
  const std::lock_guard lock(file->mutex_);
  if (auto read = file->read(); !read) return std::unexpected(std::move(read.error()));
  return file;
}

std::shared_ptr<const Credentials> CredentialFile::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void CredentialFile::look() {
  const std::lock_guard lock(mutex_);
  if (const auto read_anew = read(); !read_anew) {
    for (const ConfigError& error : read_anew.error())
      LogLine(LogLevel::error, "credentials.reload_refused").reason(error.text());
  }
}

/// The mutex must be held.
std::expected<void, ConfigErrors> CredentialFile::read() {
  std::error_code none;
  const auto written = std::filesystem::last_write_time(path_, none);
  if (none) return {};
  if (written == read_at_ && mistakes_.empty()) return {};
  if (written == read_at_) return std::unexpected(mistakes_);
  read_at_ = written;
  const YamlFile file(path_);
  Credentials credentials;
  for (const YamlNode& node : file.root()["persons"].items()) {
    const std::string name = node["name"].text();
    if (!PersonId::parse(name)) node.error("`name` must have 1 to 40 bytes: enter the person anew");
    if (!credentials.emplace(name, read_credential(node)).second)
      node.error(fmt::format("`{}` stands twice: keep one", name));
  }
  file.refuse_unread();
  mistakes_ = file.errors();
  if (!mistakes_.empty()) return std::unexpected(mistakes_);
  current_ = std::make_shared<const Credentials>(std::move(credentials));
  return {};
}

std::expected<void, std::string> CredentialFile::change(const std::function<bool(Credentials&)>& change) {
  const std::lock_guard lock(mutex_);
  const std::filesystem::path folder_path = path_.has_parent_path() ? path_.parent_path() : ".";
  const Descriptor folder(::open(folder_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0 || flock(folder.get(), LOCK_EX) != 0)
    return std::unexpected(
        fmt::format("{} cannot be locked: {}", folder_path.string(), std::strerror(errno)));
  if (auto anew = read(); !anew) return std::unexpected(anew.error().front().text());
  Credentials changed = *current_;
  if (!change(changed)) return {};
  // A new file gets mode 0600 from mkostemp, and keeps it.
  auto replacement = Replacement::write(path_, yaml_of(changed));
  if (!replacement) return std::unexpected(replacement.error());
  if (auto placed = replacement->take_place(); !placed) return placed;
  std::error_code none;
  read_at_ = std::filesystem::last_write_time(path_, none);
  current_ = std::make_shared<const Credentials>(std::move(changed));
  return {};
}

std::string new_one_time_password() {
  constexpr std::string_view letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";  // 32: five bits each
  std::string password;
  for (const char byte : random_bytes(16)) {
    if (password.size() % 5 == 4) password += '-';
    password += letters[static_cast<unsigned char>(byte) % letters.size()];
  }
  return password;
}

std::string new_secret() {
  return random_bytes(secret_bytes);
}

std::string hash_password(std::string_view password) {
  const std::string salt = random_bytes(salt_bytes);
  std::array<char, 256> encoded{};
  const int code =
      argon2id_hash_encoded(passes, kibibytes, lanes, password.data(), password.size(), salt.data(),
                            salt.size(), hash_bytes, encoded.data(), encoded.size());
  if (code != ARGON2_OK) throw std::runtime_error(argon2_error_message(code));
  return encoded.data();
}

bool password_matches(std::string_view encoded, std::string_view password) {
  // Nobody's: it has the costs of a real one, and is no text's hash.
  static const std::string nobody = hash_password(random_bytes(32));
  const std::string stored(encoded.empty() ? std::string_view(nobody) : encoded);
  const int code = argon2id_verify(stored.c_str(), password.data(), password.size());
  if (code != ARGON2_OK && code != ARGON2_VERIFY_MISMATCH)
    throw std::runtime_error(argon2_error_message(code));
  return code == ARGON2_OK && !encoded.empty();
}

std::optional<std::pair<std::string, std::string>> password_fault(std::string_view password,
                                                                  std::string_view person) {
  if (password.size() < least_password_bytes || password.size() > most_password_bytes) {
    return std::pair{fmt::format("应为 {} 至 {} 字节", least_password_bytes, most_password_bytes),
                     fmt::format("must have {} to {} bytes", least_password_bytes, most_password_bytes)};
  }
  const auto lower = [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); };
  std::string text(password), name(person);
  std::ranges::transform(text, text.begin(), lower);
  std::ranges::transform(name, name.begin(), lower);
  if (!name.empty() && text.contains(name))
    return std::pair{std::string("不得包含人员标识"), std::string("must not contain the person's id")};
  if (std::ranges::all_of(text, [&](char c) { return c == text.front(); }))
    return std::pair{std::string("不得只有一种字符"), std::string("must not be one character over and over")};
  return std::nullopt;
}

std::optional<std::uint64_t> matching_step(std::string_view secret, std::string_view code, Instant now,
                                           std::uint64_t used_step) {
  if (secret.empty() || code.size() != digits ||
      !std::ranges::all_of(code, [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  use_oath();
  int position = 0;
  std::uint64_t step = 0;
  const int found =
      oath_totp_validate4(secret.data(), secret.size(), static_cast<std::time_t>(now.micros / 1'000'000),
                          step_seconds, 0, window, &position, &step, 0, std::string(code).c_str());
  if (found < 0 || step <= used_step) return std::nullopt;
  return step;
}

std::string code_of(std::string_view secret, Instant now) {
  use_oath();
  std::array<char, digits + 1> code{};
  const int made =
      oath_totp_generate(secret.data(), secret.size(), static_cast<std::time_t>(now.micros / 1'000'000),
                         step_seconds, 0, digits, code.data());
  return made == OATH_OK ? code.data() : std::string();
}

std::string base32(std::string_view secret) {
  use_oath();
  char* text = nullptr;
  std::size_t size = 0;
  if (oath_base32_encode(secret.data(), secret.size(), &text, &size) != OATH_OK) return {};
  const std::unique_ptr<char, decltype(&std::free)> owner(text, std::free);
  return std::string(text, size);
}

std::string otpauth_uri(std::string_view person, std::string_view secret) {
  return fmt::format("otpauth://totp/Loangate:{}?secret={}&issuer=Loangate", net::percent_encoded(person),
                     base32(secret));
}

}  // namespace loangate::ops
