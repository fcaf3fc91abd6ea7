#include "net/contract_shelf.hpp"

#include <fmt/format.h>

#include <algorithm>

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

Response ContractShelf::answer(const adapters::Profile& profile, const RequestHead& head) {
  const auto all = files(profile);
  const auto file = std::ranges::find(*all, part_of(head), &ContractFile::name);
  if (file == all->end()) {
    std::string known;
    for (const ContractFile& each : *all) known += fmt::format("{}{}", known.empty() ? "" : ", ", each.name);
    return problem(404, "没有此部分 · No such part", fmt::format("可用 · parts: index, {}", known));
  }
  const std::string tag = fmt::format("\"{}\"", hex(sha256(file->bytes)).substr(0, 32));
  Response response{.status = 200, .content_type = file->media_type, .headers = {{"ETag", tag}}};
  if (head.field("If-None-Match") == tag) {
    response.status = 304;
    response.content_type.clear();
    return response;
  }
  response.body = file->bytes;
  return response;
}

std::shared_ptr<const ContractShelf::Files> ContractShelf::files(const adapters::Profile& profile) {
  const std::lock_guard lock(mutex_);
  auto& written = written_[&profile];
  if (written == nullptr) written = std::make_shared<const Files>(adapters::contract(profile));
  return written;
}

}  // namespace loangate::net
