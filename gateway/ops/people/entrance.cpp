#include "ops/people/entrance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>

#include "base/contains.hpp"
#include "base/log.hpp"
#include "ops/people/cookie.hpp"

namespace loangate::ops {
namespace {

using boost::asio::awaitable;
using std::chrono::steady_clock;

/// Sign-ins that may wait for their turn: two seconds.
constexpr std::size_t most_waiting = 16;
constexpr std::int64_t one_time_micros = 72LL * 3600 * 1'000'000;

Refusal refusal(unsigned status, std::string code, Words detail) {
  return {.status = status, .code = std::move(code), .detail = std::move(detail)};
}

Refusal sign_in_refused() {
  return refusal(401, "sign_in_refused",
                 {"人员标识、密码或动态码有误，或一次性密码已过期",
                  "name, password or code are not right, or a one-time password has ended"});
}

Refusal sign_in_needed() {
  Refusal told = refusal(
      401, "sign_in_needed",
      {"请先登录：以客户端证书连接，或以人员标识、密码和动态码 POST /v1/session",
       "sign in first: connect with a client certificate, or POST /v1/session with name, password and code"});
  told.headers.emplace_back("WWW-Authenticate", "Session realm=\"loangate\"");
  return told;
}

Refusal too_many_attempts(std::chrono::milliseconds wait) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  Refusal told = refusal(429, "too_many_attempts",
                         {fmt::format("尝试过多，请 {} 秒后再试；或使用证书登录", seconds),
                          fmt::format("too many attempts: wait {} s, or come with a certificate", seconds)});
  told.headers.emplace_back("Retry-After", std::to_string(seconds));
  return told;
}

Refusal code_wrong() {
  return refusal(
      403, "code_wrong",
      {"动态码不对，或已用过；请等下一个", "the code is not right, or used already: wait for the next one"});
}

Refusal busy() {
  Refusal told = refusal(503, "sign_in_busy",
                         {"登录人数过多，请稍后再试", "too many sign in at this moment: try again shortly"});
  told.headers.emplace_back("Retry-After", "2");
  return told;
}

Refusal not_kept(const std::string& why) {
  LogLine(LogLevel::error, "credentials.not_written").reason(why);
  return refusal(
      500, "credentials_not_written",
      {"凭据文件未能写入，未作任何变更", "the file of credentials was not written; nothing was changed"});
}

Refusal no_passwords_here() {
  return refusal(404, "not_found", {"此处不使用密码登录", "nobody signs in by password here"});
}

Refusal unknown_peer(const net::Identity& identity) {
  if (const auto* stranger = std::get_if<net::Stranger>(&identity)) {
    const std::string why(net::explain(stranger->why));
    return refusal(403, "certificate_not_accepted", {why, "nobody may act with this certificate"});
  }
  return refusal(403, "not_a_person",
                 {"此端口供办公室人员使用；合作机构请用报文端口",
                  "this port is for persons; partners use the port for messages"});
}

Refusal inactive() {
  return refusal(403, "person_not_active", {"此人已停用", "this person is no longer active"});
}

bool changes_something(const net::RequestHead& head) {
  return head.method != "GET" && head.method != "HEAD";
}

/// A browser says from where a call was made; other programs say nothing.
bool made_by_another_site(const net::RequestHead& head) {
  const std::string_view site = head.field("Sec-Fetch-Site");
  if (!site.empty() && site != "same-origin") return true;
  const std::string_view origin = head.field("Origin");
  return !origin.empty() && (!origin.starts_with("https://") || origin.substr(8) != head.field("Host"));
}

bool same_text(std::string_view a, std::string_view b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    difference |= static_cast<unsigned>(a[i] ^ b[i]) & 0xffu;
  return difference == 0;
}

std::optional<Known> of_identities(const net::Identities& identities, std::string_view id) {
  const auto found = std::ranges::find(identities.persons, id, &net::Person::name);
  const auto person = PersonId::parse(id);
  if (found == identities.persons.end() || !person) return std::nullopt;
  return Known{.id = *person, .display_name = found->name, .roles = Roles(found->roles)};
}

std::optional<Known> of_directive(const Directive& directive) {
  const auto record = read_canonical(PersonEntry::spec(), directive.act);
  if (!record) return std::nullopt;
  const auto entry = PersonEntry::from(*record);
  const auto id = PersonId::parse(entry.person);
  if (!id) return std::nullopt;
  return Known{.id = *id,
               .display_name = entry.display_name,
               .roles = roles_in(entry.roles).value_or(Roles{}),
               .active = entry.active == Answer::yes,
               .entry = directive.cause,
               .since = directive.since};
}

}  // namespace

std::optional<Roles> roles_in(std::string_view list) {
  Roles roles;
  while (!list.empty()) {
    const std::string_view name = list.substr(0, list.find(','));
    list.remove_prefix(std::min(name.size() + 1, list.size()));
    if (!contains(net::person_roles, name)) return std::nullopt;
    roles = roles | Roles{name};
  }
  if (roles.empty()) return std::nullopt;
  return roles;
}

std::optional<Words> roles_fault(Roles roles) {
  if (roles.meets({"administrator"}) && roles.meets({"officer", "approver"})) {
    return Words{
        "administrator 不得兼任 officer 或 approver：管人员者不得动资金",
        "an administrator may be neither officer nor approver: who keeps the persons must not move money"};
  }
  if (roles.meets({"auditor"}) &&
      roles.meets({"officer", "approver", "operator", "system", "administrator"})) {
    return Words{
        "auditor 只能与 viewer 同任：审计者不得办理被审计的事项",
        "an auditor may be viewer beside it and nothing else: nobody audits what he has done himself"};
  }
  return std::nullopt;
}

Persons::Persons(const store::Store& store, const net::IdentityBook& identities,
                 const CredentialFile* credentials)
    : store_(store), identities_(identities), credentials_(credentials) {
  refresh();
}

void Persons::refresh() {
  auto persons = std::make_shared<OnRecord>();
  for (const Change& change : store_.all("directive")) {
    const auto& directive = std::get<Directive>(change);
    if (directive.kind != MessageKind::person_entry) continue;
    if (auto known = of_directive(directive)) persons->emplace(known->id.string(), *std::move(known));
  }
  on_record_ = std::move(persons);
}

std::optional<Known> Persons::find(std::string_view id) const {
  const auto record = on_record_.load();
  if (const auto found = record->find(id); found != record->end()) return found->second;
  if (auto known = of_identities(*identities_.current(), id)) return known;
  if (credentials_ == nullptr) return std::nullopt;
  const auto credentials = credentials_->current();
  const auto found = credentials->find(id);
  if (found == credentials->end() || found->second.roles.empty()) return std::nullopt;
  return Known{.id = PersonId::parse(id).value(),
               .display_name = std::string(id),
               .roles = Roles(found->second.roles)};
}

std::vector<Known> Persons::all() const {
  std::map<std::string, Known, std::less<>> persons = *on_record_.load();
  const auto add = [&](std::string_view id) {
    if (auto known = find(id)) persons.emplace(std::string(id), *std::move(known));
  };
  const auto identities = identities_.current();
  for (const net::Person& person : identities->persons) add(person.name);
  const auto credentials = credentials_ == nullptr ? nullptr : credentials_->current();
  if (credentials) {
    for (const auto& [id, credential] : *credentials) add(id);
  }
  std::vector<Known> list;
  for (auto& [id, known] : persons) list.push_back(std::move(known));
  return list;
}

Entrance::Entrance(const Operations& operations)
    : identities_(operations.identities),
      credentials_(operations.credentials),
      persons_(operations.store, operations.identities, operations.credentials),
      sessions_(operations.sessions),
      record_(counter_.get_executor(), operations.committer, operations.rulebook, operations.clock) {}

Entrance::~Entrance() {
  counter_.stop();
  counter_.join();
}

std::expected<Visitor, Refusal> Entrance::who_comes(const net::RequestHead& head, const net::Peer& peer) {
  if (changes_something(head) && made_by_another_site(head)) {
    return std::unexpected(
        refusal(403, "made_by_another_site",
                {"请求来自其他网站的页面，已拒绝", "a page of another site made this call"}));
  }
  if (peer.has_certificate()) {
    const auto identities = identities_.current();
    const net::Identity identity = identities->find(peer, real_now());
    const auto* person = std::get_if<const net::Person*>(&identity);
    const auto known = person == nullptr ? std::nullopt : persons_.find((*person)->name);
    if (!known) return std::unexpected(unknown_peer(identity));
    if (!known->active) return std::unexpected(inactive());
    return Visitor{.person = known->id, .display_name = known->display_name, .roles = known->roles};
  }
  const auto token = session_token(head);
  auto session = token ? sessions_.find(*token) : std::nullopt;
  const auto known = session ? persons_.find(session->person.view()) : std::nullopt;
  const auto held = session ? credential(session->person.view()) : std::nullopt;
  if (!known || !known->active || !held) return Visitor{};
  return Visitor{.person = known->id,
                 .display_name = known->display_name,
                 .roles = known->roles,
                 .session = std::move(session),
                 .token = *token,
                 .steps = held->steps()};
}

std::function<bool()> Entrance::still(const Visitor& visitor, std::shared_ptr<const net::Peer> peer) const {
  return [this, person = visitor.person, token = std::string(visitor.token), peer = std::move(peer)] {
    const auto known = persons_.find(person.view());
    if (!known || !known->active) return false;
    if (!token.empty()) return sessions_.lives(token);
    const auto identities = identities_.current();
    const net::Identity identity = identities->find(*peer, real_now());
    const auto* holder = std::get_if<const net::Person*>(&identity);
    return holder != nullptr && (*holder)->name == person.view() && real_now() < peer->not_after;
  };
}

std::expected<void, Refusal> Entrance::may_act(const Visitor& visitor, const net::RequestHead& head) {
  if (visitor.person.empty()) return std::unexpected(sign_in_needed());
  if (!visitor.session) return {};
  if (changes_something(head) && !same_text(head.field("X-CSRF-Token"), visitor.session->csrf)) {
    return std::unexpected(refusal(403, "csrf_token_wrong",
                                   {"缺少 X-CSRF-Token 或其值不对；取自 GET /v1/session",
                                    "X-CSRF-Token is missing or wrong: take it from GET /v1/session"}));
  }
  if (!visitor.steps.empty() && !head.path.starts_with("/v1/session")) {
    return std::unexpected(
        refusal(403, "steps_first",
                {"请先修改一次性密码、绑定动态码（/v1/session 下的接口）",
                 "first change the one-time password and set the second factor, by the calls under "
                 "/v1/session"}));
  }
  return {};
}

std::optional<Credential> Entrance::credential(std::string_view person) const {
  if (credentials_ == nullptr) return std::nullopt;
  const auto credentials = credentials_->current();
  const auto found = credentials->find(person);
  if (found == credentials->end()) return std::nullopt;
  return found->second;
}

/// Runs the work on the one thread for it, in turn; refuses if too many wait.
template <class Work>
auto Entrance::behind_the_counter(Work work) -> awaitable<std::expected<decltype(work()), Refusal>> {
  using Result = decltype(work());
  if (credentials_ == nullptr) co_return std::unexpected(no_passwords_here());
  if (waiting_.fetch_add(1) >= most_waiting) {
    --waiting_;
    co_return std::unexpected(busy());
  }
  const auto executor = co_await boost::asio::this_coro::executor;
  auto initiate = [this, executor](auto handler, Work task) {
    boost::asio::post(
        counter_, [this, executor, handler = std::move(handler), task = std::move(task)]() mutable {
          std::exception_ptr fault;
          std::optional<Result> result;
          try {
            result.emplace(task());
          } catch (...) {
            fault = std::current_exception();
          }
          --waiting_;
          boost::asio::post(executor,
                            [handler = std::move(handler), fault, result = std::move(result)]() mutable {
                              std::move(handler)(fault, std::move(result));
                            });
        });
  };
  auto done = co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>,
                                                   void(std::exception_ptr, std::optional<Result>)>(
      std::move(initiate), boost::asio::use_awaitable, std::move(work));
  co_return *std::move(done);
}

std::expected<void, Refusal> Entrance::may_try(const std::string& name, const std::string& address) const {
  const auto now = steady_clock::now();
  const auto wait = std::max(by_name_.wait(name, now), by_address_.wait(house_of(address), now));
  if (wait > wait.zero()) return std::unexpected(too_many_attempts(wait));
  return {};
}

/// What was typed as a name may be a password: only a person's name is put on record.
void Entrance::refused(AccessKind kind, const std::string& name, const std::string& address,
                       std::string_view code) {
  AccessEvent event{.event = kind, .address = address, .call = "POST /v1/session", .code = std::string(code)};
  if (persons_.find(name)) event.person = name;
  record_.note(std::move(event));
}

/// On the thread for it. Whoever it is, one password is hashed.
std::expected<Known, Refusal> Entrance::check(const std::string& name, const std::string& password,
                                              const std::string& code) {
  credentials_->look();
  const auto known = persons_.find(name);
  const auto held = known && known->active ? credential(name) : std::nullopt;
  const bool right = password_matches(held ? std::string_view(held->password) : std::string_view(), password);
  if (!right) return std::unexpected(sign_in_refused());
  const Instant now = real_now();
  if (held->one_time_until && *held->one_time_until <= now) return std::unexpected(sign_in_refused());
  if (held->second_factor.empty()) return *known;
  const auto used = use_up(name, code);
  if (!used) return std::unexpected(used.error());
  if (!*used) return std::unexpected(sign_in_refused());
  return *known;
}

/// A code of the second factor that is set: it works once, also over a restart. On the thread for it.
std::expected<bool, Refusal> Entrance::use_up(const std::string& name, const std::string& code) {
  bool used = false;
  const auto kept = credentials_->change([&](Credentials& credentials) {
    Credential& mine = credentials[name];
    const auto step = matching_step(mine.second_factor, code, real_now(), mine.used_step);
    if (step) mine.used_step = *step;
    return used = step.has_value();
  });
  if (!kept) return std::unexpected(not_kept(kept.error()));
  return used;
}

awaitable<std::expected<Entrance::SignedIn, Refusal>> Entrance::sign_in(std::string name,
                                                                        std::string password,
                                                                        std::string code,
                                                                        std::string address) {
  if (auto may = may_try(name, address); !may) {
    refused(AccessKind::locked, name, address, may.error().code);
    co_return std::unexpected(std::move(may.error()));
  }
  const std::string house = house_of(address);
  by_name_.begin(name, steady_clock::now());
  by_address_.begin(house, steady_clock::now());
  auto checking = behind_the_counter([this, name, password = std::move(password), code = std::move(code)] {
    return check(name, password, code);
  });
  auto checked = co_await std::move(checking);
  std::expected<Known, Refusal> outcome =
      checked ? *std::move(checked) : std::unexpected(std::move(checked.error()));
  if (!outcome && outcome.error().status != 401) {  // it was not tried
    by_name_.forgive(name, false);
    by_address_.forgive(house, false);
    co_return std::unexpected(std::move(outcome.error()));
  }
  if (!outcome) {
    refused(AccessKind::sign_in_refused, name, address, outcome.error().code);
    co_return std::unexpected(std::move(outcome.error()));
  }
  by_name_.forgive(name, true);
  by_address_.forgive(house, false);
  record_.note({.event = AccessKind::signed_in, .person = name, .address = std::move(address)});
  co_return SignedIn{.token = sessions_.open(outcome->id), .person = *std::move(outcome)};
}

awaitable<std::expected<std::string, Refusal>> Entrance::change_password(PersonId person,
                                                                         std::string old_password,
                                                                         std::string new_password,
                                                                         std::string address) {
  const std::string name = person.string();
  if (auto may = may_try(name, address); !may) co_return std::unexpected(std::move(may.error()));
  by_name_.begin(name, steady_clock::now());
  auto changing = behind_the_counter([this, name, before = std::move(old_password),
                                      after = std::move(new_password)]() -> std::expected<void, Refusal> {
    const auto held = credential(name);
    if (!password_matches(held ? std::string_view(held->password) : std::string_view(), before)) {
      return std::unexpected(
          refusal(403, "password_wrong", {"原密码不对", "the password so far is not right"}));
    }
    if (before == after) {
      return std::unexpected(
          invalid("/new_password", {"不得与原密码相同", "must differ from the password so far"}));
    }
    const std::string hash = hash_password(after);
    const auto kept = credentials_->change([&](Credentials& credentials) {
      credentials[name].password = hash;
      credentials[name].one_time_until.reset();
      return true;
    });
    if (!kept) return std::unexpected(not_kept(kept.error()));
    return {};
  });
  auto changed = co_await std::move(changing);
  if (!changed) {
    by_name_.forgive(name, false);
    co_return std::unexpected(std::move(changed.error()));
  }
  if (!*changed) co_return std::unexpected(std::move(changed->error()));
  by_name_.forgive(name, true);
  sessions_.end_all(person);
  record_.note({.event = AccessKind::credential_set,
                .person = name,
                .by_person = name,
                .address = std::move(address),
                .call = "POST /v1/session/password"});
  co_return sessions_.open(person);
}

awaitable<std::expected<void, Refusal>> Entrance::set_second_factor(PersonId person, std::string secret,
                                                                    std::string code, std::string address) {
  const std::string name = person.string();
  auto setting = behind_the_counter([this, name, secret, code]() -> std::expected<void, Refusal> {
    const auto step = matching_step(secret, code, real_now(), 0);
    if (!step) return std::unexpected(code_wrong());
    const auto kept = credentials_->change([&](Credentials& credentials) {
      credentials[name].second_factor = secret;
      credentials[name].used_step = *step;
      return true;
    });
    if (!kept) return std::unexpected(not_kept(kept.error()));
    return {};
  });
  auto set = co_await std::move(setting);
  if (!set) co_return std::unexpected(std::move(set.error()));
  if (!*set) co_return std::unexpected(std::move(set->error()));
  record_.note({.event = AccessKind::credential_set,
                .person = name,
                .by_person = name,
                .address = std::move(address),
                .call = "PUT /v1/session/second-factor"});
  co_return std::expected<void, Refusal>{};
}

awaitable<std::expected<void, Refusal>> Entrance::use_code(PersonId person, std::string code) {
  const std::string name = person.string();
  if (const auto wait = by_name_.wait(name, steady_clock::now()); wait > wait.zero())
    co_return std::unexpected(too_many_attempts(wait));
  by_name_.begin(name, steady_clock::now());
  auto using_up = behind_the_counter([this, name, code] { return use_up(name, code); });
  auto done = co_await std::move(using_up);
  if (!done) co_return std::unexpected(std::move(done.error()));
  if (!*done) co_return std::unexpected(std::move(done->error()));
  if (!**done) co_return std::unexpected(code_wrong());
  by_name_.forgive(name, true);
  co_return std::expected<void, Refusal>{};
}

awaitable<std::expected<Entrance::OneTime, Refusal>> Entrance::give_one_time_password(
    PersonId person, bool reset_second_factor) {
  const std::string name = person.string();
  auto giving = behind_the_counter([this, name, reset_second_factor]() -> std::expected<OneTime, Refusal> {
    OneTime given{.password = new_one_time_password(), .until = {real_now().micros + one_time_micros}};
    const std::string hash = hash_password(given.password);
    const auto kept = credentials_->change([&](Credentials& credentials) {
      Credential& theirs = credentials[name];
      theirs.password = hash;
      theirs.one_time_until = given.until;
      if (reset_second_factor) theirs.second_factor.clear();
      return true;
    });
    if (!kept) return std::unexpected(not_kept(kept.error()));
    return given;
  });
  auto given = co_await std::move(giving);
  if (!given) co_return std::unexpected(std::move(given.error()));
  if (*given) {
    sessions_.end_all(person);
    by_name_.forgive(name, true);
  }
  co_return *std::move(given);
}

awaitable<std::expected<bool, Refusal>> Entrance::remove_credential(PersonId person) {
  const std::string name = person.string();
  auto removing = behind_the_counter([this, name]() -> std::expected<bool, Refusal> {
    bool was_there = false;
    const auto kept = credentials_->change(
        [&](Credentials& credentials) { return was_there = credentials.erase(name) > 0; });
    if (!kept) return std::unexpected(not_kept(kept.error()));
    return was_there;
  });
  auto removed = co_await std::move(removing);
  if (!removed) co_return std::unexpected(std::move(removed.error()));
  sessions_.end_all(person);
  co_return *std::move(removed);
}

}  // namespace loangate::ops
