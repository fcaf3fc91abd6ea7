#include "app/try_message.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

#include "adapters/workbench/annotate.hpp"
#include "app/annotation_page.hpp"
#include "app/config.hpp"
#include "base/json_writer.hpp"
#include "intake/admit.hpp"
#include "intake/receipt.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace loangate::app {
namespace {

/// The registry of a first filing: who files is admitted, the company is listed, nothing else is known.
class BlankRegistry : public RegistryView {
 public:
  BlankRegistry(const adapters::Profile& profile, Date day)
      : lender_{profile.id, profile.role, profile.name_zh, profile.name_en} {
    lender_.admitted.push_back({day.plus_years(-10)});
    lender_.sci_tech_branch = true;
    company_.qualifications.push_back({Category::high_tech, "try", {day.plus_years(-10)}});
  }

  const Institution* institution(const PartnerId& id) const override {
    if (id == lender_.id) return &lender_;
    // A guarantor named in the filing counts as admitted too.
    guarantor_ = lender_;
    guarantor_.id = id;
    guarantor_.role = PartnerRole::guarantor;
    return &guarantor_;
  }
  const Company* company(const Uscc& uscc) const override {
    company_.uscc = uscc;
    return &company_;
  }
  std::optional<Loan> loan(const LoanRef&) const override { return std::nullopt; }
  std::optional<Case> find_case(const CaseNo&) const override { return std::nullopt; }
  std::optional<Instruction> instruction(const InstructionNo&) const override { return std::nullopt; }
  std::optional<Proposal> proposal(const ProposalNo&) const override { return std::nullopt; }
  std::optional<Remittance> remittance(const InstructionNo&) const override { return std::nullopt; }
  std::optional<Application> application(std::string_view) const override { return std::nullopt; }
  std::optional<Guarantee> guarantee(const LoanRef&) const override { return std::nullopt; }
  std::optional<Meeting> meeting(std::string_view) const override { return std::nullopt; }
  std::optional<FundYear> fund_year(const PartnerId&, std::int32_t) const override { return std::nullopt; }
  std::optional<Assessment> assessment(const PartnerId&, std::int32_t) const override { return std::nullopt; }
  std::optional<Deadline> deadline(const Deadline&) const override { return std::nullopt; }
  const Book* book(const Uscc&) const override { return nullptr; }
  OpenLoans open_loans(const PartnerId&, std::size_t) const override { return {}; }
  bool has_document(const PartnerId&, const Digest&) const override { return false; }
  std::vector<PartnerId> institutions(PartnerRole) const override { return {}; }
  std::optional<Outage> outage_between(Instant, Instant) const override { return std::nullopt; }

 private:
  Institution lender_;
  mutable Institution guarantor_ = lender_;
  mutable Company company_{Uscc{}, "", {}, {}, {}};
};

struct Verdict {
  bool judged = false;
  programme::Decision decision;
};

Verdict judge(const intake::Submission& submission, const RegistryView& registry,
              const programme::Rulebook& rulebook) {
  const adapters::Decoded& message = *submission.read;
  const programme::Occasion occasion{.sequence = {1},
                                     .partner = submission.profile->id,
                                     .received = submission.received,
                                     .content = submission.content};
  Verdict verdict{true,
                  programme::decide(inbound(message.kind, message.record), occasion, registry, rulebook)};
  adapters::locate(*submission.profile, message.kind, submission.message(), verdict.decision.findings);
  return verdict;
}

void print_findings(const Findings& findings) {
  for (const Finding& finding : findings) {
    fmt::print("  [{}] {} {}\n    {}\n    {}\n", spec_of(finding.severity).zh, spec_of(finding.code).name,
               spec_of(finding.code).clause, text_zh(finding), text_en(finding));
    if (!finding.place.empty()) fmt::print("    位置 · at {}\n", finding.place);
  }
}

void print(const intake::Submission& submission, const Verdict& verdict, bool annotated, bool as_json) {
  const Findings& findings = submission.read ? verdict.decision.findings : submission.read.error().findings;
  const Outcome outcome = submission.read ? verdict.decision.outcome : Outcome::unreadable;
  const bool known = !submission.read || verdict.judged;
  if (as_json) {
    std::string out;
    JsonWriter json(out);
    json.begin_object();
    if (submission.read) {
      json.member("type", spec_of(submission.read->kind).name);
      json.key("canonical").raw(canonical_json(submission.read->record));
    }
    json.key("outcome");
    if (known) {
      json.value(spec_of(outcome).name);
    } else {
      json.null();
    }
    json.key("findings").raw(intake::findings_json(findings));
    if (annotated) {
      json.key("annotation")
          .raw(annotation_json(*submission.profile,
                               adapters::annotate(*submission.profile, submission.message())));
    }
    json.end_object();
    fmt::print("{}\n", out);
    return;
  }
  if (annotated) {
    fmt::print("{}\n", annotation_page(*submission.profile, submission.message(),
                                       adapters::annotate(*submission.profile, submission.message()),
                                       wants_colours()));
  }
  if (submission.read) {
    const MessageSpec& spec = spec_of(submission.read->kind);
    fmt::print("{} {}\n{}\n", spec.record->zh, spec.name, canonical_json(submission.read->record));
  }
  if (known) {
    fmt::print("{} · {}\n", spec_of(outcome).zh, spec_of(outcome).en);
  } else {
    fmt::print(
        "只解析，未审核：此类报文需要登记簿，请加 --data · decoded, not judged: this message needs the "
        "registry, add --data\n");
  }
  print_findings(findings);
}

int trouble(const ConfigErrors& errors) {
  for (const ConfigError& error : errors) fmt::print(stderr, "{}\n", error.text());
  return 2;
}

std::optional<std::string> read_file(const std::filesystem::path& file) {
  if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace

int try_message(const TryOptions& options) {
  const auto config = load_config(options.config, options.data.value_or("data"));
  if (!config) return trouble(config.error());
  const auto rulebook = programme::load_rulebook(config->programmes, config->calendar, config->lpr);
  if (!rulebook) return trouble(rulebook.error());
  const auto id = PartnerId::parse(options.partner);
  const adapters::SealKeyFolder seal_keys{.folder = config->seal_keys};
  auto loaded = adapters::load_profile(config->partners / options.partner / "profile.yaml", nullptr,
                                       options.data ? &seal_keys : nullptr);
  if (!id || !loaded)
    return trouble(loaded ? ConfigErrors{{options.partner, 0, "no partner id"}} : loaded.error());
  const auto profile = std::make_shared<const adapters::Profile>(*std::move(loaded));
  auto bytes = read_file(options.file);
  if (!bytes)
    return trouble({{options.file.string(), 0, "cannot be read: see that it exists and may be read"}});

  const Instant received = options.on ? start_of(*options.on) : real_now();
  // A seal in the HTTP head, or under a secret that is not here, cannot be looked at in a file.
  const auto* seal = adapters::seal_of(*profile, adapters::Way::from_partner);
  const bool provable =
      seal == nullptr ||
      (!std::holds_alternative<adapters::SealHeader>(seal->at) &&
       !std::holds_alternative<adapters::SealHeader>(seal->key_at) &&
       std::ranges::all_of(seal->keys, [](const adapters::SealKey& key) { return key.key.can_verify(); }));
  if (!provable && !options.json)
    fmt::print(
        "印鉴未核对 · the seal is not looked at: it stands in the HTTP head, or its key is not here\n");
  const auto submission = intake::submit(profile, *std::move(bytes), received, {},
                                         provable ? intake::Seals::proved : intake::Seals::not_looked_at);
  Verdict verdict;
  if (submission.read) {
    if (options.data) {
      auto store = store::open_sqlite(*options.data, {});
      if (!store) return trouble({{options.data->string(), 0, store.error()}});
      // A unit that writes nothing: the registry is only looked at.
      const store::Unit look = [&](const store::View& view, Sequence) {
        verdict = judge(submission, view, *rulebook);
        return store::Writes{};
      };
      (*store)->transact({&look, 1});
    } else if (submission.read->kind == MessageKind::loan_disbursement) {
      verdict = judge(submission, BlankRegistry(*profile, civil_day(received)), *rulebook);
    }
  }
  print(submission, verdict, options.annotate, options.json);
  const bool good = submission.read && (!verdict.judged || verdict.decision.outcome != Outcome::rejected);
  return good ? 0 : 1;
}

}  // namespace loangate::app
