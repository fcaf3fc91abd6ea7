#include "net/gate.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "messages.hpp"

namespace loangate::net::testing {
namespace {

std::expected<HeadShape, GateFault> read_head(std::string_view bytes) {
  const auto end = find_head_end(bytes, 0);
  if (!end) return std::unexpected(end.error());
  if (*end == 0) return gate(bytes);
  return gate(bytes.substr(0, *end));
}

TEST(Gate, RefusesEveryHostileHeadForItsReason) {
  EXPECT_GE(hostile_heads().size(), 54u);
  for (const Hostile& hostile : hostile_heads()) {
    const auto shape = read_head(hostile.bytes);
    ASSERT_FALSE(shape) << hostile.name;
    EXPECT_EQ(explain(shape.error()), explain(hostile.fault)) << hostile.name;
    EXPECT_GE(status_of(shape.error()), 400u);
  }
}

TEST(Gate, LetsEveryPlainHeadThroughAsItIs) {
  for (const Plain& plain : plain_heads()) {
    const auto shape = read_head(plain.bytes);
    ASSERT_TRUE(shape) << plain.name << ": " << explain(shape.error());
    EXPECT_EQ(shape->framing, plain.framing) << plain.name;
    EXPECT_EQ(shape->length, plain.length) << plain.name;
    EXPECT_EQ(shape->keep_alive, plain.keep_alive) << plain.name;
  }
}

// Another reader of the same bytes must not see another message in what we let through.
TEST(Gate, AgreesWithBeastOnWhatItLetsThrough) {
  namespace http = boost::beast::http;
  for (const Plain& plain : plain_heads()) {
    http::request_parser<http::empty_body> parser;
    parser.header_limit(32 * 1024);
    parser.body_limit(boost::none);
    boost::system::error_code fault;
    parser.put(boost::asio::buffer(plain.bytes), fault);
    const auto shape = gate(plain.bytes);
    ASSERT_TRUE(shape) << plain.name;
    EXPECT_TRUE(parser.is_header_done()) << plain.name << ": " << fault.message();
    const auto& other = parser.get();
    EXPECT_EQ(shape->method, std::string_view(other.method_string())) << plain.name;
    EXPECT_EQ(shape->target, std::string_view(other.target())) << plain.name;
    EXPECT_EQ(shape->framing == BodyFraming::chunked, parser.chunked()) << plain.name;
    if (shape->framing == BodyFraming::length && shape->length > 0) {
      EXPECT_EQ(shape->length, parser.content_length().value_or(0)) << plain.name;
    }
    std::size_t count = 0;
    for (const auto& field : other) {
      ASSERT_LT(count, shape->fields.size()) << plain.name;
      ++count;
      static_cast<void>(field);
    }
    EXPECT_EQ(count, shape->fields.size()) << plain.name;
  }
}

TEST(Gate, TakesAHeadApart) {
  const auto shape = gate("POST /v1/messages?x=1 HTTP/1.1\r\nHost: a\r\nX-A:  b c \r\nEmpty:\r\n\r\n");
  ASSERT_TRUE(shape);
  EXPECT_EQ(shape->method, "POST");
  EXPECT_EQ(shape->target, "/v1/messages?x=1");
  ASSERT_EQ(shape->fields.size(), 3u);
  EXPECT_EQ(shape->fields[1].name, "X-A");
  EXPECT_EQ(shape->fields[1].value, "b c");
  EXPECT_EQ(shape->fields[2].value, "");
}

TEST(Gate, ReadsNoFurtherThanTheHead) {
  EXPECT_FALSE(gate("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /"));
  EXPECT_FALSE(gate("GET / HTTP/1.1\r\nHost: a\r\n"));
  EXPECT_FALSE(gate(""));
}

TEST(HeadEnd, IsFoundWhereverTheBytesAreCut) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string stream = head + "GET";
  for (std::size_t cut = 0; cut < head.size(); ++cut) {
    EXPECT_EQ(find_head_end(stream.substr(0, cut), 0).value(), 0u);
    EXPECT_EQ(find_head_end(stream, cut).value(), head.size()) << cut;
  }
}

TEST(HeadEnd, RefusesABareLineFeedBeforeTheHeadIsComplete) {
  EXPECT_EQ(find_head_end("GET / HTTP/1.1\n", 0).error(), GateFault::control_character);
  EXPECT_EQ(find_head_end("\n", 0).error(), GateFault::control_character);
  EXPECT_EQ(find_head_end("\r\n", 0).error(), GateFault::start_line);
}

TEST(HeadEnd, IsNotLookedForBeyondTheLimit) {
  std::string head = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  head.append(max_head_bytes - head.size() - 4, 'x');
  EXPECT_EQ(find_head_end(head + "\r\n\r\n", 0).value(), max_head_bytes);
  EXPECT_EQ(find_head_end(head + "x\r\n\r\n", 0).error(), GateFault::head_too_large);
}

struct Chunks {
  std::expected<std::size_t, GateFault> taken;
  std::string body;
  bool done;
};

Chunks read_chunks(std::string_view bytes, std::size_t limit = 1000) {
  ChunkedReader reader(limit);
  Chunks chunks{.taken = 0, .body = {}, .done = false};
  chunks.taken = reader.read(bytes, chunks.body);
  chunks.done = reader.done();
  return chunks;
}

TEST(ChunkedReader, PutsABodyTogetherAndLeavesWhatFollows) {
  const auto chunks = read_chunks("5\r\nhello\r\n00A\r\n, the file\r\n0\r\n\r\nGET /");
  EXPECT_TRUE(chunks.done);
  EXPECT_EQ(chunks.body, "hello, the file");
  EXPECT_EQ(chunks.taken.value(), std::string_view("5\r\nhello\r\n00A\r\n, the file\r\n0\r\n\r\n").size());
}

TEST(ChunkedReader, RefusesWhatCouldBeReadInTwoWays) {
  using enum GateFault;
  const std::vector<std::pair<std::string, GateFault>> table{
      {"\r\n", chunk_syntax},
      {" 5\r\nhello\r\n", chunk_syntax},
      {"5 \r\nhello\r\n", chunk_syntax},
      {"0x5\r\nhello\r\n", chunk_syntax},
      {"+5\r\nhello\r\n", chunk_syntax},
      {"-5\r\nhello\r\n", chunk_syntax},
      {"g\r\n", chunk_syntax},
      {"5\nhello\r\n", chunk_syntax},
      {"5\rhello\r\n", chunk_syntax},
      {"5\r\nhelloX\r\n", chunk_syntax},
      {"5\r\nhello\n0\r\n\r\n", chunk_syntax},
      {"5\r\nhello\r0\r\n\r\n", chunk_syntax},
      {"5;a=b\r\nhello\r\n", chunk_syntax},
      {"5;a=\"\n\"\r\nhello\r\n", chunk_syntax},
      {"0;a\r\n\r\n", chunk_syntax},
      {"000000005\r\nhello\r\n", chunk_syntax},
      {"FFFFFFFFF\r\n", chunk_syntax},
      {"FFFFFFFF\r\n", body_too_large},
      {"3e9\r\n", body_too_large},
      {"0\r\nHost: evil\r\n\r\n", trailer},
      {"0\r\nX-Auth: me\r\n\r\n", trailer},
      {"0\r\n\n", trailer},
      {"0\r\n\rX", chunk_syntax},
  };
  for (const auto& [bytes, fault] : table) {
    const auto chunks = read_chunks(bytes);
    ASSERT_FALSE(chunks.taken) << bytes;
    EXPECT_EQ(chunks.taken.error(), fault) << bytes;
  }
}

TEST(ChunkedReader, CountsTheWholeBodyAgainstTheLimit) {
  EXPECT_TRUE(read_chunks("5\r\nhello\r\n5\r\nhello\r\n0\r\n\r\n", 10).done);
  EXPECT_EQ(read_chunks("5\r\nhello\r\n5\r\nhello\r\n0\r\n\r\n", 9).taken.error(), GateFault::body_too_large);
}

TEST(ChunkedReader, ReadsTheSameBodyHoweverItIsCut) {
  EXPECT_TRUE(rc::check([](const std::vector<std::string>& pieces, unsigned step) {
    std::string wire;
    std::string content;
    for (const std::string& piece : pieces) {
      if (piece.empty()) continue;
      wire += fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
      content += piece;
    }
    wire += "0\r\n\r\n";
    ChunkedReader reader(1u << 20);
    std::string body;
    for (std::size_t at = 0; at < wire.size(); at += step % 7 + 1) {
      RC_ASSERT(!reader.done());
      RC_ASSERT(reader.read(std::string_view(wire).substr(at, step % 7 + 1), body).has_value());
    }
    RC_ASSERT(reader.done());
    RC_ASSERT(body == content);
  }));
}

TEST(ResponseGate, TellsHowABodyEnds) {
  const auto shape = [](const std::string& head, std::string_view method = "POST") {
    return gate_response(head + "\r\n\r\n", method);
  };
  EXPECT_EQ(shape("HTTP/1.1 200 OK\r\nContent-Length: 3")->framing, BodyFraming::length);
  EXPECT_EQ(shape("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked")->framing, BodyFraming::chunked);
  EXPECT_EQ(shape("HTTP/1.1 200")->framing, BodyFraming::until_close);
  EXPECT_FALSE(shape("HTTP/1.1 200")->keep_alive);
  EXPECT_EQ(shape("HTTP/1.1 204 No Content")->framing, BodyFraming::none);
  EXPECT_EQ(shape("HTTP/1.1 200 OK\r\nContent-Length: 3", "HEAD")->framing, BodyFraming::none);
  EXPECT_EQ(shape("HTTP/1.1 404 \xe6\x97\xa0")->status, 404u);
  EXPECT_FALSE(shape("HTTP/1.1 20 OK"));
  EXPECT_FALSE(shape("HTTP/1.1 2000 OK"));
  EXPECT_FALSE(shape("HTTP/1.1 099 OK"));
  EXPECT_FALSE(shape("HTTP/2.0 200 OK"));
  EXPECT_FALSE(shape("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4"));
  EXPECT_FALSE(shape("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked"));
}

TEST(PercentDecoding, TakesWholeCodesOnly) {
  EXPECT_EQ(percent_decoded("%E5%85%ACa%2fb+"), "公a/b+");
  EXPECT_EQ(percent_decoded("%4"), std::nullopt);
  EXPECT_EQ(percent_decoded("%4g"), std::nullopt);
}

}  // namespace
}  // namespace loangate::net::testing
