// What a whole gateway with its partners answers, by the description: what a port alone cannot be asked.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <thread>

#include "exchanges.hpp"
#include "tests/support/batch_file.hpp"
#include "tests/support/town.hpp"

namespace loangate {
namespace {

namespace json = boost::json;
using support::Town;
using ::testing::Contains;
using ::testing::Not;

/// A town whose operations port is asked for the judge.
class Recorded {
 public:
  Town town{*Date::of(2026, 9, 21)};
  described::Exchanges exchanges;

  /// `path` is what the description calls the target; without one it is the same.
  std::string ask(const std::string& person, std::string_view method, const std::string& target,
                  std::string path = {}, const std::string& body = {}) {
    const net::Response answer = town.operate(person, method, target, body);
    if (path.empty()) path = target.substr(0, target.find('?'));
    const std::string_view type =
        answer.content_type.empty() ? answer.header("Content-Type") : std::string_view(answer.content_type);
    exchanges.note(method, path, answer.status, type, body, answer.body);
    return answer.body;
  }
  std::string get(const std::string& target, std::string path = {}) {
    return ask("operator-zhao", "GET", target, std::move(path));
  }
  std::string post(const std::string& target, const std::string& body = {}, std::string path = {}) {
    return ask("operator-zhao", "POST", target, std::move(path), body);
  }
};

/// Messages, a file of records and a document of partners.
void say_something(Recorded& port) {
  Town& town = port.town;
  auto& bank = town.partner("phrcb");
  const auto filing = [&](const std::string& loan_no, std::uint32_t company) {
    return support::filing(bank, loan_no, company, Fen::yuan(1'000), town.today());
  };
  EXPECT_EQ(town.say("phrcb", MessageKind::loan_disbursement, filing("W1", 1)).status, 200u);
  EXPECT_EQ(town.say("phrcb", MessageKind::loan_disbursement, filing("W2", 1'000)).status, 422u);

  support::BatchFile file{.profile = bank.profile(), .id = "202609210001"};
  for (int i = 0; i < 3; ++i) {
    Record record = filing(fmt::format("WB{}", i), 2);
    ASSERT_TRUE(bank.write(MessageKind::loan_disbursement, record));
    file.add(MessageKind::loan_disbursement, record);
  }
  const auto call = [&](std::string target, std::string type, std::string body) {
    return town
        .call("senders/phrcb", {.method = "POST",
                                .target = std::move(target),
                                .content_type = std::move(type),
                                .body = std::move(body),
                                .headers = {}})
        ->status;
  };
  ASSERT_EQ(call("/v1/batches", "", file.text()), 200u);
  const std::string scan("%PDF-1.7\n\0\xff contract", 20);
  ASSERT_EQ(call("/v1/documents", "application/pdf", scan), 201u);
  port.get("/v1/batches");
  port.get("/v1/batches/phrcb/202609210001", "/v1/batches/{partner}/{id}");
  port.get("/v1/batches/phrcb/none", "/v1/batches/{partner}/{id}");
  port.ask("officer-li", "GET", "/v1/documents/phrcb/" + hex(sha256(scan)),
           "/v1/documents/{partner}/{sha256}");
}

void ask_of_partners(Recorded& port) {
  port.get("/v1/partners");
  port.get("/v1/partners?limit=2");
  // Pushed to, with a mailbox, with files.
  for (const char* id : {"phrcb", "sxbph", "bank10", "nobody"})
    port.get(fmt::format("/v1/partners/{}", id), "/v1/partners/{id}");
  port.post("/v1/partners/phrcb/test", {}, "/v1/partners/{id}/test");
  port.post("/v1/partners/sxbph/test", {}, "/v1/partners/{id}/test");
  port.post("/v1/acts/partner.flow", R"({"institution":"phrcb","flow":"paused","reason":"割接"})");
  port.get("/v1/partners/phrcb", "/v1/partners/{id}");
  port.post("/v1/acts/partner.flow", R"({"institution":"phrcb","flow":"running","reason":"割接完成"})");
  port.get("/v1/profiles");
  port.get("/v1/profiles/phrcb", "/v1/profiles/{partner}");
}

void ask_of_maintenance(Recorded& port) {
  const auto window = [](std::int64_t from_seconds, std::string_view cancelled) {
    const Instant now = real_now();
    return fmt::format(
        R"({{"maintenance_from":"{}","maintenance_until":"{}","cancelled":"{}","notice_zh":"升级","notice_en":"Upgrade"}})",
        format(Instant{now.micros + from_seconds * 1'000'000}), format(Instant{now.micros + 7'200'000'000}),
        cancelled);
  };
  port.get("/v1/maintenance");
  port.post("/v1/acts/maintenance.entry", window(3'600, "no"));
  port.get("/v1/maintenance");
  port.post("/v1/acts/maintenance.entry", window(0, "no"));
  port.get("/v1/maintenance");
  port.post("/v1/acts/maintenance.entry", window(0, "yes"));
}

void ask_of_the_system(Recorded& port) {
  port.get("/v1/system");
  port.get("/v1/backups");
  port.post("/v1/backups");
  for (int i = 0; i < 400; ++i) {
    const json::value told = json::parse(port.town.operate("operator-zhao", "GET", "/v1/backups").body);
    if (told.at("items").at(0).at("state") != "running") break;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  port.get("/v1/backups");
  port.get("/v1/system");
  port.get("/v1/diagnostics");
  port.post("/v1/configuration/reload");
  port.ask("operator-zhao", "PUT", "/v1/clock", {}, R"({"now":"2026-09-22T09:00:00+08:00"})");
  port.ask("operator-zhao", "PUT", "/v1/clock", {}, R"({"now":"2026-09-21T09:00:00+08:00"})");
}

TEST(WholeGateway, AnswersAsItIsDescribed) {
  Recorded port;
  say_something(port);
  ask_of_partners(port);
  ask_of_maintenance(port);
  ask_of_the_system(port);
  for (const char* target :
       {"/readyz", "/metrics", "/v1/flow", "/v1/flow/day", "/v1/alerts", "/v1/files", "/v1/totals",
        "/v1/trouble", "/v1/messages", "/v1/deliveries", "/v1/journal?limit=500"})
    port.get(target);
  const described::Judgement judgement = port.exchanges.judge();
  EXPECT_EQ(judgement.faults, 0) << judgement.said;
  EXPECT_GT(judgement.judged, 30);
  for (const std::string& path : described::asked_of_a_whole_gateway)
    EXPECT_THAT(judgement.unseen, Not(Contains(path))) << "nobody else checks its answer";
}

}  // namespace
}  // namespace loangate
