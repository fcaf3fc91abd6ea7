#include "bench/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "base/json_writer.hpp"

namespace loangate::bench {
namespace {

class NumberWriter {
 public:
  explicit NumberWriter(JsonWriter& json) : json_(json) {}
  NumberWriter& operator()(std::string_view name, double number) {
    json_.key(name).raw(fmt::format("{:.3f}", number));
    return *this;
  }

 private:
  JsonWriter& json_;
};

}  // namespace

double Figures::loaded_filings_per_s() const {
  double least = 0;
  for (const auto& [name, format] : formats) {
    least = least == 0 ? format.loaded_filings_per_s : std::min(least, format.loaded_filings_per_s);
  }
  return least;
}

double Figures::most_filings_per_s() const {
  double most = 0;
  for (const auto& [name, format] : formats) most = std::max(most, format.filings_per_s);
  return most;
}

std::vector<Goal> goals(const Figures& f) {
  std::vector<Goal> all;
  const double reference = std::min(f.null_per_s, f.store_per_s);
  const bool fast_machine = f.null_per_s >= 30'000;
  for (const auto& [name, format] : f.formats) {
    all.push_back(
        {name + " filings/s", format.filings_per_s, true, 0.6 * reference, "0.6 x lower reference"});
    if (fast_machine)
      all.push_back({name + " filings/s", format.filings_per_s, true, 10'000, "where null does 30,000"});
    all.push_back({name + " loaded filings/s", format.loaded_filings_per_s, true, 0.6 * f.loaded_store_per_s,
                   "0.6 x loaded store"});
    if (fast_machine)
      all.push_back(
          {name + " loaded filings/s", format.loaded_filings_per_s, true, 10'000, "where null does 30,000"});
  }
  all.push_back({"one connection, filings/s", f.single_connection_per_s, true, 0.35 * f.flush_per_s,
                 "0.35 x flush rate"});
  all.push_back({"half load p99, ms", f.half_load_p99_ms, false, 5, ""});
  all.push_back(
      {"half load p99, ms", f.half_load_p99_ms, false, 3 * f.null_half_load_p99_ms, "3 x null server"});
  for (const auto& [name, format] : f.formats) {
    all.push_back({name + " decode, us", format.codec.decode_us, false, 5 * format.codec.bare_parse_us,
                   "5 x bare parser"});
    all.push_back({name + " encode, us", format.codec.encode_us, false, format.codec.decode_us, "decode"});
  }
  for (const auto& [name, format] : f.formats) {
    const std::string what = "batch " + name;
    all.push_back(
        {what + " records/s", format.batch_records_per_s, true, name == "xml" ? 12'000.0 : 15'000.0, ""});
    all.push_back({what + " records/s", format.batch_records_per_s, true, 0.6 * format.batch_store_per_s,
                   "0.6 x store in turn with it"});
    all.push_back({what + " memory above idle, MB", format.batch_peak_mb, false, 128, ""});
  }
  all.push_back({"memory idle, MB", f.rss_idle_mb, false, 64, ""});
  all.push_back({"memory loaded, MB", f.rss_loaded_mb, false, 256, ""});
  all.push_back({"start to first answer, ms", f.start_ms, false, 1000, ""});
  all.push_back({"generator's ceiling/s", f.generator_ceiling_per_s, true, 2 * f.most_filings_per_s(),
                 "2 x fastest format"});
  return all;
}

std::string as_json(const Figures& f) {
  std::string text;
  JsonWriter json(text);
  NumberWriter number(json);
  json.begin_object();
  json.key("formats").begin_object();
  for (const auto& [name, format] : f.formats) {
    json.key(name).begin_object().member("bank", std::string_view(format.bank));
    number("bytes", format.bytes)("filings_per_s", format.filings_per_s)("p50_ms", format.p50_ms);
    number("p99_ms", format.p99_ms)("server_cpu_us", format.server_cpu_us);
    number("loaded_filings_per_s", format.loaded_filings_per_s)("loaded_p99_ms", format.loaded_p99_ms);
    number("decode_us", format.codec.decode_us)("encode_us", format.codec.encode_us);
    number("bare_parse_us", format.codec.bare_parse_us);
    json.end_object();
  }
  json.end_object();
  json.key("batch").begin_object();
  for (const auto& [name, format] : f.formats) {
    json.key(name).begin_object();
    number("records_per_s", format.batch_records_per_s)("store_per_s", format.batch_store_per_s);
    number("ratio",
           format.batch_store_per_s == 0 ? 0 : format.batch_records_per_s / format.batch_store_per_s);
    number("peak_mb_above_idle", format.batch_peak_mb);
    json.end_object();
  }
  json.end_object();
  number("loaded_filings_per_s", f.loaded_filings_per_s())("loaded_store_per_s", f.loaded_store_per_s);
  number("null_per_s", f.null_per_s)("null_p99_ms", f.null_p99_ms)("null_cpu_us", f.null_cpu_us);
  number("generator_ceiling_per_s", f.generator_ceiling_per_s);
  number("store_per_s", f.store_per_s)("flush_per_s", f.flush_per_s);
  number("single_connection_per_s", f.single_connection_per_s)("single_connection_p99_ms",
                                                               f.single_connection_p99_ms);
  number("half_load_rate", f.half_load_rate)("half_load_p99_ms", f.half_load_p99_ms);
  number("null_half_load_p99_ms", f.null_half_load_p99_ms);
  number("rss_idle_mb", f.rss_idle_mb)("rss_loaded_mb", f.rss_loaded_mb)("start_ms", f.start_ms);
  json.key("setting").begin_object();
  json.member("connections", f.connections).member("runs", f.runs).member("messages", f.messages);
  json.member("batch_records", f.batch_records);
  number("seconds", f.seconds);
  json.end_object();
  json.key("goals").begin_array();
  for (const Goal& goal : goals(f)) {
    json.begin_object().member("what", std::string_view(goal.what));
    number("figure", goal.figure)(goal.at_least ? "at_least" : "at_most", goal.bound);
    json.member("holds", goal.holds()).end_object();
  }
  json.end_array().end_object();
  return text;
}

std::string as_text(const Figures& f) {
  std::string text;
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "{} connections, runs of {} s, medians of {}; loaded: {} filings in the store\n\n",
                 f.connections, f.seconds, f.runs, f.messages);
  fmt::format_to(out, "{:8} {:10} {:>6} {:>10} {:>8} {:>8} {:>8} {:>10} {:>8} {:>10} {:>10} {:>10}\n",
                 "format", "bank", "bytes", "filings/s", "p50 ms", "p99 ms", "cpu us", "loaded/s", "p99 ms",
                 "decode us", "encode us", "bare us");
  for (const auto& [name, format] : f.formats) {
    fmt::format_to(out,
                   "{:8} {:10} {:>6.0f} {:>10.0f} {:>8.2f} {:>8.2f} {:>8.1f} {:>10.0f} {:>8.2f} {:>10.2f} "
                   "{:>10.2f} {:>10.2f}\n",
                   name, format.bank, format.bytes, format.filings_per_s, format.p50_ms, format.p99_ms,
                   format.server_cpu_us, format.loaded_filings_per_s, format.loaded_p99_ms,
                   format.codec.decode_us, format.codec.encode_us, format.codec.bare_parse_us);
  }
  const auto row = [&](std::string_view what, double figure, std::string_view remark = {}) {
    fmt::format_to(out, "{:34} {:>12.2f}  {}\n", what, figure, remark);
  };
  text += '\n';
  for (const auto& [name, format] : f.formats) {
    row(fmt::format("batch {}, records/s", name), format.batch_records_per_s,
        fmt::format("{} records in a file; store {:.0f}/s; {:.0f} MB above idle", f.batch_records,
                    format.batch_store_per_s, format.batch_peak_mb));
  }
  row("null server, answers/s", f.null_per_s,
      fmt::format("p99 {:.2f} ms, {:.1f} us CPU an answer", f.null_p99_ms, f.null_cpu_us));
  row("generator's ceiling/s", f.generator_ceiling_per_s,
      "one core, by its CPU time against the null server");
  row("store reference, messages/s", f.store_per_s);
  row("the same, loaded", f.loaded_store_per_s);
  row("flushes/s", f.flush_per_s);
  row("one connection, filings/s", f.single_connection_per_s,
      fmt::format("p99 {:.2f} ms", f.single_connection_p99_ms));
  row("half load p99, ms", f.half_load_p99_ms, fmt::format("open loop, {:.0f}/s", f.half_load_rate));
  row("null server at the same rate, ms", f.null_half_load_p99_ms, "with a flush for each group");
  row("memory idle, MB", f.rss_idle_mb);
  row("memory loaded, MB", f.rss_loaded_mb);
  row("start to first answer, ms", f.start_ms, "loaded");
  fmt::format_to(out, "\n{:34} {:>12}  {:>14}  {:>6}\n", "goal", "figure", "bound", "");
  for (const Goal& goal : goals(f)) {
    fmt::format_to(out, "{:34} {:>12.2f}  {} {:>11.2f}  {:6} {}\n", goal.what, goal.figure,
                   goal.at_least ? ">=" : "<=", goal.bound, goal.holds() ? "holds" : "MISSED",
                   goal.bound_from);
  }
  return text;
}

}  // namespace loangate::bench
