#include "app/person_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "app/ops_page.hpp"
#include "base/json_writer.hpp"
#include "net/identities.hpp"
#include "ops/client.hpp"
#include "ops/people/credentials.hpp"
#include "ops/people/entrance.hpp"
#include "ops/people/qr.hpp"

namespace loangate::app {
namespace {

struct PersonAdd {
  std::filesystem::path data;
  std::string name;
  std::vector<std::string> roles;
};

int failed(std::string_view what) {
  fmt::print(stderr, "{}\n", what);
  return 1;
}

/// A terminal that does not show what is typed, as long as this lives.
class Unseen {
 public:
  Unseen() : terminal_(tcgetattr(STDIN_FILENO, &before_) == 0) {
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (terminal_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~Unseen() {
    if (terminal_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;

 private:
  termios before_{};
  bool terminal_;
};

std::string read_unseen(std::string_view prompt) {
  const bool asks = isatty(STDIN_FILENO) == 1;
  if (asks) fmt::print(stderr, "{}", prompt);
  const Unseen unseen;
  std::string line;
  std::getline(std::cin, line);
  if (asks) fmt::print(stderr, "\n");
  return line;
}

/// From a terminal twice, else one line of standard input. The error says what is wrong.
std::expected<std::string, std::string> read_password(std::string_view name) {
  std::string password = read_unseen("密码 · password: ");
  if (const auto fault = ops::password_fault(password, name))
    return std::unexpected(fmt::format("密码{} · the password {}", fault->first, fault->second));
  if (isatty(STDIN_FILENO) == 1 && read_unseen("再输一次 · once more: ") != password)
    return std::unexpected("两次输入不同 · the two are not the same");
  return password;
}

/// With which roles: those of identities.yaml if it names the person, else the given ones.
std::expected<std::vector<std::string>, std::string> roles_for(const PersonAdd& add) {
  const auto path = add.data / "identities.yaml";
  if (std::filesystem::exists(path)) {
    const auto identities = net::Identities::load(path);
    if (!identities) return std::unexpected(identities.error().front().text());
    const auto known = std::ranges::find(identities->persons, add.name, &net::Person::name);
    if (known != identities->persons.end()) {
      if (add.roles.empty()) return std::vector<std::string>{};
      return std::unexpected(
          fmt::format("{} 已在 identities.yaml 中，角色为 {}；请去掉 --roles · is in identities.yaml with "
                      "these roles: leave --roles out",
                      add.name, fmt::join(known->roles, ", ")));
    }
  }
  const auto roles = ops::roles_in(fmt::format("{}", fmt::join(add.roles, ",")));
  if (!roles) {
    return std::unexpected(
        fmt::format("请以 --roles 给出角色 · give --roles, of {}", fmt::join(net::person_roles, ", ")));
  }
  if (const auto fault = ops::roles_fault(*roles))
    return std::unexpected(fmt::format("{} · {}", fault->zh, fault->en));
  return add.roles;
}

int person_add(const PersonAdd& add) {
  const auto roles = roles_for(add);
  if (!roles) return failed(roles.error());
  auto file = ops::CredentialFile::open(add.data / ops::credentials_file);
  if (!file) {
    for (const ConfigError& error : file.error()) fmt::print(stderr, "{}\n", error.text());
    return 1;
  }
  const auto password = read_password(add.name);
  if (!password) return failed(password.error());
  const std::string secret = ops::new_secret();
  const std::string hash = ops::hash_password(*password);
  const auto kept = (*file)->change([&](ops::Credentials& credentials) {
    credentials[add.name] = {.password = hash, .second_factor = secret, .roles = *roles};
    return true;
  });
  if (!kept) return failed(fmt::format("未能写入 · not written: {}", kept.error()));
  const std::string uri = ops::otpauth_uri(add.name, secret);
  fmt::print("{}\n{}\n", ops::qr_code(uri).terminal(), uri);
  fmt::print(
      "已登记：{} 可凭密码与动态码登录，网关运行中亦即生效。请用手机扫描二维码，它不会再显示 · {} can sign "
      "in by password and code, "
      "also at a gateway that runs. Scan the code with a telephone: it is not shown again.\n",
      add.name, add.name);
  return 0;
}

void add_adding(CLI::App& person, int& exit_code) {
  auto* command = person.add_subcommand(
      "add", "在本机登记可凭密码登录者 · let a person sign in by password, on this machine");
  command->footer(
      "  loangate person add qian --roles administrator --data /var/lib/loangate     "
      "(密码由终端或标准输入读取 · the "
      "password is asked for)\n"
      "  loangate person add officer-li --data build/data < password.txt");
  auto add = std::make_shared<PersonAdd>();
  command->add_option("name", add->name, "人员标识 · the person's id: letters, digits, . _ -")
      ->required()
      ->check([](const std::string& name) {
        const bool good =
            !name.empty() && name.size() <= 40 && name != "gateway" &&
            name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
                std::string::npos;
        return good ? std::string() : "use 1 to 40 letters, digits, `.`, `_` and `-`";
      });
  command->add_option("--data", add->data, "data folder of the gateway")
      ->required()
      ->envname("LOANGATE_DATA")
      ->check(CLI::ExistingDirectory);
  command
      ->add_option("--roles", add->roles,
                   "角色，逗号分隔 · roles, separated by commas; none if identities.yaml has them")
      ->delimiter(',');
  command->callback([add, &exit_code] { exit_code = person_add(*add); });
}

void add_one_time(CLI::App& person, int& exit_code) {
  auto* command = person.add_subcommand(
      "one-time", "发放一次性密码 · give a one-time password, to be changed at the first sign-in");
  auto options = with_ops_options(
      *command,
      "  loangate person one-time zhou --reason 新任 --data build/data --as administrator-qian\n"
      "  loangate person one-time zhou --reason 手机丢失 --reset-second-factor --json");
  struct Wanted {
    std::string name, reason;
    bool reset = false;
  };
  auto wanted = std::make_shared<Wanted>();
  command->add_option("name", wanted->name, "人员标识 · the person's id")->required();
  command->add_option("--reason", wanted->reason, "理由，入审计 · why, for the audit")->required();
  command->add_flag("--reset-second-factor", wanted->reset,
                    "重新绑定动态码 · the second factor is set up anew");
  command->callback([=, &exit_code] {
    std::string body;
    JsonWriter(body)
        .begin_object()
        .member("reset_second_factor", wanted->reset ? "yes" : "no")
        .member("reason", std::string_view(wanted->reason))
        .end_object();
    Exit exit{};
    const auto response = OpsSession(*options).send(
        "POST", fmt::format("/v1/persons/{}/credential", ops::percent_encoded(wanted->name)), body, exit);
    JsonDocument document;
    if (response && !options->json && document.read(response->body)) {
      fmt::print("{}\n有效至 · until {}\n", document.member(document.root(), "one_time_password")->text,
                 document.member(document.root(), "until")->text);
    }
    exit_code = static_cast<int>(exit);
  });
}

/// `officer, viewer`
std::string list_of(const JsonDocument& document, const JsonNode& object, std::string_view name) {
  std::string list;
  const JsonNode* array = document.member(object, name);
  for (const JsonNode* item = array ? document.first(*array) : nullptr; item != nullptr;
       item = document.next(*item))
    list.append(list.empty() ? "" : ", ").append(item->text);
  return list;
}

void add_list(CLI::App& person, int& exit_code) {
  auto* command =
      person.add_subcommand("list", "人员、角色与登录方式 · who may come in, with roles and ways");
  auto options = with_ops_options(
      *command,
      "  loangate person list --data build/data --as administrator-qian\n  loangate person list --json");
  command->callback([=, &exit_code] {
    Exit exit{};
    const auto response = OpsSession(*options).send("GET", "/v1/persons", {}, exit);
    exit_code = static_cast<int>(exit);
    JsonDocument document;
    if (!response || options->json || !document.read(response->body)) return;
    std::vector<std::vector<std::string>> rows{
        {"标识 id", "姓名 name", "角色 roles", "在用 active", "登记于 by", "方式 ways", "待办 steps"}};
    const JsonNode* items = document.member(document.root(), "items");
    for (const JsonNode* item = items ? document.first(*items) : nullptr; item != nullptr;
         item = document.next(*item)) {
      const auto text = [&](std::string_view name) {
        return std::string(document.member(*item, name)->text);
      };
      rows.push_back({text("person"), text("display_name"), list_of(document, *item, "roles"), text("active"),
                      text("entered_by"), list_of(document, *item, "ways"),
                      list_of(document, *item, "steps")});
    }
    fmt::print("{}", table(rows));
  });
}

}  // namespace

void add_person(CLI::App& person, int& exit_code) {
  add_adding(person, exit_code);
  add_one_time(person, exit_code);
  add_list(person, exit_code);
}

void add_audit(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("audit", "审计 · who did what, from where, newest first: one page");
  auto options = with_ops_options(
      *command,
      "  loangate audit --data build/data --as auditor-sun\n"
      "  loangate audit --person officer-li --kind rule.compensation --from 2023-09-01 --json");
  auto given = std::make_shared<std::map<std::string, std::string>>();
  const auto parameter = [&](const std::string& name, const std::string& words) {
    command->add_option("--" + name, (*given)[name], words);
  };
  parameter("person", "只看此人 · only of this person");
  parameter("kind", "只看此类操作 · only acts of this kind, such as rule.hold or access.event");
  parameter("from", "起始日 · first day");
  parameter("to", "截止日 · last day");
  parameter("limit", "至多几条 · at most so many");
  parameter("cursor", "上一页的 next · `next` of the page before (--json shows it)");
  command->callback([=, &exit_code] {
    std::string target = "/v1/audit";
    for (const auto& [name, value] : *given) {
      if (value.empty()) continue;
      target += fmt::format("{}{}={}", target.contains('?') ? '&' : '?', name, ops::percent_encoded(value));
    }
    exit_code = static_cast<int>(show(*options, {{"审计 · audit",
                                                  target,
                                                  "items",
                                                  {{"流水号 entry", "sequence"},
                                                   {"时间 received", "received"},
                                                   {"人员 person", "person"},
                                                   {"来源 from", "address"},
                                                   {"操作 kind", "kind"},
                                                   {"步骤 step", "step"},
                                                   {"结果 outcome", "outcome"},
                                                   {"状态 status", "status"},
                                                   {"事件 event", "act/event"},
                                                   {"对象 about", "act/person"},
                                                   {"调用 call", "act/call"},
                                                   {"另有 more", "act/more"}}}}));
  });
}

}  // namespace loangate::app
