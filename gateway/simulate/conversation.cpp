#include "simulate/conversation.hpp"

#include <fmt/format.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <utility>

#include "adapters/codec/codec.hpp"
#include "adapters/contract/damage.hpp"
#include "base/bytes.hpp"
#include "base/contains.hpp"
#include "base/json.hpp"
#include "base/json_writer.hpp"
#include "simulate/companies.hpp"
#include "simulate/documents.hpp"

namespace loangate::simulate {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

using Filing = LoanDisbursement::field;
using Arrival = DefaultNotice::field;

constexpr auto patience = 20s;  // for what must come
constexpr auto between_looks = 10ms;
constexpr std::int64_t nine_hours = 9LL * 3600 * 1'000'000;
constexpr std::size_t shown_bytes = 65'536;

/// A step that did not go as it should; the report has the words.
struct Failed {
  std::string why;
};
template <class T>
using Result = std::expected<T, Failed>;

std::unexpected<Failed> failed(std::string why) {
  return std::unexpected(Failed{std::move(why)});
}

/// What went over the wire, for people. Bytes that are no text of the charset are shown as far as they are.
std::string shown(adapters::Charset charset, std::string_view bytes) {
  std::string text;
  bytes = bytes.substr(0, shown_bytes);
  while (!bytes.empty()) {
    const auto done = adapters::append_utf8(charset, bytes, text);
    if (done) break;
    text += fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes[done.error().offset]));
    bytes.remove_prefix(done.error().offset + 1);
  }
  return text;
}

unsigned status_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::accepted:
    case Outcome::held:
      return 200;
    case Outcome::rejected:
      return 422;
    case Outcome::unreadable:
      return 400;
    case Outcome::conflict:
      return 409;
  }
  return 0;
}

/// The value of a field as canonical text; empty if it is absent.
std::string text_of(const Record& record, std::uint16_t field) {
  const FieldSpec& spec = record.spec().fields[field];
  const Value& value = record[field];
  if (const auto* text = std::get_if<std::string_view>(&value)) return std::string(*text);
  if (const auto* money = std::get_if<Fen>(&value)) return format_yuan(*money);
  if (const auto* rate = std::get_if<Rate>(&value)) return format_percent(*rate);
  if (const auto* date = std::get_if<Date>(&value)) return format(*date);
  if (const auto* instant = std::get_if<Instant>(&value)) return format(*instant);
  if (const auto* code = std::get_if<Code>(&value)) return std::string(spec.codes->codes[code->index].name);
  if (const auto* count = std::get_if<std::int64_t>(&value)) return std::to_string(*count);
  return {};
}

MessageId id_of(const Record& message) {
  return MessageId::parse(text_of(message, Filing::message_id)).value_or(MessageId{});
}

bool can(const Composer& composer, const Need& need) {
  return need.code ? composer.can_say(need.kind, need.field, *need.code)
                   : composer.carries(need.kind, need.field);
}

bool plays(const Stage& stage, const Partner& partner, const Role& role, bool another) {
  const bool of_another = contains(stage.second_programme, partner.id());
  return partner.profile().role == role.role && of_another == another &&
         std::ranges::all_of(role.needs, [&](const Need& need) { return can(partner.composer(), need); });
}

/// Waits until all that goes out has come where it goes, so that a fault ordered later meets nothing older.
/// What was wrong; empty: nothing.
asio::awaitable<std::string> settle(Stage& stage) {
  asio::steady_timer pause(co_await asio::this_coro::executor);
  const auto until = std::chrono::steady_clock::now() + patience;
  for (;;) {
    for (Partner* partner : stage.peers.all()) {
      const auto came = co_await partner->collect(0s);
      if (!came) co_return came.error();
    }
    const auto left = stage.office.undelivered();
    if (!left) co_return left.error();
    if (left->all() == 0) co_return std::string();
    if (std::chrono::steady_clock::now() > until)
      co_return fmt::format("{} 份报文未送达 · {} messages have not come where they go", left->all(),
                            left->all());
    pause.expires_after(between_looks);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

/// What was sent under a name.
struct Sent {
  MessageKind kind;
  std::shared_ptr<const Record> message;
  std::string bytes;
  std::string receipt;  ///< as it came
};

/// A message that the next one is to overtake.
struct Late {
  const Send* step;
  Partner* by;
  Sent sent;
};

class Conversation {
 public:
  Conversation(Stage& stage, const Letters& letters, const Script& script, Partner& self, Fresh& fresh)
      : stage_(stage), letters_(letters), script_(script), fresh_(fresh), today_(today()) {
    cast_[""] = &self;
    values_["self"] = self.id().string();
    values_["self.name"] = self.profile().name_zh;
  }

  /// Why the stage cannot be set; empty: it is.
  std::string begin() {
    for (const auto& [name, role] : script_.cast) {
      Partner* found = nullptr;
      for (Partner* one : stage_.peers.all()) {
        const bool taken = std::ranges::any_of(cast_, [&](const auto& part) { return part.second == one; });
        if (found == nullptr && !taken && plays(stage_, *one, role, script_.another_programme)) found = one;
      }
      if (found == nullptr) return fmt::format("没有可扮演 {} 的机构 · nobody can play `{}`", name, name);
      cast_[name] = found;
      values_[name] = found->id().string();
    }
    std::vector<Record> entries;
    for (const std::string& name : script_.companies) {
      const std::uint32_t number = fresh_.company++;
      const Borrower company = borrower(number);
      values_[name] = company.uscc.string();
      values_[name + ".name"] = company.name;
      entries.push_back(CompanyEntry{.company_uscc = company.uscc,
                                     .company_name = company.name,
                                     .category = Category::high_tech,
                                     .document_no = fmt::format("GR{:08}", number),
                                     .valid_from = today().plus_years(-1)}
                            .record());
    }
    for (const std::string& name : script_.loans) values_[name] = fmt::format("TK{:06}", fresh_.loan++);
    if (entries.empty()) return {};
    const auto entered = stage_.office.enter(CompanyEntry::kind, entries);
    return entered ? "" : entered.error();
  }

  /// Whether a message waits to be overtaken by the next one.
  bool waits() const { return late_.has_value(); }
  /// Sends what was held back.
  asio::awaitable<StepReport> run_late(int line) {
    StepReport report;
    const Late late = std::exchange(late_, std::nullopt).value();
    report.line = line;
    report.on = today();
    report.who = late.by->id();
    report.zh = fmt::format("补发被超越的 {}", spec_of(late.step->kind).record->zh);
    report.en = fmt::format("sends the {} that was overtaken", spec_of(late.step->kind).name);
    report.sent = shown(late.by->profile().charset, late.sent.bytes);
    report.sent_sha256 = hex(sha256(late.sent.bytes));
    const auto went = co_await send(*late.step, late.sent, *late.by, report);
    report.verdict = went ? Verdict::passed : Verdict::failed;
    if (!went) report.reason = went.error().why;
    co_return report;
  }

  /// Does the step. A message that is to be overtaken waits until the next step has been done.
  /// All partners' turns of one step share its day: the first one's `go_to` must not move the others'
  /// `today`.
  asio::awaitable<StepReport> run(const Step& step, Date today) {
    today_ = today;
    StepReport report;
    report.line = step.line;
    report.on = today;
    Partner& by = *cast_.at(step.by);
    const bool partners = !std::holds_alternative<OfficeAct>(step.act) &&
                          !std::holds_alternative<GoTo>(step.act) && !std::holds_alternative<Let>(step.act);
    if (partners) report.who = by.id();
    auto done = act(step, by, report);
    const Result<void> went = co_await std::move(done);
    report.verdict = went ? Verdict::passed : Verdict::failed;
    if (!went) report.reason = went.error().why;
    co_return report;
  }

 private:
  Date today() const { return civil_day(stage_.clock.now()); }

  asio::awaitable<Result<void>> act(const Step& step, Partner& by, StepReport& report) {
    if (const auto* one = std::get_if<Send>(&step.act)) return send(*one, by, report);
    if (const auto* one = std::get_if<Receive>(&step.act)) return receive(*one, by, report);
    if (const auto* one = std::get_if<Call>(&step.act)) return call(*one, by, report);
    if (const auto* one = std::get_if<HandIn>(&step.act)) return hand_in(*one, by, report);
    return other(step, by, report);
  }

  /// What needs no waiting.
  asio::awaitable<Result<void>> other(const Step& step, Partner& by, StepReport& report) {
    if (const auto* order = std::get_if<Order>(&step.act)) {
      by.order(order->mood, order->times);
      report.zh = fmt::format("此后 {} 次收件故障：{}", order->times, name(order->mood));
      report.en = fmt::format("fails with the next {} that come: {}", order->times, name(order->mood));
    } else if (const auto* let = std::get_if<Let>(&step.act)) {
      report.zh = "约定";
      report.en = "let";
      for (const auto& [name, words] : let->values) {
        auto value = filled(words);
        if (!value) co_return std::unexpected(value.error());
        report.note += fmt::format("{}{} = {}", report.note.empty() ? "" : ", ", name, *value);
        values_[name] = *std::move(value);
      }
    } else if (const auto* go_to = std::get_if<GoTo>(&step.act)) {
      co_return move_clock(*go_to, report);
    } else if (const auto* office = std::get_if<OfficeAct>(&step.act)) {
      co_return do_office(*office, report);
    }
    co_return Result<void>();
  }

  Result<void> move_clock(const GoTo& step, StepReport& report) {
    const auto text = filled(step.day);
    if (!text) return std::unexpected(text.error());
    const auto day = parse_date(*text);
    report.zh = fmt::format("时钟拨至 {} 9:00", *text);
    report.en = fmt::format("the clock goes to 9:00 of {}", *text);
    if (!day) return failed(fmt::format("`{}` 不是日期 · is no day", *text));
    const Instant morning{start_of(*day).micros + nine_hours};
    if (morning <= stage_.clock.now()) return {};
    if (const auto set = stage_.office.set_clock(morning); !set) return failed(set.error());
    stage_.clock.advance_to(morning);
    report.on = *day;
    return {};
  }

  Result<void> do_office(const OfficeAct& step, StepReport& report) {
    const MessageSpec& spec = spec_of(step.kind);
    report.zh = fmt::format("办公室：{}", spec.record->zh);
    report.en = fmt::format("the office: {}", spec.record->en);
    auto act = record_of(step.kind, over(letters_, step.kind, step.fields), nullptr, report);
    if (!act) return std::unexpected(act.error());
    report.sent = canonical_json(*act);
    const bool by_two = spec.name.starts_with("rule.");
    const auto done =
        by_two ? stage_.office.decide(step.kind, *act) : stage_.office.enter(step.kind, {&*act, 1});
    if (!done) return failed(done.error());
    return {};
  }

  // ---- what the partner sends

  asio::awaitable<Result<void>> send(const Send& step, Partner& by, StepReport& report) {
    const RecordSpec& record = *spec_of(step.kind).record;
    report.zh = fmt::format("{}{}", step.again.empty() ? "发送 " : "再发 ", record.zh);
    report.en = fmt::format("{} {}", step.again.empty() ? "sends" : "sends again", spec_of(step.kind).name);
    if (step.fault != SendFault::none) {
      report.zh += fmt::format("（故障：{}）", name(step.fault));
      report.en += fmt::format(" (fault: {})", name(step.fault));
    }
    auto composed = compose(step, by, report);
    if (!composed) co_return std::unexpected(composed.error());
    report.sent = shown(by.profile().charset, composed->bytes);
    report.sent_sha256 = hex(sha256(composed->bytes));
    if (step.damaged) co_return co_await send_damaged(*composed, by, report);
    if (step.fault == SendFault::overtaken && !late_) {
      report.note = "暂不发出，待下一份之后 · held back until the next one has gone out";
      late_.emplace(Late{&step, &by, *std::move(composed)});
      co_return Result<void>();
    }
    co_return co_await send(step, *std::move(composed), by, report);
  }

  asio::awaitable<Result<void>> send(const Send& step, Sent composed, Partner& by, StepReport& report) {
    if (step.fault == SendFault::twice) co_return co_await send_twice(step, std::move(composed), by, report);
    if (step.fault != SendFault::none && step.fault != SendFault::slow &&
        step.fault != SendFault::overtaken) {
      const auto broken = co_await by.post_badly(composed.bytes, step.fault);
      if (!broken) co_return failed(broken.error());
      remember(step, std::move(composed), {});
      co_return Result<void>();
    }
    if (step.fault == SendFault::slow) {
      // The receipt of what came slowly is asked for once more by the same bytes: it must be there.
      const auto slow = co_await by.post_badly(composed.bytes, step.fault);
      if (!slow) co_return failed(slow.error());
    }
    const auto answer = co_await by.post(composed.bytes);
    if (!answer) co_return failed(answer.error());
    auto checked = check(step, composed, *answer, by, report);
    if (!checked) co_return std::unexpected(checked.error());
    if (const auto kept = keep(step.keep, answer->receipt->record()); !kept)
      co_return std::unexpected(kept.error());
    remember(step, std::move(composed), answer->body);
    co_return Result<void>();
  }

  void remember(const Send& step, Sent sent, std::string receipt) {
    if (step.as.empty()) return;
    values_[step.as + ".message_id"] = id_of(*sent.message).string();
    sent.receipt = std::move(receipt);
    sent_.insert_or_assign(step.as, std::move(sent));
  }

  Result<Sent> compose(const Send& step, Partner& by, StepReport& report) {
    if (by.profile().find(step.kind) == nullptr)
      return failed(fmt::format("其格式没有 {} · its format has no {}", spec_of(step.kind).record->zh,
                                spec_of(step.kind).name));
    if (!step.again.empty()) return compose_again(step, by, report);
    auto message = record_of(step.kind, over(letters_, step.kind, step.fields), &by, report);
    if (!message) return std::unexpected(message.error());
    auto bytes =
        written(step.kind, *message, by, report, [&](Record& one) { return by.write(step.kind, one); });
    if (!bytes) return std::unexpected(bytes.error());
    return Sent{step.kind, std::make_shared<const Record>(*std::move(message)), *std::move(bytes), {}};
  }

  /// The bytes that were sent before; or, if something is changed, another message under the same id.
  Result<Sent> compose_again(const Send& step, Partner& by, StepReport& report) {
    const Sent& first = sent_.at(step.again);
    if (step.fields.empty()) return first;
    auto message = read_canonical(*spec_of(step.kind).record, canonical_json(*first.message));
    if (!message) return failed(message.error());
    for (const Given& given : step.fields) {
      if (const auto set = put(*message, given); !set) return std::unexpected(set.error());
    }
    const auto bytes = adapters::encode(by.profile(), step.kind, *message);
    if (!bytes) return failed(bytes.error().reason);
    report.note = "同一报文编号，内容不同 · the same message id, other content";
    return Sent{step.kind, std::make_shared<const Record>(*std::move(message)), *bytes, {}};
  }

  /// Writes the message, without what an optional place is too narrow for.
  template <class Write>
  Result<std::string> written(MessageKind kind, Record& message, Partner& by, StepReport& report,
                              const Write& write) {
    auto bytes = write(message);
    while (!bytes) {
      const auto fault = adapters::encode(by.profile(), kind, message);
      const std::uint16_t field = fault ? FieldPath::none : fault.error().field.field;
      if (field == FieldPath::none || message.spec().fields[field].required || !message.has(field))
        return failed(bytes.error());
      message.clear(field);
      left_out(report, message.spec().fields[field].name);
      const auto again = adapters::encode(by.profile(), kind, message);
      if (again) return *again;
    }
    return *std::move(bytes);
  }

  static void left_out(StepReport& report, std::string_view field) {
    constexpr std::string_view begins = "格式中没有位置 · no place in the format: ";
    report.note += report.note.empty() ? begins : ", ";
    report.note += field;
  }

  asio::awaitable<Result<void>> send_twice(const Send& step, Sent composed, Partner& by, StepReport& report) {
    using namespace asio::experimental::awaitable_operators;
    auto both = by.post(composed.bytes) && by.post(composed.bytes);
    const auto [first, second] = co_await std::move(both);
    if (!first) co_return failed(first.error());
    if (!second) co_return failed(second.error());
    const Answer& original = first->duplicate ? *second : *first;
    const auto checked = check(step, composed, original, by, report);
    if (!checked) co_return std::unexpected(checked.error());
    if (first->body != second->body || first->status != second->status ||
        first->duplicate == second->duplicate) {
      co_return failed(
          "两次应得到逐字节相同的回执，其一为重复 · both must get the same receipt byte for byte, one of "
          "them as a duplicate");
    }
    remember(step, std::move(composed), original.body);
    co_return Result<void>();
  }

  /// Each damaged variant must be unreadable, with a place to each finding; none may use up the id.
  asio::awaitable<Result<void>> send_damaged(const Sent& good, Partner& by, StepReport& report) {
    const adapters::Profile& profile = by.profile();
    std::size_t ways = 0;
    report.sent.clear();
    for (const adapters::Damaged& spoilt :
         adapters::damage(profile, *profile.find(good.kind), *good.message, good.bytes)) {
      if (adapters::decode(profile, spoilt.bytes)) continue;  // its profile forgives this one, with a reason
      ++ways;
      const auto answer = co_await by.post(spoilt.bytes);
      if (!answer) co_return failed(answer.error());
      report.status = answer->status;
      report.sent += fmt::format("-- {}\n{}\n", spoilt.name, shown(profile.charset, spoilt.bytes));
      report.came += fmt::format("-- {}\n{}\n", spoilt.name, shown(profile.charset, answer->body));
      const auto& receipt = answer->receipt;
      if (answer->status != 400 || !receipt || receipt->outcome != Outcome::unreadable) {
        co_return failed(fmt::format("{}：应答 HTTP {}，应为无法解析 · answered HTTP {}, not as unreadable",
                                     spoilt.name, answer->status, answer->status));
      }
      const bool placed = std::ranges::any_of(
          receipt->findings, [](const FindingRow& row) { return row.place && !row.place->empty(); });
      const bool has_place =
          by.composer().carries(MessageKind::receipt, Receipt::field::findings, FindingRow::field::place);
      if (receipt->findings.empty() || (has_place && !placed)) {
        co_return failed(fmt::format("{}：审核意见没有位置 · no finding says where", spoilt.name));
      }
    }
    report.note = fmt::format("{} 种损坏 · ways to damage it", ways);
    if (ways == 0) co_return failed("没有可损坏之处 · there is no way to damage it");
    co_return Result<void>();
  }

  // ---- what the receipt says

  Result<void> check(const Send& step, const Sent& sent, const Answer& answer, const Partner& by,
                     StepReport& report) {
    report.status = answer.status;
    report.came = shown(by.profile().charset, answer.body);
    if (!answer.receipt) {
      return failed(fmt::format("HTTP {}：应答不是本格式的回执 · the answer is no receipt in this format",
                                answer.status));
    }
    const Receipt& receipt = *answer.receipt;
    const Expected& expect = step.expect;
    std::string why;
    const auto differs = [&](std::string_view what, const std::string& wanted, const std::string& got) {
      why += fmt::format("{}{}：应为 {}，实为 {} · expected {}, got {}", why.empty() ? "" : "; ", what,
                         wanted, got, wanted, got);
    };
    const Outcome outcome = expect.outcome.value_or(receipt.outcome);
    if (receipt.outcome != outcome) {
      std::string codes;
      for (const FindingRow& row : receipt.findings) codes += fmt::format(" {}", row.code);
      differs("受理结果 outcome", std::string(spec_of(outcome).name),
              std::string(spec_of(receipt.outcome).name) + codes);
    }
    const unsigned status = expect.status.value_or(status_of(outcome));
    if (answer.status != status) differs("HTTP", std::to_string(status), std::to_string(answer.status));
    if (answer.duplicate != expect.duplicate && step.fault == SendFault::none)
      differs("重复 duplicate", expect.duplicate ? "yes" : "no", answer.duplicate ? "yes" : "no");
    if (!step.again.empty() && expect.duplicate) {
      const std::string& first = sent_.at(step.again).receipt;
      if (!first.empty() && answer.body != first)
        why += "回执与首次不同 · the receipt differs from the first one, byte for byte it must not";
    }
    if (receipt.original_id && *receipt.original_id != id_of(*sent.message))
      differs("原报文编号 original_id", id_of(*sent.message).string(), receipt.original_id->string());
    for (const Expected::Reason& reason : expect.reasons) check_reason(reason, sent, receipt, by, why);
    const Record record = receipt.record();
    for (const Given& given : expect.fields) {
      const auto wanted = filled(given.words);
      if (!wanted) return std::unexpected(wanted.error());
      if (!by.composer().carries(MessageKind::receipt, given.field)) {
        left_out(report, record.spec().fields[given.field].name);
        continue;
      }
      if (const std::string got = text_of(record, given.field); got != *wanted)
        differs(record.spec().fields[given.field].name, *wanted, got);
    }
    if (why.empty()) return {};
    return failed(std::move(why));
  }

  void check_reason(const Expected::Reason& reason, const Sent& sent, const Receipt& receipt,
                    const Partner& by, std::string& why) {
    const auto add = [&](std::string more) { why += (why.empty() ? "" : "; ") + std::move(more); };
    const auto row = std::ranges::find(receipt.findings, reason.code, &FindingRow::code);
    if (row == receipt.findings.end()) {
      std::string codes;
      for (const FindingRow& one : receipt.findings) codes += fmt::format(" {}", one.code);
      return add(fmt::format("缺少审核意见 {}，有：{} · the finding is missing, there are:{}", reason.code,
                             codes, codes));
    }
    const Composer& composer = by.composer();
    if (!reason.field || !composer.carries(sent.kind, *reason.field) ||
        !composer.carries(MessageKind::receipt, Receipt::field::findings, FindingRow::field::place))
      return;
    Findings at(1);
    at.front() = {.code = FindingCode::field_missing, .field = {.field = *reason.field}};
    adapters::locate(by.profile(), sent.kind, sent.bytes, at);
    const std::string& place = at.front().place;
    // A narrow place in a fixed record holds only the beginning.
    if (row->place && !row->place->empty() && place.starts_with(*row->place)) return;
    add(fmt::format("{} 位置应为 {}，实为 {} · its place must be {}, is {}", reason.code, place,
                    row->place.value_or(""), place, row->place.value_or("")));
  }

  // ---- what comes

  asio::awaitable<Result<void>> receive(const Receive& step, Partner& by, StepReport& report) {
    const RecordSpec& record = *spec_of(step.kind).record;
    report.zh = fmt::format("{} {}", step.never ? "不应收到" : "收到", record.zh);
    report.en = fmt::format("{} {}", step.never ? "never gets" : "gets", spec_of(step.kind).name);
    if (by.profile().find(step.kind) == nullptr) {
      if (step.never) co_return Result<void>();
      co_return failed(
          fmt::format("其格式没有 {} · its format has no {}", record.zh, spec_of(step.kind).name));
    }
    std::vector<std::pair<std::uint16_t, std::string>> where;
    for (const Given& given : step.where) {
      auto wanted = filled(given.words);
      if (!wanted) co_return std::unexpected(wanted.error());
      where.emplace_back(given.field, *std::move(wanted));
    }
    if (step.never) {
      if (const std::string trouble = co_await settle(stage_); !trouble.empty()) co_return failed(trouble);
      const Inbox::Item* const item = find(by, step.kind, where);
      if (item == nullptr) co_return Result<void>();
      report.came = canonical_json(item->message);
      co_return failed("不应收到 · it must not come");
    }
    asio::steady_timer pause(co_await asio::this_coro::executor);
    const auto until = std::chrono::steady_clock::now() + patience;
    for (;;) {
      const auto came = co_await by.collect(0s);
      if (!came) co_return failed(came.error());
      const Inbox::Item* const item = find(by, step.kind, where);
      if (item != nullptr && item->times >= step.times) co_return check_arrival(step, *item, by, report);
      if (std::chrono::steady_clock::now() > until) {
        co_return failed(item == nullptr ? fmt::format("未收到 · it did not come within {} s", patience / 1s)
                                         : fmt::format("只收到 {} 次，应为 {} 次 · came {} times, not {}",
                                                       item->times, step.times, item->times, step.times));
      }
      pause.expires_after(between_looks);
      co_await pause.async_wait(asio::use_awaitable);
    }
  }

  static const Inbox::Item* find(const Partner& by, MessageKind kind,
                                 const std::vector<std::pair<std::uint16_t, std::string>>& where) {
    const Inbox::Item* found = nullptr;
    for (const auto& [id, item] : by.inbox().items()) {
      if (item.kind != kind) continue;
      const bool meant = std::ranges::all_of(where, [&](const auto& one) {
        return !by.composer().carries(kind, one.first) || text_of(item.message, one.first) == one.second;
      });
      if (meant) found = &item;  // the latest
    }
    return found;
  }

  Result<void> check_arrival(const Receive& step, const Inbox::Item& item, const Partner& by,
                             StepReport& report) {
    report.came = canonical_json(item.message);
    if (item.times > 1)
      report.note =
          fmt::format("来了 {} 次，只生效一次 · came {} times, in effect once", item.times, item.times);
    std::string why;
    for (const Given& given : step.fields) {
      const auto wanted = filled(given.words);
      if (!wanted) return std::unexpected(wanted.error());
      const std::string_view name = item.message.spec().fields[given.field].name;
      if (!by.composer().carries(step.kind, given.field)) {
        left_out(report, name);
        continue;
      }
      const std::string got = text_of(item.message, given.field);
      if (got != *wanted)
        why += fmt::format("{}{}：应为 {}，实为 {} · expected {}, got {}", why.empty() ? "" : "; ", name,
                           *wanted, got, *wanted, got);
    }
    if (!why.empty()) return failed(std::move(why));
    return keep(step.keep, item.message);
  }

  Result<void> keep(const Keeps& keeps, const Record& from) {
    for (const auto& [variable, field] : keeps) {
      values_[variable] = text_of(from, field);
      if (values_[variable].empty())
        return failed(
            fmt::format("{} 为空 · is empty, and a later step names it", from.spec().fields[field].name));
    }
    return {};
  }

  // ---- other calls

  asio::awaitable<Result<void>> call(const Call& step, Partner& by, StepReport& report) {
    const auto target = filled(step.target);
    if (!target) co_return std::unexpected(target.error());
    const auto body = filled(step.body);
    if (!body) co_return std::unexpected(body.error());
    report.zh = fmt::format("调用 {} {}", step.method, *target);
    report.en = fmt::format("calls {} {}", step.method, *target);
    report.sent = *body;
    const auto answer = co_await by.exchange(step.method, *target, *body, step.content_type);
    if (!answer) co_return failed(answer.error());
    report.status = answer->status;
    report.came = shown(by.profile().charset, answer->body);
    if (answer->status != step.status) {
      co_return failed(fmt::format("应答 HTTP {}，应为 {} · answered {}, not {}", answer->status, step.status,
                                   answer->status, step.status));
    }
    if (!step.same_as.empty() && answer->body != sent_.at(step.same_as).receipt)
      co_return failed("与首次回执不同 · the answer differs from the first receipt");
    co_return Result<void>();
  }

  asio::awaitable<Result<void>> hand_in(const HandIn& step, Partner& by, StepReport& report) {
    report.zh = "提交材料";
    report.en = "hands in documents";
    for (const DocumentKind kind : step.kinds) {
      const CodeSpec& spec = spec_of(kind);
      const std::string pdf = one_page(fmt::format("{} {} {}", spec.en, by.id().view(), fresh_.loan));
      const std::string digest = hex(sha256(pdf));
      const auto kept = co_await by.hand_in(pdf);
      if (!kept) co_return failed(kept.error());
      if (*kept != digest) co_return failed("保存的摘要不同 · it was kept under another digest");
      report.sent += fmt::format("{} {}\n", spec.name, digest);
      values_[fmt::format("{}.sha256", spec.name)] = digest;
    }
    co_return Result<void>();
  }

  // ---- words into values

  /// `HT-{loan}`, `{today + 30}`, `{due + 1y}`.
  Result<std::string> filled(const Words& words) const {
    std::string text;
    std::string_view rest = words.text;
    for (std::size_t at = rest.find('{'); at != rest.npos; at = rest.find('{')) {
      text += rest.substr(0, at);
      const std::size_t end = rest.find('}', at);
      if (end == rest.npos) return failed(fmt::format("第 {} 行缺少 }} · a }} is missing", words.line));
      const auto value = value_of(rest.substr(at + 1, end - at - 1));
      if (!value) return value;
      text += *value;
      rest.remove_prefix(end + 1);
    }
    return text + std::string(rest);
  }

  Result<std::string> value_of(std::string_view expression) const {
    const std::string_view name = expression.substr(0, expression.find_first_of(" +"));
    std::string value;
    if (name == "today") {
      value = format(today_);
    } else if (const auto at = values_.find(std::string(name)); at != values_.end()) {
      value = at->second;
    } else {
      return failed(fmt::format("`{}` 没有值 · has no value yet", name));
    }
    if (name.size() == expression.size()) return value;
    const auto day = parse_date(value);
    const std::size_t plus = expression.find('+');
    int count = 0;
    if (plus != expression.npos) {
      std::string_view number = expression.substr(plus + 1);
      while (number.starts_with(' ')) number.remove_prefix(1);
      const bool years = number.ends_with('y');
      const auto [end, bad] = std::from_chars(number.data(), number.data() + number.size(), count);
      if (day && bad == std::errc{} && end == number.data() + number.size() - (years ? 1 : 0))
        return format(years ? day->plus_years(count) : day->plus_days(count));
    }
    return failed(fmt::format("`{}`：写作 {{日期 + 天数}} · write it as {{day + days}}", expression));
  }

  /// The fields as a record; of a partner's message without what its format has no place for.
  Result<Record> record_of(MessageKind kind, const GivenFields& fields, const Partner* by,
                           StepReport& report) {
    std::string json;
    JsonWriter writer(json);
    if (const auto done = write(writer, *spec_of(kind).record, kind, FieldPath::none, fields, by, report);
        !done)
      return std::unexpected(done.error());
    auto record = read_canonical(*spec_of(kind).record, json);
    if (!record) return failed(fmt::format("{}: {}", spec_of(kind).name, record.error()));
    return *std::move(record);
  }

  Result<void> write(JsonWriter& writer, const RecordSpec& record, MessageKind kind, std::uint16_t group,
                     const GivenFields& fields, const Partner* by, StepReport& report) {
    writer.begin_object();
    const bool incoming = group == FieldPath::none && spec_of(kind).direction == Direction::in;
    if (incoming) writer.member("message_id", "0");  // the partner's host makes its own
    for (std::uint16_t i = 0; i < record.fields.size(); ++i) {
      const auto given = std::ranges::find(fields, i, &Given::field);
      if (given == fields.end() || (given->rows.empty() && given->words.text.empty())) continue;
      const FieldSpec& spec = record.fields[i];
      if (by != nullptr && said_as_rate(*by, kind, spec, fields)) continue;
      if (by != nullptr && !fits(*by, kind, group, i)) {
        left_out(report, spec.name);
        continue;
      }
      writer.key(spec.name);
      if (!given->rows.empty()) {
        writer.begin_array();
        for (const GivenFields& row : given->rows) {
          if (by != nullptr && !can_say(*by, kind, i, *spec.group, row)) continue;
          if (auto done = write(writer, *spec.group, kind, i, row, by, report); !done) return done;
        }
        writer.end_array();
        continue;
      }
      auto value = filled(given->words);
      if (!value) return std::unexpected(value.error());
      if (by != nullptr && spec.type == FieldType::rate) {
        const auto asked = parse_percent(*value);
        if (asked) value = format_percent(by->composer().rate_up_to(kind, i, *asked));
      }
      spec.type == FieldType::count ? writer.raw(*value) : writer.value(std::string_view(*value));
    }
    writer.end_object();
    return {};
  }

  /// Whether the format has a place for the field. What is required has one, or the profile would not load.
  static bool fits(const Partner& by, MessageKind kind, std::uint16_t group, std::uint16_t field) {
    const Composer& composer = by.composer();
    if (group != FieldPath::none) return composer.carries(kind, group, field);
    return spec_of(kind).record->fields[field].required || composer.carries(kind, field);
  }

  /// The spread over the LPR is said only where the format has no place for the rate.
  static bool said_as_rate(const Partner& by, MessageKind kind, const FieldSpec& field,
                           const GivenFields& fields) {
    const std::size_t rate = spec_of(kind).record->index_of("rate");
    return field.name == "lpr_spread_bp" && contains(fields, rate, &Given::field) &&
           by.composer().carries(kind, static_cast<std::uint16_t>(rate));
  }

  /// Whether the partner has codes for all that the row says in codes.
  static bool can_say(const Partner& by, MessageKind kind, std::uint16_t group, const RecordSpec& row,
                      const GivenFields& fields) {
    return std::ranges::all_of(fields, [&](const Given& given) {
      const FieldSpec& spec = row.fields[given.field];
      if (spec.type != FieldType::code) return true;
      const auto at = std::ranges::find(spec.codes->codes, given.words.text, &CodeSpec::name);
      const Code code{static_cast<std::uint8_t>(at - spec.codes->codes.begin())};
      return at == spec.codes->codes.end() || by.composer().can_say(kind, group, code, given.field);
    });
  }

  /// Sets one field of a message that is complete already.
  Result<void> put(Record& message, const Given& given) {
    auto value = filled(given.words);
    if (!value) return std::unexpected(value.error());
    const FieldSpec& spec = message.spec().fields[given.field];
    switch (spec.type) {
      case FieldType::text:
        message.set_text(given.field, *value);
        return {};
      case FieldType::money:
        if (const auto money = parse_yuan(*value)) {
          message.set(given.field, *money);
          return {};
        }
        break;
      case FieldType::date:
        if (const auto day = parse_date(*value)) {
          message.set(given.field, *day);
          return {};
        }
        break;
      default:
        break;
    }
    return failed(fmt::format(
        "{}：再发时只能改文字、金额或日期 · only texts, amounts and days can be changed", spec.name));
  }

  Stage& stage_;
  const Letters& letters_;
  const Script& script_;
  Fresh& fresh_;
  Date today_;
  std::optional<Late> late_;
  std::map<std::string, Partner*> cast_;
  std::map<std::string, std::string> values_;
  std::map<std::string, Sent> sent_;
};

}  // namespace

std::string unfit(const Stage& stage, const Partner& partner, const Script& script) {
  const adapters::Profile& profile = partner.profile();
  if (profile.role != script.plays.role) return "角色不同 · for another role";
  if (contains(stage.second_programme, partner.id()) != script.another_programme)
    return "适用另一办法 · for another programme";
  if (script.pushed && *script.pushed != (profile.push() != nullptr))
    return *script.pushed ? "仅适用于推送 · only where messages are pushed"
                          : "仅适用于信箱 · only where there is a mailbox";
  std::string lacks;
  for (const Need& need : script.plays.needs) {
    if (!can(partner.composer(), need)) lacks += fmt::format("{}{}", lacks.empty() ? "" : ", ", need.text);
  }
  return lacks.empty() ? "" : fmt::format("其格式没有 · its format has no {}", lacks);
}

asio::awaitable<std::vector<ScriptReport>> converse(Stage& stage, const Letters& letters,
                                                    const Script& script, std::vector<Partner*> partners,
                                                    Fresh& fresh, Told told) {
  struct Part {
    Partner* partner;
    ScriptReport* report;
    std::unique_ptr<Conversation> conversation;

    void note(StepReport step, const Told& tell) {
      if (step.verdict == Verdict::failed) {
        report->verdict = Verdict::failed;
        report->reason = step.reason;
      }
      report->steps.push_back(std::move(step));
      tell(*partner, report->steps.back());
    }
  };
  std::vector<ScriptReport> reports(partners.size());
  std::vector<Part> parts;
  for (std::size_t i = 0; i < partners.size(); ++i) {
    ScriptReport& report = reports[i];
    report.script = &script;
    report.reason = unfit(stage, *partners[i], script);
    if (!report.reason.empty()) continue;
    auto conversation = std::make_unique<Conversation>(stage, letters, script, *partners[i], fresh);
    report.reason = conversation->begin();
    report.verdict = report.reason.empty() ? Verdict::passed : Verdict::failed;
    parts.push_back({partners[i], &report, std::move(conversation)});
  }
  if (!parts.empty()) {
    if (const std::string trouble = co_await settle(stage); !trouble.empty()) {
      for (const Part& part : parts) {
        part.report->verdict = Verdict::failed;
        part.report->reason = trouble;
      }
    }
  }
  for (const Step& step : script.steps) {
    const Date today = civil_day(stage.clock.now());
    for (Part& part : parts) {
      if (part.report->verdict == Verdict::failed) continue;
      const bool overtakes = part.conversation->waits();
      part.note(co_await part.conversation->run(step, today), told);
      if (overtakes && part.report->verdict == Verdict::passed)
        part.note(co_await part.conversation->run_late(step.line), told);
    }
  }
  co_return reports;
}

}  // namespace loangate::simulate
