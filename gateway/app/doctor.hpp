#pragma once
#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "app/ops_session.hpp"

namespace loangate::app {

/// One thing that was looked at.
struct Symptom {
  enum class Grade : std::uint8_t { bad, warning, good } grade;
  std::string area;  ///< stable: `configuration`, `certificates`, `disk` …
  std::string zh, en;
};

/// What an operator would look at by hand, on the machine on which the gateway runs or is to run:
/// configuration, certificates, keys, disk, store, ports, clock, files; and if it runs and `ops` names a
/// person, what it says of itself. Changes nothing. `every_page`: also of a large store.
std::vector<Symptom> examine(const std::filesystem::path& config, const std::filesystem::path& data,
                             const OpsOptions& ops, bool every_page);

/// Adds `loangate doctor`: exit code 0 if nothing is bad, 1 if something is.
void add_doctor(CLI::App& app, int& exit_code);

}  // namespace loangate::app
