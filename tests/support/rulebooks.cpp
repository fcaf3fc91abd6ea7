#include "tests/support/rulebooks.hpp"
#include "base/temporary_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>

namespace loangate::support {
namespace {

namespace fs = std::filesystem;

const fs::path config = LOANGATE_SOURCE_DIR "/config";
constexpr std::string_view changed_file = "pinghu-2022.yaml";

[[noreturn]] void stop(const std::string& why) {
  fmt::print(stderr, "{}\n", why);
  std::exit(2);
}

/// The lines of a rule are its key in the first column and what is indented below it. Of a parameter the
/// value is replaced, of a whole rule everything.
void set(std::vector<std::string>& lines, const std::string& path, const std::string& value) {
  const std::string rule = path.substr(0, path.find('.')) + ':';
  auto at = std::ranges::find_if(lines, [&](const std::string& line) { return line.starts_with(rule); });
  if (at == lines.end()) stop(fmt::format("{} has no rule `{}`", changed_file, rule));
  const auto end = std::find_if(at + 1, lines.end(),
                                [](const std::string& line) { return !line.empty() && line.front() != ' '; });
  if (!path.contains('.')) {
    *at = fmt::format("{} {}", rule, value);
    lines.erase(at + 1, end);
    return;
  }
  const std::string key = path.substr(path.rfind('.') + 1) + ':';
  const auto header = at;
  for (++at; at != end; ++at) {
    const auto begin = at->find_first_not_of(' ');
    if (begin == std::string::npos || !at->substr(begin).starts_with(key)) continue;
    *at = fmt::format("{}{} {}", std::string(begin, ' '), key, value);
    lines.erase(at + 1, std::find_if(at + 1, end, [&](const std::string& line) {
                  return line.find_first_not_of(' ') <= begin;
                }));
    return;
  }
  // A parameter that the file leaves at what it is without being written.
  lines.insert(header + 1, fmt::format("  {} {}", key, value));
}

programme::Rulebook load(const Fields& parameters) {
  std::ifstream file(config / "programmes" / changed_file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  for (const auto& [path, value] : parameters) set(lines, path, value.value_or(""));

  const TemporaryFolder temporary;
  const fs::path& folder = temporary.path();
  for (const auto& entry : fs::directory_iterator(config / "programmes")) {
    if (entry.path().filename() != changed_file)
      fs::copy_file(entry.path(), folder / entry.path().filename());
  }
  std::ofstream changed(folder / changed_file);
  for (const std::string& line : lines) changed << line << '\n';
  changed.close();
  auto loaded = programme::load_rulebook(folder, config / "calendar.yaml", config / "lpr.yaml");
  if (!loaded) stop(loaded.error().front().text());
  return std::move(*loaded);
}

}  // namespace

const programme::Rulebook& rulebook_under(const Fields& parameters) {
  static std::map<Fields, programme::Rulebook> loaded;
  const auto known = loaded.find(parameters);
  return known != loaded.end() ? known->second : loaded.emplace(parameters, load(parameters)).first->second;
}

programme::Rulebook rulebook_with(const std::function<void(programme::Version&)>& change) {
  std::vector<programme::Programme> programmes = rulebook().programmes();
  for (programme::Programme& each : programmes) {
    if (each.partners.empty()) change(each.versions.front());
  }
  return {std::move(programmes), {}, rulebook().calendar(), rulebook().lpr()};
}

}  // namespace loangate::support
