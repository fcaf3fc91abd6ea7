#include "app/demo_summary.hpp"

#include <fmt/format.h>

namespace loangate::app {
namespace {

template <class... Values>
void row(std::string_view zh, std::string_view en, const Values&... values) {
  fmt::print("  {} · {}:", zh, en);
  (fmt::print("  {}", values), ...);
  fmt::print("\n");
}

std::string money(Fen amount) {
  return format_yuan_grouped(amount);
}

std::string of(std::uint64_t came, std::uint64_t expected) {
  return fmt::format("{} / {}", came, expected);
}

void print_messages(const simulate::Summary& s) {
  row("合作银行", "banks that filed", s.partners);
  row("收到报文", "messages received", fmt::format("XML {}", s.messages[0]),
      fmt::format("JSON {}", s.messages[1]), fmt::format("定长 fixed {}", s.messages[2]));
  row("受理 / 暂挂 / 拒绝", "accepted / held / rejected", s.accepted, s.held, s.rejected);
  row("无法解析 / 重复 / 冲突", "unreadable / duplicates / conflicts", s.unreadable, s.duplicates,
      s.conflicts);
}

void print_deliveries(const simulate::Summary& s) {
  row("违约通知送达", "default notices delivered", of(s.notices_delivered, s.notices_expected));
  row("代偿指令送达", "instructions delivered", of(s.instructions_delivered, s.instructions_expected));
  row("指令 / 支付 / 到账", "instructed / paid / received", money(s.sum_instructed), money(s.sum_paid),
      money(s.sum_received));
  row("缴回通知送达", "remittances delivered", of(s.remittances_delivered, s.remittances_expected));
  row("追回 / 缴回 / 核销", "recovered / returned / written off", money(s.recovered), money(s.returned),
      money(s.written_off));
  row("期限提醒送达", "reminders delivered", s.reminders_delivered);
  row("未送达", "undelivered", s.undelivered);
  if (s.unpaid > 0) row("  其中拒收未付的指令", "of them instructions refused and unpaid", s.unpaid);
}

void print_first_case(const simulate::Summary& s) {
  row("首例代偿：损失", "first case: loss", money(s.first_case.loss));
  row("  风险补偿金 / 担保机构 / 银行", "fund / guarantor / bank", money(s.first_case.fund),
      money(s.first_case.guarantor), money(s.first_case.bank));
}

void print_lives(const simulate::Summary& s) {
  row("代偿后结清 / 核销", "after a compensation settled / written off");
  for (std::size_t i = 0; i < s.full_lives.size(); ++i) {
    const CodeSpec& security = security_codes().codes[i];
    row(fmt::format("  {}", security.zh), security.en,
        of(s.full_lives[i].settled, s.full_lives[i].written_off));
  }
}

}  // namespace

void print(const simulate::Summary& s) {
  fmt::print("\n== 结果 · summary\n");
  print_messages(s);
  print_deliveries(s);
  print_first_case(s);
  row("系统上线首批贷款", "loans of the first months", s.first_months.loans, money(s.first_months.principal));
  print_lives(s);
  row("另一计划：贷款 / 指令", "second programme: loans / instructed", s.second_programme.loans,
      money(s.second_programme.instructed));
  for (const std::string& surprise : s.surprises) fmt::print("  !! {}\n", surprise);
}

}  // namespace loangate::app
