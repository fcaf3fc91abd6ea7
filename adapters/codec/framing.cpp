#include "adapters/codec/framing.hpp"

#include <fmt/format.h>

#include "adapters/codec/charset.hpp"
#include "adapters/codec/forms.hpp"
#include "adapters/codec/padding.hpp"

namespace loangate::adapters {

namespace {

bool length_agrees(const LengthPrefix& prefix, std::string_view whole, Faults& faults) {
  const std::string place = fmt::format("bytes 1-{}", prefix.digits);
  if (whole.size() < prefix.digits) {
    faults.add(
        FindingCode::framing_invalid, place,
        {{"what", fmt::format("{} bytes, the length prefix alone has {}", whole.size(), prefix.digits)}});
    return false;
  }
  const std::string_view text = whole.substr(0, prefix.digits);
  const auto stated = read_count(unpadded(text, prefix.padding, true));
  const std::size_t actual = prefix.counts_itself ? whole.size() : whole.size() - prefix.digits;
  if (!stated) {
    faults.add(FindingCode::framing_invalid, place,
               {{"what", fmt::format("length prefix `{}` is no number of {} digits",
                                     is_ascii(text) && is_printable(text) ? text : "?", prefix.digits)}});
    return false;
  }
  if (static_cast<std::uint64_t>(*stated) == actual) return true;
  faults.add(FindingCode::framing_invalid, place,
             {{"what", fmt::format("length prefix {}, actual {} ({})", *stated, actual,
                                   prefix.counts_itself ? "counting itself" : "not counting itself")}});
  return false;
}

}  // namespace

std::optional<Framed> unframe(const Profile& profile, std::string_view whole, Faults& faults, bool thorough) {
  const Framing& framing = profile.framing;
  std::string_view rest = whole;
  bool fits = true;
  if (framing.length) {
    fits = length_agrees(*framing.length, whole, faults);
    rest.remove_prefix(std::min<std::size_t>(framing.length->digits, rest.size()));
  }
  if (rest.size() < framing.header_size) {
    faults.add(FindingCode::framing_invalid, "header",
               {{"what", fmt::format("header has {} bytes, expected {}", rest.size(), framing.header_size)}});
    if (!thorough) return std::nullopt;
  }
  Framed framed{.whole = whole, .header = rest.substr(0, framing.header_size), .body = {}, .after_header = 0};
  rest.remove_prefix(framed.header.size());
  framed.after_header = rest.size();
  if (!rest.ends_with(framing.end)) {
    faults.add(FindingCode::framing_invalid, fmt::format("byte {}", whole.size()),
               {{"what", fmt::format("end mark {:?} is missing", framing.end)}});
    if (!thorough) return std::nullopt;
  } else {
    rest.remove_suffix(framing.end.size());
  }
  framed.body = rest;
  if (!fits && !thorough) return std::nullopt;
  return framed;
}

bool frame(const Framing& framing, std::string_view header, std::string_view body, std::string& out) {
  const std::size_t rest = header.size() + body.size() + framing.end.size();
  out.reserve(out.size() + rest + (framing.length ? framing.length->digits : 0));
  if (framing.length) {
    const LengthPrefix& prefix = *framing.length;
    const std::string digits = std::to_string(prefix.counts_itself ? rest + prefix.digits : rest);
    if (digits.size() > prefix.digits) return false;
    append_padded(digits, prefix.digits, prefix.padding, true, out);
  }
  out += header;
  out += body;
  out += framing.end;
  return true;
}

}  // namespace loangate::adapters
