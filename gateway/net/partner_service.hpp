#pragma once
#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "adapters/profile/profile.hpp"
#include "delivery/mailbox.hpp"
#include "intake/batches.hpp"
#include "net/identities.hpp"
#include "net/server.hpp"
#include "programme/rulebook_in_force.hpp"
#include "store/committer.hpp"

namespace loangate::net {

/// Lets a partner send its profile's rate and no more: a bucket that fills steadily and holds one second's
/// worth.
class RateLimit {
 public:
  explicit RateLimit(std::uint32_t per_second) : per_second_(per_second), tokens_(per_second) {}
  /// Takes one token if there is one.
  bool allow(std::chrono::steady_clock::time_point now);

 private:
  const std::uint32_t per_second_;
  std::mutex mutex_;
  std::uint64_t tokens_;
  std::chrono::steady_clock::time_point filled_{};
};

/// The partners' port: POST /v1/messages, /v1/batches, /v1/documents, the mailbox, receipts. Who speaks is
/// what the certificate says; a sender that may speak for several institutions names one in
/// `Loangate-Partner` (settled 2).
class PartnerService : public Service {
 public:
  /// Called after a commit for each partner to whom something now goes out. Any thread; must be quick.
  using OnOutgoing = std::function<void(const PartnerId&)>;

  PartnerService(const adapters::Partners& partners, const IdentityBook& identities,
                 const programme::RulebookInForce& rulebook, const store::Store& store,
                 store::Committer& committer, delivery::Mailbox& mailbox, intake::Batches& batches,
                 OnOutgoing on_outgoing);
  ~PartnerService() override;

  std::expected<std::size_t, Response> head(const RequestHead& head, const Peer& peer) override;
  std::shared_ptr<BodySink> sink(const RequestHead& head, const Peer& peer) override;
  boost::asio::awaitable<Response> answer(Request request) override;
  void stopping() override;

 private:
  std::expected<const adapters::Profile*, Response> speaker(const RequestHead& head, const Peer& peer) const;
  boost::asio::awaitable<Response> take_message(const adapters::Profile& profile, Request request);
  boost::asio::awaitable<Response> take_document(const adapters::Profile& profile, Request request);
  boost::asio::awaitable<Response> take_batch(const adapters::Profile& profile, Request request);
  Response batch(const adapters::Profile& profile, std::string_view id) const;
  boost::asio::awaitable<Response> next_messages(const adapters::Profile& profile, const RequestHead& head);
  boost::asio::awaitable<Response> acknowledge(const adapters::Profile& profile, std::string_view id);
  Response receipt(const adapters::Profile& profile, std::string_view id) const;

  const adapters::Partners& partners_;
  const IdentityBook& identities_;
  const programme::RulebookInForce& rulebook_;
  const store::Store& store_;
  store::Committer& committer_;
  delivery::Mailbox& mailbox_;
  intake::Batches& batches_;
  const OnOutgoing on_outgoing_;
  std::unordered_map<PartnerId, std::unique_ptr<RateLimit>> rates_;
  std::unordered_map<PartnerId, std::unique_ptr<RateLimit>> document_rates_;
  /// How many files of each partner are on their way to disk.
  std::unordered_map<PartnerId, std::shared_ptr<std::atomic<int>>> spooling_;
};

}  // namespace loangate::net
