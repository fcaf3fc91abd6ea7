#include "command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "app/ops_commands.hpp"

namespace loangate::ops::testing {

Printed loangate(const Port& port, std::string_view person, std::vector<std::string> arguments) {
  const Access access = port.access(person);
  for (const auto& [option, value] : {std::pair{"--ops", access.url},
                                      {"--cert", access.certificate.string()},
                                      {"--key", access.key.string()},
                                      {"--ca", access.ca.string()}}) {
    arguments.emplace_back(option);
    arguments.push_back(value);
  }
  CLI::App app;
  Printed printed;
  app::add_ops_commands(app, printed.exit_code);
  std::ranges::reverse(arguments);  // as CLI11 takes a vector
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    printed.exit_code = error.get_exit_code() == 0 ? 0 : 2;
    printed.out = error.what();
  }
  printed.out += ::testing::internal::GetCapturedStdout();
  printed.err = ::testing::internal::GetCapturedStderr();
  return printed;
}

}  // namespace loangate::ops::testing
