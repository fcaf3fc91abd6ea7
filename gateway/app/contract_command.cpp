#include "app/contract_command.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>

#include "adapters/contract/contract.hpp"
#include "app/config.hpp"
#include "base/json.hpp"
#include "base/json_writer.hpp"

namespace loangate::app {
namespace {

namespace fs = std::filesystem;
using adapters::ContractFile;
using adapters::Profile;

struct ContractOptions {
  fs::path config = "config";
  std::string partner;
  bool all = false;
  fs::path out;
  bool json = false;
};

/// What there is in a folder, relative to it, without the folders themselves.
std::set<std::string> files_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_directory() || entry.is_symlink())
      names.insert(entry.path().lexically_relative(folder).string());
  }
  return names;
}

/// The files that an earlier contract in the folder says are its own.
std::set<std::string> files_of_contract(const fs::path& folder) {
  std::ostringstream text;
  text << std::ifstream(folder / adapters::contract_index, std::ios::binary).rdbuf();
  std::set<std::string> names;
  JsonDocument json;
  if (!json.read(text.str()) || json.member(json.root(), "loangate_contract") == nullptr) return names;
  names.emplace(adapters::contract_index);
  const JsonNode* const files = json.member(json.root(), "files");
  if (files == nullptr) return names;
  for (const JsonNode* file = json.first(*files); file != nullptr; file = json.next(*file)) {
    if (const JsonNode* name = json.member(*file, "name")) names.emplace(name->text);
  }
  return names;
}

/// Why a folder's contents must not be replaced; "" if they may.
std::string refusal(const fs::path& folder) {
  if (!fs::exists(folder)) return {};
  if (!fs::is_directory(folder)) return "it is no folder";
  const std::set<std::string> own = files_of_contract(folder);
  for (const std::string& name : files_in(folder)) {
    if (!own.contains(name))
      return fmt::format("it holds {}, which no contract of ours wrote: name another folder, or move it away",
                         name);
  }
  return {};
}

/// Writes the contract beside the folder and lets it take the folder's place: there is the old one or the new
/// one. The error says why there is not.
std::string write(const std::vector<ContractFile>& files, const fs::path& folder) {
  if (std::string why = refusal(folder); !why.empty()) return why;
  const fs::path parent = folder.has_parent_path() ? folder.parent_path() : ".";
  std::error_code fault;
  fs::create_directories(parent, fault);
  std::string beside = (parent / fmt::format(".{}.XXXXXX", folder.filename().string())).string();
  if (mkdtemp(beside.data()) == nullptr) return std::strerror(errno);
  const auto give_up = [&](std::string why) {
    fs::remove_all(beside, fault);
    return why;
  };
  for (const ContractFile& file : files) {
    const fs::path path = fs::path(beside) / file.name;
    fs::create_directories(path.parent_path(), fault);
    std::ofstream out(path, std::ios::binary);
    out.write(file.bytes.data(), static_cast<std::streamsize>(file.bytes.size()));
    if (!out.flush()) return give_up(fmt::format("{}: {}", path.string(), std::strerror(errno)));
  }
  fs::permissions(beside, fs::perms(0755), fault);
  const bool exchanged = fs::exists(folder);
  const unsigned how = exchanged ? RENAME_EXCHANGE : RENAME_NOREPLACE;
  if (renameat2(AT_FDCWD, beside.c_str(), AT_FDCWD, folder.c_str(), how) != 0)
    return give_up(std::strerror(errno));
  if (exchanged) fs::remove_all(beside, fault);
  return {};
}

void print(const ConfigErrors& errors) {
  for (const ConfigError& error : errors) fmt::print(stderr, "{}\n", error.text());
}

/// One partner's contract; false if it could not be written, which is said.
bool write_contract(const Profile& profile, const fs::path& folder, JsonWriter* json) {
  const std::vector<ContractFile> files = adapters::contract(profile);
  if (const std::string why = write(files, folder); !why.empty()) {
    fmt::print(stderr, "loangate: {}: {}\n", folder.string(), why);
    return false;
  }
  std::size_t bytes = 0;
  for (const ContractFile& file : files) bytes += file.bytes.size();
  if (json == nullptr) {
    fmt::print("{}: {} 个文件 files, {} B: {}\n", profile.id.view(), files.size(), bytes,
               (folder / adapters::contract_page).string());
    return true;
  }
  json->begin_object()
      .member("partner", profile.id.view())
      .member("folder", folder.string())
      .member("files", static_cast<std::uint64_t>(files.size()))
      .member("bytes", static_cast<std::uint64_t>(bytes))
      .end_object();
  return true;
}

int write_contracts(const ContractOptions& options) {
  const auto config = load_config(options.config, "data");
  if (!config) return print(config.error()), 1;
  const auto partners = adapters::load_partners(config->partners);
  if (!partners) return print(partners.error()), 1;
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("contracts").begin_array();
  bool written = true;
  bool found = false;
  for (const auto& profile : partners->all()) {
    if (!options.all && profile->id.view() != options.partner) continue;
    found = true;
    // A folder is named without the slash that may end it.
    const fs::path named = options.out.has_filename() ? options.out : options.out.parent_path();
    const fs::path folder = options.all ? named / profile->id.string() : named;
    written = write_contract(*profile, folder, options.json ? &json : nullptr) && written;
  }
  if (!found) {
    fmt::print(stderr, "loangate: 没有机构 {0} · there is no partner {0}\n", options.partner);
    return 2;
  }
  if (options.json) fmt::print("{}\n", (json.end_array().end_object(), out));
  return written ? 0 : 1;
}

}  // namespace

void add_contract(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "contract",
      "接口约定 · write a partner's contract: page, schemas or layout, codes, samples; no server needed");
  command->footer(
      "  loangate contract --partner phrcb --out contract-phrcb\n"
      "  loangate contract --all --out contracts --json\n"
      "An earlier contract in the folder is replaced as a whole; a folder with anything else in it is "
      "refused.");
  auto options = std::make_shared<ContractOptions>();
  command->add_option("--config", options->config, "folder with gateway.yaml")
      ->envname("LOANGATE_CONFIG")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  auto* partner = command->add_option("--partner", options->partner, "whose contract");
  auto* all = command->add_flag("--all", options->all, "of every partner, each in a folder of its name");
  partner->excludes(all);
  command->add_option("--out", options->out, "the folder to write")->required();
  command->add_flag("--json", options->json, "print one JSON object");
  command->callback([options, &exit_code] {
    if (!options->all && options->partner.empty()) throw CLI::RequiredError("--partner or --all");
    exit_code = write_contracts(*options);
  });
}

}  // namespace loangate::app
