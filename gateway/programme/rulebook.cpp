#include "programme/rulebook.hpp"

#include <algorithm>
#include <utility>

#include "domain/uscc.hpp"

namespace loangate::programme {

Rulebook::Rulebook(std::string programme, std::vector<Version> versions, std::vector<Uscc> uscc_exceptions,
                   Calendar calendar, LprTable lpr)
    : programme_(std::move(programme)),
      versions_(std::move(versions)),
      uscc_exceptions_(std::move(uscc_exceptions)),
      calendar_(std::move(calendar)),
      lpr_(std::move(lpr)) {
  std::ranges::sort(versions_, std::greater{}, &Version::from);
  std::ranges::sort(uscc_exceptions_);
}

const Version* Rulebook::at(Date day) const {
  for (const Version& version : versions_) {
    if (version.in_force(day)) return &version;
  }
  return nullptr;
}

const Version* Rulebook::named(std::string_view name) const {
  const auto found = std::ranges::find(versions_, name, &Version::name);
  return found == versions_.end() ? nullptr : &*found;
}

bool Rulebook::accepts(const Uscc& uscc) const {
  return is_uscc(uscc.view()) || std::ranges::binary_search(uscc_exceptions_, uscc);
}

}  // namespace loangate::programme
