#pragma once
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/conformity.hpp"
#include "app/sandbox.hpp"
#include "simulate/conversation.hpp"

namespace CLI {
class App;
}

namespace loangate::app {

/// `loangate conform`: holds partners to the conversation scripts on a gateway of its own, and writes for
/// each a report that both sides sign.
void add_conform(CLI::App& app, int& exit_code);

/// A step or a script of a partner has been done; for a person's eyes.
struct ConformProgress {
  simulate::Told step = [](const simulate::Partner&, const simulate::StepReport&) {};
  std::function<void(const simulate::Partner&, const simulate::ScriptReport&)> script =
      [](const simulate::Partner&, const simulate::ScriptReport&) {};
};

/// Enters all partners as institutions, and lets these play every script of their role, all at once. The
/// stage's clock must stand where the gateway's does. One result a partner, in their order; digests are left
/// empty.
std::vector<Conformity> conform(boost::asio::io_context& context, simulate::Stage& stage,
                                const simulate::Talk& talk, const std::vector<simulate::Partner*>& partners,
                                simulate::Fresh& fresh, const ConformProgress& progress);

}  // namespace loangate::app
