#include "net/partner_service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <charconv>

#include "adapters/batch/form.hpp"
#include "adapters/seal/seal.hpp"
#include "base/log.hpp"
#include "delivery/commit.hpp"
#include "intake/admit.hpp"
#include "intake/document.hpp"
#include "net/contract_answer.hpp"
#include "net/problem.hpp"

namespace loangate::net {
namespace {

using adapters::Profile;

constexpr std::string_view messages_path = "/v1/messages";
constexpr std::string_view batches_path = "/v1/batches";
constexpr std::string_view documents_path = "/v1/documents";
constexpr std::string_view mailbox_path = "/v1/mailbox";
constexpr std::string_view receipts_prefix = "/v1/receipts/";
constexpr std::string_view contract_path = "/v1/contract";
constexpr std::uint32_t documents_per_second = 10;  // of a partner: they are large
constexpr std::size_t most_at_once = 100;           // messages of one mailbox answer
constexpr std::chrono::seconds longest_wait{50};
constexpr unsigned usual_batch_wait = 30;  // seconds (settled 40)
constexpr int most_files_at_once = 4;      // of a partner, on their way to disk

Response with_retry(Response response, unsigned seconds) {
  response.headers.emplace_back("Retry-After", std::to_string(seconds));
  return response;
}

Response no_such_path() {
  return problem(
      404, "没有此路径 · No such path",
      "可用路径：POST /v1/messages、POST /v1/batches、GET /v1/batches/{id}、POST /v1/documents、GET "
      "/v1/mailbox、POST /v1/mailbox/{id}/ack、GET /v1/receipts/{id}、GET /v1/contract · use POST "
      "/v1/messages, "
      "POST /v1/batches, GET /v1/batches/{id}, POST /v1/documents, GET /v1/mailbox, POST "
      "/v1/mailbox/{id}/ack, "
      "GET /v1/receipts/{id} or GET /v1/contract");
}

Response cannot_store() {
  return with_retry(
      problem(503, "暂时无法保存 · Cannot store now",
              "报文未保存，请以同一编号稍后重发 · nothing was kept; send the same message again later"),
      5);
}

/// A file on its way to disk.
class SpoolSink final : public BodySink {
 public:
  SpoolSink(const std::filesystem::path& folder, std::shared_ptr<std::atomic<int>> beside)
      : beside_(std::move(beside)) {
    if (beside_->fetch_add(1) >= most_files_at_once) return;
    may_ = true;
    if (auto opened = intake::Spool::open(folder)) {
      spool_ = *std::move(opened);
    } else {
      LogLine(LogLevel::error, "batch.not_kept").reason(opened.error());
    }
  }
  ~SpoolSink() override { --*beside_; }
  SpoolSink(const SpoolSink&) = delete;
  SpoolSink& operator=(const SpoolSink&) = delete;

  std::expected<void, Response> take(std::string_view bytes) override {
    if (!may_) {
      return std::unexpected(with_retry(
          problem(429, "文件过多 · Too many files",
                  "本机构正在发送的文件已达上限 · this institution already sends its number of files"),
          5));
    }
    if (!spool_) return std::unexpected(cannot_store());
    if (const auto written = spool_->write(bytes); !written) {
      LogLine(LogLevel::error, "batch.not_kept").reason(written.error());
      return std::unexpected(cannot_store());
    }
    return {};
  }
  /// None: nothing was taken.
  std::optional<std::filesystem::path> release() {
    if (!spool_) return std::nullopt;
    return spool_->release();
  }

 private:
  std::shared_ptr<std::atomic<int>> beside_;
  bool may_ = false;
  std::unique_ptr<intake::Spool> spool_;
};

/// The media type alone, without its parameters.
std::string_view media_type(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (content_type.ends_with(' ')) content_type.remove_suffix(1);
  return content_type;
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Seals the answer in its head, where the partner's seals stand there. False if that cannot be done.
bool seal_in_head(const Profile& profile, Response& response) {
  auto fields = adapters::head_seal(profile, adapters::Way::to_partner, response.body, real_now());
  if (fields) {
    std::ranges::move(*fields, std::back_inserter(response.headers));
  } else {
    LogLine(LogLevel::error, "answer.not_sealed").partner(profile.id.view()).reason(fields.error());
  }
  return fields.has_value();
}

Response receipt_response(const Profile& profile, unsigned status, std::string body, Sequence sequence) {
  Response response{.status = status,
                    .content_type = profile.content_types.front(),
                    .body = std::move(body),
                    .headers = {{"Loangate-Message", std::to_string(sequence.number)}}};
  seal_in_head(profile, response);
  return response;
}

void log_fate(const Profile& profile, const intake::Submission& submission, const intake::Reply& reply,
              const TraceContext& trace) {
  LogLine line(LogLevel::info, "message.answered");
  line.partner(profile.id.view()).outcome(reply.duplicate ? "duplicate" : spec_of(reply.outcome).name);
  if (submission.read) {
    line.message_kind(spec_of(submission.read->kind).name);
    line.message_id(std::get<std::string_view>(submission.read->record[0]));
  }
  if (reply.sequence) line.sequence(reply.sequence->number);
  if (!reply.finding_codes.empty()) line.findings(reply.finding_codes);
  if (!submission.seal_key.empty()) line.seal_key(submission.seal_key);
  line.status(reply.status).trace(trace);
}

}  // namespace

PartnerService::PartnerService(const ConfigurationInForce& configuration, const IdentityBook& identities,
                               const programme::RulebookInForce& rulebook, const store::Store& store,
                               store::Committer& committer, delivery::Mailbox& mailbox,
                               intake::Batches& batches, const Maintenance& maintenance,
                               OnOutgoing on_outgoing, TraceBook& traces)
    : configuration_(configuration),
      identities_(identities),
      rulebook_(rulebook),
      store_(store),
      committer_(committer),
      mailbox_(mailbox),
      batches_(batches),
      maintenance_(maintenance),
      on_outgoing_(std::move(on_outgoing)),
      traces_(traces) {}

PartnerService::~PartnerService() = default;

std::expected<PartnerService::TermsPtr, Response> PartnerService::speaker(const RequestHead& head,
                                                                          const Peer& peer) const {
  const auto refuse = [&](std::string_view detail) {
    LogLine(LogLevel::warn, "request.refused").peer(peer.address).status(403).reason(detail);
    return std::unexpected(problem(403, "不接受此证书 · This certificate is not admitted", detail));
  };
  const auto identities = identities_.current();
  const Identity identity = identities->find(peer, real_now());
  if (const auto* stranger = std::get_if<Stranger>(&identity)) return refuse(explain(stranger->why));
  const auto* sender = std::get_if<const Sender*>(&identity);
  if (sender == nullptr)
    return refuse("证书属于人员，不是机构 · the certificate is a person's, not an institution's");

  std::string_view partner = head.field("Loangate-Partner");
  if (partner.empty()) {
    if ((*sender)->partners.size() != 1) {
      return refuse(
          "此证书代表多家机构：请以 Loangate-Partner 指明 · this sender speaks for several institutions: "
          "name one in Loangate-Partner");
    }
    partner = (*sender)->partners.front();
  } else if (!(*sender)->may_speak_for(partner)) {
    return refuse(
        "此证书不能代表所指机构 · this certificate may not speak for the institution named in "
        "Loangate-Partner");
  }
  const auto id = PartnerId::parse(partner);
  auto configuration = configuration_.current();
  const Terms* terms = id ? configuration->find(*id) : nullptr;
  if (terms == nullptr) return refuse("此机构没有报文配置 · the institution has no profile here");
  return TermsPtr(std::move(configuration), terms);  // keeps the whole
}

std::expected<Admitted, Response> PartnerService::head(const RequestHead& head, const Peer& peer) {
  auto admitted = admit(head, peer);
  if (!admitted) maintenance_.announce(admitted.error());
  return admitted;
}

std::expected<Admitted, Response> PartnerService::admit(const RequestHead& head, const Peer& peer) const {
  auto terms = speaker(head, peer);
  if (!terms) return std::unexpected(std::move(terms.error()));
  const Profile& profile = (*terms)->profile;
  const auto now = std::chrono::steady_clock::now();
  if (!(*terms)->messages->allow(now, profile.bounds.messages_per_second)) {
    return std::unexpected(
        with_retry(problem(429, "超过约定速率 · Above the agreed rate",
                           "请稍后以同一编号重发 · send the same message again a little later"),
                   1));
  }
  const bool document = head.path == documents_path;
  const bool batch = head.path == batches_path;
  if (head.path != messages_path && !document && !batch)
    return Admitted{.body_bytes = 0, .terms = *std::move(terms)};

  if (head.method != "POST") {
    Response refusal = problem(405, "方法不可用 · Method not allowed", "请使用 POST · use POST");
    refusal.headers.emplace_back("Allow", "POST");
    return std::unexpected(std::move(refusal));
  }
  if (auto taken = maintenance_.admit(); !taken) return std::unexpected(std::move(taken.error()));
  if (!head.field("Content-Encoding").empty()) {
    return std::unexpected(problem(415, "不支持的编码 · Content-Encoding not accepted",
                                   "请发送未压缩报文 · send the message uncompressed"));
  }
  const std::string_view type = media_type(head.field("Content-Type"));
  if (document) {
    if (!(*terms)->documents->allow(now, documents_per_second)) {
      return std::unexpected(with_retry(problem(429, "材料过多 · Too many documents",
                                                "请稍后重发 · send the document again a little later"),
                                        1));
    }
    if (!intake::takes_document(type)) {
      return std::unexpected(problem(415, "媒体类型不符 · Media type not accepted",
                                     "材料可为 PDF、JPEG、PNG · documents are application/pdf, image/jpeg or "
                                     "image/png"));
    }
    if (const auto ready = store_.ready(); !ready) return std::unexpected(cannot_store());
    return Admitted{.body_bytes = intake::greatest_document_bytes, .terms = *std::move(terms)};
  }
  if (batch && profile.batch == nullptr) {
    return std::unexpected(
        problem(404, "未约定批量文件 · No batches agreed",
                "本机构的配置没有 batch 一节；请逐笔发送 · this institution's profile has no "
                "batch block: send single messages"));
  }
  const auto& known = profile.content_types;
  const bool lines_of_json =
      batch && profile.format == adapters::Format::json && type == "application/x-ndjson";
  if (!type.empty() && !lines_of_json && std::ranges::none_of(known, [&](const std::string& one) {
        return same_token(media_type(one), type);
      })) {
    return std::unexpected(
        problem(415, "媒体类型不符 · Media type not accepted",
                fmt::format("本机构约定的类型 · agreed for this institution: {}", fmt::join(known, ", "))));
  }
  if (const auto ready = store_.ready(); !ready) return std::unexpected(cannot_store());
  if (batch) {
    auto sink = std::make_shared<SpoolSink>(batches_.folder(), (*terms)->files_coming);
    return Admitted{
        .body_bytes = profile.batch->max_bytes, .terms = *std::move(terms), .sink = std::move(sink)};
  }
  return Admitted{.body_bytes = profile.bounds.body_bytes, .terms = *std::move(terms)};
}

boost::asio::awaitable<Response> PartnerService::answer(Request request) {
  Response response = co_await carry_out(std::move(request));
  maintenance_.announce(response);
  co_return response;
}

boost::asio::awaitable<Response> PartnerService::carry_out(Request request) {
  auto terms = std::static_pointer_cast<const Terms>(std::move(request.terms));
  const Profile& profile = terms->profile;
  const std::string_view path = request.head.path;
  const std::string_view method = request.head.method;

  if (path == messages_path) co_return co_await take_message(std::move(terms), std::move(request));
  if (path == batches_path && method == "POST") {
    co_return co_await take_batch(std::move(terms), std::move(request));
  }
  if (path.starts_with(batches_path) && path.size() > batches_path.size() + 1 && method == "GET") {
    co_return batch(profile, path.substr(batches_path.size() + 1));
  }
  if (path == documents_path) co_return co_await take_document(profile, std::move(request));
  if (path == mailbox_path && method == "GET") co_return co_await next_messages(profile, request.head);
  if (path.starts_with(mailbox_path) && path.ends_with("/ack") && method == "POST") {
    const std::size_t begin = mailbox_path.size() + 1;
    if (path.size() > begin + 4)
      co_return co_await acknowledge(profile, path.substr(begin, path.size() - begin - 4));
  }
  if (path.starts_with(receipts_prefix) && method == "GET") {
    co_return receipt(profile, path.substr(receipts_prefix.size()));
  }
  if (path == contract_path && method == "GET") co_return contract_answer(profile, request.head);
  co_return no_such_path();
}

boost::asio::awaitable<Response> PartnerService::take_message(TermsPtr terms, Request request) {
  const auto began = std::chrono::steady_clock::now();
  const Profile& profile = terms->profile;
  const auto duplicates = terms->duplicates;
  const TraceContext trace = trace_of(request.head);
  std::shared_ptr<const Profile> kept(std::move(terms), &profile);
  const auto head =
      adapters::seal_fields(profile, adapters::Way::from_partner,
                            [&request](std::string_view name) { return request.head.field(name); });
  auto submission = std::make_shared<const intake::Submission>(
      intake::submit(std::move(kept), std::move(request.body), request.received, head));
  const auto decoded = std::chrono::steady_clock::now();
  times_.decode.add(decoded - began);
  auto reply = std::make_shared<intake::Reply>();
  store::Unit unit = [submission, reply, &rulebook = rulebook_](const store::View& view, Sequence sequence) {
    return intake::admit(*submission, *rulebook.current(), view, sequence, *reply);
  };
  const store::Committed committed = co_await delivery::commit(committer_, std::move(unit));
  if (!committed) {
    LogLine(LogLevel::error, "message.not_kept")
        .partner(profile.id.view())
        .status(503)
        .reason(committed.error().what);
    co_return cannot_store();
  }
  times_.store.add(std::chrono::steady_clock::now() - decoded);
  if (!reply->addressed.empty() && reply->sequence) traces_.note(*reply->sequence, trace);
  for (const PartnerId& partner : reply->addressed) on_outgoing_(partner);
  log_fate(profile, *submission, *reply, trace);
  Response response = receipt_response(profile, reply->status, std::move(reply->receipt), *reply->sequence);
  if (reply->duplicate) {
    duplicates->fetch_add(1, std::memory_order_relaxed);
    response.headers.emplace_back("Loangate-Duplicate", "true");
  }
  times_.whole.add(std::chrono::steady_clock::now() - began);
  co_return response;
}

namespace {

Response batch_progress(const Batch& batch) {
  Response response{.status = 202, .content_type = "application/json", .body = intake::progress_json(batch)};
  return with_retry(std::move(response), 2);
}

Response batch_response(const Profile& profile, const intake::BatchResult& result) {
  if (result.failed_for_now()) return cannot_store();
  Response response{.status = result.status, .content_type = profile.content_types.front()};
  response.body = result.receipt;
  response.file = result.return_file;
  if (result.sequence)
    response.headers.emplace_back("Loangate-Message", std::to_string(result.sequence->number));
  if (result.duplicate) response.headers.emplace_back("Loangate-Duplicate", "true");
  if (!result.refused())
    response.headers.emplace_back("Location",
                                  fmt::format("{}/{}", batches_path, percent_encoded(result.batch_id)));
  return response;
}

/// What a file that is being judged tells the one who sent it and waits.
struct BatchNews {
  explicit BatchNews(const boost::asio::any_io_executor& executor) : bell(executor) {}
  boost::asio::steady_timer bell;
  std::optional<std::string> begun;
  std::optional<intake::BatchResult> result;
};

}  // namespace

boost::asio::awaitable<Response> PartnerService::take_batch(TermsPtr terms, Request request) {
  namespace asio = boost::asio;
  const Profile& profile = terms->profile;
  const auto wait =
      number<unsigned>(request.head.parameter("wait").value_or(std::to_string(usual_batch_wait)));
  auto* const sink = static_cast<SpoolSink*>(request.taken.get());
  auto file = sink == nullptr ? std::nullopt : sink->release();
  request.taken.reset();
  if (!wait || !file) {
    if (file) std::filesystem::remove(*file);
    co_return problem(400, "参数或正文有误 · Parameters or body are wrong",
                      "wait 为秒数，文件为正文 · wait is a number of seconds, the file is the body");
  }
  const auto executor = co_await asio::this_coro::executor;
  const auto news = std::make_shared<BatchNews>(executor);
  const auto ring = [news, executor](auto set) {
    asio::post(executor, [news, set = std::move(set)]() mutable {
      set(*news);
      news->bell.cancel();
    });
  };
  const std::shared_ptr<const Profile> held(terms, &profile);
  batches_.take_spooled(
      held, *std::move(file), request.received,
      [ring](std::string id) { ring([id = std::move(id)](BatchNews& all) { all.begun = id; }); },
      [ring](const intake::BatchResult& result) { ring([result](BatchNews& all) { all.result = result; }); });
  const auto begin = std::chrono::steady_clock::now();
  const auto patience = begin + std::min(std::chrono::seconds(*wait), longest_wait);
  // Until it has been read through, nobody can say that it is taken.
  while (!news->result) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= (news->begun ? patience : begin + longest_wait)) break;
    news->bell.expires_at(news->begun ? patience : begin + longest_wait);
    co_await news->bell.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  if (news->result) co_return batch_response(profile, *news->result);
  const auto batch = news->begun ? batches_.find(profile.id, *news->begun) : std::nullopt;
  if (!batch) co_return cannot_store();
  Response response = batch_progress(*batch);
  response.headers.emplace_back("Location", fmt::format("{}/{}", batches_path, percent_encoded(batch->id)));
  co_return response;
}

Response PartnerService::batch(const Profile& profile, std::string_view id) const {
  const auto decoded = percent_decoded(id);
  const auto batch = decoded ? batches_.find(profile.id, *decoded) : std::nullopt;
  if (!batch) {
    return problem(404, "没有此批次 · No such batch",
                   "本机构没有此批次号的文件 · no file of this institution has that batch id");
  }
  if (!batch->ended) return batch_progress(*batch);
  return {.status = batch->undone ? 422u : 200u,
          .content_type = profile.content_types.front(),
          .file = batches_.return_file(*batch)};
}

boost::asio::awaitable<Response> PartnerService::take_document(const Profile& profile, Request request) {
  if (request.body.empty()) {
    co_return problem(400, "材料为空 · The document is empty",
                      "请在正文中发送文件 · send the file as the body");
  }
  auto document = std::make_shared<const intake::Document>(
      intake::document(profile.id, std::move(request.body),
                       std::string(media_type(request.head.field("Content-Type"))), request.received));
  auto reply = std::make_shared<intake::DocumentReply>();
  store::Unit unit = [document, reply](const store::View& view, Sequence sequence) {
    return intake::keep(*document, view, sequence, *reply);
  };
  const store::Committed committed = co_await delivery::commit(committer_, std::move(unit));
  if (!committed) {
    LogLine(LogLevel::error, "document.not_kept")
        .partner(profile.id.view())
        .status(503)
        .reason(committed.error().what);
    co_return cannot_store();
  }
  if (reply->status == 409) {
    co_return problem(409, "编号已被占用 · The id is taken",
                      "一份报文已使用该材料的编号（document/摘要）；请改用自己的报文编号规则 · a message of "
                      "yours has the id "
                      "document/DIGEST: do not name messages so");
  }
  if (reply->status == 410) {
    co_return problem(
        410, "保存期已满 · Its time is over",
        "该材料保存期已满，已清理；如仍需要，请以另一份文件重新提交 · this document was removed when its "
        "time was over; if it is needed again, send it as another file");
  }
  LogLine(LogLevel::info, "document.kept")
      .partner(profile.id.view())
      .sequence(reply->sequence->number)
      .status(reply->status);
  co_return Response{.status = reply->status, .content_type = "application/json", .body = reply->body};
}

boost::asio::awaitable<Response> PartnerService::next_messages(const Profile& profile,
                                                               const RequestHead& head) {
  const auto limit = number<std::size_t>(head.parameter("limit").value_or("1"));
  const auto wait = number<unsigned>(head.parameter("wait").value_or("0"));
  if (!limit || *limit == 0 || *limit > most_at_once || !wait) {
    co_return problem(400, "参数有误 · Parameters are wrong",
                      "limit 为 1–100，wait 为秒数 · limit is 1 to 100, wait a number of seconds");
  }
  const auto patience = std::min(std::chrono::seconds(*wait), longest_wait);
  auto mail = co_await mailbox_.next(profile.id, *limit, patience);
  if (!mail && mail.error() == delivery::Mailbox::Refusal::no_mailbox) {
    co_return problem(404, "没有信箱 · No mailbox",
                      "报文由网关推送至本机构 · messages are pushed to this institution");
  }
  if (!mail) {
    co_return with_retry(
        problem(429, "等待过多 · Too many are waiting",
                "本机构的长轮询已达上限 · this institution already has its number of long polls"),
        1);
  }
  if (mail->deliveries.empty()) co_return Response{.status = 204};
  Response response{
      .status = 200, .content_type = std::move(mail->content_type), .body = std::move(mail->body)};
  if (*limit == 1) {
    const auto& only = mail->deliveries.front();
    response.headers.emplace_back("Loangate-Delivery", std::to_string(only.id.number));
    response.headers.emplace_back("Loangate-Type", std::string(spec_of(only.kind).name));
  }
  if (!seal_in_head(profile, response)) {
    co_return problem(
        400, "无法加盖印鉴 · It cannot be sealed",
        "本机构的印鉴只覆盖单份报文：请用 limit=1 · your seals cover a place in one message: ask with "
        "limit=1");
  }
  co_return response;
}

boost::asio::awaitable<Response> PartnerService::acknowledge(const Profile& profile, std::string_view id) {
  const auto delivery = number<std::uint64_t>(id);
  const auto unknown =
      problem(404, "没有此投递 · No such delivery",
              "本机构信箱中没有此编号 · this institution's mailbox has no delivery of that id");
  if (!delivery) co_return unknown;
  switch (co_await mailbox_.acknowledge(profile.id, DeliveryId{*delivery})) {
    case delivery::Mailbox::Acknowledged::yes:
      co_return Response{.status = 204};
    case delivery::Mailbox::Acknowledged::foreign:
      co_return unknown;
    case delivery::Mailbox::Acknowledged::not_kept:
      co_return cannot_store();
  }
  co_return cannot_store();
}

Response PartnerService::receipt(const Profile& profile, std::string_view id) const {
  const auto decoded = percent_decoded(id);
  const auto message_id = decoded ? MessageId::parse(*decoded) : std::nullopt;
  std::optional<store::StoredEntry> entry;
  if (message_id) entry = store_.entry(profile.id, *message_id);
  if (!entry) {
    const auto sequence = number<std::uint64_t>(id);
    if (sequence) entry = store_.entry(Sequence{*sequence});
    if (entry && entry->entry.partner != profile.id) entry.reset();  // another's: not there for this one
  }
  if (!entry) {
    return problem(
        404, "没有此回执 · No such receipt",
        "本机构没有此报文编号或回执号 · this institution has sent no message of that id or number");
  }
  if (entry->removed_by) {
    return problem(
        410, "回执保存期已满 · The receipt's time is over",
        fmt::format("回执号 {}，结果 {}；正文保存期已满，已清理 · receipt {}, outcome {}: its text was "
                    "removed when its time was over",
                    entry->sequence.number, spec_of(entry->entry.outcome).name, entry->sequence.number,
                    spec_of(entry->entry.outcome).name));
  }
  return receipt_response(profile, 200, std::move(entry->entry.receipt), entry->sequence);
}

void PartnerService::stopping() {
  mailbox_.stop();
}

}  // namespace loangate::net
