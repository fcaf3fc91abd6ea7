#include "app/conform.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "adapters/codec/reading.hpp"
#include "app/other_programmes.hpp"
#include "app/signature.hpp"
#include "app/version.hpp"
#include "app/wait_for.hpp"
#include "base/contains.hpp"
#include "base/json.hpp"
#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "base/temporary_folder.hpp"

namespace loangate::app {
namespace {

namespace fs = std::filesystem;
using simulate::Partner;
using simulate::ScriptReport;
using simulate::Stage;
using simulate::Verdict;

constexpr std::string_view page_file = "report.html";
constexpr std::string_view json_file = "report.json";
constexpr std::string_view sides[] = {"gateway", "partner"};
/// The scripts' business time begins on a working day that calendar and LPR vouch for, with years to go.
constexpr std::string_view begins = "2024-01-08";
constexpr std::int64_t nine_hours = 9LL * 3600 * 1'000'000;

struct Options {
  fs::path config = "config";
  fs::path out = "conformity";
  std::optional<fs::path> scripts;  ///< default: beside the configuration
  std::vector<std::string> partners;
  bool all = false;
  bool json = false;
};

int trouble(const ConfigErrors& errors) {
  for (const ConfigError& error : errors) fmt::print(stderr, "{}\n", error.text());
  return 1;
}

std::optional<std::string> content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

/// False if it cannot be written whole.
bool write(const fs::path& file, std::string_view bytes) {
  std::ofstream out(file, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return static_cast<bool>(out.flush());
}

fs::path seal_file(const fs::path& folder, std::string_view side) {
  return folder / fmt::format("{}.{}.p7s", json_file, side);
}

std::string scripts_sha256(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  DigestBuilder digest;
  for (const fs::path& file : files)
    digest.add(file.lexically_relative(folder).string()).add(content(file).value_or(""));
  return hex(digest.finish());
}

/// Writes page, JSON and the gateway's seal.
ConfigErrors write_report(const fs::path& folder, const Conformity& conformity, const Sandbox& sandbox) {
  std::error_code made;
  fs::create_directories(folder, made);
  const std::string page = conformity_page(conformity);
  const std::string json = conformity_json(conformity, hex(sha256(page)));
  const auto seal = sign(json, sandbox.config().own_certificate, sandbox.config().own_key);
  if (!seal) return seal.error();
  for (const std::string_view side : sides) fs::remove(seal_file(folder, side), made);
  if (write(folder / page_file, page) && write(folder / json_file, json) &&
      write(seal_file(folder, sides[0]), *seal))
    return {};
  return {{folder.string(), 0, "cannot be written: name a folder that may be"}};
}

/// What the partner's own samples are held to, as a script among the others.
const simulate::Script& samples_script() {
  static const simulate::Script script = [] {
    simulate::Script samples;
    samples.name = "samples";
    samples.zh = "机构自己的样例报文";
    samples.en = "The partner's own samples";
    samples.text_zh = "样例的字节读成旁边所记的内容；写得出的，写回相同的字节。";
    samples.text_en =
        "The bytes of each sample are read as what lies beside it; what can be written gives the same bytes.";
    return samples;
  }();
  return script;
}

/// The profile alone is judged by both sides of a simulated conversation; only bytes from the partner's own
/// system can show that it is wrong.
ScriptReport check_samples(const Partner& partner) {
  ScriptReport report;
  report.script = &samples_script();
  const adapters::Profile& profile = partner.profile();
  const fs::path folder = fs::path(profile.file).parent_path() / "samples";
  std::vector<fs::path> expectations;
  if (fs::is_directory(folder)) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().string().ends_with(".expected.json")) expectations.push_back(entry.path());
    }
  }
  std::ranges::sort(expectations);
  report.verdict = expectations.empty() ? Verdict::left_out : Verdict::passed;
  if (expectations.empty())
    report.reason = fmt::format("{}：没有样例 · no samples with an expectation beside them", folder.string());
  for (const fs::path& expectation : expectations) {
    const fs::path sample = expectation.parent_path() / expectation.stem().stem();
    const auto bytes = content(sample);
    simulate::StepReport step;
    step.who = profile.id;
    step.zh = "读 " + sample.filename().string();
    step.en = "reads it";
    step.verdict = Verdict::passed;
    const std::string actual = bytes ? adapters::reading_json(profile, *bytes) : "";
    step.sent_sha256 = hex(sha256(bytes.value_or("")));
    step.came = actual;
    if (actual != content(expectation)) {
      step.verdict = report.verdict = Verdict::failed;
      step.reason = report.reason =
          fmt::format("{}：与 {} 不同 · is read otherwise than {} says", sample.filename().string(),
                      expectation.filename().string(), expectation.filename().string());
    }
    report.steps.push_back(std::move(step));
  }
  return report;
}

std::vector<Partner*> chosen(const Options& options, simulate::Peers& peers, ConfigErrors& errors) {
  std::vector<Partner*> partners;
  std::string known;
  for (Partner* partner : peers.all()) {
    known += fmt::format("{}{}", known.empty() ? "" : ", ", partner->id().view());
    if (options.all || contains(options.partners, partner->id().view())) partners.push_back(partner);
  }
  for (const std::string& name : options.partners) {
    const auto id = PartnerId::parse(name);
    if (!id || !std::ranges::any_of(peers.all(), [&](const Partner* one) { return one->id() == *id; }))
      errors.push_back({"--partner", 0, fmt::format("`{}` is no partner: known are {}", name, known)});
  }
  return partners;
}

ConformProgress progress_for(const std::vector<Partner*>& partners) {
  ConformProgress progress;
  const bool several = partners.size() > 1;
  progress.script = [several](const Partner& partner, const ScriptReport& report) {
    const std::string who = several ? fmt::format("{:<9} ", partner.id().view()) : "";
    const char* mark = report.verdict == Verdict::passed   ? "✓"
                       : report.verdict == Verdict::failed ? "✗"
                                                           : "–";
    fmt::print(stderr, "{}{} {} · {} ({})\n", who, mark, report.script->zh, report.script->en,
               report.script->name);
    if (report.verdict == Verdict::passed) return;
    const int line =
        report.steps.empty() || report.verdict == Verdict::left_out ? 0 : report.steps.back().line;
    if (report.script->file.empty()) {
      fmt::print(stderr, "    {}\n", report.reason);
      return;
    }
    fmt::print(stderr, "    {}{}: {}\n", report.script->file, line == 0 ? "" : fmt::format(":{}", line),
               report.reason);
  };
  return progress;
}

void print(const Conformity& conformity, const fs::path& folder) {
  fmt::print(
      "{} {}：{} 个脚本通过，{} 个未通过，{} 个不适用 · {} {}: {} scripts passed, {} failed, "
      "{} not applicable\n",
      conformity.profile->id.view(), conformity.conforms() ? "符合" : "不符合",
      conformity.count(Verdict::passed), conformity.count(Verdict::failed),
      conformity.count(Verdict::left_out), conformity.profile->id.view(),
      conformity.conforms() ? "conforms" : "does not conform", conformity.count(Verdict::passed),
      conformity.count(Verdict::failed), conformity.count(Verdict::left_out));
  fmt::print("{}\n", (folder / page_file).string());
}

void print_json(const std::vector<Conformity>& results, const fs::path& out) {
  std::string text;
  JsonWriter json(text);
  json.begin_array();
  for (const Conformity& one : results) {
    json.begin_object().member("partner", one.profile->id.view()).member("conforms", one.conforms());
    for (const Verdict verdict : {Verdict::passed, Verdict::failed, Verdict::left_out})
      json.member(name(verdict), static_cast<std::uint64_t>(one.count(verdict)));
    json.member("report", std::string_view((out / one.profile->id.view() / json_file).string())).end_object();
  }
  json.end_array();
  fmt::print("{}\n", text);
}

int run(const Options& options) {
  if (options.partners.empty() && !options.all)
    return trouble({{"--partner", 0, "name whom to hold to the scripts, or write --all"}});
  const fs::path scripts = options.scripts.value_or(options.config / ".." / "tests" / "talk");
  const auto talk = simulate::load_talk(scripts);
  if (!talk) return trouble(talk.error());
  const TemporaryFolder folder;
  log_to_file(folder.path() / "loangate.log");
  const Instant morning{start_of(*parse_date(begins)).micros + nine_hours};
  auto sandbox = Sandbox::start(options.config, folder.path() / "data", morning);
  if (!sandbox) return trouble(sandbox.error());
  auto office =
      simulate::Office::open(fmt::format("https://127.0.0.1:{}", (*sandbox)->gateway().operations_port()),
                             {.pki = (*sandbox)->data() / "pki"});
  if (!office) return trouble(office.error());
  auto others = partners_of_other_programmes((*sandbox)->config());
  if (!others) return trouble(others.error());
  ConfigErrors errors;
  const auto partners = chosen(options, (*sandbox)->peers(), errors);
  if (!errors.empty()) return trouble(errors);

  Stage stage{(*sandbox)->peers(), *office, (*sandbox)->clock(), *std::move(others)};
  simulate::Fresh fresh;
  auto results = conform((*sandbox)->context(), stage, *talk, partners, fresh, progress_for(partners));
  bool all_conform = true;
  for (Conformity& one : results) {
    one.profile_sha256 = hex(one.profile->version);
    one.catalogue_sha256 = catalogue_sha256();
    one.scripts_sha256 = scripts_sha256(scripts);
    one.gateway = fmt::format("loangate {}", version);
    one.begun = format(real_now());
    const fs::path out = options.out / one.profile->id.view();
    if (const ConfigErrors failed = write_report(out, one, **sandbox); !failed.empty())
      return trouble(failed);
    if (!options.json) print(one, out);
    all_conform = all_conform && one.conforms();
  }
  if (options.json) print_json(results, options.out);
  return all_conform ? 0 : 1;
}

// ---- both sides' signatures

struct SignOptions {
  fs::path folder, certificate, key;
  std::string as = "partner";
  std::optional<fs::path> ca;
};

/// The digest of the page that the report names; an error if they do not belong together.
std::expected<std::string, ConfigErrors> whole_report(const fs::path& folder) {
  auto json = content(folder / json_file);
  const auto page = content(folder / page_file);
  if (!json || !page) {
    return std::unexpected(
        ConfigErrors{{folder.string(), 0,
                      "has no report.json and report.html: name the folder that loangate conform wrote"}});
  }
  JsonDocument document;
  const JsonNode* digest = document.read(*json, {.max_bytes = 64u << 20, .max_nodes = 10'000'000})
                               ? document.member(document.root(), "page_sha256")
                               : nullptr;
  if (digest == nullptr || digest->text != hex(sha256(*page))) {
    return std::unexpected(
        ConfigErrors{{(folder / page_file).string(), 0,
                      "is not the page that report.json names: run loangate conform again"}});
  }
  return *std::move(json);
}

int sign_report(const SignOptions& options) {
  const auto json = whole_report(options.folder);
  if (!json) return trouble(json.error());
  const auto seal = sign(*json, options.certificate, options.key);
  if (!seal) return trouble(seal.error());
  const fs::path file = seal_file(options.folder, options.as);
  if (!write(file, *seal)) return trouble({{file.string(), 0, "cannot be written: see who may write there"}});
  fmt::print("已签 · signed: {}\n", file.string());
  return 0;
}

int verify_report(const SignOptions& options) {
  const auto json = whole_report(options.folder);
  if (!json) return trouble(json.error());
  int code = 0;
  for (const std::string_view side : sides) {
    const auto seal = content(seal_file(options.folder, side));
    const auto signer =
        seal ? verify(*json, *seal, options.ca)
             : std::expected<Signer, std::string>(std::unexpected("尚未签署 · has not signed yet"));
    if (signer) {
      fmt::print("✓ {} {}\n  spki sha256 {}\n", side, signer->subject, signer->spki_sha256);
    } else {
      fmt::print("✗ {} {}\n", side, signer.error());
      code = 1;
    }
  }
  return code;
}

}  // namespace

std::vector<Conformity> conform(boost::asio::io_context& context, Stage& stage, const simulate::Talk& talk,
                                const std::vector<Partner*>& partners, simulate::Fresh& fresh,
                                const ConformProgress& progress) {
  std::vector<Conformity> results(partners.size());
  for (std::size_t i = 0; i < partners.size(); ++i) {
    results[i].profile = &partners[i]->profile();
    results[i].scripts.push_back(check_samples(*partners[i]));
    progress.script(*partners[i], results[i].scripts.front());
  }
  std::vector<Record> institutions;
  for (const Partner* partner : stage.peers.all()) {
    const adapters::Profile& profile = partner->profile();
    institutions.push_back(InstitutionEntry{.institution = profile.id,
                                            .role = profile.role,
                                            .name_zh = profile.name_zh,
                                            .name_en = profile.name_en,
                                            .institution_code = profile.institution_code,
                                            .sci_tech_branch = Answer::no,
                                            .admitted_from = civil_day(stage.clock.now()).plus_years(-1)}
                               .record());
  }
  const auto entered = stage.office.enter(InstitutionEntry::kind, institutions);
  for (const simulate::Script& script : talk.scripts) {
    std::vector<ScriptReport> reports;
    if (entered) {
      reports =
          wait_for(context, simulate::converse(stage, talk.letters, script, partners, fresh, progress.step));
    } else {
      reports.resize(partners.size());
      for (ScriptReport& report : reports) report = {&script, Verdict::failed, entered.error(), {}};
    }
    for (std::size_t i = 0; i < partners.size(); ++i) {
      if (script.plays.role != partners[i]->profile().role) continue;
      progress.script(*partners[i], reports[i]);
      results[i].scripts.push_back(std::move(reports[i]));
    }
  }
  return results;
}

void add_conform(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "conform",
      "符合性验收 · hold partners to the conversation scripts, and write the report that both sides sign");
  command->footer(
      "  loangate conform --partner bank22\n"
      "  loangate conform --all --out build/conformity\n"
      "  loangate conform sign conformity/bank22 --as partner --certificate bank22.pem --key bank22.key\n"
      "  loangate conform verify conformity/bank22\n"
      "A gateway of its own, all partners simulated, in this process and off line. What the scripts say is "
      "in\n"
      "tests/talk/README.md. Exit code 0: all conform; 1: not.");
  auto options = std::make_shared<Options>();
  command->add_option("--partner", options->partners, "whom to hold to the scripts; may be repeated");
  command->add_flag("--all", options->all, "every partner of the configuration");
  command->add_option("--config", options->config, "folder with gateway.yaml")
      ->capture_default_str()
      ->check(CLI::ExistingDirectory);
  command->add_option("--out", options->out, "a folder for each partner's report is made here")
      ->capture_default_str();
  command->add_option("--scripts", options->scripts, "folder of the scripts; default: CONFIG/../tests/talk");
  command->add_flag("--json", options->json, "print one JSON array instead of lines");

  auto sign = std::make_shared<SignOptions>();
  auto* signing = command->add_subcommand("sign", "签署报告 · put one side's signature beside a report");
  signing->add_option("report", sign->folder, "folder of the report")
      ->required()
      ->check(CLI::ExistingDirectory);
  signing->add_option("--as", sign->as, "gateway or partner")
      ->capture_default_str()
      ->check(CLI::IsMember({"gateway", "partner"}));
  signing->add_option("--certificate", sign->certificate, "of who signs, PEM")->required();
  signing->add_option("--key", sign->key, "of who signs, PEM")->required();
  auto* verifying =
      command->add_subcommand("verify", "核验报告 · check a report's digests and both signatures");
  verifying->add_option("report", sign->folder, "folder of the report")
      ->required()
      ->check(CLI::ExistingDirectory);
  verifying->add_option("--ca", sign->ca, "PEM: the signers' certificates must come from here");
  command->callback([command, signing, verifying, options, sign, &exit_code] {
    if (command->got_subcommand(signing)) {
      exit_code = sign_report(*sign);
    } else if (command->got_subcommand(verifying)) {
      exit_code = verify_report(*sign);
    } else {
      exit_code = run(*options);
    }
  });
}

}  // namespace loangate::app
