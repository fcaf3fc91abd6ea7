#include "simulate/endpoint.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <utility>

#include "adapters/codec/codec.hpp"
#include "adapters/seal/seal.hpp"
#include "net/client.hpp"
#include "net/problem.hpp"

namespace loangate::simulate {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

using adapters::Way;

constexpr auto slow_pause = 300ms;
constexpr auto silence = 60s;  // longer than anyone waits for an answer

std::optional<DeliveryId> delivery_id(std::string_view text) {
  DeliveryId id{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), id.number);
  if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return id;
}

std::string path_of(const adapters::Profile& profile) {
  const auto url = net::parse_https_url(profile.push()->url);
  return url ? url->target : "/";
}

net::Limits limits() {
  net::Limits limits;
  limits.processing = silence + 1s;
  limits.drain = 100ms;
  return limits;
}

constexpr std::pair<std::string_view, Mood> names[] = {
    {"well", Mood::well},
    {"silent", Mood::silent},
    {"slow", Mood::slow},
    {"failing", Mood::failing},
    {"nonsense", Mood::nonsense},
    {"wrong_id", Mood::wrong_id},
    {"wrong_status", Mood::wrong_status},
    {"refusing", Mood::refusing},
    {"blind_yes", Mood::blind_yes},
    {"cut_before_body", Mood::cut_before_body},
    {"cut_in_answer", Mood::cut_in_answer},
    {"twice", Mood::twice},
};
constexpr std::size_t begun_answer = 20;  // bytes of a TLS record that nobody can read yet

}  // namespace

std::string_view name(Mood mood) {
  return std::ranges::find(names, mood, &std::pair<std::string_view, Mood>::second)->first;
}

std::optional<Mood> mood_named(std::string_view name) {
  const auto found = std::ranges::find(names, name, &std::pair<std::string_view, Mood>::first);
  return found == std::end(names) ? std::nullopt : std::optional(found->second);
}

std::vector<Mood> all_moods() {
  std::vector<Mood> all;
  for (const auto& [name, mood] : names) all.push_back(mood);
  return all;
}

PartnerEndpoint::PartnerEndpoint(asio::io_context& context, const adapters::Profile& profile,
                                 std::unique_ptr<net::TlsSource> tls, std::string gateway_spki_sha256,
                                 const BusinessClock& clock, Inbox& inbox, std::uint16_t port)
    : context_(context),
      profile_(profile),
      path_(path_of(profile)),
      tls_(std::move(tls)),
      gateway_(std::move(gateway_spki_sha256)),
      inbox_(inbox),
      server_({&context}, {asio::ip::address_v4::loopback(), 0}, *tls_, limits(), clock, *this),
      wire_(context, port, server_.port()) {}

PartnerEndpoint::~PartnerEndpoint() = default;

std::expected<net::Admitted, net::Response> PartnerEndpoint::head(const net::RequestHead& head,
                                                                  const net::Peer& peer) {
  if (peer.spki_sha256 != gateway_) {
    return std::unexpected(net::problem(403, "不是网关 · Not the gateway",
                                        "只接受网关的证书 · only the gateway's key may call"));
  }
  const bool asks = head.method == "GET" && head.path.starts_with(path_ + "/");
  if (!asks && (head.method != "POST" || head.path != path_)) {
    return std::unexpected(net::problem(404, "没有此路径 · No such path", "POST " + path_));
  }
  if (!asks && moods_.now() == Mood::cut_before_body) {
    moods_.next();
    wire_.cut_after(0);
  }
  return net::Admitted{.body_bytes = asks ? 0 : profile_.bounds.body_bytes};
}

asio::awaitable<net::Response> PartnerEndpoint::answer(net::Request request) {
  if (request.head.method == "GET") {
    const auto id = delivery_id(request.head.path.substr(path_.size() + 1));
    if (moods_.now() == Mood::failing) co_return net::problem(500, "故障 · Failure", "as ordered");
    if (!id || !inbox_.has(*id)) co_return net::problem(404, "没有收到 · It never came", "no such delivery");
    co_return acknowledgement(*id, Answer::yes, std::nullopt);
  }
  ++calls_;
  const auto id = delivery_id(request.head.field("Loangate-Delivery"));
  if (!id) co_return net::problem(400, "缺少投递编号 · No delivery id", "Loangate-Delivery");
  const Mood mood = moods_.next();
  switch (mood) {
    case Mood::failing:
      co_return net::problem(500, "故障 · Failure", "as ordered");
    case Mood::nonsense:
      co_return net::Response{
          .status = 200, .content_type = "text/html", .body = "<html>welcome</html>", .headers = {}};
    case Mood::blind_yes:
      co_return net::Response{.status = 200, .content_type = "", .body = "", .headers = {}};
    case Mood::wrong_id:
      co_return acknowledgement(DeliveryId{id->number + 1}, Answer::yes, std::nullopt);
    case Mood::refusing:
      co_return acknowledgement(*id, Answer::no, "账户已冻结");
    case Mood::well:
    case Mood::silent:
    case Mood::slow:
    case Mood::wrong_status:
    case Mood::cut_before_body:
    case Mood::cut_in_answer:
    case Mood::twice:
      break;
  }
  const auto head = adapters::seal_fields(
      profile_, Way::to_partner, [&request](std::string_view name) { return request.head.field(name); });
  const auto proved = adapters::open_seal(profile_, Way::to_partner, request.body, head, real_now());
  if (!proved) co_return acknowledgement(*id, Answer::no, "印鉴不符");
  auto decoded =
      adapters::decode(profile_, adapters::without_trailer(profile_, Way::to_partner, request.body));
  if (!decoded) co_return acknowledgement(*id, Answer::no, "报文无法解析");
  const auto* inside = std::get_if<std::int64_t>(&decoded->record[0]);
  if (inside == nullptr || static_cast<std::uint64_t>(*inside) != id->number) {
    co_return acknowledgement(*id, Answer::no, "投递编号不一致");
  }
  inbox_.take(*id, decoded->kind, std::move(decoded->record));
  if (mood == Mood::silent) co_await pause(silence);
  if (mood == Mood::slow) co_await pause(slow_pause);
  if (mood == Mood::cut_in_answer) wire_.cut_after(begun_answer);
  net::Response taken = acknowledgement(*id, Answer::yes, std::nullopt);
  if (mood == Mood::wrong_status) taken.status = 302;
  co_return taken;
}

void PartnerEndpoint::stopping() {
  asio::post(context_, [this] {
    stopping_ = true;
    for (auto* timer : pauses_) timer->cancel();
  });
}

net::Response PartnerEndpoint::acknowledgement(DeliveryId id, Answer taken,
                                               std::optional<std::string> reason) const {
  const Acknowledgement word{static_cast<std::int64_t>(id.number), taken, std::move(reason)};
  auto body = adapters::encode(profile_, MessageKind::acknowledgement, word.record());
  if (!body) return net::problem(500, "无法写出回执 · Cannot write the acknowledgement", body.error().reason);
  auto sealed = adapters::put_seal(profile_, Way::from_partner, *std::move(body), real_now());
  auto head = sealed ? adapters::head_seal(profile_, Way::from_partner, *sealed, real_now())
                     : std::unexpected(sealed.error());
  if (!head) return net::problem(500, "无法加盖印鉴 · Cannot seal the acknowledgement", head.error());
  return {.status = 200,
          .content_type = profile_.content_types.front(),
          .body = *std::move(sealed),
          .headers = *std::move(head)};
}

asio::awaitable<void> PartnerEndpoint::pause(std::chrono::milliseconds time) {
  if (stopping_) co_return;
  asio::steady_timer timer(context_, time);
  pauses_.insert(&timer);
  struct Leave {
    std::set<asio::steady_timer*>& pauses;
    asio::steady_timer& timer;
    ~Leave() { pauses.erase(&timer); }
  } const leave{pauses_, timer};
  boost::system::error_code ended;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ended));
}

}  // namespace loangate::simulate
