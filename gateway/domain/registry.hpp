#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "domain/finding.hpp"
#include "domain/ids.hpp"
#include "domain/messages.hpp"

/// What the registry knows. Each of these is one thing's whole state after the last message or act that
/// touched it; a change is such a state, written anew.
namespace loangate {

/// Days from the first to the last, both included; without a last day it is open.
struct Period {
  Date from;
  std::optional<Date> until = {};
  bool covers(Date day) const { return from <= day && (!until || day <= *until); }
  friend bool operator==(const Period&, const Period&) = default;
};

/// 入库依据: one ground for standing on the support list.
struct Qualification {
  Category category;
  std::string document_no;
  Period valid;
  friend bool operator==(const Qualification&, const Qualification&) = default;
};

/// 企业
struct Company {
  Uscc uscc;
  std::string name;
  std::vector<Qualification> qualifications = {};
  std::vector<Period> d_class = {};   ///< 综合绩效评价D类差别化措施执行期 (R-09)
  std::optional<Period> barred = {};  ///< 三年限制期 after a compensation (R-43)
  friend bool operator==(const Company&, const Company&) = default;
};

/// 合作机构 and the other partners.
struct Institution {
  PartnerId id;
  PartnerRole role;
  std::string name_zh;
  std::string name_en;
  std::optional<InstitutionCode> code = {};
  bool sci_tech_branch = false;       ///< 科技支行: who could lend under the 2017 measures (settled 26)
  std::vector<Period> admitted = {};  ///< 准入期 (R-03)
  std::optional<Date> barred_until =
      {};  ///< removed: the last day on which it cannot be admitted again (R-45)
  std::vector<std::int32_t> lent_in = {};  ///< the years in which it disbursed a loan that was filed (R-45)
  friend bool operator==(const Institution&, const Institution&) = default;
};

/// Whether the institution is admitted on the day.
bool admitted(const Institution& institution, Date day);

/// A loan is (institution, 借据号) (settled 13).
struct LoanRef {
  PartnerId lender;
  LoanNo number;
  std::string text() const;  ///< `phrcb/2021-001`
  friend auto operator<=>(const LoanRef&, const LoanRef&) = default;
};

/// Whether the filing stands. Independent of how the loan goes on: also a pending loan is repaid,
/// extended, or falls overdue (settled 8).
namespace standing {
struct Pending {  ///< 暂挂待审: counts toward the ceiling
  std::vector<FindingCode> reasons;
  friend bool operator==(const Pending&, const Pending&) = default;
};
struct Filed {  ///< 已备案
  friend bool operator==(const Filed&, const Filed&) = default;
};
struct Refused {  ///< 不予备案
  Date on;
  std::string reason;
  friend bool operator==(const Refused&, const Refused&) = default;
};
struct Cancelled {  ///< 备案撤销 by the bank (settled 33)
  Date on;
  std::string reason;
  friend bool operator==(const Cancelled&, const Cancelled&) = default;
};
}  // namespace standing
using Standing = std::variant<standing::Pending, standing::Filed, standing::Refused, standing::Cancelled>;

/// How the loan goes.
namespace course {
struct Current {  ///< 正常
  friend bool operator==(const Current&, const Current&) = default;
};
struct Overdue {  ///< 逾期, reported
  Date due_on;    ///< first unpaid due date
  Fen principal;
  Fen interest;
  Date reported_on;
  bool late;  ///< 报告逾期 (R-34)
  Sequence report;
  MessageId reported_as = {};
  friend bool operator==(const Overdue&, const Overdue&) = default;
};
struct Applied {  ///< 已申请代偿; the overdue it rests on
  CaseNo case_no;
  Overdue overdue;
  friend bool operator==(const Applied&, const Applied&) = default;
};
struct Compensated {  ///< 同意代偿: 待付, then 已付 (see the case's instructions)
  CaseNo case_no;
  Overdue overdue;
  friend bool operator==(const Compensated&, const Compensated&) = default;
};
struct Settled {  ///< 结清
  Date on;
  friend bool operator==(const Settled&, const Settled&) = default;
};
struct Renewed {  ///< 无还本续贷: closed by the loan that took its place (R-17)
  Date on;
  LoanNo by;
  Fen outstanding;                      ///< what it was before, should the renewal be undone:
  std::optional<Overdue> overdue = {};  ///< its balance, and its overdue if it had one
  friend bool operator==(const Renewed&, const Renewed&) = default;
};
struct WrittenOff {  ///< 核销 (R-41)
  CaseNo case_no;
  Date on;
  friend bool operator==(const WrittenOff&, const WrittenOff&) = default;
};
}  // namespace course
using Course = std::variant<course::Current, course::Overdue, course::Applied, course::Compensated,
                            course::Settled, course::Renewed, course::WrittenOff>;

/// How the bank stated the rate: what judging a held filing again needs beside the rate itself.
struct Pricing {
  std::optional<std::int32_t> lpr_spread_bp = {};  ///< stated as LPR ± basis points (settled 31)
  std::optional<LprTenor> lpr_tenor = {};          ///< as the bank declared it (R-14)
  bool reason_given = false;                       ///< for a rate above the ceiling (R-12)
  friend bool operator==(const Pricing&, const Pricing&) = default;
};

/// 备案更正、备案撤销 (settled 33): what it changes of a loan.
struct Amendment {
  Sequence message;
  MessageId sent_as;
  std::string reason;
  bool cancels = false;  ///< the whole filing
  std::optional<ContractNo> contract_no = {};
  std::optional<Fen> lent = {};
  std::optional<Fen> filed = {};
  std::optional<Date> disbursed_on = {};
  std::optional<Date> matures_on = {};
  std::optional<Rate> rate = {};
  bool rate_reason_given = false;
  std::optional<Security> security = {};
  std::optional<GuarantorKind> guarantor_kind = {};
  std::optional<PartnerId> guarantor = {};
  friend bool operator==(const Amendment&, const Amendment&) = default;
};

/// 贷款
struct Loan {
  Sequence filing;  ///< the journal entry that filed it: its place in the store
  LoanRef ref;
  MessageId filed_as;
  ContractNo contract_no;
  Uscc company;
  std::string company_name;
  Fen lent;
  Fen filed;        ///< 备案金额: what ceiling and loss count (settled 29)
  Fen outstanding;  ///< 余额 of the amount lent
  Date disbursed_on;
  Date matures_on;  ///< as extended
  std::optional<Date> matured_before_extension = {};
  Rate rate;  ///< if priced over an LPR that is not vouched for: by the last quote before it
  Security security;
  std::optional<GuarantorKind> guarantor_kind = {};
  std::optional<PartnerId> guarantor = {};
  bool long_term = false;  ///< on the office's register of loans over a year (R-16)
  Digest content = {};     ///< of the filing's business fields: the same filing under another id (settled 13)
  Standing standing = standing::Filed{};
  Course course = course::Current{};
  Date filed_on = disbursed_on;  ///< the civil day on which the filing came in
  Pricing pricing = {};
  std::optional<LoanNo> renews = {};              ///< the loan that it took the place of (R-17)
  std::vector<Date> overdues_before = {};         ///< due dates of its overdues that were cured or withdrawn,
                                                  ///< those of the loan that it renews included
  std::optional<Date> credit_registered_on = {};  ///< the bank's word (R-42)
  std::optional<Amendment> amendment = {};        ///< waits for the office (settled 33)
  bool imported = false;                          ///< an opening balance (settled 36)
  friend bool operator==(const Loan&, const Loan&) = default;

  /// 敞口: what it counts toward the company's ceiling: the filed part of the principal outstanding,
  /// from the moment it is held (settled 8); nothing once refused, cancelled, settled, renewed or written
  /// off.
  Fen exposure() const;
  /// Neither refused, cancelled, settled, renewed nor written off.
  bool open() const;
};

/// 联席会议审定 (settled 25)
struct Ruling {
  CompensationRuling ruling;
  std::string meeting_no;
  Date decided_on;
  Fen principal;  ///< 审定本金; zero unless approved
  Fen interest;
  std::string reason;
  std::vector<OpinionRow> opinions;
};
bool operator==(const Ruling& a, const Ruling& b);
bool operator==(const AttachmentRow& a, const AttachmentRow& b);

/// 追偿: money that came in after a compensation, and how it was shared.
struct Recovery {
  /// What one of those who bore the loss gets back; negative: what it bears of the costs.
  struct Return {
    PartnerId to;
    PayerRole role;
    Fen amount;
    std::optional<InstructionNo> remittance = {};  ///< none if there is nothing to return
    friend bool operator==(const Return&, const Return&) = default;
  };
  Sequence report;
  PartnerId by;
  Date on;
  RecoverySource source;
  Fen recovered;
  Fen costs;
  std::string voucher_no;
  std::vector<Return> returns;
  Fen bank;                                           ///< the rest
  std::optional<InstructionNo> bank_remittance = {};  ///< of the rest, if it came to another than the bank
  friend bool operator==(const Recovery&, const Recovery&) = default;
};

/// 核销申请 and what became of it.
struct WriteOff {
  Sequence application;
  MessageId applied_as;
  WriteoffGround ground;
  std::string document_no;
  Date document_on;
  std::string issuer;
  std::optional<Ruling> ruling = {};
  friend bool operator==(const WriteOff&, const WriteOff&) = default;
};

/// 代偿案件
struct Case {
  CaseNo no;
  LoanRef loan;
  Sequence application;
  MessageId applied_as;
  std::optional<std::string> application_no = {};
  Fen principal;  ///< 未还本金, as applied for
  Fen interest;   ///< 合同期内欠息
  Date as_of;
  std::string payee_name;
  std::string payee_account;
  BankCode payee_bank_code;
  std::optional<Ruling> ruling = {};  ///< none: 已申请, waits for the conference
  std::optional<Fen> loss = {};       ///< set when approved, with the shares
  std::optional<Fen> bank_share = {};
  std::vector<InstructionNo> instructions = {};
  std::string governing_version = {};         ///< which version of the programme fixed the shares (R-29)
  std::optional<Fen> fund_nominal = {};       ///< the fund's share before the yearly cap (R-32)
  std::optional<std::int32_t> cap_year = {};  ///< the year under whose cap it fell
  std::vector<AttachmentRow> attachments = {};
  std::vector<Recovery> recoveries = {};
  std::optional<WriteOff> write_off = {};
  bool imported = false;  ///< an opening balance (settled 36)
  friend bool operator==(const Case&, const Case&) = default;
};

/// 代偿指令
struct Instruction {
  struct Payment {
    Fen amount;
    Date on;
    std::string reference;
    Sequence confirmation;
    friend bool operator==(const Payment&, const Payment&) = default;
  };
  InstructionNo no;
  CaseNo case_no;
  LoanRef loan;
  PartnerId payer;
  PayerRole role;
  Fen amount;
  Date pay_by;
  std::optional<Payment> paid = {};      ///< 已付: the payer's word
  std::optional<Payment> received = {};  ///< 到账: the bank's word
  friend bool operator==(const Instruction&, const Instruction&) = default;
};

/// 追偿缴回: what is owed from a recovery by the one to whom it came.
struct Remittance {
  InstructionNo no;
  CaseNo case_no;
  LoanRef loan;
  PartnerId from;  ///< who reported the recovery: the bank, or the guarantor
  PartnerId payee;
  std::optional<PayerRole> role = {};  ///< of the payee; none: the bank
  Fen amount;
  Date pay_by;
  std::optional<Instruction::Payment> received = {};  ///< the payee's word
  friend bool operator==(const Remittance&, const Remittance&) = default;
};

/// 额度预占: what a bank has reserved under a company's ceiling. One for each bank and company.
struct Reservation {
  Uscc company;
  PartnerId bank;
  Fen amount;  ///< zero: given up, or used by filings
  Date since;  ///< first day: renewing it does not begin it anew
  Date until;  ///< last day
  friend bool operator==(const Reservation&, const Reservation&) = default;
};

/// 贷款申请 of a company to a bank.
struct Application {
  struct Answer {
    LoanRuling ruling;
    Date on;
    std::optional<Fen> amount = {};
    std::string reason = {};
    friend bool operator==(const Answer&, const Answer&) = default;
  };
  std::string no;
  PartnerId bank;
  Uscc company;
  Fen amount;
  Date applied_on;
  std::optional<Answer> answer = {};
  friend bool operator==(const Application&, const Application&) = default;
};

/// 担保确认 of a guarantor (settled 34); may come before the filing.
struct Guarantee {
  LoanRef loan;
  PartnerId guarantor;
  ContractNo contract_no;
  Fen amount;
  std::optional<Rate> ratio = {};  ///< share guaranteed
  Date confirmed_on;
  friend bool operator==(const Guarantee&, const Guarantee&) = default;
};

/// 联席会议: a number stands for one day.
struct Meeting {
  std::string no;
  Date on;
  friend bool operator==(const Meeting&, const Meeting&) = default;
};

/// 机构年度: what the fund did for an institution's claims of a year, by the rulebook's basis of the
/// cap.
struct FundYear {
  PartnerId institution;
  std::int32_t year;
  Fen approved = Fen::zero();  ///< the fund's shares as capped
  Fen cut = Fen::zero();       ///< what the cap took off them
  Fen restored =
      Fen::zero();  ///< what came back from recoveries and may be spent again, if the rulebook says so
  /// How much of the cap is gone.
  Fen used() const { return approved - restored; }
  friend bool operator==(const FundYear&, const FundYear&) = default;
};

/// 记账凭证: one event in the books of the fund and the guarantors. Debits and credits are equal.
struct Posting {
  struct Line {
    Account account;
    PartnerId payer;  ///< in whose books: fund or guarantor
    Fen debit = Fen::zero();
    Fen credit = Fen::zero();
    friend bool operator==(const Line&, const Line&) = default;
  };
  Sequence cause;
  std::int32_t ordinal;  ///< among the postings of its cause
  Date on;
  PartnerId institution;
  CaseNo case_no;
  std::vector<Line> lines;
  bool balanced() const;
  friend bool operator==(const Posting&, const Posting&) = default;
};

/// 年度考核: an institution without a loan in the year, for the conference to rule on.
struct Assessment {
  PartnerId institution;
  std::int32_t year;
  std::optional<InstitutionRuling> ruling = {};
  std::string meeting_no = {};
  friend bool operator==(const Assessment&, const Assessment&) = default;
};

/// 期限: a deadline of which somebody was told. Each is told once before, and once after (R-22, R-34 … R-39).
struct Deadline {
  DeadlineKind kind;
  LoanRef loan;
  std::optional<InstructionNo> instruction = {};
  Date due_on;
  bool provisional = false;  ///< computed beyond the published calendar
  std::optional<Date> reminded_on = {};
  std::optional<Date> missed_on = {};  ///< the day on which the gateway found that it had passed
  friend bool operator==(const Deadline&, const Deadline&) = default;
};

/// What one person proposed and another must approve (settled 5).
struct Proposal {
  enum class State : std::uint8_t { open, approved, withdrawn };
  ProposalNo no;
  MessageKind kind;  ///< of the act
  std::string act;   ///< canonical JSON of what was proposed,
  Digest hash;       ///< and its SHA-256, to which the approval is bound
  PersonId proposed_by;
  Instant proposed_at;
  State state = State::open;
  std::optional<PersonId> approved_by = {};
  friend bool operator==(const Proposal&, const Proposal&) = default;
};

/// 中断: while the gateway itself did not serve, in real time; the last instant not included (settled 9).
struct Outage {
  Instant from;
  Instant until;
  bool overlaps(Instant begin, Instant end) const { return from < end && begin < until; }
  friend bool operator==(const Outage&, const Outage&) = default;
};

/// 批量文件: a partner's file of many records, and how far it has been judged (settled 40, 41). Written in
/// the same transactions as its records, so that judging goes on exactly where it stopped.
struct Batch {
  struct Tally {
    Outcome outcome;
    std::uint64_t records;
    Fen amount;  ///< what the file's total adds, of these records
    friend bool operator==(const Tally&, const Tally&) = default;
  };
  PartnerId partner;
  std::string id;    ///< 批次号, the partner's own
  Digest file;       ///< SHA-256 of its bytes
  Instant received;  ///< when it was complete: business time of all its records (settled 9)
  Instant began;     ///< real time
  std::uint64_t bytes = 0;
  std::uint64_t records = 0;
  bool all_or_nothing = false;
  /// Where judging stands: the records before this one are judged and their lines of the return file written.
  std::uint64_t judged = 0;
  std::uint64_t offset = 0;           ///< of the next record in the file
  std::uint64_t line = 1;             ///< in which it begins
  std::uint64_t line_offset = 0;      ///< and where that line begins
  std::uint64_t return_bytes = 0;     ///< of the return file so far
  std::vector<Tally> tallies = {};    ///< in the order of Outcome; those without records left out
  bool undone = false;                ///< all or nothing, and a record was bad: nothing of the file counts
  std::optional<Instant> ended = {};  ///< real time; the return file is complete
  friend bool operator==(const Batch&, const Batch&) = default;
};

/// 在用配置: what the record says is in force. There is one.
struct ConfigurationOnRecord {
  struct Row {
    PartnerId partner;
    Digest version;  ///< of the profile as it works
    /// Among the partner's ProfileVersions; 0: the record has no text of it, only files were ever loaded.
    std::int32_t no = 0;
    std::int32_t last = 0;                  ///< how many ProfileVersions the partner has
    std::optional<std::int32_t> left = {};  ///< which was in force before `no` was activated
    friend bool operator==(const Row&, const Row&) = default;
  };
  Digest rulebook;
  std::vector<Row> profiles = {};  ///< in the order of the partners' ids
  friend bool operator==(const ConfigurationOnRecord&, const ConfigurationOnRecord&) = default;
};

/// 接入配置版本: one text of a partner's profile, as it came into force.
struct ProfileVersion {
  PartnerId partner;
  std::int32_t no;  ///< 1, 2, 3 …
  Digest version;   ///< of the profile as it works
  std::string text;
  std::optional<std::int32_t> follows = {};  ///< to which `profile back` leads from here
  PersonId by;                               ///< who proposed it; the gateway: it stood in the file
  std::optional<PersonId> approved_by = {};
  Instant since;  ///< business time
  std::string reason = {};
  friend bool operator==(const ProfileVersion&, const ProfileVersion&) = default;
};

/// 运行指令: what operations said last about one thing: a partner's pause, a replay, an alert's mute. It
/// stands until the next one about the same thing; the act says the rest, and its entry says who gave it.
struct Directive {
  MessageKind kind;   ///< of the act
  std::string about;  ///< `bank01`, `P000000042` …; of `kind`
  std::string act;    ///< canonical JSON
  Sequence cause;
  Instant since;
  friend bool operator==(const Directive&, const Directive&) = default;
};

using Change = std::variant<Company, Institution, Loan, Case, Instruction, Proposal, Outage, Remittance,
                            Reservation, Application, Guarantee, Meeting, FundYear, Posting, Assessment,
                            Deadline, ConfigurationOnRecord, ProfileVersion, Batch, Directive>;
/// The key of the one ConfigurationOnRecord.
inline constexpr std::string_view configuration_key = "in_force";
/// `citicph/3`
std::string profile_version_key(const PartnerId& partner, std::int32_t no);
/// `partner.flow/bank01`
std::string directive_key(MessageKind kind, std::string_view about);

/// `company`, `institution`, `loan`, … `batch`: as the change feed names them.
std::string_view kind_name(const Change& change);
/// The key under which the thing is found: USCC, partner id, `lender/loan no`, case number …; of an outage
/// the instant at which it began, so that one entered again with a later end is the same.
std::string key(const Change& change);

/// The state as canonical JSON: what the change feed carries and the store keeps.
std::string to_json(const Change& change);
/// Reads to_json() back. The error names what is wrong: the bytes are our own, so it means a damaged store.
std::expected<Change, std::string> change_from_json(std::string_view kind, std::string_view json);

/// In whose order a message must stay: that of the loan, of the company for notices about it (settled 22), or
/// of the institution for what concerns it alone.
struct Lane {
  std::variant<LoanRef, Uscc, PartnerId> of;
  std::string text() const;  ///< `loan/phrcb/2021-001`, `company/9133…`, `institution/phrcb`
};

/// A message that must go out. Its delivery id is given at commit.
struct Outgoing {
  PartnerId to;
  MessageKind kind;
  Lane lane;
  Record message;  ///< with delivery_id still absent: the first field of every message that goes out
};

/// 企业台账: what a company's banks have lent and reserved.
struct Book {
  struct Lender {
    PartnerId id;
    std::uint32_t loans = 0;     ///< open ones; 0: a bank that has only reserved
    Fen exposure = Fen::zero();  ///< the sum of Loan::exposure()
    Fen reserved = Fen::zero();
    Date reserved_since = Date::from_days(0);
    Date reserved_until = Date::from_days(0);
    friend bool operator==(const Lender&, const Lender&) = default;
    /// What counts toward the ceiling on the day.
    Fen counted(Date day) const { return day <= reserved_until ? exposure + reserved : exposure; }
  };
  std::vector<Lender> lenders = {};  ///< in the order of their ids
  friend bool operator==(const Book&, const Book&) = default;
};

/// What the registry knows at the moment of a decision: committed state with the group's overlay.
/// Read-only and without side effects; a pointer stays valid until the view's owner commits.
class RegistryView {
 public:
  virtual ~RegistryView() = default;
  virtual const Institution* institution(const PartnerId& id) const = 0;
  virtual const Company* company(const Uscc& uscc) const = 0;
  virtual std::optional<Loan> loan(const LoanRef& ref) const = 0;
  virtual std::optional<Case> find_case(const CaseNo& no) const = 0;
  virtual std::optional<Instruction> instruction(const InstructionNo& no) const = 0;
  virtual std::optional<Proposal> proposal(const ProposalNo& no) const = 0;
  virtual std::optional<Remittance> remittance(const InstructionNo& no) const = 0;
  virtual std::optional<Application> application(std::string_view no) const = 0;
  virtual std::optional<Guarantee> guarantee(const LoanRef& loan) const = 0;
  virtual std::optional<Meeting> meeting(std::string_view no) const = 0;
  virtual std::optional<FundYear> fund_year(const PartnerId& institution, std::int32_t year) const = 0;
  virtual std::optional<Assessment> assessment(const PartnerId& institution, std::int32_t year) const = 0;
  /// The deadline as it was told, if it was.
  virtual std::optional<Deadline> deadline(const Deadline& same) const = 0;
  /// nullptr: nobody has lent to the company or reserved anything.
  virtual const Book* book(const Uscc& uscc) const = 0;
  /// How many open loans the bank has, and at most `limit` of them, oldest first. Reads the table of loans:
  /// for rare messages only.
  struct OpenLoans {
    std::uint64_t count;
    std::vector<Loan> some;
  };
  virtual OpenLoans open_loans(const PartnerId& lender, std::size_t limit) const = 0;
  /// Whether the partner has sent the document of this SHA-256 (settled 35).
  virtual bool has_document(const PartnerId& partner, const Digest& sha256) const = 0;

  /// The sum of Loan::exposure() over all lenders, reservations not counted.
  Fen exposure(const Uscc& uscc) const;
  /// Banks with an open loan to the company, in the order of their ids.
  std::vector<PartnerId> lenders(const Uscc& uscc) const;
  /// All institutions of a role, in the order of their ids.
  virtual std::vector<PartnerId> institutions(PartnerRole role) const = 0;
  /// The longest outage that overlaps the time from `begin` to `end`, `end` not included.
  virtual std::optional<Outage> outage_between(Instant begin, Instant end) const = 0;
};

}  // namespace loangate
