#include "net/trace_book.hpp"

#include <gtest/gtest.h>

namespace loangate::net {
namespace {

const TraceContext given = *parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");

TEST(TraceBook, APushCarriesOnTheTraceOfItsCause) {
  TraceBook book;
  book.note(Sequence{7}, given);
  const TraceContext first = book.span_for(DeliveryId{701});
  const TraceContext second = book.span_for(DeliveryId{702});
  EXPECT_EQ(first.trace, given.trace);
  EXPECT_EQ(second.trace, given.trace);
  EXPECT_NE(first.span, second.span);
  EXPECT_EQ(first.flags, given.flags);
}

TEST(TraceBook, WhatIsNotKnownGoesOutInATraceOfItsOwn) {
  TraceBook book;
  book.note(Sequence{7}, given);
  EXPECT_NE(book.span_for(DeliveryId{801}).trace, given.trace);
  EXPECT_NE(book.span_for(DeliveryId{0}).trace, given.trace);
  book.note(Sequence{7 + 16'384}, begin_trace());
  EXPECT_NE(book.span_for(DeliveryId{701}).trace, given.trace) << "it keeps the newest only";
}

TEST(TraceBook, ARequestIsASpanOfTheTraceItNames) {
  const std::string text = given.traceparent();
  const std::array<Field, 3> fields{Field{"TraceParent", text}, Field{"Host", "a"},
                                    Field{"traceparent", text}};
  RequestHead head{};
  head.fields = std::span(fields).first(2);
  EXPECT_EQ(trace_of(head).trace, given.trace);
  EXPECT_NE(trace_of(head).span, given.span);
  head.fields = fields;
  EXPECT_NE(trace_of(head).trace, given.trace) << "two fields are none";
  head.fields = {};
  EXPECT_NE(trace_of(head), trace_of(head));
}

}  // namespace
}  // namespace loangate::net
