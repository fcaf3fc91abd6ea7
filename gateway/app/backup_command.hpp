#pragma once
#include <CLI/CLI.hpp>

#include "app/config.hpp"
#include "ops/system/backup.hpp"

namespace loangate::app {

/// What a backup of this gateway is made of; private keys, secrets and certificates only if they are asked
/// for.
ops::BackupPlan backup_plan(const Config& config, bool with_keys);

/// Adds `loangate backup` and `loangate restore`; what they run sets `exit_code`.
void add_backup_commands(CLI::App& app, int& exit_code);

}  // namespace loangate::app
