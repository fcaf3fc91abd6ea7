#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "domain/date.hpp"

namespace loangate::app {

struct TryOptions {
  std::filesystem::path config;
  std::string partner;
  std::filesystem::path file;                 ///< `-` is standard input
  std::optional<std::filesystem::path> data;  ///< judge on this registry (the server must be down)
  std::optional<Date> on;                     ///< the day to judge for; today otherwise
  bool annotate = false;                      ///< lay it over its mapping first
  bool json = false;
};

/// `loangate try`: decodes and judges one message without a server and without writing anything. Prints the
/// canonical JSON and the findings, each with its place in the message. Without a registry it is judged as if
/// the partner were admitted, the company listed, and nothing else filed; a message about a loan is then only
/// decoded. Returns 0 accepted or held, 1 otherwise, 2 if it could not be tried.
int try_message(const TryOptions& options);

}  // namespace loangate::app
