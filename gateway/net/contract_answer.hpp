#pragma once
#include "adapters/profile/profile.hpp"
#include "net/http.hpp"

namespace loangate::net {

/// `GET /v1/contract`: the partner's page; `?part=NAME` one of its files; `?part=index`, or JSON as the only
/// thing accepted, what there is. 304 if the asker has it (If-None-Match), 404 naming the parts if there is
/// no such part. Written anew each time: it takes milliseconds, is asked for rarely, and is never out of
/// date.
Response contract_answer(const adapters::Profile& profile, const RequestHead& head);

}  // namespace loangate::net
