#pragma once
#include <boost/asio/awaitable.hpp>

#include "base/json_writer.hpp"
#include "ops/call.hpp"

namespace loangate::ops {

/// Who and what an entry is, without its contents: as the members of an object that has begun.
void write_entry_head(JsonWriter& json, const store::StoredEntry& entry);

/// GET /v1/journal?after=SEQUENCE&limit=N: heads with findings, in order.
boost::asio::awaitable<Reply> list_journal(const Operations& operations, const Call& call);
/// GET /v1/journal/{sequence}: the whole entry. Bytes in base64; those of a message, which hold personal
/// fields in the partner's own form, are for the office only; who came in from where, for those who audit.
boost::asio::awaitable<Reply> read_journal(const Operations& operations, const Call& call);

}  // namespace loangate::ops
