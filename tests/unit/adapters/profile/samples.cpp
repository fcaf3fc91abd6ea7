#include "samples.hpp"

#include <algorithm>
#include <stdexcept>

namespace loangate::adapters::samples {

const std::string_view xml = R"yaml(id: payer
role: fund
names: [财政局, Finance bureau]
format: xml
encoding: GBK
content_types: [application/xml]
xml:
  declaration: '<?xml version="1.0" encoding="GBK"?>'
  namespaces: {cz: "urn:payer"}
delivery:
  mailbox:
    list: {root: LIST, item: ITEM, id: "@no"}
codes:
  answer: {yes: "1", no: "0"}
  outcome: {accepted: "0", held: "1", rejected: {write: "2", also: ["3"]}, unreadable: "8", conflict: "9"}
  severity: {note: "1", hold: "2", refusal: "3"}
  message_type: {payment_confirmation: PC, payment_received: PR, unknown: XX}
  payer_role: {fund: F, guarantor: G}
  deadline_kind: {overdue_report: O, compensation_application: A, payment: P, remittance: R}
defaults:
  money: {unit: yuan, places: 2}
  date: {form: yyyyMMdd, none: ["00000000"]}
envelope:
  - {type: true, at: /cz:MSG/HEAD/TYPE}
  - {field: message_id, at: /cz:MSG/HEAD/@no}
  - {field: delivery_id, at: /cz:MSG/HEAD/@no}
  - {field: receipt_no, at: /cz:MSG/HEAD/@no}
messages:
  payment.confirmation:
    when: PC
    lines:
      - {field: sent_at, at: /cz:MSG/BODY/SENT, form: yyyyMMddHHmmss, transport: true}
      - {field: instruction_no, at: /cz:MSG/BODY/NO}
      - {field: amount, at: /cz:MSG/BODY/AMT}
      - {field: paid_on, at: /cz:MSG/BODY/DAY}
      - {field: payment_ref, at: /cz:MSG/BODY/REF}
  receipt:
    when: RC
    lines:
      - {field: original_id, at: /cz:MSG/BODY/ORIG, none: ["-"]}
      - {field: original_type, at: /cz:MSG/BODY/KIND}
      - {field: outcome, at: /cz:MSG/BODY/RESULT}
      - {field: received_at, at: /cz:MSG/BODY/TIME, form: yyyyMMddHHmmss}
      - {field: may_resend, at: /cz:MSG/BODY/AGAIN}
      - field: findings
        each: /cz:MSG/BODY/ROWS/ROW
        times: 20
        lines:
          - {field: code, at: "@code"}
          - {field: number, at: "@num"}
          - {field: severity, at: LEVEL}
          - {field: text_zh, at: ZH}
          - {field: text_en, at: EN}
          - {field: may_resend, at: AGAIN}
      - {field: findings_more, at: /cz:MSG/BODY/MORE}
  compensation.instruction:
    when: CI
    lines:
      - {field: instruction_no, at: /cz:MSG/BODY/NO}
      - {field: case_no, at: /cz:MSG/BODY/CASE}
      - {field: role, at: /cz:MSG/BODY/ROLE}
      - {field: bank_name, at: /cz:MSG/BODY/BANK}
      - {field: loan_no, at: /cz:MSG/BODY/LOAN}
      - {field: company_uscc, at: /cz:MSG/BODY/USCC}
      - {field: company_name, at: /cz:MSG/BODY/NAME}
      - {field: loss, at: /cz:MSG/BODY/LOSS}
      - {field: amount, at: /cz:MSG/BODY/AMT}
      - {field: payee_name, at: /cz:MSG/BODY/PAYEE}
      - {field: payee_account, at: /cz:MSG/BODY/ACCOUNT}
      - {field: payee_bank_code, at: /cz:MSG/BODY/BANKCODE}
      - {field: decided_on, at: /cz:MSG/BODY/DECIDED}
      - {field: pay_by, at: /cz:MSG/BODY/PAYBY}
      - {field: meeting_no, at: /cz:MSG/BODY/MEETING}
  payment.received:
    when: PR
    lines:
      - {field: instruction_no, at: /cz:MSG/BODY/NO}
      - {field: amount, at: /cz:MSG/BODY/AMT}
      - {field: received_on, at: /cz:MSG/BODY/ARRIVED}
  recovery.remittance:
    when: RR
    lines:
      - {field: remittance_no, at: /cz:MSG/BODY/NO}
      - {field: case_no, at: /cz:MSG/BODY/CASE}
      - {field: loan_no, at: /cz:MSG/BODY/IOU}
      - {field: bank_name, at: /cz:MSG/BODY/BANK}
      - {field: payee, at: /cz:MSG/BODY/PAYEE}
      - {field: recovered, at: /cz:MSG/BODY/RECOVERED}
      - {field: costs, at: /cz:MSG/BODY/COSTS}
      - {field: amount, at: /cz:MSG/BODY/AMT}
      - {field: pay_by, at: /cz:MSG/BODY/PAYBY}
  deadline.reminder:
    when: DR
    lines:
      - {field: deadline, at: /cz:MSG/BODY/KIND}
      - {field: due_on, at: /cz:MSG/BODY/DUE}
      - {field: provisional, at: /cz:MSG/BODY/PROVISIONAL}
      - {field: loan_no, at: /cz:MSG/BODY/IOU}
      - {field: company_name, at: /cz:MSG/BODY/NAME}
)yaml";

const std::string_view json = R"yaml(id: desk
role: office
names: [办公室, Office]
format: json
encoding: UTF-8
content_types: [application/json]
delivery:
  push:
    url: https://desk.example/in
codes:
  answer: {yes: "true", no: "false"}
  outcome: {accepted: "10", held: "11", rejected: "12", unreadable: "18", conflict: "19"}
  severity: {note: I, hold: W, refusal: E}
  message_type: {unknown: none}
  notice_kind: {opened: O, cured: C, withdrawn: W}
defaults:
  date: {form: yyyyMMdd, as: number}
  count: {as: number}
  absent: "null"
envelope:
  - {type: true, at: /type}
  - {field: delivery_id, at: /id}
  - {field: receipt_no, at: /id}
messages:
  receipt:
    when: receipt
    lines:
      - {field: original_id, at: /a~1b/original, none: ["?"]}
      - {field: original_type, at: /a~1b/type}
      - {field: outcome, at: /outcome, as: number}
      - {field: received_at, at: /time, form: yyyy-MM-ddTHH:mm:ss.SSS+08:00}
      - {field: may_resend, at: /again, as: boolean}
      - field: findings
        each: /findings
        times: 10
        lines:
          - {field: code, at: /code}
          - {field: number, at: /number}
          - {field: severity, at: /severity}
          - {field: text_zh, at: /text/zh}
          - {field: text_en, at: /text/en}
          - {field: may_resend, at: /again, as: boolean}
      - {field: findings_more, at: /more}
  acknowledgement:
    when: ack
    lines:
      - {field: taken, at: /taken, as: boolean}
  default.notice:
    when: notice
    lines:
      - {field: notice_no, at: /no}
      - {field: notice_kind, at: /kind}
      - {field: company_uscc, at: /company/code}
      - {field: company_name, at: /company/name}
      - {field: default_since, at: /since}
)yaml";

const std::string_view fixed = R"yaml(id: vault
role: guarantor
names: [担保公司, Guarantor]
institution_code: C1087633000999
format: fixed
encoding: GB18030
content_types: [text/plain]
fixed: {separator: crlf}
framing:
  length: {digits: 6, counts: rest}
  header:
    - {type: true, at: 1+4}
    - {field: sent_at, parts: [{at: 5+8, form: yyyyMMdd}, {at: 13+6, form: HHmmss}]}
    - {filler: 5+14, for: to_partner}
    - {field: message_id, join: "-", parts: [{field: sent_at, form: yyyyMMdd}, {at: 19+8}]}
    - {field: delivery_id, at: 19+8, pad: " "}
    - {field: receipt_no, at: 19+8}
    - {body_length: true, at: 27+5}
delivery:
  mailbox:
    list: {id_digits: 20}
codes:
  answer: {yes: Y, no: N}
  outcome: {accepted: "0", held: "1", rejected: "2", unreadable: "8", conflict: "9"}
  severity: {note: "1", hold: "2", refusal: "3"}
  message_type: {payment_confirmation: G001, payment_received: G002, recovery_report: G003, guarantee_confirmation: G004, unknown: "0000"}
  payer_role: {fund: "1", guarantor: "2"}
  notice_kind: {opened: "1", cured: "2", withdrawn: "3"}
  recovery_source: {borrower: "1", security: "2", litigation: "3", other: "9"}
  deadline_kind: {overdue_report: "1", compensation_application: "2", payment: "3", remittance: "4"}
  qualification_status: {admitted: "1", under_review: "2", removed: "3"}
defaults:
  money: {unit: fen}
  date: {form: yyyyMMdd}
messages:
  payment.confirmation:
    when: G001
    lines:
      - {field: instruction_no, at: 1+32}
      - {field: amount, at: 33+14, sign: flag, flag_at: 47+1, plus: C, minus: D}
      - {field: paid_on, at: 48+8}
      - {field: payment_ref, at: 56+20}
  receipt:
    when: G900
    lines:
      - {field: original_id, at: 1+20, none: ["-"]}
      - {field: original_type, at: 21+4}
      - {field: outcome, at: 25+1}
      - {field: received_at, at: 26+14, form: yyyyMMddHHmmss}
      - {field: may_resend, at: 40+1}
      - field: findings
        tag: F
        tag_at: 1+1
        times: 9
        lines:
          - {field: code, at: 2+40}
          - {field: number, at: 42+4}
          - {field: severity, at: 46+1}
          - {field: text_zh, at: 47+100, cut: true}
          - {field: text_en, at: 147+100, cut: true}
          - {field: may_resend, at: 247+1}
      - {field: findings_more, at: 41+3}
  default.notice:
    when: G201
    lines:
      - {field: notice_no, at: 1+10}
      - {field: notice_kind, at: 11+1}
      - {field: company_uscc, at: 12+18}
      - {field: company_name, at: 30+120}
      - {field: default_since, at: 150+8}
  compensation.instruction:
    when: G202
    lines:
      - {field: instruction_no, at: 1+32}
      - {field: case_no, at: 33+24}
      - {field: role, at: 57+1}
      - {field: bank_name, at: 58+80}
      - {field: loan_no, at: 138+40}
      - {field: company_uscc, at: 178+18}
      - {field: company_name, at: 196+120}
      - {field: loss, at: 316+14}
      - {field: amount, at: 330+14}
      - {field: payee_name, at: 344+120}
      - {field: payee_account, at: 464+40}
      - {field: payee_bank_code, at: 504+12}
      - {field: decided_on, at: 516+8}
      - {field: pay_by, at: 524+8}
      - {field: meeting_no, at: 532+60}
  payment.received:
    when: G002
    lines:
      - {field: instruction_no, at: 1+32}
      - {field: amount, at: 33+14}
      - {field: received_on, at: 47+8}
  recovery.report:
    when: G003
    lines:
      - {field: case_no, at: 1+24}
      - {field: recovered_on, at: 25+8}
      - {field: source, at: 33+1}
      - {field: recovered, at: 34+14}
  guarantee.confirmation:
    when: G004
    lines:
      - {field: lender, at: 1+24}
      - {field: loan_no, at: 25+40}
      - {field: guarantee_contract_no, at: 65+40}
      - {field: amount, at: 105+14}
      - {field: confirmed_on, at: 119+8}
  recovery.remittance:
    when: G203
    lines:
      - {field: remittance_no, at: 1+32}
      - {field: case_no, at: 33+24}
      - {field: loan_no, at: 57+40}
      - {field: bank_name, at: 97+80}
      - {field: payee, at: 177+24}
      - {field: recovered, at: 201+14}
      - {field: costs, at: 215+14}
      - {field: amount, at: 229+14}
      - {field: pay_by, at: 243+8}
  deadline.reminder:
    when: G204
    lines:
      - {field: deadline, at: 1+1}
      - {field: due_on, at: 2+8}
      - {field: provisional, at: 10+1}
      - {field: loan_no, at: 11+40}
      - {field: company_name, at: 51+120}
  qualification.notice:
    when: G205
    lines:
      - {field: status, at: 1+1}
      - {field: effective_on, at: 2+8}
)yaml";

std::string changed(std::string_view text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  if (from.empty() || at == text.npos || text.find(from, at + 1) != text.npos) {
    throw std::logic_error("not exactly once in the sample: " + std::string(from));
  }
  return std::string(text.substr(0, at)) + std::string(to) + std::string(text.substr(at + from.size()));
}

int line_of(std::string_view text, std::string_view words) {
  const std::size_t at = text.find(words);
  if (at == text.npos || text.find(words, at + 1) != text.npos) {
    throw std::logic_error("not exactly once in the profile: " + std::string(words));
  }
  return static_cast<int>(std::ranges::count(text.substr(0, at), '\n')) + 1;
}

}  // namespace loangate::adapters::samples
