#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "store/sqlite/connection.hpp"
#include "store/sqlite/fingerprints.hpp"
#include "store/sqlite/layered.hpp"

namespace loangate::store {

/// A loan's share in its company's book.
struct Share {
  Fen exposure = Fen::zero();
  bool open = false;
};
/// Keeps a company's book up with each change of a loan, so that no decision sums over loans. A lender
/// without loan and reservation leaves the book.
void change(Book& book, const PartnerId& lender, const Share& before, const Share& after);
void reserve(Book& book, const Reservation& reservation);

/// What the single writer keeps in memory so that the hot path appends only: the table of duplicates and
/// loans, the companies' books, companies, institutions and outages, and the short numbers of names. All of
/// it follows from the file and is read from its compact tables at start. Each part is what is committed with
/// the group's overlay on top.
///
/// Only the writer's thread uses it, find_committed() excepted.
class Memory {
 public:
  /// Reads everything anew; what was here is dropped. Uses two connections of its own at once. Throws
  /// SqliteError.
  void load(const std::filesystem::path& file, const ConnectionOptions& options);

  std::optional<Sequence> find(const Fingerprint& key) const;
  void put(const Fingerprint& key, Sequence sequence);
  /// What the group has put so far, in order: the row of `fingerprints` that commits with it.
  const std::vector<std::pair<Fingerprint, Sequence>>& put_by_group() const { return new_keys_; }

  /// From any thread: committed keys only.
  std::optional<Sequence> find_committed(const Fingerprint& key) const;

  /// The number of a name, and whether it is new and must be written.
  std::pair<std::uint32_t, bool> number(std::string_view name);
  /// 0 if it has none.
  std::uint32_t known_number(std::string_view name) const;

  Layered<Uscc, Book> books;
  Layered<Uscc, Company> companies;
  Layered<PartnerId, Institution> institutions;
  Layered<std::string, Outage> outages;  ///< by their keys

  void fold();
  void drop();

 private:
  struct KeyHash {
    std::size_t operator()(const Fingerprint& key) const noexcept;
  };

  void load_loans(Connection& connection);
  void load_things(Connection& connection);
  void load_keys(Connection& connection);

  mutable std::shared_mutex keys_mutex_;  // readers look keys up while a commit folds new ones in
  FingerprintIndex keys_;
  std::vector<std::pair<Fingerprint, Sequence>> new_keys_;
  std::unordered_map<Fingerprint, Sequence, KeyHash> overlay_;
  /// Texts are looked up without a copy.
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  Layered<std::string, std::uint32_t, TextHash, std::equal_to<>> names_;
};

/// One row's worth of the table `fingerprints`: each key with its distance before `last`.
std::string pack(const std::vector<std::pair<Fingerprint, Sequence>>& keys, Sequence last);
/// Reads pack() back; false if the bytes are no such list.
template <class Visit>
bool unpack(std::string_view bytes, Sequence last, Visit visit) {
  constexpr std::size_t item = 20;
  if (bytes.size() % item != 0) return false;
  for (std::size_t at = 0; at < bytes.size(); at += item) {
    Fingerprint key;
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), key.size(), key.begin());
    std::uint64_t distance = 0;
    for (std::size_t i = key.size(); i < item; ++i)
      distance = distance << 8 | static_cast<std::uint8_t>(bytes[at + i]);
    if (distance >= last.number) return false;
    visit(key, Sequence{last.number - distance});
  }
  return true;
}

}  // namespace loangate::store
