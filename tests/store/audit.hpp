#pragma once
#include <string>

#include "store/store.hpp"

namespace loangate::store {

/// Reads a whole store and holds its parts against each other: gap-free numbers, every change and delivery
/// with its cause, the books of each company against its loans, ids against entries. Empty if all is well,
/// else what is not. For stores filled by sample::filing().
std::string audit(Store& store);

}  // namespace loangate::store
