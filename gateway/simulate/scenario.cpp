#include "simulate/scenario.hpp"

#include <utility>

#include "simulate/chapters/chapters.hpp"
#include "simulate/reckoning.hpp"

namespace loangate::simulate {

Instant story_begins() {
  return start_of(date(day::begins));
}

awaitable<std::expected<Summary, std::string>> play(Stage stage, Progress progress) {
  const Ending ending = stage.one_unpaid ? Ending::one_unpaid : Ending::all_paid;
  Player player(std::move(stage), std::move(progress));
  set_the_stage(player);
  StoryLoan& first = *co_await first_case_begins(player);
  const auto months = co_await first_months_are_lent(player);
  co_await first_case_fails(player, first);
  co_await first_months_are_paid_back(player, months);
  co_await first_case_is_paid(player, first);
  co_await second_programme_compensates(player);
  co_await full_lives(player);
  const auto cases = co_await later_cases_begin(player);
  StoryLoan& renewable = *co_await renewal_begins(player);
  co_await overdues_end(player);
  co_await headroom_is_reserved(player);
  co_await days_go_by(player);
  StoryLoan& renewed = *co_await loan_is_renewed(player, renewable);
  co_await positions_are_compared(player, renewed);
  co_await all_banks_file(player, cases);
  co_await later_cases_are_decided(player, cases, ending);
  if (player.ok()) reckon(player);
  // From here on business time is the real one again.
  player.on(civil_day(real_now()));
  if (!player.ok()) co_return std::unexpected(player.trouble());
  co_return player.summary;
}

}  // namespace loangate::simulate
