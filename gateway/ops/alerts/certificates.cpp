#include "ops/alerts/certificates.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <memory>

namespace loangate::ops::alerts {
namespace {

constexpr std::int64_t micros_a_second = 1'000'000;
constexpr std::int64_t micros_a_day = 86'400 * micros_a_second;

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(char* text) const { OPENSSL_free(text); }
  void operator()(X509_CRL* list) const { X509_CRL_free(list); }
};

std::optional<Instant> instant_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return Instant{static_cast<std::int64_t>(timegm(&parts)) * micros_a_second};
}

/// The pins of one name: none of them matters as long as one has no end.
template <class Holder>
void add_pins(const Holder& holder, Instant now, std::vector<Seen::Certificate>& found) {
  std::optional<Instant> last;
  for (const net::Pin& pin : holder.pins) {
    if (!pin.until) return;
    last = std::max(last.value_or(*pin.until), *pin.until);
  }
  if (last && last->micros > now.micros - micros_a_day) found.push_back({"pin-" + holder.name, *last});
}

}  // namespace

std::optional<Instant> first_end(const std::filesystem::path& pem) {
  const std::unique_ptr<BIO, Free> file(BIO_new_file(pem.c_str(), "r"));
  std::optional<Instant> first;
  if (!file) return first;
  while (const std::unique_ptr<X509, Free> certificate{
      PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr)}) {
    if (const auto end = instant_of(X509_get0_notAfter(certificate.get())))
      first = std::min(first.value_or(*end), *end);
  }
  ERR_clear_error();  // the end of the file is one to OpenSSL
  return first;
}

std::optional<Seen::Certificate> revocations(const std::filesystem::path& pem) {
  std::map<std::string, Seen::Certificate> last_of;
  const std::unique_ptr<BIO, Free> file(BIO_new_file(pem.c_str(), "r"));
  while (file) {
    const std::unique_ptr<X509_CRL, Free> list(PEM_read_bio_X509_CRL(file.get(), nullptr, nullptr, nullptr));
    if (!list) break;
    const auto from = instant_of(X509_CRL_get0_lastUpdate(list.get()));
    const auto until = instant_of(X509_CRL_get0_nextUpdate(list.get()));
    const std::unique_ptr<char, Free> issuer(X509_NAME_oneline(X509_CRL_get_issuer(list.get()), nullptr, 0));
    if (!from || !until || !issuer) continue;
    auto& last = last_of.try_emplace(issuer.get(), "crl", *until, *from).first->second;
    if (*until > last.not_after) last = {"crl", *until, *from};
  }
  ERR_clear_error();  // the end of the file is one to OpenSSL
  const auto first =
      std::ranges::min_element(last_of, {}, [](const auto& each) { return each.second.not_after; });
  if (first == last_of.end()) return std::nullopt;
  return first->second;
}

std::vector<Seen::Certificate> certificates(const CertificateFiles& files, const net::Identities& identities,
                                            Instant now) {
  std::vector<Seen::Certificate> found;
  const auto add = [&](const char* use, const std::filesystem::path& file) {
    if (const auto end = first_end(file)) found.push_back({use, *end});
  };
  add("server", files.server);
  add("own_client", files.own_client);
  add("client_ca", files.client_ca);
  if (files.push_ca != files.client_ca) add("push_ca", files.push_ca);
  if (auto list = revocations(files.crl)) found.push_back(*std::move(list));
  for (const net::Sender& sender : identities.senders) add_pins(sender, now, found);
  for (const net::Person& person : identities.persons) add_pins(person, now, found);
  return found;
}

}  // namespace loangate::ops::alerts
