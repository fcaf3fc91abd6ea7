#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "store/store.hpp"

namespace loangate::store {

/// The first 16 bytes of a SHA-256 over what identifies something. What it finds is confirmed by reading the
/// entry.
using Fingerprint = std::array<std::uint8_t, 16>;

Fingerprint message_fingerprint(const PartnerId& partner, const MessageId& id);
Fingerprint unreadable_fingerprint(const PartnerId& partner, const Digest& raw);
Fingerprint loan_fingerprint(const LoanRef& ref);

/// Fingerprint → journal sequence, without limit of time (settled 11) in little memory: 21 bytes a slot, 24
/// to 32 an entry. Open addressing in 256 shards that grow by three tenths each on its own, so that no
/// insertion ever moves more than a small part of the table. Nothing is ever taken out.
class FingerprintIndex {
 public:
  FingerprintIndex();

  std::optional<Sequence> find(const Fingerprint& key) const;
  /// Adds the key, or gives a known one another sequence.
  void put(const Fingerprint& key, Sequence sequence);
  /// Puts many. The memory where each belongs is fetched while the others are put: the wait for it is most of
  /// a start.
  void put(std::span<const std::pair<Fingerprint, Sequence>> keys);
  std::size_t size() const;
  void clear();

 private:
  struct Slot {
    Fingerprint key{};
    std::array<std::uint8_t, 5>
        number{};  // a sequence has 40 bits here: a year at 34,000 a second; 0 is empty

    bool empty() const;
    Sequence sequence() const;
    void set(const Fingerprint& k, Sequence sequence);
  };
  struct Shard {
    std::vector<Slot> slots;
    std::size_t used = 0;
  };

  static Slot& place(std::vector<Slot>& slots, const Fingerprint& key);
  static void grow(Shard& shard);

  std::vector<Shard> shards_;
};

}  // namespace loangate::store
