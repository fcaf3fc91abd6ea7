#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace loangate {

struct TraceContext;

enum class LogLevel { debug, info, warn, error };

/// One structured log line: a JSON object on standard error with `timestamp`, `severity_text`, `event.name`
/// and the fields. Only the fields named in the methods can be logged (settled 43): ids, sequence numbers,
/// outcomes, codes and plain technical reasons. There is no way to log a body, a name or an amount.
///
///     LogLine(LogLevel::info, "message.decided").partner("b01").sequence(7).outcome("accepted");
///
/// The line is written when the object ends.
class LogLine {
 public:
  LogLine(LogLevel level, std::string_view event);
  ~LogLine();
  LogLine(const LogLine&) = delete;
  LogLine& operator=(const LogLine&) = delete;

  LogLine& partner(std::string_view id) { return text("loangate.partner", id); }
  LogLine& sender(std::string_view id) { return text("loangate.sender", id); }
  LogLine& person(std::string_view id) { return text("loangate.person", id); }
  LogLine& message_id(std::string_view id) { return text("loangate.message_id", id); }
  LogLine& message_kind(std::string_view kind) { return text("loangate.message_kind", kind); }
  LogLine& sequence(std::uint64_t number) { return count("loangate.sequence", number); }
  LogLine& loan(std::uint64_t sequence) { return count("loangate.loan", sequence); }
  /// A partner's file, by a name that its profile states.
  LogLine& file(std::string_view name) { return text("loangate.file", name); }
  LogLine& delivery(std::uint64_t id) { return count("loangate.delivery", id); }
  LogLine& outcome(std::string_view name) { return text("loangate.outcome", name); }
  LogLine& findings(std::string_view codes) { return text("loangate.findings", codes); }
  LogLine& seal_key(std::string_view id) { return text("loangate.seal_key", id); }
  LogLine& status(unsigned http_status) { return count("http.response.status_code", http_status); }
  /// `trace_id` and `span_id`, as OpenTelemetry names them.
  LogLine& trace(const TraceContext& context);
  LogLine& peer(std::string_view address) { return text("client.address", address); }
  /// A technical reason: an error text of a library or of ours. Never a partner's or a person's words.
  LogLine& reason(std::string_view words) { return text("error.message", words); }
  LogLine& number(std::string_view name, std::uint64_t n) { return count(name, n); }

 private:
  LogLine& text(std::string_view name, std::string_view value);
  LogLine& count(std::string_view name, std::uint64_t number);

  LogLevel level_;
  bool enabled_;
  std::string json_;
};

/// Lines below `level` are dropped from now on. Starts at info.
void set_log_level(LogLevel level);

/// The last lines that were written, as they are, some hundred thousand bytes: for a report of what happened
/// just now.
std::string recent_log_lines();

/// Writes lines to this file instead of standard error; false if it cannot be opened.
bool log_to_file(const std::string& path);

}  // namespace loangate
