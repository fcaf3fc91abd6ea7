#include "messages.hpp"

namespace loangate::net::testing {
namespace {

using namespace std::string_literals;

std::string post(const std::string& fields) {
  return "POST /v1/messages HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}
std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
}
std::string first_line(const std::string& line) {
  return line + "\r\nHost: a\r\n\r\n";
}

std::string many_fields(std::size_t count) {
  std::string fields;
  for (std::size_t i = 0; i < count; ++i) fields += "X-" + std::to_string(i) + ": 1\r\n";
  return fields;
}

}  // namespace

const std::vector<Hostile>& hostile_heads() {
  using enum GateFault;
  static const std::vector<Hostile> table{
      // Framing that two readers could take differently: the next request is smuggled in.
      {"TE xchunked", post("Transfer-Encoding: xchunked\r\n"), transfer_encoding},
      {"TE gzip", post("Transfer-Encoding: gzip\r\n"), transfer_encoding},
      {"TE gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n"), transfer_encoding},
      {"TE chunked, gzip", post("Transfer-Encoding: chunked, gzip\r\n"), transfer_encoding},
      {"TE chunked, chunked", post("Transfer-Encoding: chunked, chunked\r\n"), transfer_encoding},
      {"TE identity", post("Transfer-Encoding: identity\r\n"), transfer_encoding},
      {"TE chunked, identity", post("Transfer-Encoding: chunked, identity\r\n"), transfer_encoding},
      {"TE quoted", post("Transfer-Encoding: \"chunked\"\r\n"), transfer_encoding},
      {"TE with a parameter", post("Transfer-Encoding: chunked;q=1\r\n"), transfer_encoding},
      {"TE with a trailing comma", post("Transfer-Encoding: chunked,\r\n"), transfer_encoding},
      {"TE with a leading comma", post("Transfer-Encoding: ,chunked\r\n"), transfer_encoding},
      {"TE empty", post("Transfer-Encoding:\r\n"), transfer_encoding},
      {"TE twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), transfer_encoding},
      {"TE twice, differing", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n"),
       transfer_encoding},
      {"TE with a vertical tab",
       post("Transfer-Encoding: \x0b"
            "chunked\r\n"),
       control_character},
      {"TE with a non-breaking blank",
       post("Transfer-Encoding: \xa0"
            "chunked\r\n"),
       transfer_encoding},
      {"TE in HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
       transfer_encoding},
      {"TE with a blank before the colon", post("Transfer-Encoding : chunked\r\n"), field_syntax},
      {"TE in a folded line", post("Transfer-Encoding:\r\n chunked\r\n"), transfer_encoding},
      {"TE, then CL", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), both_framings},
      {"CL, then TE", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), both_framings},
      {"CL 0, then TE", post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"), both_framings},
      {"CL list", post("Content-Length: 5, 5\r\n"), content_length},
      {"CL list, differing", post("Content-Length: 5, 6\r\n"), content_length},
      {"CL twice", post("Content-Length: 5\r\nContent-Length: 5\r\n"), content_length},
      {"CL twice, differing", post("Content-Length: 5\r\nContent-Length: 6\r\n"), content_length},
      {"CL with a plus", post("Content-Length: +5\r\n"), content_length},
      {"CL with a minus", post("Content-Length: -5\r\n"), content_length},
      {"CL hexadecimal", post("Content-Length: 0x5\r\n"), content_length},
      {"CL with a letter behind", post("Content-Length: 5a\r\n"), content_length},
      {"CL with a fraction", post("Content-Length: 5.0\r\n"), content_length},
      {"CL with a blank inside", post("Content-Length: 5 5\r\n"), content_length},
      {"CL quoted", post("Content-Length: \"5\"\r\n"), content_length},
      {"CL empty", post("Content-Length:\r\n"), content_length},
      {"CL beyond 64 bits", post("Content-Length: 18446744073709551621\r\n"), content_length},
      {"CL of 16 digits", post("Content-Length: 1000000000000000\r\n"), content_length},
      {"CL with a tab before the colon", post("Content-Length\t: 5\r\n"), field_syntax},
      {"CL with a NUL", post("Content-Length: 5\0\r\n"s), control_character},
      // Host.
      {"no Host", "GET / HTTP/1.1\r\nAccept: *\r\n\r\n", host},
      {"no field at all", "GET / HTTP/1.1\r\n\r\n", host},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", host},
      {"two Hosts, differing", "GET / HTTP/1.1\r\nHost: a\r\nHOST: b\r\n\r\n", host},
      {"two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", host},
      {"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", host},
      {"Host list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", host},
      {"Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", host},
      {"Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", host},
      {"Host with a bad port", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", host},
      {"Host with an open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", host},
      // Lines.
      {"bare LF after the first line", "GET / HTTP/1.1\nHost: a\r\n\r\n", control_character},
      {"bare LF after a field", "GET / HTTP/1.1\r\nHost: a\n\r\n", control_character},
      {"bare LF throughout", "GET / HTTP/1.1\nHost: a\n\n", control_character},
      {"bare CR in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\rY: 2\r\n\r\n", control_character},
      {"bare CR before CRLF", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\r\n\r\n", control_character},
      {"bare CR in the first line", "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n", control_character},
      {"obs-fold with a blank", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", folded_field},
      {"obs-fold with a tab", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n\t2\r\n\r\n", folded_field},
      {"a blank before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", folded_field},
      {"an empty line first", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", start_line},
      // Fields.
      {"NUL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"s, control_character},
      {"NUL in a name", "GET / HTTP/1.1\r\nHost: a\r\nX\0: a\r\n\r\n"s, field_syntax},
      {"DEL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\x7f\r\n\r\n", control_character},
      {"no colon", "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", field_syntax},
      {"empty name", "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", field_syntax},
      {"blank in a name", "GET / HTTP/1.1\r\nHost: a\r\nX Y: 1\r\n\r\n", field_syntax},
      {"blank before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", field_syntax},
      {"bracket in a name", "GET / HTTP/1.1\r\nHost: a\r\nX(: 1\r\n\r\n", field_syntax},
      {"non-ASCII in a name", "GET / HTTP/1.1\r\nHost: a\r\n\xe5\x85\xac: 1\r\n\r\n", field_syntax},
      {"65 fields", "GET / HTTP/1.1\r\nHost: a\r\n" + many_fields(64) + "\r\n", too_many_fields},
      {"17 KiB", "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(17 * 1024, 'x') + "\r\n\r\n",
       head_too_large},
      {"17 KiB without an end", "GET / HTTP/1.1\r\nX: " + std::string(17 * 1024, 'x'), head_too_large},
      {"Connection that is no list of tokens", post("Connection: close\xf3x: y\r\n"), field_syntax},
      {"another Expect", post("Expect: 200-ok\r\nContent-Length: 1\r\n"), expectation},
      // The first line.
      {"no version", first_line("GET /"), start_line},
      {"two blanks before the target", first_line("GET  / HTTP/1.1"), start_line},
      {"two blanks before the version", first_line("GET /  HTTP/1.1"), start_line},
      {"a tab as blank", first_line("GET\t/\tHTTP/1.1"), start_line},
      {"a blank behind", first_line("GET / HTTP/1.1 "), start_line},
      {"a blank before", first_line(" GET / HTTP/1.1"), start_line},
      {"version in lower case", first_line("GET / http/1.1"), start_line},
      {"version with two digits", first_line("GET / HTTP/1.10"), start_line},
      {"version 0.9", first_line("GET / HTTP/0.9"), version},
      {"version 1.2", first_line("GET / HTTP/1.2"), version},
      {"version 2.0", first_line("GET / HTTP/2.0"), version},
      {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\n", version},
      {"a method with a bracket", first_line("GE(T / HTTP/1.1"), start_line},
      {"a method of 33 letters", first_line(std::string(33, 'G') + " / HTTP/1.1"), start_line},
      {"CONNECT", first_line("CONNECT a:443 HTTP/1.1"), connect},
      {"absolute form", get("https://a/"), target_form},
      {"asterisk form", first_line("OPTIONS * HTTP/1.1"), target_form},
      {"no slash", get("v1"), target_form},
      {"a fragment", get("/a#b"), target_form},
      {"a backslash", get("/a\\b"), target_form},
      {"a quote", get("/a\"b"), target_form},
      {"raw UTF-8", get("/\xe5\x85\xac"), target_form},
      {"half a percent code", get("/a%4"), target_form},
      {"no percent code", get("/a%zz"), target_form},
      {"an encoded NUL", get("/a%00b"), target_form},
      {"5 KiB of target", get("/" + std::string(5 * 1024, 'a')), target_too_long},
  };
  return table;
}

const std::vector<Plain>& plain_heads() {
  using enum BodyFraming;
  static const std::vector<Plain> table{
      {"GET", get("/")},
      {"GET with a query", get("/v1/mailbox?limit=1&wait=20")},
      {"GET with percent codes", get("/v1/receipts/%E5%85%AC%20a?b=%2F")},
      {"sub-delimiters", get("/a-b._~!$&'()*+,;=:@/c?d/?e")},
      {"host with a port", "GET / HTTP/1.1\r\nHost: loangate.example:8443\r\n\r\n"},
      {"host in IPv4", "GET / HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n"},
      {"host in IPv6", "GET / HTTP/1.1\r\nHost: [::1]:65535\r\n\r\n"},
      {"host in upper case", "GET / HTTP/1.1\r\nHOST: A\r\n\r\n"},
      {"host behind tabs", "GET / HTTP/1.1\r\nHost:\t a \t\r\n\r\n"},
      {"POST with a length", post("Content-Length: 1900\r\n"), length, 1900},
      {"POST with length 0", post("Content-Length: 0\r\n"), length, 0},
      {"POST with leading zeros", post("Content-Length: 00012\r\n"), length, 12},
      {"POST with the longest length", post("Content-Length: 999999999999999\r\n"), length, 999999999999999},
      {"POST chunked", post("Transfer-Encoding: chunked\r\n"), chunked},
      {"POST Chunked", post("TRANSFER-ENCODING: Chunked\r\n"), chunked},
      {"POST without a body", post("")},
      {"closing", post("Connection: close\r\n"), none, 0, false},
      {"closing, in a list", post("Connection: x, Close\r\n"), none, 0, false},
      {"keeping", post("Connection: keep-alive\r\n")},
      {"HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", none, 0, false},
      {"HTTP/1.0 with a length", "POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 2\r\n\r\n", length, 2, false},
      {"an empty value", post("X:\r\n")},
      {"no blank behind the colon", post("X:1\r\n")},
      {"a tab in a value", post("X: a\tb\r\n")},
      {"a colon in a value", post("X: a:b\r\n")},
      {"UTF-8 in a value", post("X: \xe5\x85\xac\r\n")},
      {"a list in a value", post("Accept: a, b;q=0.5\r\n")},
      {"a field twice", post("X: 1\r\nX: 2\r\n")},
      {"Upgrade, which is ignored", post("Upgrade: h2c\r\n")},
      {"Expect", post("Expect: 100-Continue\r\nContent-Length: 1\r\n"), length, 1},
      {"64 fields", "GET / HTTP/1.1\r\nHost: a\r\n" + many_fields(63) + "\r\n"},
      {"4096 bytes of target", get("/" + std::string(4095, 'a'))},
      {"an own method", first_line("PROPFIND / HTTP/1.1")},
  };
  return table;
}

}  // namespace loangate::net::testing
