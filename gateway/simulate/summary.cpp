#include "base/json_writer.hpp"
#include "simulate/scenario.hpp"

namespace loangate::simulate {

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
      .member("sum_expected", std::string_view(format_yuan(s.sum_expected)))
      .member("sum_instructed", std::string_view(format_yuan(s.sum_instructed)))
      .member("sum_paid", std::string_view(format_yuan(s.sum_paid)))
      .member("sum_received", std::string_view(format_yuan(s.sum_received)))
      .member("undelivered", s.undelivered);
  json.key("first_case")
      .begin_object()
      .member("loss", std::string_view(format_yuan(s.first_case.loss)))
      .member("fund", std::string_view(format_yuan(s.first_case.fund)))
      .member("guarantor", std::string_view(format_yuan(s.first_case.guarantor)))
      .member("bank", std::string_view(format_yuan(s.first_case.bank)))
      .end_object();
  json.key("first_months")
      .begin_object()
      .member("loans", s.first_months.loans)
      .member("principal", std::string_view(format_yuan(s.first_months.principal)))
      .end_object();
  json.key("surprises").begin_array();
  for (const auto& surprise : s.surprises) json.value(std::string_view(surprise));
  json.end_array().end_object();
  return out;
}

}  // namespace loangate::simulate
