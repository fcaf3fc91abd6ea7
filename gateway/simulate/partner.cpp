#include "simulate/partner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <utility>

#include "adapters/seal/seal.hpp"
#include "base/json.hpp"

namespace loangate::simulate {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 80s;  // for one answer, a long poll included
constexpr auto too_fast_pause = 200ms;

constexpr std::string_view messages_path = "/v1/messages";

using adapters::Way;

}  // namespace

Partner::Partner(asio::io_context& context, const adapters::Profile& profile, net::TlsContext tls,
                 const BusinessClock& clock, std::uint64_t first_id)
    : context_(context), profile_(profile), clock_(clock), client_(context), composer_(profile, first_id) {
  gateway_.tls = std::move(tls);
}

Partner::~Partner() = default;

void Partner::listen(std::unique_ptr<net::TlsSource> tls, std::string gateway_spki_sha256,
                     std::uint16_t port) {
  endpoint_ = std::make_unique<PartnerEndpoint>(context_, profile_, std::move(tls),
                                                std::move(gateway_spki_sha256), clock_, inbox_, port);
}

void Partner::connect(const std::string& host, std::uint16_t port) {
  gateway_.host = host;
  gateway_.port = port;
}

std::expected<std::string, std::string> Partner::write(MessageKind kind, Record& message) {
  if (profile_.find(kind) == nullptr) {
    return std::unexpected(fmt::format("{} has no {}", id().view(), spec_of(kind).name));
  }
  composer_.complete(kind, message, clock_.now());
  return write_again(kind, message);
}

std::expected<std::string, std::string> Partner::write_again(MessageKind kind, const Record& message) const {
  auto body = adapters::encode(profile_, kind, message);
  if (body) return adapters::put_seal(profile_, Way::from_partner, *std::move(body), real_now());
  return std::unexpected(fmt::format("{} cannot write {}: {}: {}", id().view(), spec_of(kind).name,
                                     format(message.spec(), body.error().field), body.error().reason));
}

asio::awaitable<std::expected<Answer, std::string>> Partner::post(std::string bytes) {
  auto answered =
      co_await exchange("POST", std::string(messages_path), std::move(bytes), profile_.content_types.front());
  if (!answered) co_return std::unexpected(answered.error());
  Answer answer{.status = answered->status,
                .body = std::move(answered->body),
                .duplicate = !answered->header("Loangate-Duplicate").empty(),
                .receipt = std::nullopt};
  auto decoded = read(*answered, answer.body);
  if (decoded && decoded->kind == MessageKind::receipt) answer.receipt = Receipt::from(decoded->record);
  co_return answer;
}

asio::awaitable<std::expected<std::string, std::string>> Partner::hand_in(std::string pdf) {
  auto answered = co_await exchange("POST", "/v1/documents", std::move(pdf), "application/pdf");
  if (!answered) co_return std::unexpected(answered.error());
  JsonDocument answer;
  const JsonNode* digest = answer.read(answered->body) ? answer.member(answer.root(), "document") : nullptr;
  if (digest != nullptr) co_return std::string(digest->text);
  co_return std::unexpected(
      fmt::format("{}: a document is answered HTTP {}: {}", id().view(), answered->status, answered->body));
}

asio::awaitable<std::expected<std::size_t, std::string>> Partner::collect(std::chrono::seconds wait) {
  std::size_t count = 0;
  if (profile_.push() != nullptr) co_return count;
  for (;;) {
    auto mail = co_await exchange("GET", fmt::format("/v1/mailbox?limit=1&wait={}", wait.count()), "", "");
    if (!mail) co_return std::unexpected(mail.error());
    if (mail->status == 204) co_return count;
    const std::string_view number = mail->header("Loangate-Delivery");
    DeliveryId delivery{};
    std::from_chars(number.data(), number.data() + number.size(), delivery.number);
    auto decoded = read(*mail, mail->body);
    if (mail->status != 200 || !decoded) {
      co_return std::unexpected(fmt::format("{}: the mailbox answers {} with what is no message: {}",
                                            id().view(), mail->status, decoded ? "" : decoded.error()));
    }
    inbox_.take(delivery, decoded->kind, std::move(decoded->record));
    const auto acknowledged =
        co_await exchange("POST", fmt::format("/v1/mailbox/{}/ack", delivery.number), "", "");
    if (!acknowledged) co_return std::unexpected(acknowledged.error());
    if (acknowledged->status != 204) {
      co_return std::unexpected(
          fmt::format("{}: the acknowledgement is answered {}", id().view(), acknowledged->status));
    }
    ++count;
    wait = 0s;
  }
}

std::expected<adapters::Decoded, std::string> Partner::read(const net::Response& answer,
                                                            std::string_view body) const {
  const auto head = adapters::seal_fields(profile_, Way::to_partner, answer.headers);
  const auto proved = adapters::open_seal(profile_, Way::to_partner, body, head, real_now());
  if (!proved) return std::unexpected(text_en(proved.error().front()));
  auto decoded = adapters::decode(profile_, adapters::without_trailer(profile_, Way::to_partner, body));
  if (!decoded) return std::unexpected(text_en(decoded.error().findings.front()));
  return *std::move(decoded);
}

asio::awaitable<std::expected<net::Response, std::string>> Partner::exchange(std::string method,
                                                                             std::string target,
                                                                             std::string body,
                                                                             std::string content_type) {
  std::vector<std::pair<std::string, std::string>> headers{{"Loangate-Partner", id().string()}};
  if (target == messages_path) {
    auto head = adapters::head_seal(profile_, Way::from_partner, body, real_now());
    if (!head) co_return std::unexpected(fmt::format("{}: {}", id().view(), head.error()));
    std::ranges::move(*head, std::back_inserter(headers));
  }
  for (;;) {
    net::OutRequest request{
        .method = method,
        .target = target,
        .content_type = content_type,
        .body = body,
        .headers = headers,
        .idempotent = true};  // every message has its id: to send it again changes nothing
    const auto deadline = std::chrono::steady_clock::now() + patience;
    auto answer = co_await client_.send(gateway_, std::move(request), deadline);
    if (!answer) co_return std::unexpected(fmt::format("{}: {}", id().view(), answer.error().reason));
    if (answer->status != 429) co_return std::move(*answer);
    asio::steady_timer pause(context_, too_fast_pause);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

}  // namespace loangate::simulate
