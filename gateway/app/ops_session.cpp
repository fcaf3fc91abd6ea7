#include "app/ops_session.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "app/table.hpp"
#include "ops/client.hpp"

namespace loangate::app {
namespace {

Exit exit_of(unsigned status) {
  if (status < 300) return Exit::done;
  switch (status) {
    case 400:
    case 405:
    case 413:
    case 415:
      return Exit::usage;
    case 401:
    case 403:
    case 404:
    case 409:
    case 422:
      return Exit::refused;
    case 429:
    case 503:
      return Exit::again;
    default:
      return Exit::failed;
  }
}

/// What --data and --as name, where the certificate and its key were not named themselves.
std::expected<ops::Access, std::string> access_of(const OpsOptions& options) {
  ops::Access access{
      .url = options.url, .certificate = options.certificate, .key = options.key, .ca = options.ca};
  const std::filesystem::path pki = options.data / "pki";
  if (!options.data.empty() && !options.person.empty()) {
    if (access.certificate.empty()) access.certificate = pki / "persons" / (options.person + ".pem");
    if (access.key.empty()) access.key = pki / "persons" / (options.person + ".key");
  }
  if (!options.data.empty() && access.ca.empty()) access.ca = pki / "ca.pem";
  if (access.certificate.empty() || access.key.empty() || access.ca.empty()) {
    return std::unexpected(
        "缺少证书 · whose certificate? give --data DIR --as PERSON, or --cert, --key and --ca (or "
        "LOANGATE_DATA and "
        "LOANGATE_AS, or LOANGATE_CERT, LOANGATE_KEY and LOANGATE_CA)");
  }
  return access;
}

std::string_view text_at(const JsonDocument& document, const JsonNode& object, std::string_view path) {
  const JsonNode* node = at(document, object, path);
  return node == nullptr ? std::string_view() : node->text;
}

void print_outcome(const JsonDocument& document, const JsonNode& result) {
  const std::string_view proposal = text_at(document, result, "proposal");
  fmt::print("{} {} · {}", text_at(document, result, "kind"), text_at(document, result, "step"),
             text_at(document, result, "outcome"));
  if (!proposal.empty()) fmt::print(" · {} · hash {}", proposal, text_at(document, result, "hash"));
  fmt::print(" · 流水号 entry {}\n", text_at(document, result, "sequence"));
  const JsonNode* findings = document.member(result, "findings");
  if (findings == nullptr) return;
  for (const JsonNode* row = document.first(*findings); row != nullptr; row = document.next(*row)) {
    fmt::print("  {} {} · {}\n", text_at(document, *row, "code"), text_at(document, *row, "text_zh"),
               text_at(document, *row, "text_en"));
  }
}

}  // namespace

void add_ops_options(CLI::App& command, const std::shared_ptr<OpsOptions>& options) {
  command.add_option("--ops", options->url, "the gateway's operations port")
      ->envname("LOANGATE_OPS")
      ->capture_default_str();
  command.add_option("--cert", options->certificate, "your certificate, PEM")->envname("LOANGATE_CERT");
  command.add_option("--key", options->key, "its key, PEM")->envname("LOANGATE_KEY");
  command.add_option("--ca", options->ca, "the CA of the gateway's certificate, PEM")->envname("LOANGATE_CA");
  command.add_option("--data", options->data, "data folder of ./dev run, which holds the certificates")
      ->envname("LOANGATE_DATA");
  command.add_option("--as", options->person, "the person in it, such as officer-li")->envname("LOANGATE_AS");
  command.add_flag("--json", options->json, "print the answer as it came");
}

std::optional<net::Response> OpsSession::ask(std::string_view method, std::string target, std::string body,
                                             Exit& exit) {
  const auto access = access_of(options_);
  if (!access) {
    fmt::print(stderr, "{}\n", access.error());
    exit = Exit::usage;
    return std::nullopt;
  }
  auto client = ops::Client::open(*access);
  if (!client) {
    for (const ConfigError& error : client.error()) fmt::print(stderr, "{}\n", error.text());
    exit = Exit::usage;
    return std::nullopt;
  }
  auto response = client->call(method, std::move(target), std::move(body));
  if (!response) {
    fmt::print(stderr, "无应答 · no answer from {}: {}\n", options_.url, response.error());
    exit = Exit::again;
    return std::nullopt;
  }
  exit = exit_of(response->status);
  return *std::move(response);
}

std::optional<net::Response> OpsSession::send(std::string_view method, std::string target, std::string body,
                                              Exit& exit) {
  auto response = ask(method, std::move(target), std::move(body), exit);
  if (!response) return std::nullopt;
  // An answer of 503 that is no problem document is one too: /readyz tells what is not ready.
  const bool problem = response->content_type.starts_with("application/problem+json");
  if (options_.json) fmt::print("{}\n", response->body);
  if (problem && !options_.json) print_problem(*response);
  if (problem) return std::nullopt;
  return response;
}

void print_problem(const net::Response& response) {
  JsonDocument document;
  if (!document.read(response.body)) {
    fmt::print(stderr, "HTTP {} {}\n", response.status, net::reason_phrase(response.status));
    return;
  }
  const JsonNode& root = document.root();
  fmt::print(stderr, "{}: {}\n", text_at(document, root, "code"), text_at(document, root, "detail"));
  if (const JsonNode* errors = document.member(root, "errors")) {
    for (const JsonNode* row = document.first(*errors); row != nullptr; row = document.next(*row)) {
      const std::string_view zh = text_at(document, *row, "detail/zh");
      const std::string_view en = text_at(document, *row, "detail/en");
      fmt::print(stderr, "  {}: {}{}{}\n", text_at(document, *row, "pointer"), zh, zh == en ? "" : " · ",
                 zh == en ? "" : en);
    }
  }
  fmt::print(stderr, "  (request {})\n", text_at(document, root, "request_id"));
}

void print_effects(const JsonDocument& document) {
  const JsonNode& root = document.root();
  fmt::print(
      "{}：新增 {} · 变更 {} · 不变 {} · {}: {} added, {} changed, {} as they were\n",
      text_at(document, root, "kept") == "true" ? "已办理" : "试办，未保存", text_at(document, root, "added"),
      text_at(document, root, "changed"), text_at(document, root, "same"),
      text_at(document, root, "kept") == "true" ? "done" : "a dry run, nothing was kept",
      text_at(document, root, "added"), text_at(document, root, "changed"), text_at(document, root, "same"));
}

void print_outcomes(const JsonDocument& document) {
  const JsonNode* results = document.member(document.root(), "results");
  if (results == nullptr) return print_outcome(document, document.root());
  for (const JsonNode* item = document.first(*results); item != nullptr; item = document.next(*item)) {
    if (const JsonNode* result = document.member(*item, "result")) {
      print_outcome(document, *result);
    } else {
      fmt::print("未保存，请重发 · not stored, send it again\n");
    }
  }
}

}  // namespace loangate::app
