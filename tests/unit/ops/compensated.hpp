#pragma once
#include <fmt/format.h>

#include "port.hpp"

namespace loangate::ops::testing {

inline PartnerId partner(std::string_view id) {
  return PartnerId::parse(id).value();
}

/// Approves what was proposed, as another person.
inline Told approved(Port& port, const Told& proposed, std::string_view person = "approver-wang") {
  EXPECT_EQ(proposed.status, 201u) << proposed.body;
  return port.post(person, fmt::format("/v1/proposals/{}/approve", proposed["proposal"]),
                   fmt::format(R"({{"hash":"{}"}})", proposed["hash"]));
}

/// A port with banks, fund and a listed company, and a case that was compensated and paid.
struct Compensated : Port {
  explicit Compensated(PortOptions options = {}) : Port(std::move(options)) {
    post("bureau", "/v1/acts/institution.entry",
         fmt::format("[{},{},{}]", intake::testing::institution("phrcb", "bank").raw,
                     intake::testing::institution("fund", "fund").raw,
                     intake::testing::institution("office", "office").raw));
    post("bureau", "/v1/acts/company.entry", intake::testing::listing(intake::testing::company_one).raw);
    for (const store::Unit& unit : intake::testing::applied_for("C1")) commits(unit);
    case_no = key(store().all("case").front());
    const Told ruled = approved(
        *this,
        post(
            "officer-li", "/v1/proposals/rule.compensation",
            fmt::format(
                R"({{"case_no":"{}","ruling":"approved","meeting_no":"2023-1","meeting_on":"2023-07-10","approved_principal":"300000.00","approved_interest":"0.00"}})",
                case_no)));
    EXPECT_EQ(ruled.status, 200u) << ruled.body;
    const PaymentConfirmation paid{
        .message_id = MessageId::parse("paid-1").value(),
        .instruction_no = std::get<Case>(store().find("case", case_no).value()).instructions.front(),
        .amount = Fen::yuan(180'000),
        .paid_on = parse_date("2023-08-01").value(),
        .payment_ref = "GK-1"};
    commits(intake::testing::message(partner("fund"), paid.record(), PaymentConfirmation::kind,
                                     intake::testing::at("2023-08-01")));
  }
  void applies_for_write_off() {
    const WriteoffApplication application{.message_id = MessageId::parse("writeoff-1").value(),
                                          .case_no = CaseNo::parse(case_no).value(),
                                          .ground = WriteoffGround::bankruptcy,
                                          .document_no = "(2025)浙0482破1号",
                                          .document_on = parse_date("2025-01-15").value(),
                                          .issuer = "平湖市人民法院"};
    commits(intake::testing::message(intake::testing::bank(), application.record(), WriteoffApplication::kind,
                                     intake::testing::at("2025-02-03")));
  }
  std::string ruling(std::string_view conclusion) const {
    return fmt::format(
        R"({{"case_no":"{}","ruling":"{}","meeting_no":"2025-1","meeting_on":"2025-02-18","reason":"破产终结"}})",
        case_no, conclusion);
  }
  /// Money that came in after the compensation; gives the number of the fund's remittance.
  InstructionNo recovers(std::string_view id, std::string_view day, Fen recovered, Fen costs) {
    const RecoveryReport report{.message_id = MessageId::parse(id).value(),
                                .case_no = CaseNo::parse(case_no).value(),
                                .recovered_on = parse_date(day).value(),
                                .source = RecoverySource::litigation,
                                .recovered = recovered,
                                .costs = costs,
                                .voucher_no = "PZ-1"};
    commits(intake::testing::message(intake::testing::bank(), report.record(), RecoveryReport::kind,
                                     intake::testing::at(day)));
    return std::get<Case>(store().find("case", case_no).value())
        .recoveries.back()
        .returns.front()
        .remittance.value();
  }
  void returns_to_fund(std::string_view id, const InstructionNo& remittance, std::string_view day,
                       Fen amount) {
    const PaymentReceived received{.message_id = MessageId::parse(id).value(),
                                   .instruction_no = remittance,
                                   .amount = amount,
                                   .received_on = parse_date(day).value()};
    commits(intake::testing::message(partner("fund"), received.record(), PaymentReceived::kind,
                                     intake::testing::at(day)));
  }
  std::string case_no;
};

}  // namespace loangate::ops::testing
