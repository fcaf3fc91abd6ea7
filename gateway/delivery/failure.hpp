#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace loangate::delivery {

/// Of what sort a failure to deliver is: what failures are grouped by, never their text. The code stands at
/// the head of a delivery's reason, `[refused] …`, so that a class is decided where the failure is and
/// nowhere else (decisions/0020).
enum class Failure : std::uint8_t {
  unwritable,  ///< it cannot be written in the partner's format
  unsealed,    ///< it cannot be sealed
  unreached,   ///< no address, no connection, no handshake
  no_answer,   ///< bytes went out and no whole answer came
  outage,      ///< an answer that speaks of the partner's trouble: HTTP 5xx
  nonsense,    ///< an answer that is no acknowledgement of its profile
  refused,     ///< the partner's word that it will not have it
  never_came,  ///< the partner's word that it does not know it
  unrecorded,  ///< it was sent, and what became of that is not on record: it may be under way
  other,       ///< recorded before failures had classes
};
inline constexpr std::size_t failure_count = 10;

/// What is known of a class: texts for people in both languages.
struct FailureSpec {
  std::string_view code;  ///< `refused`
  std::string_view step;  ///< of the way to the partner: write, connect, send, answer or unknown
  std::string_view why_zh, why_en;
  std::string_view runbook;               ///< name of the section
  std::string_view remedy_zh, remedy_en;  ///< what to do first
};
const FailureSpec& spec_of(Failure failure);

/// The reason as it is recorded: `[refused] account frozen`.
std::string stamped(Failure failure, std::string_view text);
/// The class of a recorded reason. Only reasons of failures have one: what a person wrote when a lane was
/// released is never asked.
Failure failure_of(std::string_view reason);
/// The recorded reason without its code.
std::string_view words_of(std::string_view reason);

}  // namespace loangate::delivery
