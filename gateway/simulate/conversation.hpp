#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "simulate/scenario.hpp"
#include "simulate/talk.hpp"

namespace loangate::simulate {

enum class Verdict : std::uint8_t {
  passed,
  failed,
  left_out,  ///< the partner's format has no place for it, or an earlier step failed
};

/// One step as it went.
struct StepReport {
  int line = 0;                  ///< of the script
  Date on = Date::from_days(0);  ///< business day
  PartnerId who = {};            ///< who acted; empty: the office, or the clock
  std::string zh, en;            ///< what was done
  Verdict verdict = Verdict::left_out;
  std::string reason;       ///< why it failed, Chinese and English
  std::string note;         ///< what the format had no place for
  std::string sent, came;   ///< as they went over the wire, shown in UTF-8
  std::string sent_sha256;  ///< of the bytes themselves
  unsigned status = 0;      ///< HTTP; 0: nothing was answered
};

struct ScriptReport {
  const Script* script = nullptr;
  Verdict verdict = Verdict::left_out;
  std::string reason;  ///< why it was left out or failed
  std::vector<StepReport> steps;
};

/// Numbers that nobody has used: of companies and of loans.
struct Fresh {
  std::uint32_t company = 100;
  std::uint32_t loan = 1;
};

/// Why this partner cannot play the part: another role, programme or delivery, or a place that its format
/// lacks. Empty: it can.
std::string unfit(const Stage& stage, const Partner& partner, const Script& script);

/// A partner's step has been done.
using Told = std::function<void(const Partner&, const StepReport&)>;

/// Plays one script with each of the partners in the part that it is about, the others as themselves: all of
/// them one step after the other, so that the clock moves for all at once. Companies are entered by the
/// office beforehand. A step that fails ends the script for its partner. One report a partner, in their
/// order; who is unfit has none of its steps. Runs on the context of the peers, whose thread the office's
/// calls block for moments.
boost::asio::awaitable<std::vector<ScriptReport>> converse(Stage& stage, const Letters& letters,
                                                           const Script& script,
                                                           std::vector<Partner*> partners, Fresh& fresh,
                                                           Told told);

}  // namespace loangate::simulate
