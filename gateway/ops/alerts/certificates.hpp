#pragma once
#include <filesystem>
#include <optional>
#include <vector>

#include "net/identities.hpp"
#include "ops/alerts/rules.hpp"

namespace loangate::ops::alerts {

/// The files whose certificates can end while the gateway runs.
struct CertificateFiles {
  std::filesystem::path server, own_client, client_ca, push_ca;
  std::filesystem::path crl = {};
};

/// When the first certificate of a PEM file ends that ends; nothing if none can be read from it.
std::optional<Instant> first_end(const std::filesystem::path& pem);

/// The list of revocations of a PEM file that ends first, as use `crl`; of one issuer the last to end counts.
/// When a list has ended nobody comes in by a certificate any more. Nothing if none can be read.
std::optional<Seen::Certificate> revocations(const std::filesystem::path& pem);

/// The files' certificates and lists of revocations, and pins with an end that lies ahead or less than a day
/// back: of a name the last to end, so that a retired key beside a new one is no trouble.
std::vector<Seen::Certificate> certificates(const CertificateFiles& files, const net::Identities& identities,
                                            Instant now);

}  // namespace loangate::ops::alerts
