#include "net/file_transport.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <map>
#include <mutex>
#include <utility>

#include "base/log.hpp"

namespace loangate::net {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

constexpr std::string_view record_name = "record.json";

void fail_loudly(const std::exception_ptr& fault) {
  if (fault) std::rethrow_exception(fault);
}

std::uint64_t as_number(Date day) {
  return static_cast<std::uint64_t>(day.year()) * 10'000 + day.month() * 100 + day.day();
}

}  // namespace

struct FileTransport::State : std::enable_shared_from_this<State> {
  struct Partner {
    std::optional<DropFolder> folder = {};
    DropRecord record = {};
    DropRecord saved = {};
    bool busy = false;
    steady_clock::time_point not_before = {};
    PartnerFiles shown;
  };

  State(asio::io_context& ours, Parts given, FileTransportBounds limits)
      : context(ours), parts(std::move(given)), bounds(limits) {}

  void look();
  void look_at(const adapters::Profile& profile);
  void publish();
  bool open(Partner& partner);
  void take_what_is_ready(Partner& partner, const adapters::FileDrop& rules);
  void ask_what_is_missing(Partner& partner, const adapters::FileDrop& rules);
  void keep(Partner& partner);
  void set_fault(Partner& partner, std::string_view event, std::string why);
  asio::awaitable<void> work_off(PartnerId id);
  std::expected<void, std::string> finish(Partner& partner, const adapters::FileDrop& rules,
                                          const DropFolder::Taken& taken, const JudgedFile& judged);
  asio::awaitable<void> keep_looking();

  asio::io_context& context;
  const Parts parts;
  const FileTransportBounds bounds;
  std::map<std::string, Partner, std::less<>> partners;  ///< by id; on the context's thread
  mutable std::mutex mutex;
  std::vector<PartnerFiles> published;
};

/// Said once for as long as it stays the same.
void FileTransport::State::set_fault(Partner& partner, std::string_view event, std::string why) {
  if (!why.empty() && why != partner.shown.fault)
    LogLine(LogLevel::error, event).partner(partner.shown.partner.view()).reason(why);
  partner.shown.fault = std::move(why);
}

bool FileTransport::State::open(Partner& partner) {
  if (partner.folder) return true;
  auto folder = DropFolder::open(parts.root, partner.shown.partner.view());
  if (!folder) {
    set_fault(partner, "file.folder_unusable", folder.error());
    return false;
  }
  auto record = DropRecord::load(folder->own_file(record_name));
  if (!record) {
    set_fault(partner, "file.folder_unusable", record.error());
    return false;
  }
  partner.folder = *std::move(folder);
  partner.record = partner.saved = *std::move(record);
  set_fault(partner, {}, {});
  return true;
}

void FileTransport::State::keep(Partner& partner) {
  if (partner.record == partner.saved) return;
  if (const auto kept = partner.record.save(partner.folder->own_file(record_name)); !kept) {
    LogLine(LogLevel::error, "file.record_not_kept")
        .partner(partner.shown.partner.view())
        .reason(kept.error());
    return;  // tried again with the next look
  }
  partner.saved = partner.record;
}

void FileTransport::State::take_what_is_ready(Partner& partner, const adapters::FileDrop& rules) {
  DropFolder& folder = *partner.folder;
  partner.shown.look = folder.look(rules, real_now());
  for (const std::string& name : partner.shown.look.ready) {
    const auto taken = folder.take(rules, name, parts.clock.now());
    if (!taken) {
      LogLine(LogLevel::error, "file.not_taken").partner(partner.shown.partner.view()).reason(taken.error());
    } else if (*taken) {
      LogLine(LogLevel::info, "file.taken").partner(partner.shown.partner.view()).file(name);
    }
  }
  folder.tell(partner.shown.look, rules);
  partner.shown.work = folder.in_work(rules);
}

/// An alert is logged before it is kept: a crash in between says it twice, never not at all.
void FileTransport::State::ask_what_is_missing(Partner& partner, const adapters::FileDrop& rules) {
  PartnerFiles& shown = partner.shown;
  shown.expected_by.clear();
  shown.next_due.reset();
  shown.missing.clear();
  if (!rules.expected) return;
  for (const DropFolder::Taken& taken : shown.work) {
    const auto told = rules.incoming.read(taken.name);
    if (!told || !told->day || !partner.record.came(*told->day)) continue;
    LogLine(LogLevel::info, "file.arrived")
        .partner(shown.partner.view())
        .file(taken.name)
        .number("loangate.day", as_number(*told->day));
  }
  const auto rulebook = parts.rulebook.current();
  const Calendar& calendar = rulebook->calendar();
  for (const Date day : partner.record.fall_due(*rules.expected, calendar, parts.clock.now())) {
    LogLine(LogLevel::warn, "file.missing")
        .partner(shown.partner.view())
        .number("loangate.day", as_number(day));
  }
  shown.expected_by = rules.expected->by;
  shown.every_day = rules.expected->every_day;
  shown.next_due = partner.record.next_due(*rules.expected, calendar);
  shown.missing = partner.record.missing();
}

void FileTransport::State::look_at(const adapters::Profile& profile) {
  const adapters::FileDrop& rules = *profile.files;
  const auto [place, is_new] = partners.try_emplace(profile.id.string());
  Partner& partner = place->second;
  if (is_new) partner.shown.partner = profile.id;
  if (!open(partner)) return;
  take_what_is_ready(partner, rules);
  ask_what_is_missing(partner, rules);
  keep(partner);
  partner.shown.last = partner.record.last();
  if (partner.busy || partner.shown.work.empty() || steady_clock::now() < partner.not_before) return;
  partner.busy = true;
  asio::co_spawn(context, work_off(profile.id), fail_loudly);
}

void FileTransport::State::look() {
  const auto all = parts.profiles();
  for (const auto& profile : all->all()) {
    if (profile->files) look_at(*profile);
  }
  publish();
}

void FileTransport::State::publish() {
  const auto all = parts.profiles();
  std::vector<PartnerFiles> seen;
  for (const auto& profile : all->all()) {
    const auto partner = partners.find(profile->id.view());
    if (profile->files && partner != partners.end()) seen.push_back(partner->second.shown);
  }
  const std::lock_guard lock(mutex);
  published = std::move(seen);
}

std::expected<void, std::string> FileTransport::State::finish(Partner& partner,
                                                              const adapters::FileDrop& rules,
                                                              const DropFolder::Taken& taken,
                                                              const JudgedFile& judged) {
  const std::string name = rules.return_name(taken.name);
  const auto out = judged.return_file.empty()
                       ? partner.folder->hand_out(name, std::string_view(judged.receipt))
                       : partner.folder->hand_out(name, judged.return_file);
  if (!out) return out;
  const auto digest = partner.folder->archive(taken);
  if (!digest) return std::unexpected(digest.error());
  partner.record.set_last({taken.name, taken.complete, *digest});
  keep(partner);
  LogLine(LogLevel::info, "file.judged")
      .partner(partner.shown.partner.view())
      .file(taken.name)
      .outcome(judged.outcome);
  return {};
}

/// Judges what is in `work`, oldest first, until nothing is left or something fails.
asio::awaitable<void> FileTransport::State::work_off(PartnerId id) {
  const auto held = shared_from_this();
  Partner& partner = partners.find(id.view())->second;  // never erased
  for (;;) {
    const auto profiles = parts.profiles();  // this file is judged by these, whatever is loaded meanwhile
    const adapters::Profile* profile = profiles->find(id);
    if (profile == nullptr || !profile->files) break;
    const auto files = partner.folder->in_work(*profile->files);
    if (files.empty()) break;
    const DropFolder::Taken taken = files.front();
    const std::shared_ptr<const adapters::Profile> ruling(profiles, profile);
    const auto judged = co_await parts.judge(ruling, partner.folder->path(taken), taken.complete);
    const auto done = judged ? finish(partner, *profile->files, taken, *judged)
                             : std::expected<void, std::string>(std::unexpected(judged.error()));
    if (!done) {
      set_fault(partner, "file.not_judged", fmt::format("{}: {}", taken.name, done.error()));
      partner.not_before =
          steady_clock::now() + delivery::pause_after(bounds.backoff, ++partner.shown.attempts, UINT32_MAX);
      break;
    }
    set_fault(partner, {}, {});
    partner.shown.attempts = 0;
    partner.shown.last = partner.record.last();
    partner.shown.work = partner.folder->in_work(*profile->files);
  }
  partner.busy = false;
  publish();
}

asio::awaitable<void> FileTransport::State::keep_looking() {
  const auto held = shared_from_this();
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    look();
    timer.expires_after(bounds.between_looks);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

FileTransport::FileTransport(asio::io_context& context, Parts parts, FileTransportBounds bounds)
    : state_(std::make_shared<State>(context, std::move(parts), bounds)) {}

FileTransport::~FileTransport() = default;

void FileTransport::start() {
  asio::co_spawn(state_->context, state_->keep_looking(), fail_loudly);
}

void FileTransport::look() {
  state_->look();
}

std::vector<PartnerFiles> FileTransport::state() const {
  const std::lock_guard lock(state_->mutex);
  return state_->published;
}

std::expected<void, std::string> FileTransport::usable() const {
  const std::lock_guard lock(state_->mutex);
  for (const PartnerFiles& partner : state_->published) {
    if (!partner.fault.empty())
      return std::unexpected(fmt::format("{}: {}", partner.partner.view(), partner.fault));
  }
  return {};
}

}  // namespace loangate::net
