#include "delivery/encoded.hpp"

#include "adapters/codec/codec.hpp"
#include "adapters/seal/seal.hpp"

namespace loangate::delivery {

std::expected<std::string, std::string> encoded(const adapters::Profile& profile,
                                                const store::Delivery& row) {
  const MessageSpec& spec = spec_of(row.kind);
  if (profile.find(row.kind) == nullptr) {
    return std::unexpected("the partner's profile has no " + std::string(spec.name));
  }
  const auto message = read_canonical(*spec.record, row.message);
  if (!message) return std::unexpected("the stored message cannot be read: " + message.error());
  auto body = adapters::encode(profile, row.kind, *message);
  if (body) return adapters::put_seal(profile, adapters::Way::to_partner, *std::move(body), real_now());
  // Whether a character outside the charset is marked or parked is the profile's to say; what comes here is
  // to be parked.
  return std::unexpected("cannot be written in the partner's format: " + body.error().reason);
}

}  // namespace loangate::delivery
