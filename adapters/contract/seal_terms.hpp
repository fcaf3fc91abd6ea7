#pragma once
#include <string>
#include <string_view>

#include "adapters/seal/seal.hpp"
#include "domain/date.hpp"

/// What a partner must know to make and to prove the seals of one direction; no key is in it.
namespace loangate::adapters {

struct Bilingual {
  std::string zh;
  std::string en;
};

struct SealTerms {
  std::string_view algorithm;          ///< `sm2-sm3`, as profiles name it
  std::string_view signature;          ///< `raw`, `der`; empty: the algorithm has one form
  std::string_view distinguishing_id;  ///< sm2-sm3; else empty
  std::string_view encoding;           ///< `hex`, `base64`
  Bilingual at;                        ///< where the seal stands
  Bilingual key_at;                    ///< where the id of its key stands
  Bilingual covers;                    ///< which bytes it covers
  std::string command;                 ///< that computes it with OpenSSL 3, over the covered bytes in a file
};

SealTerms terms_of(const Profile& profile, const Seal& seal);

/// The days on which a key counts, both inclusive, in Beijing.
Date first_day(const SealKey& key);
Date last_day(const SealKey& key);

}  // namespace loangate::adapters
