#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "simulate/player.hpp"

namespace loangate::simulate {

/// A document of the story: one page that says what it stands for.
struct Document {
  DocumentKind kind;
  std::string name;
  std::string pdf;
};

/// A PDF of one page with one line in ASCII.
std::string one_page(std::string_view line);

/// What goes with an application for compensation or for a write-off: the kinds that the loan's
/// bank can name in such a message.
std::vector<Document> documents_with(const StoryLoan& loan, MessageKind kind);

}  // namespace loangate::simulate
