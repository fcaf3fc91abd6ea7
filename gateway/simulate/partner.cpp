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
constexpr auto slow_pause = 300ms;

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

asio::awaitable<std::expected<void, std::string>> Partner::post_badly(std::string bytes, SendFault fault) {
  auto posting =
      request("POST", std::string(messages_path), std::move(bytes), profile_.content_types.front());
  if (!posting) co_return std::unexpected(posting.error());
  const auto broken = co_await send_badly(context_, gateway_, *std::move(posting), fault);
  if (!broken) co_return std::unexpected(fmt::format("{}: {}", id().view(), broken.error()));
  co_return std::expected<void, std::string>();
}

void Partner::order(Mood mood, unsigned times) {
  if (endpoint_) {
    endpoint_->order(mood, times);
  } else {
    moods_.order(mood, times);
  }
}

asio::awaitable<std::expected<std::size_t, std::string>> Partner::collect(std::chrono::seconds wait) {
  std::size_t count = 0;
  if (profile_.push() != nullptr) co_return count;
  for (;;) {
    const Mood mood = moods_.now();
    if (mood == Mood::cut_before_body) {
      moods_.next();
      co_return count;
    }
    auto mail = co_await exchange("GET", fmt::format("/v1/mailbox?limit=1&wait={}", wait.count()), "", "");
    if (!mail) co_return std::unexpected(mail.error());
    if (mail->status == 204) co_return count;
    moods_.next();
    const std::string_view number = mail->header("Loangate-Delivery");
    DeliveryId delivery{};
    std::from_chars(number.data(), number.data() + number.size(), delivery.number);
    auto decoded = read(*mail, mail->body);
    if (mail->status != 200 || !decoded) {
      co_return std::unexpected(fmt::format("{}: the mailbox answers {} with what is no message: {}",
                                            id().view(), mail->status, decoded ? "" : decoded.error()));
    }
    const bool takes = mood == Mood::well || mood == Mood::slow || mood == Mood::silent ||
                       mood == Mood::twice || mood == Mood::cut_in_answer;
    if (takes) inbox_.take(delivery, decoded->kind, std::move(decoded->record));
    if (const auto done = co_await acknowledge(delivery, mood); !done)
      co_return std::unexpected(done.error());
    // What was not acknowledged lies there still: the next round finds it again.
    if (!takes || mood == Mood::silent) co_return count;
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

asio::awaitable<std::expected<void, std::string>> Partner::acknowledge(DeliveryId delivery, Mood mood) {
  const auto path = [](std::uint64_t number) { return fmt::format("/v1/mailbox/{}/ack", number); };
  unsigned expected = 204;
  std::uint64_t number = delivery.number;
  int times = 1;
  switch (mood) {
    case Mood::well:
      break;
    case Mood::twice:
      times = 2;
      break;
    case Mood::slow: {
      asio::steady_timer pause(context_, slow_pause);
      co_await pause.async_wait(asio::use_awaitable);
      break;
    }
    case Mood::wrong_id:
      expected = 404;
      number += 1'000'000;
      break;
    case Mood::cut_in_answer: {
      auto posting = request("POST", path(number), "", "");
      if (!posting) co_return std::unexpected(posting.error());
      const auto cut = co_await send_badly(context_, gateway_, *std::move(posting), SendFault::cut_in_answer);
      if (!cut) co_return std::unexpected(cut.error());
      co_return std::expected<void, std::string>();
    }
    default:
      co_return std::expected<void, std::string>();
  }
  for (; times > 0; --times) {
    const auto acknowledged = co_await exchange("POST", path(number), "", "");
    if (!acknowledged) co_return std::unexpected(acknowledged.error());
    if (acknowledged->status != expected) {
      co_return std::unexpected(
          fmt::format("{}: the acknowledgement is answered {}", id().view(), acknowledged->status));
    }
  }
  co_return std::expected<void, std::string>();
}

std::expected<net::OutRequest, std::string> Partner::request(std::string method, std::string target,
                                                             std::string body,
                                                             std::string content_type) const {
  net::OutRequest made{.method = std::move(method),
                       .target = std::move(target),
                       .content_type = std::move(content_type),
                       .body = std::move(body),
                       .headers = {{"Loangate-Partner", id().string()}},
                       .idempotent = true};  // every message has its id: to send it again changes nothing
  if (made.target == messages_path) {
    auto head = adapters::head_seal(profile_, Way::from_partner, made.body, real_now());
    if (!head) return std::unexpected(fmt::format("{}: {}", id().view(), head.error()));
    std::ranges::move(*head, std::back_inserter(made.headers));
  }
  return made;
}

asio::awaitable<std::expected<net::Response, std::string>> Partner::exchange(std::string method,
                                                                             std::string target,
                                                                             std::string body,
                                                                             std::string content_type) {
  for (;;) {
    auto asked = request(method, target, body, content_type);
    if (!asked) co_return std::unexpected(asked.error());
    const auto deadline = std::chrono::steady_clock::now() + patience;
    auto answer = co_await client_.send(gateway_, *std::move(asked), deadline);
    if (!answer) co_return std::unexpected(fmt::format("{}: {}", id().view(), answer.error().reason));
    if (answer->status != 429) co_return std::move(*answer);
    asio::steady_timer pause(context_, too_fast_pause);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

}  // namespace loangate::simulate
