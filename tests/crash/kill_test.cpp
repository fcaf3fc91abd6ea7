// Kills the gateway at random moments under load and shows that nothing acknowledged is lost, nothing is
// there twice, and every compensation instruction reaches its payer exactly once in effect.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <thread>

#include "app/pki.hpp"
#include "base/json.hpp"
#include "ops/client.hpp"
#include "ops/flow/replays.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "tests/crash/gateway_process.hpp"
#include "tests/support/batch_file.hpp"
#include "tests/support/town.hpp"

namespace loangate {
namespace {

namespace asio = boost::asio;
using simulate::Partner;

constexpr int kills = 50;
constexpr int cases = 25;
const Date lent_on = *Date::of(2025, 6, 10);
const Date today = *Date::of(2026, 9, 21);

Instant morning_of(Date day) {
  return Instant{start_of(day).micros + 9LL * 3600 * 1'000'000};
}

/// What a bank has in its hands: proof that the gateway took its message.
struct Acknowledged {
  std::string message_id;
  std::string receipt;
};

/// A bank that files loan after loan, and sends the same bytes again until it has an answer, as banks do.
asio::awaitable<int> keep_filing(Partner& bank, std::uint32_t first_company, const std::atomic<bool>& enough,
                                 std::vector<Acknowledged>& acknowledged) {
  int filed = 0;
  while (!enough) {
    ++filed;
    Record record =
        support::filing(bank, fmt::format("K{}-{}", bank.id().view(), filed),
                        first_company + static_cast<std::uint32_t>(filed % 20), Fen::yuan(100), today);
    const auto bytes = bank.write(MessageKind::loan_disbursement, record);
    if (!bytes) co_return -1;
    const std::string id(std::get<std::string_view>(record[LoanDisbursement::field::message_id]));
    for (;;) {
      const auto answer = co_await bank.post(*bytes);
      if (answer && answer->receipt) {
        acknowledged.push_back({id, answer->body});
        break;
      }
      if (enough) break;  // never acknowledged: it may be there or not
      asio::steady_timer pause(co_await asio::this_coro::executor, std::chrono::milliseconds(20));
      co_await pause.async_wait(asio::use_awaitable);
    }
  }
  co_return filed;
}

class Kill : public testing::Test {
 protected:
  Kill() : clock(morning_of(lent_on)), cores(1) {
    const auto source = std::filesystem::path(LOANGATE_SOURCE_DIR);
    partners = std::make_shared<const adapters::Partners>(
        adapters::load_partners(source / "adapters/partners").value());
    EXPECT_TRUE(app::make_dev_pki(source / "certs/make-dev-pki.sh", data(), *partners));
    peers = simulate::Peers::open(*cores.contexts().front(), *partners, clock,
                                  {.pki = data() / "pki", .identities = data() / "identities.yaml"})
                .value();
    gateway.emplace(folder.path(), peers->ports(), lent_on);
    peers->connect("127.0.0.1", gateway->partners_port());
  }
  ~Kill() override {
    gateway.reset();
    peers->stop();
    cores.stop();
  }

  std::filesystem::path data() const { return folder.path() / "data"; }
  Partner& partner(std::string_view id) { return peers->at(*PartnerId::parse(id)); }

  simulate::Office office() {
    return simulate::Office::open(fmt::format("https://127.0.0.1:{}", gateway->operations_port()),
                                  {.pki = data() / "pki"})
        .value();
  }

  void say(std::string_view from, MessageKind kind, Record message) {
    auto bytes = partner(from).write(kind, message);
    ASSERT_TRUE(bytes) << bytes.error();
    const auto answer = app::wait_for(*cores.contexts().front(), partner(from).post(*bytes));
    ASSERT_TRUE(answer) << answer.error();
    ASSERT_EQ(answer->status, 200u) << answer->body;
  }

  void go_to(simulate::Office& people, Date day) {
    ASSERT_TRUE(people.set_clock(morning_of(day)));
    clock.advance_to(morning_of(day));
  }

  /// Loans that have come to a decision: lent, overdue, compensation applied for.
  std::vector<CaseNo> prepare_cases(simulate::Office& people) {
    std::vector<CaseNo> numbers;
    const auto loan = [](int i) { return fmt::format("CASE{:03}", i); };
    for (int i = 0; i < cases; ++i) {
      say("phrcb", MessageKind::loan_disbursement,
          support::filing(partner("phrcb"), loan(i), 100 + static_cast<std::uint32_t>(i), Fen::yuan(1000),
                          lent_on));
    }
    go_to(people, *Date::of(2026, 6, 11));
    for (int i = 0; i < cases; ++i) {
      say("phrcb", MessageKind::overdue_report,
          OverdueReport{.message_id = {},
                        .loan_no = *LoanNo::parse(loan(i)),
                        .due_on = *Date::of(2026, 6, 9),
                        .overdue_principal = Fen::yuan(1000)}
              .record());
    }
    go_to(people, today);
    for (int i = 0; i < cases; ++i) {
      say("phrcb", MessageKind::compensation_application,
          CompensationApplication{.message_id = {},
                                  .loan_no = *LoanNo::parse(loan(i)),
                                  .outstanding_principal = Fen::yuan(1000),
                                  .contract_interest = Fen::zero(),
                                  .as_of = today,
                                  .payee_name = "平湖农商银行",
                                  .payee_account = "201000012345678",
                                  .payee_bank_code = simulate::bank_code(1)}
              .record());
      numbers.push_back(people.case_of(*PartnerId::parse("phrcb"), *LoanNo::parse(loan(i))).value());
    }
    return numbers;
  }

  TemporaryFolder folder;
  std::shared_ptr<const adapters::Partners> partners;
  BusinessClock clock;
  net::Cores cores;
  std::unique_ptr<simulate::Peers> peers;
  std::optional<crash::GatewayProcess> gateway;
};

RuleCompensation approval_of(const CaseNo& no) {
  return {.case_no = no,
          .ruling = CompensationRuling::approved,
          .meeting_no = "2026年第三次会议",
          .meeting_on = today,
          .approved_principal = Fen::yuan(1000),
          .approved_interest = Fen::zero()};
}

TEST_F(Kill, FiftyTimesUnderLoadLosesNothingAndRepeatsNothing) {
  const unsigned seed = std::random_device{}();
  std::cout << "seed " << seed << '\n';
  std::mt19937 chance(seed);

  gateway->start();
  std::vector<CaseNo> waiting;
  {
    auto people = office();
    support::set_stage(people, *peers, *Date::of(2022, 6, 26), 200);
    waiting = prepare_cases(people);
  }
  ASSERT_EQ(waiting.size(), static_cast<std::size_t>(cases));

  // Load on all three formats, pushes and mailboxes, until the last kill.
  std::atomic<bool> enough{false};
  const std::vector<std::string> filing_banks{"phrcb", "citicph", "sxbph", "bank04", "bank05", "bank06"};
  std::map<std::string, std::vector<Acknowledged>> acknowledged;
  std::vector<std::thread> load;
  for (std::size_t i = 0; i < filing_banks.size(); ++i) {
    load.emplace_back([&, i, into = &acknowledged[filing_banks[i]]] {
      EXPECT_GT(app::wait_for(*cores.contexts().front(),
                              keep_filing(partner(filing_banks[i]), 1 + static_cast<std::uint32_t>(i) * 15,
                                          enough, *into)),
                0);
    });
  }

  std::size_t next_case = 0;
  for (int kill = 0; kill < kills; ++kill) {
    // Every other time the conference decides a case while the kill is on its way.
    std::thread deciding([&, decide = kill % 2 == 0 && next_case < waiting.size()] {
      if (decide)
        static_cast<void>(office().decide(RuleCompensation::kind, approval_of(waiting[next_case]).record()));
    });
    if (kill % 2 == 0) ++next_case;
    std::this_thread::sleep_for(std::chrono::milliseconds(30 + chance() % 220));
    gateway->kill();
    deciding.join();
    gateway->start();
  }
  // What a kill kept from being decided is decided now.
  for (const CaseNo& no : waiting)
    static_cast<void>(office().decide(RuleCompensation::kind, approval_of(no).record()));
  enough = true;
  for (auto& one : load) one.join();

  auto people = office();
  const auto& fund = partner("fund").inbox();
  const auto instructions_at_fund = [&] {
    return app::wait_for(*cores.contexts().front(),
                         [](const simulate::Inbox& inbox) -> asio::awaitable<std::size_t> {
                           co_return inbox.count(MessageKind::compensation_instruction);
                         }(fund));
  };
  for (int i = 0; i < 600 && instructions_at_fund() < waiting.size(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(gateway->stop(), 0);

  // The fund has every instruction exactly once in effect.
  std::map<std::string, int> instructed;
  for (const auto& [id, item] : fund.items()) {
    if (item.kind == MessageKind::compensation_instruction)
      ++instructed[CompensationInstruction::from(item.message).case_no.string()];
  }
  EXPECT_EQ(instructed.size(), waiting.size());
  for (const auto& [no, times] : instructed) EXPECT_EQ(times, 1) << no;

  // The record has every acknowledged filing exactly once, with the very receipt that the bank holds.
  auto store = store::open_sqlite(data(), {.low_water_bytes = 1}).value();
  std::map<std::string, int> kept;  // partner and message id
  for (Sequence at{};;) {
    const auto entries = store->entries_after(at, 1000);
    if (entries.empty()) break;
    for (const auto& stored : entries) {
      EXPECT_EQ(stored.sequence.number, at.number + 1) << "a gap in the journal";
      at = stored.sequence;
      if (!stored.entry.message_id.empty())
        ++kept[stored.entry.partner.string() + ' ' + stored.entry.message_id.string()];
    }
  }
  for (const auto& [message, times] : kept) EXPECT_EQ(times, 1) << message;
  std::size_t total = 0;
  for (const auto& [bank, messages] : acknowledged) {
    for (const Acknowledged& one : messages) {
      const auto entry = store->entry(*PartnerId::parse(bank), *MessageId::parse(one.message_id));
      ASSERT_TRUE(entry) << bank << ' ' << one.message_id << " was acknowledged and is gone";
      EXPECT_EQ(entry->entry.receipt, one.receipt) << bank << ' ' << one.message_id;
      ++total;
    }
  }
  std::cout << kills << " kills, " << total << " acknowledged filings, " << instructed.size()
            << " instructions\n";
  EXPECT_GT(total, static_cast<std::size_t>(kills));
}

TEST_F(Kill, InTheMiddleOfAFileAndItGoesOnWhereItStopped) {
  constexpr int records = 30'000;
  gateway->start();
  {
    auto people = office();
    support::set_stage(people, *peers, *Date::of(2022, 6, 26), 200);
    go_to(people, today);
  }
  Partner& bank = partner("sxbph");
  support::BatchFile file{.profile = bank.profile(), .id = "KILLED"};
  for (int i = 0; i < records; ++i) {
    Record record = support::filing(bank, fmt::format("F{}", i), 1 + static_cast<std::uint32_t>(i % 200),
                                    Fen::yuan(100), today);
    ASSERT_TRUE(bank.write(MessageKind::loan_disbursement, record));
    file.add(MessageKind::loan_disbursement, record);
  }
  const std::string text = file.text();

  const auto tls = net::make_client_context({.certificate = data() / "pki/senders/sxbph.pem",
                                             .key = data() / "pki/senders/sxbph.key",
                                             .ca = data() / "pki/ca.pem",
                                             .pins = {}});
  ASSERT_TRUE(tls);
  net::Client client(*cores.contexts().front());
  const auto send = [&](std::string method, std::string target, std::string body) {
    net::OutRequest request{.method = std::move(method),
                            .target = std::move(target),
                            .content_type = "",
                            .body = std::move(body),
                            .headers = {}};
    return app::wait_for(
        *cores.contexts().front(),
        client.send(
            {.host = "127.0.0.1", .port = gateway->partners_port(), .server_name = "localhost", .tls = *tls},
            std::move(request), std::chrono::steady_clock::now() + std::chrono::seconds(60)));
  };
  auto answer = send("POST", "/v1/batches?wait=0", text);
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->status, 202u) << answer->body;
  int kills_in_the_middle = 0;
  for (int kill = 0; kill < 3; ++kill) {
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
    gateway->kill();
    {
      const auto store = store::open_sqlite(data(), {.low_water_bytes = 1}).value();
      const auto batch = store->find("batch", "sxbph/KILLED");
      ASSERT_TRUE(batch);
      if (!std::get<Batch>(*batch).ended) ++kills_in_the_middle;
    }
    gateway->start();
  }
  for (int i = 0; i < 600; ++i) {
    answer = send("GET", "/v1/batches/KILLED", "");
    if (answer && answer->status != 202) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200u);
  EXPECT_NE(answer->body.find(fmt::format(R"("succCnt":"{}")", records)), std::string::npos);
  std::size_t lines = 0;
  for (std::size_t at = 0; (at = answer->body.find("\"seqNo\"", at)) != std::string::npos; ++at) ++lines;
  EXPECT_EQ(lines, static_cast<std::size_t>(records));
  EXPECT_GE(kills_in_the_middle, 1);
  EXPECT_EQ(gateway->stop(), 0);

  auto store = store::open_sqlite(data(), {.low_water_bytes = 1}).value();
  EXPECT_EQ(store->loans_after({}, 2 * records).size(), static_cast<std::size_t>(records));
  EXPECT_FALSE(std::filesystem::exists(data() / "batches" / fmt::format("sxbph-{}.file", hex(sha256(text)))));
}

/// A member of an answer's object, as text.
std::string member(const net::Response& answer, std::string_view name) {
  JsonDocument document;
  if (!document.read(answer.body)) return {};
  const JsonNode* node = document.member(document.root(), name);
  return node == nullptr ? std::string() : std::string(node->text);
}

TEST_F(Kill, InTheMiddleOfAReplayAndEachMessageIsReleasedOnce) {
  constexpr int notices = 40;
  gateway->start();
  const auto loan = [](int i) { return fmt::format("RE{:03}", i); };
  {
    auto people = office();
    support::set_stage(people, *peers, *Date::of(2022, 6, 26), 200);
    for (const std::string_view bank : {"phrcb", "citicph"}) {
      for (int i = 1; i <= notices; ++i) {
        say(bank, MessageKind::loan_disbursement,
            support::filing(partner(bank), loan(i), static_cast<std::uint32_t>(i), Fen::yuan(1000), lent_on));
      }
    }
    go_to(people, *Date::of(2026, 6, 11));
  }
  // The other lender of each company refuses the notice of its default.
  const auto order = [&](simulate::Mood mood) {
    app::wait_for(*cores.contexts().front(),
                  [](simulate::PartnerEndpoint* endpoint, simulate::Mood how) -> asio::awaitable<bool> {
                    endpoint->order(how);
                    co_return true;
                  }(partner("citicph").endpoint(), mood));
  };
  order(simulate::Mood::refusing);
  for (int i = 1; i <= notices; ++i) {
    say("phrcb", MessageKind::overdue_report,
        OverdueReport{.message_id = {},
                      .loan_no = *LoanNo::parse(loan(i)),
                      .due_on = *Date::of(2026, 6, 9),
                      .overdue_principal = Fen::yuan(1000)}
            .record());
  }
  const auto operate = [&](const std::string& person, std::string_view method, const std::string& target,
                           std::string body) {
    const auto pair = data() / "pki/persons" / person;
    auto client = ops::Client::open({.url = fmt::format("https://127.0.0.1:{}", gateway->operations_port()),
                                     .certificate = pair.string() + ".pem",
                                     .key = pair.string() + ".key",
                                     .ca = data() / "pki/ca.pem"})
                      .value();
    return client.call(method, target, std::move(body)).value();
  };
  const std::string query = R"({"query":"partner:citicph kind:default.notice class:refused"})";
  net::Response counted;
  for (int i = 0; i < 400; ++i) {
    counted = operate("operator-zhao", "POST", "/v1/replays/count", query);
    if (member(counted, "deliveries") == std::to_string(notices)) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  ASSERT_EQ(member(counted, "deliveries"), std::to_string(notices)) << counted.body;
  order(simulate::Mood::well);
  const auto proposed =
      operate("operator-zhao", "POST", "/v1/proposals/delivery.replay",
              fmt::format(R"({{"query":"{}","through":{},"deliveries":{},"per_minute":600,"reason":"x"}})",
                          member(counted, "query"), member(counted, "through"), notices));
  ASSERT_EQ(proposed.status, 201u) << proposed.body;
  const auto approved =
      operate("approver-wang", "POST", fmt::format("/v1/proposals/{}/approve", member(proposed, "proposal")),
              fmt::format(R"({{"hash":"{}"}})", member(proposed, "hash")));
  ASSERT_EQ(approved.status, 200u) << approved.body;
  const std::string no = member(approved, "sequence");

  int kills_in_the_middle = 0;
  for (int kill = 0; kill < 3; ++kill) {
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    gateway->kill();
    {
      const auto store = store::open_sqlite(data(), {.low_water_bytes = 1}).value();
      const auto replay = ops::replay_on_record(*store, no);
      ASSERT_TRUE(replay);
      if (!replay->ended() && replay->progress.released > 0) ++kills_in_the_middle;
    }
    gateway->start();
  }
  EXPECT_GE(kills_in_the_middle, 1);
  net::Response told;
  for (int i = 0; i < 600; ++i) {
    told = operate("operator-zhao", "GET", "/v1/replays/" + no, "");
    if (member(told, "confirmed") == std::to_string(notices)) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_EQ(member(told, "state"), "ended") << told.body;
  EXPECT_EQ(member(told, "released"), std::to_string(notices)) << told.body;
  EXPECT_EQ(member(told, "confirmed"), std::to_string(notices)) << told.body;
  EXPECT_EQ(gateway->stop(), 0);

  auto store = store::open_sqlite(data(), {.low_water_bytes = 1}).value();
  std::map<std::uint64_t, int> times;
  for (const auto& [id, item] : partner("citicph").inbox().items()) {
    if (item.kind == MessageKind::default_notice) times[id.number] = 0;
  }
  EXPECT_EQ(times.size(), static_cast<std::size_t>(notices)) << "each came, under its own id";
  for (auto& [id, count] : times) {
    EXPECT_EQ(store->delivery(DeliveryId{id})->state, store::DeliveryState::delivered);
    for (const auto& change : store->attempts(DeliveryId{id})) {
      if (change.reason.find("replay " + no) != std::string::npos) ++count;
    }
    EXPECT_EQ(count, 1) << "delivery " << id;
  }
}

}  // namespace
}  // namespace loangate
