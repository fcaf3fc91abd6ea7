#pragma once
#include <cstdint>
#include <string>
#include <variant>

#include "adapters/profile/profile.hpp"
#include "delivery/carrier.hpp"
#include "delivery/failure.hpp"

/// What a partner's answer means, and what to do about it (settled 20). Pure.
namespace loangate::delivery {

/// The partner's word, in its own format: it has the message.
struct Taken {};
/// Its word that it will not have it, and why.
struct Refused {
  std::string reason;
};
/// It cannot have got it.
struct Unreached {
  std::string reason;
  Failure failure = Failure::unreached;
};
/// It never got it: the answer to a question about it.
struct NeverCame {};
/// It may have it. `outage`: the partner as a whole seems not to be well, rather than this answer wrong.
struct Unclear {
  std::string reason;
  bool outage;
  Failure failure = Failure::nonsense;
};
using Meaning = std::variant<Taken, Refused, Unreached, NeverCame, Unclear>;

/// 2xx alone is not yes: it is yes only if the acknowledgement fits the partner's profile, names our delivery
/// id and says that it was taken.
Meaning meaning_of(const adapters::Profile& profile, DeliveryId id, const Sent& sent);
/// The same for the answer to a question: 404 is 'never came'.
Meaning meaning_of_question(const adapters::Profile& profile, DeliveryId id, const Sent& sent);

/// The partner has it: the lane moves on.
struct Confirm {};
/// Stop the lane, for an operator to see. Reasons begin with the code of their class (failure.hpp).
struct Park {
  std::string reason;
};
/// The same id again, after a pause.
struct Again {
  std::string reason;
  bool unclear;
};
using Step = std::variant<Confirm, Park, Again>;

/// What follows, by the profile's policy for this kind of message. Under `query` a message that was tried is
/// asked about before it is sent again, so there `Again` begins with a question. `unclear_before` answers
/// that made no sense came before; with the `most_unclear`th the message is parked: it is no use to send it
/// for ever to one who answers nonsense.
Step step_after(const Meaning& meaning, adapters::OnUnknown policy, std::uint32_t unclear_before,
                std::uint32_t most_unclear);

}  // namespace loangate::delivery
