#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "delivery/backoff.hpp"
#include "delivery/pump.hpp"
#include "net/drop_folder.hpp"
#include "net/drop_record.hpp"
#include "programme/rulebook_in_force.hpp"

namespace loangate::net {

/// What became of a file as a whole.
struct JudgedFile {
  std::filesystem::path return_file = {};  ///< 回盘, copied from here; empty: the file was refused as a whole
  std::string receipt = {};                ///< then this is the answer
  std::string outcome = {};                ///< for the log
};
/// Judges a complete file, from its start or from where a crash stopped it: the same file gets the same
/// result. The error says why it cannot be done now; it is asked again.
using JudgeFile = std::function<boost::asio::awaitable<std::expected<JudgedFile, std::string>>(
    std::shared_ptr<const adapters::Profile> profile, std::filesystem::path file, Instant complete)>;

/// How a partner's files stand.
struct PartnerFiles {
  PartnerId partner;
  std::string fault = {};      ///< the folder cannot be used, or the first file cannot be judged: why
  std::uint32_t attempts = 0;  ///< that failed so
  DropFolder::Look look = {};  ///< what lies in `in`
  std::vector<DropFolder::Taken> work = {};  ///< taken, and not done yet, oldest first
  std::optional<DropRecord::Last> last = {};
  std::string expected_by = {};  ///< `18:00`; empty: none is expected
  bool every_day = false;
  std::optional<Instant> next_due = {};
  std::set<Date> missing = {};  ///< days whose file should be there by now
};

struct FileTransportBounds {
  std::chrono::milliseconds between_looks{1'000};  ///< so late at most a file is seen to be complete
  delivery::Backoff backoff{.first = std::chrono::milliseconds(1'000),
                            .longest = std::chrono::milliseconds(60'000)};
};

/// Files to and from partners whose profiles have `files`: looks into their folders `<root>/<id>` again and
/// again, takes what is complete, has it judged, and answers with the return file. A partner's files are
/// judged one after the other in the order in which they were complete; partners do not wait for each other.
///
/// Everything that must not be forgotten lies in the folders themselves (see DropFolder and DropRecord).
/// What a crash leaves is found by the first look: what is in `work` is judged before anything new is taken.
class FileTransport {
 public:
  struct Parts {
    std::filesystem::path root;
    delivery::ProfilesInForce profiles;
    const programme::RulebookInForce& rulebook;
    const BusinessClock& clock;
    JudgeFile judge;
  };
  /// Runs on this context alone, which must have one thread and be stopped before this goes.
  FileTransport(boost::asio::io_context& context, Parts parts, FileTransportBounds bounds = {});
  ~FileTransport();
  FileTransport(const FileTransport&) = delete;
  FileTransport& operator=(const FileTransport&) = delete;

  /// Looks again and again from now on.
  void start();
  /// One look at everything, also at what is expected by now. On the context's thread.
  void look();

  /// As of the last look, in the order of the partners' ids. Any thread.
  std::vector<PartnerFiles> state() const;
  /// The first folder that cannot be used, and why. Any thread.
  std::expected<void, std::string> usable() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace loangate::net
