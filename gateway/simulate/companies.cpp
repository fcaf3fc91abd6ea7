#include "simulate/companies.hpp"

#include <fmt/format.h>

#include <string_view>

#include "domain/bank_code.hpp"
#include "domain/uscc.hpp"

namespace loangate::simulate {

Borrower borrower(std::uint32_t number) {
  // 91 enterprise, 330482 the city, eight characters of the organisation, and two that check: they are looked
  // for.
  const std::string body = fmt::format("91330482MA{:06}", number);
  Uscc uscc;
  for (const char inner : std::string_view("0123456789X")) {
    for (const char outer : std::string_view("0123456789ABCDEFGHJKLMNPQRTUWXY")) {
      const std::string code = body + inner + outer;
      if (is_uscc(code)) uscc = *Uscc::parse(code);
    }
  }
  constexpr std::string_view trades[] = {"精密机械", "光电", "新材料",   "智能装备",
                                         "生物科技", "软件", "汽车电子", "环保科技"};
  return {uscc, fmt::format("样例{}有限公司{:03}", trades[number % std::size(trades)], number)};
}

BankCode bank_code(std::uint32_t number) {
  for (const char check : std::string_view("0123456789")) {
    const std::string code = fmt::format("402{:08}{}", number, check);
    if (is_bank_code(code)) return *BankCode::parse(code);
  }
  return {};
}

}  // namespace loangate::simulate
