#include "exchanges.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>
#include <fstream>

#include "base/json_writer.hpp"
#include "base/temporary_folder.hpp"
#include "ops/openapi.hpp"

namespace loangate::described {

namespace json = boost::json;

std::pair<bool, std::string> run(const std::string& command) {
  std::string printed;
  FILE* pipe = ::popen(fmt::format("cd '{}' && {} 2>&1", LOANGATE_JUDGES, command).c_str(), "r");
  if (pipe == nullptr) return {false, "no shell"};
  char block[4096];
  for (std::size_t got; (got = std::fread(block, 1, sizeof block, pipe)) > 0;) printed.append(block, got);
  return {::pclose(pipe) == 0, std::move(printed)};
}

void Exchanges::note(std::string_view method, std::string_view path, unsigned status, std::string_view type,
                     std::string_view sent, std::string_view got) {
  JsonWriter(lines_)
      .begin_object()
      .member("method", method)
      .member("path", path)
      .member("status", std::uint64_t{status})
      .member("type", type)
      .member("sent", sent)
      .member("got", type.contains("json") ? got : std::string_view())
      .end_object();
  lines_ += '\n';
}

Judgement Exchanges::judge() const {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "openapi.json", std::ios::binary) << ops::openapi();
  std::ofstream(folder.path() / "exchanges", std::ios::binary) << lines_;
  auto [good, said] =
      run(fmt::format("node validate.mjs '{0}/openapi.json' '{0}/exchanges'", folder.path().string()));
  Judgement judgement{.said = std::move(said)};
  if (!good || judgement.said.size() < 2) return judgement;
  const auto last = judgement.said.rfind('\n', judgement.said.size() - 2);
  const json::value sum = json::parse(judgement.said.substr(last == std::string::npos ? 0 : last + 1));
  judgement.judged = sum.at("judged").to_number<int>();
  judgement.faults = sum.at("faults").to_number<int>();
  for (const auto& path : sum.at("unseen").as_array()) judgement.unseen.emplace(path.as_string().c_str());
  return judgement;
}

}  // namespace loangate::described
