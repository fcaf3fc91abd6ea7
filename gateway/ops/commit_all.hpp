#pragma once
#include <boost/asio/awaitable.hpp>
#include <vector>

#include "store/committer.hpp"

namespace loangate::ops {

/// Hands all units to the committer at once, so that they share its groups, and waits until the last is
/// decided. What became of each is told in their order. The units must own what they use: they run even if
/// nobody waits any more.
boost::asio::awaitable<std::vector<store::Committed>> commit_all(store::Committer& committer,
                                                                 std::vector<store::Unit> units);

/// Hands units over that are kept whole or not at all, and waits: whether they were kept. `keep` is asked on
/// the single writer when all have run.
boost::asio::awaitable<store::Committer::Kept> commit_whole(store::Committer& committer,
                                                            std::vector<store::Unit> units,
                                                            std::function<bool()> keep);

}  // namespace loangate::ops
