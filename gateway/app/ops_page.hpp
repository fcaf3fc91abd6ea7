#pragma once
#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/ops_session.hpp"
#include "app/table.hpp"

namespace loangate::app {

/// Adds the shared options and the examples of a command's --help.
std::shared_ptr<OpsOptions> with_ops_options(CLI::App& command, std::string_view examples);

/// The subcommand of this name, which has subcommands of its own; added if it is not there yet.
CLI::App& add_noun(CLI::App& app, const std::string& name, const std::string& words);

/// Enters acts and prints what became of them, or would, if the target asks for a dry run.
Exit enter(const OpsOptions& options, std::string target, std::string acts);

/// A part of what a command shows: one call, the array in its answer, and the columns of its table.
struct Section {
  std::string title;
  std::string target;
  std::string_view array;
  std::vector<Column> columns;
};

/// Shows the sections one below the other. With --json each answer is a line.
Exit show(const OpsOptions& options, const std::vector<Section>& sections);

/// A command that shows what is there.
void add_reading(CLI::App& noun, std::string verb, std::string words, std::string_view examples,
                 const std::vector<Section>& sections, int& exit_code);

}  // namespace loangate::app
