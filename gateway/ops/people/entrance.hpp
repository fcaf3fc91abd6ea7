#pragma once
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ops/call.hpp"
#include "ops/people/access_record.hpp"
#include "ops/people/credentials.hpp"
#include "ops/people/sessions.hpp"

/// Who comes in, and as whom (settled 5, decision 0018).
namespace loangate::ops {

/// Somebody who may act on the operations port, by whichever way in.
struct Known {
  PersonId id;
  std::string display_name;
  Roles roles;
  bool active = true;
  /// Of the last person.entry about the person; none: known on this machine only.
  std::optional<Sequence> entry = {};
  Instant since = {};  ///< of that entry
};

/// Who the persons are: what the last person.entry said, and as long as there is none, identities.yaml, and
/// as long as that does not name the person either, what was entered on this machine with the credential.
class Persons {
 public:
  Persons(const store::Store& store, const net::IdentityBook& identities, const CredentialFile* credentials);

  std::optional<Known> find(std::string_view id) const;
  std::vector<Known> all() const;  ///< in the order of their ids
  /// To be called after a person.entry was committed: nothing else is asked for each request.
  void refresh();

 private:
  using OnRecord = std::map<std::string, Known, std::less<>>;
  const store::Store& store_;
  const net::IdentityBook& identities_;
  const CredentialFile* credentials_;
  std::atomic<std::shared_ptr<const OnRecord>> on_record_;
};

/// `officer,viewer` → roles; none if one of them is none, or there is none.
std::optional<Roles> roles_in(std::string_view list);
/// Why one person may not have these roles together (Chinese, English); none: he may.
std::optional<Words> roles_fault(Roles roles);

/// The door of the operations port: certificates, passwords and sessions.
class Entrance {
 public:
  explicit Entrance(const Operations& operations);
  ~Entrance();

  /// Who asks: perhaps nobody. 403: a certificate that is not accepted, or a call that another site's page
  /// made.
  std::expected<Visitor, Refusal> who_comes(const net::RequestHead& head, const net::Peer& peer);
  /// Whether the visitor may still be here, for an answer that lasts: the certificate is accepted, or the
  /// session lives, and the person is active. May be asked after the request has gone, as long as this lives.
  std::function<bool()> still(const Visitor& visitor, std::shared_ptr<const net::Peer> peer) const;
  /// Whether this visitor may call what is not for anybody: 401, or 403 for a call that the session's own
  /// page did not make.
  static std::expected<void, Refusal> may_act(const Visitor& visitor, const net::RequestHead& head);

  struct SignedIn {
    std::string token;
    Known person;
  };
  /// By name, password and code. The refusal is the same whichever is wrong.
  boost::asio::awaitable<std::expected<SignedIn, Refusal>> sign_in(std::string name, std::string password,
                                                                   std::string code, std::string address);
  /// A new password of the person's own; all sessions end, and a new one begins: its token.
  boost::asio::awaitable<std::expected<std::string, Refusal>> change_password(PersonId person,
                                                                              std::string old_password,
                                                                              std::string new_password,
                                                                              std::string address);
  /// Sets the second factor if the code is one of it.
  boost::asio::awaitable<std::expected<void, Refusal>> set_second_factor(PersonId person, std::string secret,
                                                                         std::string code,
                                                                         std::string address);
  /// Uses up a code of the second factor that is set.
  boost::asio::awaitable<std::expected<void, Refusal>> use_code(PersonId person, std::string code);
  struct OneTime {
    std::string password;
    Instant until;
  };
  /// A one-time password; the person's sessions end.
  boost::asio::awaitable<std::expected<OneTime, Refusal>> give_one_time_password(PersonId person,
                                                                                 bool reset_second_factor);
  /// Takes the sign-in by password away; false if there is none.
  boost::asio::awaitable<std::expected<bool, Refusal>> remove_credential(PersonId person);

  std::optional<Credential> credential(std::string_view person) const;

  Persons& persons() { return persons_; }
  Sessions& sessions() { return sessions_; }
  AccessRecord& record() { return record_; }

 private:
  template <class Work>
  auto behind_the_counter(Work work) -> boost::asio::awaitable<std::expected<decltype(work()), Refusal>>;
  std::expected<Known, Refusal> check(const std::string& name, const std::string& password,
                                      const std::string& code);
  std::expected<bool, Refusal> use_up(const std::string& name, const std::string& code);
  std::expected<void, Refusal> may_try(const std::string& name, const std::string& address) const;
  void refused(AccessKind kind, const std::string& name, const std::string& address, std::string_view code);

  const net::IdentityBook& identities_;
  CredentialFile* const credentials_;  ///< null: nobody signs in by password here
  /// One thread: hashing a password takes 64 MiB and 0.1 s, and no thread that serves may wait for it.
  boost::asio::thread_pool counter_{1};
  std::atomic<std::size_t> waiting_{0};
  Persons persons_;
  Sessions sessions_;
  Guesses by_name_{{.free = 5}};
  Guesses by_address_{{.free = 20}};
  AccessRecord record_;
};

}  // namespace loangate::ops
