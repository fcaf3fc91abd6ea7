#include "net/contract_answer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/contract/contract.hpp"
#include "base/bytes.hpp"
#include "net/problem.hpp"

namespace loangate::net {

namespace {

using adapters::ContractFile;

/// Which part is meant.
std::string_view part_of(const RequestHead& head) {
  const auto part = head.parameter("part");
  if (part) return *part == "index" ? adapters::contract_index : *part;
  return head.field("Accept") == "application/json" ? adapters::contract_index : adapters::contract_page;
}

}  // namespace

Response contract_answer(const adapters::Profile& profile, const RequestHead& head) {
  std::vector<ContractFile> all = adapters::contract(profile);
  const auto file = std::ranges::find(all, part_of(head), &ContractFile::name);
  if (file == all.end()) {
    std::string known;
    for (const ContractFile& each : all) known += fmt::format("{}{}", known.empty() ? "" : ", ", each.name);
    return problem(404, "没有此部分 · No such part", fmt::format("可用 · parts: index, {}", known));
  }
  const std::string tag = fmt::format("\"{}\"", hex(sha256(file->bytes)).substr(0, 32));
  Response response{.status = 200, .content_type = file->media_type, .headers = {{"ETag", tag}}};
  if (head.field("If-None-Match") == tag) {
    response.status = 304;
    response.content_type.clear();
    return response;
  }
  response.body = std::move(file->bytes);
  return response;
}

}  // namespace loangate::net
