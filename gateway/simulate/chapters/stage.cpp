#include <fmt/format.h>

#include "simulate/chapters/chapters.hpp"
#include "simulate/companies.hpp"

namespace loangate::simulate {
namespace {

std::vector<Record> institutions(Player& player) {
  std::vector<Record> entries;
  for (const Partner* partner : player.peers().all()) {
    const auto& profile = partner->profile();
    const bool admitted_later = profile.role == PartnerRole::bank || profile.role == PartnerRole::guarantor;
    entries.push_back(InstitutionEntry{
        .institution = profile.id,
        .role = profile.role,
        .name_zh = profile.name_zh,
        .name_en = profile.name_en,
        .institution_code = profile.institution_code,
        // The first case's bank lent under the measures of 2017, as a sci-tech branch.
        .sci_tech_branch = profile.id.view() == first_bank ? loangate::Answer::yes : loangate::Answer::no,
        .admitted_from = date(admitted_later ? "2022-06-26" : day::begins)}
                          .record());
  }
  return entries;
}

std::vector<Record> listed_companies() {
  std::vector<Record> entries;
  for (std::uint32_t number = first_company; number <= last_listed_company; ++number) {
    const Borrower company = borrower(number);
    entries.push_back(CompanyEntry{.company_uscc = company.uscc,
                                   .company_name = company.name,
                                   .category = Category::high_tech,
                                   .document_no = fmt::format("GR{:08}", number),
                                   .valid_from = date("2020-01-01")}
                          .record());
  }
  return entries;
}

}  // namespace

void set_the_stage(Player& player) {
  player.chapter("布置：机构与支持名单", "The stage: institutions and the support list");
  player.enter(InstitutionEntry::kind, institutions(player));
  player.enter(CompanyEntry::kind, listed_companies());
  player.enter(CompanyDClass::kind, CompanyDClass{.company_uscc = borrower(d_class_company).uscc,
                                                  .valid_from = date("2026-01-01"),
                                                  .valid_until = date("2026-12-31")}
                                        .record());
}

}  // namespace loangate::simulate
