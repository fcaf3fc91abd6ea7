#include "ops/alerts/messenger.hpp"

#include <curl/curl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <deque>
#include <fstream>
#include <functional>
#include <mutex>
#include <thread>

#include "base/base64.hpp"
#include "base/bytes.hpp"
#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "base/replacement.hpp"

namespace loangate::ops::alerts {
namespace {

constexpr std::chrono::minutes longest_pause{10};
constexpr long seconds_to_connect = 10;
constexpr long seconds_to_send = 30;
constexpr std::size_t most_waiting = 1'000;  // messages of a target; alerts are few
constexpr std::size_t word_bytes = 45;       // of UTF-8 in one encoded word: 60 characters of base64

struct Easy {
  CURL* handle = curl_easy_init();
  curl_slist* list = nullptr;
  Easy() = default;
  Easy(const Easy&) = delete;
  Easy& operator=(const Easy&) = delete;
  ~Easy() {
    curl_slist_free_all(list);
    curl_easy_cleanup(handle);
  }
  void add(const std::string& line) { list = curl_slist_append(list, line.c_str()); }
  template <class Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(handle, option, value);
  }
};

std::size_t swallow(const char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

/// What is still to be handed to curl of a mail.
struct Rest {
  std::string_view bytes;
};
std::size_t hand_over(char* to, std::size_t size, std::size_t count, void* rest) {
  std::string_view& bytes = static_cast<Rest*>(rest)->bytes;
  const std::size_t piece = std::min(size * count, bytes.size());
  std::copy_n(bytes.begin(), piece, to);
  bytes.remove_prefix(piece);
  return piece;
}

int stopped(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::stop_token*>(stop)->stop_requested() ? 1 : 0;
}

void bound(Easy& easy, const std::filesystem::path& ca, const std::stop_token& stop) {
  easy.set(CURLOPT_NOSIGNAL, 1L);
  easy.set(CURLOPT_CONNECTTIMEOUT, seconds_to_connect);
  easy.set(CURLOPT_TIMEOUT, seconds_to_send);
  easy.set(CURLOPT_FOLLOWLOCATION, 0L);
  easy.set(CURLOPT_PROXY, "");
  easy.set(CURLOPT_WRITEFUNCTION, swallow);
  easy.set(CURLOPT_CAINFO, ca.c_str());
  easy.set(CURLOPT_CAPATH, nullptr);
  easy.set(CURLOPT_NOPROGRESS, 0L);
  easy.set(CURLOPT_XFERINFOFUNCTION, stopped);
  easy.set(CURLOPT_XFERINFODATA, const_cast<std::stop_token*>(&stop));
}

/// Empty: it is there. Otherwise why not.
std::string perform(Easy& easy) {
  const CURLcode fault = curl_easy_perform(easy.handle);
  return fault == CURLE_OK ? std::string() : curl_easy_strerror(fault);
}

std::string send(const Webhook& hook, const Notice& notice, const std::stop_token& stop) {
  Easy easy;
  const std::string body = notice.json();
  bound(easy, hook.ca, stop);
  easy.add("Content-Type: application/json");
  easy.add("Expect:");
  easy.set(CURLOPT_PROTOCOLS_STR, "https");
  easy.set(CURLOPT_URL, hook.url.c_str());
  easy.set(CURLOPT_HTTPHEADER, easy.list);
  easy.set(CURLOPT_POSTFIELDS, body.data());
  easy.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  std::string fault = perform(easy);
  if (!fault.empty()) return fault;
  long status = 0;
  curl_easy_getinfo(easy.handle, CURLINFO_RESPONSE_CODE, &status);
  return status / 100 == 2 ? std::string() : fmt::format("answered with {}", status);
}

std::string send(const Mail& mail, const Notice& notice, const std::stop_token& stop) {
  Easy easy;
  const std::string text = mail_of(notice, mail);
  Rest rest{text};
  bound(easy, mail.ca, stop);
  easy.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  easy.set(CURLOPT_URL, mail.url.c_str());
  if (!mail.plain) easy.set(CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
  if (!mail.user.empty()) {
    std::string password;
    std::ifstream file(mail.password_file);
    if (!std::getline(file, password)) return "the password file cannot be read";
    easy.set(CURLOPT_USERNAME, mail.user.c_str());
    easy.set(CURLOPT_PASSWORD, password.c_str());
  }
  const std::string from = fmt::format("<{}>", mail.from);
  for (const std::string& to : mail.to) easy.add(fmt::format("<{}>", to));
  easy.set(CURLOPT_MAIL_FROM, from.c_str());
  easy.set(CURLOPT_MAIL_RCPT, easy.list);
  easy.set(CURLOPT_UPLOAD, 1L);
  easy.set(CURLOPT_READFUNCTION, hand_over);
  easy.set(CURLOPT_READDATA, &rest);
  return perform(easy);
}

}  // namespace

std::string Notice::json() const {
  std::string body;
  JsonWriter(body)
      .begin_object()
      .member("state", opened ? "open" : "closed")
      .member("rule", std::string_view(rule))
      .member("about", std::string_view(about))
      .member("severity", std::string_view(severity))
      .member("at", format(at))
      .member("title_zh", std::string_view(title_zh))
      .member("title_en", std::string_view(title_en))
      .member("zh", std::string_view(zh))
      .member("en", std::string_view(en))
      .member("runbook", std::string_view(runbook))
      .member("command", std::string_view(command))
      .member("turn", turn.number)
      .end_object();
  return body;
}

std::string Notice::subject() const {
  return fmt::format("[Loangate] {}：{} {}", opened ? "告警" : "已恢复", title_zh, about);
}

std::string Notice::text() const {
  return fmt::format(
      "{}：{}（{}）\n{}\n\n{}: {} ({})\n{}\n\n时间 at: {}\n先执行 run first: {}\n处置手册 runbook: "
      "{}\n流水号 turn: {}\n",
      opened ? "告警" : "已恢复", title_zh, about, zh, opened ? "Alert" : "Closed", title_en, about, en,
      format(at), command, runbook, turn.number);
}

std::string encoded_subject(std::string_view utf8) {
  std::string words;
  while (!utf8.empty()) {
    std::size_t size = std::min(word_bytes, utf8.size());
    while (size < utf8.size() && size > 0 && (static_cast<unsigned char>(utf8[size]) & 0xc0u) == 0x80u)
      --size;
    if (size == 0) size = std::min(word_bytes, utf8.size());  // no UTF-8: cut anywhere
    if (!words.empty()) words += "\r\n ";
    words += fmt::format("=?UTF-8?B?{}?=", base64(utf8.substr(0, size)));
    utf8.remove_prefix(size);
  }
  return words;
}

std::string mail_of(const Notice& notice, const Mail& mail) {
  const std::time_t now = static_cast<std::time_t>(notice.at.micros / 1'000'000);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::string text = fmt::format(
      "Date: {:%a, %d %b %Y %H:%M:%S} +0000\r\nFrom: <{}>\r\nTo: <{}>\r\nSubject: {}\r\n"
      "Message-ID: <alert-{}@loangate>\r\nMIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
      parts, mail.from, fmt::join(mail.to, ">, <"), encoded_subject(notice.subject()), notice.turn.number);
  const std::string body = base64(notice.text());
  constexpr std::size_t line = 76;
  for (std::size_t at = 0; at < body.size(); at += line) text += body.substr(at, line) + "\r\n";
  return text;
}

/// One address with its queue and its thread.
class Messenger::Target {
 public:
  using Send = std::function<std::string(const Notice&, const std::stop_token&)>;

  Target(std::string_view url, Send send, const MessengerSettings& settings,
         const std::filesystem::path& folder, Sequence last_turn)
      : send_(std::move(send)),
        attempts_(settings.attempts),
        first_pause_(settings.first_pause),
        file_(folder / ("told-" + hex(sha256(url)).substr(0, 16))),
        told_(remembered().value_or(last_turn)),
        thread_([this](const std::stop_token& stop) { run(stop); }) {
    if (!remembered()) remember(told_);
  }

  void tell(const Notice& notice) {
    const std::lock_guard lock(mutex_);
    if (notice.turn <= told_) return;
    if (waiting_.size() == most_waiting) waiting_.pop_front();
    waiting_.push_back(notice);
    wake_.notify_one();
  }

 private:
  std::optional<Sequence> remembered() const {
    std::ifstream file(file_);
    std::uint64_t number = 0;
    if (!(file >> number)) return std::nullopt;
    return Sequence{number};
  }
  void remember(Sequence turn) const {
    auto written = Replacement::write(file_, fmt::format("{}\n", turn.number));
    const auto there = written ? written->take_place() : std::unexpected(written.error());
    if (!there) LogLine(LogLevel::error, "alert.not_remembered").reason(there.error());
  }

  void run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (wake_.wait(lock, stop, [this] { return !waiting_.empty(); })) {
      const Notice notice = waiting_.front();
      lock.unlock();
      const bool ended = send_bounded(notice, stop);
      lock.lock();
      if (!ended) return;  // it goes after the next start
      waiting_.pop_front();
      told_ = notice.turn;
      remember(told_);
    }
  }

  /// False if it was stopped on the way.
  bool send_bounded(const Notice& notice, const std::stop_token& stop) {
    auto pause = first_pause_;
    for (unsigned attempt = 1;; ++attempt) {
      const std::string fault = send_(notice, stop);
      if (fault.empty()) return true;
      if (stop.stop_requested()) return false;
      LogLine(LogLevel::warn, attempt < attempts_ ? "alert.not_told" : "alert.given_up")
          .sequence(notice.turn.number)
          .number("loangate.attempts", attempt)
          .reason(fault);
      if (attempt >= attempts_) return true;
      std::unique_lock lock(pause_mutex_);
      pausing_.wait_for(lock, stop, pause, [] { return false; });
      if (stop.stop_requested()) return false;
      pause = std::min<std::chrono::milliseconds>(2 * pause, longest_pause);
    }
  }

  const Send send_;
  const unsigned attempts_;
  const std::chrono::milliseconds first_pause_;
  const std::filesystem::path file_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<Notice> waiting_;
  Sequence told_;
  std::mutex pause_mutex_;
  std::condition_variable_any pausing_;
  std::jthread thread_;
};

Messenger::Messenger(MessengerSettings settings, std::filesystem::path folder, Sequence last_turn) {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  if (!ready) LogLine(LogLevel::error, "alert.no_curl").reason("libcurl cannot start");
  if (settings.webhooks.empty() && settings.mails.empty()) return;
  std::filesystem::create_directories(folder);
  for (const Webhook& hook : settings.webhooks) {
    targets_.push_back(std::make_unique<Target>(
        hook.url,
        [hook](const Notice& notice, const std::stop_token& stop) { return send(hook, notice, stop); },
        settings, folder, last_turn));
  }
  for (const Mail& mail : settings.mails) {
    targets_.push_back(std::make_unique<Target>(
        fmt::format("{} {}", mail.url, fmt::join(mail.to, " ")),
        [mail](const Notice& notice, const std::stop_token& stop) { return send(mail, notice, stop); },
        settings, folder, last_turn));
  }
}

Messenger::~Messenger() = default;

void Messenger::tell(const Notice& notice) {
  for (const auto& target : targets_) target->tell(notice);
}

}  // namespace loangate::ops::alerts
