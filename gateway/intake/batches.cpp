#include "intake/batches.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/json_writer.hpp"
#include "base/log.hpp"

namespace loangate::intake {
namespace {

using namespace std::chrono_literals;
using adapters::Profile;

constexpr std::size_t files_at_a_time = 2;
constexpr std::size_t most_waiting = 64;
constexpr auto pause_after_failure = 5s;

}  // namespace

Batches::Batches(std::filesystem::path folder, const store::Store& store, store::Committer& committer,
                 const programme::RulebookInForce& rulebook, const Profiles& profiles, OnOutgoing on_outgoing)
    : folder_(std::move(folder)),
      store_(store),
      committer_(committer),
      rulebook_(rulebook),
      on_outgoing_(std::move(on_outgoing)) {
  std::error_code fault;
  std::filesystem::create_directories(folder_, fault);
  std::filesystem::permissions(folder_, std::filesystem::perms::owner_all, fault);
  remove_unfinished(folder_);
  resume(profiles);
  for (std::size_t i = 0; i < files_at_a_time; ++i) threads_.emplace_back([this] { work(); });
}

Batches::~Batches() {
  stop();
}

/// What the gateway had taken over and not finished.
void Batches::resume(const Profiles& profiles) {
  for (const Change& thing : store_.all("batch")) {
    const auto& batch = std::get<Batch>(thing);
    std::filesystem::path file = folder_ / fmt::format("{}-{}.file", batch.partner.view(), hex(batch.file));
    std::error_code fault;
    if (batch.ended || !std::filesystem::exists(file, fault)) continue;
    auto profile = profiles(batch.partner);
    if (!profile || !profile->batch) {
      LogLine(LogLevel::error, "batch.not_now")
          .partner(batch.partner.view())
          .reason("its profile has no batches now");
      continue;
    }
    waiting_.push_back({.profile = std::move(profile),
                        .file = std::move(file),
                        .ours = true,
                        .complete = batch.received,
                        .done = [](const BatchResult&) {}});
  }
}

void Batches::take(std::shared_ptr<const Profile> profile, std::filesystem::path file, Instant complete,
                   Done done) {
  enqueue({.profile = std::move(profile),
           .file = std::move(file),
           .complete = complete,
           .done = std::move(done)});
}

void Batches::take_spooled(std::shared_ptr<const Profile> profile, std::filesystem::path file,
                           Instant complete, Begun begun, Done done) {
  enqueue({.profile = std::move(profile),
           .file = std::move(file),
           .ours = true,
           .complete = complete,
           .begun = std::move(begun),
           .done = std::move(done)});
}

boost::asio::awaitable<BatchResult> Batches::take(std::shared_ptr<const Profile> profile,
                                                  std::filesystem::path file, Instant complete) {
  namespace asio = boost::asio;
  auto initiate = [this](auto handler, std::shared_ptr<const Profile> of, std::filesystem::path path,
                         Instant at) {
    const auto executor = asio::get_associated_executor(handler);
    take(std::move(of), std::move(path), at,
         [handler = std::move(handler), executor](const BatchResult& result) mutable {
           asio::post(executor,
                      [handler = std::move(handler), result]() mutable { std::move(handler)(result); });
         });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(BatchResult)>(
      std::move(initiate), asio::use_awaitable, std::move(profile), std::move(file), complete);
}

void Batches::enqueue(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_ && task.profile->batch && waiting_.size() < most_waiting) {
      waiting_.push_back(std::move(task));
      wake_.notify_one();
      return;
    }
  }
  if (task.ours) ::unlink(task.file.c_str());
  task.done({});
}

/// The oldest file of a partner none of whose files is being judged.
std::optional<Batches::Task> Batches::next_task(std::unique_lock<std::mutex>& lock) {
  while (!stopping_) {
    const auto now = std::chrono::steady_clock::now();
    const auto at = std::ranges::find_if(waiting_, [&](const Task& task) {
      return !busy_.contains(task.profile->id) && task.not_before <= now;
    });
    if (at != waiting_.end()) {
      Task task = std::move(*at);
      waiting_.erase(at);
      busy_.insert(task.profile->id);
      return task;
    }
    wake_.wait_for(lock, 1s);
  }
  return std::nullopt;
}

void Batches::work() {
  std::unique_lock lock(mutex_);
  while (auto task = next_task(lock)) {
    lock.unlock();
    const auto [result, begun] = judge(*task);
    const bool again = task->ours && result.failed_for_now() && begun;
    task->done(result);
    if (task->ours && result.failed_for_now() && !again) ::unlink(task->file.c_str());
    lock.lock();
    busy_.erase(task->profile->id);
    if (again && !stopping_) {
      task->begun = [](const std::string&) {};
      task->done = [](const BatchResult&) {};
      task->not_before = std::chrono::steady_clock::now() + pause_after_failure;
      waiting_.push_back(*std::move(task));
    }
    wake_.notify_all();
  }
}

std::optional<Batch> Batches::find(const PartnerId& partner, std::string_view id) const {
  const auto thing = store_.find("batch", fmt::format("{}/{}", partner.view(), id));
  if (!thing) return std::nullopt;
  return std::get<Batch>(*thing);
}

std::filesystem::path Batches::return_file(const Batch& batch) const {
  return folder_ / fmt::format("{}-{}.return", batch.partner.view(), hex(batch.file));
}

void Batches::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  threads_.clear();
  for (Task& task : std::exchange(waiting_, {})) task.done({});
}

bool passed(Outcome outcome) {
  return outcome == Outcome::accepted || outcome == Outcome::held;
}

std::string progress_json(const Batch& batch) {
  const Instant now = batch.ended.value_or(real_now());
  const double seconds =
      static_cast<double>(std::max<std::int64_t>(now.micros - batch.began.micros, 1)) / 1e6;
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .member("partner", batch.partner.view())
      .member("batch_id", std::string_view(batch.id))
      .member("state", batch.undone  ? "undone"
                       : batch.ended ? "done"
                                     : "judging")
      .member("received", format(batch.received))
      .member("records", batch.records)
      .member("judged", batch.judged)
      .member("per_second", static_cast<std::uint64_t>(static_cast<double>(batch.judged) / seconds));
  std::uint64_t good = 0;
  for (const Batch::Tally& each : batch.tallies) good += passed(each.outcome) ? each.records : 0;
  json.member("passed", good).member("failed", batch.judged - good);
  json.key("outcomes").begin_object();
  for (const Batch::Tally& each : batch.tallies) json.member(spec_of(each.outcome).name, each.records);
  json.end_object().end_object();
  return out;
}

}  // namespace loangate::intake
