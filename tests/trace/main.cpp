// The traceability page: `loangate_trace SOURCE_DIR [--json]`, called by `./dev trace`.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <string_view>

#include "base/json_writer.hpp"
#include "tests/trace/trace.hpp"

namespace {

using loangate::JsonWriter;
using loangate::trace::Rule;

void write_list(JsonWriter& json, std::string_view name, const std::vector<std::string>& items) {
  json.key(name).begin_array();
  for (const std::string& item : items) json.value(std::string_view(item));
  json.end_array();
}

void print_json(const std::map<std::string, Rule>& rules) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  for (const auto& [number, rule] : rules) {
    json.key(number).begin_object();
    if (rule.asks_nothing.empty()) {
      write_list(json, "places", rule.places);
      write_list(json, "tests", rule.tests);
    } else {
      json.member("reason", std::string_view(rule.asks_nothing));
    }
    json.end_object();
  }
  json.end_object();
  fmt::print("{}\n", out);
}

void print_page(const std::map<std::string, Rule>& rules) {
  fmt::print("# 规则追踪 · Traceability of the rules\n");
  for (const auto& [number, rule] : rules) {
    fmt::print("\n## {} {} · {}\n", number, rule.zh, rule.en);
    if (!rule.asks_nothing.empty()) {
      fmt::print("\n对软件无要求 · asks nothing of software: {}\n", rule.asks_nothing);
      continue;
    }
    fmt::print("\n实现 · built in\n");
    for (const std::string& place : rule.places) fmt::print("- {}\n", place);
    fmt::print("\n验证 · shown by\n");
    for (const std::string& test : rule.tests) fmt::print("- {}\n", test);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const bool json = argc == 3 && std::string_view(argv[2]) == "--json";
  if (argc != 2 && !json) {
    fmt::print(stderr, "loangate_trace SOURCE_DIR [--json]\n");
    return 2;
  }
  try {
    const auto rules = loangate::trace::trace(argv[1]);
    json ? print_json(rules) : print_page(rules);
    const auto missing = loangate::trace::gaps(argv[1]);
    for (const std::string& gap : missing) fmt::print(stderr, "{}\n", gap);
    return missing.empty() ? 0 : 1;
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 1;
  }
}
