#pragma once
#include <atomic>
#include <memory>
#include <utility>

#include "programme/rulebook.hpp"

namespace loangate::programme {

/// The rulebook in force, which can be extended while the gateway runs. A unit of work takes it when it runs,
/// on the single writer: once it is replaced, every unit that runs later judges by the new one.
class RulebookInForce {
 public:
  explicit RulebookInForce(Rulebook rulebook)
      : current_(std::make_shared<const Rulebook>(std::move(rulebook))) {}

  std::shared_ptr<const Rulebook> current() const { return current_.load(); }
  void replace(Rulebook rulebook) { current_.store(std::make_shared<const Rulebook>(std::move(rulebook))); }

  /// Whoever extends it has this meanwhile; one at a time.
  class Extension {
   public:
    explicit Extension(RulebookInForce& of) : of_(of), mine_(!of.extending_.exchange(true)) {}
    ~Extension() {
      if (mine_) of_.extending_ = false;
    }
    Extension(const Extension&) = delete;
    Extension& operator=(const Extension&) = delete;
    /// False: somebody else extends it now.
    explicit operator bool() const { return mine_; }

   private:
    RulebookInForce& of_;
    const bool mine_;
  };

 private:
  std::atomic<std::shared_ptr<const Rulebook>> current_;
  std::atomic<bool> extending_{false};
};

}  // namespace loangate::programme
