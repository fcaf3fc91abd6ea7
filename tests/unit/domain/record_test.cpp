// Canonical messages as records, as typed structs and as JSON.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "domain/messages.hpp"
#include "tests/support/property.hpp"
#include "tests/support/records.hpp"

namespace loangate {
namespace {

using support::holds;

TEST(CanonicalJson, RoundTripsEveryMessage) {
  for (const MessageSpec& spec : all_messages()) {
    SCOPED_TRACE(spec.name);
    holds([&] {
      const Record record = support::any_record(*spec.record);
      const std::string json = canonical_json(record);
      const auto read = read_canonical(*spec.record, json);
      if (!read) RC_FAIL(json + ": " + read.error());
      RC_ASSERT(*read == record);
      RC_ASSERT(canonical_json(*read) == json);
    });
  }
}

TEST(TypedMessages, RoundTripThroughRecords) {
  const auto check = [](MessageKind kind, auto read) {
    const RecordSpec& spec = *spec_of(kind).record;
    SCOPED_TRACE(spec.name);
    holds([&] {
      const Record record = support::any_record(spec);
      std::visit([&](const auto& typed) { RC_ASSERT(typed.record() == record); }, read(kind, record));
    });
  };
  for (const MessageSpec& spec : all_messages()) {
    if (spec.direction == Direction::in) check(spec.kind, inbound);
    if (spec.direction == Direction::act) check(spec.kind, office_act);
  }
}

std::string fault(std::string_view json) {
  const auto read = read_canonical(LoanSettlement::spec(), json);
  return read ? "" : read.error();
}

TEST(CanonicalJson, RefusesWhatDoesNotFitAndSaysWhere) {
  EXPECT_EQ(fault(R"({"message_id":"M","loan_no":"L","settled_on":"2023-01-01"})"), "");
  EXPECT_EQ(fault(R"({"message_id":"M","loan_no":"L"})"), "/settled_on: missing; it is required");
  EXPECT_EQ(fault(R"({"message_id":"M","loan_no":"L","settled_on":"2023-01-01","more":1})"),
            "/more: no such field; remove it");
  EXPECT_NE(fault(R"({"message_id":"M","loan_no":"L","settled_on":"2023-02-29"})"), "");
  EXPECT_NE(fault(R"({"message_id":"M","loan_no":"L","settled_on":"2023-01-01","principal":1.00})"), "")
      << "money is text";
  EXPECT_NE(fault(R"({"message_id":"M","message_id":"N","loan_no":"L","settled_on":"2023-01-01"})"), "");
  EXPECT_NE(fault("[]"), "");
  EXPECT_NE(fault("{"), "");
}

TEST(Record, KeepsItsTextsWhenItMoves) {
  auto made = std::make_unique<Record>(LoanSettlement::spec());
  made->set_text(0, std::string(60, 'x'));
  Record moved = std::move(*made);
  made.reset();
  Record assigned(LoanSettlement::spec());
  assigned = std::move(moved);
  EXPECT_EQ(std::get<std::string_view>(assigned[0]), std::string(60, 'x'));
}

TEST(FieldPath, NamesRowsAndColumns) {
  const RecordSpec& spec = LoanDisbursement::spec();
  EXPECT_EQ(format(spec, {.field = LoanDisbursement::field::rate}), "rate");
  EXPECT_EQ(format(spec, {.field = LoanDisbursement::field::collateral,
                          .row = 2,
                          .column = CollateralRow::field::amount}),
            "collateral[2].amount");
  EXPECT_EQ(format(spec, {}), "");
}

}  // namespace
}  // namespace loangate
