#include "programme/rulebook.hpp"

#include <algorithm>
#include <utility>

#include "domain/uscc.hpp"

namespace loangate::programme {

const Version* Programme::at(Date day) const {
  const auto found =
      std::ranges::find_if(versions, [&](const Version& version) { return version.in_force(day); });
  return found == versions.end() ? nullptr : &*found;
}

const Version* Programme::named(std::string_view version) const {
  const auto found = std::ranges::find(versions, version, &Version::name);
  return found == versions.end() ? nullptr : &*found;
}

Rulebook::Rulebook(std::vector<Programme> programmes, std::vector<Uscc> uscc_exceptions, Calendar calendar,
                   LprTable lpr)
    : programmes_(std::move(programmes)),
      uscc_exceptions_(std::move(uscc_exceptions)),
      calendar_(std::move(calendar)),
      lpr_(std::move(lpr)) {
  for (Programme& programme : programmes_) {
    std::ranges::sort(programme.versions, std::greater{}, &Version::from);
    std::ranges::sort(programme.partners);
  }
  std::ranges::sort(uscc_exceptions_);
}

const Programme* Rulebook::of(const PartnerId& partner) const {
  const Programme* for_everybody = nullptr;
  for (const Programme& programme : programmes_) {
    if (programme.partners.empty()) for_everybody = &programme;
    if (std::ranges::binary_search(programme.partners, partner)) return &programme;
  }
  return for_everybody;
}

const Version* Rulebook::at(const PartnerId& partner, Date day) const {
  const Programme* const programme = of(partner);
  return programme == nullptr ? nullptr : programme->at(day);
}

Rulebook Rulebook::with(Calendar calendar) const {
  return {programmes_, uscc_exceptions_, std::move(calendar), lpr_};
}

Rulebook Rulebook::with(LprTable lpr) const {
  return {programmes_, uscc_exceptions_, calendar_, std::move(lpr)};
}

bool Rulebook::accepts(const Uscc& uscc) const {
  return is_uscc(uscc.view()) || std::ranges::binary_search(uscc_exceptions_, uscc);
}

}  // namespace loangate::programme
