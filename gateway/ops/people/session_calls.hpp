#pragma once
#include <boost/asio/awaitable.hpp>

#include "ops/call.hpp"

/// Signing in and out, and one's own password and second factor (decision 0018).
namespace loangate::ops {

/// POST /v1/session
boost::asio::awaitable<Reply> sign_in(const Operations& operations, const Call& call);
/// GET /v1/session
boost::asio::awaitable<Reply> read_session(const Operations& operations, const Call& call);
/// DELETE /v1/session
boost::asio::awaitable<Reply> sign_out(const Operations& operations, const Call& call);
/// POST /v1/session/password
boost::asio::awaitable<Reply> change_password(const Operations& operations, const Call& call);
/// POST /v1/session/second-factor: a new secret, not in force before it is confirmed.
boost::asio::awaitable<Reply> begin_second_factor(const Operations& operations, const Call& call);
/// PUT /v1/session/second-factor: confirms it by a code of it.
boost::asio::awaitable<Reply> confirm_second_factor(const Operations& operations, const Call& call);

}  // namespace loangate::ops
