#pragma once
#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "adapters/batch/form.hpp"
#include "adapters/profile/file_drop.hpp"
#include "base/temporary_folder.hpp"

/// Partners' folders for tests, on a real file system.
namespace loangate::net::testing {

inline std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// All names of a folder, hidden ones too, sorted.
inline std::vector<std::string> names(const std::filesystem::path& folder) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    found.push_back(entry.path().filename().string());
  std::ranges::sort(found);
  return found;
}

/// `files` of a profile: names as PF20260921001.dat, at most 1 MiB.
inline std::shared_ptr<const adapters::FileDrop> rules_of(const std::string& keys) {
  const YamlFile file("profile.yaml",
                      "{incoming: 'PF{yyyyMMdd}{seq:3}.dat', returned: '{stem}.ret', " + keys + "}");
  adapters::BatchForm batch;
  batch.max_bytes = 1u << 20;
  auto rules = adapters::read_file_drop(file.root(), &batch);
  if (!file.errors().empty()) throw std::runtime_error(file.errors().front().text());
  return rules;
}

/// A root folder that goes with its owner, and bank01's folder in it.
class DropSite {
 public:
  const std::filesystem::path& root() const { return root_.path(); }
  std::filesystem::path at(const std::string& path, const std::string& partner = "bank01") const {
    return root() / partner / path;
  }
  void put(const std::string& path, const std::string& bytes, const std::string& partner = "bank01") const {
    std::ofstream(at(path, partner), std::ios::binary) << bytes;
  }

 private:
  TemporaryFolder root_;
};

}  // namespace loangate::net::testing
