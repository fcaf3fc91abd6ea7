#pragma once
#include <expected>
#include <string>
#include <vector>

#include "bench/filings.hpp"

namespace loangate::bench {

/// What one filing costs the codec, in microseconds: medians of several passes over many filings.
struct CodecTimes {
  double decode_us = 0;
  double encode_us = 0;
  double bare_parse_us =
      0;  // the bare parser on the same bytes: pugixml, Boost.JSON; fixed width: iconv to UTF-8
};

std::expected<CodecTimes, std::string> time_codec(Filings& filings);

}  // namespace loangate::bench
