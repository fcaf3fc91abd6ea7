#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "store/sqlite/connection.hpp"
#include "store/sqlite/texts.hpp"
#include "store/store.hpp"

namespace loangate::store {

/// What two texts have in common: the tags and names of their form, in the order of `other`, at most 8 KiB.
/// No numbers of four digits and more, and nothing but ASCII: what identifies people, and names in Chinese,
/// does not get into what is kept for ever. A name in Latin letters that both texts have would.
std::string in_common(std::string_view one, std::string_view other);

/// The writer's dictionaries (decision 0006): one for the messages of each sender, kind and profile, learnt
/// from the first two of them. A crash before the commit that holds a dictionary leaves no entry that needs
/// it.
class Dictionaries {
 public:
  explicit Dictionaries(Connection& connection);

  /// For a message like this; empty: none is in force.
  const Dictionary& of(const JournalEntry& entry) const;
  /// Looks at a message for which there is none.
  void learn(const JournalEntry& entry);

  /// Writes what was learnt into the transaction that has begun; in force once that is committed.
  void write();
  void committed();
  void rolled_back();

 private:
  using Key = std::tuple<PartnerId, MessageKind, Digest>;
  struct Learnt {
    Key of;
    Dictionary dictionary;
  };

  Statement write_;
  std::map<Key, Dictionary> in_force_;
  std::map<Key, std::string> first_;  // messages of which one was seen
  std::vector<Learnt> learnt_;        // the first `written_` stand in the transaction at work
  std::size_t written_ = 0;
  std::uint32_t last_number_ = 0;  // given out, also to kinds that this program does not know any more
};

}  // namespace loangate::store
