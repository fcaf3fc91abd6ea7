#include "bench/codec_times.hpp"

#include <iconv.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <functional>
#include <pugixml.hpp>
#include <utility>

#include "adapters/codec/codec.hpp"

namespace loangate::bench {
namespace {

// Few enough to stay in the processor's cache, as a message does that has just come or just been decided:
// with thousands of them the memory's speed is measured, of records more than of the bytes they came from.
constexpr std::size_t samples = 100;
constexpr std::size_t passes = 199;

struct Sample {
  std::string bytes;
  adapters::Decoded message;
};

/// The median, over the passes, of the mean time of one sample. A pass ends at the first sample that fails.
std::expected<double, std::string> time(const std::vector<Sample>& all,
                                        const std::function<bool(const Sample&)>& work) {
  std::vector<double> means;
  for (std::size_t pass = 0; pass < passes; ++pass) {
    const auto begun = std::chrono::steady_clock::now();
    if (!std::ranges::all_of(all, work)) return std::unexpected("the codec refused its own filing");
    const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - begun;
    means.push_back(spent.count() / static_cast<double>(all.size()));
  }
  std::ranges::nth_element(means, means.begin() + passes / 2);
  return means[passes / 2];
}

/// iconv as it comes, into space that is large enough.
class BareIconv {
 public:
  explicit BareIconv(adapters::Charset from)
      : handle_(::iconv_open("UTF-8", std::string(name(from)).c_str())), out_(65'536, '\0') {}
  ~BareIconv() { ::iconv_close(handle_); }
  BareIconv(const BareIconv&) = delete;
  BareIconv& operator=(const BareIconv&) = delete;

  bool convert(const std::string& bytes) {
    char* in = const_cast<char*>(bytes.data());
    std::size_t in_left = bytes.size();
    char* out = out_.data();
    std::size_t out_left = out_.size();
    return ::iconv(handle_, &in, &in_left, &out, &out_left) != static_cast<std::size_t>(-1);
  }

 private:
  iconv_t handle_;
  std::string out_;
};

std::expected<double, std::string> time_bare(const adapters::Profile& profile,
                                             const std::vector<Sample>& all) {
  switch (profile.format) {
    case adapters::Format::xml:
      return time(all, [](const Sample& sample) {
        return static_cast<bool>(pugi::xml_document().load_buffer(sample.bytes.data(), sample.bytes.size()));
      });
    case adapters::Format::json:
      return time(all, [](const Sample& sample) {
        boost::system::error_code fault;
        const boost::json::value value = boost::json::parse(sample.bytes, fault);
        return !fault && !value.is_null();
      });
    case adapters::Format::fixed:
      break;
  }
  BareIconv iconv(profile.charset);
  return time(all, [&](const Sample& sample) { return iconv.convert(sample.bytes); });
}

}  // namespace

std::expected<CodecTimes, std::string> time_codec(Filings& filings) {
  const adapters::Profile& profile = filings.profile();
  std::vector<Sample> all;
  for (std::size_t i = 0; i < samples; ++i) {
    auto bytes = filings.next();
    if (!bytes) return std::unexpected(bytes.error());
    auto message = adapters::decode(profile, *bytes);
    if (!message) return std::unexpected("the codec refused its own filing");
    all.push_back({*std::move(bytes), *std::move(message)});
  }
  const auto decode =
      time(all, [&](const Sample& sample) { return adapters::decode(profile, sample.bytes).has_value(); });
  const auto encode = time(all, [&](const Sample& sample) {
    return adapters::encode(profile, sample.message.kind, sample.message.record).has_value();
  });
  const auto bare = time_bare(profile, all);
  for (const auto* timed : {&decode, &encode, &bare}) {
    if (!*timed) return std::unexpected(timed->error());
  }
  return CodecTimes{*decode, *encode, *bare};
}

}  // namespace loangate::bench
