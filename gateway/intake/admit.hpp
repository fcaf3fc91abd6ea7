#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/batch/records.hpp"
#include "adapters/codec/codec.hpp"
#include "adapters/seal/seal.hpp"
#include "programme/decide.hpp"
#include "store/store.hpp"

namespace loangate::intake {

/// A partner's message on its way to the registry: the bytes, and what the profile made of them.
struct Submission {
  std::shared_ptr<const adapters::Profile> profile;  ///< by which it is read, answered and recorded
  std::string raw;
  Instant received;   ///< business time at the last byte (settled 9)
  Digest raw_digest;  ///< of the bytes; of a message refused for a seal in the HTTP head, of that too
  std::expected<adapters::Decoded, adapters::Undecoded> read;
  Digest content{};            ///< of a readable message: without transport fields (settled 11)
  std::string canonical = {};  ///< of a readable message: its canonical JSON
  std::string seal_key = {};   ///< the key under which its seal was proved; empty: its partner does not seal
  std::optional<adapters::RecordPlace> in_file = {};  ///< it is a record of a file: findings stand there

  /// The bytes without a seal behind them: what was decoded.
  std::string_view message() const {
    return adapters::without_trailer(*profile, adapters::Way::from_partner, raw);
  }
};

/// Whether a message must prove its seal to be read. Only what is not judged may go without.
enum class Seals : std::uint8_t { proved, not_looked_at };

/// Proves the seal and decodes the bytes; what can be done before the message's turn is done here, off the
/// single writer. A message whose seal does not hold is unreadable: what was decoded of it names it, no more.
/// `head` is what its HTTP head says of the seal.
Submission submit(std::shared_ptr<const adapters::Profile> profile, std::string raw, Instant received,
                  const adapters::SealFields& head = {}, Seals seals = Seals::proved);

/// The same of a record of a file that has been read.
Submission submit(std::shared_ptr<const adapters::Profile> profile, const adapters::CutRecord& record,
                  std::expected<adapters::Decoded, adapters::Undecoded> read, Instant received);

/// What the partner gets, and what the log may know of it. It may be sent only after its writes are
/// committed.
struct Reply {
  unsigned status = 503;     ///< 200 accepted or held, 422 rejected, 400 unreadable, 409 conflict
  std::string receipt = {};  ///< in the partner's own format and encoding
  std::optional<Sequence> sequence = {};  ///< of the entry that the receipt answers
  Outcome outcome = Outcome::rejected;
  bool duplicate = false;  ///< the receipt is the first one, byte for byte
  std::string finding_codes = {};
  std::optional<FindingRow> first_finding = {};
  std::size_t findings = 0;
  std::vector<PartnerId> addressed = {};  ///< to whom something goes out because of it
};

/// The way of one message through the registry: known before? → decide → receipt → what to write. Called on
/// the single writer with the view of its group; fills `reply` and returns everything that must commit with
/// it.
store::Writes admit(const Submission& submission, const programme::Rulebook& rulebook,
                    const store::View& view, Sequence sequence, Reply& reply);

/// A file of many records as a whole, under the id that it has among the partner's messages (settled 11): the
/// same bytes are a duplicate, others a conflict. Of a file that was refused, `read` has the findings.
store::Writes admit_file(const Submission& file, const MessageId& id, Outcome outcome,
                         const store::View& view, Sequence sequence, Reply& reply);

}  // namespace loangate::intake
