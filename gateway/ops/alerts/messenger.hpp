#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "domain/ids.hpp"

namespace loangate::ops::alerts {

/// Where alerts are told of. Addresses come from the configuration alone; redirects are not followed.
struct Webhook {
  std::string url;           ///< https
  std::filesystem::path ca;  ///< whom its certificate must come from
  friend bool operator==(const Webhook&, const Webhook&) = default;
};
struct Mail {
  std::string url = {};  ///< smtps://host:465, or smtp://host:587, which must offer STARTTLS
  std::filesystem::path ca = {};
  std::string from;
  std::vector<std::string> to;
  std::string user = {};                     ///< empty: without signing in
  std::filesystem::path password_file = {};  ///< its first line
  bool plain = false;                        ///< smtp without TLS: for a relay on this machine alone
  friend bool operator==(const Mail&, const Mail&) = default;
};
struct MessengerSettings {
  std::vector<Webhook> webhooks = {};
  std::vector<Mail> mails = {};
  unsigned attempts = 8;                         ///< after which a message is given up, with a log line
  std::chrono::milliseconds first_pause{5'000};  ///< it doubles, up to ten minutes
  friend bool operator==(const MessengerSettings&, const MessengerSettings&) = default;
};

/// One message about an alert: that it opened, or that it closed.
struct Notice {
  Sequence turn;  ///< its act in the journal
  Instant at;
  bool opened = false;
  std::string rule = {}, about = {}, severity = {};
  std::string title_zh = {}, title_en = {}, zh = {}, en = {};
  std::string runbook = {}, command = {};

  std::string json() const;
  std::string subject() const;  ///< UTF-8
  std::string text() const;
};

/// `=?UTF-8?B?…?=`: a subject in encoded words of at most 75 characters, never cut within a character (RFC
/// 2047).
std::string encoded_subject(std::string_view utf8);
/// The whole mail, head and body, lines ending with CR LF.
std::string mail_of(const Notice& notice, const Mail& mail);

/// Tells of alerts: each target in order, on a thread of its own, so that nobody waits for it and no target
/// for another. A target's last message is remembered in a file of `folder`: after a start it is told what is
/// newer, once. What a crash can leave behind is one message that was sent and not remembered: it goes again.
class Messenger {
 public:
  Messenger(MessengerSettings settings, std::filesystem::path folder, Sequence last_turn);
  /// Gives up what is under way.
  ~Messenger();
  Messenger(const Messenger&) = delete;
  Messenger& operator=(const Messenger&) = delete;

  /// Each target gets it unless it was told of that turn before. Any thread; at once.
  void tell(const Notice& notice);

 private:
  class Target;
  std::vector<std::unique_ptr<Target>> targets_;
};

}  // namespace loangate::ops::alerts
