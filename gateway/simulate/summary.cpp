#include "simulate/summary.hpp"

#include "adapters/profile/profile.hpp"
#include "base/json_writer.hpp"

namespace loangate::simulate {
namespace {

/// Sums are strings of yuan: a number would become a double at the reader.
void member(JsonWriter& json, std::string_view name, Fen amount) {
  json.member(name, std::string_view(format_yuan(amount)));
}

void write_first_case(JsonWriter& json, const Summary::FirstCase& first) {
  json.key("first_case").begin_object();
  member(json, "loss", first.loss);
  member(json, "fund", first.fund);
  member(json, "guarantor", first.guarantor);
  member(json, "bank", first.bank);
  json.end_object();
}

void write_full_lives(JsonWriter& json, const Summary& s) {
  json.key("full_lives").begin_object();
  for (std::size_t i = 0; i < s.full_lives.size(); ++i) {
    json.key(security_codes().codes[i].name).begin_object();
    json.member("settled", s.full_lives[i].settled).member("written_off", s.full_lives[i].written_off);
    json.end_object();
  }
  json.end_object();
}

}  // namespace

std::string to_json(const Summary& s) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().member("partners", s.partners);
  json.key("messages").begin_object();
  for (const auto format : {adapters::Format::xml, adapters::Format::json, adapters::Format::fixed}) {
    json.member(adapters::name(format), s.messages[static_cast<std::size_t>(format)]);
  }
  json.end_object();
  json.member("accepted", s.accepted)
      .member("held", s.held)
      .member("rejected", s.rejected)
      .member("unreadable", s.unreadable)
      .member("duplicates", s.duplicates)
      .member("conflicts", s.conflicts)
      .member("notices_expected", s.notices_expected)
      .member("notices_delivered", s.notices_delivered)
      .member("instructions_expected", s.instructions_expected)
      .member("instructions_delivered", s.instructions_delivered)
      .member("remittances_expected", s.remittances_expected)
      .member("remittances_delivered", s.remittances_delivered)
      .member("reminders_delivered", s.reminders_delivered);
  member(json, "sum_expected", s.sum_expected);
  member(json, "sum_instructed", s.sum_instructed);
  member(json, "sum_paid", s.sum_paid);
  member(json, "sum_received", s.sum_received);
  member(json, "recovered", s.recovered);
  member(json, "returned", s.returned);
  member(json, "written_off", s.written_off);
  json.member("undelivered", s.undelivered).member("unpaid", s.unpaid);
  write_first_case(json, s.first_case);
  json.key("first_months").begin_object().member("loans", s.first_months.loans);
  member(json, "principal", s.first_months.principal);
  json.end_object();
  write_full_lives(json, s);
  json.key("second_programme").begin_object().member("loans", s.second_programme.loans);
  member(json, "instructed", s.second_programme.instructed);
  json.end_object();
  json.key("surprises").begin_array();
  for (const auto& surprise : s.surprises) json.value(std::string_view(surprise));
  json.end_array().end_object();
  return out;
}

}  // namespace loangate::simulate
