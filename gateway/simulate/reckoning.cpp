#include "simulate/reckoning.hpp"

#include <fmt/format.h>

#include "simulate/told.hpp"

namespace loangate::simulate {
namespace {

void count_deliveries(Player& player) {
  Summary& s = player.summary;
  for (const Partner* partner : player.peers().all()) {
    s.notices_delivered += partner->inbox().count(DefaultNotice::kind);
    s.remittances_delivered += partner->inbox().count(RecoveryRemittance::kind);
    s.reminders_delivered += partner->inbox().count(DeadlineReminder::kind);
    for (const auto& instruction : all_told<CompensationInstruction>(*partner)) {
      ++s.instructions_delivered;
      s.sum_instructed += instruction.amount;
    }
  }
}

/// What the lives must have come to.
struct Lives {
  Fen recovered = Fen::zero(), returned = Fen::zero(), written_off = Fen::zero();
  std::array<Summary::FullLives, Summary::securities> ends{};
};

Lives of_the_table() {
  Lives told;
  for (const LifeRow& row : lives()) {
    told.recovered += yuan(row.recovered);
    told.returned += yuan(row.fund_back) + yuan(row.guarantor_back);
    told.written_off += yuan(row.fund_lost) + yuan(row.guarantor_lost);
    auto& ends = told.ends[static_cast<std::size_t>(row.security)];
    ++(row.end == End::settled ? ends.settled : ends.written_off);
  }
  return told;
}

void expect(Player& player, std::string_view what, std::uint64_t came, std::uint64_t expected) {
  if (came != expected) player.surprise(fmt::format("{}: {}, not {}", what, came, expected));
}
void expect(Player& player, std::string_view what, Fen came, Fen expected) {
  if (came != expected)
    player.surprise(fmt::format("{}: {}, not {}", what, format_yuan(came), format_yuan(expected)));
}

}  // namespace

void reckon(Player& player) {
  count_deliveries(player);
  const Summary& s = player.summary;
  expect(player, "notices delivered", s.notices_delivered, s.notices_expected);
  expect(player, "instructions delivered", s.instructions_delivered, s.instructions_expected);
  expect(player, "instructed", s.sum_instructed, s.sum_expected);
  expect(player, "paid", s.sum_paid, s.sum_expected);
  expect(player, "received", s.sum_received, s.sum_expected);
  expect(player, "remittances delivered", s.remittances_delivered, s.remittances_expected);
  const Lives told = of_the_table();
  expect(player, "recovered", s.recovered, told.recovered);
  expect(player, "returned", s.returned, told.returned);
  expect(player, "written off", s.written_off, told.written_off);
  for (std::size_t i = 0; i < told.ends.size(); ++i) {
    const std::string_view security = security_codes().codes[i].name;
    expect(player, fmt::format("{} loans settled after a compensation", security), s.full_lives[i].settled,
           told.ends[i].settled);
    expect(player, fmt::format("{} loans written off", security), s.full_lives[i].written_off,
           told.ends[i].written_off);
  }
}

}  // namespace loangate::simulate
