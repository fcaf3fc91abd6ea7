#include "adapters/seal/seal.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/codec/charset.hpp"
#include "adapters/codec/documents.hpp"
#include "adapters/codec/framing.hpp"
#include "base/base64.hpp"
#include "base/bytes.hpp"
#include "domain/date.hpp"

namespace loangate::adapters {
namespace {

template <class... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};

constexpr std::size_t longest_text = 2 * longest_seal;
constexpr std::int64_t warn_before = 30LL * 24 * 3600 * 1'000'000;

std::string in_text(const Seal& seal, std::string_view bytes) {
  return seal.encoding == Seal::Encoding::hex ? hex(bytes) : base64(bytes);
}

std::optional<std::string> out_of_text(const Seal& seal, std::string_view text) {
  if (text.size() > longest_text) return std::nullopt;
  return seal.encoding == Seal::Encoding::hex ? from_hex(text) : from_base64(text);
}

std::string_view name(SealAlgorithm algorithm) {
  switch (algorithm) {
    case SealAlgorithm::sm2_sm3:
      return "SM2-SM3";
    case SealAlgorithm::rsa_sha256:
      return "RSA PKCS#1 v1.5 SHA-256";
    case SealAlgorithm::rsa_pss_sha256:
      return "RSA-PSS SHA-256";
    case SealAlgorithm::ecdsa_sha256:
      return "ECDSA SHA-256";
    case SealAlgorithm::hmac_sm3:
      return "HMAC-SM3";
    case SealAlgorithm::hmac_sha256:
      return "HMAC-SHA256";
    case SealAlgorithm::pkcs7:
      return "PKCS#7 detached SHA-256";
  }
  return "";
}

/// `SM2-SM3 (id 1234567812345678, r||s), Base64`.
std::string how(const Seal& seal) {
  std::string text(name(seal.method.algorithm));
  const bool form =
      seal.method.algorithm == SealAlgorithm::ecdsa_sha256 || seal.method.algorithm == SealAlgorithm::sm2_sm3;
  if (form) {
    const std::string_view written = seal.method.raw ? "r||s" : "DER";
    text += seal.method.algorithm == SealAlgorithm::sm2_sm3
                ? fmt::format(" (id {}, {})", seal.method.distinguishing_id, written)
                : fmt::format(" ({})", written);
  }
  return text + (seal.encoding == Seal::Encoding::hex ? ", hex" : ", Base64");
}

std::string covered_name(const Seal& seal) {
  switch (seal.covers) {
    case Seal::Covers::document:
      return "document 全文";
    case Seal::Covers::body:
      return "body 正文";
    case Seal::Covers::place:
      return seal.covered.name;
  }
  return {};
}

std::string place_name(const SealPlace& place) {
  if (!place.span) return place.name;
  return fmt::format("{}, bytes {}-{}", place.in_header ? "header" : "line 1", place.span->offset + 1,
                     place.span->offset + place.span->width);
}

std::string place_name(const Seal& seal) {
  return std::visit(Match{[](const SealPlace& place) { return place_name(place); },
                          [](const SealHeader& header) { return "HTTP " + header.name; },
                          [](const SealTrailer&) { return std::string("trailer 文末"); }},
                    seal.at);
}

/// A message taken apart as far as seals ask: everything is an offset into its bytes.
class Anatomy {
 public:
  /// False if nothing can be made of the bytes; the faults tell why.
  bool open(const Profile& profile, std::string_view message, Faults& faults) {
    profile_ = &profile;
    message_ = message;
    const auto framed = unframe(profile, message, faults);
    if (!framed) return false;
    framed_ = *framed;
    // Records are found by their columns.
    return profile.format == Format::fixed || document_reader(profile.format).open(profile, framed_, faults);
  }

  std::optional<Source> find(const SealPlace& place) const {
    if (!place.span) {
      const auto source = document_reader(profile_->format).source(place.path);
      if (!source) return std::nullopt;
      const std::size_t body = offset_of(framed_.body);
      return Source{{source->whole.begin + body, source->whole.end + body},
                    {source->value.begin + body, source->value.end + body}};
    }
    const std::string_view within = place.in_header ? framed_.header : framed_.body;
    if (place.span->offset + std::size_t{place.span->width} > within.size()) return std::nullopt;
    const std::size_t begin = offset_of(within) + place.span->offset;
    const Range range{begin, begin + place.span->width};
    return Source{range, range};
  }

  Range body() const { return {offset_of(framed_.body), offset_of(framed_.body) + framed_.body.size()}; }

 private:
  std::size_t offset_of(std::string_view part) const {
    return static_cast<std::size_t>(part.data() - message_.data());
  }

  const Profile* profile_ = nullptr;
  std::string_view message_;
  Framed framed_;
};

/// Whether finding the seal, its key or the covered bytes takes a look into the document.
bool looks_inside(const Seal& seal) {
  return seal.covers != Seal::Covers::document || std::holds_alternative<SealPlace>(seal.at) ||
         std::holds_alternative<SealPlace>(seal.key_at);
}

/// The bytes under the seal, without the seal's own value, put together in `room` if they have to be; nothing
/// if what is to be covered is not there.
std::optional<std::string_view> covered_bytes(const Seal& seal, const Anatomy& anatomy,
                                              std::string_view message, std::optional<Range> own,
                                              std::string& room) {
  Range range{0, message.size()};
  if (seal.covers == Seal::Covers::body) range = anatomy.body();
  if (seal.covers == Seal::Covers::place) {
    const auto found = anatomy.find(seal.covered);
    if (!found) return std::nullopt;
    range = found->whole;
  }
  if (!own || own->begin < range.begin || own->end > range.end) return range.of(message);
  room = message.substr(range.begin, own->begin - range.begin);
  room += message.substr(own->end, range.end - own->end);
  return room;
}

std::string_view unpadded(std::string_view text, const SealPlace& place) {
  if (!place.span) return text;
  const char pad = place.padding.byte;
  if (place.padding.side == Padding::Side::right) {
    while (text.ends_with(pad)) text.remove_suffix(1);
  } else {
    while (text.starts_with(pad)) text.remove_prefix(1);
  }
  return text;
}

/// The seal's text, and where it stands if it stands in the document.
struct Presented {
  std::string_view text;
  std::optional<Range> own;
};

std::optional<Presented> presented(const Seal& seal, const Anatomy& anatomy, std::string_view whole,
                                   std::string_view message, const SealFields& fields) {
  if (std::holds_alternative<SealHeader>(seal.at)) {
    if (fields.seal.empty()) return std::nullopt;
    return Presented{fields.seal, std::nullopt};
  }
  if (const auto* trailer = std::get_if<SealTrailer>(&seal.at)) {
    if (message.size() == whole.size()) return std::nullopt;
    return Presented{whole.substr(message.size() + trailer->mark.size()), std::nullopt};
  }
  const auto& place = std::get<SealPlace>(seal.at);
  const auto found = anatomy.find(place);
  if (!found) return std::nullopt;
  const std::string_view text = unpadded(found->value.of(message), place);
  if (text.empty()) return std::nullopt;
  return Presented{text, found->value};
}

/// The key id that the message names; nothing if it does not.
std::optional<std::string_view> named_key(const Seal& seal, const Anatomy& anatomy, std::string_view message,
                                          const SealFields& fields) {
  std::string_view id = fields.key;
  if (const auto* place = std::get_if<SealPlace>(&seal.key_at)) {
    const auto found = anatomy.find(*place);
    id = found ? unpadded(found->value.of(message), *place) : std::string_view{};
  }
  if (id.empty()) return std::nullopt;
  return id;
}

std::string ids_of(const Seal& seal, Instant now) {
  std::string ids;
  for (const SealKey& key : seal.keys) {
    if (key.counts(now)) ids += (ids.empty() ? "" : ", ") + key.id;
  }
  return ids.empty() ? "-" : ids;
}

Findings refusal(FindingCode code, std::string place, Faults::Values values) {
  Finding finding{.code = code, .values = std::move(values), .place = std::move(place)};
  finding.values.emplace_back("at", finding.place);
  return {std::move(finding)};
}

std::string digest_text(const Seal& seal, std::string_view covered) {
  const bool national =
      seal.method.algorithm == SealAlgorithm::sm2_sm3 || seal.method.algorithm == SealAlgorithm::hmac_sm3;
  if (!national) return "SHA-256 " + hex(sha256(covered));
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  EVP_Digest(covered.data(), covered.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
             EVP_sm3(), nullptr);
  return "SM3 " + hex(std::string_view(digest).substr(0, size));
}

/// Replaces what a place holds; false if the text finds no room.
bool fill(std::string& bytes, const SealPlace& place, Range range, std::string_view text) {
  if (!place.span) {
    bytes.replace(range.begin, range.end - range.begin, text);
    return true;
  }
  const std::size_t width = range.end - range.begin;
  if (text.size() > width) return false;
  std::string padded(text);
  const bool right = place.padding.side == Padding::Side::right;
  padded.insert(right ? padded.size() : 0, width - text.size(), place.padding.byte);
  bytes.replace(range.begin, width, padded);
  return true;
}

std::expected<const SealKey*, std::string> key_for(const Seal& seal, Instant now) {
  if (const SealKey* key = seal.signing(now)) return key;
  return std::unexpected("no key to seal with is here: see seal_keys in gateway.yaml");
}

std::expected<std::string, std::string> make(const Seal& seal, const SealKey& key, const Anatomy& anatomy,
                                             std::string_view message, std::optional<Range> own) {
  std::string room;
  const auto covered = covered_bytes(seal, anatomy, message, own, room);
  if (!covered)
    return std::unexpected(fmt::format("{} is not in the message: nothing to seal", seal.covered.name));
  const auto proof = key.key.sign(*covered);
  if (!proof) return std::unexpected(fmt::format("OpenSSL cannot sign with the key {}", key.id));
  return in_text(seal, *proof);
}

/// The message is ours and was just written: that it cannot be taken apart is a fault of the profile.
constexpr std::string_view not_found = "the seal's place is not in the message";

}  // namespace

std::string_view name(Way way) {
  return way == Way::from_partner ? "from_partner" : "to_partner";
}

const SealKey* Seal::find(std::string_view id) const {
  const auto found = std::ranges::find(keys, id, &SealKey::id);
  return found == keys.end() ? nullptr : &*found;
}

const SealKey* Seal::signing(Instant now) const {
  const SealKey* best = nullptr;
  for (const SealKey& key : keys) {
    if (!key.key.can_sign()) continue;
    const bool counts = key.counts(now);
    const bool best_counts = best != nullptr && best->counts(now);
    const bool better = best == nullptr || (counts && !best_counts) ||
                        (counts == best_counts && (counts ? key.from > best->from : key.until > best->until));
    if (better) best = &key;
  }
  return best;
}

const Seal* seal_of(const Profile& profile, Way way) {
  if (!profile.sealing) return nullptr;
  const auto& seal = way == Way::from_partner ? profile.sealing->from_partner : profile.sealing->to_partner;
  return seal ? &*seal : nullptr;
}

SealFields seal_fields(const Profile& profile, Way way, const HeaderLookup& head) {
  SealFields fields;
  const Seal* seal = seal_of(profile, way);
  if (seal == nullptr) return fields;
  if (const auto* header = std::get_if<SealHeader>(&seal->at)) fields.seal = head(header->name);
  if (const auto* header = std::get_if<SealHeader>(&seal->key_at)) fields.key = head(header->name);
  return fields;
}

SealFields seal_fields(const Profile& profile, Way way, const HeaderFields& head) {
  return seal_fields(profile, way, [&head](std::string_view wanted) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    const auto found = std::ranges::find_if(
        head, [&](const auto& field) { return std::ranges::equal(field.first, wanted, {}, lower, lower); });
    return found == head.end() ? std::string_view{} : std::string_view(found->second);
  });
}

std::string_view without_trailer(const Profile& profile, Way way, std::string_view bytes) {
  const Seal* seal = seal_of(profile, way);
  const auto* trailer = seal == nullptr ? nullptr : std::get_if<SealTrailer>(&seal->at);
  if (trailer == nullptr) return bytes;
  if (trailer->mark.empty())
    return bytes.size() > trailer->characters ? bytes.substr(0, bytes.size() - trailer->characters) : bytes;
  return bytes.substr(0, bytes.rfind(trailer->mark));
}

std::expected<std::string, Findings> open_seal(const Profile& profile, Way way, std::string_view bytes,
                                               const SealFields& fields, Instant now) {
  const Seal* seal = seal_of(profile, way);
  if (seal == nullptr) return std::string{};
  const std::string_view message = without_trailer(profile, way, bytes);
  Anatomy anatomy;
  Faults faults;
  if (looks_inside(*seal) && !anatomy.open(profile, message, faults)) return std::unexpected(faults.take());

  const std::string place = place_name(*seal);
  const auto shown_seal = presented(*seal, anatomy, bytes, message, fields);
  if (!shown_seal) {
    return std::unexpected(
        refusal(FindingCode::seal_missing, place, {{"how", how(*seal)}, {"covered", covered_name(*seal)}}));
  }
  std::string room;
  const auto covered = covered_bytes(*seal, anatomy, message, shown_seal->own, room);
  if (!covered) {
    return std::unexpected(refusal(FindingCode::seal_missing, seal->covered.name,
                                   {{"how", how(*seal)}, {"covered", covered_name(*seal)}}));
  }

  std::vector<const SealKey*> candidates;
  if (std::holds_alternative<std::monostate>(seal->key_at)) {
    for (const SealKey& key : seal->keys) {
      if (key.counts(now)) candidates.push_back(&key);
    }
    if (candidates.empty()) {
      return std::unexpected(refusal(FindingCode::seal_key_not_valid, place, {{"key", "-"}, {"known", "-"}}));
    }
  } else {
    const auto id = named_key(*seal, anatomy, message, fields);
    const SealKey* key = id ? seal->find(*id) : nullptr;
    const std::string named = id ? shown(is_ascii(*id) ? *id : "?") : "";
    if (key == nullptr || !key->counts(now)) {
      return std::unexpected(
          refusal(key == nullptr ? FindingCode::seal_key_unknown : FindingCode::seal_key_not_valid, place,
                  {{"key", named}, {"known", ids_of(*seal, now)}}));
    }
    candidates.push_back(key);
  }

  const auto proof = out_of_text(*seal, shown_seal->text);
  if (!proof) {
    return std::unexpected(refusal(FindingCode::seal_malformed, place, {{"how", how(*seal)}}));
  }
  for (const SealKey* key : candidates) {
    if (key->key.verify(*covered, *proof)) return key->id;
  }
  std::string tried;
  for (const SealKey* key : candidates) tried += (tried.empty() ? "" : ", ") + key->id;
  return std::unexpected(refusal(FindingCode::seal_wrong, place,
                                 {{"key", tried},
                                  {"how", how(*seal)},
                                  {"covered", covered_name(*seal)},
                                  {"bytes", std::to_string(covered->size())},
                                  {"digest", digest_text(*seal, *covered)}}));
}

std::expected<std::string, std::string> put_seal(const Profile& profile, Way way, std::string bytes,
                                                 Instant now) {
  const Seal* seal = seal_of(profile, way);
  if (seal == nullptr) return bytes;
  const auto key = key_for(*seal, now);
  if (!key) return std::unexpected(key.error());
  Anatomy anatomy;
  Faults faults;
  const bool inside = looks_inside(*seal);
  if (inside && !anatomy.open(profile, bytes, faults)) return std::unexpected(std::string(not_found));

  if (const auto* place = std::get_if<SealPlace>(&seal->key_at)) {
    const auto found = anatomy.find(*place);
    if (!found || !fill(bytes, *place, found->value, (*key)->id))
      return std::unexpected("the key id finds no place in the message");
    if (!anatomy.open(profile, bytes, faults)) return std::unexpected(std::string(not_found));
  }
  if (std::holds_alternative<SealHeader>(seal->at)) return bytes;
  std::optional<Range> own;
  const auto* place = std::get_if<SealPlace>(&seal->at);
  if (place != nullptr) {
    const auto found = anatomy.find(*place);
    if (!found) return std::unexpected(std::string(not_found));
    own = found->value;
  }
  const auto text = make(*seal, **key, anatomy, bytes, own);
  if (!text) return std::unexpected(text.error());
  if (place == nullptr) return bytes + std::get<SealTrailer>(seal->at).mark + *text;
  if (!fill(bytes, *place, *own, *text))
    return std::unexpected(
        fmt::format("a seal of {} characters finds no room at {}", text->size(), place->name));
  return bytes;
}

std::expected<HeaderFields, std::string> head_seal(const Profile& profile, Way way, std::string_view bytes,
                                                   Instant now) {
  HeaderFields fields;
  const Seal* seal = seal_of(profile, way);
  const auto* key_header = seal == nullptr ? nullptr : std::get_if<SealHeader>(&seal->key_at);
  const auto* header = seal == nullptr ? nullptr : std::get_if<SealHeader>(&seal->at);
  if (key_header == nullptr && header == nullptr) return fields;
  const auto key = key_for(*seal, now);
  if (!key) return std::unexpected(key.error());
  if (key_header != nullptr) fields.emplace_back(key_header->name, (*key)->id);
  if (header == nullptr) return fields;
  Anatomy anatomy;
  Faults faults;
  if (looks_inside(*seal) && !anatomy.open(profile, bytes, faults))
    return std::unexpected(std::string(not_found));
  auto text = make(*seal, **key, anatomy, bytes, std::nullopt);
  if (!text) return std::unexpected(text.error());
  fields.emplace_back(header->name, *std::move(text));
  return fields;
}

ConfigErrors check_seal_dates(const Profile& profile, Instant now, ConfigErrors& warnings) {
  ConfigErrors errors;
  for (const Way way : {Way::from_partner, Way::to_partner}) {
    const Seal* seal = seal_of(profile, way);
    if (seal == nullptr) continue;
    const Instant soon{now.micros + warn_before};
    if (std::ranges::none_of(seal->keys, [&](const SealKey& key) { return key.counts(now); })) {
      errors.push_back({profile.file, seal->source_line,
                        fmt::format("no key of seal.{} is valid today: add the new one", name(way))});
    }
    for (const SealKey& key : seal->keys) {
      if (key.until <= now) {
        warnings.push_back(
            {profile.file, key.source_line, fmt::format("the key `{}` is out of force: remove it", key.id)});
      } else if (key.until <= soon) {
        warnings.push_back(
            {profile.file, key.source_line,
             fmt::format("the key `{}` is in force until {}: agree on the next one, and add it beside this",
                         key.id, format(civil_day(Instant{key.until.micros - 1})))});
      }
    }
  }
  return errors;
}

}  // namespace loangate::adapters
