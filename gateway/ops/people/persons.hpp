#pragma once
#include <boost/asio/awaitable.hpp>

#include "ops/call.hpp"

/// Who may come in, with which roles, and by which way (decision 0018).
namespace loangate::ops {

/// GET /v1/persons
boost::asio::awaitable<Reply> list_persons(const Operations& operations, const Call& call);
/// GET /v1/persons/{id}, with the ETag that an edit can be bound to.
boost::asio::awaitable<Reply> read_person(const Operations& operations, const Call& call);
/// POST /v1/acts/person.entry, with If-Match or without. Refused: roles that one person may not have
/// together, and one's own entry.
boost::asio::awaitable<Reply> enter_person(const Operations& operations, const Call& call);
/// POST /v1/persons/{id}/credential: a one-time password, made here and told this once.
boost::asio::awaitable<Reply> give_one_time_password(const Operations& operations, const Call& call);
/// DELETE /v1/persons/{id}/credential
boost::asio::awaitable<Reply> remove_credential(const Operations& operations, const Call& call);

}  // namespace loangate::ops
