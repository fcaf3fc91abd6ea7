#include "adapters/contract/seal_terms.hpp"

#include <fmt/format.h>

#include "adapters/profile/seal.hpp"

namespace loangate::adapters {

namespace {

Bilingual place_words(const SealPlace& place) {
  if (!place.span) return {place.name, place.name};
  const auto first = place.span->offset + 1;
  const auto last = place.span->offset + place.span->width;
  return {
      fmt::format("{}第{}-{}字节", place.in_header ? "报文头" : "正文首条记录", first, last),
      fmt::format("bytes {}-{} of the {}", first, last, place.in_header ? "header" : "body's first record")};
}

Bilingual header_words(const SealHeader& header) {
  return {"HTTP头 " + header.name, "HTTP header field " + header.name};
}

Bilingual at_words(const Seal& seal) {
  if (const auto* place = std::get_if<SealPlace>(&seal.at)) return place_words(*place);
  if (const auto* header = std::get_if<SealHeader>(&seal.at)) return header_words(*header);
  const auto& trailer = std::get<SealTrailer>(seal.at);
  if (!trailer.mark.empty()) {
    return {fmt::format("文末，在最后一个 {:?} 之后；不计入长度前缀", trailer.mark),
            fmt::format("behind everything, after the last {:?}; a length prefix does not count it",
                        trailer.mark)};
  }
  return trailer.characters == 0
             ? Bilingual{"文末，长度由密钥决定；不计入长度前缀",
                         "behind everything, as long as the key makes it; a length prefix does not count it"}
             : Bilingual{fmt::format("文末 {} 个字符；不计入长度前缀", trailer.characters),
                         fmt::format("the last {} characters, behind everything; a length prefix does not "
                                     "count them",
                                     trailer.characters)};
}

Bilingual key_words(const Seal& seal) {
  if (const auto* place = std::get_if<SealPlace>(&seal.key_at)) return place_words(*place);
  if (const auto* header = std::get_if<SealHeader>(&seal.key_at)) return header_words(*header);
  return {"报文不列密钥编号；当日有效的密钥逐一验证", "not named; every key that counts on the day is tried"};
}

/// What is left where the seal's own value is taken out.
Bilingual own_value(const Profile& profile, const SealPlace& place) {
  if (place.span)
    return {"；印鉴栏位若在其中，整个去掉",
            "; the seal's place, if it stands within, is left out in its whole width"};
  const Node& leaf = place.path.back();
  const std::string with = profile.format == Format::json ? fmt::format("\"{}\":\"…\"", leaf.name)
                           : leaf.attribute               ? fmt::format("{}=\"…\"", leaf.qualified)
                                                          : fmt::format("<{0}>…</{0}>", leaf.qualified);
  std::string without = with;
  without.erase(without.find("…"), std::string_view("…").size());
  return {fmt::format("；印鉴的值若在其中则去掉：{} 按 {} 计", with, without),
          fmt::format("; if the seal's own value stands within, it is taken out: {} counts as {}", with,
                      without)};
}

Bilingual covered_words(const Profile& profile, const Seal& seal) {
  Bilingual words;
  switch (seal.covers) {
    case Seal::Covers::document:
      words = std::holds_alternative<SealTrailer>(seal.at)
                  ? Bilingual{"报文全部字节，含长度前缀、报文头和结束符；不含文末印鉴及其标记",
                              "all bytes of the message, framing included, without the trailer and its mark"}
                  : Bilingual{"报文全部字节，含长度前缀、报文头和结束符",
                              "all bytes of the message, framing included"};
      break;
    case Seal::Covers::body:
      words = {"正文的字节，不含长度前缀、报文头和结束符",
               "the bytes of the body, without length prefix, header block and end mark"};
      break;
    case Seal::Covers::place:
      words = place_words(seal.covered);
      if (seal.covered.span) break;
      if (profile.format == Format::json) {
        words.zh += " 的值，含花括号或引号";
        words.en += ": the member's value as it stands, braces or quotes included";
      } else if (seal.covered.path.back().attribute) {
        words.zh += " 引号之间的字节";
        words.en += ": what stands between its quotes";
      } else {
        words.zh += " 元素，自“<”至“>”，含标签";
        words.en += ": the element from its “<” to its “>”, tags included";
      }
      break;
  }
  if (const auto* place = std::get_if<SealPlace>(&seal.at)) {
    const Bilingual own = own_value(profile, *place);
    words.zh += own.zh;
    words.en += own.en;
  }
  return words;
}

std::string in_shell(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) c == '\'' ? quoted += "'\\''" : quoted += c;
  return quoted + "'";
}

/// Writes the seal's bytes to its output.
std::string bytes_command(const SealMethod& method) {
  switch (method.algorithm) {
    case SealAlgorithm::sm2_sm3:
      return fmt::format("openssl pkeyutl -sign -rawin -digest sm3 -pkeyopt {} -inkey KEY.pem -in COVERED",
                         in_shell("distid:" + method.distinguishing_id));
    case SealAlgorithm::rsa_sha256:
    case SealAlgorithm::ecdsa_sha256:
      return "openssl dgst -sha256 -sign KEY.pem COVERED";
    case SealAlgorithm::rsa_pss_sha256:
      return "openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest -sign KEY.pem "
             "COVERED";
    case SealAlgorithm::hmac_sm3:
      return "openssl mac -digest SM3 -macopt hexkey:SECRET -in COVERED -binary HMAC";
    case SealAlgorithm::hmac_sha256:
      return "openssl mac -digest SHA256 -macopt hexkey:SECRET -in COVERED -binary HMAC";
    case SealAlgorithm::pkcs7:
      return "openssl cms -sign -binary -md sha256 -signer CERTIFICATE.pem -inkey KEY.pem -outform DER -in "
             "COVERED";
  }
  return {};
}

std::string command_of(const Seal& seal) {
  std::string command = bytes_command(seal.method);
  const bool in_hex = seal.encoding == Seal::Encoding::hex;
  if (seal.method.raw) {
    // OpenSSL writes DER. Of P-384 each number has 96 digits.
    command +=
        " | openssl asn1parse -inform DER | awk -F: '/INTEGER/ {printf \"%64s\", $4}' | tr ' A-F' '0a-f'";
    if (in_hex) return command;
    command += " | xxd -r -p";
  }
  return command + (in_hex ? " | od -An -v -tx1 | tr -d ' \\n'" : " | openssl base64 -A");
}

}  // namespace

SealTerms terms_of(const Profile& profile, const Seal& seal) {
  const SealMethod& method = seal.method;
  const bool is_sm2 = method.algorithm == SealAlgorithm::sm2_sm3;
  const bool has_form = is_sm2 || method.algorithm == SealAlgorithm::ecdsa_sha256;
  return {.algorithm = name(method.algorithm),
          .signature = !has_form    ? ""
                       : method.raw ? "raw"
                                    : "der",
          .distinguishing_id = is_sm2 ? std::string_view(method.distinguishing_id) : "",
          .encoding = seal.encoding == Seal::Encoding::hex ? "hex" : "base64",
          .at = at_words(seal),
          .key_at = key_words(seal),
          .covers = covered_words(profile, seal),
          .command = command_of(seal)};
}

Date first_day(const SealKey& key) {
  return civil_day(key.from);
}

Date last_day(const SealKey& key) {
  return civil_day({key.until.micros - 1});
}

}  // namespace loangate::adapters
