#include "ops/alerts/rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace loangate::ops::alerts {
namespace {

using std::chrono::seconds;

constexpr RuleSpec specs[] = {
    {Rule::undelivered, "undelivered", "page", "报文长时间未送达", "Messages have waited too long",
     "loangate deliveries --partner {}"},
    {Rule::partner_silent, "partner_silent", "ticket", "机构长时间没有来文",
     "A partner has been silent too long", "loangate status"},
    {Rule::file_missing, "file_missing", "ticket", "应到文件未到", "An expected file is missing",
     "loangate files"},
    {Rule::deadlines_near, "deadlines_near", "ticket", "期限将届", "Deadlines are about to pass",
     "loangate deadlines"},
    {Rule::certificate_expiring, "certificate_expiring", "ticket", "证书将到期",
     "A certificate is about to end", "loangate check --config /etc/loangate --data /var/lib/loangate"},
    {Rule::disk_low, "disk_low", "page", "磁盘空间不足", "The disk is running full",
     "df -h /var/lib/loangate"},
    {Rule::clock_off, "clock_off", "page", "系统时钟跳变", "The machine's clock has jumped",
     "timedatectl status"},
    {Rule::evidence_failed, "evidence_failed", "page", "存证校验未通过", "The check of the record has failed",
     "loangate doctor"},
    {Rule::breaker_open, "breaker_open", "page", "机构长时间不可达", "A partner cannot be reached for long",
     "loangate deliveries --partner {}"},
    {Rule::money_parked, "money_parked", "page", "代偿指令被搁置", "A compensation instruction is parked",
     "loangate deliveries --partner {}"},
    {Rule::store_down, "store_down", "page", "网关不能保存报文", "The gateway cannot store messages",
     "loangate status"},
    {Rule::revocations_expiring, "revocations_expiring", "ticket", "证书吊销列表将到期",
     "A list of revocations is about to end",
     "loangate doctor --config /etc/loangate --data /var/lib/loangate"},
};

constexpr std::int64_t micros_a_second = 1'000'000;
constexpr std::int64_t seconds_a_day = 86'400;

seconds age(Instant then, Instant now) {
  return seconds(std::max<std::int64_t>(0, (now.micros - then.micros) / micros_a_second));
}

std::int64_t minutes(seconds time) {
  return time.count() / 60;
}

class Finder {
 public:
  Finder(const Seen& seen, const Bounds& bounds, const std::set<Key>& open)
      : seen_(seen), bounds_(bounds), open_(open) {}

  std::vector<Trouble> find() {
    for (const Seen::Partner& partner : seen_.partners) look_at(partner);
    for (const auto& files : seen_.missing_files) {
      add(Rule::file_missing, files.partner.string(),
          fmt::format("{} 起应到的文件未到，共 {} 日", format(files.oldest), files.days),
          fmt::format("files are missing since {}: {} in all", format(files.oldest), files.days));
    }
    for (const auto& near : seen_.deadlines) {
      add(Rule::deadlines_near, near.lender.string(),
          fmt::format("{} 项期限将届，最早 {}", near.count, format(near.first)),
          fmt::format("{} deadlines are near, the first on {}", near.count, format(near.first)));
    }
    for (const auto& certificate : seen_.certificates) look_at(certificate);
    look_at_machine();
    return std::move(found_);
  }

 private:
  void add(Rule rule, std::string about, std::string zh, std::string en) {
    found_.push_back({{rule, std::move(about)}, {std::move(zh), std::move(en)}});
  }

  void look_at(const Seen::Partner& partner) {
    const std::string id = partner.id.string();
    const PartnerFlow& flow = partner.flow;
    if (flow.oldest && age(*flow.oldest, seen_.now) > bounds_.undelivered_after) {
      add(Rule::undelivered, id,
          fmt::format("{} 笔待发、{} 笔搁置；最早一笔产生于 {}", flow.tally.waiting, flow.tally.parked,
                      format(*flow.oldest)),
          fmt::format("{} waiting, {} parked; the oldest was made at {}", flow.tally.waiting,
                      flow.tally.parked, format(*flow.oldest)));
    }
    const bool was_silent = open_.contains({Rule::partner_silent, id});
    const auto inbound = inbound_verdict(flow, bounds_.flow.silence_of(partner.id), seen_.since, seen_.now);
    if (inbound.state == FlowState::silent) {
      add(Rule::partner_silent, id, inbound.reason.zh, inbound.reason.en);
    } else if (was_silent && !flow.tally.last_message && bounds_.flow.silence_of(partner.id)) {
      add(Rule::partner_silent, id, "启动以来没有来文", "nothing has come since the start");
    }
    const bool was_out = open_.contains({Rule::breaker_open, id});
    if (partner.unreachable_for && *partner.unreachable_for > bounds_.breaker_open_after) {
      add(Rule::breaker_open, id, fmt::format("已 {} 分钟不可达", minutes(*partner.unreachable_for)),
          fmt::format("not reached for {} minutes", minutes(*partner.unreachable_for)));
    } else if (was_out && flow.tally.waiting > 0 && (partner.unreachable_for || !flow.tally.last_delivery)) {
      add(Rule::breaker_open, id, "启动以来仍未送达", "nothing delivered since the start");
    }
    if (partner.oldest_parked_money &&
        age(*partner.oldest_parked_money, seen_.now) > bounds_.money_parked_after) {
      add(Rule::money_parked, id,
          fmt::format("代偿指令自 {} 未获确认，已搁置", format(*partner.oldest_parked_money)),
          fmt::format("an instruction of {} is parked without a confirmation",
                      format(*partner.oldest_parked_money)));
    }
  }

  /// Only the last stage that it has come to.
  void look_at(const Seen::Certificate& certificate) {
    const std::int64_t left = (certificate.not_after.micros - seen_.now.micros) / micros_a_second;
    std::int64_t most = INT64_MAX;
    if (certificate.list_of)
      most = (certificate.not_after.micros - certificate.list_of->micros) / micros_a_second / 2;
    const int* stage = nullptr;
    for (const int& days : certificate_days) {
      if (left <= std::min(days * seconds_a_day, most)) stage = &days;
    }
    if (stage == nullptr) return;
    const std::string end = format(certificate.not_after);
    add(certificate.list_of ? Rule::revocations_expiring : Rule::certificate_expiring,
        fmt::format("{}/{}", certificate.use, *stage),
        left > 0 ? fmt::format("{} 到期，不足 {} 日", end, *stage) : fmt::format("已于 {} 到期", end),
        left > 0 ? fmt::format("it ends at {}, in less than {} days", end, *stage)
                 : fmt::format("it ended at {}", end));
  }

  void look_at_machine() {
    if (seen_.disk_free < bounds_.disk_low_bytes) {
      add(Rule::disk_low, "gateway", fmt::format("仅余 {} MiB", seen_.disk_free >> 20),
          fmt::format("{} MiB are free", seen_.disk_free >> 20));
    }
    if (seen_.store_fault) {
      add(Rule::store_down, "gateway", "报文一律回以 503：" + *seen_.store_fault,
          "messages are answered with 503: " + *seen_.store_fault);
    }
    if (seen_.evidence_fault) {
      add(Rule::evidence_failed, "gateway", seen_.evidence_fault->zh, seen_.evidence_fault->en);
    } else if (!seen_.record_read && open_.contains({Rule::evidence_failed, "gateway"})) {
      add(Rule::evidence_failed, "gateway", "启动以来尚未核对完一轮", "not read through since the start");
    }
    if (std::chrono::abs(seen_.clock_stepped_by) > bounds_.clock_step) {
      add(Rule::clock_off, "gateway", fmt::format("时钟跳变 {} 秒", seen_.clock_stepped_by.count()),
          fmt::format("the clock jumped by {} seconds", seen_.clock_stepped_by.count()));
    }
  }

  const Seen& seen_;
  const Bounds& bounds_;
  const std::set<Key>& open_;
  std::vector<Trouble> found_;
};

}  // namespace

std::span<const RuleSpec> all_rules() {
  return specs;
}

const RuleSpec& spec_of(Rule rule) {
  return specs[static_cast<std::size_t>(rule)];
}

const RuleSpec* find_rule(std::string_view name) {
  const auto found = std::ranges::find(specs, name, &RuleSpec::name);
  return found == std::end(specs) ? nullptr : &*found;
}

std::vector<Trouble> troubles(const Seen& seen, const Bounds& bounds, const std::set<Key>& open) {
  return Finder(seen, bounds, open).find();
}

std::string_view subject_of(const Key& key) {
  return std::string_view(key.second).substr(0, key.second.find('/'));
}

}  // namespace loangate::ops::alerts
