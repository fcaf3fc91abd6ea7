#include "base/bytes.hpp"

#include <openssl/evp.h>

#include <cstdlib>

namespace loangate {
namespace {

// libcrypto reports failure of these calls only when it is out of memory: there is nothing to go on with.
void must(int ok) {
  if (ok != 1) std::abort();
}

const EVP_MD* sha256_algorithm() {
  static const EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm;
}

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Digest sha256(std::string_view bytes) {
  Digest digest;
  must(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, sha256_algorithm(), nullptr));
  return digest;
}

DigestBuilder::DigestBuilder() : context_(EVP_MD_CTX_new()) {
  must(EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_), sha256_algorithm(), nullptr));
}

DigestBuilder::~DigestBuilder() {
  EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_));
}

DigestBuilder& DigestBuilder::add(std::uint64_t number) {
  std::array<char, 8> big_endian{};
  for (int i = 7; i >= 0; --i, number >>= 8) big_endian[i] = static_cast<char>(number & 0xff);
  must(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), big_endian.data(), big_endian.size()));
  return *this;
}

DigestBuilder& DigestBuilder::add(std::string_view part) {
  add(static_cast<std::uint64_t>(part.size()));
  must(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), part.data(), part.size()));
  return *this;
}

Digest DigestBuilder::finish() {
  Digest digest;
  must(EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), digest.data(), nullptr));
  return digest;
}

std::string hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::string hex(const Digest& digest) {
  return hex(view(digest));
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = nibble(text[i]);
    const int low = nibble(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

}  // namespace loangate
