#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/codec/codec.hpp"
#include "programme/decide.hpp"
#include "store/store.hpp"

namespace loangate::intake {

/// A partner's message on its way to the registry: the bytes, and what the profile made of them.
struct Submission {
  std::shared_ptr<const adapters::Profile> profile;  ///< by which it is read, answered and recorded
  std::string raw;
  Instant received;  ///< business time at the last byte (settled 9)
  Digest raw_digest;
  std::expected<adapters::Decoded, adapters::Undecoded> read;
  Digest content{};            ///< of a readable message: without transport fields (settled 11)
  std::string canonical = {};  ///< of a readable message: its canonical JSON
};

/// Decodes the bytes; what can be done before the message's turn is done here, off the single writer.
Submission submit(std::shared_ptr<const adapters::Profile> profile, std::string raw, Instant received);

/// What the partner gets, and what the log may know of it. It may be sent only after its writes are
/// committed.
struct Reply {
  unsigned status = 503;     ///< 200 accepted or held, 422 rejected, 400 unreadable, 409 conflict
  std::string receipt = {};  ///< in the partner's own format and encoding
  std::optional<Sequence> sequence = {};  ///< of the entry that the receipt answers
  Outcome outcome = Outcome::rejected;
  bool duplicate = false;  ///< the receipt is the first one, byte for byte
  std::string finding_codes = {};
  std::vector<PartnerId> addressed = {};  ///< to whom something goes out because of it
};

/// The way of one message through the registry: known before? → decide → receipt → what to write. Called on
/// the single writer with the view of its group; fills `reply` and returns everything that must commit with
/// it.
store::Writes admit(const Submission& submission, const programme::Rulebook& rulebook,
                    const store::View& view, Sequence sequence, Reply& reply);

}  // namespace loangate::intake
