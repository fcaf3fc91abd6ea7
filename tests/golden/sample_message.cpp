#include "tests/golden/sample_message.hpp"

#include <algorithm>
#include <map>

#include "adapters/codec/codec.hpp"
#include "simulate/composer.hpp"

namespace loangate::golden {

namespace {

using namespace adapters;

const std::map<std::string_view, std::string_view> texts = {
    {"institution_code", "C1087633000421"},
    {"branch_code", "402335100019"},
    {"contract_no", "PHKC2023031500127"},
    {"loan_no", "JJ202303150001"},
    {"company_uscc", "91310115MA1K3BTP2B"},
    {"company_name", "平湖市科创精密机械有限公司"},
    {"currency", "CNY"},
    {"rate_reason", "首贷企业，风险溢价"},
    {"guarantor", "jxrz"},
    {"guarantee_contract_no", "BZ20230315008"},
    {"purpose", "采购数控机床及研发投入"},
    {"account_no", "6228480402564890018"},
    {"officer_name", "沈晓燕"},
    {"officer_phone", "0573-85012345"},
    {"agreement_no", "ZQ2023031500004"},
    {"reason", "订单延期，资金周转困难"},
    {"measures", "已电话、上门催收并送达书面通知"},
    {"description", "厂房抵押\\含附属设施"},
    {"application_no", "DC2023-0009"},
    {"payee_name", "平湖样例银行营业部"},
    {"payee_account", "201000123456789"},
    {"payee_bank_code", "402335100019"},
    {"instruction_no", "C2023-0009-F"},
    {"payment_ref", "PZ2023091500077"},
    {"original_id", "20230315000127"},
    {"case_no", "C2023-0009"},
    {"code", "ceiling_exceeded"},
    {"clause", "R-18 · 四(二)"},
    {"text_zh", "限额 10000000.00，可用 2000000.00，申请 3000000.00；最多可备案 2000000.00"},
    {"text_en", "limit 10000000.00, headroom 2000000.00, asked 3000000.00; at most 2000000.00 would pass"},
    {"place", "/"},
    {"meeting_no", "联席〔2023〕9号"},
    {"payer", "fund"},
    {"lender", "phrcb"},
    {"bank_name", "平湖农商银行"},
};

const std::map<std::string_view, Fen> amounts = {
    {"loan_amount", Fen::yuan(3'000'000)},   {"filed_amount", Fen::yuan(3'000'000)},
    {"amount", Fen::yuan(180'000)},          {"interest", Fen::yuan(12'345)},
    {"overdue_interest", Fen::yuan(12'345)}, {"contract_interest", Fen::yuan(12'345)},
    {"approved_interest", Fen::zero()},      {"loss", Fen::yuan(300'000)},
    {"fund_share", Fen::yuan(180'000)},      {"guarantor_share", Fen::zero()},
    {"bank_share", Fen::yuan(120'000)},      {"penalty_interest", Fen::yuan(500)},
    {"compound_interest", Fen::yuan(10)},
};

const std::map<std::string_view, Date> dates = {
    {"disbursed_on", *Date::of(2023, 3, 14)}, {"matures_on", *Date::of(2024, 3, 13)},
    {"opened_on", *Date::of(2023, 3, 14)},    {"decided_on", *Date::of(2023, 9, 12)},
    {"pay_by", *Date::of(2023, 9, 26)},
};

/// Codes other than the first of their list.
const std::map<std::string_view, std::uint8_t> codes = {
    {"security", static_cast<std::uint8_t>(Security::guarantee)},
    {"outcome", static_cast<std::uint8_t>(Outcome::rejected)},
    {"severity", static_cast<std::uint8_t>(Severity::refusal)},
    {"may_resend", static_cast<std::uint8_t>(Answer::no)},
};

/// What would contradict the rest of the message.
constexpr std::string_view left_out[] = {"rate_reason", "lpr_spread_bp", "lpr_tenor", "first_notice_no"};

constexpr std::int64_t sent_at = 1'678'846'830;  // 2023-03-15T10:20:30+08:00
constexpr std::size_t most_rows = 2;

class Maker {
 public:
  Maker(const Profile& profile, const MessageMap& map)
      : profile_(profile), map_(map), composer_(profile, 127) {}

  Record make() {
    Record message(*map_.body.record);
    fill(message, {});
    if (message.spec().index_of("message_id") == 0)
      composer_.complete(map_.kind, message, {sent_at * 1'000'000});
    if (const std::size_t id = message.spec().index_of("original_id"); id < message.spec().fields.size()) {
      if (message.has(id)) message.set_text(id, original_id());
    }
    return message;
  }

 private:
  /// An id of a message that this partner sends.
  std::string original_id() {
    for (const MessageMap& sent : profile_.messages) {
      Record message(*sent.body.record);
      if (message.spec().index_of("message_id") != 0) continue;
      composer_.complete(sent.kind, message, {sent_at * 1'000'000});
      return std::string(std::get<std::string_view>(message[0]));
    }
    return "20230315000127";
  }

  void fill(Record& into, std::optional<std::uint16_t> group) {
    for (std::uint16_t i = 0; i < into.spec().fields.size(); ++i) {
      const bool carried = group ? composer_.carries(map_.kind, *group, i) : composer_.carries(map_.kind, i);
      if (std::ranges::find(left_out, into.spec().fields[i].name) != std::end(left_out)) continue;
      if (carried || into.spec().fields[i].required) put(into, i, group);
    }
  }

  void put(Record& into, std::uint16_t i, std::optional<std::uint16_t> group) {
    const FieldSpec& field = into.spec().fields[i];
    const auto known = [&](const auto& table, const auto& otherwise) {
      const auto found = table.find(field.name);
      return found == table.end() ? otherwise : found->second;
    };
    switch (field.type) {
      case FieldType::text:
        into.set_text(i, known(texts, std::string_view("样例")));
        break;
      case FieldType::money:
        into.set(i, known(amounts, Fen::yuan(300'000)));
        break;
      case FieldType::rate:
        into.set(i, composer_.rate_up_to(map_.kind, i, Rate::basis_points(435)));
        break;
      case FieldType::date:
        into.set(i, known(dates, *Date::of(2023, 3, 20)));
        break;
      case FieldType::instant:
        into.set(i, Instant{sent_at * 1'000'000});
        break;
      case FieldType::count:
        into.set(i, std::int64_t{field.name == "findings_more" ? 1 : 501});
        break;
      case FieldType::code:
        put_code(into, i, group);
        break;
      case FieldType::group:
        put_rows(into, i);
        break;
    }
  }

  /// The code wanted, or else the first of the list that the partner has.
  void put_code(Record& into, std::uint16_t i, std::optional<std::uint16_t> group) {
    const FieldSpec& field = into.spec().fields[i];
    const auto can = [&](Code code) {
      return group ? composer_.can_say(map_.kind, *group, code, i) : composer_.can_say(map_.kind, i, code);
    };
    Code code{};
    if (const auto wanted = codes.find(field.name); wanted != codes.end() && can(Code{wanted->second})) {
      code = Code{wanted->second};
    }
    while (code.index < field.codes->codes.size() && !can(code)) ++code.index;
    if (code.index < field.codes->codes.size()) into.set(i, code);
  }

  void put_rows(Record& into, std::uint16_t i) {
    const auto group = std::ranges::find(map_.groups, i, &Group::field);
    if (group == map_.groups.end()) return;
    for (std::size_t row = 0; row < std::min<std::size_t>(most_rows, group->times); ++row)
      fill(into.add_row(i), i);
  }

  const Profile& profile_;
  const MessageMap& map_;
  simulate::Composer composer_;
};

}  // namespace

std::expected<Record, std::string> sample_message(const Profile& profile, const MessageMap& map) {
  Record message = Maker(profile, map).make();
  for (;;) {
    const auto bytes = encode(profile, map.kind, message);
    if (bytes) return message;
    // What an optional place is too narrow for is left out.
    const FieldPath at = bytes.error().field;
    if (at.field >= message.spec().fields.size() || message.spec().fields[at.field].required) {
      return std::unexpected(bytes.error().reason);
    }
    message.clear(at.field);
  }
}

}  // namespace loangate::golden
