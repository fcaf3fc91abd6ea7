#pragma once
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/codec/codec.hpp"
#include "adapters/profile/profile.hpp"
#include "domain/ids.hpp"
#include "simulate/composer.hpp"

namespace loangate::bench {

/// The companies that borrow: enough of them that none comes near its ceiling.
struct Borrower {
  Uscc uscc;
  std::string name;
};
std::vector<Borrower> make_borrowers(std::size_t count);

/// One bank's disbursement filings: valid, no two alike, in the bank's own format, with every field that the
/// format carries and a credit loan has.
class Filings {
 public:
  /// The error says which field the profile cannot carry.
  static std::expected<Filings, std::string> of(const adapters::Profile& profile,
                                                const std::vector<Borrower>& borrowers, Instant now);

  std::expected<std::string, std::string> next();
  const adapters::Profile& profile() const { return *profile_; }
  /// The canonical message behind the last filing.
  const Record& last() const { return *last_; }

 private:
  Filings(const adapters::Profile& profile, const std::vector<Borrower>& borrowers, Instant now);
  std::expected<std::string, adapters::EncodeFault> encode_next();

  const adapters::Profile* profile_;
  const std::vector<Borrower>* borrowers_;
  Instant now_;
  std::unique_ptr<simulate::Composer> composer_;
  std::vector<std::uint16_t> left_out_;  // fields for which this format has no room or code
  std::uint64_t number_ = 0;
  std::optional<Record> last_;
};

}  // namespace loangate::bench
