#pragma once
#include <boost/asio/awaitable.hpp>

#include "adapters/profile/profile.hpp"
#include "ops/call.hpp"

/// A partner's profile changed by two persons, and taken back by one (decision 0015). The record keeps each
/// text, bound by its hash; the file follows the record.
///
/// What a crash can leave behind: a text on record whose file is still the one before. The next start finds
/// it and writes the file (restore_files). A file that is neither was changed by hand, and is taken as it is.
namespace loangate::ops {

/// POST /v1/proposals/rule.profile: the candidate is read with the rest of the configuration; every mistake
/// in it at once refuses it.
boost::asio::awaitable<Reply> propose_profile(const Operations& operations, const Call& call);
/// POST /v1/proposals/{no}/approve: of a profile, puts it in force; of a replay, counts again first; of all
/// else, as approve_with() does.
boost::asio::awaitable<Reply> approve(const Operations& operations, const Call& call);
/// POST /v1/acts/profile.back: the version before the one in force is in force again.
boost::asio::awaitable<Reply> return_to_profile_before(const Operations& operations, const Call& call);
/// GET /v1/profiles: every partner's version in force.
boost::asio::awaitable<Reply> list_profiles(const Operations& operations, const Call& call);
/// GET /v1/profiles/{partner}: its versions on record, the newest first, with their texts.
boost::asio::awaitable<Reply> read_profile(const Operations& operations, const Call& call);

/// Writes the file of each activated profile that a crash kept from being written. True if there was one:
/// what was read before is to be read again. The error says what could not be written.
std::expected<bool, ConfigErrors> restore_files(const store::Store& store,
                                                const adapters::Partners& partners);

}  // namespace loangate::ops
