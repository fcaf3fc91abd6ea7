#include "intake/office.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <sstream>

#include "desk.hpp"
#include "domain/case_no.hpp"

namespace loangate::intake::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Office : public ::testing::Test {
 protected:
  void SetUp() override {
    opened_ = store::open_sqlite(folder_.path(), {.low_water_bytes = 0}).value();
    for (const auto& entry : {institution("phrcb", "bank"), institution("fund", "fund"),
                              institution("office", "office"), listing(company_one)}) {
      ASSERT_EQ(enters(entry).status, 200u);
    }
  }

  store::Store& kept() { return *opened_; }
  const programme::Rulebook& rules() const { return rulebook(); }

  std::vector<store::Committed> run(const std::vector<store::Unit>& units) {
    return opened_->transact(units);
  }

  Sequence runs(const store::Unit& unit) {
    const auto committed = run({unit}).front();
    EXPECT_TRUE(committed.has_value());
    return committed->value_or(Sequence{});
  }

  /// The reply to a step; everything has been committed when it is here.
  ActReply step(const std::function<store::Writes(const store::View&, Sequence, ActReply&)>& work) {
    ActReply reply;
    const auto committed = run({[&](const store::View& view, Sequence sequence) {
                             return work(view, sequence, reply);
                           }}).front();
    EXPECT_TRUE(committed.has_value());
    return reply;
  }

  ActReply enters(const GivenAct& given) {
    return step([&](const store::View& view, Sequence sequence, ActReply& reply) {
      return enter(given, {person("officer-li"), at("2023-07-10")}, rules(), view, sequence, reply);
    });
  }

  ActReply proposes(const GivenAct& given, std::string_view who = "officer-li") {
    return step([&](const store::View& view, Sequence sequence, ActReply& reply) {
      return propose(given, {person(who), at("2023-07-10")}, rules(), view, sequence, reply);
    });
  }

  ActReply approves(Sequence proposal, const Digest& hash, std::string_view who = "approver-wang") {
    const Approval approval{proposal_no(proposal), hash, "{}"};
    return step([&](const store::View& view, Sequence sequence, ActReply& reply) {
      return approve(approval, {person(who), at("2023-07-11")}, rules(), view, sequence, reply);
    });
  }

  ActReply withdraws(Sequence proposal, std::string_view who = "officer-li") {
    return step([&](const store::View& view, Sequence sequence, ActReply& reply) {
      return withdraw(proposal_no(proposal), "", {person(who), at("2023-07-11")}, view, sequence, reply);
    });
  }

  Proposal proposal(Sequence no) const {
    return std::get<Proposal>(opened_->find("proposal", proposal_no(no).view()).value());
  }

  store::JournalEntry entry(Sequence sequence) const { return opened_->entry(sequence).value().entry; }

  Standing standing_of(std::string_view number) const {
    return opened_->loan(loan_ref(number)).value().standing;
  }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<store::Store> opened_;
};

std::vector<FindingCode> codes_of(const ActReply& reply) {
  std::vector<FindingCode> found;
  for (const Finding& finding : reply.findings) found.push_back(finding.code);
  return found;
}

TEST_F(Office, AnEntryIsKeptWithWhoMadeItAndWhatFollowed) {
  const GivenAct given = listing(company_two);
  const ActReply reply = enters(given);
  EXPECT_EQ(reply.status, 200u);
  const auto kept_entry = entry(reply.sequence.value());
  EXPECT_EQ(kept_entry.person, person("officer-li"));
  EXPECT_TRUE(kept_entry.partner.empty());
  EXPECT_EQ(kept_entry.kind, MessageKind::company_entry);
  EXPECT_EQ(kept_entry.raw, given.raw);
  EXPECT_EQ(kept_entry.canonical, given.canonical);
  EXPECT_EQ(kept_entry.receipt, reply.body);
  EXPECT_THAT(reply.body, HasSubstr(R"("changed":true)"));
  EXPECT_TRUE(kept().find("company", company_two).has_value());
}

TEST_F(Office, TheSameEntryAgainIsAcceptedAndChangesNothing) {
  enters(listing(company_two));
  const auto before = kept().changes_after(0, 500).size();
  const ActReply again = enters(listing(company_two));
  EXPECT_EQ(again.status, 200u);
  EXPECT_EQ(again.outcome, Outcome::accepted);
  EXPECT_THAT(again.body, HasSubstr(R"("changed":false)"));
  EXPECT_EQ(kept().changes_after(0, 500).size(), before);
}

TEST_F(Office, ARefusedEntryIsKeptTooAndPointsAtItsField) {
  const ActReply reply = enters(listing("91330482MA2C00028X"));
  EXPECT_EQ(reply.status, 422u);
  ASSERT_EQ(codes_of(reply), std::vector{FindingCode::company_code_invalid});
  EXPECT_EQ(reply.findings.front().place, "/company_uscc");
  EXPECT_EQ(entry(reply.sequence.value()).outcome, Outcome::rejected);
  EXPECT_THAT(entry(reply.sequence.value()).findings, HasSubstr("company_code_invalid"));
}

TEST_F(Office, WhatTwoPersonsAgreeOnIsDone) {
  runs(held_filing("H1"));
  const GivenAct ruling = act(MessageKind::rule_hold, hold_ruling("H1"));
  const ActReply proposed = proposes(ruling);
  EXPECT_EQ(proposed.status, 201u);
  EXPECT_EQ(proposal(*proposed.sequence).hash, sha256(ruling.canonical));
  EXPECT_TRUE(std::holds_alternative<standing::Pending>(standing_of("H1"))) << "a proposal does nothing yet";

  const ActReply approved = approves(*proposed.sequence, sha256(ruling.canonical));
  EXPECT_EQ(approved.status, 200u);
  EXPECT_TRUE(std::holds_alternative<standing::Filed>(standing_of("H1")));
  EXPECT_EQ(proposal(*proposed.sequence).state, Proposal::State::approved);
  EXPECT_EQ(proposal(*proposed.sequence).approved_by, person("approver-wang"));
  EXPECT_THAT(approved.addressed, Contains(bank()));
  const auto out = kept().undelivered(bank(), {}, 10);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out.front().kind, MessageKind::hold_decision);
  EXPECT_EQ(out.front().cause, *approved.sequence);
}

TEST_F(Office, TheRefusalOfAHeldFilingAlsoNeedsTwoPersons) {
  EXPECT_EQ(hands_for(MessageKind::rule_hold), Hands::two);
  EXPECT_EQ(hands_for(MessageKind::rule_compensation), Hands::two);
  EXPECT_EQ(hands_for(MessageKind::rule_writeoff), Hands::two);
  EXPECT_EQ(hands_for(MessageKind::rule_institution), Hands::two);
  EXPECT_EQ(hands_for(MessageKind::company_entry), Hands::one);
  runs(held_filing("H1"));
  const GivenAct ruling = act(MessageKind::rule_hold, hold_ruling("H1", "refused"));
  const ActReply proposed = proposes(ruling);
  EXPECT_TRUE(std::holds_alternative<standing::Pending>(standing_of("H1")));
  EXPECT_EQ(approves(*proposed.sequence, sha256(ruling.canonical)).status, 200u);
  EXPECT_TRUE(std::holds_alternative<standing::Refused>(standing_of("H1")));
}

TEST_F(Office, NobodyApprovesWhatHeProposed) {
  runs(held_filing("H1"));
  const GivenAct ruling = act(MessageKind::rule_hold, hold_ruling("H1"));
  const ActReply proposed = proposes(ruling, "officer-li");
  const ActReply reply = approves(*proposed.sequence, sha256(ruling.canonical), "officer-li");
  EXPECT_EQ(reply.status, 403u);
  EXPECT_EQ(codes_of(reply), std::vector{FindingCode::approver_is_proposer});
  EXPECT_EQ(entry(*reply.sequence).outcome, Outcome::rejected) << "the attempt is kept";
  EXPECT_EQ(proposal(*proposed.sequence).state, Proposal::State::open);
  EXPECT_TRUE(std::holds_alternative<standing::Pending>(standing_of("H1")));
  EXPECT_EQ(approves(*proposed.sequence, sha256(ruling.canonical)).status, 200u)
      << "another person still can";
}

TEST_F(Office, TheTwoPersonsAreHeldApartWithinOneCommitToo) {
  runs(held_filing("H1"));
  const GivenAct ruling = act(MessageKind::rule_hold, hold_ruling("H1"));
  const Sequence next{kept().last_sequence().number + 1};
  const Approval approval{proposal_no(next), sha256(ruling.canonical), "{}"};
  ActReply proposed, own, others;
  run({[&](const store::View& view, Sequence sequence) {
         return propose(ruling, {person("officer-li"), at("2023-07-10")}, rules(), view, sequence, proposed);
       },
       [&](const store::View& view, Sequence sequence) {
         return approve(approval, {person("officer-li"), at("2023-07-10")}, rules(), view, sequence, own);
       },
       [&](const store::View& view, Sequence sequence) {
         return approve(approval, {person("approver-wang"), at("2023-07-10")}, rules(), view, sequence,
                        others);
       }});
  EXPECT_EQ(proposed.sequence, next);
  EXPECT_EQ(own.status, 403u);
  EXPECT_EQ(others.status, 200u);
}

TEST_F(Office, AnApprovalIsBoundToWhatWasSeen) {
  runs(held_filing("H1"));
  const ActReply proposed = proposes(act(MessageKind::rule_hold, hold_ruling("H1")));
  const GivenAct other = act(MessageKind::rule_hold, hold_ruling("H1", "refused"));
  const ActReply reply = approves(*proposed.sequence, sha256(other.canonical));
  EXPECT_EQ(reply.status, 409u);
  EXPECT_EQ(codes_of(reply), std::vector{FindingCode::proposal_hash_differs});
  EXPECT_TRUE(std::holds_alternative<standing::Pending>(standing_of("H1")));
  EXPECT_THAT(reply.findings.front().values, IsEmpty()) << "the right hash is not given away";
}

TEST_F(Office, AProposalIsApprovedOnce) {
  runs(held_filing("H1"));
  const GivenAct ruling = act(MessageKind::rule_hold, hold_ruling("H1"));
  const ActReply proposed = proposes(ruling);
  approves(*proposed.sequence, sha256(ruling.canonical));
  const ActReply again = approves(*proposed.sequence, sha256(ruling.canonical), "approver-chen");
  EXPECT_EQ(again.status, 409u);
  EXPECT_EQ(codes_of(again), std::vector{FindingCode::proposal_not_open});
  EXPECT_EQ(kept().undelivered(bank(), {}, 10).size(), 1u) << "and takes effect once";
}

TEST_F(Office, AWithdrawnProposalCannotBeApproved) {
  runs(held_filing("H1"));
  const GivenAct ruling = act(MessageKind::rule_hold, hold_ruling("H1"));
  const ActReply proposed = proposes(ruling);
  EXPECT_EQ(withdraws(*proposed.sequence).status, 200u);
  EXPECT_EQ(withdraws(*proposed.sequence).status, 409u);
  EXPECT_EQ(codes_of(approves(*proposed.sequence, sha256(ruling.canonical))),
            std::vector{FindingCode::proposal_not_open});
  EXPECT_TRUE(std::holds_alternative<standing::Pending>(standing_of("H1")));
}

TEST_F(Office, NonsenseIsToldWhenItIsProposed) {
  const ActReply reply = proposes(act(MessageKind::rule_hold, hold_ruling("NOT-THERE")));
  EXPECT_EQ(reply.status, 422u);
  EXPECT_EQ(codes_of(reply), std::vector{FindingCode::loan_unknown});
  EXPECT_THAT(kept().all("proposal"), IsEmpty());
}

TEST_F(Office, AProposalThatIsNotThereLeavesNoTrace) {
  const Sequence before = kept().last_sequence();
  EXPECT_EQ(approves(Sequence{999}, {}).status, 404u);
  EXPECT_EQ(withdraws(Sequence{999}).status, 404u);
  EXPECT_EQ(kept().last_sequence(), before);
}

TEST_F(Office, AnApprovalDecidesOnTheRegistryOfItsDay) {
  runs(held_filing("H1"));
  const GivenAct ruling = act(MessageKind::rule_hold, hold_ruling("H1"));
  const ActReply proposed = proposes(ruling);
  enters(
      act(MessageKind::company_d_class,
          R"({"company_uscc":"91330482MA2C00028T","valid_from":"2023-01-01","valid_until":"2023-12-31"})"));
  const ActReply reply = approves(*proposed.sequence, sha256(ruling.canonical));
  EXPECT_EQ(reply.status, 422u);
  EXPECT_THAT(codes_of(reply), Contains(FindingCode::company_d_class));
  EXPECT_EQ(proposal(*proposed.sequence).state, Proposal::State::open)
      << "it can be approved later, or withdrawn";
  EXPECT_TRUE(std::holds_alternative<standing::Pending>(standing_of("H1")));
}

TEST_F(Office, ARulingOnACaseInstructsTheFund) {
  for (const store::Unit& unit : applied_for("C1")) runs(unit);
  const auto cases = kept().all("case");
  ASSERT_EQ(cases.size(), 1u);
  const std::string no = key(cases.front());
  const GivenAct ruling = act(
      MessageKind::rule_compensation,
      R"({"case_no":")" + no +
          R"(","ruling":"approved","meeting_no":"2023-1","meeting_on":"2023-07-10","approved_principal":"300000.00","approved_interest":"0.00"})");
  const ActReply proposed = proposes(ruling);
  ASSERT_EQ(proposed.status, 201u) << codes(proposed.findings);
  const ActReply approved = approves(*proposed.sequence, sha256(ruling.canonical));
  ASSERT_EQ(approved.status, 200u) << codes(approved.findings);
  EXPECT_THAT(approved.addressed, Contains(PartnerId::parse("fund").value()));
  const auto decided = std::get<Case>(kept().find("case", no).value());
  ASSERT_EQ(decided.instructions.size(), 1u);
  const auto instruction =
      std::get<Instruction>(kept().find("instruction", decided.instructions.front().view()).value());
  EXPECT_EQ(instruction.amount, Fen::yuan(180'000));
  EXPECT_EQ(decided.bank_share, Fen::yuan(120'000));
}

/// The programme's LPR file with one more quote, vouched for.
std::filesystem::path lpr_with_october(const TemporaryFolder& folder) {
  std::ifstream in(std::filesystem::path(LOANGATE_SOURCE_DIR) / "config" / "lpr.yaml");
  std::stringstream text;
  text << in.rdbuf();
  std::string lpr = text.str();
  const std::string before = "vouched_to: 2026-09-20\n";
  lpr.replace(lpr.find("\n" + before) + 1, before.size(), "vouched_to: 2026-10-20\n");
  lpr += "  - [2026-10-20, \"3.00\", \"3.50\", A]\n";
  const auto file = folder.path() / "lpr.yaml";
  std::ofstream(file) << lpr;
  return file;
}

TEST_F(Office, WhatWasHeldForMissingDataIsDecidedAgainWhenItIsLoaded) {
  auto filing = disbursement("L1", "2026-10-27", "2027-10-26");
  filing.security = Security::mortgage;
  filing.rate = parse_percent("3.10").value();
  runs(message(bank(), filing.record(), MessageKind::loan_disbursement, at("2026-10-28")));
  runs(held_filing("H1"));
  ASSERT_TRUE(std::holds_alternative<standing::Pending>(standing_of("L1")));

  std::mutex mutex;
  std::vector<PartnerId> told;
  const auto tell = [&](const PartnerId& partner) {
    const std::lock_guard lock(mutex);
    told.push_back(partner);
  };
  programme::RulebookInForce rules(rulebook());
  {
    store::Committer committer(kept());
    EXPECT_EQ(decide_held_again(kept(), committer, rules, at("2026-10-29"), tell), 1u)
        << "what is held for another reason is the office's to rule on";
    committer.stop();
  }
  EXPECT_TRUE(std::holds_alternative<standing::Pending>(standing_of("L1")))
      << "without the data it stays held";
  EXPECT_THAT(told, IsEmpty());

  const TemporaryFolder folder;
  rules.replace(rulebook_with_lpr(lpr_with_october(folder)));
  {
    store::Committer committer(kept());
    EXPECT_EQ(decide_held_again(kept(), committer, rules, at("2026-10-29"), tell), 1u);
    committer.stop();
  }
  EXPECT_TRUE(std::holds_alternative<standing::Filed>(standing_of("L1")));
  EXPECT_TRUE(std::holds_alternative<standing::Pending>(standing_of("H1")));
  EXPECT_THAT(told, Contains(bank()));
  const auto last = entry(kept().last_sequence());
  EXPECT_EQ(last.person, person("gateway"));
  EXPECT_EQ(last.kind, MessageKind::rule_hold);
}

}  // namespace
}  // namespace loangate::intake::testing
