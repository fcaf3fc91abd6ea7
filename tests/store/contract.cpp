#include "tests/store/contract.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include "tests/store/samples.hpp"

namespace loangate::store {
namespace {

using sample::bank;
using sample::filing;
using sample::loan_ref;
using sample::message_id;
using sample::uscc;

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StoreContract);

TEST_P(StoreContract, what_was_committed_is_read_back) {
  JournalEntry given = sample::entry(bank(1), message_id(1), Outcome::held);
  given.profile = sha256("the profile in force");
  given.status = 200;
  given.findings = R"([{"code":"rate_above_ceiling"}])";
  given.raw = std::string("a\0b\xff", 4);
  const Sequence sequence = commit([&](const View&, Sequence) { return Writes{.entry = given}; });

  EXPECT_EQ(sequence, Sequence{1});
  EXPECT_EQ(store().last_sequence(), Sequence{1});
  for (const auto& found : {store().entry(sequence), store().entry(bank(1), message_id(1))}) {
    ASSERT_TRUE(found);
    EXPECT_EQ(found->sequence, sequence);
    EXPECT_EQ(found->entry.partner, given.partner);
    EXPECT_TRUE(found->entry.person.empty());
    EXPECT_EQ(found->entry.kind, given.kind);
    EXPECT_EQ(found->entry.message_id, given.message_id);
    EXPECT_EQ(found->entry.received, given.received);
    EXPECT_EQ(found->entry.real_time, given.real_time);
    EXPECT_EQ(found->entry.raw, given.raw);
    EXPECT_EQ(found->entry.canonical, given.canonical);
    EXPECT_EQ(found->entry.raw_digest, given.raw_digest);
    EXPECT_EQ(found->entry.content, given.content);
    EXPECT_EQ(found->entry.profile, given.profile);
    EXPECT_EQ(found->entry.outcome, given.outcome);
    EXPECT_EQ(found->entry.findings, given.findings);
    EXPECT_EQ(found->entry.status, given.status);
    EXPECT_EQ(found->entry.receipt, given.receipt);
  }
  EXPECT_FALSE(store().entry({2}));
  EXPECT_FALSE(store().entry(bank(2), message_id(1)));
}

TEST_P(StoreContract, a_group_sees_what_its_earlier_units_wrote) {
  // settled 15: the same company, the same loan and the same id twice in one group
  std::vector<Unit> group;
  group.push_back([](const View& view, Sequence sequence) {
    EXPECT_EQ(view.exposure(uscc(1)), Fen::zero());
    EXPECT_FALSE(view.loan(loan_ref(1, 1)));
    EXPECT_FALSE(view.message(bank(1), message_id(1)));
    return filing(1, 1, 1, 600'000'000)(view, sequence);
  });
  group.push_back([](const View& view, Sequence sequence) {
    EXPECT_EQ(view.exposure(uscc(1)), Fen{600'000'000});
    const auto first = view.message(bank(1), message_id(1));
    EXPECT_TRUE(first && first->sequence == Sequence{1});
    EXPECT_TRUE(view.loan(loan_ref(1, 1)));
    // the same id again: answered, not written
    return filing(1, 1, 1, 600'000'000)(view, sequence);
  });
  group.push_back([](const View& view, Sequence sequence) {
    // another id for the same loan: seen, refused by whoever decides
    EXPECT_EQ(sequence, Sequence{2});
    const auto loan = view.loan(loan_ref(1, 1));
    EXPECT_TRUE(loan && loan->filing == Sequence{1});
    return Writes{.entry = sample::entry(bank(1), message_id(2), Outcome::rejected)};
  });
  group.push_back([](const View& view, Sequence sequence) {
    // another bank's filing for the same company adds to what the first did
    EXPECT_EQ(view.lenders(uscc(1)), std::vector{bank(1)});
    return filing(2, 7, 1, 100'000'000)(view, sequence);
  });
  group.push_back([](const View& view, Sequence) {
    EXPECT_EQ(view.exposure(uscc(1)), Fen{700'000'000});
    EXPECT_EQ(view.lenders(uscc(1)), (std::vector{bank(1), bank(2)}));
    return Writes{};
  });
  const auto results = store().transact(group);
  ASSERT_EQ(results.size(), 5u);
  EXPECT_EQ(results[0].value(), Sequence{1});
  EXPECT_EQ(results[1].value(), std::nullopt);
  EXPECT_EQ(results[2].value(), Sequence{2});
  EXPECT_EQ(results[3].value(), Sequence{3});
  EXPECT_EQ(store().last_sequence(), Sequence{3});
}

TEST_P(StoreContract, two_changes_of_a_loan_in_one_group_count_once) {
  std::vector<Unit> group{filing(1, 1, 1, 500),
                          [](const View& view, Sequence) {
                            Loan loan = view.loan(loan_ref(1, 1)).value();
                            loan.outstanding = Fen{200};
                            return Writes{.entry = sample::entry(bank(1), message_id(2)), .changes = {loan}};
                          },
                          [](const View& view, Sequence) {
                            Loan loan = view.loan(loan_ref(1, 1)).value();
                            EXPECT_EQ(loan.outstanding, Fen{200});
                            loan.outstanding = Fen{0};
                            loan.course = course::Settled{.on = Date::of(2022, 3, 1).value()};
                            return Writes{.entry = sample::entry(bank(1), message_id(3)), .changes = {loan}};
                          }};
  for (const Committed& result : store().transact(group)) EXPECT_TRUE(result);
  look([](const View& view) {
    EXPECT_EQ(view.exposure(uscc(1)), Fen::zero());
    EXPECT_TRUE(view.lenders(uscc(1)).empty());
  });
  EXPECT_TRUE(std::holds_alternative<course::Settled>(store().loan(loan_ref(1, 1)).value().course));
  EXPECT_TRUE(store().open_loans(uscc(1), 10).empty());
}

TEST_P(StoreContract, one_poison_unit_blocks_nobody) {
  std::vector<Unit> group;
  group.push_back(filing(1, 1, 1));
  group.push_back([](const View&, Sequence) -> Writes { throw std::runtime_error("a bug of ours"); });
  group.push_back(filing(1, 2, 1));
  group.push_back([](const View&, Sequence) { return Writes{.changes = {sample::company(1)}}; });  // no cause
  group.push_back([](const View&, Sequence) {
    return Writes{.deliveries = {{.id = {4711}, .state = DeliveryState::delivered}}};  // no such delivery
  });
  group.push_back([](const View&, Sequence) {
    return Writes{.entry = sample::entry(bank(1), message_id(9)),
                  .changes = {sample::loan(loan_ref(1, 9), {4711}, uscc(1))}};  // filed by no entry
  });
  group.push_back([](const View&, Sequence) {
    return Writes{.entry = sample::entry(bank(1), message_id(10), Outcome::accepted, 80u << 20)};
  });
  group.push_back(filing(1, 3, 1));
  const auto results = store().transact(group);
  ASSERT_EQ(results.size(), group.size());
  EXPECT_EQ(results[0].value(), Sequence{1});
  EXPECT_EQ(results[2].value(), Sequence{2});
  EXPECT_EQ(results[7].value(), Sequence{3});
  for (const std::size_t poison : {1, 3, 4, 5, 6}) {
    ASSERT_FALSE(results[poison]);
    EXPECT_EQ(results[poison].error().kind, StoreFault::Kind::broken);
    EXPECT_FALSE(results[poison].error().what.empty());
  }
  EXPECT_FALSE(store().entry(bank(1), message_id(9)));
  EXPECT_TRUE(store().ready());
  look([](const View& view) { EXPECT_EQ(view.exposure(uscc(1)), Fen{90'000'000}); });
}

TEST_P(StoreContract, a_whole_is_kept_if_all_say_yes) {
  std::vector<Unit> units{filing(1, 1, 1), [](const View& view, Sequence sequence) {
                            EXPECT_TRUE(view.loan(loan_ref(1, 1))) << "sees what came before it";
                            return filing(1, 2, 1)(view, sequence);
                          }};
  bool asked_after_all_ran = false;
  const auto kept = store().transact_whole(units, [&] { return asked_after_all_ran = true; });
  ASSERT_TRUE(kept) << kept.error().what;
  EXPECT_TRUE(*kept);
  EXPECT_TRUE(asked_after_all_ran);
  reopen();
  EXPECT_EQ(store().last_sequence(), Sequence{2});
  EXPECT_TRUE(store().loan(loan_ref(1, 2)));
}

TEST_P(StoreContract, of_a_whole_that_is_not_kept_nothing_is_left) {
  commit(filing(1, 1, 1));
  std::vector<Unit> units{filing(1, 2, 1, 600'000'000), filing(2, 3, 2)};
  const auto kept = store().transact_whole(units, [] { return false; });
  ASSERT_TRUE(kept);
  EXPECT_FALSE(*kept);
  EXPECT_EQ(store().last_sequence(), Sequence{1});
  EXPECT_EQ(store().changes_after(0, 10).size(), 1u);
  EXPECT_FALSE(store().loan(loan_ref(1, 2)));
  look([](const View& view) {
    EXPECT_FALSE(view.loan(loan_ref(1, 2)));
    EXPECT_FALSE(view.message(bank(1), message_id(2)));
    EXPECT_EQ(view.exposure(uscc(2)), Fen::zero()) << "nothing of it stays in memory";
  });
  EXPECT_EQ(commit(filing(1, 4, 1)), Sequence{2}) << "and its numbers are free";
}

TEST_P(StoreContract, one_unit_that_fails_undoes_the_whole) {
  std::vector<Unit> units{filing(1, 1, 1),
                          [](const View&, Sequence) -> Writes { throw std::runtime_error("no"); },
                          filing(1, 3, 1)};
  const auto kept = store().transact_whole(units, [] {
    ADD_FAILURE() << "is not asked";
    return true;
  });
  EXPECT_FALSE(kept);
  EXPECT_EQ(store().last_sequence(), Sequence{0});
  EXPECT_FALSE(store().loan(loan_ref(1, 1)));
}

TEST_P(StoreContract, sequences_and_change_numbers_have_no_gaps) {
  for (std::uint64_t n = 0; n < 20; ++n) {
    std::vector<Unit> group{filing(1, 2 * n, 1), [](const View&, Sequence) { return Writes{}; },
                            [](const View&, Sequence) -> Writes { throw std::runtime_error("poison"); },
                            filing(2, 2 * n + 1, 2)};
    store().transact(group);
    if (n % 7 == 6) reopen();
  }
  const auto entries = store().entries_after({0}, 1000);
  ASSERT_EQ(entries.size(), 40u);
  for (std::size_t i = 0; i < entries.size(); ++i) EXPECT_EQ(entries[i].sequence, Sequence{i + 1});
  const auto changes = store().changes_after(0, 1000);
  ASSERT_EQ(changes.size(), 40u);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    EXPECT_EQ(changes[i].number, i + 1);
    EXPECT_EQ(changes[i].cause, Sequence{i + 1});
  }
  EXPECT_EQ(store().changes_after(30, 5).front().number, 31u);
  EXPECT_EQ(store().changes_after(30, 5).size(), 5u);
  EXPECT_EQ(store().entries_after({38}, 5).size(), 2u);
}

TEST_P(StoreContract, the_change_feed_carries_each_state) {
  commit([](const View&, Sequence) {
    return Writes{.entry = sample::act("officer"),
                  .changes = {sample::company(1, "旧名"), sample::institution(bank(1))}};
  });
  commit([](const View&, Sequence) {
    return Writes{.entry = sample::act("officer"), .changes = {sample::company(1, "新名")}};
  });
  const auto changes = store().changes_after(0, 10);
  ASSERT_EQ(changes.size(), 3u);
  EXPECT_EQ(changes[0].kind, "company");
  EXPECT_EQ(changes[0].key, uscc(1).view());
  EXPECT_EQ(changes[1].kind, "institution");
  EXPECT_EQ(changes[2].cause, Sequence{2});
  EXPECT_EQ(std::get<Company>(change_from_json("company", changes[0].json).value()).name, "旧名");
  EXPECT_EQ(changes[2].json, to_json(sample::company(1, "新名")));

  ASSERT_EQ(store().all("company").size(), 1u);
  EXPECT_EQ(std::get<Company>(store().all("company")[0]), sample::company(1, "新名"));
  EXPECT_EQ(std::get<Company>(store().find("company", uscc(1).view()).value()).name, "新名");
  EXPECT_FALSE(store().find("company", uscc(2).view()));
  look([](const View& view) {
    ASSERT_NE(view.company(uscc(1)), nullptr);
    EXPECT_EQ(view.company(uscc(1))->name, "新名");
    EXPECT_EQ(view.company(uscc(2)), nullptr);
    EXPECT_EQ(view.institutions(PartnerRole::bank), std::vector{bank(1)});
    EXPECT_TRUE(view.institutions(PartnerRole::fund).empty());
  });
}

TEST_P(StoreContract, an_act_says_from_where_it_came_and_what_was_there_before) {
  commit([](const View&, Sequence) {
    JournalEntry act = sample::act("officer");
    act.address = "192.0.2.7";
    return Writes{.entry = act, .changes = {sample::company(1, "旧名"), sample::institution(bank(1))}};
  });
  commit(filing(1, 1, 1, 500));
  commit([](const View& view, Sequence) {
    return Writes{.entry = sample::act("officer"),
                  .changes = {sample::company(1, "新名"), view.loan(loan_ref(1, 1)).value()}};
  });
  EXPECT_EQ(store().entry({1})->entry.address, "192.0.2.7");

  const auto first = store().changes_of({1}, 10);
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].before, 0u) << "new";
  const auto filed = store().changes_of({2}, 10);
  ASSERT_EQ(filed.size(), 1u);
  EXPECT_EQ(filed[0].kind, "loan");
  EXPECT_FALSE(filed[0].before) << "not kept of messages";
  const auto second = store().changes_of({3}, 10);
  ASSERT_EQ(second.size(), 2u);
  EXPECT_EQ(second[0].before, first[0].number);
  EXPECT_EQ(second[1].before, filed[0].number);
  EXPECT_EQ(store().changes_of({3}, 1).size(), 1u);
  EXPECT_TRUE(store().changes_of({4}, 10).empty());

  const auto acts = store().acts_before({100}, 10);
  ASSERT_EQ(acts.size(), 2u) << "the newest first, and no message";
  EXPECT_EQ(acts[0].sequence, Sequence{3});
  EXPECT_EQ(acts[1].sequence, Sequence{1});
  EXPECT_EQ(store().acts_before({3}, 10).size(), 1u);
  EXPECT_EQ(store().acts_before({100}, 1).size(), 1u);
}

TEST_P(StoreContract, cases_instructions_and_proposals_are_found_by_their_numbers) {
  const Loan loan = sample::loan(loan_ref(1, 1), {1}, uscc(1));
  const Case of_loan{.no = CaseNo::parse("C2023-0001").value(),
                     .loan = loan.ref,
                     .application = {1},
                     .applied_as = message_id(1),
                     .principal = Fen{30'000'000},
                     .interest = Fen{0},
                     .as_of = Date::of(2023, 6, 23).value(),
                     .payee_name = "平湖农商银行",
                     .payee_account = "2010",
                     .payee_bank_code = BankCode::parse("402335200018").value()};
  const Instruction instruction{.no = InstructionNo::parse("C2023-0001-fund").value(),
                                .case_no = of_loan.no,
                                .loan = loan.ref,
                                .payer = PartnerId::parse("fund").value(),
                                .role = PayerRole::fund,
                                .amount = Fen{18'000'000},
                                .pay_by = Date::of(2023, 10, 12).value()};
  const Proposal proposal{.no = ProposalNo::parse("P1").value(),
                          .kind = MessageKind::rule_compensation,
                          .act = "{}",
                          .hash = sha256("{}"),
                          .proposed_by = PersonId::parse("officer").value(),
                          .proposed_at = {1}};
  std::vector<Unit> group{[&](const View&, Sequence) {
                            return Writes{.entry = sample::act("officer"),
                                          .changes = {of_loan, instruction, proposal}};
                          },
                          [&](const View& view, Sequence) {
                            EXPECT_EQ(view.find_case(of_loan.no), of_loan);
                            return Writes{};
                          }};
  for (const Committed& result : store().transact(group)) EXPECT_TRUE(result);
  for (int round = 0; round < 2; ++round) {
    look([&](const View& view) {
      EXPECT_EQ(view.find_case(of_loan.no), of_loan);
      EXPECT_EQ(view.instruction(instruction.no), instruction);
      EXPECT_EQ(view.proposal(proposal.no), proposal);
      EXPECT_FALSE(view.proposal(ProposalNo::parse("P2").value()));
    });
    EXPECT_EQ(store().all("case").size(), 1u);
    reopen();
  }
}

TEST_P(StoreContract, of_the_outages_that_overlap_a_time_the_longest_is_seen) {
  const Outage brief{.from = {100}, .until = {200}};
  const Outage longer{.from = {300}, .until = {500}};
  std::vector<Unit> group{[&](const View&, Sequence) {
                            return Writes{.entry = sample::act("gateway"), .changes = {brief, longer}};
                          },
                          [&](const View& view, Sequence) {
                            EXPECT_EQ(view.outage_between({0}, {1000}), longer) << "within the group";
                            return Writes{};
                          }};
  for (const Committed& result : store().transact(group)) EXPECT_TRUE(result);
  for (int round = 0; round < 2; ++round) {
    look([&](const View& view) {
      EXPECT_EQ(view.outage_between({0}, {1000}), longer);
      EXPECT_EQ(view.outage_between({199}, {300}), brief);
      EXPECT_EQ(view.outage_between({200}, {300}), std::nullopt) << "neither end is part of it";
      EXPECT_EQ(view.outage_between({200}, {301}), longer);
    });
    reopen();
  }
  const Outage continued{.from = brief.from, .until = {900}};
  commit(
      [&](const View&, Sequence) { return Writes{.entry = sample::act("gateway"), .changes = {continued}}; });
  look([&](const View& view) { EXPECT_EQ(view.outage_between({0}, {1000}), continued); });
  EXPECT_EQ(store().all("outage"), (std::vector<Change>{continued, longer}));
  EXPECT_EQ(store().changes_after(0, 10).size(), 3u);
}

TEST_P(StoreContract, changes_may_follow_from_an_earlier_entry) {
  Sequence file;
  commit([&](const View&, Sequence sequence) {
    file = sequence;
    return Writes{.entry = sample::act("gateway")};
  });
  const Batch batch{.partner = bank(1),
                    .id = "B1",
                    .file = {},
                    .received = {5},
                    .began = {6},
                    .records = 9,
                    .judged = 3,
                    .tallies = {{Outcome::accepted, 3, Fen{300}}}};
  commit([&](const View&, Sequence) { return Writes{.changes = {batch}, .cause = file}; });
  EXPECT_EQ(store().last_sequence(), file) << "no entry was written";
  EXPECT_EQ(store().changes_after(0, 10).back().cause, file);
  reopen();
  EXPECT_EQ(store().find("batch", bank(1).string() + "/B1"), Change(batch));
  const std::vector<Unit> wrong{
      [&](const View&, Sequence) { return Writes{.changes = {batch}, .cause = Sequence{file.number + 2}}; },
      [&](const View&, Sequence) {
        return Writes{.entry = sample::act("gateway"), .changes = {batch}, .cause = file};
      }};
  for (const Committed& result : store().transact(wrong)) EXPECT_FALSE(result);
}

TEST_P(StoreContract, outgoing_messages_get_ids_that_follow_from_their_cause) {
  commit(filing(1, 1, 1));
  commit([](const View&, Sequence) {
    Writes writes{.entry = sample::entry(bank(1), message_id(2))};
    writes.outgoing.push_back(sample::default_notice(uscc(1), bank(2)));
    writes.outgoing.push_back(sample::default_notice(uscc(1), bank(3)));
    return writes;
  });
  const auto second = store().undelivered(bank(2), {0}, 10);
  const auto third = store().undelivered(bank(3), {0}, 10);
  ASSERT_EQ(second.size(), 1u);
  ASSERT_EQ(third.size(), 1u);
  EXPECT_EQ(second[0].id, DeliveryId{201});
  EXPECT_EQ(third[0].id, DeliveryId{202});
  EXPECT_EQ(third[0].cause, Sequence{2});
  EXPECT_EQ(third[0].kind, MessageKind::default_notice);
  EXPECT_EQ(third[0].lane, "company/" + uscc(1).string());
  EXPECT_EQ(third[0].created, Instant{1'700'000'000'000'000});
  const auto notice = read_canonical(DefaultNotice::spec(), third[0].message);
  ASSERT_TRUE(notice) << notice.error();
  EXPECT_EQ(DefaultNotice::from(*notice).delivery_id, 202);
  EXPECT_EQ(DefaultNotice::from(*notice).notice_no, 2);
  const auto event = store().undelivered(PartnerId::parse("credit").value(), {0}, 10);
  ASSERT_EQ(event.size(), 1u);
  EXPECT_EQ(event[0].id, DeliveryId{101});
  EXPECT_EQ(event[0].lane, sample::credit_event(sample::loan(loan_ref(1, 1), {1}, uscc(1))).lane.text());
  const auto read = read_canonical(CreditEvent::spec(), event[0].message);
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(CreditEvent::from(*read).delivery_id, 101);
}

TEST_P(StoreContract, undelivered_messages_come_in_order_and_by_pages) {
  std::vector<Unit> group;
  for (std::uint64_t n = 1; n <= 30; ++n) group.push_back(filing(1, n, 1));
  store().transact(group);
  const PartnerId credit = PartnerId::parse("credit").value();
  std::vector<DeliveryId> seen;
  DeliveryId after{0};
  for (;;) {
    const auto page = store().undelivered(credit, after, 7);
    if (page.empty()) break;
    for (const Delivery& delivery : page) seen.push_back(delivery.id);
    after = page.back().id;
  }
  ASSERT_EQ(seen.size(), 30u);
  EXPECT_TRUE(std::ranges::is_sorted(seen));
  EXPECT_TRUE(store().undelivered(bank(1), {0}, 7).empty());
}

TEST_P(StoreContract, a_delivery_keeps_its_state_and_every_attempt) {
  const PartnerId credit = PartnerId::parse("credit").value();
  commit(filing(1, 1, 1));
  commit(filing(1, 2, 1));
  const auto change = [&](DeliveryChange to) {
    commit([&](const View& view, Sequence) {
      EXPECT_TRUE(view.delivery(to.id));
      return Writes{.deliveries = {to}};
    });
  };
  EXPECT_EQ(store().delivery({101}).value().state, DeliveryState::waiting);
  change({.id = {101},
          .state = DeliveryState::waiting,
          .attempts = 1,
          .next_attempt = {99},
          .reason = "no answer",
          .at = {50}});
  const Delivery waiting = store().delivery({101}).value();
  EXPECT_EQ(waiting.attempts, 1u);
  EXPECT_EQ(waiting.next_attempt, Instant{99});
  EXPECT_EQ(waiting.reason, "no answer");
  EXPECT_EQ(store().undelivered(credit, {0}, 9).size(), 2u);

  change({.id = {101},
          .state = DeliveryState::parked,
          .attempts = 2,
          .reason = "no",
          .at = {60},
          .answer = "<html>\xff"});
  EXPECT_EQ(store().undelivered(credit, {0}, 9).front().state, DeliveryState::parked);
  change({.id = {101}, .state = DeliveryState::delivered, .attempts = 3, .at = {70}, .answer = "taken"});
  EXPECT_EQ(store().undelivered(credit, {0}, 9).size(), 1u);
  change({.id = {201}, .state = DeliveryState::withdrawn, .attempts = 0, .reason = "released", .at = {80}});
  EXPECT_TRUE(store().undelivered(credit, {0}, 9).empty());

  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(store().delivery({101}).value().state, DeliveryState::delivered);
    EXPECT_EQ(store().delivery({201}).value().state, DeliveryState::withdrawn);
    const auto attempts = store().attempts({101});
    ASSERT_EQ(attempts.size(), 3u);
    EXPECT_EQ(attempts[0].next_attempt, Instant{99});
    EXPECT_EQ(attempts[1].answer, "<html>\xff");
    EXPECT_EQ(attempts[1].at, Instant{60});
    EXPECT_EQ(attempts[2].state, DeliveryState::delivered);
    std::map<DeliveryState, std::uint64_t> totals;
    for (const auto& total : store().delivery_totals()) {
      EXPECT_EQ(total.kind, MessageKind::credit_event);
      totals[total.state] = total.count;
    }
    EXPECT_EQ(totals, (std::map<DeliveryState, std::uint64_t>{{DeliveryState::delivered, 1},
                                                              {DeliveryState::withdrawn, 1}}));
    reopen();
  }
  EXPECT_FALSE(store().delivery({102}));
}

TEST_P(StoreContract, a_message_id_is_never_forgotten_and_stays_with_the_first) {
  commit(filing(1, 1, 1));
  commit([](const View&, Sequence) {
    return Writes{.entry = sample::entry(bank(1), message_id(1), Outcome::conflict)};
  });
  for (int round = 0; round < 2; ++round) {
    look([](const View& view) {
      const auto first = view.message(bank(1), message_id(1));
      ASSERT_TRUE(first);
      EXPECT_EQ(first->sequence, Sequence{1});
      EXPECT_EQ(first->outcome, Outcome::accepted);
      EXPECT_EQ(first->receipt, sample::entry(bank(1), message_id(1)).receipt);
      EXPECT_FALSE(view.message(bank(2), message_id(1)));
      EXPECT_FALSE(view.message(bank(1), message_id(2)));
    });
    EXPECT_EQ(store().entry(bank(1), message_id(1)).value().sequence, Sequence{1});
    reopen();
  }
}

TEST_P(StoreContract, unreadable_bytes_are_known_by_their_digest_and_claim_no_id) {
  JournalEntry broken = sample::entry(bank(1), message_id(1), Outcome::unreadable);
  broken.kind.reset();
  broken.canonical.clear();
  broken.status = 400;
  commit([&](const View&, Sequence) { return Writes{.entry = broken}; });
  for (int round = 0; round < 2; ++round) {
    look([&](const View& view) {
      const auto prior = view.unreadable(bank(1), broken.raw_digest);
      ASSERT_TRUE(prior);
      EXPECT_EQ(prior->status, 400u);
      EXPECT_EQ(prior->receipt, broken.receipt);
      EXPECT_FALSE(view.unreadable(bank(2), broken.raw_digest));
      EXPECT_FALSE(view.message(bank(1), message_id(1)));
    });
    reopen();
  }
  EXPECT_EQ(store().entry({1}).value().entry.kind, std::nullopt);
}

TEST_P(StoreContract, pending_and_open_loans_are_listed_oldest_first) {
  for (std::uint64_t n = 1; n <= 6; ++n) {
    commit([n](const View&, Sequence sequence) {
      Loan loan = sample::loan(loan_ref(1, n), sequence, uscc(1));
      if (n % 2 == 0) loan.standing = standing::Pending{.reasons = {FindingCode::message_id_conflict}};
      return Writes{.entry = sample::entry(bank(1), message_id(n)), .changes = {loan}};
    });
  }
  commit([](const View& view, Sequence) {
    Loan loan = view.loan(loan_ref(1, 2)).value();
    loan.standing = standing::Refused{.on = Date::of(2023, 1, 1).value(), .reason = "no"};
    return Writes{.entry = sample::act("officer"), .changes = {loan}};
  });
  const auto pending = store().pending_loans(10);
  ASSERT_EQ(pending.size(), 2u);
  EXPECT_EQ(pending[0].ref, loan_ref(1, 4));
  EXPECT_EQ(pending[1].ref, loan_ref(1, 6));
  EXPECT_EQ(store().pending_loans(1).size(), 1u);
  const auto open = store().open_loans(uscc(1), 10);
  ASSERT_EQ(open.size(), 5u);
  EXPECT_EQ(open.front().ref, loan_ref(1, 1));
  EXPECT_TRUE(store().open_loans(uscc(2), 10).empty());
  look([](const View& view) { EXPECT_EQ(view.exposure(uscc(1)), Fen{150'000'000}); });
}

TEST_P(StoreContract, open_loans_are_counted_by_lender_and_gone_through_page_by_page) {
  for (std::uint64_t n = 1; n <= 6; ++n) {
    commit([n](const View&, Sequence sequence) {
      Loan loan = sample::loan(loan_ref(static_cast<unsigned>(n % 2 + 1), n), sequence, uscc(1));
      if (n == 5) loan.course = course::Settled{.on = Date::of(2023, 1, 1).value()};
      if (n == 6) loan.standing = standing::Cancelled{.on = Date::of(2023, 1, 1).value(), .reason = "no"};
      return Writes{.entry = sample::entry(bank(1), message_id(n)), .changes = {loan}};
    });
  }
  look([](const View& view) {
    const auto open = view.open_loans(bank(2), 1);
    EXPECT_EQ(open.count, 2u) << "3 and 1; the settled one is not open";
    ASSERT_EQ(open.some.size(), 1u);
    EXPECT_EQ(open.some[0].ref, loan_ref(2, 1));
    EXPECT_EQ(view.open_loans(bank(3), 10).count, 0u);
  });
  std::vector<LoanRef> seen;
  for (Sequence after{};;) {
    const auto page = store().open_loans_after(after, 2);
    for (const Loan& loan : page) seen.push_back(loan.ref);
    if (page.size() < 2) break;
    after = page.back().filing;
  }
  EXPECT_EQ(seen, (std::vector{loan_ref(2, 1), loan_ref(1, 2), loan_ref(2, 3), loan_ref(1, 4)}));
  EXPECT_EQ(store().loans_after({}, 100).size(), 6u) << "the closed ones too";
  EXPECT_EQ(store().loans_after(store().loans_after({}, 1).front().filing, 1).front().ref, loan_ref(1, 2));
}

// R-18: what a bank has reserved stands in the company's book beside what the banks have lent, also after a
// restart.
TEST_P(StoreContract, a_reservation_stands_in_the_companys_book) {
  commit(filing(1, 1, 1, 600'000'000));
  const Reservation reserved{.company = uscc(1),
                             .bank = bank(2),
                             .amount = Fen{300'000'000},
                             .since = Date::of(2023, 1, 17).value(),
                             .until = Date::of(2023, 1, 31).value()};
  commit([&](const View&, Sequence) {
    return Writes{.entry = sample::entry(bank(2), message_id(1)), .changes = {reserved}};
  });
  for (int round = 0; round < 2; ++round) {
    look([](const View& view) {
      const Book* const book = view.book(uscc(1));
      ASSERT_NE(book, nullptr);
      ASSERT_EQ(book->lenders.size(), 2u);
      EXPECT_EQ(book->lenders[0].counted(Date::of(2023, 1, 31).value()), Fen{600'000'000});
      EXPECT_EQ(book->lenders[1].counted(Date::of(2023, 1, 31).value()), Fen{300'000'000});
      EXPECT_EQ(book->lenders[1].counted(Date::of(2023, 2, 1).value()), Fen::zero())
          << "the day after its last";
      EXPECT_EQ(view.lenders(uscc(1)), std::vector{bank(1)}) << "who has only reserved lends nothing";
    });
    reopen();
  }
  commit([&](const View&, Sequence) {
    Reservation given_up = reserved;
    given_up.amount = Fen::zero();
    return Writes{.entry = sample::entry(bank(2), message_id(2)), .changes = {given_up}};
  });
  look([](const View& view) { EXPECT_EQ(view.book(uscc(1))->lenders.size(), 1u); });
}

TEST_P(StoreContract, things_are_found_by_their_keys) {
  const Date day = Date::of(2023, 9, 12).value();
  const InstructionNo remittance_no = InstructionNo::parse("R000000001-fund").value();
  const CaseNo case_no = CaseNo::parse("C000000001").value();
  const Guarantee guarantee{.loan = loan_ref(1, 1),
                            .guarantor = bank(9),
                            .contract_no = ContractNo::parse("G-1").value(),
                            .amount = Fen{100},
                            .ratio = Rate::basis_points(4'000),
                            .confirmed_on = day};
  const Remittance remittance{.no = remittance_no,
                              .case_no = case_no,
                              .loan = loan_ref(1, 1),
                              .from = bank(1),
                              .payee = bank(9),
                              .role = PayerRole::fund,
                              .amount = Fen{100},
                              .pay_by = day};
  const Application application{
      .no = "A-1", .bank = bank(1), .company = uscc(1), .amount = Fen{100}, .applied_on = day};
  const Meeting meeting{.no = "2023年第一次会议", .on = day};
  const FundYear year{.institution = bank(1), .year = 2023, .approved = Fen{100}, .cut = Fen{1}};
  const Assessment assessment{.institution = bank(1), .year = 2022};
  const Deadline deadline{
      .kind = DeadlineKind::payment, .loan = loan_ref(1, 1), .instruction = remittance_no, .due_on = day};
  commit([&](const View&, Sequence) {
    return Writes{.entry = sample::act("officer"),
                  .changes = {guarantee, remittance, application, meeting, year, assessment, deadline}};
  });
  reopen();
  look([&](const View& view) {
    EXPECT_EQ(view.guarantee(loan_ref(1, 1)), guarantee);
    EXPECT_FALSE(view.guarantee(loan_ref(1, 2)));
    EXPECT_EQ(view.remittance(remittance_no), remittance);
    EXPECT_EQ(view.application("A-1"), application);
    EXPECT_EQ(view.meeting("2023年第一次会议"), meeting);
    EXPECT_EQ(view.fund_year(bank(1), 2023), year);
    EXPECT_FALSE(view.fund_year(bank(1), 2024));
    EXPECT_EQ(view.assessment(bank(1), 2022), assessment);
    EXPECT_EQ(view.deadline(deadline), deadline);
  });
}

TEST_P(StoreContract, a_document_is_known_by_its_digest_to_its_sender_only) {
  const Digest digest = sha256("%PDF-1.7");
  commit([&](const View&, Sequence) {
    JournalEntry kept = sample::entry(bank(1), document_id(digest));
    kept.kind.reset();
    kept.raw = "%PDF-1.7";
    kept.raw_digest = digest;
    return Writes{.entry = kept};
  });
  commit(  // a message that took the id of a document is none
      [&](const View&, Sequence) {
        return Writes{.entry = sample::entry(bank(1), document_id(sha256("%PDF-1.4")))};
      });
  look([&](const View& view) {
    EXPECT_TRUE(view.has_document(bank(1), digest));
    EXPECT_FALSE(view.has_document(bank(1), sha256("%PDF-1.4")));
    EXPECT_FALSE(view.has_document(bank(2), digest));
    EXPECT_FALSE(view.has_document(bank(1), sha256("another")));
  });
}

TEST_P(StoreContract, entries_are_counted_by_partner_and_outcome) {
  for (std::uint64_t n = 0; n < 12; ++n) {
    commit([n](const View&, Sequence) {
      return Writes{.entry = sample::entry(bank(n % 2), message_id(n),
                                           n % 3 == 0 ? Outcome::rejected : Outcome::accepted)};
    });
  }
  reopen();
  std::map<std::pair<PartnerId, Outcome>, std::uint64_t> counts;
  for (const auto& total : store().entry_totals()) counts[{total.partner, total.outcome}] = total.count;
  const std::map<std::pair<PartnerId, Outcome>, std::uint64_t> expected{{{bank(0), Outcome::accepted}, 4},
                                                                        {{bank(0), Outcome::rejected}, 2},
                                                                        {{bank(1), Outcome::accepted}, 4},
                                                                        {{bank(1), Outcome::rejected}, 2}};
  EXPECT_EQ(counts, expected);
}

TEST_P(StoreContract, large_bodies_are_kept_whole) {
  JournalEntry large = sample::entry(bank(1), message_id(1), Outcome::accepted, 5u << 20);
  large.canonical.assign(3u << 20, 'c');
  const Sequence sequence = commit([&](const View&, Sequence) { return Writes{.entry = large}; });
  reopen();
  const auto found = store().entry(sequence);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->entry.raw, large.raw);
  EXPECT_EQ(found->entry.canonical, large.canonical);
}

TEST_P(StoreContract, readers_on_other_threads_see_whole_groups_only) {
  constexpr std::uint64_t group_size = 8;
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> torn{0};
  std::atomic<std::uint64_t> reads{0};
  const auto reader = [&] {
    std::uint64_t last = 0;
    while (!done) {
      const auto changes = store().changes_after(last, 10'000);
      if (changes.size() % group_size != 0) ++torn;
      for (const StoredChange& change : changes) {
        if (change.number != ++last || !store().entry(change.cause)) ++torn;
      }
      ++reads;
    }
  };
  {
    std::jthread first(reader);
    std::jthread second(reader);
    for (std::uint64_t round = 0; round < 60; ++round) {
      std::vector<Unit> group;
      for (std::uint64_t i = 0; i < group_size; ++i) group.push_back(filing(1, round * group_size + i, 1));
      for (const Committed& result : store().transact(group)) EXPECT_TRUE(result);
    }
    done = true;
  }
  EXPECT_EQ(torn, 0u);
  EXPECT_GT(reads, 0u);
}

}  // namespace
}  // namespace loangate::store
