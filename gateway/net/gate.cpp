#include "net/gate.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace loangate::net {
namespace {

using Table = std::array<bool, 256>;

constexpr Table table_of(std::string_view extra) {
  Table table{};
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = true;
  for (unsigned c = 'A'; c <= 'Z'; ++c) table[c] = table[c + 32] = true;
  for (const char c : extra) table[static_cast<unsigned char>(c)] = true;
  return table;
}

constexpr Table token_bytes = table_of("!#$%&'*+-.^_`|~");
constexpr Table target_bytes = table_of("-._~!$&'()*+,;=:@/?%");
constexpr Table name_bytes = table_of("-._");

/// Visible ASCII, blanks and bytes above 127: what a field's value may consist of.
constexpr Table value_bytes = [] {
  Table table{};
  for (unsigned c = 0x20; c < 256; ++c) table[c] = c != 0x7f;
  table['\t'] = true;
  return table;
}();

bool all_of(std::string_view text, const Table& table) {
  return std::all_of(text.begin(), text.end(), [&](char c) { return table[static_cast<unsigned char>(c)]; });
}

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// An absolute path with an optional query, well-formed percent encoding, and no encoded NUL.
bool is_origin_form(std::string_view target) {
  if (!target.starts_with('/') || !all_of(target, target_bytes)) return false;
  for (std::size_t at = target.find('%'); at != std::string_view::npos; at = target.find('%', at + 3)) {
    if (target.size() - at < 3) return false;
    const int high = hex_value(target[at + 1]);
    const int low = hex_value(target[at + 2]);
    if (high < 0 || low < 0 || high + low == 0) return false;
  }
  return true;
}

/// A name, an IPv4 address or a bracketed IPv6 address, and perhaps a port.
bool is_host(std::string_view host) {
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    if (end == std::string_view::npos || end < 3) return false;
    const std::string_view address = host.substr(1, end - 1);
    if (address.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return false;
    host.remove_prefix(end + 1);
    if (host.empty()) return true;
  } else {
    const std::size_t colon = std::min(host.find(':'), host.size());
    if (colon == 0 || !all_of(host.substr(0, colon), name_bytes)) return false;
    if (colon == host.size()) return true;
    host.remove_prefix(colon);
  }
  return host.front() == ':' && host.size() >= 2 && host.size() <= 6 &&
         std::all_of(host.begin() + 1, host.end(), is_digit);
}

/// Takes the next line off the front of a text whose lines all end in CR LF; bare CR and LF are faults.
std::expected<std::string_view, GateFault> next_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos || end == 0 || text[end - 1] != '\r') {
    return std::unexpected(GateFault::control_character);
  }
  const std::string_view line = text.substr(0, end - 1);
  text.remove_prefix(end + 1);
  return line;
}

std::optional<GateFault> read_version(std::string_view version, HeadShape& shape) {
  if (version == "HTTP/1.1" || version == "HTTP/1.0") {
    shape.http_1_1 = version.back() == '1';
    shape.keep_alive = shape.http_1_1;
    return std::nullopt;
  }
  const bool some_version = version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
                            version[6] == '.' && is_digit(version[7]);
  return some_version ? GateFault::version : GateFault::start_line;
}

std::optional<GateFault> read_request_line(std::string_view line, HeadShape& shape) {
  if (!all_of(line, value_bytes)) return GateFault::control_character;
  const std::size_t first = line.find(' ');
  if (first == std::string_view::npos) return GateFault::start_line;
  const std::size_t second = line.find(' ', first + 1);
  if (second == std::string_view::npos) return GateFault::start_line;
  shape.method = line.substr(0, first);
  shape.target = line.substr(first + 1, second - first - 1);
  if (shape.method.empty() || shape.method.size() > 32 || !all_of(shape.method, token_bytes)) {
    return GateFault::start_line;
  }
  if (const auto fault = read_version(line.substr(second + 1), shape)) return fault;
  if (shape.method == "CONNECT") return GateFault::connect;
  if (shape.target.size() > max_target_bytes) return GateFault::target_too_long;
  if (!is_origin_form(shape.target)) return GateFault::target_form;
  return std::nullopt;
}

std::optional<GateFault> read_status_line(std::string_view line, HeadShape& shape) {
  if (!all_of(line, value_bytes)) return GateFault::control_character;
  if (line.size() < 12 || line[8] != ' ' || (line.size() > 12 && line[12] != ' '))
    return GateFault::start_line;
  if (const auto fault = read_version(line.substr(0, 8), shape)) return fault;
  const std::string_view digits = line.substr(9, 3);
  if (!std::all_of(digits.begin(), digits.end(), is_digit) || digits[0] == '0') return GateFault::start_line;
  shape.status = static_cast<unsigned>((digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0'));
  return std::nullopt;
}

/// The few fields that decide how a message is read, and how often they stood there.
struct Framers {
  unsigned hosts = 0;
  unsigned lengths = 0;
  unsigned encodings = 0;
};

std::optional<GateFault> read_length(std::string_view value, HeadShape& shape) {
  // 15 digits cannot overflow; a sign, a blank inside or a comma is no digit.
  if (value.empty() || value.size() > 15 || !std::all_of(value.begin(), value.end(), is_digit)) {
    return GateFault::content_length;
  }
  shape.length = 0;
  for (const char c : value) shape.length = shape.length * 10 + static_cast<unsigned>(c - '0');
  return std::nullopt;
}

std::optional<GateFault> read_connection(std::string_view value, HeadShape& shape) {
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    const std::string_view option = trimmed(value.substr(0, comma));
    if (!all_of(option, token_bytes)) return GateFault::field_syntax;
    if (same_token(option, "close")) shape.keep_alive = false;
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
  return std::nullopt;
}

std::optional<GateFault> read_framer(const Field& field, Framers& framers, HeadShape& shape) {
  switch (field.name.size()) {
    case 4:
      if (!same_token(field.name, "host")) break;
      if (++framers.hosts > 1 || !is_host(field.value)) return GateFault::host;
      break;
    case 6:
      if (!same_token(field.name, "expect")) break;
      if (!same_token(field.value, "100-continue")) return GateFault::expectation;
      shape.expects_continue = shape.http_1_1;
      break;
    case 10:
      if (same_token(field.name, "connection")) return read_connection(field.value, shape);
      break;
    case 14:
      if (!same_token(field.name, "content-length")) break;
      if (++framers.lengths > 1) return GateFault::content_length;
      return read_length(field.value, shape);
    case 17:
      if (!same_token(field.name, "transfer-encoding")) break;
      if (++framers.encodings > 1 || !shape.http_1_1 || !same_token(field.value, "chunked")) {
        return GateFault::transfer_encoding;
      }
      break;
    default:
      break;
  }
  return std::nullopt;
}

std::optional<GateFault> read_fields(std::string_view text, Framers& framers, HeadShape& shape) {
  for (;;) {
    const auto line = next_line(text);
    if (!line) return line.error();
    if (line->empty()) break;
    if (line->front() == ' ' || line->front() == '\t') return GateFault::folded_field;
    const std::size_t colon = line->find(':');
    if (colon == std::string_view::npos || colon == 0) return GateFault::field_syntax;
    const Field field{.name = line->substr(0, colon), .value = trimmed(line->substr(colon + 1))};
    if (!all_of(field.value, value_bytes)) return GateFault::control_character;
    if (!all_of(field.name, token_bytes)) return GateFault::field_syntax;
    if (shape.fields.size() == max_fields) return GateFault::too_many_fields;
    shape.fields.push_back(field);
    if (const auto fault = read_framer(field, framers, shape)) return fault;
  }
  if (!text.empty()) return GateFault::field_syntax;
  if (framers.encodings > 0 && framers.lengths > 0) return GateFault::both_framings;
  if (framers.encodings > 0) shape.framing = BodyFraming::chunked;
  if (framers.lengths > 0) shape.framing = BodyFraming::length;
  return std::nullopt;
}

}  // namespace

std::expected<std::size_t, GateFault> find_head_end(std::string_view received, std::size_t scanned) {
  const std::string_view window = received.substr(0, max_head_bytes);
  for (std::size_t at = window.find('\n', scanned); at != std::string_view::npos;
       at = window.find('\n', at + 1)) {
    if (at == 0 || window[at - 1] != '\r') return std::unexpected(GateFault::control_character);
    if (at == 1) return std::unexpected(GateFault::start_line);
    if (window[at - 2] == '\n') return at + 1;
  }
  if (received.size() >= max_head_bytes) return std::unexpected(GateFault::head_too_large);
  return 0;
}

std::expected<HeadShape, GateFault> gate(std::string_view head) {
  std::expected<HeadShape, GateFault> shape;
  Framers framers;
  if (head.size() > max_head_bytes) return std::unexpected(GateFault::head_too_large);
  const auto line = next_line(head);
  if (!line) return std::unexpected(line.error());
  if (const auto fault = read_request_line(*line, *shape)) return std::unexpected(*fault);
  if (const auto fault = read_fields(head, framers, *shape)) return std::unexpected(*fault);
  if (shape->http_1_1 && framers.hosts == 0) return std::unexpected(GateFault::host);
  return shape;
}

std::expected<HeadShape, GateFault> gate_response(std::string_view head, std::string_view method) {
  std::expected<HeadShape, GateFault> shape;
  Framers framers;
  if (head.size() > max_head_bytes) return std::unexpected(GateFault::head_too_large);
  const auto line = next_line(head);
  if (!line) return std::unexpected(line.error());
  if (const auto fault = read_status_line(*line, *shape)) return std::unexpected(*fault);
  if (const auto fault = read_fields(head, framers, *shape)) return std::unexpected(*fault);
  if (method == "HEAD" || shape->status < 200 || shape->status == 204 || shape->status == 304) {
    shape->framing = BodyFraming::none;
  } else if (shape->framing == BodyFraming::none) {
    shape->framing = BodyFraming::until_close;
    shape->keep_alive = false;
  }
  return shape;
}

std::expected<std::size_t, GateFault> ChunkedReader::read(std::string_view arrived, std::string& body) {
  std::size_t at = 0;
  while (at < arrived.size() && state_ != State::done) {
    const char c = arrived[at];
    switch (state_) {
      case State::size:
        if (const int digit = hex_value(c); digit >= 0) {
          if (++digits_ > 8) return std::unexpected(GateFault::chunk_syntax);
          left_ = left_ * 16 + static_cast<std::size_t>(digit);
        } else if (c == '\r' && digits_ > 0) {
          if (left_ > limit_ || body.size() > limit_ - left_)
            return std::unexpected(GateFault::body_too_large);
          state_ = State::size_lf;
        } else {
          return std::unexpected(GateFault::chunk_syntax);
        }
        ++at;
        break;
      case State::size_lf:
        if (c != '\n') return std::unexpected(GateFault::chunk_syntax);
        state_ = left_ == 0 ? State::end_cr : State::data;
        ++at;
        break;
      case State::data: {
        const std::size_t piece = std::min(left_, arrived.size() - at);
        body.append(arrived, at, piece);
        at += piece;
        left_ -= piece;
        if (left_ == 0) state_ = State::data_cr;
        break;
      }
      case State::data_cr:
        if (c != '\r') return std::unexpected(GateFault::chunk_syntax);
        state_ = State::data_lf;
        ++at;
        break;
      case State::data_lf:
        if (c != '\n') return std::unexpected(GateFault::chunk_syntax);
        state_ = State::size;
        digits_ = 0;
        ++at;
        break;
      case State::end_cr:
        if (c != '\r') return std::unexpected(GateFault::trailer);
        state_ = State::end_lf;
        ++at;
        break;
      case State::end_lf:
        if (c != '\n') return std::unexpected(GateFault::chunk_syntax);
        state_ = State::done;
        ++at;
        break;
      case State::done:
        break;
    }
  }
  return at;
}

unsigned status_of(GateFault fault) {
  switch (fault) {
    case GateFault::head_too_large:
    case GateFault::too_many_fields:
      return 431;
    case GateFault::target_too_long:
      return 414;
    case GateFault::version:
      return 505;
    case GateFault::expectation:
      return 417;
    case GateFault::connect:
      return 501;
    case GateFault::body_too_large:
      return 413;
    case GateFault::control_character:
    case GateFault::start_line:
    case GateFault::target_form:
    case GateFault::field_syntax:
    case GateFault::folded_field:
    case GateFault::host:
    case GateFault::content_length:
    case GateFault::transfer_encoding:
    case GateFault::both_framings:
    case GateFault::chunk_syntax:
    case GateFault::trailer:
      return 400;
  }
  return 400;
}

std::string_view explain(GateFault fault) {
  switch (fault) {
    case GateFault::head_too_large:
      return "请求头超过16 KiB，请缩短。The head is larger than 16 KiB: shorten it.";
    case GateFault::too_many_fields:
      return "请求头字段超过64个，请减少。There are more than 64 header fields: send fewer.";
    case GateFault::target_too_long:
      return "请求路径超过4096字节，请缩短。The target is longer than 4096 bytes: shorten it.";
    case GateFault::control_character:
      return "请求头含控制字符或单独的CR、LF，行必须以CRLF结束。The head has a control character, or a CR or "
             "LF "
             "alone: end lines with CRLF.";
    case GateFault::start_line:
      return "首行格式错误，应为“方法 路径 HTTP/1.1”。The first line is malformed: write `METHOD /path "
             "HTTP/1.1`.";
    case GateFault::target_form:
      return "路径必须以/开头，百分号编码必须正确。The target must begin with / and its percent encoding "
             "must be "
             "well-formed.";
    case GateFault::version:
      return "只支持HTTP/1.1和HTTP/1.0。Only HTTP/1.1 and HTTP/1.0 are spoken here.";
    case GateFault::field_syntax:
      return "请求头字段格式错误，应为“名称: 值”，冒号前不得有空格。A header field is malformed: write "
             "`Name: value` "
             "without a blank before the colon.";
    case GateFault::folded_field:
      return "请求头字段不得折行。A header field must not go on in the next line.";
    case GateFault::host:
      return "必须有且仅有一个正确的Host字段。Send exactly one well-formed Host field.";
    case GateFault::content_length:
      return "Content-Length必须唯一且为十进制数字。Send at most one Content-Length, a plain decimal number.";
    case GateFault::transfer_encoding:
      return "Transfer-Encoding只能是chunked，且仅限HTTP/1.1。Transfer-Encoding may only be `chunked`, once, "
             "in "
             "HTTP/1.1.";
    case GateFault::both_framings:
      return "Content-Length与Transfer-Encoding不得同时出现。Send Content-Length or Transfer-Encoding, not "
             "both.";
    case GateFault::expectation:
      return "Expect只支持100-continue。The only Expect served is 100-continue.";
    case GateFault::connect:
      return "不支持CONNECT方法。CONNECT is not served here.";
    case GateFault::chunk_syntax:
      return "分块编码格式错误，不支持分块扩展。The chunked coding is malformed; chunk extensions are not "
             "taken.";
    case GateFault::trailer:
      return "不接受尾部字段。Trailer fields are not taken.";
    case GateFault::body_too_large:
      return "报文体超过上限。The body is larger than the limit.";
  }
  return {};
}

}  // namespace loangate::net
