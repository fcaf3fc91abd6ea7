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
  friend bool operator==(const Institution&, const Institution&) = default;
};

/// A loan is (institution, 借据号) (settled 13).
struct LoanRef {
  PartnerId lender;
  LoanNo number;
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
}  // namespace standing
using Standing = std::variant<standing::Pending, standing::Filed, standing::Refused>;

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
}  // namespace course
using Course =
    std::variant<course::Current, course::Overdue, course::Applied, course::Compensated, course::Settled>;

/// How the bank stated the rate: what judging a held filing again needs beside the rate itself.
struct Pricing {
  std::optional<std::int32_t> lpr_spread_bp = {};  ///< stated as LPR ± basis points (settled 31)
  std::optional<LprTenor> lpr_tenor = {};          ///< as the bank declared it (R-14)
  bool reason_given = false;                       ///< for a rate above the ceiling (R-12)
  friend bool operator==(const Pricing&, const Pricing&) = default;
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
  friend bool operator==(const Loan&, const Loan&) = default;

  /// 敞口: what it counts toward the company's ceiling: the filed part of the principal outstanding,
  /// from the moment it is held (settled 8); nothing once refused or settled.
  Fen exposure() const;
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
  std::string governing_version = {};  ///< which version of the programme fixed the shares (R-29)
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

using Change = std::variant<Company, Institution, Loan, Case, Instruction, Proposal, Outage>;

/// `company`, `institution`, `loan`, `case`, `instruction`, `proposal`, `outage`.
std::string_view kind_name(const Change& change);
/// The key under which the thing is found: USCC, partner id, `lender/loan no`, case number …; of an outage
/// the instant at which it began, so that one entered again with a later end is the same.
std::string key(const Change& change);

/// The state as canonical JSON: what the change feed carries and the store keeps.
std::string to_json(const Change& change);
/// Reads to_json() back. The error names what is wrong: the bytes are our own, so it means a damaged store.
std::expected<Change, std::string> change_from_json(std::string_view kind, std::string_view json);

/// In whose order a message must stay: that of the loan, or of the company for notices about it (settled 22).
struct Lane {
  std::variant<LoanRef, Uscc> of;
  std::string text() const;  ///< `loan/phrcb/2021-001`, `company/9133…`
};

/// A message that must go out. Its delivery id is given at commit.
struct Outgoing {
  PartnerId to;
  MessageKind kind;
  Lane lane;
  Record message;  ///< with delivery_id still absent: the first field of every message that goes out
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
  /// The sum of Loan::exposure() over all lenders.
  virtual Fen exposure(const Uscc& uscc) const = 0;
  /// Banks with a loan to the company that is neither refused nor settled, in the order of their ids.
  virtual std::vector<PartnerId> lenders(const Uscc& uscc) const = 0;
  /// All institutions of a role, in the order of their ids.
  virtual std::vector<PartnerId> institutions(PartnerRole role) const = 0;
  /// The longest outage that overlaps the time from `begin` to `end`, `end` not included.
  virtual std::optional<Outage> outage_between(Instant begin, Instant end) const = 0;
};

}  // namespace loangate
