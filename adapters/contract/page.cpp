#include "adapters/contract/page.hpp"
namespace loangate::adapters {
ContractFile page(const Profile&, const std::vector<SampledMessage>&, const std::vector<ContractFile>&) {
  return {std::string(contract_page), "text/html", ""};
}
}  // namespace loangate::adapters
