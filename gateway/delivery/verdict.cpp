#include "delivery/verdict.hpp"

#include <fmt/format.h>

#include "adapters/codec/codec.hpp"
#include "adapters/seal/seal.hpp"

namespace loangate::delivery {
namespace {

template <class... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};

Unclear nonsense(unsigned status, std::string_view why) {
  return {fmt::format("HTTP {}: {}", status, why), false};
}

/// The finding that best says why the bytes are no acknowledgement.
std::string first_text(const Findings& findings) {
  return findings.empty() ? std::string("unreadable") : text_en(findings.front());
}

Meaning read_acknowledgement(const adapters::Profile& profile, DeliveryId id, const Answered& answer) {
  if (answer.status >= 500) return Unclear{fmt::format("HTTP {}", answer.status), true, Failure::outage};
  using adapters::Way;
  const auto head = adapters::seal_fields(profile, Way::from_partner, answer.headers);
  const auto proved = adapters::open_seal(profile, Way::from_partner, answer.body, head, real_now());
  if (!proved)
    return nonsense(answer.status, "the answer's seal does not hold: " + first_text(proved.error()));
  const auto decoded =
      adapters::decode(profile, adapters::without_trailer(profile, Way::from_partner, answer.body));
  if (!decoded) {
    return nonsense(answer.status, "the answer is no acknowledgement of its profile: " +
                                       first_text(decoded.error().findings));
  }
  if (decoded->kind != MessageKind::acknowledgement) {
    return nonsense(answer.status,
                    fmt::format("the answer is a {}, not an acknowledgement", spec_of(decoded->kind).name));
  }
  const auto word = Acknowledgement::from(decoded->record);
  if (word.delivery_id < 0 || static_cast<std::uint64_t>(word.delivery_id) != id.number) {
    return nonsense(answer.status, fmt::format("the acknowledgement names delivery {}", word.delivery_id));
  }
  if (word.taken == Answer::no) return Refused{word.reason.value_or("refused without a reason")};
  if (answer.status >= 300)
    return nonsense(answer.status, "the acknowledgement says yes, the status does not");
  return Taken{};
}

}  // namespace

Meaning meaning_of(const adapters::Profile& profile, DeliveryId id, const Sent& sent) {
  return std::visit(
      Match{
          [&](const Answered& answer) { return read_acknowledgement(profile, id, answer); },
          [](const NotSent& failure) -> Meaning { return Unreached{failure.reason}; },
          [](const Unknown& failure) -> Meaning { return Unclear{failure.reason, true, Failure::no_answer}; },
      },
      sent);
}

Meaning meaning_of_question(const adapters::Profile& profile, DeliveryId id, const Sent& sent) {
  if (const auto* answer = std::get_if<Answered>(&sent); answer != nullptr && answer->status == 404)
    return NeverCame{};
  return meaning_of(profile, id, sent);
}

Step step_after(const Meaning& meaning, adapters::OnUnknown policy, std::uint32_t unclear_before,
                std::uint32_t most_unclear) {
  return std::visit(
      Match{
          [](const Taken&) -> Step { return Confirm{}; },
          [](const Refused& no) -> Step { return Park{stamped(Failure::refused, no.reason)}; },
          [](const Unreached& failure) -> Step {
            return Again{stamped(failure.failure, failure.reason), false};
          },
          [](const NeverCame&) -> Step {
            return Again{stamped(Failure::never_came, "the partner says that it never came"), false};
          },
          [&](const Unclear& unknown) -> Step {
            if (policy == adapters::OnUnknown::park)
              return Park{stamped(unknown.failure, "unknown whether it was taken: " + unknown.reason)};
            if (unknown.outage) return Again{stamped(unknown.failure, unknown.reason), false};
            if (unclear_before + 1 < most_unclear)
              return Again{stamped(unknown.failure, unknown.reason), true};
            return Park{stamped(unknown.failure, fmt::format("{} answers that make no sense; the last: {}",
                                                             unclear_before + 1, unknown.reason))};
          },
      },
      meaning);
}

}  // namespace loangate::delivery
