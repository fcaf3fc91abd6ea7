#pragma once
#include <array>
#include <mutex>
#include <vector>

#include "base/trace.hpp"
#include "domain/ids.hpp"
#include "net/http.hpp"

namespace loangate::net {

/// This request's own span: of the trace that its `traceparent` names, else of a new one. Two such fields are
/// as good as none.
TraceContext trace_of(const RequestHead& head);

/// The traces of the newest messages from which something goes out, so that a push carries on the trace of
/// its cause. What is no longer known here, as after a start, goes out in a trace of its own. Thread safe.
class TraceBook {
 public:
  void note(Sequence cause, const TraceContext& context);
  /// A span for a push of this delivery.
  TraceContext span_for(DeliveryId delivery) const;

 private:
  struct Line {
    Sequence cause;
    TraceContext context;
  };
  static constexpr std::size_t lines = 16'384;
  mutable std::mutex mutex_;
  std::vector<Line> lines_ = std::vector<Line>(lines);
};

}  // namespace loangate::net
