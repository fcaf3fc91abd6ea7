#pragma once
#include <functional>
#include <memory>

#include "base/histogram.hpp"
#include "delivery/mailbox.hpp"
#include "intake/batches.hpp"
#include "net/configuration.hpp"
#include "net/identities.hpp"
#include "net/maintenance.hpp"
#include "net/server.hpp"
#include "net/trace_book.hpp"
#include "programme/rulebook_in_force.hpp"
#include "store/committer.hpp"

namespace loangate::net {

/// How long messages take at each stage, since the start.
struct MessageTimes {
  Histogram decode{message_bounds};  ///< seal, encoding, framing, fields
  Histogram store{message_bounds};   ///< waiting for the writer, judgement, commit with its flush
  Histogram whole{message_bounds};   ///< from the last byte read to the receipt
};

/// The partners' port: POST /v1/messages, /v1/batches, /v1/documents, the mailbox, receipts, the contract.
/// Who speaks is what the certificate says; a sender that may speak for several institutions names one in
/// `Loangate-Partner` (settled 2). A request is served to its end by the terms in force when its head came.
class PartnerService : public Service {
 public:
  /// Called after a commit for each partner to whom something now goes out. Any thread; must be quick.
  using OnOutgoing = std::function<void(const PartnerId&)>;

  PartnerService(const ConfigurationInForce& configuration, const IdentityBook& identities,
                 const programme::RulebookInForce& rulebook, const store::Store& store,
                 store::Committer& committer, delivery::Mailbox& mailbox, intake::Batches& batches,
                 const Maintenance& maintenance, OnOutgoing on_outgoing, TraceBook& traces);
  ~PartnerService() override;

  std::expected<Admitted, Response> head(const RequestHead& head, const Peer& peer) override;
  boost::asio::awaitable<Response> answer(Request request) override;
  void stopping() override;

  const MessageTimes& times() const { return times_; }

 private:
  using TermsPtr = std::shared_ptr<const Terms>;

  std::expected<Admitted, Response> admit(const RequestHead& head, const Peer& peer) const;
  boost::asio::awaitable<Response> carry_out(Request request);
  std::expected<TermsPtr, Response> speaker(const RequestHead& head, const Peer& peer) const;
  boost::asio::awaitable<Response> take_message(TermsPtr terms, Request request);
  boost::asio::awaitable<Response> take_document(const adapters::Profile& profile, Request request);
  boost::asio::awaitable<Response> take_batch(TermsPtr terms, Request request);
  Response batch(const adapters::Profile& profile, std::string_view id) const;
  boost::asio::awaitable<Response> next_messages(const adapters::Profile& profile, const RequestHead& head);
  boost::asio::awaitable<Response> acknowledge(const adapters::Profile& profile, std::string_view id);
  Response receipt(const adapters::Profile& profile, std::string_view id) const;

  const ConfigurationInForce& configuration_;
  const IdentityBook& identities_;
  const programme::RulebookInForce& rulebook_;
  const store::Store& store_;
  store::Committer& committer_;
  delivery::Mailbox& mailbox_;
  intake::Batches& batches_;
  const Maintenance& maintenance_;
  const OnOutgoing on_outgoing_;
  TraceBook& traces_;
  MessageTimes times_;
};

}  // namespace loangate::net
