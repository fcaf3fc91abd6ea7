#pragma once
#include "simulate/player.hpp"

namespace loangate::simulate {

/// Counts at the partners what reached them, and holds the whole summary against what the story says had to
/// come: every difference is a surprise.
void reckon(Player& player);

}  // namespace loangate::simulate
