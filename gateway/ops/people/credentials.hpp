#pragma once
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/yaml.hpp"

/// With what a person signs in who has no certificate at hand (decision 0018): kept in a file of the data
/// folder, readable by the service alone, never in the journal and never in a log.
namespace loangate::ops {

struct Credential {
  std::string password;  ///< Argon2id, encoded with its salt and costs
  /// Real time: an administrator's one-time password, of no use from then on; none: the person's own.
  std::optional<Instant> one_time_until = {};
  std::string second_factor = {};  ///< the secret's bytes; empty: none is set yet
  std::uint64_t used_step = 0;     ///< the last time step of which a code was used: each works once
  /// Of a person who was entered on this machine; what the record says of the person takes its place.
  std::vector<std::string> roles = {};

  /// `change_password`, `set_second_factor`: what is to be done before anything else.
  std::vector<std::string_view> steps() const;
};

using Credentials = std::map<std::string, Credential, std::less<>>;

/// In the data folder.
inline constexpr std::string_view credentials_file = "credentials.yaml";

/// The file of credentials, which a running gateway and `loangate person add` may both change.
class CredentialFile {
 public:
  /// There need not be a file yet. All mistakes at once.
  static std::expected<std::unique_ptr<CredentialFile>, ConfigErrors> open(std::filesystem::path path);

  /// As they were read or written last; any thread.
  std::shared_ptr<const Credentials> current() const;
  /// Reads the file again if another process has changed it. With a mistake in it the old ones stay, and a
  /// log line says so.
  void look();
  /// Reads the file again, applies the change and, if that says so, writes it back: complete and flushed, or
  /// not at all. Excludes other writers meanwhile. The error says why it was not written.
  std::expected<void, std::string> change(const std::function<bool(Credentials&)>& change);

 private:
  explicit CredentialFile(std::filesystem::path path) : path_(std::move(path)) {}
  std::expected<void, ConfigErrors> read();

  const std::filesystem::path path_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Credentials> current_ = std::make_shared<const Credentials>();
  std::filesystem::file_time_type read_at_{};  ///< the file's time when it was read
  ConfigErrors mistakes_;                      ///< that were in it then
};

/// Text without the characters that look alike, in groups of four: some 80 bits.
std::string new_one_time_password();
/// 160 bits for one-time codes.
std::string new_secret();

/// Argon2id, 64 MiB, three passes, one lane: some 0.1 s and 64 MiB of memory.
std::string hash_password(std::string_view password);
/// Takes as long whether it matches or not; with an empty `encoded` (nobody of this name) it never matches
/// and takes as long too.
bool password_matches(std::string_view encoded, std::string_view password);
/// Why a password does not do, in Chinese and English; none: it does.
std::optional<std::pair<std::string, std::string>> password_fault(std::string_view password,
                                                                  std::string_view person);

/// The time step of which this is the code: that of `now`, or the one before or behind. None if it is none of
/// these, or if the step is not after `used_step`.
std::optional<std::uint64_t> matching_step(std::string_view secret, std::string_view code, Instant now,
                                           std::uint64_t used_step);
/// The code of a time step: for tests, and for who has no telephone at hand.
std::string code_of(std::string_view secret, Instant now);
std::string base32(std::string_view secret);
/// `otpauth://totp/…`, as telephones read it.
std::string otpauth_uri(std::string_view person, std::string_view secret);

}  // namespace loangate::ops
