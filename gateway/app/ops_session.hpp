#pragma once
#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "net/http.hpp"

namespace loangate::app {

/// Exit codes of the commands.
enum class Exit : int {
  done = 0,
  failed = 1,
  usage = 2,
  refused = 3,
  second_person = 4,
  partly = 5,
  again = 75
};

/// Which gateway is talked to, as whom, and how the answer is shown: the options that all these commands
/// share.
struct OpsOptions {
  std::string url = "https://127.0.0.1:8444";
  std::filesystem::path certificate, key, ca;
  std::filesystem::path data;  ///< of ./dev run: `pki/persons/PERSON.pem` and `.key`, `pki/ca.pem`
  std::string person;
  bool json = false;
};

/// Adds the shared options to a command; environment variables LOANGATE_OPS, _CERT, _KEY, _CA, _DATA and _AS
/// give their defaults.
void add_ops_options(CLI::App& command, const std::shared_ptr<OpsOptions>& options);

/// One call, and what to do with its answer.
class OpsSession {
 public:
  explicit OpsSession(const OpsOptions& options) : options_(options) {}

  /// Sends it. Without an answer it has printed why; `exit` says what for, also of an answer that refuses.
  std::optional<net::Response> ask(std::string_view method, std::string target, std::string body, Exit& exit);
  /// Sends it. Without an answer, or with a refusal, it has printed why and `exit` says what for; else
  /// nothing is printed but, with --json, the body.
  std::optional<net::Response> send(std::string_view method, std::string target, std::string body,
                                    Exit& exit);

 private:
  const OpsOptions& options_;
};

/// Prints a problem document for a person, on standard error.
void print_problem(const net::Response& response);

/// What an answer of the port may have: as much as a list of acts.
inline constexpr JsonLimits greatest_answer{.max_bytes = 16u << 20, .max_depth = 16, .max_nodes = 600'000};

/// What acts would make, or made, of the registry, counted: of a dry run, or of acts that are kept as a
/// whole.
void print_effects(const JsonDocument& document);

/// The outcome of acts on standard output: one line each, with its findings.
void print_outcomes(const JsonDocument& document);

}  // namespace loangate::app
