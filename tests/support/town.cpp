#include "tests/support/town.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <iostream>

#include "ops/client.hpp"

namespace loangate::support {
namespace {

[[noreturn]] void stop(const std::string& why) {
  std::cerr << "the stage cannot be set: " << why << '\n';
  std::abort();
}

[[noreturn]] void stop(const ConfigErrors& errors) {
  std::string all;
  for (const ConfigError& error : errors) all += error.text() + '\n';
  stop(all);
}

std::string access_folder(const app::Sandbox& sandbox) {
  return (sandbox.data() / "pki").string();
}

}  // namespace

void set_stage(simulate::Office& office, simulate::Peers& peers, Date from, std::uint32_t companies) {
  std::vector<Record> institutions;
  for (const simulate::Partner* partner : peers.all()) {
    const auto& profile = partner->profile();
    institutions.push_back(InstitutionEntry{.institution = profile.id,
                                            .role = profile.role,
                                            .name_zh = profile.name_zh,
                                            .name_en = profile.name_en,
                                            .institution_code = profile.institution_code,
                                            .sci_tech_branch = Answer::no,
                                            .admitted_from = from}
                               .record());
  }
  if (const auto entered = office.enter(InstitutionEntry::kind, institutions); !entered)
    stop(entered.error());
  std::vector<Record> listed;
  for (std::uint32_t number = 1; number <= companies; ++number) {
    const simulate::Borrower company = simulate::borrower(number);
    listed.push_back(CompanyEntry{.company_uscc = company.uscc,
                                  .company_name = company.name,
                                  .category = Category::high_tech,
                                  .document_no = fmt::format("GR{:08}", number),
                                  .valid_from = from}
                         .record());
  }
  if (const auto entered = office.enter(CompanyEntry::kind, listed); !entered) stop(entered.error());
}

Record filing(const simulate::Partner& bank, std::string_view loan_no, std::uint32_t company, Fen amount,
              Date on) {
  const simulate::Borrower borrower = simulate::borrower(company);
  LoanDisbursement message{.message_id = {},
                           .contract_no = *ContractNo::parse(fmt::format("HT-{}", loan_no)),
                           .loan_no = *LoanNo::parse(loan_no),
                           .company_uscc = borrower.uscc,
                           .company_name = borrower.name,
                           .loan_amount = amount,
                           .currency = "CNY",
                           .disbursed_on = on,
                           .matures_on = on.plus_years(1).plus_days(-1),
                           .security = Security::unsecured,
                           .purpose = "采购原材料"};
  const auto& composer = bank.composer();
  if (composer.carries(MessageKind::loan_disbursement, LoanDisbursement::field::rate)) {
    message.rate = composer.rate_up_to(MessageKind::loan_disbursement, LoanDisbursement::field::rate,
                                       Rate::basis_points(360));
  } else {
    message.lpr_spread_bp = 60;
  }
  return message.record();
}

Town::Town(Date today, std::uint32_t companies, const std::filesystem::path& config) : today_(today) {
  auto sandbox = app::Sandbox::start(config, folder_.path() / "data",
                                     Instant{start_of(today).micros + 9LL * 3600 * 1'000'000});
  if (!sandbox) stop(sandbox.error());
  sandbox_ = *std::move(sandbox);
  auto office =
      simulate::Office::open(fmt::format("https://127.0.0.1:{}", sandbox_->gateway().operations_port()),
                             {.pki = access_folder(*sandbox_)});
  if (!office) stop(office.error());
  office_.emplace(*std::move(office));
  set_stage(*office_, sandbox_->peers(), today.plus_years(-2), companies);
}

void Town::go_to(Date day) {
  const Instant morning{start_of(day).micros + 9LL * 3600 * 1'000'000};
  if (const auto set = office_->set_clock(morning); !set) stop(set.error());
  sandbox_->clock().advance_to(morning);
  today_ = day;
}

simulate::Answer Town::say(std::string_view id, MessageKind kind, Record message) {
  simulate::Partner& from = partner(id);
  auto bytes = from.write(kind, message);
  if (!bytes) stop(bytes.error());
  return post(id, *std::move(bytes));
}

simulate::Answer Town::post(std::string_view id, std::string bytes) {
  auto answer = app::wait_for(sandbox_->context(), partner(id).post(std::move(bytes)));
  if (!answer) stop(answer.error());
  return *std::move(answer);
}

std::expected<net::Response, net::SendFailure> Town::call(const std::string& certificate,
                                                          net::OutRequest request) {
  const std::filesystem::path pki = sandbox_->data() / "pki";
  const auto tls = net::make_client_context({.certificate = pki / (certificate + ".pem"),
                                             .key = pki / (certificate + ".key"),
                                             .ca = pki / "ca.pem",
                                             .pins = {}});
  if (!tls) stop(tls.error());
  net::Client client(sandbox_->context());
  return app::wait_for(
      sandbox_->context(),
      client.send({.host = "127.0.0.1",
                   .port = sandbox_->gateway().partners_port(),
                   .server_name = "localhost",
                   .tls = *tls},
                  std::move(request), std::chrono::steady_clock::now() + std::chrono::seconds(20)));
}

std::string Town::ask_operations(const std::string& target) {
  return operate("officer-li", "GET", target).body;
}

net::Response Town::operate(const std::string& person, std::string_view method, const std::string& target,
                            std::string body) {
  const std::filesystem::path pki = sandbox_->data() / "pki";
  auto client =
      ops::Client::open({.url = fmt::format("https://127.0.0.1:{}", sandbox_->gateway().operations_port()),
                         .certificate = pki / "persons" / (person + ".pem"),
                         .key = pki / "persons" / (person + ".key"),
                         .ca = pki / "ca.pem"});
  if (!client) stop(client.error());
  auto answer = client->call(method, target, std::move(body));
  if (!answer) stop(answer.error());
  return *std::move(answer);
}

}  // namespace loangate::support
