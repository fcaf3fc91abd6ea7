#pragma once
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>

#include "programme/rulebook_in_force.hpp"
#include "store/committer.hpp"
#include "store/store.hpp"

namespace loangate::app {

struct SignOfLifeBounds {
  std::chrono::milliseconds every{5'000};
  std::chrono::milliseconds longest_silence{60'000};  ///< what is longer was an outage
};

/// How the gateway knows of its own outages (settled 9). While it runs and its store takes work, it sets the
/// time of a file anew, again and again. If that time lies too far back when it could do so again, it did not
/// serve in between: this is put on record, and only then the sign is given.
///
/// What a crash can leave behind: an outage on record and a sign as old as before. It is entered once more,
/// with a later end; being keyed by its beginning, it is the same outage. A power cut can set the sign back
/// by the seconds for which the file system keeps it in memory; the outage seems longer by these.
class SignOfLife {
 public:
  /// Looks before it returns, so that an outage is on record before any message is judged; from then on for
  /// as long as the context runs. The store, the committer and the rulebook must outlive the context's
  /// threads.
  SignOfLife(boost::asio::io_context& context, std::filesystem::path file, const store::Store& store,
             store::Committer& committer, const programme::RulebookInForce& rulebook,
             SignOfLifeBounds bounds = {});
};

}  // namespace loangate::app
