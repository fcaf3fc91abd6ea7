#include "ops/office/case_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/html.hpp"
#include "base/json.hpp"
#include "programme/judgement.hpp"

namespace loangate::ops {
namespace {

using boost::asio::awaitable;

/// A page of tables with two columns, to be printed.
class Page {
 public:
  explicit Page(std::string_view title_zh, std::string_view title_en) {
    fmt::format_to(
        std::back_inserter(html_),
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>{0} · {1}</title>"
        "<style>body{{font-family:serif;max-width:46em;margin:2em auto}}h1{{text-align:center}}"
        "table{{border-collapse:collapse;width:100%;margin-bottom:1em}}"
        "td,th{{border:1px solid #000;padding:.3em .6em;text-align:left}}"
        "th{{width:16em;font-weight:normal}}small{{color:#555}}</style></head><body>"
        "<h1>{0}<br><small>{1}</small></h1>",
        html_escaped(title_zh), html_escaped(title_en));
  }
  void section(std::string_view zh, std::string_view en) {
    end_table();
    fmt::format_to(std::back_inserter(html_), "<h2>{} <small>{}</small></h2><table>", html_escaped(zh),
                   html_escaped(en));
    in_table_ = true;
  }
  void row(std::string_view zh, std::string_view en, std::string_view value) {
    fmt::format_to(std::back_inserter(html_), "<tr><th>{} <small>{}</small></th><td>{}</td></tr>",
                   html_escaped(zh), html_escaped(en), value.empty() ? "—" : html_escaped(value));
  }
  void money(std::string_view zh, std::string_view en, Fen amount) {
    row(zh, en, format_yuan_grouped(amount));
  }
  std::string take() {
    end_table();
    html_ += "</body></html>\n";
    return std::move(html_);
  }

 private:
  void end_table() {
    if (in_table_) html_ += "</table>";
    in_table_ = false;
  }
  std::string html_;
  bool in_table_ = false;
};

void write_loan(Page& page, const Loan& loan) {
  page.section("贷款", "Loan");
  page.row("合同号", "Contract", loan.contract_no.view());
  page.row("借据号", "Loan number", loan.ref.number.view());
  page.money("贷款金额", "Amount lent", loan.lent);
  page.money("备案金额", "Amount filed", loan.filed);
  page.row("放款日", "Disbursed", format(loan.disbursed_on));
  page.row("到期日", "Maturity", format(loan.matures_on));
  if (loan.matured_before_extension)
    page.row("展期前到期日", "Maturity before extension", format(*loan.matured_before_extension));
  page.row("年利率 %", "Rate", format_percent(loan.rate));
  page.row("主担保方式", "Security", spec_of(loan.security).zh);
  if (loan.guarantor) page.row("担保机构", "Guarantor", loan.guarantor->view());
  if (loan.imported) page.row("来源", "Origin", "期初导入 · imported opening balance");
  const course::Overdue* const overdue = programme::overdue_of(loan);
  if (overdue == nullptr) return;
  page.row("首个未还应还日", "First unpaid due date", format(overdue->due_on));
  page.row("逾期报告", "Overdue report",
           fmt::format("{} · {}{}", format(overdue->reported_on), overdue->reported_as.view(),
                       overdue->late ? " · 迟报 late" : ""));
}

void write_company(Page& page, const Loan& loan, const std::optional<Change>& found) {
  page.section("企业", "Company");
  page.row("企业名称", "Name", loan.company_name);
  page.row("统一社会信用代码", "USCC", loan.company.view());
  if (!found) return;
  for (const Qualification& ground : std::get<Company>(*found).qualifications) {
    if (!ground.valid.covers(loan.disbursed_on)) continue;
    page.row("放款日入库依据", "Ground at disbursement",
             fmt::format("{} {}", spec_of(ground.category).zh, ground.document_no));
  }
}

/// What only the application itself says: the amounts that are not compensated, class and measures.
void write_said(Page& page, const store::StoredEntry& application) {
  const auto record = read_canonical(CompensationApplication::spec(), application.entry.canonical);
  if (!record) return;
  const auto said = CompensationApplication::from(*record);
  if (said.penalty_interest) page.money("罚息（不补偿）", "Penalty interest", *said.penalty_interest);
  if (said.compound_interest) page.money("复利（不补偿）", "Compound interest", *said.compound_interest);
  if (said.loan_class) page.row("五级分类", "Loan class", spec_of(*said.loan_class).zh);
  if (said.measures) page.row("催收及处置措施", "Measures taken", *said.measures);
}

void write_case(Page& page, const Case& of, const store::Store& store) {
  page.section("申请", "Application");
  page.row("案件号", "Case", of.no.view());
  page.row("申请表编号", "Bank's number", of.application_no.value_or(""));
  page.money("未还本金", "Principal unpaid", of.principal);
  page.money("合同期内欠息", "Contract interest unpaid", of.interest);
  page.row("数据日期", "As of", format(of.as_of));
  if (const auto application = store.entry(of.application)) write_said(page, *application);
  page.row("收款户名", "Payee", of.payee_name);
  page.row("收款账号", "Account", of.payee_account);
  page.row("收款行号", "Bank code", of.payee_bank_code.view());
  for (const AttachmentRow& row : of.attachments) {
    page.row(spec_of(row.kind).zh, spec_of(row.kind).en,
             fmt::format("{} {}", row.name.value_or(""), row.sha256.substr(0, 16)));
  }
}

void write_ruling(Page& page, const Case& of, const store::Store& store) {
  page.section("审定", "Ruling");
  if (!of.ruling) return page.row("结论", "Ruling", "");
  page.row("结论", "Ruling", spec_of(of.ruling->ruling).zh);
  page.row("会议", "Meeting", fmt::format("{} {}", of.ruling->meeting_no, format(of.ruling->decided_on)));
  page.row("适用办法", "Version", of.governing_version);
  if (of.loss) page.money("认定损失", "Loss", *of.loss);
  for (const InstructionNo& no : of.instructions) {
    const auto found = store.find("instruction", no.view());
    if (!found) continue;
    const auto& instruction = std::get<Instruction>(*found);
    page.money(instruction.payer.view(), spec_of(instruction.role).en, instruction.amount);
  }
  if (of.bank_share) page.money("银行承担", "Bank", *of.bank_share);
  for (const OpinionRow& opinion : of.ruling->opinions) {
    page.row(opinion.member, "opinion", opinion.consents == Answer::yes ? "同意" : "不同意");
  }
}

Refusal no_such_case() {
  return not_found({"没有这个案件；见 GET /v1/cases", "there is no such case; see GET /v1/cases"});
}

}  // namespace

awaitable<Reply> read_form(const Operations& operations, const Call& call) {
  const store::Store& store = operations.store;
  const auto found = store.find("case", call.arguments[0]);
  if (!found) co_return std::unexpected(no_such_case());
  const auto& of = std::get<Case>(*found);
  const auto loan = store.loan(of.loan);
  if (!loan) co_return std::unexpected(no_such_case());
  Page page("风险代偿申请表", "Application for risk compensation");
  page.section("合作机构", "Institution");
  if (const auto bank = store.find("institution", of.loan.lender.view())) {
    const auto& institution = std::get<Institution>(*bank);
    page.row("机构名称", "Name", institution.name_zh);
    page.row("机构编码", "Code", institution.code ? institution.code->view() : "");
  }
  write_company(page, *loan, store.find("company", loan->company.view()));
  write_loan(page, *loan);
  write_case(page, of, store);
  write_ruling(page, of, store);
  co_return net::Response{
      .status = 200,
      .content_type = "text/html; charset=utf-8",
      .body = page.take(),
      .headers = {{"Cache-Control", "no-store"},
                  {"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"}}};
}

awaitable<Reply> read_document(const Operations& operations, const Call& call) {
  const auto partner = PartnerId::parse(call.arguments[0]);
  const auto bytes = from_hex(call.arguments[1]);
  std::optional<store::StoredEntry> entry;
  if (partner && bytes && bytes->size() == sizeof(Digest)) {
    Digest sha256;
    std::ranges::copy(*bytes, sha256.begin());
    entry = operations.store.entry(*partner, store::document_id(sha256));
  }
  if (!entry) {
    co_return std::unexpected(not_found({"没有这份材料", "there is no such document of this partner"}));
  }
  if (entry->removed_by) {
    co_return std::unexpected(
        Refusal{.status = 410,
                .code = "removed",
                .detail = {fmt::format("保存期已满，已清理，见流水 {}", entry->removed_by->number),
                           fmt::format("removed when its time was over, by the act {} of the journal",
                                       entry->removed_by->number)}});
  }
  JsonDocument kept;
  std::string media_type = "application/octet-stream";
  if (kept.read(entry->entry.receipt)) {
    if (const JsonNode* type = kept.member(kept.root(), "media_type")) media_type = type->text;
  }
  // Never shown in place: what a bank sends is not ours to run.
  co_return net::Response{.status = 200,
                          .content_type = media_type,
                          .body = std::move(entry->entry.raw),
                          .headers = {{"Cache-Control", "no-store"},
                                      {"Content-Disposition", "attachment"},
                                      {"X-Content-Type-Options", "nosniff"}}};
}

}  // namespace loangate::ops
