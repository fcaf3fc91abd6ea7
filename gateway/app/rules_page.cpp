#include "app/rules_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "app/rules_words.hpp"
#include "base/json_writer.hpp"
#include "domain/messages.hpp"
#include "domain/remedy.hpp"

namespace loangate::app {
namespace {

using programme::Clause;
using programme::LossRule;
using programme::Programme;
using programme::Rulebook;
using programme::Version;

std::string values_of(std::string_view rule, const Clause::Parameter& parameter) {
  std::string text;
  for (const std::string& value : parameter.values) {
    text += fmt::format("{}{}", text.empty() ? "" : "、", words_of_value(rule, parameter.key, value));
  }
  return text.empty() ? "无 none" : text;
}

std::string parameter_text(std::string_view rule, const Clause::Parameter& parameter) {
  const RuleWords* const words = words_of_parameter(rule, parameter.key);
  const std::string values = values_of(rule, parameter);
  if (words == nullptr) return fmt::format("{}: {}", parameter.key, values);
  return fmt::format("{} · {}: {}", words->zh, words->en, values);
}

/// `风险补偿金 fund 4 : 担保机构 jxguar 4 : 银行 bank 2`
std::string shares_text(const LossRule::Shares& shares) {
  std::string text;
  std::int64_t given = 0;
  for (const LossRule::Payer& payer : shares.payers) {
    text += fmt::format("{} {} {} : ", spec_of(payer.role).zh,
                        payer.partner ? payer.partner->string() : std::string(spec_of(payer.role).name),
                        payer.parts);
    given += payer.parts;
  }
  return text + fmt::format("银行 bank {}", shares.whole - given);
}

std::vector<std::pair<RuleWords, std::string>> share_lines(const LossRule& rule) {
  return {{{"信用、质押、抵押等", "Unguaranteed"}, shares_text(rule.unguaranteed)},
          {{"担保机构保证", "Guaranteed by an institution"}, shares_text(rule.guaranteed_by_institution)},
          {{"其他保证", "Guaranteed by others"}, shares_text(rule.guaranteed_by_others)}};
}

// --- Pages

std::string in_force(const Version& version) {
  return version.until ? fmt::format("{} – {}", format(version.from), format(*version.until))
                       : fmt::format("{} –", format(version.from));
}

std::string partners_of(const Programme& programme) {
  if (programme.partners.empty()) return "其他方案未列名的所有机构 · everybody whom no other programme names";
  std::string list;
  for (const PartnerId& partner : programme.partners)
    list += fmt::format("{}{}", list.empty() ? "" : ", ", partner.view());
  return list;
}

void add_rule(const Version& version, const Clause& clause, std::string& page) {
  const RuleWords* const words = words_of_rule(clause.rule);
  page += words == nullptr
              ? fmt::format("\n## {}\n", clause.rule)
              : fmt::format("\n## {} · {}   [{}]\n", words->zh, words->en, numbers_of_rule(clause.rule));
  if (!clause.stated) {
    page += "未规定，不检验 · not stated, so not tested\n";
    return;
  }
  page += fmt::format("依据 clause: {}\n{}\n{}\n", clause.clause, clause.zh, clause.en);
  for (const Clause::Parameter& parameter : clause.parameters)
    page += fmt::format("- {}\n", parameter_text(clause.rule, parameter));
  if (clause.rule != "loss" || !version.loss) return;
  for (const auto& [who, shares] : share_lines(*version.loss))
    page += fmt::format("- {} · {}: {}\n", who.zh, who.en, shares);
}

/// The last day for which the table vouches (settled 30).
Date vouched_to(const Rulebook& rulebook) {
  Date day = rulebook.lpr().publications().back().on;
  while (rulebook.lpr().quote(day.plus_days(1), LprTenor::one_year, rulebook.calendar())->vouched)
    day = day.plus_days(1);
  return day;
}

template <class See>
void each_version(const Rulebook& rulebook, std::optional<Date> on, See see) {
  for (const Programme& programme : rulebook.programmes()) {
    for (const Version& version : programme.versions) {
      if (!on || version.in_force(*on)) see(programme, version);
    }
  }
}

void write_clause(JsonWriter& json, const Version& version, const Clause& clause) {
  json.begin_object().member("rule", std::string_view(clause.rule)).member("stated", clause.stated);
  if (const RuleWords* words = words_of_rule(clause.rule))
    json.member("name_zh", words->zh).member("name_en", words->en);
  if (clause.stated) {
    json.member("clause", std::string_view(clause.clause))
        .member("zh", std::string_view(clause.zh))
        .member("en", std::string_view(clause.en))
        .key("parameters")
        .begin_object();
    for (const Clause::Parameter& parameter : clause.parameters) {
      json.key(parameter.key).begin_array();
      for (const std::string& value : parameter.values) json.value(std::string_view(value));
      json.end_array();
    }
    json.end_object();
    if (clause.rule == "loss" && version.loss) {
      json.key("shares").begin_object();
      json.member("unguaranteed", shares_text(version.loss->unguaranteed))
          .member("guaranteed_by_institution", shares_text(version.loss->guaranteed_by_institution))
          .member("guaranteed_by_others", shares_text(version.loss->guaranteed_by_others));
      json.end_object();
    }
  }
  json.end_object();
}

const Clause* clause_of(const Version& version, std::string_view rule) {
  const auto found = std::ranges::find(version.clauses, rule, &Clause::rule);
  return found == version.clauses.end() ? nullptr : &*found;
}

std::string sends_again(const FindingSpec& finding) {
  return finding.may_resend ? "是，编号未占用 · yes, the id was not used up"
                            : "否，请用新编号 · no, take a new id";
}

}  // namespace

const FindingSpec* find_finding(std::string_view name_or_number) {
  int number = 0;
  const auto [end, fault] =
      std::from_chars(name_or_number.data(), name_or_number.data() + name_or_number.size(), number);
  const bool is_number = fault == std::errc{} && end == name_or_number.data() + name_or_number.size();
  for (const FindingSpec& finding : all_findings()) {
    if (is_number ? static_cast<int>(finding.code) == number : finding.name == name_or_number)
      return &finding;
  }
  return nullptr;
}

std::string rules_page(const Rulebook& rulebook, std::optional<Date> on) {
  std::string page;
  each_version(rulebook, on, [&](const Programme& programme, const Version& version) {
    page += fmt::format("{}# {} · {}\n", page.empty() ? "" : "\n\n", version.title_zh, version.title_en);
    page += fmt::format("方案 programme: {} · 版本 version: {} · 施行 in force: {}\n适用 for: {}\n",
                        programme.name, version.name, in_force(version), partners_of(programme));
    for (const Clause& clause : version.clauses) add_rule(version, clause, page);
  });
  if (page.empty()) page = "该日没有生效的办法 · no version of any programme is in force on that day\n";
  const auto& last = rulebook.lpr().publications().back();
  page += fmt::format(
      "\n\n# 数据 · Data\n- LPR: 末次公布 last published {}，1年期 one year {} %，5年期以上 five years {} "
      "%；可用至 vouched for "
      "until {}\n- 工作日历 · Calendar: {} – {}\n",
      format(last.on), format_percent(last.one_year), format_percent(last.five_years),
      format(vouched_to(rulebook)), format(rulebook.calendar().valid_from()),
      format(rulebook.calendar().valid_to()));
  return page;
}

std::string rules_json(const Rulebook& rulebook, std::optional<Date> on) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("versions").begin_array();
  each_version(rulebook, on, [&](const Programme& programme, const Version& version) {
    json.begin_object()
        .member("programme", std::string_view(programme.name))
        .member("version", std::string_view(version.name))
        .member("title_zh", std::string_view(version.title_zh))
        .member("title_en", std::string_view(version.title_en))
        .member("from", format(version.from));
    if (version.until) json.member("until", format(*version.until));
    json.key("partners").begin_array();
    for (const PartnerId& partner : programme.partners) json.value(partner.view());
    json.end_array().key("rules").begin_array();
    for (const Clause& clause : version.clauses) write_clause(json, version, clause);
    json.end_array().end_object();
  });
  json.end_array()
      .key("lpr")
      .begin_object()
      .member("published_on", format(rulebook.lpr().publications().back().on))
      .member("vouched_to", format(vouched_to(rulebook)))
      .end_object()
      .key("calendar")
      .begin_object()
      .member("valid_from", format(rulebook.calendar().valid_from()))
      .member("valid_to", format(rulebook.calendar().valid_to()))
      .end_object()
      .end_object();
  return out;
}

std::string finding_page(const FindingSpec& finding, const Rulebook& rulebook) {
  std::string page = fmt::format("{} ({})\n", finding.name, static_cast<int>(finding.code));
  if (!finding.clause.empty()) page += fmt::format("依据 clause: {}\n", finding.clause);
  page += fmt::format("{}\n{}\n", finding.zh, finding.en);
  page += fmt::format("同号可否重发 · same id again: {}\n", sends_again(finding));
  const Remedy& todo = remedy_for(finding.code);
  page += fmt::format("怎么办 · what to do: {} · {}\n", todo.zh, todo.en);
  const RestsOn* const on = rests_on(finding.code);
  if (on == nullptr) return page;
  const RuleWords& rule = *words_of_rule(on->rule);
  page += fmt::format("\n所依规则 · the rule it rests on: {} · {} ({})\n", rule.zh, rule.en, on->rule);
  if (!on->severity.empty())
    page += fmt::format("后果由参数规定 · what follows is a parameter: {}\n", on->severity);
  each_version(rulebook, std::nullopt, [&](const Programme& programme, const Version& version) {
    page += fmt::format("\n{} {} ({})\n", programme.name, version.name, in_force(version));
    const Clause* const clause = clause_of(version, on->rule);
    if (clause == nullptr || !clause->stated) {
      page += "  未规定，不检验 · not stated, so not tested\n";
      return;
    }
    for (const Clause::Parameter& parameter : clause->parameters)
      page += fmt::format("  - {}\n", parameter_text(clause->rule, parameter));
  });
  return page;
}

std::string finding_json(const FindingSpec& finding, const Rulebook& rulebook) {
  std::string out;
  JsonWriter json(out);
  const Remedy& todo = remedy_for(finding.code);
  json.begin_object()
      .member("code", finding.name)
      .member("number", static_cast<std::uint64_t>(finding.code))
      .member("clause", finding.clause)
      .member("zh", finding.zh)
      .member("en", finding.en)
      .member("may_resend", finding.may_resend)
      .member("remedy_zh", todo.zh)
      .member("remedy_en", todo.en);
  if (const RestsOn* const on = rests_on(finding.code)) {
    json.member("rule", on->rule);
    if (!on->severity.empty()) json.member("severity_parameter", on->severity);
    json.key("versions").begin_array();
    each_version(rulebook, std::nullopt, [&](const Programme& programme, const Version& version) {
      json.begin_object()
          .member("programme", std::string_view(programme.name))
          .member("version", std::string_view(version.name))
          .key("rule");
      if (const Clause* const clause = clause_of(version, on->rule)) {
        write_clause(json, version, *clause);
      } else {
        json.null();
      }
      json.end_object();
    });
    json.end_array();
  }
  json.end_object();
  return out;
}

}  // namespace loangate::app
