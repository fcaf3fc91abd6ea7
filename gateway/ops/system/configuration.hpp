#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <optional>

#include "intake/office.hpp"
#include "net/configuration.hpp"
#include "ops/aside.hpp"
#include "ops/call.hpp"

/// Changing the configuration while the gateway runs: as a whole, or not at all (decision 0015).
namespace loangate::ops {

/// A configuration that was read whole from its files, and is fit to come into force.
struct Candidate {
  programme::Rulebook rulebook;
  Digest rulebook_version;
  adapters::Partners partners;
  net::PushTargets push_targets;
  std::function<void()> others;  ///< brings into force the certificates, revocations and identities read
};

/// What changing the configuration needs beside the rest of the operations.
struct Configuring {
  net::ConfigurationInForce& in_force;
  /// Reads all files anew; with a profile, that one in the place of its file. All mistakes at once.
  std::function<std::expected<Candidate, ConfigErrors>(std::optional<adapters::Profile> instead)> read;
  /// Called when another configuration has come into force. Any thread; quick.
  std::function<void()> on_changed;
  /// Where files are read, so that no connection waits for them.
  boost::asio::thread_pool& files;
};

/// Runs on the files' thread, and comes back.
template <class Work>
boost::asio::awaitable<std::invoke_result_t<Work>> on_files_thread(const Configuring& configuring,
                                                                   Work work) {
  co_return co_await on_thread_of(configuring.files, std::move(work));
}

/// A file's bytes; empty if it cannot be read.
std::string text_of(const std::filesystem::path& file);

/// What the record says is in force; nothing, before the first start.
std::optional<ConfigurationOnRecord> on_record(const store::Store& store);

/// The version with this number, if the record has it.
std::optional<ProfileVersion> version_on_record(const store::Store& store, const PartnerId& partner,
                                                std::int32_t no);

/// From now on the candidate is in force. Messages under way finish by what they began with; what was held
/// for data that is there now is decided again (settled 8).
boost::asio::awaitable<void> put_in_force(const Operations& operations, Candidate candidate);

/// Reads everything anew. If it differs from what is in force, the change is put on record and then comes
/// into force; with any mistake in it nothing changes. What a crash can leave behind: a change on record that
/// comes into force at the next start, which reads the same files.
boost::asio::awaitable<Reply> reload(const Operations& operations, intake::Hand by);

/// At the start, before anything is served: puts on record what was read, if it is not what the record says.
/// False: the store could not take it.
boost::asio::awaitable<bool> record_start(store::Committer& committer, const store::Store& store,
                                          Digest rulebook, std::shared_ptr<const adapters::Partners> partners,
                                          Instant now);

/// POST /v1/configuration/reload: what has changed, with old and new versions; or every mistake as
/// `file:line: what`.
boost::asio::awaitable<Reply> reload_configuration(const Operations& operations, const Call& call);

/// Several changes of the configuration do not mix: 409.
Refusal change_under_way();
/// The files are wrong; nothing changed.
Refusal wrong_configuration(const ConfigErrors& errors);

}  // namespace loangate::ops
