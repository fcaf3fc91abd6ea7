// Reads the programme's files. The keys are those of config/programmes/; each rule is read by one function.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/contains.hpp"
#include "domain/config_values.hpp"
#include "programme/rulebook.hpp"

namespace loangate::programme {
namespace {

/// What one file gives: a version, and what belongs to the whole programme.
struct VersionFile {
  std::string programme;
  Version version;
  std::vector<PartnerId> partners;
  std::vector<Uscc> uscc_exceptions;
};

Severity read_severity(const YamlNode& node) {
  return static_cast<Severity>(read_code(node, severity_codes()).index);
}

std::pair<std::string, std::string> read_names(const YamlNode& node) {
  const auto names = node.items();
  if (names.size() != 2) {
    node.error("two texts are expected: write [中文, English]");
    return {};
  }
  return {names[0].text(), names[1].text()};
}

int read_int(const YamlNode& node, int least, int most) {
  return static_cast<int>(node.integer(least, most));
}

/// A number of days that a version may leave out.
std::optional<int> read_days(const YamlNode& node) {
  if (node.is_null()) return std::nullopt;
  return read_int(node, 1, 3650);
}

template <class Code>
CodeSet<Code> read_codes(const YamlNode& node, const CodeListSpec& list) {
  CodeSet<Code> set;
  const auto items = node.items();
  for (const YamlNode& item : items) {
    const auto code = static_cast<Code>(read_code(item, list).index);
    if (set.has(code)) item.error("stands twice: keep one");
    set.add(code);
  }
  return set;
}

ListingRule read_listing(const YamlNode& node) {
  return {read_codes<Category>(node["categories"], category_codes()), read_severity(node["broken"])};
}

DClassRule read_d_class(const YamlNode& node) {
  return {read_severity(node["broken"])};
}

LenderRule read_lender(const YamlNode& node) {
  return {node["admitted_only"].boolean_or(false), node["sci_tech_branch_only"].boolean_or(false),
          read_severity(node["broken"])};
}

CeilingRule read_ceiling(const YamlNode& node) {
  constexpr std::string_view measures[] = {"outstanding", "single_loan"};
  return {read_yuan(node["limit"]), static_cast<CeilingRule::Measure>(read_word(node["measure"], measures)),
          read_severity(node["broken"])};
}

RateRule read_rate(const YamlNode& node) {
  return {.spread = Rate::basis_points(node["spread_bp"].integer(-1000, 10'000)),
          .raised_percent = static_cast<int>(node["raised_percent"].integer_or(0, 0, 1000)),
          .exempt = read_codes<Security>(node["exempt"], security_codes()),
          .long_tenor_years = read_int(node["long_tenor_years"], 2, 30),
          .middle_tenor = static_cast<LprTenor>(read_code(node["middle_tenor"], lpr_tenor_codes()).index),
          .explained = read_severity(node["explained"]),
          .unexplained = read_severity(node["unexplained"])};
}

TermRule read_term(const YamlNode& node) {
  const TermRule rule{read_int(node["years"], 1, 30), read_days(node["least_days"]),
                      node["extension_counts"].boolean_or(true), read_severity(node["broken"])};
  // It is tested at an extension too, and an extension cannot wait for the office as a filing can.
  if (rule.broken == Severity::hold)
    node["broken"].error("a term can be a note or a refusal: write one of them");
  return rule;
}

FilingRule read_filing(const YamlNode& node) {
  return {read_int(node["working_days"], 1, 250), read_severity(node["late"]),
          read_severity(node["after_overdue"])};
}

OverdueReportRule read_overdue_report(const YamlNode& node) {
  constexpr std::string_view zeros[] = {"due_date", "day_after"};
  return {read_int(node["working_days"], 1, 250), static_cast<int>(read_word(node["day_zero"], zeros))};
}

ClaimRule read_claim(const YamlNode& node) {
  const ClaimRule rule{read_int(node["overdue_days"], 0, 3650), read_days(node["latest_days"])};
  if (rule.latest_days && *rule.latest_days <= rule.overdue_days)
    node["latest_days"].error("comes before the first day: give more days than `overdue_days`");
  return rule;
}

LossRule::Shares read_shares(const YamlNode& node) {
  LossRule::Shares shares;
  for (const YamlNode& row : node["payers"].items()) {
    LossRule::Payer payer{static_cast<PayerRole>(read_code(row["role"], payer_role_codes()).index),
                          row["parts"].integer(1, 1'000'000), std::nullopt};
    if (row.has("partner")) {
      payer.partner = PartnerId::parse(row["partner"].text());
      if (!payer.partner) row["partner"].error("no partner id: write one of at most 24 bytes");
    }
    // One instruction goes to each payer of a case.
    const bool twice = std::ranges::any_of(shares.payers, [&](const LossRule::Payer& other) {
      return other.role == payer.role && other.partner == payer.partner;
    });
    if (twice) row.error("this payer stands twice: add up its parts");
    shares.whole += payer.parts;
    shares.payers.push_back(payer);
  }
  if (shares.payers.size() > 8) node.error("more than 8 payers: a decision can name no more");
  shares.whole += node["residual_parts"].integer(0, 1'000'000);
  if (shares.whole == 0) node.error("nobody bears anything: give parts to a payer or the rest");
  return shares;
}

LossRule read_loss(const YamlNode& node) {
  constexpr std::string_view bases[] = {"principal", "principal_and_contract_interest"};
  constexpr std::string_view roundings[] = {"half_up"};
  constexpr std::string_view bearers[] = {"bank"};
  read_word(node["rounding"], roundings);
  read_word(node["residual_bearer"], bearers);
  const YamlNode shares = node["shares"];
  LossRule rule{.base = static_cast<LossRule::Base>(read_word(node["base"], bases)),
                .interest_days = read_days(node["interest_days"]),
                .unguaranteed = read_shares(shares["unguaranteed"]),
                .guaranteed_by_institution = read_shares(shares["guaranteed_by_institution"]),
                .guaranteed_by_others = read_shares(shares["guaranteed_by_others"]),
                .guaranteed_by_others_filed = read_severity(node["guaranteed_by_others_filed"])};
  for (const auto* unguaranteed : {&rule.unguaranteed, &rule.guaranteed_by_others}) {
    for (const LossRule::Payer& payer : unguaranteed->payers) {
      if (payer.role == PayerRole::guarantor && !payer.partner) {
        shares.error(
            "such a loan has no guarantor to bear a share: name a partner, or give the share to another");
      }
    }
  }
  return rule;
}

PaymentRule read_payment(const YamlNode& node) {
  return {read_int(node["target_days"], 1, 3650), read_int(node["bar_years"], 0, 30)};
}

YearlyCapRule read_yearly_cap(const YamlNode& node) {
  constexpr std::string_view bases[] = {"decision", "instruction", "payment"};
  return {read_yuan(node["limit"]), static_cast<YearlyCapRule::Basis>(read_word(node["basis"], bases)),
          node["recoveries_restore"].boolean_or(false)};
}

ReservationRule read_reservation(const YamlNode& node) {
  return {read_int(node["most_days"], 1, 365)};
}

GuaranteeRule read_guarantee(const YamlNode& node) {
  return {read_severity(node["unconfirmed"])};
}

RecoveryRule read_recovery(const YamlNode& node) {
  return {read_int(node["working_days"], 1, 250), read_severity(node["costs_without_voucher"])};
}

WriteOffRule read_write_off(const YamlNode& node) {
  return {read_codes<WriteoffGround>(node["grounds"], writeoff_ground_codes()),
          read_codes<WriteoffGround>(node["by_meeting"], writeoff_ground_codes())};
}

DocumentRule read_documents(const YamlNode& node) {
  return {read_codes<DocumentKind>(node["application"], document_kind_codes()),
          read_codes<DocumentKind>(node["write_off"], document_kind_codes()), read_severity(node["missing"])};
}

ConferenceRule read_conference(const YamlNode& node) {
  ConferenceRule rule{.members = {}, .consents_for_listing = node["consents_for_listing"].boolean_or(false)};
  for (const YamlNode& member : node["members"].items()) {
    std::string name = member.text();
    if (contains(rule.members, name)) member.error("stands twice: keep one");
    rule.members.push_back(std::move(name));
  }
  return rule;
}

InstitutionRule read_institutions(const YamlNode& node) {
  return {node["full_years_only"].boolean_or(true), read_int(node["bar_years"], 0, 30)};
}

ReminderRule read_reminders(const YamlNode& node) {
  return {read_int(node["overdue_report_days"], 0, 60), read_int(node["payment_days"], 0, 60),
          read_int(node["remittance_days"], 0, 60)};
}

/// A rule of the version, or nothing if the file says `not stated`. A rule that is simply left out is a
/// mistake: nobody could tell the one from the other.
template <class Rule>
std::optional<Rule> read_rule(const YamlNode& root, std::string_view key, Rule (*read)(const YamlNode&),
                              std::vector<Clause>& clauses) {
  const YamlNode node = root[key];
  if (node.is_scalar() && node.text() == "not stated") {
    clauses.push_back({.rule = std::string(key)});
    return std::nullopt;
  }
  if (!node.is_map()) {
    node.error(fmt::format("`{}` must be a rule or `not stated`: write one", key));
    return std::nullopt;
  }
  const auto [zh, en] = read_names(node["text"]);
  clauses.push_back(
      {.rule = std::string(key), .stated = true, .clause = node["clause"].text(), .zh = zh, .en = en});
  return read(node);
}

/// The parameters of each rule as they stand there. To be called when unread keys have been refused: from
/// here on all have been read.
void add_parameters(const YamlNode& root, std::vector<Clause>& clauses) {
  for (Clause& clause : clauses) {
    if (!clause.stated) continue;
    for (const auto& [key, node] : root[clause.rule].members()) {
      if (key == "clause" || key == "text" || node.is_map()) continue;
      Clause::Parameter parameter{.key = key, .values = {}};
      for (const YamlNode& item : node.one_or_many()) parameter.values.push_back(item.text());
      clause.parameters.push_back(std::move(parameter));
    }
  }
}

std::vector<Uscc> read_exceptions(const YamlNode& node) {
  std::vector<Uscc> exceptions;
  for (const YamlNode& row : node.items()) {
    row["reason"].text();
    const auto uscc = Uscc::parse(row["uscc"].text());
    if (!uscc || uscc->view().size() != 18) {
      row.error("no code of 18 characters: correct `uscc`");
    } else {
      exceptions.push_back(*uscc);
    }
  }
  return exceptions;
}

std::vector<PartnerId> read_partners(const YamlNode& node) {
  std::vector<PartnerId> partners;
  for (const YamlNode& item : node.items()) {
    const auto id = PartnerId::parse(item.text());
    if (!id) {
      item.error("no partner id: write one of at most 24 bytes");
    } else {
      partners.push_back(*id);
    }
  }
  return partners;
}

VersionFile read_version(const YamlNode& root) {
  constexpr std::string_view schemas[] = {"loangate-programme/1"};
  read_word(root["schema"], schemas);
  const YamlNode in_force = root["in_force"];
  const auto [zh, en] = read_names(root["title"]);
  Version version{
      .name = root["version"].text(), .title_zh = zh, .title_en = en, .from = read_date(in_force["from"])};
  if (in_force.has("until")) {
    version.until = read_date(in_force["until"]);
    if (*version.until < version.from) in_force["until"].error("comes before `from`: correct one of them");
  }
  auto& clauses = version.clauses;
  version.listing = read_rule(root, "listing", read_listing, clauses);
  version.d_class = read_rule(root, "d_class", read_d_class, clauses);
  version.lender = read_rule(root, "lender", read_lender, clauses);
  version.ceiling = read_rule(root, "ceiling", read_ceiling, clauses);
  version.rate = read_rule(root, "rate", read_rate, clauses);
  version.term = read_rule(root, "term", read_term, clauses);
  version.filing = read_rule(root, "filing", read_filing, clauses);
  version.overdue_report = read_rule(root, "overdue_report", read_overdue_report, clauses);
  version.claim = read_rule(root, "claim", read_claim, clauses);
  version.loss = read_rule(root, "loss", read_loss, clauses);
  version.payment = read_rule(root, "payment", read_payment, clauses);
  version.yearly_cap = read_rule(root, "yearly_cap", read_yearly_cap, clauses);
  version.reservation = read_rule(root, "reservation", read_reservation, clauses);
  version.guarantee = read_rule(root, "guarantee", read_guarantee, clauses);
  version.recovery = read_rule(root, "recovery", read_recovery, clauses);
  version.write_off = read_rule(root, "write_off", read_write_off, clauses);
  version.documents = read_rule(root, "documents", read_documents, clauses);
  version.conference = read_rule(root, "conference", read_conference, clauses);
  version.institutions = read_rule(root, "institutions", read_institutions, clauses);
  version.reminders = read_rule(root, "reminders", read_reminders, clauses);
  if (version.loss && !version.payment)
    root["payment"].error("a version with shares needs it: state the target and the bar");
  if (version.loss && !version.recovery)
    root["recovery"].error("a version with shares needs it: state how a recovery is returned");
  return {root["programme"].text(), std::move(version), read_partners(root["partners"]),
          read_exceptions(root["uscc_exceptions"])};
}

void append(ConfigErrors& errors, const ConfigErrors& more) {
  errors.insert(errors.end(), more.begin(), more.end());
}

/// Versions follow one another: no name twice, no day in two of them.
void check_sequence(const std::vector<Version>& versions, const std::filesystem::path& directory,
                    ConfigErrors& errors) {
  for (std::size_t i = 0; i < versions.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const Version& a = versions[i];
      const Version& b = versions[j];
      if (a.name == b.name)
        errors.push_back(
            {directory.string(), 0, fmt::format("version `{}` stands twice: rename one", a.name)});
      const Version& later = a.from < b.from ? b : a;
      const Version& earlier = a.from < b.from ? a : b;
      if (earlier.in_force(later.from)) {
        errors.push_back(
            {directory.string(), 0,
             fmt::format("versions `{}` and `{}` are both in force on {}: end the earlier the day before",
                         earlier.name, later.name, format(later.from))});
      }
    }
  }
}

/// Every partner is in one programme, and at most one programme is for everybody.
void check_partners(const std::vector<Programme>& programmes, const std::filesystem::path& directory,
                    ConfigErrors& errors) {
  std::string_view for_everybody;
  std::map<PartnerId, std::string_view> programme_of;
  for (const Programme& programme : programmes) {
    if (programme.partners.empty()) {
      if (!for_everybody.empty()) {
        errors.push_back(
            {directory.string(), 0,
             fmt::format("programmes `{}` and `{}` both name no partners: name those of one of them",
                         for_everybody, programme.name)});
      }
      for_everybody = programme.name;
    }
    for (const PartnerId& partner : programme.partners) {
      const auto [at, added] = programme_of.emplace(partner, programme.name);
      if (!added && at->second != programme.name) {
        errors.push_back({directory.string(), 0,
                          fmt::format("partner `{}` is in `{}` and in `{}`: leave it in one", partner.view(),
                                      at->second, programme.name)});
      }
    }
  }
}

}  // namespace

std::expected<Rulebook, ConfigErrors> load_rulebook(const std::filesystem::path& directory,
                                                    const std::filesystem::path& calendar_file,
                                                    const std::filesystem::path& lpr_file) {
  ConfigErrors errors;
  std::vector<std::filesystem::path> files;
  std::error_code fault;
  for (std::filesystem::directory_iterator entry(directory, fault), end; !fault && entry != end;
       entry.increment(fault)) {
    if (entry->path().extension() == ".yaml") files.push_back(entry->path());
  }
  if (fault)
    errors.push_back({directory.string(), 0,
                      fmt::format("{}: see that the directory exists and may be read", fault.message())});
  else if (files.empty())
    errors.push_back({directory.string(), 0, "holds no *.yaml: add the programme's versions"});
  std::ranges::sort(files);

  std::vector<Programme> programmes;
  std::vector<Uscc> exceptions;
  for (const auto& path : files) {
    const YamlFile file(path);
    if (file.errors().empty()) {
      VersionFile read = read_version(file.root());
      file.refuse_unread();
      if (file.errors().empty()) add_parameters(file.root(), read.version.clauses);
      auto of = std::ranges::find(programmes, read.programme, &Programme::name);
      if (of == programmes.end()) {
        programmes.push_back({.name = read.programme, .versions = {}});
        of = programmes.end() - 1;
      }
      of->versions.push_back(std::move(read.version));
      of->partners.insert(of->partners.end(), read.partners.begin(), read.partners.end());
      exceptions.insert(exceptions.end(), read.uscc_exceptions.begin(), read.uscc_exceptions.end());
    }
    append(errors, file.errors());
  }
  if (errors.empty()) {
    for (const Programme& programme : programmes) check_sequence(programme.versions, directory, errors);
    check_partners(programmes, directory, errors);
  }

  auto calendar = Calendar::load(calendar_file);
  if (!calendar) append(errors, calendar.error());
  auto lpr = LprTable::load(lpr_file);
  if (!lpr) append(errors, lpr.error());
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return Rulebook(std::move(programmes), std::move(exceptions), std::move(*calendar), std::move(*lpr));
}

}  // namespace loangate::programme
