#include "net/trace_book.hpp"

namespace loangate::net {
namespace {

constexpr std::uint64_t deliveries_per_cause =
    100;  // a delivery's id is its cause's sequence times this, and its place

}  // namespace

TraceContext trace_of(const RequestHead& head) {
  const Field* only = nullptr;
  for (const Field& field : head.fields) {
    if (!same_token(field.name, "traceparent")) continue;
    if (only != nullptr) return begin_trace();
    only = &field;
  }
  const auto given = only == nullptr ? std::nullopt : parse_traceparent(only->value);
  return given ? given->child() : begin_trace();
}

void TraceBook::note(Sequence cause, const TraceContext& context) {
  const std::lock_guard lock(mutex_);
  lines_[cause.number % lines] = {cause, context};
}

TraceContext TraceBook::span_for(DeliveryId delivery) const {
  const Sequence cause{delivery.number / deliveries_per_cause};
  const std::lock_guard lock(mutex_);
  const Line& line = lines_[cause.number % lines];
  return line.cause == cause && cause.number > 0 ? line.context.child() : begin_trace();
}

}  // namespace loangate::net
