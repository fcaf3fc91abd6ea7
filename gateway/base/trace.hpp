#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace loangate {

/// Where a request stands in a trace that goes through several systems (W3C Trace Context, level 1). The
/// trace is taken over from whoever calls, or begun here; each system is a span of its own.
struct TraceContext {
  std::array<std::uint8_t, 16> trace{};  ///< never all zero
  std::array<std::uint8_t, 8> span{};    ///< never all zero
  std::uint8_t flags = 0;                ///< bit 0: sampled

  std::string trace_id() const;     ///< 32 lower-case hexadecimal digits
  std::string span_id() const;      ///< 16 of them
  std::string traceparent() const;  ///< `00-TRACE-SPAN-FLAGS`
  /// A new span of the same trace.
  TraceContext child() const;
  friend bool operator==(const TraceContext&, const TraceContext&) = default;
};

/// Reads a `traceparent` field strictly: nothing else than four parts in lower-case hexadecimal, neither id
/// all zero, version not `ff`; of a later version what follows the four parts is left unread. Nothing if it
/// is not that.
std::optional<TraceContext> parse_traceparent(std::string_view field);

/// A trace of its own, with random ids. Any thread.
TraceContext begin_trace();

}  // namespace loangate
