#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "domain/messages.hpp"
#include "intake/office.hpp"
#include "ops/answer.hpp"

namespace loangate::ops {

/// Most acts in one array.
inline constexpr std::size_t most_acts = 1000;

/// The acts in a request's body.
struct ActBody {
  bool array = false;  ///< a JSON array of acts, which is answered by an array; else one act
  std::vector<intake::GivenAct> acts;
};

/// Reads one act in canonical JSON or, if `arrays`, an array of them. If anything is wrong with any of them
/// none is read; every act's first fault is told.
std::expected<ActBody, Refusal> read_acts(MessageKind kind, std::string_view body, bool arrays);

/// The text members of a small object, in the order of `names`; absent ones are empty. All others are
/// refused.
std::expected<std::vector<std::string>, Refusal> read_texts(std::string_view body,
                                                            std::vector<std::string_view> names);

}  // namespace loangate::ops
