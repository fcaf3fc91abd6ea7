#pragma once
#include <expected>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "ops/call.hpp"

/// Idempotency-Key: a call that moves money or messages can be sent again when its answer was lost (decision
/// 0018). The key is the message id of the act's entry in the journal, so it is kept as long as the entry and
/// commits with it; one person's key for one address says nothing about another's.
namespace loangate::ops {

/// The key of a request; empty: it has none. Who came by password must give one.
std::expected<MessageId, Refusal> key_of(const net::Request& request, const Visitor& visitor);

/// The answer that the first call with this key got; 422 if that call said something else. None: there was no
/// such call, or nothing was kept of it.
std::optional<Reply> first_answer(const store::Store& store, const MessageId& key,
                                  const net::Request& request);

/// 409: a call with this key is under way.
Refusal key_under_way();

/// The keys of calls that are under way.
class KeysUnderWay {
 public:
  class Hold {
   public:
    Hold(KeysUnderWay& keys, const MessageId& key);
    ~Hold();
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    explicit operator bool() const { return mine_; }

   private:
    KeysUnderWay& keys_;
    const MessageId key_;
    bool mine_;
  };

 private:
  std::mutex mutex_;
  std::set<MessageId> keys_;
};

}  // namespace loangate::ops
