#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "domain/messages.hpp"
#include "intake/office.hpp"
#include "ops/answer.hpp"

namespace loangate::ops {

/// Most acts in one array, and in one that is kept whole or not at all: a list as a file has it.
inline constexpr std::size_t most_acts = 1000;
inline constexpr std::size_t most_acts_of_a_whole = 20'000;
inline constexpr std::size_t most_bytes_of_acts = 8u << 20;

/// The acts in a request's body.
struct ActBody {
  bool array = false;  ///< a JSON array of acts, which is answered by an array; else one act
  std::vector<intake::GivenAct> acts;
};

/// Reads one act in canonical JSON or, if `most` allows for more than one, an array of them. If anything is
/// wrong with any of them none is read; every act's first fault is told.
std::expected<ActBody, Refusal> read_acts(MessageKind kind, std::string_view body, std::size_t most);

/// The text members of a small object, in the order of `names`; absent ones are empty. All others are
/// refused.
std::expected<std::vector<std::string>, Refusal> read_texts(std::string_view body,
                                                            std::vector<std::string_view> names);

}  // namespace loangate::ops
