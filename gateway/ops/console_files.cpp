#include "ops/console_files.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/contains.hpp"
#include "ops/console_table.hpp"

namespace loangate::ops {
namespace {

// Nothing from elsewhere, nothing inline, in no frame. An answer that breaks it is a fault of the console.
constexpr std::string_view policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src "
    "'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

constexpr std::string_view document = "/index.html";

const ConsoleFile* file_at(std::string_view path) {
  const auto table = console_table();
  const auto found = std::ranges::find(table, path, &ConsoleFile::path);
  return found == table.end() ? nullptr : &*found;
}

const ConsoleFile* file_for(const net::RequestHead& head) {
  if ((head.method != "GET" && head.method != "HEAD") || !head.path.starts_with('/')) return nullptr;
  if (const ConsoleFile* file = file_at(head.path)) return file;
  const std::string_view first = head.path.substr(1, head.path.find('/', 1) - 1);
  return head.path == "/" || contains(console_pages(), first) ? file_at(document) : nullptr;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Calls `each` with the elements of a comma-separated field.
void for_each_element(std::string_view list, auto each) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    each(trimmed(list.substr(0, comma)));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

/// Whether Accept-Encoding names the coding with a weight other than 0.
bool accepts(std::string_view accepted, std::string_view coding) {
  bool yes = false;
  for_each_element(accepted, [&](std::string_view element) {
    const std::size_t semicolon = std::min(element.find(';'), element.size());
    if (!net::same_token(trimmed(element.substr(0, semicolon)), coding)) return;
    const std::string_view weight = trimmed(element.substr(std::min(semicolon + 1, element.size())));
    yes = !(weight.starts_with("q=0") && weight.find_first_not_of("0.", 2) == std::string_view::npos);
  });
  return yes;
}

struct Form {
  std::string_view coding;  ///< empty: as it is
  ConsolePlace place;
};

Form form_of(const ConsoleFile& file, std::string_view accepted) {
  if (file.brotli.size > 0 && accepts(accepted, "br")) return {"br", file.brotli};
  if (file.gzip.size > 0 && accepts(accepted, "gzip")) return {"gzip", file.gzip};
  return {"", file.plain};
}

bool has_tag(std::string_view known, std::string_view tag) {
  bool found = false;
  for_each_element(known, [&](std::string_view element) {
    if (element.starts_with("W/")) element.remove_prefix(2);
    found = found || element == tag || element == "*";
  });
  return found;
}

}  // namespace

bool is_of_console(const net::RequestHead& head) {
  return file_for(head) != nullptr;
}

std::optional<net::Response> console_answer(const net::RequestHead& head) {
  const ConsoleFile* file = file_for(head);
  if (file == nullptr) return std::nullopt;
  const Form form = form_of(*file, head.field("Accept-Encoding"));
  const std::string tag =
      fmt::format("\"{}{}{}\"", file->digest, form.coding.empty() ? "" : "-", form.coding);
  net::Response response{
      .content_type = std::string(file->type),
      .headers = {
          {"Cache-Control", file->named_by_content ? "public, max-age=31536000, immutable" : "no-cache"},
          {"ETag", tag},
          {"Vary", "Accept-Encoding"},
          {"Content-Security-Policy", std::string(policy)},
          {"X-Content-Type-Options", "nosniff"},
          {"Referrer-Policy", "no-referrer"},
          {"Cross-Origin-Opener-Policy", "same-origin"},
          {"Cross-Origin-Resource-Policy", "same-origin"}}};
  if (has_tag(head.field("If-None-Match"), tag)) {
    response.status = 304;
    return response;
  }
  if (!form.coding.empty()) response.headers.emplace_back("Content-Encoding", std::string(form.coding));
  response.body = console_bytes(form.place);
  return response;
}

}  // namespace loangate::ops
