#include "ops/flow/files.hpp"

#include "base/json_writer.hpp"

namespace loangate::ops {
namespace {

std::string_view name_of(net::NotTaken why) {
  switch (why) {
    case net::NotTaken::arriving:
      return "arriving";
    case net::NotTaken::incomplete:
      return "incomplete";
    case net::NotTaken::unknown_name:
      return "unknown_name";
    case net::NotTaken::not_a_file:
      return "not_a_file";
    case net::NotTaken::several_links:
      return "several_links";
    case net::NotTaken::unreadable:
      return "unreadable";
    case net::NotTaken::too_large:
      return "too_large";
    case net::NotTaken::marker_differs:
      return "marker_differs";
  }
  __builtin_trap();
}

void write_counts(JsonWriter& json, const net::PartnerFiles& files) {
  const auto refused = std::ranges::count_if(files.look.waiting, [](const net::DropFolder::Waiting& each) {
    return each.why != net::NotTaken::arriving;
  });
  json.member("arriving",
              static_cast<std::uint64_t>(files.look.waiting.size()) - static_cast<std::uint64_t>(refused))
      .member("refused", static_cast<std::uint64_t>(refused))
      .member("in_work", static_cast<std::uint64_t>(files.work.size()));
}

void write_expected(JsonWriter& json, const net::PartnerFiles& files) {
  if (files.expected_by.empty()) return;
  json.member("expected_by", files.expected_by)
      .member("expected_days", files.every_day ? "every" : "working");
  if (files.next_due) json.member("next_due", format(*files.next_due));
  json.key("missing").begin_array();
  for (const Date day : files.missing) json.value(format(day));
  json.end_array();
}

void write(JsonWriter& json, const net::PartnerFiles& files) {
  json.begin_object().member("partner", files.partner.view());
  write_counts(json, files);
  json.key("waiting").begin_array();
  for (const net::DropFolder::Waiting& each : files.look.waiting)
    json.begin_object().member("name", each.name).member("why", name_of(each.why)).end_object();
  json.end_array().member("more", files.look.more);
  json.key("work").begin_array();
  for (const net::DropFolder::Taken& taken : files.work)
    json.begin_object().member("name", taken.name).member("complete", format(taken.complete)).end_object();
  json.end_array();
  if (!files.fault.empty()) {
    json.member("fault", files.fault).member("attempts", static_cast<std::uint64_t>(files.attempts));
  }
  if (files.last) {
    json.member("last", files.last->name)
        .member("last_complete", format(files.last->complete))
        .member("last_sha256", files.last->sha256);
  }
  write_expected(json, files);
  json.end_object();
}

}  // namespace

boost::asio::awaitable<Reply> read_files(const Operations& operations, const Call&) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("files").begin_array();
  if (operations.files) {
    for (const net::PartnerFiles& files : operations.files()) write(json, files);
  }
  json.end_array().end_object();
  co_return json_answer(body);
}

}  // namespace loangate::ops
