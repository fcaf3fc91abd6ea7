// The registry's things as canonical JSON and back. Each type lists its members once, in describe(); writing
// and reading are two visitors of that list, so that they cannot drift apart.
#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/json.hpp"
#include "base/json_writer.hpp"
#include "domain/registry.hpp"

namespace loangate {
namespace {

// A value for a member that the reader will fill: these types have no default of their own.
template <class T>
T blank() {
  if constexpr (std::is_same_v<T, Fen>) {
    return Fen::zero();
  } else if constexpr (std::is_same_v<T, Date>) {
    return Date::from_days(0);
  } else if constexpr (std::is_same_v<T, Rate>) {
    return Rate::millionths(0);
  } else {
    return T{};
  }
}
template <>
Batch::Tally blank() {
  return {.outcome = {}, .records = 0, .amount = Fen::zero()};
}
template <>
Period blank() {
  return {.from = blank<Date>()};
}
template <>
Qualification blank() {
  return {.category = {}, .document_no = {}, .valid = blank<Period>()};
}
template <>
OpinionRow blank() {
  return {.member = {}, .consents = {}};
}
template <>
Ruling blank() {
  return {{}, {}, blank<Date>(), Fen::zero(), Fen::zero(), {}, {}};
}
template <>
Instruction::Payment blank() {
  return {Fen::zero(), blank<Date>(), {}, {}};
}
template <>
standing::Refused blank() {
  return {.on = blank<Date>(), .reason = {}};
}
template <>
course::Overdue blank() {
  return {blank<Date>(), Fen::zero(), Fen::zero(), blank<Date>(), false, {}, {}};
}
template <>
course::Applied blank() {
  return {{}, blank<course::Overdue>()};
}
template <>
course::Compensated blank() {
  return {{}, blank<course::Overdue>()};
}
template <>
course::Settled blank() {
  return {.on = blank<Date>()};
}
template <>
Company blank() {
  return {.uscc = {}, .name = {}};
}
template <>
Institution blank() {
  return {.id = {}, .role = {}, .name_zh = {}, .name_en = {}};
}
template <>
Loan blank() {
  return {.filing = {},
          .ref = {},
          .filed_as = {},
          .contract_no = {},
          .company = {},
          .company_name = {},
          .lent = Fen::zero(),
          .filed = Fen::zero(),
          .outstanding = Fen::zero(),
          .disbursed_on = blank<Date>(),
          .matures_on = blank<Date>(),
          .rate = blank<Rate>(),
          .security = {}};
}
template <>
Case blank() {
  return {.no = {},
          .loan = {},
          .application = {},
          .applied_as = {},
          .principal = Fen::zero(),
          .interest = Fen::zero(),
          .as_of = blank<Date>(),
          .payee_name = {},
          .payee_account = {},
          .payee_bank_code = {}};
}
template <>
Instruction blank() {
  return {.no = {},
          .case_no = {},
          .loan = {},
          .payer = {},
          .role = {},
          .amount = Fen::zero(),
          .pay_by = blank<Date>()};
}
template <>
standing::Cancelled blank() {
  return {.on = blank<Date>(), .reason = {}};
}
template <>
course::Renewed blank() {
  return {.on = blank<Date>(), .by = {}, .outstanding = Fen::zero()};
}
template <>
course::WrittenOff blank() {
  return {.case_no = {}, .on = blank<Date>()};
}
template <>
Recovery::Return blank() {
  return {.to = {}, .role = {}, .amount = Fen::zero()};
}
template <>
Recovery blank() {
  return {.report = {},
          .by = {},
          .on = blank<Date>(),
          .source = {},
          .recovered = Fen::zero(),
          .costs = Fen::zero(),
          .voucher_no = {},
          .returns = {},
          .bank = Fen::zero()};
}
template <>
WriteOff blank() {
  return {.application = {},
          .applied_as = {},
          .ground = {},
          .document_no = {},
          .document_on = blank<Date>(),
          .issuer = {}};
}
template <>
AttachmentRow blank() {
  return {.kind = {}, .sha256 = {}};
}
template <>
Remittance blank() {
  return {.no = {},
          .case_no = {},
          .loan = {},
          .from = {},
          .payee = {},
          .amount = Fen::zero(),
          .pay_by = blank<Date>()};
}
template <>
Reservation blank() {
  return {.company = {}, .bank = {}, .amount = Fen::zero(), .since = blank<Date>(), .until = blank<Date>()};
}
template <>
Application::Answer blank() {
  return {.ruling = {}, .on = blank<Date>()};
}
template <>
Application blank() {
  return {.no = {}, .bank = {}, .company = {}, .amount = Fen::zero(), .applied_on = blank<Date>()};
}
template <>
Guarantee blank() {
  return {
      .loan = {}, .guarantor = {}, .contract_no = {}, .amount = Fen::zero(), .confirmed_on = blank<Date>()};
}
template <>
Meeting blank() {
  return {.no = {}, .on = blank<Date>()};
}
template <>
FundYear blank() {
  return {.institution = {}, .year = 0};
}
template <>
Posting::Line blank() {
  return {.account = {}, .payer = {}};
}
template <>
Posting blank() {
  return {.cause = {}, .ordinal = 0, .on = blank<Date>(), .institution = {}, .case_no = {}, .lines = {}};
}
template <>
Assessment blank() {
  return {.institution = {}, .year = 0};
}
template <>
Amendment blank() {
  return {.message = {}, .sent_as = {}, .reason = {}};
}
template <>
Deadline blank() {
  return {.kind = {}, .loan = {}, .due_on = blank<Date>()};
}
template <>
Proposal blank() {
  return {.no = {}, .kind = {}, .act = {}, .hash = {}, .proposed_by = {}, .proposed_at = {}};
}
template <>
ConfigurationOnRecord::Row blank() {
  return {.partner = {}, .version = {}};
}
template <>
ConfigurationOnRecord blank() {
  return {.rulebook = {}};
}
template <>
ProfileVersion blank() {
  return {.partner = {}, .no = 0, .version = {}, .text = {}, .by = {}, .since = {}};
}
template <>
Directive blank() {
  return {.kind = {}, .about = {}, .act = {}, .cause = {}, .since = {}};
}

// What each thing consists of.

template <class Visitor>
void describe(Visitor& v, Period& x) {
  v("from", x.from), v("until", x.until);
}
template <class Visitor>
void describe(Visitor& v, Qualification& x) {
  v("category", x.category), v("document_no", x.document_no), v("valid", x.valid);
}
template <class Visitor>
void describe(Visitor& v, Company& x) {
  v("uscc", x.uscc), v("name", x.name), v("qualifications", x.qualifications), v("d_class", x.d_class);
  v("barred", x.barred);
}
template <class Visitor>
void describe(Visitor& v, Institution& x) {
  v("id", x.id), v("role", x.role), v("name_zh", x.name_zh), v("name_en", x.name_en), v("code", x.code);
  v("sci_tech_branch", x.sci_tech_branch), v("admitted", x.admitted), v("barred_until", x.barred_until);
  v("lent_in", x.lent_in);
}
template <class Visitor>
void describe(Visitor& v, LoanRef& x) {
  v("lender", x.lender), v("number", x.number);
}
template <class Visitor>
void describe(Visitor& v, Pricing& x) {
  v("lpr_spread_bp", x.lpr_spread_bp), v("lpr_tenor", x.lpr_tenor), v("reason_given", x.reason_given);
}
template <class Visitor>
void describe(Visitor& v, standing::Pending& x) {
  v("reasons", x.reasons);
}
template <class Visitor>
void describe(Visitor&, standing::Filed&) {}
template <class Visitor>
void describe(Visitor& v, standing::Refused& x) {
  v("on", x.on), v("reason", x.reason);
}
template <class Visitor>
void describe(Visitor& v, standing::Cancelled& x) {
  v("on", x.on), v("reason", x.reason);
}
template <class Visitor>
void describe(Visitor&, course::Current&) {}
template <class Visitor>
void describe(Visitor& v, course::Overdue& x) {
  v("due_on", x.due_on), v("principal", x.principal), v("interest", x.interest),
      v("reported_on", x.reported_on);
  v("late", x.late), v("report", x.report), v("reported_as", x.reported_as);
}
template <class Visitor>
void describe(Visitor& v, course::Applied& x) {
  v("case_no", x.case_no), v("overdue", x.overdue);
}
template <class Visitor>
void describe(Visitor& v, course::Compensated& x) {
  v("case_no", x.case_no), v("overdue", x.overdue);
}
template <class Visitor>
void describe(Visitor& v, course::Settled& x) {
  v("on", x.on);
}
template <class Visitor>
void describe(Visitor& v, course::Renewed& x) {
  v("on", x.on), v("by", x.by), v("outstanding", x.outstanding), v("overdue", x.overdue);
}
template <class Visitor>
void describe(Visitor& v, course::WrittenOff& x) {
  v("case_no", x.case_no), v("on", x.on);
}
template <class Visitor>
void describe(Visitor& v, Amendment& x) {
  v("message", x.message), v("sent_as", x.sent_as), v("reason", x.reason), v("cancels", x.cancels);
  v("contract_no", x.contract_no), v("lent", x.lent), v("filed", x.filed);
  v("disbursed_on", x.disbursed_on), v("matures_on", x.matures_on), v("rate", x.rate);
  v("rate_reason_given", x.rate_reason_given), v("security", x.security);
  v("guarantor_kind", x.guarantor_kind), v("guarantor", x.guarantor);
}
template <class Visitor>
void describe(Visitor& v, Loan& x) {
  v("filing", x.filing), v("ref", x.ref), v("filed_as", x.filed_as), v("contract_no", x.contract_no);
  v("company", x.company), v("company_name", x.company_name), v("lent", x.lent), v("filed", x.filed);
  v("outstanding", x.outstanding), v("disbursed_on", x.disbursed_on), v("matures_on", x.matures_on);
  v("matured_before_extension", x.matured_before_extension), v("rate", x.rate), v("security", x.security);
  v("guarantor_kind", x.guarantor_kind), v("guarantor", x.guarantor), v("long_term", x.long_term);
  v("content", x.content), v("standing", x.standing), v("course", x.course), v("filed_on", x.filed_on);
  v("pricing", x.pricing), v("renews", x.renews), v("overdues_before", x.overdues_before);
  v("credit_registered_on", x.credit_registered_on), v("amendment", x.amendment);
  v("imported", x.imported);
}
template <class Visitor>
void describe(Visitor& v, OpinionRow& x) {
  v("member", x.member), v("consents", x.consents), v("remark", x.remark);
}
template <class Visitor>
void describe(Visitor& v, Ruling& x) {
  v("ruling", x.ruling), v("meeting_no", x.meeting_no), v("decided_on", x.decided_on),
      v("principal", x.principal);
  v("interest", x.interest), v("reason", x.reason), v("opinions", x.opinions);
}
template <class Visitor>
void describe(Visitor& v, AttachmentRow& x) {
  v("kind", x.kind), v("sha256", x.sha256), v("name", x.name);
}
template <class Visitor>
void describe(Visitor& v, Recovery::Return& x) {
  v("to", x.to), v("role", x.role), v("amount", x.amount), v("remittance", x.remittance);
}
template <class Visitor>
void describe(Visitor& v, Recovery& x) {
  v("report", x.report), v("by", x.by), v("on", x.on), v("source", x.source), v("recovered", x.recovered);
  v("costs", x.costs), v("voucher_no", x.voucher_no), v("returns", x.returns), v("bank", x.bank);
  v("bank_remittance", x.bank_remittance);
}
template <class Visitor>
void describe(Visitor& v, WriteOff& x) {
  v("application", x.application), v("applied_as", x.applied_as), v("ground", x.ground);
  v("document_no", x.document_no), v("document_on", x.document_on), v("issuer", x.issuer);
  v("ruling", x.ruling);
}
template <class Visitor>
void describe(Visitor& v, Case& x) {
  v("no", x.no), v("loan", x.loan), v("application", x.application), v("applied_as", x.applied_as);
  v("application_no", x.application_no), v("principal", x.principal), v("interest", x.interest),
      v("as_of", x.as_of);
  v("payee_name", x.payee_name), v("payee_account", x.payee_account), v("payee_bank_code", x.payee_bank_code);
  v("ruling", x.ruling), v("loss", x.loss), v("bank_share", x.bank_share), v("instructions", x.instructions);
  v("governing_version", x.governing_version), v("fund_nominal", x.fund_nominal), v("cap_year", x.cap_year);
  v("attachments", x.attachments), v("recoveries", x.recoveries), v("write_off", x.write_off);
  v("imported", x.imported);
}
template <class Visitor>
void describe(Visitor& v, Instruction::Payment& x) {
  v("amount", x.amount), v("on", x.on), v("reference", x.reference), v("confirmation", x.confirmation);
}
template <class Visitor>
void describe(Visitor& v, Instruction& x) {
  v("no", x.no), v("case_no", x.case_no), v("loan", x.loan), v("payer", x.payer), v("role", x.role);
  v("amount", x.amount), v("pay_by", x.pay_by), v("paid", x.paid), v("received", x.received);
}
template <class Visitor>
void describe(Visitor& v, Proposal& x) {
  v("no", x.no), v("kind", x.kind), v("act", x.act), v("hash", x.hash), v("proposed_by", x.proposed_by);
  v("proposed_at", x.proposed_at), v("state", x.state), v("approved_by", x.approved_by);
}
template <class Visitor>
void describe(Visitor& v, Outage& x) {
  v("from", x.from), v("until", x.until);
}
template <class Visitor>
void describe(Visitor& v, Remittance& x) {
  v("no", x.no), v("case_no", x.case_no), v("loan", x.loan), v("from", x.from), v("payee", x.payee),
      v("role", x.role);
  v("amount", x.amount), v("pay_by", x.pay_by), v("received", x.received);
}
template <class Visitor>
void describe(Visitor& v, Reservation& x) {
  v("company", x.company), v("bank", x.bank), v("amount", x.amount), v("since", x.since), v("until", x.until);
}
template <class Visitor>
void describe(Visitor& v, Application::Answer& x) {
  v("ruling", x.ruling), v("on", x.on), v("amount", x.amount), v("reason", x.reason);
}
template <class Visitor>
void describe(Visitor& v, Application& x) {
  v("no", x.no), v("bank", x.bank), v("company", x.company), v("amount", x.amount);
  v("applied_on", x.applied_on), v("answer", x.answer);
}
template <class Visitor>
void describe(Visitor& v, Guarantee& x) {
  v("loan", x.loan), v("guarantor", x.guarantor), v("contract_no", x.contract_no), v("amount", x.amount);
  v("ratio", x.ratio), v("confirmed_on", x.confirmed_on);
}
template <class Visitor>
void describe(Visitor& v, Meeting& x) {
  v("no", x.no), v("on", x.on);
}
template <class Visitor>
void describe(Visitor& v, FundYear& x) {
  v("institution", x.institution), v("year", x.year), v("approved", x.approved), v("cut", x.cut);
  v("restored", x.restored);
}
template <class Visitor>
void describe(Visitor& v, Posting::Line& x) {
  v("account", x.account), v("payer", x.payer), v("debit", x.debit), v("credit", x.credit);
}
template <class Visitor>
void describe(Visitor& v, Posting& x) {
  v("cause", x.cause), v("ordinal", x.ordinal), v("on", x.on), v("institution", x.institution);
  v("case_no", x.case_no), v("lines", x.lines);
}
template <class Visitor>
void describe(Visitor& v, Assessment& x) {
  v("institution", x.institution), v("year", x.year), v("ruling", x.ruling), v("meeting_no", x.meeting_no);
}
template <class Visitor>
void describe(Visitor& v, Deadline& x) {
  v("kind", x.kind), v("loan", x.loan), v("instruction", x.instruction), v("due_on", x.due_on);
  v("provisional", x.provisional), v("reminded_on", x.reminded_on), v("missed_on", x.missed_on);
}
template <class Visitor>
void describe(Visitor& v, ConfigurationOnRecord::Row& x) {
  v("partner", x.partner), v("version", x.version), v("no", x.no), v("last", x.last), v("left", x.left);
}
template <class Visitor>
void describe(Visitor& v, ConfigurationOnRecord& x) {
  v("rulebook", x.rulebook), v("profiles", x.profiles);
}
template <class Visitor>
void describe(Visitor& v, ProfileVersion& x) {
  v("partner", x.partner), v("no", x.no), v("version", x.version), v("text", x.text);
  v("follows", x.follows), v("by", x.by), v("approved_by", x.approved_by), v("since", x.since);
  v("reason", x.reason);
}
template <class Visitor>
void describe(Visitor& v, Batch::Tally& x) {
  v("outcome", x.outcome), v("records", x.records), v("amount", x.amount);
}
template <class Visitor>
void describe(Visitor& v, Batch& x) {
  v("partner", x.partner), v("id", x.id), v("file", x.file), v("received", x.received), v("began", x.began);
  v("bytes", x.bytes), v("records", x.records), v("all_or_nothing", x.all_or_nothing);
  v("judged", x.judged), v("offset", x.offset), v("line", x.line), v("line_offset", x.line_offset);
  v("return_bytes", x.return_bytes), v("tallies", x.tallies), v("undone", x.undone), v("ended", x.ended);
}
template <class Visitor>
void describe(Visitor& v, Directive& x) {
  v("kind", x.kind), v("about", x.about), v("act", x.act), v("cause", x.cause), v("since", x.since);
}

// The names of what is neither number, text nor thing.

template <class E>
  requires requires(E code) { spec_of(code).zh; } && std::is_enum_v<E>
std::string_view name_of(E code) {
  return spec_of(code).name;
}
std::string_view name_of(MessageKind kind) {
  return spec_of(kind).name;
}

constexpr std::string_view proposal_states[] = {"open", "approved", "withdrawn"};
std::string_view name_of(Proposal::State state) {
  return proposal_states[static_cast<std::size_t>(state)];
}

const CodeListSpec& list_of(Category) {
  return category_codes();
}
const CodeListSpec& list_of(PartnerRole) {
  return partner_role_codes();
}
const CodeListSpec& list_of(Security) {
  return security_codes();
}
const CodeListSpec& list_of(GuarantorKind) {
  return guarantor_kind_codes();
}
const CodeListSpec& list_of(LprTenor) {
  return lpr_tenor_codes();
}
const CodeListSpec& list_of(Answer) {
  return answer_codes();
}
const CodeListSpec& list_of(CompensationRuling) {
  return compensation_ruling_codes();
}
const CodeListSpec& list_of(PayerRole) {
  return payer_role_codes();
}

const CodeListSpec& list_of(RecoverySource) {
  return recovery_source_codes();
}
const CodeListSpec& list_of(WriteoffGround) {
  return writeoff_ground_codes();
}
const CodeListSpec& list_of(DocumentKind) {
  return document_kind_codes();
}
const CodeListSpec& list_of(LoanRuling) {
  return loan_ruling_codes();
}
const CodeListSpec& list_of(Account) {
  return account_codes();
}
const CodeListSpec& list_of(InstitutionRuling) {
  return institution_ruling_codes();
}
const CodeListSpec& list_of(Outcome) {
  return outcome_codes();
}
const CodeListSpec& list_of(DeadlineKind) {
  return deadline_kind_codes();
}

template <class E>
std::optional<E> named(std::string_view name) {
  const auto& codes = list_of(E{}).codes;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (codes[i].name == name) return static_cast<E>(i);
  }
  return std::nullopt;
}
template <>
std::optional<MessageKind> named(std::string_view name) {
  return message_kind(name);
}
template <>
std::optional<FindingCode> named(std::string_view name) {
  for (const FindingSpec& spec : all_findings()) {
    if (spec.name == name) return spec.code;
  }
  return std::nullopt;
}
template <>
std::optional<Proposal::State> named(std::string_view name) {
  for (std::size_t i = 0; i < std::size(proposal_states); ++i) {
    if (proposal_states[i] == name) return static_cast<Proposal::State>(i);
  }
  return std::nullopt;
}

// A variant is an object whose `is` names the state, beside the state's own members.
template <class Variant>
constexpr std::string_view state_names[] = {""};
template <>
constexpr std::string_view state_names<Standing>[] = {"pending", "filed", "refused", "cancelled"};
template <>
constexpr std::string_view state_names<Course>[] = {"current", "overdue", "applied",    "compensated",
                                                    "settled", "renewed", "written_off"};

template <class T>
constexpr bool is_optional = false;
template <class T>
constexpr bool is_optional<std::optional<T>> = true;
template <class T>
constexpr bool is_vector = false;
template <class T>
constexpr bool is_vector<std::vector<T>> = true;
template <class T>
constexpr bool is_variant = requires { std::variant_size<T>::value; };
template <class T>
constexpr bool is_id = requires { T::capacity; };

/// Absent optionals, empty lists and false flags are left out.
class Writer {
 public:
  explicit Writer(std::string& out) : json_(out) {}

  template <class T>
  void thing(T& x) {
    json_.begin_object();
    describe(*this, x);
    json_.end_object();
  }

  template <class T>
  void operator()(std::string_view name, T& x) {
    if constexpr (is_optional<T>) {
      if (x) (*this)(name, *x);
    } else if constexpr (is_vector<T>) {
      if (x.empty()) return;
      json_.key(name).begin_array();
      for (auto& item : x) value(item);
      json_.end_array();
    } else if constexpr (std::is_same_v<T, bool>) {
      if (x) json_.member(name, true);
    } else {
      json_.key(name);
      value(x);
    }
  }

 private:
  template <class T>
  void value(T& x) {
    if constexpr (is_variant<T>) {
      json_.begin_object();
      json_.member("is", state_names<T>[x.index()]);
      std::visit([this](auto& state) { describe(*this, state); }, x);
      json_.end_object();
    } else if constexpr (is_id<T>) {
      json_.value(x.view());
    } else if constexpr (std::is_same_v<T, std::string>) {
      json_.value(std::string_view(x));
    } else if constexpr (std::is_same_v<T, Fen>) {
      json_.value(format_yuan(x));
    } else if constexpr (std::is_same_v<T, Rate>) {
      json_.value(format_percent(x));
    } else if constexpr (std::is_same_v<T, Date> || std::is_same_v<T, Instant>) {
      json_.value(format(x));
    } else if constexpr (std::is_same_v<T, Sequence>) {
      json_.value(x.number);
    } else if constexpr (std::is_same_v<T, std::uint64_t>) {
      json_.value(x);
    } else if constexpr (std::is_same_v<T, std::int32_t>) {
      json_.value(static_cast<std::int64_t>(x));
    } else if constexpr (std::is_same_v<T, Digest>) {
      json_.value(hex(x));
    } else if constexpr (std::is_enum_v<T>) {
      json_.value(name_of(x));
    } else {
      thing(x);
    }
  }

  JsonWriter json_;
};

/// Fills a thing from an object; keeps the first fault, with its JSON Pointer. Every member of the object
/// must be one that was asked for.
class Reader {
 public:
  explicit Reader(const JsonDocument& document) : document_(document) {}

  const std::string& fault() const { return fault_; }

  template <class T>
  void thing(T& x, const JsonNode& node, const std::string& at) {
    open(node, at, [&] { describe(*this, x); });
  }

  template <class T>
  void operator()(std::string_view name, T& x) {
    const JsonNode* node = document_.member(*object_, name);
    if (node != nullptr) ++taken_;
    if constexpr (is_optional<T>) {
      x.reset();
      if (node == nullptr) return;
      x.emplace(blank<typename T::value_type>());
      value(*x, *node, place(name));
    } else if constexpr (is_vector<T>) {
      x.clear();
      if (node == nullptr) return;
      items(x, *node, place(name));
    } else if constexpr (std::is_same_v<T, bool>) {
      x = node != nullptr;
      if (x && (node->kind != JsonNode::Kind::truth || node->text != "true"))
        fail(place(name), "true is expected");
    } else {
      if (node == nullptr) return fail(place(name), "missing");
      value(x, *node, place(name));
    }
  }

 private:
  std::string place(std::string_view name) const { return fmt::format("{}/{}", at_, name); }

  void fail(const std::string& at, std::string_view what) {
    if (fault_.empty()) fault_ = fmt::format("{}: {}", at, what);
  }

  template <class Body>
  void open(const JsonNode& node, const std::string& at, Body body) {
    if (node.kind != JsonNode::Kind::object) return fail(at, "an object is expected");
    const auto outer = std::tuple(object_, at_, taken_);
    object_ = &node, at_ = at, taken_ = 0;
    body();
    if (taken_ != node.children) fail(at, "a member that is not known");
    std::tie(object_, at_, taken_) = outer;
  }

  template <class T>
  void items(std::vector<T>& x, const JsonNode& node, const std::string& at) {
    if (node.kind != JsonNode::Kind::array) return fail(at, "an array is expected");
    if (node.children == 0) return fail(at, "an empty array is left out");
    for (const JsonNode* item = document_.first(node); item != nullptr; item = document_.next(*item)) {
      x.push_back(blank<T>());
      value(x.back(), *item, fmt::format("{}/{}", at, x.size() - 1));
    }
  }

  template <class Variant, std::size_t... Index>
  void state(Variant& x, std::string_view name, std::index_sequence<Index...>) {
    const auto take = [&]<std::size_t I>() {
      if (state_names<Variant>[I] != name) return false;
      using State = std::variant_alternative_t<I, Variant>;
      describe(*this, x.template emplace<I>(blank<State>()));
      return true;
    };
    if (!(take.template operator()<Index>() || ...)) fail(at_ + "/is", "no such state");
  }

  template <class T>
  void value(T& x, const JsonNode& node, const std::string& at) {
    if constexpr (is_variant<T>) {
      open(node, at, [&] {
        const JsonNode* is = document_.member(node, "is");
        if (is == nullptr) return fail(at + "/is", "missing");
        ++taken_;
        state(x, is->text, std::make_index_sequence<std::variant_size_v<T>>());
      });
    } else if constexpr (std::is_same_v<T, Sequence>) {
      number(x.number, node, at);
    } else if constexpr (std::is_same_v<T, std::int32_t> || std::is_same_v<T, std::uint64_t>) {
      number(x, node, at);
    } else if constexpr (is_id<T>) {
      // An id may be empty (a message without one), which parse() never returns.
      if (node.kind == JsonNode::Kind::string && node.text.empty()) return;
      text(x, T::parse(node.text), node, at);
    } else if constexpr (std::is_same_v<T, std::string>) {
      text(x, std::optional(std::string(node.text)), node, at);
    } else if constexpr (std::is_same_v<T, Fen>) {
      text(x, parse_yuan(node.text), node, at);
    } else if constexpr (std::is_same_v<T, Rate>) {
      text(x, parse_percent(node.text), node, at);
    } else if constexpr (std::is_same_v<T, Date>) {
      text(x, parse_date(node.text), node, at);
    } else if constexpr (std::is_same_v<T, Instant>) {
      text(x, parse_instant(node.text), node, at);
    } else if constexpr (std::is_same_v<T, Digest>) {
      const auto bytes = from_hex(node.text);
      if (!bytes || bytes->size() != x.size()) return fail(at, "no digest of 64 hexadecimal digits");
      std::copy(bytes->begin(), bytes->end(), x.begin());
    } else if constexpr (std::is_enum_v<T>) {
      text(x, named<T>(node.text), node, at);
    } else {
      thing(x, node, at);
    }
  }

  template <class T>
  void text(T& x, std::optional<T> parsed, const JsonNode& node, const std::string& at) {
    if (node.kind != JsonNode::Kind::string) return fail(at, "a string is expected");
    if (!parsed) return fail(at, fmt::format("`{}` cannot be read", node.text));
    x = std::move(*parsed);
  }

  template <class Number>
  void number(Number& x, const JsonNode& node, const std::string& at) {
    const char* const end = node.text.data() + node.text.size();
    const auto read = std::from_chars(node.text.data(), end, x);
    if (node.kind != JsonNode::Kind::number || read.ec != std::errc{} || read.ptr != end) {
      fail(at, "a whole number is expected");
    }
  }

  const JsonDocument& document_;
  const JsonNode* object_ = nullptr;
  std::string at_;
  std::uint32_t taken_ = 0;
  std::string fault_;
};

template <class T>
std::expected<Change, std::string> read_thing(const JsonDocument& document) {
  T thing = blank<T>();
  Reader reader(document);
  reader.thing(thing, document.root(), "");
  if (!reader.fault().empty()) return std::unexpected(reader.fault());
  return Change(std::move(thing));
}

}  // namespace

std::string to_json(const Change& change) {
  std::string out;
  out.reserve(768);
  // describe() serves reading too, hence the cast; the writer changes nothing.
  std::visit(
      [&](const auto& thing) { Writer(out).thing(const_cast<std::remove_cvref_t<decltype(thing)>&>(thing)); },
      change);
  return out;
}

std::expected<Change, std::string> change_from_json(std::string_view kind, std::string_view json) {
  JsonDocument document;
  if (const auto read = document.read(json); !read) {
    return std::unexpected(fmt::format("byte {}: {}", read.error().offset, read.error().what));
  }
  if (kind == "company") return read_thing<Company>(document);
  if (kind == "institution") return read_thing<Institution>(document);
  if (kind == "loan") return read_thing<Loan>(document);
  if (kind == "case") return read_thing<Case>(document);
  if (kind == "instruction") return read_thing<Instruction>(document);
  if (kind == "proposal") return read_thing<Proposal>(document);
  if (kind == "outage") return read_thing<Outage>(document);
  if (kind == "remittance") return read_thing<Remittance>(document);
  if (kind == "reservation") return read_thing<Reservation>(document);
  if (kind == "application") return read_thing<Application>(document);
  if (kind == "guarantee") return read_thing<Guarantee>(document);
  if (kind == "meeting") return read_thing<Meeting>(document);
  if (kind == "fund_year") return read_thing<FundYear>(document);
  if (kind == "posting") return read_thing<Posting>(document);
  if (kind == "assessment") return read_thing<Assessment>(document);
  if (kind == "deadline") return read_thing<Deadline>(document);
  if (kind == "configuration") return read_thing<ConfigurationOnRecord>(document);
  if (kind == "profile_version") return read_thing<ProfileVersion>(document);
  if (kind == "batch") return read_thing<Batch>(document);
  if (kind == "directive") return read_thing<Directive>(document);
  return std::unexpected(fmt::format("`{}` is no kind of thing in the registry", kind));
}

}  // namespace loangate
