#pragma once
#include <expected>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "adapters/profile/profile.hpp"
#include "adapters/seal/crypto.hpp"
#include "domain/finding.hpp"

/// Seals: signatures and MACs by which a message proves where it comes from, whoever carries it. What a
/// profile says of them, compiled; opening what a partner sealed, and sealing what goes to it. A seal covers
/// bytes exactly as they were received, never something written again from what was read.
namespace loangate::adapters {

/// Whose messages.
enum class Way : std::uint8_t { from_partner, to_partner };

/// `from_partner`, `to_partner`: as the profile writes it.
std::string_view name(Way way);

/// Where the halves of keys lie that a profile does not hold: `<folder>/<partner>/<key id>` with `.secret`
/// (an HMAC's, hexadecimal), `.key` (private, PEM), `.pem` (public or certificate, if the profile names no
/// file). Whoever signs one way has the private keys of that way.
struct SealKeyFolder {
  std::filesystem::path folder;
  Way signs = Way::to_partner;  ///< the gateway; from_partner: the partner, in the simulator
};

/// A place in a document: bytes of the header block or of a fixed-width body's first record, or an element,
/// attribute or member.
struct SealPlace {
  bool in_header = false;
  std::optional<Span> span;  ///< none: `path`
  std::vector<Node> path;
  Padding padding;
  std::string name;
};

/// A field of the HTTP head.
struct SealHeader {
  std::string name;
};

/// The seal stands behind all else. What follows the last `mark` is the seal; without a mark it has a fixed
/// number of characters.
struct SealTrailer {
  std::string mark;
  std::size_t characters = 0;
};

/// One key. It counts from the first instant to before the second, by real time.
struct SealKey {
  std::string id;
  Instant from, until;
  CryptoKey key;
  int source_line;  ///< of the profile

  bool counts(Instant now) const { return from <= now && now < until; }
};

/// How the messages of one direction are sealed.
struct Seal {
  enum class Encoding : std::uint8_t { hex, base64 };
  /// The bytes under the seal. Of each the seal's own value is taken out, if it stands within.
  enum class Covers : std::uint8_t {
    document,  ///< all there are, without a trailer
    body,      ///< those within the framing: without length prefix, header block and end mark
    place,     ///< those of one element with its tags, one member's value, or a span of a record
  };

  SealMethod method;
  Encoding encoding = Encoding::base64;
  std::variant<SealPlace, SealHeader, SealTrailer> at;
  std::variant<std::monostate, SealPlace, SealHeader> key_at;  ///< monostate: messages do not name their key
  Covers covers = Covers::document;
  SealPlace covered;  ///< Covers::place
  std::vector<SealKey> keys;
  int source_line = 0;

  const SealKey* find(std::string_view id) const;
  /// What we sign with: of the keys that count now the one that began last; if none does, the one that ended
  /// last, so that a forgotten renewal stops no answer (`check` tells of it). Null if no key can sign.
  const SealKey* signing(Instant now) const;
};

/// A profile's `seal`.
struct Sealing {
  std::optional<Seal> from_partner, to_partner;
};

/// The seal of that way; null if there is none.
const Seal* seal_of(const Profile& profile, Way way);

/// What the HTTP head says of a seal; empty where it stands elsewhere.
struct SealFields {
  std::string seal, key;
};

/// The value of a header field by its name; empty if there is none.
using HeaderLookup = std::function<std::string_view(std::string_view)>;
SealFields seal_fields(const Profile& profile, Way way, const HeaderLookup& head);
/// The same of a head as it was received.
using HeaderFields = std::vector<std::pair<std::string, std::string>>;
SealFields seal_fields(const Profile& profile, Way way, const HeaderFields& head);

/// The message without its trailer: what decode() takes. All of it if it has none, or lacks its mark.
std::string_view without_trailer(const Profile& profile, Way way, std::string_view bytes);

/// Proves the seal of a message: under which key, or all that is wrong, with the remedy. The key is empty if
/// the profile has no seal for this way. `now` is real time.
std::expected<std::string, Findings> open_seal(const Profile& profile, Way way, std::string_view bytes,
                                               const SealFields& fields, Instant now);

/// Puts the seal into an encoded message, or behind it. A message whose seal goes into the head, or that
/// needs none, stays as it is. The fault is for operators.
std::expected<std::string, std::string> put_seal(const Profile& profile, Way way, std::string bytes,
                                                 Instant now);

/// The fields of the head that seal these bytes; none if the seal does not go there.
std::expected<HeaderFields, std::string> head_seal(const Profile& profile, Way way, std::string_view bytes,
                                                   Instant now);

/// Keys that end within 30 days are added to `warnings`; a direction without a key that counts is an error.
ConfigErrors check_seal_dates(const Profile& profile, Instant now, ConfigErrors& warnings);

}  // namespace loangate::adapters
