#include "adapters/codec/charset.hpp"

#include <fmt/format.h>
#include <iconv.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

namespace loangate::adapters {

namespace {

constexpr std::uint8_t byte(char c) {
  return static_cast<std::uint8_t>(c);
}
constexpr bool within(std::uint8_t value, std::uint8_t least, std::uint8_t most) {
  return value >= least && value <= most;
}

/// A converter of the C library. Without it no partner could be read at all: a missing one stops the program.
class Iconv {
 public:
  Iconv(const char* to, const char* from) : handle_(iconv_open(to, from)) {
    if (handle_ == reinterpret_cast<iconv_t>(-1)) {
      fmt::print(stderr, "iconv knows no {} to {}: install the gconv modules of the C library\n", from, to);
      std::abort();
    }
  }
  ~Iconv() { iconv_close(handle_); }
  Iconv(const Iconv&) = delete;
  Iconv& operator=(const Iconv&) = delete;

  /// The whole input converted, at most eight bytes; empty if it is not one legal text.
  std::string_view operator()(std::string_view input) {
    iconv(handle_, nullptr, nullptr, nullptr, nullptr);
    char* from = const_cast<char*>(input.data());  // iconv's signature; it does not write there
    std::size_t left = input.size();
    char* to = room_.data();
    std::size_t space = room_.size();
    if (iconv(handle_, &from, &left, &to, &space) != 0 || left != 0) return {};
    return {room_.data(), room_.size() - space};
  }

 private:
  iconv_t handle_;
  std::array<char, 8> room_{};
};

/// One character of UTF-8 at the head of the text: its code point and length; length 0 if it is not legal.
struct Utf8Character {
  char32_t code = 0;
  std::size_t size = 0;
};

Utf8Character utf8_at(std::string_view text, std::size_t at) {
  const auto next = [&](std::size_t i) {
    return at + i < text.size() ? byte(text[at + i]) : std::uint8_t{0};
  };
  const std::uint8_t lead = next(0);
  if (lead < 0x80) return {lead, 1};
  const auto tail = [&](std::size_t i) { return static_cast<char32_t>(next(i) & 0x3f); };
  if (within(lead, 0xc2, 0xdf)) {
    if (!within(next(1), 0x80, 0xbf)) return {};
    return {(static_cast<char32_t>(lead & 0x1f) << 6) | tail(1), 2};
  }
  if (within(lead, 0xe0, 0xef)) {
    const std::uint8_t least = lead == 0xe0 ? 0xa0 : 0x80;  // no overlong forms
    const std::uint8_t most = lead == 0xed ? 0x9f : 0xbf;   // no surrogates
    if (!within(next(1), least, most) || !within(next(2), 0x80, 0xbf)) return {};
    return {(static_cast<char32_t>(lead & 0x0f) << 12) | (tail(1) << 6) | tail(2), 3};
  }
  if (within(lead, 0xf0, 0xf4)) {
    const std::uint8_t least = lead == 0xf0 ? 0x90 : 0x80;
    const std::uint8_t most = lead == 0xf4 ? 0x8f : 0xbf;  // up to U+10FFFF
    if (!within(next(1), least, most) || !within(next(2), 0x80, 0xbf) || !within(next(3), 0x80, 0xbf))
      return {};
    return {(static_cast<char32_t>(lead & 0x07) << 18) | (tail(1) << 12) | (tail(2) << 6) | tail(3), 4};
  }
  return {};
}

/// The two-byte codes of a Chinese charset, both ways.
class DoubleByteTable {
 public:
  static constexpr std::size_t trails = 0xff - 0x40;

  DoubleByteTable(const char* charset, bool rows_of_gb2312)
      : to_utf8_((0xff - 0x81) * trails), from_bmp_(0x10000) {
    // The mapping is GB18030's for all: GB2312's own differs for A1A4 and A1AA, which hosts mean as GBK has
    // them.
    Iconv exists("UTF-8", charset);
    Iconv mapping("UTF-8", "GB18030");
    for (unsigned lead = 0x81; lead < 0xff; ++lead) {
      for (unsigned trail = 0x40; trail < 0xff; ++trail) {
        if (rows_of_gb2312 && (lead < 0xa1 || lead > 0xf7 || trail < 0xa1)) continue;
        const std::array<char, 2> code{static_cast<char>(lead), static_cast<char>(trail)};
        const std::string_view bytes(code.data(), code.size());
        if (exists(bytes).empty()) continue;
        const std::string_view utf8 = mapping(bytes);
        if (utf8.empty()) continue;
        std::uint32_t packed = 0;
        std::memcpy(&packed, utf8.data(), utf8.size());
        to_utf8_[place(static_cast<std::uint8_t>(lead), static_cast<std::uint8_t>(trail))] = packed;
        const char32_t point = utf8_at(utf8, 0).code;
        const auto joined = static_cast<std::uint16_t>(lead << 8 | trail);
        if (point < from_bmp_.size()) {
          from_bmp_[point] = joined;
        } else {
          beyond_bmp_.push_back({point, joined});
        }
      }
    }
  }

  /// The character as UTF-8, packed in memory order into four bytes; 0 if there is none.
  std::uint32_t utf8(std::uint8_t lead, std::uint8_t trail) const {
    if (!within(lead, 0x81, 0xfe) || !within(trail, 0x40, 0xfe)) return 0;
    return to_utf8_[place(lead, trail)];
  }

  /// The two bytes, the first one high; 0 if there are none.
  std::uint16_t code(char32_t point) const {
    if (point < from_bmp_.size()) return from_bmp_[point];
    for (const Beyond& entry : beyond_bmp_) {
      if (entry.point == point) return entry.code;
    }
    return 0;
  }

 private:
  struct Beyond {
    char32_t point;
    std::uint16_t code;
  };
  static std::size_t place(std::uint8_t lead, std::uint8_t trail) {
    return (lead - 0x81u) * trails + (trail - 0x40u);
  }

  std::vector<std::uint32_t> to_utf8_;
  std::vector<std::uint16_t> from_bmp_;
  std::vector<Beyond> beyond_bmp_;  // six characters of GB18030
};

const DoubleByteTable& table(Charset charset) {
  static const DoubleByteTable gb18030("GB18030", false);
  static const DoubleByteTable gbk("GBK", false);
  static const DoubleByteTable gb2312("GB2312", true);
  switch (charset) {
    case Charset::gbk:
      return gbk;
    case Charset::gb2312:
      return gb2312;
    case Charset::utf8:
    case Charset::gb18030:
      break;
  }
  return gb18030;
}

constexpr std::size_t utf8_size(std::uint8_t lead) {
  return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

bool four_byte_shape(std::string_view bytes, std::size_t at) {
  return at + 4 <= bytes.size() && within(byte(bytes[at]), 0x81, 0xfe) &&
         within(byte(bytes[at + 1]), '0', '9') && within(byte(bytes[at + 2]), 0x81, 0xfe) &&
         within(byte(bytes[at + 3]), '0', '9');
}

/// The place of a four-byte code in their order.
constexpr std::uint32_t linear(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  return ((a - 0x81u) * 10 + (b - 0x30u)) * 1260 + (c - 0x81u) * 10 + (d - 0x30u);
}

/// Where the 2005 edition had characters that have two bytes since: U+9FB4–9FBB and U+FE10–FE19. (The six
/// beyond the BMP keep their four-byte codes by the rule that holds for all of those.)
constexpr char32_t moved_since_2005(std::uint32_t place) {
  constexpr std::uint32_t radicals = linear(0x82, 0x35, 0x90, 0x37);
  constexpr std::uint32_t vertical_forms = linear(0x84, 0x31, 0x82, 0x36);
  constexpr std::uint32_t beyond_bmp = linear(0x90, 0x30, 0x81, 0x30);
  if (place >= radicals && place < radicals + 8) return 0x9fb4 + (place - radicals);
  if (place >= vertical_forms && place < vertical_forms + 10) return 0xfe10 + (place - vertical_forms);
  if (place >= beyond_bmp && place <= beyond_bmp + 0xfffff) return 0x10000 + (place - beyond_bmp);
  return 0;
}

void append_code_point(char32_t point, std::string& out) {
  if (point < 0x10000) {
    out += static_cast<char>(0xe0 | point >> 12);
  } else {
    out += static_cast<char>(0xf0 | point >> 18);
    out += static_cast<char>(0x80 | (point >> 12 & 0x3f));
  }
  out += static_cast<char>(0x80 | (point >> 6 & 0x3f));
  out += static_cast<char>(0x80 | (point & 0x3f));
}

/// One four-byte code of GB18030; false if it is none.
bool append_four_byte(std::string_view code, std::string& out) {
  thread_local Iconv convert("UTF-8", "GB18030");
  if (const std::string_view utf8 = convert(code); !utf8.empty()) {
    out += utf8;
    return true;
  }
  const char32_t point = moved_since_2005(linear(byte(code[0]), byte(code[1]), byte(code[2]), byte(code[3])));
  if (point == 0) return false;
  append_code_point(point, out);
  return true;
}

/// How many bytes from `at` on are ASCII.
std::size_t ascii_run(std::string_view bytes, std::size_t at) {
  constexpr std::uint64_t high_bits = 0x8080808080808080;
  const std::size_t begin = at;
  for (; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes.data() + at, 8);
    if (const std::uint64_t high = eight & high_bits; high != 0) {
      static_assert(std::endian::native == std::endian::little);
      return at - begin + static_cast<std::size_t>(std::countr_zero(high)) / 8;
    }
  }
  while (at < bytes.size() && byte(bytes[at]) < 0x80) ++at;
  return at - begin;
}

std::expected<void, CharsetFault> append_checked_utf8(std::string_view bytes, std::string& out) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    at += ascii_run(bytes, at);
    while (at < bytes.size() && byte(bytes[at]) >= 0x80) {
      const std::size_t size = utf8_at(bytes, at).size;
      if (size == 0) {
        out += bytes.substr(0, at);
        return std::unexpected(CharsetFault{at});
      }
      at += size;
    }
  }
  out += bytes;
  return {};
}

}  // namespace

std::string_view name(Charset charset) {
  switch (charset) {
    case Charset::utf8:
      return "UTF-8";
    case Charset::gb18030:
      return "GB18030";
    case Charset::gbk:
      return "GBK";
    case Charset::gb2312:
      return "GB2312";
  }
  return {};
}

std::optional<Charset> charset_named(std::string_view text) {
  const auto same = [](char a, char b) { return (a >= 'a' && a <= 'z' ? a - 'a' + 'A' : a) == b; };
  for (const Charset charset : {Charset::utf8, Charset::gb18030, Charset::gbk, Charset::gb2312}) {
    if (std::ranges::equal(text, name(charset), same)) return charset;
  }
  if (std::ranges::equal(text, std::string_view("UTF8"), same)) return Charset::utf8;
  return std::nullopt;
}

bool is_ascii(std::string_view bytes) {
  return ascii_run(bytes, 0) == bytes.size();
}

std::expected<void, CharsetFault> append_utf8(Charset from, std::string_view bytes, std::string& out) {
  if (from == Charset::utf8) return append_checked_utf8(bytes, out);
  const DoubleByteTable& codes = table(from);
  // Two bytes become at most three, four at most four: room for all at once, and for what the last copy of
  // four bytes writes beyond its character.
  const std::size_t begin = out.size();
  const std::size_t ascii = ascii_run(bytes, 0);
  const std::size_t most = begin + bytes.size() + (bytes.size() - ascii) / 2 + 4;
  std::optional<CharsetFault> fault;
  out.resize_and_overwrite(most, [&](char* data, std::size_t) {
    char* to = data + begin;
    const auto copy = [&to](std::string_view text) {
      std::memcpy(to, text.data(), text.size());
      to += text.size();
    };
    copy(bytes.substr(0, ascii));
    for (std::size_t at = ascii; at < bytes.size() && !fault;) {
      const std::uint8_t lead = byte(bytes[at]);
      const std::uint32_t packed = at + 1 < bytes.size() ? codes.utf8(lead, byte(bytes[at + 1])) : 0;
      if (packed != 0) {
        std::memcpy(to, &packed, sizeof packed);
        to += utf8_size(byte(*to));
        at += 2;
      } else if (lead < 0x80) {
        const std::size_t run = ascii_run(bytes, at);
        copy(bytes.substr(at, run));
        at += run;
      } else if (from == Charset::gb18030 && four_byte_shape(bytes, at)) {
        thread_local std::string character;
        character.clear();
        if (!append_four_byte(bytes.substr(at, 4), character)) fault = CharsetFault{at};
        copy(character);
        at += 4;
      } else {
        fault = CharsetFault{at};
      }
    }
    return static_cast<std::size_t>(to - data);
  });
  if (fault) return std::unexpected(*fault);
  return {};
}

std::expected<void, CharsetFault> append_encoded(Charset to, std::string_view utf8, std::string& out) {
  if (to == Charset::utf8) return append_checked_utf8(utf8, out);
  const DoubleByteTable& codes = table(to);
  std::size_t at = 0;
  while (at < utf8.size()) {
    const std::size_t run = ascii_run(utf8, at);
    out += utf8.substr(at, run);
    at += run;
    if (at == utf8.size()) break;
    const auto [point, size] = utf8_at(utf8, at);
    if (size == 0) return std::unexpected(CharsetFault{at});
    if (const std::uint16_t code = codes.code(point); code != 0) {
      out += static_cast<char>(code >> 8);
      out += static_cast<char>(code & 0xff);
    } else {
      if (to != Charset::gb18030) return std::unexpected(CharsetFault{at});
      thread_local Iconv convert("GB18030", "UTF-8");
      const std::string_view four = convert(utf8.substr(at, size));
      if (four.empty()) return std::unexpected(CharsetFault{at});
      out += four;
    }
    at += size;
  }
  return {};
}

std::size_t character_size(Charset charset, std::string_view bytes, std::size_t at) {
  if (byte(bytes[at]) < 0x80) return 1;
  if (charset == Charset::utf8) return std::max<std::size_t>(utf8_at(bytes, at).size, 1);
  if (at + 1 < bytes.size() && table(charset).utf8(byte(bytes[at]), byte(bytes[at + 1])) != 0) return 2;
  return charset == Charset::gb18030 && four_byte_shape(bytes, at) ? 4 : 1;
}

std::string_view whole_characters(Charset charset, std::string_view bytes, std::size_t limit) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::size_t size = character_size(charset, bytes, at);
    if (at + size > limit) break;
    at += size;
  }
  return bytes.substr(0, at);
}

}  // namespace loangate::adapters
