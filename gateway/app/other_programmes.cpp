#include "app/other_programmes.hpp"

#include "programme/rulebook.hpp"

namespace loangate::app {

std::expected<std::vector<PartnerId>, ConfigErrors> partners_of_other_programmes(const Config& config) {
  const auto rulebook = programme::load_rulebook(config.programmes, config.calendar, config.lpr);
  if (!rulebook) return std::unexpected(rulebook.error());
  std::vector<PartnerId> partners;
  for (const programme::Programme& programme : rulebook->programmes()) {
    partners.insert(partners.end(), programme.partners.begin(), programme.partners.end());
  }
  return partners;
}

}  // namespace loangate::app
