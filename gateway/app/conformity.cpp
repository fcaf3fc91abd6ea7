#include "app/conformity.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/version.hpp"
#include "base/bytes.hpp"
#include "base/html.hpp"
#include "base/json_writer.hpp"
#include "domain/messages.hpp"

namespace loangate::app {

using simulate::ScriptReport;
using simulate::StepReport;
using simulate::Verdict;

namespace {

struct VerdictWords {
  std::string_view name, zh, en, mark;
};
const VerdictWords& words_of(Verdict verdict) {
  static constexpr VerdictWords words[] = {{"passed", "通过", "passed", "✓"},
                                           {"failed", "未通过", "failed", "✗"},
                                           {"left_out", "不适用", "not applicable", "–"}};
  return words[static_cast<std::size_t>(verdict)];
}

constexpr std::string_view style = R"(
body { font: 15px/1.5 "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem; border-bottom: 1px solid #bbb }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0 }
.en { color: #555 } .passed { color: #12693a } .failed { color: #a8201a; font-weight: 600 } .left_out { color: #666 }
code, pre { font: 12px/1.4 "Noto Sans Mono CJK SC", monospace; overflow-wrap: anywhere; white-space: pre-wrap }
pre { background: #f4f4f2; padding: .5rem; max-height: 20rem; overflow: auto }
.hands td { height: 4.5rem; border: 1px solid #888; padding: .4rem; width: 50% }
@media print { pre { max-height: none } details:not([open]) { display: none } }
)";

void add_row(std::string& page, std::string_view zh, std::string_view en, std::string_view value) {
  page +=
      fmt::format("<tr><th>{} <span class=en>{}</span></th><td>{}</td></tr>\n", zh, en, html_escaped(value));
}

void add_step(std::string& page, const StepReport& step) {
  const VerdictWords& verdict = words_of(step.verdict);
  page += fmt::format("<tr><td class={}>{}</td><td>{}</td><td>{}</td><td>{} <span class=en>{}</span>",
                      verdict.name, verdict.mark, format(step.on),
                      html_escaped(step.who.empty() ? "" : step.who.view()), html_escaped(step.zh),
                      html_escaped(step.en));
  if (!step.note.empty()) page += fmt::format("<br><span class=en>{}</span>", html_escaped(step.note));
  if (!step.reason.empty())
    page += fmt::format("<br><span class=failed>{}</span>", html_escaped(step.reason));
  if (!step.sent.empty() || !step.came.empty()) {
    page += "<details><summary>报文 <span class=en>messages</span></summary>";
    if (!step.sent.empty())
      page += fmt::format(
          "发出 <span class=en>sent</span>{}<pre>{}</pre>",
          step.sent_sha256.empty() ? "" : fmt::format(" <code>sha256 {}</code>", step.sent_sha256),
          html_escaped(step.sent));
    if (!step.came.empty())
      page +=
          fmt::format("收到 <span class=en>came</span>{}<pre>{}</pre>",
                      step.status == 0 ? "" : fmt::format(" HTTP {}", step.status), html_escaped(step.came));
    page += "</details>";
  }
  page += "</td></tr>\n";
}

void add_script(std::string& page, const ScriptReport& report) {
  const simulate::Script& script = *report.script;
  const VerdictWords& verdict = words_of(report.verdict);
  page += fmt::format(
      "<h2 id=\"{}\">{} <span class=en>{}</span> <code>{}</code> <span class={}>{} {}</span></h2>\n",
      html_escaped(script.name), html_escaped(script.zh), html_escaped(script.en), html_escaped(script.name),
      verdict.name, verdict.zh, verdict.en);
  page += fmt::format("<p>{} <span class=en>{}</span></p>\n", html_escaped(script.text_zh),
                      html_escaped(script.text_en));
  if (!report.reason.empty())
    page += fmt::format("<p class={}>{}</p>\n", verdict.name, html_escaped(report.reason));
  if (report.steps.empty()) return;
  page += "<table>\n";
  for (const StepReport& step : report.steps) add_step(page, step);
  page += "</table>\n";
}

void write_step(JsonWriter& json, const StepReport& step) {
  const auto text = [&](std::string_view key, std::string_view value) {
    if (!value.empty()) json.member(key, value);
  };
  json.begin_object().member("line", step.line).member("on", std::string_view(format(step.on)));
  text("who", step.who.empty() ? std::string_view() : step.who.view());
  text("what_zh", step.zh);
  text("what_en", step.en);
  json.member("verdict", name(step.verdict));
  text("reason", step.reason);
  text("note", step.note);
  text("sent", step.sent);
  text("sent_sha256", step.sent_sha256);
  if (step.status != 0) json.member("status", static_cast<int>(step.status));
  text("came", step.came);
  json.end_object();
}

}  // namespace

std::size_t Conformity::count(Verdict verdict) const {
  return static_cast<std::size_t>(std::ranges::count(scripts, verdict, &ScriptReport::verdict));
}

std::size_t Conformity::steps() const {
  std::size_t sum = 0;
  for (const ScriptReport& script : scripts) sum += script.steps.size();
  return sum;
}

bool Conformity::conforms() const {
  return count(Verdict::failed) == 0 && count(Verdict::passed) > 0;
}

std::string_view name(Verdict verdict) {
  return words_of(verdict).name;
}

std::string catalogue_sha256() {
  DigestBuilder digest;
  const auto add = [&](this const auto& self, const RecordSpec& record) -> void {
    digest.add(record.name).add(record.fields.size());
    for (const FieldSpec& field : record.fields) {
      digest.add(field.name).add(static_cast<std::uint64_t>(field.type)).add(field.required ? 1u : 0u);
      digest.add(field.max_bytes).add(field.max_rows);
      if (field.codes != nullptr) {
        for (const CodeSpec& code : field.codes->codes) digest.add(code.name);
      }
      if (field.group != nullptr) self(*field.group);
    }
  };
  for (const MessageSpec& message : all_messages()) {
    digest.add(message.name);
    add(*message.record);
  }
  return hex(digest.finish());
}

std::string conformity_page(const Conformity& conformity) {
  const adapters::Profile& profile = *conformity.profile;
  const bool conforms = conformity.conforms();
  std::string page = fmt::format(
      "<!doctype html>\n<html lang=zh>\n<meta charset=utf-8>\n<title>符合性报告 Conformity report: "
      "{}</title>\n"
      "<style>{}</style>\n<h1>符合性报告 <span class=en>Conformity report</span></h1>\n<table>\n",
      profile.id.view(), style);
  add_row(page, "机构", "Institution",
          fmt::format("{} · {} ({})", profile.name_zh, profile.name_en, profile.id.view()));
  add_row(page, "角色", "Role", fmt::format("{} · {}", spec_of(profile.role).zh, spec_of(profile.role).en));
  add_row(page, "格式", "Format",
          fmt::format("{}, {}, {}", adapters::name(profile.format), adapters::name(profile.charset),
                      profile.push() != nullptr ? "push" : "mailbox"));
  add_row(page, "配置摘要", "Digest of the profile", "sha256 " + conformity.profile_sha256);
  add_row(page, "报文目录摘要", "Digest of the catalogue", "sha256 " + conformity.catalogue_sha256);
  add_row(page, "脚本摘要", "Digest of the scripts", "sha256 " + conformity.scripts_sha256);
  add_row(page, "网关", "Gateway", conformity.gateway);
  add_row(page, "时间", "Time", conformity.begun);
  page += fmt::format(
      "<tr><th>结论 <span class=en>Verdict</span></th><td class={}>{} {}：{} 通过 passed, {} 未通过 failed, "
      "{} 不适用 not "
      "applicable；{} 步 steps</td></tr>\n</table>\n",
      conforms ? "passed" : "failed", conforms ? "符合" : "不符合",
      conforms ? "conforms" : "does not conform", conformity.count(Verdict::passed),
      conformity.count(Verdict::failed), conformity.count(Verdict::left_out), conformity.steps());
  for (const ScriptReport& script : conformity.scripts) add_script(page, script);
  page +=
      "<h2>签署 <span class=en>Signatures</span></h2>\n"
      "<p>本页的摘要记在 report.json 中，两份签名文件签的是 report.json。 <span class=en>The digest of this "
      "page stands in "
      "report.json; the two signature files are over report.json.</span></p>\n"
      "<table class=hands><tr><td>登记方 <span class=en>For the registry</span></td><td>合作机构 <span "
      "class=en>For the "
      "institution</span></td></tr><tr><td></td><td></td></tr></table>\n</html>\n";
  return page;
}

std::string conformity_json(const Conformity& conformity, const std::string& page_sha256) {
  const adapters::Profile& profile = *conformity.profile;
  std::string out;
  JsonWriter json(out);
  const auto text = [&](std::string_view key, std::string_view value) { json.member(key, value); };
  json.begin_object();
  text("format", "loangate-conformity/1");
  text("partner", profile.id.view());
  text("role", spec_of(profile.role).name);
  text("name_zh", profile.name_zh);
  text("name_en", profile.name_en);
  json.member("conforms", conformity.conforms());
  for (const Verdict verdict : {Verdict::passed, Verdict::failed, Verdict::left_out})
    json.member(name(verdict), static_cast<std::uint64_t>(conformity.count(verdict)));
  json.member("steps", static_cast<std::uint64_t>(conformity.steps()));
  text("profile_sha256", conformity.profile_sha256);
  text("catalogue_sha256", conformity.catalogue_sha256);
  text("scripts_sha256", conformity.scripts_sha256);
  text("gateway", conformity.gateway);
  text("begun", conformity.begun);
  text("page_sha256", page_sha256);
  json.key("scripts").begin_array();
  for (const ScriptReport& report : conformity.scripts) {
    json.begin_object();
    text("name", report.script->name);
    text("zh", report.script->zh);
    text("en", report.script->en);
    text("verdict", name(report.verdict));
    if (!report.reason.empty()) text("reason", report.reason);
    json.key("steps").begin_array();
    for (const StepReport& step : report.steps) write_step(json, step);
    json.end_array().end_object();
  }
  json.end_array().end_object();
  return out + "\n";
}

}  // namespace loangate::app
