#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "adapters/profile/profile.hpp"
#include "ops/answer.hpp"
#include "store/store.hpp"

namespace loangate::ops {

/// What is wrong with an entry of the journal as it is stored: its bytes are not those of its digest, or its
/// canonical form is not that of its content digest. Pure. `in_force` is the partner's profile, or null: it
/// says which fields of a message are transport, so the content of one that another version read is not
/// looked at. Nor can the bytes be of which only a digest over more was kept: a file of many records, a
/// message that was refused for the seal in its HTTP head.
std::optional<Words> fault_of(const store::StoredEntry& stored, const adapters::Profile* in_force);

/// How the check of the record stands.
struct RecordStanding {
  Sequence through = {};                   ///< of the round under way
  Sequence until = {};                     ///< where it ends: the last entry when it began
  std::uint64_t rounds = 0;                ///< gone to their end since the start
  std::optional<Instant> last_round = {};  ///< when the last of them ended, real time
  std::uint64_t faults = 0;                ///< entries that were not well when they were last looked at
  Sequence first_fault = {};               ///< the first of them
  Words fault = {};                        ///< what is wrong with it
};

/// In a sentence.
Words words_of(const RecordStanding& standing);

/// Reads the whole journal again and again, slowly, on a thread of its own, and compares what is stored with
/// its digests; sequences must have no gaps. What a disk or a hand changes is found within a round, while a
/// backup that still has it is there. Nothing is changed; a fault is kept until a later round finds the entry
/// well.
class RecordCheck {
 public:
  struct Pace {
    std::size_t entries = 16;  ///< of one look
    std::chrono::milliseconds between_looks{64};
    std::chrono::milliseconds between_rounds{60'000};
  };
  using Profiles = std::function<std::shared_ptr<const adapters::Partners>()>;

  /// The store outlives it.
  RecordCheck(const store::Store& store, Profiles profiles, Pace pace);
  RecordCheck(const store::Store& store, Profiles profiles)
      : RecordCheck(store, std::move(profiles), Pace()) {}
  RecordCheck(const RecordCheck&) = delete;
  RecordCheck& operator=(const RecordCheck&) = delete;

  /// Any thread.
  RecordStanding standing() const;

 private:
  void keep_looking(const std::stop_token& stop);
  bool look();
  void look_at(const store::StoredEntry& stored);
  void note(Sequence sequence, Words what);
  void passed(Sequence through);

  const store::Store& store_;
  const Profiles profiles_;
  const Pace pace_;
  std::shared_ptr<const adapters::Partners> partners_;  // of the look under way

  mutable std::mutex mutex_;  // guards the rest
  RecordStanding standing_;
  std::map<Sequence, Words> found_;   // by this round
  std::map<Sequence, Words> before_;  // by the round before, of entries not yet looked at again
  std::condition_variable_any wake_;
  std::jthread thread_;  // the last: it ends first
};

}  // namespace loangate::ops
