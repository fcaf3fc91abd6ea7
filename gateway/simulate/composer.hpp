#pragma once
#include <cstdint>
#include <string>

#include "adapters/profile/profile.hpp"
#include "domain/messages.hpp"

namespace loangate::simulate {

/// Fills in what a partner's own host would: the message id as its format composes it, the time of sending,
/// the institution's code; and leaves out what its format has no place for.
class Composer {
 public:
  /// Ids count on from `first`: two composers of one partner with the same `first` give the same ids on one
  /// day.
  Composer(const adapters::Profile& profile, std::uint64_t first) : profile_(profile), next_(first) {}

  /// Completes a message of the partner's, of a kind that the profile has.
  void complete(MessageKind kind, Record& message, Instant now);

  /// Whether the format has a place for the field, or for the column of a group's rows.
  bool carries(MessageKind kind, std::uint16_t field, std::uint16_t column = FieldPath::none) const;

  /// Whether the format has a place for the field and the partner a code of its own for this one.
  bool can_say(MessageKind kind, std::uint16_t field, Code code,
               std::uint16_t column = FieldPath::none) const;

  /// The greatest rate up to `most` that the format can write exactly: a monthly rate in ‰ cannot say every
  /// yearly one.
  Rate rate_up_to(MessageKind kind, std::uint16_t field, Rate most) const;

 private:
  const adapters::Line* find(MessageKind kind, std::uint16_t field, std::uint16_t column) const;
  std::string message_id(const adapters::Layout& layout, const adapters::Line& line, const Record& message,
                         Instant now);

  const adapters::Profile& profile_;
  std::uint64_t next_;
};

}  // namespace loangate::simulate
