#pragma once
#include "adapters/profile/profile.hpp"

namespace loangate::adapters {

/// Shows that a profile carries what it must: writes and reads back, of each of its messages, one with all
/// fields and one with the required ones alone; the parts of its batch files; and receipts for bytes that
/// nobody could read, with more findings than the partner takes (settled 14). What cannot be written, or
/// comes back otherwise, is an error.
ConfigErrors prove(const Profile& profile);

}  // namespace loangate::adapters
