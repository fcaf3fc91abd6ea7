#pragma once
#include <expected>
#include <filesystem>
#include <functional>
#include <string>

#include "store/sqlite/connection.hpp"
#include "store/store.hpp"

namespace loangate::store {

/// Copies a store as it is committed now, by a connection of its own, into a new file that only its owner can
/// read; see Store::copy_to. `go_on` is asked between steps of some milliseconds. What a crash leaves behind:
/// a part of the new file, without a log.
std::expected<Sequence, std::string> copy_store(Connection& from, const std::filesystem::path& to,
                                                const std::function<void()>& at_that_moment,
                                                const std::function<bool()>& go_on);

}  // namespace loangate::store
