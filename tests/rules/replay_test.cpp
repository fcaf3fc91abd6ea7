// A message that comes again, in whatever order, changes the books once (settled 11): the whole life of a
// loan through the intake on a real store, each message sent any number of times, before its turn, after it,
// and in one group with itself.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/contains.hpp"
#include "domain/case_no.hpp"
#include "intake/admit.hpp"
#include "tests/support/partners.hpp"
#include "tests/support/play.hpp"
#include "tests/support/property.hpp"
#include "tests/unit/intake/desk.hpp"

namespace loangate::support {
namespace {

using store::Unit;

constexpr const char* company = "91330482MA28A00104";
constexpr const char* lender = "phrcb";
constexpr const char* guarantor = "jxguar";

/// One message of the script or one act of the office. What names a case is filled in when it is first sent.
struct Line {
  MessageKind kind;
  std::string by;
  std::string on;
  Fields fields;
};

const std::vector<Line>& script() {
  static const std::vector<Line> lines{
      {MessageKind::loan_disbursement,
       lender,
       "2023-03-06",
       {{"contract_no", "HT1"},
        {"loan_no", "L1"},
        {"company_uscc", company},
        {"company_name", "企业一"},
        {"loan_amount", "1000000.00"},
        {"disbursed_on", "2023-03-01"},
        {"matures_on", "2024-03-01"},
        {"rate", "4.55"},
        {"security", "guarantee"},
        {"guarantor_kind", "institution"},
        {"guarantor", guarantor}}},
      {MessageKind::guarantee_confirmation,
       guarantor,
       "2023-03-07",
       {{"lender", lender},
        {"loan_no", "L1"},
        {"guarantee_contract_no", "BZ1"},
        {"amount", "1000000.00"},
        {"confirmed_on", "2023-03-07"}}},
      {MessageKind::overdue_report,
       lender,
       "2023-06-27",
       {{"loan_no", "L1"}, {"due_on", "2023-06-20"}, {"overdue_principal", "1000000.00"}}},
      {MessageKind::compensation_application,
       lender,
       "2023-09-19",
       {{"loan_no", "L1"},
        {"outstanding_principal", "1000000.00"},
        {"contract_interest", "0.00"},
        {"as_of", "2023-09-18"},
        {"payee_name", "银行"},
        {"payee_account", "6222"},
        {"payee_bank_code", "103100000026"}}},
      {MessageKind::rule_compensation,
       "office",
       "2023-10-12",
       {{"case_no", "<case>"},
        {"ruling", "approved"},
        {"meeting_no", "1"},
        {"meeting_on", "2023-10-12"},
        {"approved_principal", "1000000.00"},
        {"approved_interest", "0.00"}}},
      {MessageKind::payment_confirmation,
       "fund",
       "2023-11-01",
       {{"instruction_no", "<case>-fund"},
        {"amount", "400000.00"},
        {"paid_on", "2023-11-01"},
        {"payment_ref", "ZF1"}}},
      {MessageKind::payment_confirmation,
       guarantor,
       "2023-11-02",
       {{"instruction_no", fmt::format("<case>-{}", guarantor)},
        {"amount", "400000.00"},
        {"paid_on", "2023-11-02"},
        {"payment_ref", "DB1"}}},
      {MessageKind::recovery_report,
       lender,
       "2024-01-10",
       {{"case_no", "<case>"},
        {"recovered_on", "2024-01-10"},
        {"source", "borrower"},
        {"recovered", "100000.00"}}},
      // Alike in everything but their ids: two recoveries.
      {MessageKind::recovery_report,
       lender,
       "2024-01-10",
       {{"case_no", "<case>"},
        {"recovered_on", "2024-01-10"},
        {"source", "borrower"},
        {"recovered", "100000.00"}}},
      {MessageKind::writeoff_application,
       lender,
       "2024-06-03",
       {{"case_no", "<case>"},
        {"ground", "bankruptcy"},
        {"document_no", "1"},
        {"document_on", "2024-05-31"},
        {"issuer", "人民法院"}}},
      {MessageKind::rule_writeoff,
       "office",
       "2024-06-12",
       {{"case_no", "<case>"}, {"ruling", "approved"}, {"meeting_no", "2"}, {"meeting_on", "2024-06-12"}}},
  };
  return lines;
}

class Registered {
 public:
  Registered() : store_(store::open_sqlite(folder_.path(), {}).value()) {
    std::vector<Unit> units;
    for (const auto& [id, role] : std::map<std::string, std::string>{
             {lender, "bank"}, {"fund", "fund"}, {guarantor, "guarantor"}, {"office", "office"}}) {
      units.push_back(act({MessageKind::institution_entry,
                           "office",
                           "2021-01-04",
                           {{"institution", id},
                            {"role", role},
                            {"name_zh", id},
                            {"name_en", id},
                            {"sci_tech_branch", "no"},
                            {"admitted_from", "2021-01-01"}}}));
    }
    units.push_back(act({MessageKind::company_entry,
                         "office",
                         "2021-01-04",
                         {{"company_uscc", company},
                          {"company_name", "企业一"},
                          {"category", "high_tech"},
                          {"document_no", "GR1"},
                          {"valid_from", "2021-01-01"}}}));
    commit(units);
  }

  /// Sends lines of the script as one group. A line that is sent again is sent byte for byte.
  void send(const std::vector<std::size_t>& lines) {
    std::vector<Unit> units;
    for (const std::size_t line : lines) {
      const Line& what = script()[line];
      units.push_back(spec_of(what.kind).direction == Direction::act ? act(filled(what)) : message(line));
    }
    commit(units);
  }

  std::vector<Posting> postings() const {
    std::vector<Posting> all;
    for (const Change& change : store_->all("posting")) all.push_back(std::get<Posting>(change));
    return all;
  }
  std::vector<FundYear> fund_years() const {
    std::vector<FundYear> all;
    for (const Change& change : store_->all("fund_year")) all.push_back(std::get<FundYear>(change));
    return all;
  }
  Sequence last() const { return store_->last_sequence(); }

 private:
  void commit(const std::vector<Unit>& units) {
    for (const auto& committed : store_->transact(units)) RC_ASSERT(committed.has_value());
    const auto cases = store_->all("case");
    if (!cases.empty()) case_ = std::get<Case>(cases.back()).no;
  }

  Line filled(Line line) const {
    for (auto& [_, value] : line.fields) {
      if (const auto at = value->find("<case>"); at != value->npos) value->replace(at, 6, case_.view());
    }
    return line;
  }

  static Instant noon(const std::string& day) {
    return {start_of(parse_date(day).value()).micros + 12LL * 3600 * 1'000'000};
  }

  static Unit act(const Line& line) {
    const Record record = record_of(line.kind, line.fields);
    const auto given =
        std::make_shared<intake::GivenAct>(intake::given_act(line.kind, record, canonical_json(record)));
    return [given, at = noon(line.on)](const store::View& view, Sequence sequence) {
      intake::ActReply reply;
      return intake::enter(*given, {.person = *PersonId::parse("officer"), .received = at}, rulebook(), view,
                           sequence, reply);
    };
  }

  Unit message(std::size_t line) {
    auto& sent = sent_[line];
    if (!sent) {
      Line what = filled(script()[line]);
      what.fields["message_id"] = fmt::format("M{}", line);
      sent = std::make_shared<Sent>(what);
    }
    return [sent](const store::View& view, Sequence sequence) {
      intake::Reply reply;
      auto writes = intake::admit(sent->submission, rulebook(), view, sequence, reply);
      // Every time the same answer.
      if (reply.duplicate) EXPECT_TRUE(!writes.entry && writes.changes.empty() && writes.outgoing.empty());
      return writes;
    };
  }

  /// A message as it comes: what a profile reads of the bytes stands in for the bytes.
  struct Sent {
    explicit Sent(const Line& line)
        : submission{.profile = {std::shared_ptr<const void>(), &partner(line.by)},
                     .raw = canonical_json(record_of(line.kind, line.fields)),
                     .received = noon(line.on),
                     .raw_digest = {},
                     .read = adapters::Decoded{line.kind, record_of(line.kind, line.fields)}} {
      submission.raw_digest = sha256(submission.raw);
      submission.content = adapters::content_digest(*submission.profile, *submission.read);
      submission.canonical = submission.raw;
    }
    intake::Submission submission;
  };

  TemporaryFolder folder_;
  std::unique_ptr<store::Store> store_;
  CaseNo case_ = case_no({999'999'999});
  std::map<std::size_t, std::shared_ptr<Sent>> sent_;
};

/// By the account of each payer.
std::map<std::string, Fen> sums(const std::vector<Posting>& postings) {
  std::map<std::string, Fen> all;
  for (const Posting& posting : postings) {
    RC_ASSERT(posting.balanced());
    for (const Posting::Line& line : posting.lines) {
      all.try_emplace(fmt::format("{} {}", line.payer.view(), spec_of(line.account).name), Fen::zero())
          .first->second += line.debit - line.credit;
    }
  }
  return all;
}

/// What the life of the loan comes to if everything is said once and in its turn.
const std::map<std::string, Fen>& once() {
  static const auto told = [] {
    Registered registered;
    for (std::size_t line = 0; line < script().size(); ++line) registered.send({line});
    return sums(registered.postings());
  }();
  return told;
}

TEST(Replay, TheScriptIsTheWholeLifeOfALoan) {
  // Of 1,000,000.00 at 4:4:2 each payer bears 400,000.00; 200,000.00 were recovered, 80,000.00 of them for
  // each.
  const std::map<std::string, Fen> expected{{"fund cash", Fen::yuan(-400'000)},
                                            {"fund payable", Fen::zero()},
                                            {"fund recourse", Fen::zero()},
                                            {"fund returnable", Fen::yuan(80'000)},
                                            {"fund written_off", Fen::yuan(320'000)}};
  for (const auto& [account, balance] : expected) EXPECT_EQ(once().at(account), balance) << account;
  EXPECT_EQ(once().at("jxguar written_off"), Fen::yuan(320'000));
}

bool is_act(std::size_t line) {
  return spec_of(script()[line].kind).direction == Direction::act;
}

TEST(Replay, WhatComesAgainAroundEveryStepOfALifeIsBookedOnce) {
  // Each case writes a store of its own: 50 of them where the pure properties have 5,000.
  holds(
      [] {
        Registered registered;
        for (std::size_t line = 0; line < script().size(); ++line) {
          // The next line, once or more, among lines that were sent before: in front of it, behind it and
          // beside it in its group.
          auto group = *rc::gen::resize(
              5, rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, line + 1)));
          if (!contains(group, line)) group.push_back(line);
          registered.send(group);
        }
        RC_ASSERT(sums(registered.postings()) == once());

        // And all messages again when everything is over: nothing is even written.
        const Sequence last = registered.last();
        std::vector<std::size_t> again;
        for (std::size_t line = 0; line < script().size(); ++line) {
          if (!is_act(line)) again.push_back(line);
        }
        for (std::size_t i = again.size(); i > 1; --i)
          std::swap(again[i - 1], again[*rc::gen::inRange<std::size_t>(0, i)]);
        registered.send(again);
        RC_ASSERT(registered.last() == last);
      },
      100);
}

TEST(Replay, InAnyOrderTheFirstOfEachMessageIsAllThatCounts) {
  holds(
      [] {
        const auto sent = *rc::gen::container<std::vector<std::size_t>>(
            40, rc::gen::inRange<std::size_t>(0, script().size()));
        Registered repeated;
        Registered distinct;
        std::set<std::size_t> seen;
        for (const std::size_t line : sent) {
          repeated.send({line});
          if (is_act(line) || seen.insert(line).second) distinct.send({line});
        }
        RC_ASSERT(sums(repeated.postings()) == sums(distinct.postings()));
        RC_ASSERT(repeated.fund_years() == distinct.fund_years());
      },
      50);
}

}  // namespace
}  // namespace loangate::support
