#pragma once
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "adapters/profile/profile.hpp"
#include "base/bytes.hpp"
#include "domain/finding.hpp"
#include "domain/messages.hpp"

/// Partners' bytes to canonical messages and back, by the partner's compiled profile alone. Pure: no I/O.
namespace loangate::adapters {

/// A message that fits its profile: every required canonical field is there and of its type and bounds.
struct Decoded {
  MessageKind kind;
  Record record;
};

/// Bytes that do not fit. All faults that could be found, each with its place; and what could be made out all
/// the same, so that the receipt can name it.
struct Undecoded {
  Findings findings;
  std::optional<MessageKind> kind = {};
  std::optional<MessageId> message_id = {};
};

/// Reads one message. Bounded in depth, count and time by the profile's limits; never throws.
std::expected<Decoded, Undecoded> decode(const Profile& profile, std::string_view body);

/// Why a message cannot be written in the partner's format.
struct EncodeFault {
  FieldPath field;
  bool unmappable = false;  ///< a character that the partner's charset lacks (settled 24)
  std::string reason;       ///< for operators: field, and why
};

/// Writes a message in the partner's format: decode(encode(m)) = m for every mapped field (settled 48); what
/// the format cannot carry is refused, never cut or changed silently.
std::expected<std::string, EncodeFault> encode(const Profile& profile, MessageKind kind,
                                               const Record& record);

/// Sets Finding::place for each finding that names a field: XPath, JSON Pointer, or line and byte columns in
/// `body`.
void locate(const Profile& profile, MessageKind kind, std::string_view body, Findings& findings);

/// SHA-256 over the canonical form without the fields that the profile marks `transport: true` and without
/// the message id: two messages with this digest say the same (settled 11, 13).
Digest content_digest(const Profile& profile, const Decoded& message);

/// Several encoded messages in the profile's list envelope, each with its delivery id (settled 23).
std::string encode_list(const Profile& profile, std::span<const std::pair<DeliveryId, std::string>> messages);

}  // namespace loangate::adapters
