#include "base/log.hpp"

#include <fcntl.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.hpp"
#include "base/json_writer.hpp"
#include "base/trace.hpp"

namespace loangate {
namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

constexpr std::chrono::seconds flush_pause{1};

constexpr std::array<std::string_view, 4> level_names{"DEBUG", "INFO", "WARN", "ERROR"};

/// The last lines, whatever became of those written.
class Recent {
 public:
  void add(std::string_view line) {
    put(line);
    put("\n");
  }
  std::string lines() const {
    std::string all = wrapped_ ? bytes_.substr(at_) + bytes_.substr(0, at_) : bytes_.substr(0, at_);
    if (wrapped_) all.erase(0, all.find('\n') + 1);  // the rest of one that was overwritten
    return all;
  }

 private:
  void put(std::string_view bytes) {
    for (bytes = bytes.substr(0, bytes_.size() / 2); !bytes.empty();) {
      const std::size_t fits = std::min(bytes.size(), bytes_.size() - at_);
      std::ranges::copy(bytes.substr(0, fits), bytes_.begin() + static_cast<std::ptrdiff_t>(at_));
      bytes.remove_prefix(fits);
      at_ = (at_ + fits) % bytes_.size();
      wrapped_ = wrapped_ || at_ == 0;
    }
  }

  std::string bytes_ = std::string(256u << 10, '\0');
  std::size_t at_ = 0;
  bool wrapped_ = false;
};

/// Writes a line at once when lines are rare, and in blocks when they are not: a write for each would cost as
/// much as deciding a filing. A block goes out with the first line after `block_time`, at a warning, every
/// flush_pause, and when the process ends.
class BlockSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit BlockSink(int descriptor) : descriptor_(descriptor) {}
  BlockSink(const BlockSink&) = delete;
  BlockSink& operator=(const BlockSink&) = delete;
  ~BlockSink() override {
    flush_();
    if (descriptor_ != STDERR_FILENO) ::close(descriptor_);
  }
  std::string recent() {
    const std::lock_guard lock(mutex_);
    return recent_.lines();
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    block_.append(message.payload.begin(), message.payload.end());
    block_ += '\n';
    recent_.add({message.payload.data(), message.payload.size()});
    if (block_.size() >= block_bytes || message.time - written_ >= block_time) {
      flush_();
      written_ = message.time;
    }
  }
  /// A full pipe makes the caller wait: a line that is lost is worse than a slow one.
  void flush_() override {
    std::string_view rest = block_;
    while (!rest.empty()) {
      const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) break;  // nobody reads, or a full disk: there is nowhere left to say so
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
    block_.clear();
  }

  static constexpr std::size_t block_bytes = 32 * 1024;
  static constexpr std::chrono::milliseconds block_time{20};
  const int descriptor_;
  std::string block_;
  Recent recent_;
  spdlog::log_clock::time_point written_;
};

void use(int descriptor) {
  auto logger = std::make_shared<spdlog::logger>("loangate", std::make_shared<BlockSink>(descriptor));
  logger->flush_on(spdlog::level::warn);
  if (const auto before = spdlog::default_logger()) logger->set_level(before->level());
  spdlog::set_default_logger(std::move(logger));
}

spdlog::logger& logger() {
  static const bool ready = [] {
    use(STDERR_FILENO);
    spdlog::flush_every(flush_pause);
    return true;
  }();
  static_cast<void>(ready);
  return *spdlog::default_logger_raw();
}

}  // namespace

void set_log_level(LogLevel level) {
  logger().set_level(spdlog_level(level));
}

std::string recent_log_lines() {
  const auto sink = std::dynamic_pointer_cast<BlockSink>(logger().sinks().front());
  return sink ? sink->recent() : std::string();
}

bool log_to_file(const std::string& path) {
  logger();
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (descriptor < 0) return false;
  use(descriptor);
  return true;
}

LogLine::LogLine(LogLevel level, std::string_view event)
    : level_(level), enabled_(logger().should_log(spdlog_level(level))) {
  if (!enabled_) return;
  json_.reserve(256);
  json_ += "{\"timestamp\":\"";
  json_ += format(real_now());
  json_ += "\",\"severity_text\":\"";
  json_ += level_names[static_cast<std::size_t>(level)];
  json_ += '"';
  text("event.name", event);
}

LogLine::~LogLine() {
  if (!enabled_) return;
  json_ += '}';
  logger().log(spdlog_level(level_), spdlog::string_view_t(json_.data(), json_.size()));
}

LogLine& LogLine::trace(const TraceContext& context) {
  if (!enabled_) return *this;
  return text("trace_id", context.trace_id()).text("span_id", context.span_id());
}

LogLine& LogLine::text(std::string_view name, std::string_view value) {
  if (!enabled_) return *this;
  json_ += ',';
  JsonWriter(json_).key(name).value(value);
  return *this;
}

LogLine& LogLine::count(std::string_view name, std::uint64_t number) {
  if (!enabled_) return *this;
  json_ += ',';
  JsonWriter(json_).key(name).value(number);
  return *this;
}

}  // namespace loangate
