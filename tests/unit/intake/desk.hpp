#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "base/temporary_folder.hpp"
#include "intake/office.hpp"
#include "store/sqlite/sqlite_store.hpp"

/// A registry on a real store, with the programme's own rulebook, on which messages are judged and acts done.
namespace loangate::intake::testing {

inline programme::Rulebook rulebook_with_lpr(const std::filesystem::path& lpr) {
  const std::filesystem::path config = std::filesystem::path(LOANGATE_SOURCE_DIR) / "config";
  return programme::load_rulebook(config / "programmes", config / "calendar.yaml", lpr).value();
}

inline const programme::Rulebook& rulebook() {
  static const programme::Rulebook loaded =
      rulebook_with_lpr(std::filesystem::path(LOANGATE_SOURCE_DIR) / "config" / "lpr.yaml");
  return loaded;
}

inline Instant at(std::string_view time) {
  return parse_instant(std::string(time) + "T10:00:00+08:00").value();
}
inline PersonId person(std::string_view name) {
  return PersonId::parse(name).value();
}

constexpr std::string_view company_one = "91330482MA2C00028T";
constexpr std::string_view company_two = "91330482MA2C00036M";

/// An act as it comes in; the text must be right.
inline GivenAct act(MessageKind kind, const std::string& json) {
  const auto record = read_canonical(*spec_of(kind).record, json);
  if (!record) throw std::runtime_error(record.error());
  return given_act(kind, *record, json);
}

inline GivenAct listing(std::string_view uscc, std::string_view valid_from = "2021-01-01") {
  return act(
      MessageKind::company_entry,
      R"({"company_uscc":")" + std::string(uscc) +
          R"(","company_name":"平湖市某某科技有限公司","category":"high_tech","document_no":"GR2021","valid_from":")" +
          std::string(valid_from) + R"("})");
}

inline GivenAct institution(std::string_view id, std::string_view role) {
  return act(
      MessageKind::institution_entry,
      R"({"institution":")" + std::string(id) + R"(","role":")" + std::string(role) +
          R"(","name_zh":"机构","name_en":"Institution","sci_tech_branch":"no","admitted_from":"2021-01-01"})");
}

/// A judged message as a unit: what intake::admit() writes, without a partner's format around it.
inline store::Unit message(const PartnerId& from, const Record& record, MessageKind kind, Instant received,
                           const programme::Rulebook& rules = rulebook()) {
  auto shared = std::make_shared<InboundMessage>(inbound(kind, record));
  const std::string canonical = canonical_json(record);
  const auto id = MessageId::parse(std::get<std::string_view>(record[0])).value();
  return [=, &rules](const store::View& view, Sequence sequence) -> store::Writes {
    const programme::Occasion occasion{
        .sequence = sequence, .partner = from, .received = received, .content = sha256(canonical)};
    auto decision = programme::decide(*shared, occasion, view, rules);
    EXPECT_NE(decision.outcome, Outcome::rejected) << codes(decision.findings);
    return {.entry = store::JournalEntry{.partner = from,
                                         .kind = kind,
                                         .message_id = id,
                                         .received = received,
                                         .raw = canonical,
                                         .canonical = canonical,
                                         .raw_digest = sha256(canonical),
                                         .content = occasion.content,
                                         .outcome = decision.outcome,
                                         .receipt = "{}"},
            .changes = std::move(decision.changes),
            .outgoing = std::move(decision.outgoing)};
  };
}

inline PartnerId bank() {
  return PartnerId::parse("phrcb").value();
}
inline LoanRef loan_ref(std::string_view number) {
  return {bank(), LoanNo::parse(number).value()};
}

inline LoanDisbursement disbursement(std::string_view number, std::string_view from, std::string_view until) {
  return {.message_id = MessageId::parse("filing-" + std::string(number)).value(),
          .contract_no = ContractNo::parse("HT" + std::string(number)).value(),
          .loan_no = LoanNo::parse(number).value(),
          .company_uscc = Uscc::parse(company_one).value(),
          .company_name = "平湖市某某科技有限公司",
          .loan_amount = Fen::yuan(300'000),
          .disbursed_on = parse_date(from).value(),
          .matures_on = parse_date(until).value(),
          .rate = parse_percent("4.35").value(),
          .security = Security::unsecured,
          .officer_name = "张小明",
          .officer_phone = "13800001234"};
}

/// Held, because it was filed after the loan fell due (R-22).
inline store::Unit held_filing(std::string_view number) {
  const auto filing = disbursement(number, "2023-01-05", "2023-06-05");
  return message(bank(), filing.record(), MessageKind::loan_disbursement, at("2023-07-03"));
}

inline std::string hold_ruling(std::string_view number, std::string_view ruling = "released") {
  return R"({"lender":"phrcb","loan_no":")" + std::string(number) + R"(","ruling":")" + std::string(ruling) +
         R"(","reason":"已补充说明"})";
}

/// The case of R-28 up to the application, with a unit for each message.
inline std::vector<store::Unit> applied_for(std::string_view number) {
  const auto id = [&](std::string_view step) {
    return MessageId::parse(std::string(step) + "-" + std::string(number)).value();
  };
  const LoanNo loan = LoanNo::parse(number).value();
  const OverdueReport overdue{.message_id = id("overdue"),
                              .loan_no = loan,
                              .due_on = parse_date("2023-03-24").value(),
                              .overdue_principal = Fen::yuan(300'000)};
  const CompensationApplication application{.message_id = id("claim"),
                                            .loan_no = loan,
                                            .outstanding_principal = Fen::yuan(300'000),
                                            .contract_interest = Fen::zero(),
                                            .as_of = parse_date("2023-07-03").value(),
                                            .payee_name = "平湖农商银行",
                                            .payee_account = "201000123456",
                                            .payee_bank_code = BankCode::parse("103100000026").value()};
  return {message(bank(), disbursement(number, "2022-07-25", "2023-03-24").record(),
                  MessageKind::loan_disbursement, at("2022-07-26")),
          message(bank(), overdue.record(), MessageKind::overdue_report, at("2023-03-27")),
          message(bank(), application.record(), MessageKind::compensation_application, at("2023-07-04"))};
}

}  // namespace loangate::intake::testing
