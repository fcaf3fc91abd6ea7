#pragma once
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <string>

#include "base/temporary_folder.hpp"
#include "store/store.hpp"

/// Things to put into a store: plausible, each made from a number, so that two of one number are equal.
namespace loangate::store::sample {

inline PartnerId bank(unsigned n) {
  return PartnerId::parse(fmt::format("bank{:02}", n)).value();
}
inline Uscc uscc(unsigned n) {
  return Uscc::parse(fmt::format("91330482MA2{:07}", n)).value();
}
inline MessageId message_id(std::uint64_t n) {
  return MessageId::parse(fmt::format("20230912-{:010}", n)).value();
}
inline LoanRef loan_ref(unsigned lender, std::uint64_t n) {
  return {bank(lender), LoanNo::parse(fmt::format("JJ{:010}", n)).value()};
}

inline Company company(unsigned n, std::string name = "平湖市某某科技有限公司") {
  return {.uscc = uscc(n),
          .name = std::move(name),
          .qualifications = {{.category = Category::high_tech,
                              .document_no = fmt::format("GR2021330{:05}", n),
                              .valid = {Date::of(2021, 1, 1).value(), Date::of(2023, 12, 31)}}}};
}

inline Institution institution(const PartnerId& id, PartnerRole role = PartnerRole::bank) {
  return {.id = id, .role = role, .name_zh = "合作银行", .name_en = "Bank"};
}

/// A loan of `fen`, filed by the entry `filing`.
inline Loan loan(const LoanRef& ref, Sequence filing, const Uscc& of, std::int64_t fen = 30'000'000) {
  const Date day = Date::of(2021, 3, 25).value();
  return {.filing = filing,
          .ref = ref,
          .filed_as = message_id(filing.number),
          .contract_no = ContractNo::parse("HT2021-" + ref.number.string()).value(),
          .company = of,
          .company_name = "平湖市某某科技有限公司",
          .lent = Fen{fen},
          .filed = Fen{fen},
          .outstanding = Fen{fen},
          .disbursed_on = day,
          .matures_on = day.plus_years(1),
          .rate = parse_percent("4.35").value(),
          .security = Security::unsecured,
          .content = sha256(ref.number.view())};
}

/// A journal entry of about the size of a real filing's.
inline JournalEntry entry(const PartnerId& partner, const MessageId& id, Outcome outcome = Outcome::accepted,
                          std::size_t raw_bytes = 1300) {
  std::string raw = fmt::format("<Filing id=\"{}\">", id.view());
  raw.resize(std::max(raw.size(), raw_bytes), 'x');
  const Digest digest = sha256(raw);
  return {.partner = partner,
          .kind = MessageKind::loan_disbursement,
          .message_id = id,
          .received = {1'694'500'000'000'000},
          .real_time = {1'700'000'000'000'000},
          .raw = std::move(raw),
          .canonical = fmt::format(R"({{"message_id":"{}","filler":"{:0>900}"}})", id.view(), 0),
          .raw_digest = digest,
          .content = sha256(id.view()),
          .outcome = outcome,
          .findings = "[]",
          .status = 200,
          .receipt = fmt::format(R"({{"original_id":"{}","filler":"{:0>380}"}})", id.view(), 0)};
}

inline JournalEntry act(std::string_view person) {
  JournalEntry entry = sample::entry({}, {});
  entry.person = PersonId::parse(person).value();
  entry.kind = MessageKind::company_entry;
  return entry;
}

/// A credit event for the loan, as a filing causes it.
inline Outgoing credit_event(const Loan& loan, const PartnerId& to = PartnerId::parse("credit").value()) {
  Outgoing outgoing{.to = to,
                    .kind = MessageKind::credit_event,
                    .lane = {loan.ref},
                    .message = Record(CreditEvent::spec())};
  using field = CreditEvent::field;
  Record& record = outgoing.message;
  record.set(field::event, Code{static_cast<std::uint8_t>(CreditEventCode::opened)});
  record.set_text(field::lender, loan.ref.lender.view());
  record.set_text(field::company_uscc, loan.company.view());
  record.set_text(field::company_name, loan.company_name);
  record.set_text(field::loan_no, loan.ref.number.view());
  record.set(field::occurred_on, loan.disbursed_on);
  record.set(field::opened_on, loan.disbursed_on);
  record.set(field::matures_on, loan.matures_on);
  record.set(field::loan_amount, loan.lent);
  record.set(field::outstanding, loan.outstanding);
  record.set(field::security, Code{static_cast<std::uint8_t>(loan.security)});
  record.set(field::account_status, Code{static_cast<std::uint8_t>(AccountStatus::normal)});
  return outgoing;
}

inline Outgoing default_notice(const Uscc& of, const PartnerId& to) {
  Outgoing outgoing{
      .to = to, .kind = MessageKind::default_notice, .lane = {of}, .message = Record(DefaultNotice::spec())};
  using field = DefaultNotice::field;
  outgoing.message.set(field::notice_kind, Code{static_cast<std::uint8_t>(NoticeKind::opened)});
  outgoing.message.set_text(field::company_uscc, of.view());
  outgoing.message.set_text(field::company_name, "平湖市某某科技有限公司");
  outgoing.message.set(field::default_since, Date::of(2023, 3, 25).value());
  return outgoing;
}

/// Files loan `n` of a lender: the journal entry, the loan, and a credit event, as a real filing does. A
/// known id is answered and writes nothing.
inline Unit filing(unsigned lender, std::uint64_t n, unsigned company_no, std::int64_t fen = 30'000'000) {
  return [=](const View& view, Sequence sequence) -> Writes {
    if (view.message(bank(lender), message_id(n))) return {};
    const Loan filed = loan(loan_ref(lender, n), sequence, uscc(company_no), fen);
    Writes writes{.entry = entry(bank(lender), message_id(n)), .changes = {filed}};
    writes.outgoing.push_back(credit_event(filed));
    return writes;
  };
}

}  // namespace loangate::store::sample
