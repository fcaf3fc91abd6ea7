#include "net/maintenance.hpp"

#include <fmt/format.h>

#include "domain/messages.hpp"
#include "net/problem.hpp"

namespace loangate::net {

std::optional<MaintenanceWindow> maintenance_on_record(const store::Store& store, Instant now) {
  const auto found = store.find("directive", directive_key(MaintenanceEntry::kind, "gateway"));
  if (!found) return std::nullopt;
  // It was written from the declared fields: our own bytes.
  auto act = MaintenanceEntry::from(
      read_canonical(MaintenanceEntry::spec(), std::get<Directive>(*found).act).value());
  if (act.cancelled == Answer::yes || act.maintenance_until <= now) return std::nullopt;
  return MaintenanceWindow{.from = act.maintenance_from,
                           .until = act.maintenance_until,
                           .notice_zh = std::move(act.notice_zh),
                           .notice_en = std::move(act.notice_en)};
}

void Maintenance::look(const store::Store& store) {
  const std::lock_guard lock(looking_);  // who looks last must have the last word
  auto window = maintenance_on_record(store, real_now());
  const bool any = window.has_value();
  window_.store(any ? std::make_shared<const MaintenanceWindow>(*std::move(window)) : nullptr);
  any_.store(any, std::memory_order_release);
}

std::shared_ptr<const MaintenanceWindow> Maintenance::current() const {
  if (!any_.load(std::memory_order_acquire)) return nullptr;
  auto window = window_.load();
  return window != nullptr && real_now() < window->until ? window : nullptr;
}

std::expected<void, Response> Maintenance::admit() const {
  const auto window = current();
  const Instant now = real_now();
  if (window == nullptr || !window->open(now)) return {};
  Response refusal = problem(
      503, "维护中 · Under maintenance",
      fmt::format(
          "网关自 {0} 至 {1} 维护，暂不接收报文：{2}。未作任何处理，请在维护结束后以同一编号重发；信箱和回执"
          "照常可取 · the gateway is under maintenance from {0} until {1} and takes no messages: {3}. "
          "Nothing was kept; send the same message again after the end. The mailbox and receipts are "
          "served",
          format(window->from), format(window->until), window->notice_zh, window->notice_en));
  const std::int64_t seconds = (window->until.micros - now.micros + 999'999) / 1'000'000;
  refusal.headers.emplace_back("Retry-After", std::to_string(seconds));
  return std::unexpected(std::move(refusal));
}

void Maintenance::announce(Response& response) const {
  const auto window = current();
  if (window == nullptr) return;
  response.headers.emplace_back("Loangate-Maintenance",
                                fmt::format("{}/{}", format(window->from), format(window->until)));
}

}  // namespace loangate::net
