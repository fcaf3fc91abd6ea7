#include "store/sqlite/fingerprints.hpp"

#include <algorithm>
#include <cstring>

namespace loangate::store {

namespace {

constexpr std::size_t shard_count = 256;
constexpr std::size_t first_slots = 8;

// The kind of identity comes first, so that a message id can never be taken for a loan number.
Fingerprint fingerprint(std::string_view kind, std::string_view owner, std::string_view id) {
  // length-prefixed parts in one buffer: at most 7 + 24 + 80 bytes and their lengths
  std::array<char, 256> buffer;
  std::size_t used = 0;
  for (const std::string_view part : {kind, owner, id}) {
    buffer[used++] = static_cast<char>(part.size());
    std::memcpy(buffer.data() + used, part.data(), part.size());
    used += part.size();
  }
  const Digest digest = sha256({buffer.data(), used});
  Fingerprint key;
  std::copy_n(digest.begin(), key.size(), key.begin());
  return key;
}

// Where the search for a key begins: bytes 1 to 8 as a fraction of the shard (byte 0 chose the shard).
std::size_t start_of(const Fingerprint& key, std::size_t slots) {
  std::uint64_t fraction = 0;
  std::memcpy(&fraction, key.data() + 1, sizeof fraction);
  return static_cast<std::size_t>((static_cast<unsigned __int128>(fraction) * slots) >> 64);
}

}  // namespace

Fingerprint message_fingerprint(const PartnerId& partner, const MessageId& id) {
  return fingerprint("message", partner.view(), id.view());
}

Fingerprint unreadable_fingerprint(const PartnerId& partner, const Digest& raw) {
  return fingerprint("bytes", partner.view(), view(raw));
}

Fingerprint loan_fingerprint(const LoanRef& ref) {
  return fingerprint("loan", ref.lender.view(), ref.number.view());
}

bool FingerprintIndex::Slot::empty() const {
  std::uint32_t low = 0;
  std::memcpy(&low, number.data(), sizeof low);
  return low == 0 && number[4] == 0;
}

Sequence FingerprintIndex::Slot::sequence() const {
  std::uint64_t value = 0;
  std::memcpy(&value, number.data(), number.size());  // little endian, as all our machines
  return {value};
}

void FingerprintIndex::Slot::set(const Fingerprint& k, Sequence sequence) {
  key = k;
  std::memcpy(number.data(), &sequence.number, number.size());
}

FingerprintIndex::FingerprintIndex() : shards_(shard_count) {}

FingerprintIndex::Slot& FingerprintIndex::place(std::vector<Slot>& slots, const Fingerprint& key) {
  // Eight bytes tell nearly all keys apart, in one comparison: this loop is most of a start with millions of
  // entries.
  const auto first_half = [](const Fingerprint& of) {
    std::uint64_t half = 0;
    std::memcpy(&half, of.data(), sizeof half);
    return half;
  };
  const std::uint64_t wanted = first_half(key);
  std::size_t at = start_of(key, slots.size());
  while (!slots[at].empty() && (first_half(slots[at].key) != wanted || slots[at].key != key)) {
    if (++at == slots.size()) at = 0;
  }
  return slots[at];
}

void FingerprintIndex::grow(Shard& shard) {
  std::vector<Slot> larger(std::max(first_slots, shard.slots.size() * 13 / 10));
  for (const Slot& slot : shard.slots) {
    if (!slot.empty()) place(larger, slot.key) = slot;
  }
  shard.slots.swap(larger);
}

std::optional<Sequence> FingerprintIndex::find(const Fingerprint& key) const {
  const std::vector<Slot>& slots = shards_[key[0]].slots;
  if (slots.empty()) return std::nullopt;
  const Slot& slot = place(const_cast<std::vector<Slot>&>(slots), key);  // place() changes nothing
  if (slot.empty()) return std::nullopt;
  return slot.sequence();
}

void FingerprintIndex::put(const Fingerprint& key, Sequence sequence) {
  Shard& shard = shards_[key[0]];
  if (shard.used * 20 >= shard.slots.size() * 17) grow(shard);  // more than 85 % full: chains get long
  Slot& slot = place(shard.slots, key);
  if (slot.empty()) ++shard.used;
  slot.set(key, sequence);
}

void FingerprintIndex::put(std::span<const std::pair<Fingerprint, Sequence>> keys) {
  constexpr std::size_t at_once = 32;
  for (; !keys.empty(); keys = keys.subspan(std::min(at_once, keys.size()))) {
    const auto some = keys.first(std::min(at_once, keys.size()));
    for (const auto& [key, sequence] : some) {
      const std::vector<Slot>& slots = shards_[key[0]].slots;
      if (!slots.empty()) __builtin_prefetch(&slots[start_of(key, slots.size())]);
    }
    for (const auto& [key, sequence] : some) put(key, sequence);
  }
}

std::size_t FingerprintIndex::size() const {
  std::size_t sum = 0;
  for (const Shard& shard : shards_) sum += shard.used;
  return sum;
}

void FingerprintIndex::clear() {
  for (Shard& shard : shards_) shard = {};
}

}  // namespace loangate::store
