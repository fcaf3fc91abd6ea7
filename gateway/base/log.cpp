#include "base/log.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <memory>

#include "base/clock.hpp"
#include "base/json_writer.hpp"

namespace loangate {
namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warn: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

constexpr std::array<std::string_view, 4> level_names{"DEBUG", "INFO", "WARN", "ERROR"};

void use(spdlog::sink_ptr sink) {
  // A full queue makes the caller wait: a line that is lost is worse than a slow one.
  auto logger = std::make_shared<spdlog::async_logger>("loangate", std::move(sink), spdlog::thread_pool(),
                                                       spdlog::async_overflow_policy::block);
  logger->set_pattern("%v");
  logger->flush_on(spdlog::level::warn);
  if (const auto before = spdlog::default_logger()) logger->set_level(before->level());
  spdlog::set_default_logger(std::move(logger));
}

spdlog::logger& logger() {
  static const bool ready = [] {
    if (!spdlog::thread_pool()) spdlog::init_thread_pool(8192, 1);
    use(std::make_shared<spdlog::sinks::stderr_sink_mt>());
    return true;
  }();
  static_cast<void>(ready);
  return *spdlog::default_logger_raw();
}

}  // namespace

void set_log_level(LogLevel level) { logger().set_level(spdlog_level(level)); }

bool log_to_file(const std::string& path) {
  logger();
  try {
    use(std::make_shared<spdlog::sinks::basic_file_sink_mt>(path));
  } catch (const spdlog::spdlog_ex&) {
    return false;
  }
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
  logger().log(spdlog_level(level_), "{}", json_);
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
