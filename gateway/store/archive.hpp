#pragma once
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "store/store.hpp"

namespace loangate::store {

/// Moves old days of the journal out of the store, so that its file becomes smaller, and removes texts whose
/// time is over (settled 19, decision 0024). What it may remove is decided by who calls it. One thread at a
/// time calls; it takes as long as it takes, and the writer goes on beside it: no step holds a group up for
/// more than some milliseconds.
///
/// What a crash can leave behind: a file that nothing names, which sweep() takes away; a day of which some
/// entries are moved and others not, which archive_next() goes on with. Every entry can be read at any time.
class Archive {
 public:
  /// Asked between steps: no gives the work up.
  using GoOn = std::function<bool()>;

  virtual ~Archive() = default;

  /// Oldest first. Nothing if the store cannot be read now. From any thread.
  virtual std::optional<std::vector<ArchivedDay>> days() const = 0;

  /// Moves the texts of the oldest day that is still in the store into a file, if that day is before `before`
  /// and an entry of a later day has followed; and gives the space back to the disk. Nothing: there is no
  /// such day. The error is a sentence; what is done is gone on with next time.
  virtual std::expected<std::optional<ArchivedDay>, std::string> archive_next(Date before,
                                                                              const GoOn& go_on) = 0;

  /// A day's file without what was removed, and what that was.
  struct Remainder {
    ArchivedDay day;            ///< for Writes::archived
    std::uint64_t removed = 0;  ///< entries
    std::uint64_t bytes = 0;    ///< of their texts, packed
    Digest digest = {};         ///< over their texts, as of ArchivedDay
  };
  /// Asks of each entry whose texts are there whether they stay, in order, and writes a file of those.
  /// Nothing is removed until a unit commits `day`, and then by sweep(). If all stay, nothing is written.
  virtual std::expected<Remainder, std::string> keep_only(
      const ArchivedDay& day, const std::function<bool(const StoredEntry&)>& stays, const GoOn& go_on) = 0;

  /// Takes away the files that no day names any more.
  virtual void sweep() = 0;

  /// How many reads of the store have failed so far: readers give nothing then. Who decides by what he does
  /// not find compares before and after. From any thread.
  virtual std::uint64_t failed_reads() const = 0;
};

}  // namespace loangate::store
