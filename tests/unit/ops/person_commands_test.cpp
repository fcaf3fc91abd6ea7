// Persons and the audit on the command line.
#include <gmock/gmock.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <sstream>

#include "app/ops_commands.hpp"
#include "command_line.hpp"

namespace loangate::ops::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// `loangate person add`, which talks to no gateway, with this on its standard input.
Printed person_add(std::vector<std::string> arguments, const std::string& input) {
  CLI::App app;
  Printed printed;
  app::add_ops_commands(app, printed.exit_code);
  arguments.insert(arguments.begin(), {"person", "add"});
  std::ranges::reverse(arguments);
  std::istringstream typed(input);
  auto* const before = std::cin.rdbuf(typed.rdbuf());
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    printed.exit_code = 2;
    printed.err = error.what();
  }
  printed.out = ::testing::internal::GetCapturedStdout();
  printed.err += ::testing::internal::GetCapturedStderr();
  std::cin.rdbuf(before);
  return printed;
}

TEST(PersonCommands, TheFirstAdministratorIsAddedOnTheMachineWhileTheGatewayRuns) {
  Port port;
  const std::string data = port.folder().string();
  const Printed added =
      person_add({"qian", "--roles", "administrator,operator", "--data", data}, "correct horse battery\n");
  ASSERT_EQ(added.exit_code, 0) << added.err;
  EXPECT_THAT(added.out, AllOf(HasSubstr("otpauth://totp/Loangate:qian?secret="), HasSubstr("█")));
  const auto secret =
      CredentialFile::open(port.folder() / credentials_file).value()->current()->at("qian").second_factor;
  Browser browser(port);
  const Told signed_in = browser.signs_in("qian", "correct horse battery", code_of(secret, real_now()));
  EXPECT_EQ(signed_in.status, 200u) << signed_in.body;
  EXPECT_EQ(signed_in["roles/1"], "administrator");
  EXPECT_EQ(browser.get("/v1/persons/qian")["entered_by"], "machine");
}

TEST(PersonCommands, WhatDoesNotDoIsToldAndNothingIsWritten) {
  Port port;
  const std::string data = port.folder().string();
  EXPECT_EQ(person_add({"qian", "--data", data}, "correct horse battery\n").exit_code, 1) << "which roles?";
  EXPECT_EQ(
      person_add({"qian", "--roles", "administrator,approver", "--data", data}, "correct horse battery\n")
          .exit_code,
      1);
  EXPECT_EQ(person_add({"qian", "--roles", "king", "--data", data}, "correct horse battery\n").exit_code, 1);
  EXPECT_EQ(person_add({"qian", "--roles", "viewer", "--data", data}, "short\n").exit_code, 1);
  EXPECT_EQ(person_add({"../x", "--roles", "viewer", "--data", data}, "correct horse battery\n").exit_code,
            2);
  EXPECT_FALSE(std::filesystem::exists(port.folder() / credentials_file));
}

TEST(PersonCommands, AnAdministratorEntersAPersonAndTheAuditorSeesIt) {
  const Port port;
  const Printed entered = loangate(port, "administrator-qian",
                                   {"person", "enter", "--person", "zhou", "--display-name", "周某",
                                    "--roles", "officer,viewer", "--active", "yes", "--reason", "新任"});
  EXPECT_EQ(entered.exit_code, 0) << entered.err;
  const Printed given =
      loangate(port, "administrator-qian", {"person", "one-time", "zhou", "--reason", "新任"});
  EXPECT_EQ(given.exit_code, 0) << given.err;
  EXPECT_THAT(given.out, HasSubstr("-"));
  EXPECT_THAT(loangate(port, "auditor-sun", {"person", "list"}).out,
              AllOf(HasSubstr("周某"), HasSubstr("officer, viewer"),
                    HasSubstr("change_password, set_second_factor")));
  EXPECT_THAT(loangate(port, "auditor-sun", {"audit", "--person", "administrator-qian"}).out,
              AllOf(HasSubstr("person.entry"), HasSubstr("127.0.0.1")));
  EXPECT_EQ(loangate(port, "officer-li", {"audit"}).exit_code, 3) << "refused";
}

}  // namespace
}  // namespace loangate::ops::testing
