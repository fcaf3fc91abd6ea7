#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/profile/profile.hpp"
#include "domain/finding.hpp"

namespace loangate::adapters {

/// One place of a message, and what the mapping makes of it.
struct AnnotatedPlace {
  enum class Kind : std::uint8_t {
    field,        ///< a canonical field, or a part of one
    constant,     ///< what must stand there
    filler,       ///< ignored
    type,         ///< tells which message it is
    body_length,  ///< in a header
    seal,         ///< or the id of its key
    count,        ///< the number of a group's rows
    flag,         ///< the sign of an amount
    framing,      ///< length prefix, separators, end mark, segments that no row uses
    unread,       ///< no line maps it
  };
  Kind kind = Kind::unread;
  std::string place;      ///< as findings name it
  std::string field;      ///< canonical, within a group `collateral[0].kind`; of a framing what it is
  std::string_view zh{};  ///< the field's Chinese name
  std::string raw;        ///< what stands there, without padding, in UTF-8
  std::string canonical;  ///< what it was read as, as in the canonical JSON; of parts at the first one
  std::size_t begin = 0;  ///< its bytes in the message; size 0: told by its path alone
  std::size_t size = 0;
  bool missing = false;               ///< a required field that is not there
  std::vector<std::size_t> findings;  ///< of Annotation::findings
  YamlLine source;                    ///< of the profile; number 0: none
};

std::string_view name(AnnotatedPlace::Kind kind);

/// A message laid over its mapping.
struct Annotation {
  const MessageMap* message = nullptr;  ///< null: not made out
  std::vector<AnnotatedPlace> places;   ///< in the order of the document
  Findings findings;                    ///< as decode() gives them
  std::string canonical;                ///< the canonical JSON, of a message that fits
};

/// Lays any bytes over the profile's mapping, as far as they can be read. It reads by the codec itself.
Annotation annotate(const Profile& profile, std::string_view bytes);

/// `13-29`, of places with bytes.
std::string byte_range(const AnnotatedPlace& place);

/// The annotation as one JSON object: type, places, unread, missing, findings, canonical.
std::string annotation_json(const Profile& profile, const Annotation& annotation);

}  // namespace loangate::adapters
