// Operating a gateway: backups under load that can be restored, what the System page and the diagnostics say,
// the doctor, and what the service manager is told.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <ctime>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>

#include "app/pki.hpp"
#include "app/service_manager.hpp"
#include "base/json.hpp"
#include "ops/alerts/certificates.hpp"
#include "ops/client.hpp"
#include "ops/system/record_check.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "tests/crash/gateway_process.hpp"
#include "tests/support/batch_file.hpp"
#include "tests/support/command.hpp"
#include "tests/support/town.hpp"

namespace loangate {
namespace {

namespace fs = std::filesystem;
using support::Town;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

const Date today = *Date::of(2026, 9, 21);
const fs::path program = fs::path(LOANGATE_BINARY_DIR) / "loangate";

/// The text at a path of member names and places in arrays.
std::string in_json(const std::string& json, std::string path) {
  JsonDocument document;
  if (!document.read(json, {.max_bytes = 8u << 20, .max_nodes = 500'000})) return {};
  const JsonNode* node = &document.root();
  while (node != nullptr && !path.empty()) {
    const std::string part = path.substr(0, path.find('/'));
    path.erase(0, part.size() + 1);
    if (node->kind == JsonNode::Kind::array) {
      auto index = std::stoul(part);
      for (node = document.first(*node); node != nullptr && index > 0; --index) node = document.next(*node);
    } else {
      node = document.member(*node, part);
    }
  }
  return node == nullptr ? std::string() : std::string(node->text);
}

/// Waits for the backup that was just begun.
std::string finished_backup(Town& town) {
  for (int i = 0; i < 400; ++i) {
    const std::string told = town.operate("operator-zhao", "GET", "/v1/backups").body;
    if (in_json(told, "items/0/state") != "running") return told;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return {};
}

struct Acknowledged {
  std::string bank, message_id, receipt;
};

TEST(Backup, UnderLoadHasEveryReceiptThatWasGivenBeforeIt) {
  Town town(today);
  const std::vector<std::string> banks{"phrcb", "citicph", "sxbph"};
  std::atomic<bool> enough = false;
  std::mutex mutex;
  std::vector<Acknowledged> acknowledged;
  std::vector<std::jthread> load;
  for (std::size_t i = 0; i < banks.size(); ++i) {
    load.emplace_back([&, i] {
      for (int n = 1; !enough; ++n) {
        auto& bank = town.partner(banks[i]);
        Record record = support::filing(bank, fmt::format("B{}-{}", i, n),
                                        1 + static_cast<std::uint32_t>(n % 20), Fen::yuan(100), today);
        const auto bytes = bank.write(MessageKind::loan_disbursement, record);
        if (!bytes) return ADD_FAILURE() << bytes.error();
        const std::string id(std::get<std::string_view>(record[LoanDisbursement::field::message_id]));
        const auto answer = town.post(banks[i], *bytes);
        const std::lock_guard lock(mutex);
        acknowledged.push_back({banks[i], id, answer.body});
      }
    });
  }
  const auto count = [&] {
    const std::lock_guard lock(mutex);
    return acknowledged.size();
  };
  while (count() < 300) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const std::size_t before = count();
  const auto begun = town.operate("operator-zhao", "POST", "/v1/backups");
  ASSERT_EQ(begun.status, 202u) << begun.body;
  const std::string done = finished_backup(town);
  while (count() < before + 100) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  enough = true;
  load.clear();
  ASSERT_EQ(in_json(done, "items/0/state"), "done") << done;
  const fs::path backup = in_json(done, "items/0/folder");
  EXPECT_EQ(in_json(town.operate("operator-zhao", "GET", "/v1/system").body, "last_backup/state"), "done");

  // Restored by the command, into an empty folder, without keys: the operator puts those back.
  const TemporaryFolder folder;
  const fs::path data = folder.path() / "restored";
  const support::Ran restored =
      support::run(fmt::format("{} restore {} --data {} --config {}", program.string(), backup.string(),
                               data.string(), (folder.path() / "config").string()));
  ASSERT_EQ(restored.status, 0) << restored.output;
  EXPECT_THAT(restored.output, HasSubstr("up to entry " + in_json(done, "items/0/last_sequence")));
  EXPECT_TRUE(fs::exists(folder.path() / "config/gateway.yaml"));
  EXPECT_TRUE(fs::exists(folder.path() / "config/partners/phrcb/profile.yaml"));
  EXPECT_FALSE(fs::exists(data / "pki")) << "keys were not asked for";
  const std::string found =
      support::run(fmt::format("find {} -name '*.key' -o -name '*.secret'", backup.string())).output;
  EXPECT_EQ(found, "");
  for (const char* keys : {"pki", "keys"})
    fs::copy(town.sandbox().data() / keys, data / keys, fs::copy_options::recursive);
  {
    const auto store = store::open_sqlite(data, {.low_water_bytes = 0}).value();
    for (std::size_t i = 0; i < before; ++i) {
      const Acknowledged& one = acknowledged[i];
      const auto kept = store->entry(*PartnerId::parse(one.bank), *MessageId::parse(one.message_id));
      ASSERT_TRUE(kept) << one.bank << ' ' << one.message_id << " was acknowledged before the backup";
      EXPECT_EQ(kept->entry.receipt, one.receipt);
    }
  }
  // And it starts and serves.
  app::Config config = town.sandbox().config();
  config.data = data;
  config.files = data / "files";
  config.identities = data / "identities.yaml";
  config.partners_port.port = config.operations_port.port = 0;
  const auto gateway = app::Gateway::start(config, {});
  ASSERT_TRUE(gateway) << gateway.error().front().text();
  EXPECT_NE((*gateway)->partners_port(), 0);
}

TEST(Backup, OnlyOneAtATimeAndKeysForAnAdministrator) {
  Town town(today);
  const auto refused = town.operate("operator-zhao", "POST", "/v1/backups", R"({"with_keys":"yes"})");
  EXPECT_EQ(refused.status, 403u);
  EXPECT_EQ(in_json(refused.body, "code"), "role_missing");
  EXPECT_EQ(town.operate("operator-zhao", "POST", "/v1/backups", R"({"with_keys":"perhaps"})").status, 400u);
  ASSERT_EQ(town.operate("operator-zhao", "POST", "/v1/backups").status, 202u);
  const auto second = town.operate("operator-zhao", "POST", "/v1/backups");
  EXPECT_THAT(second.status, AnyOf(409u, 202u));  // 202 if the first was quicker
  EXPECT_EQ(in_json(finished_backup(town), "items/0/state"), "done");
}

TEST(System, DiagnosticsTellOfTheGatewayAndOfNobody) {
  Town town(today);
  auto& bank = town.partner("phrcb");
  Record record = support::filing(bank, "DIAG-1", 3, Fen::yuan(271'828), today);
  const auto borrower = simulate::borrower(3);
  ASSERT_EQ(town.say("phrcb", MessageKind::loan_disbursement, std::move(record)).status, 200u);

  const auto system = town.operate("operator-zhao", "GET", "/v1/system");
  ASSERT_EQ(system.status, 200u) << system.body;
  for (const char* there :
       {"version", "compiler", "started", "business_time", "disk/file_system", "process/open_files_limit",
        "configuration/rulebook", "store/bytes/0/kind", "checks/0/words/zh", "limits/0/name"})
    EXPECT_NE(in_json(system.body, there), "") << there << " in " << system.body;
  EXPECT_GT(std::stoul(in_json(system.body, "store/last_sequence")), 0u);

  const auto answer = town.operate("operator-zhao", "GET", "/v1/diagnostics");
  ASSERT_EQ(answer.status, 200u);
  EXPECT_EQ(answer.content_type.empty() ? answer.header("Content-Type") : answer.content_type,
            "application/zip");
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "it.zip", std::ios::binary) << answer.body;
  const support::Ran listed = support::run(fmt::format("unzip -Z1 {}/it.zip", folder.path().string()));
  for (const char* name :
       {"README.txt", "system.json", "gateway.yaml", "profiles.json", "totals.json", "log.jsonl"})
    EXPECT_THAT(listed.output, HasSubstr(name));
  const std::string all = support::run(fmt::format("unzip -p {}/it.zip", folder.path().string())).output;
  EXPECT_THAT(all, HasSubstr("phrcb"));
  for (const std::string& personal :
       {borrower.name, borrower.uscc.string(), std::string("271828"), std::string("DIAG-1"),
        std::string("PRIVATE KEY"), std::string("officer-li"), std::string("operator-zhao")})
    EXPECT_THAT(all, Not(HasSubstr(personal)));
}

// --- The check of the record

/// The copy of the store that a backup of the town's gateway makes.
void copy_store(Town& town, const fs::path& to) {
  ASSERT_EQ(town.operate("operator-zhao", "POST", "/v1/backups").status, 202u);
  const std::string done = finished_backup(town);
  ASSERT_EQ(in_json(done, "items/0/state"), "done") << done;
  fs::create_directories(to);
  fs::copy_file(fs::path(in_json(done, "items/0/folder")) / "data" / "loangate.db", to / "loangate.db");
}

/// What one round over the store finds.
ops::RecordStanding checked(const fs::path& data) {
  const auto store = store::open_sqlite(data, {.low_water_bytes = 0}).value();
  const auto partners = std::make_shared<const adapters::Partners>(
      adapters::load_partners(fs::path(LOANGATE_SOURCE_DIR) / "adapters/partners").value());
  const ops::RecordCheck check(
      *store, [&] { return partners; },
      {.entries = 7, .between_looks = std::chrono::milliseconds(1), .between_rounds = std::chrono::hours(1)});
  for (int i = 0; i < 2'000 && check.standing().rounds == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return check.standing();
}

/// Changes one byte of the first `word` in what an entry's texts are packed as: the packing keeps the first
/// of a word as it is.
void flip(const fs::path& file, Sequence sequence, std::string_view word) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
  sqlite3_blob* blob = nullptr;
  ASSERT_EQ(sqlite3_blob_open(handle, "main", "entry", "texts", static_cast<sqlite3_int64>(sequence.number),
                              1, &blob),
            SQLITE_OK)
      << sqlite3_errmsg(handle);
  std::string bytes(static_cast<std::size_t>(sqlite3_blob_bytes(blob)), '\0');
  ASSERT_EQ(sqlite3_blob_read(blob, bytes.data(), static_cast<int>(bytes.size()), 0), SQLITE_OK);
  const auto at = bytes.find(word);
  ASSERT_NE(at, std::string::npos);
  bytes[at] ^= 1;
  EXPECT_EQ(sqlite3_blob_write(blob, bytes.data(), static_cast<int>(bytes.size()), 0), SQLITE_OK);
  sqlite3_blob_close(blob);
  sqlite3_close(handle);
}

void meddle(const fs::path& file, const std::string& sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(handle);
  sqlite3_close(handle);
}

/// One of everything that partners say: accepted, rejected, unreadable, in a file, a document. Gives the
/// sequence of the filing of `loan_no`.
Sequence say_everything(Town& town, const std::string& loan_no) {
  auto& bank = town.partner("phrcb");
  const auto filing = [&](const std::string& no, std::uint32_t company) {
    return support::filing(bank, no, company, Fen::yuan(1'000), today);
  };
  const auto filed = town.say("phrcb", MessageKind::loan_disbursement, filing(loan_no, 1));
  EXPECT_EQ(filed.status, 200u);
  EXPECT_EQ(town.say("phrcb", MessageKind::loan_disbursement, filing("REJECTED", 1'000)).status, 422u);
  EXPECT_EQ(town.post("phrcb", "no message at all").status, 400u);
  support::BatchFile file{.profile = bank.profile(), .id = "202609210077"};
  for (int i = 0; i < 3; ++i) {
    Record record = filing(fmt::format("BATCH{}", i), 2);
    EXPECT_TRUE(bank.write(MessageKind::loan_disbursement, record));
    file.add(MessageKind::loan_disbursement, record);
  }
  for (const auto& [target, type, body] : {std::tuple{"/v1/batches", "", file.text()},
                                           {"/v1/batches", "", "no file at all"},
                                           {"/v1/documents", "application/pdf", "%PDF-1.7 contract"}}) {
    const auto answer =
        town.call("senders/phrcb",
                  {.method = "POST", .target = target, .content_type = type, .body = body, .headers = {}});
    EXPECT_TRUE(answer && answer->status < 500);
  }
  const std::string found = town.operate("operator-zhao", "GET", "/v1/journal?limit=500").body;
  for (int i = 0;; ++i) {
    const std::string row = fmt::format("entries/{}", i);
    const std::string sequence = in_json(found, row + "/sequence");
    if (sequence.empty()) break;
    if (in_json(found, row + "/kind") == "loan.disbursement") return {std::stoull(sequence)};
  }
  return {};
}

TEST(RecordCheck, FindsNothingInARealRecordAndTheByteThatWasChangedInACopy) {
  Town town(today);
  const Sequence filed = say_everything(town, "RECORDED-1");
  ASSERT_NE(filed, Sequence{});
  const TemporaryFolder folder;
  const fs::path data = folder.path() / "copy";
  copy_store(town, data);
  const ops::RecordStanding whole = checked(data);
  EXPECT_EQ(whole.rounds, 1u);
  EXPECT_EQ(whole.faults, 0u) << ops::words_of(whole).en;
  EXPECT_GT(whole.until.number, filed.number);

  flip(data / "loangate.db", filed, "RECORDED-1");
  const ops::RecordStanding changed = checked(data);
  EXPECT_EQ(changed.faults, 1u) << ops::words_of(changed).en;
  EXPECT_EQ(changed.first_fault, filed);

  // A running gateway says so: as an alert, on the System page and to the doctor.
  app::Config config = town.sandbox().config();
  config.data = data;
  config.files = data / "files";
  config.partners_port.port = config.operations_port.port = 0;
  config.alerts_look_seconds = 1;
  auto gateway = app::Gateway::start(config, {});
  ASSERT_TRUE(gateway) << gateway.error().front().text();
  const fs::path pki = town.sandbox().data() / "pki";
  auto client = ops::Client::open({.url = fmt::format("https://127.0.0.1:{}", (*gateway)->operations_port()),
                                   .certificate = pki / "persons/operator-zhao.pem",
                                   .key = pki / "persons/operator-zhao.key",
                                   .ca = pki / "ca.pem"})
                    .value();
  const std::string named = fmt::format("entry {}: its bytes", filed.number);
  std::string alerts;
  for (int i = 0; i < 100 && !alerts.contains(named); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    alerts = client.call("GET", "/v1/alerts")->body;
  }
  EXPECT_THAT(alerts, HasSubstr("evidence_failed"));
  EXPECT_THAT(alerts, HasSubstr(named));
  const std::string system = client.call("GET", "/v1/system")->body;
  EXPECT_EQ(in_json(system, "checks/0/state"), "bad") << system;
  EXPECT_THAT(system, HasSubstr(named));
  gateway->reset();

  meddle(data / "loangate.db",
         fmt::format("DELETE FROM entry WHERE sequence IN ({}, {})", filed.number - 2, filed.number - 1));
  const ops::RecordStanding holed = checked(data);
  EXPECT_EQ(holed.faults, 2u);
  EXPECT_EQ(holed.first_fault.number, filed.number - 2);
  EXPECT_THAT(holed.fault.en, HasSubstr(fmt::format("all up to entry {}", filed.number - 1)));
}

TEST(Revocations, EndWhenTheListThatEndsFirstDoes) {
  Town town(today);
  const fs::path crl = town.sandbox().data() / "pki" / "crl.pem";
  const auto list = ops::alerts::revocations(crl);
  ASSERT_TRUE(list);
  EXPECT_EQ(list->use, "crl");
  const std::string says =
      support::run(fmt::format("openssl crl -in {} -noout -nextupdate", crl.string())).output;
  std::tm parts{};
  ASSERT_NE(::strptime(says.c_str(), "nextUpdate=%b %d %H:%M:%S %Y GMT", &parts), nullptr) << says;
  EXPECT_EQ(list->not_after.micros, static_cast<std::int64_t>(::timegm(&parts)) * 1'000'000);
  ASSERT_TRUE(list->list_of);
  EXPECT_LT(*list->list_of, list->not_after);
  EXPECT_FALSE(ops::alerts::revocations(town.sandbox().data() / "pki" / "ca.pem")) << "no list";
  EXPECT_FALSE(ops::alerts::revocations("/nowhere")) << "no file";
}

/// As the service manager: what was said to its socket.
class Manager {
 public:
  Manager() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = (folder_.path() / "notify").string();
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  ~Manager() {
    ::close(socket_);
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("WATCHDOG_USEC");
  }
  /// The first that has this, within so long; "" if none comes.
  std::string hears(std::string_view what, std::chrono::milliseconds within) {
    const auto deadline = std::chrono::steady_clock::now() + within;
    while (std::chrono::steady_clock::now() < deadline) {
      std::array<char, 4096> block{};
      const auto got = ::recv(socket_, block.data(), block.size(), MSG_DONTWAIT);
      const std::string said(block.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
      if (said.contains(what)) return said;
      if (got <= 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return {};
  }

 private:
  const TemporaryFolder folder_;
  const int socket_;
};

TEST(ServiceManager, TheWatchdogIsFedByTheWritersTurnsAndNotByATimer) {
  Manager manager;
  ::setenv("WATCHDOG_USEC", "150000", 1);
  std::mutex mutex;
  std::vector<std::function<void()>> turns;
  app::Watchdog watchdog([&](std::function<void()> then) {
    const std::lock_guard lock(mutex);
    turns.push_back(std::move(then));
  });
  EXPECT_EQ(manager.hears("WATCHDOG=1", std::chrono::milliseconds(400)), "") << "a writer that stands still";
  {
    const std::lock_guard lock(mutex);
    ASSERT_EQ(turns.size(), 1u) << "asked again though the first was not answered";
    turns.front()();
  }
  EXPECT_NE(manager.hears("WATCHDOG=1", std::chrono::milliseconds(400)), "");
}

/// The grade that the doctor gives an area: the worst.
std::string grade_of(const std::string& json, std::string_view area) {
  for (int i = 0;; ++i) {
    const std::string named = in_json(json, fmt::format("symptoms/{}/area", i));
    if (named.empty() || named == area) return in_json(json, fmt::format("symptoms/{}/grade", i));
  }
}

TEST(Serve, TellsTheServiceManagerAndTheDoctorWhatItIs) {
  const TemporaryFolder folder;
  const fs::path data = folder.path() / "data";
  const auto source = fs::path(LOANGATE_SOURCE_DIR);
  const auto partners = adapters::load_partners(source / "adapters/partners").value();
  ASSERT_TRUE(app::make_dev_pki(source / "certs/make-dev-pki.sh", data, partners));
  Manager manager;
  ::setenv("WATCHDOG_USEC", "1500000", 1);
  crash::GatewayProcess gateway(folder.path(), {}, today);
  gateway.start();
  EXPECT_THAT(manager.hears("READY=1", std::chrono::seconds(5)), HasSubstr("STATUS=serving"));
  EXPECT_NE(manager.hears("WATCHDOG=1", std::chrono::seconds(2)), "");

  const std::string as =
      fmt::format(" --config {0}/config --data {0}/data --as operator-zhao --ops https://127.0.0.1:{1}",
                  folder.path().string(), gateway.operations_port());
  const auto doctor = [&](const std::string& options) {
    return support::run(fmt::format("{} doctor --json{}", program.string(), options)).output;
  };
  const std::string running = doctor(as);
  EXPECT_EQ(grade_of(running, "store"), "good") << running;
  EXPECT_EQ(grade_of(running, "ports"), "good") << running;
  EXPECT_EQ(grade_of(running, "configuration"), "good") << running;
  EXPECT_EQ(grade_of(running, "gateway/store"), "good") << running;
  EXPECT_EQ(grade_of(running, "gateway/record"), "good") << running;
  EXPECT_EQ(grade_of(running, "backups"), "warning") << running;

  const support::Ran by_gateway = support::run(fmt::format("{} backup{}", program.string(), as));
  EXPECT_EQ(by_gateway.status, 0) << by_gateway.output;
  EXPECT_EQ(grade_of(doctor(as), "backups"), "good");

  const support::Ran status = support::run(
      fmt::format("curl -s --cacert {0}/pki/ca.pem --cert {0}/pki/persons/operator-zhao.pem --key "
                  "{0}/pki/persons/operator-zhao.key https://localhost:{1}/v1/system",
                  data.string(), gateway.operations_port()));
  const pid_t process = std::stoi(in_json(status.output, "process/id"));
  ASSERT_EQ(::kill(process, SIGHUP), 0);
  EXPECT_THAT(manager.hears("RELOADING=1", std::chrono::seconds(5)), HasSubstr("MONOTONIC_USEC="));
  EXPECT_NE(manager.hears("READY=1", std::chrono::seconds(20)), "");

  gateway.kill();
  const std::string traces = fmt::format("find {} -printf '%p %s %T@ %m\n' | sort", data.string());
  const std::string before = support::run(traces).output;
  const std::string killed = doctor(as);
  EXPECT_EQ(support::run(traces).output, before) << "looking changed something";
  EXPECT_EQ(grade_of(killed, "store"), "good") << killed;
  EXPECT_EQ(grade_of(killed, "gateway"), "warning") << killed;
  std::this_thread::sleep_for(std::chrono::seconds(1));  // names of backups are by the second
  const support::Ran by_itself = support::run(fmt::format("{} backup{} --with-keys", program.string(), as));
  EXPECT_EQ(by_itself.status, 0) << by_itself.output;
  EXPECT_NE(support::run(fmt::format("find {}/backups -name server.key", data.string())).output, "");
  fs::permissions(data / "pki/server.key", fs::perms(0644));
  EXPECT_EQ(grade_of(doctor(as), "keys"), "bad");
  fs::permissions(data / "pki/server.key", fs::perms(0600));

  gateway.start();
  EXPECT_EQ(gateway.stop(), 0);
  EXPECT_THAT(manager.hears("STOPPING=1", std::chrono::seconds(1)), HasSubstr("STATUS="));
}

}  // namespace
}  // namespace loangate
