#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "delivery/failure.hpp"
#include "store/store.hpp"

namespace loangate::delivery {

/// Which deliveries somebody means: words `name:value` with blanks between, as a page, a command and a
/// proposal carry them.
///
///     partner:bank01 kind:default.notice class:refused before:2026-11-22
///
/// `partner`, `kind`, `class` (failure.hpp), `id` (a number, or `first..last`), `since` and `before` (a day,
/// or an instant; by when the message was committed). One name twice means either, different names mean both.
/// Pure.
class Selection {
 public:
  /// The error says which word is wrong and what to write instead. No words at all mean nothing: that is an
  /// error, too.
  static std::expected<Selection, std::string> parse(std::string_view query);

  /// The same selection always has the same text; it parses back to the same.
  std::string text() const;

  /// Whether it names this message by everything but its class: messages that are not parked have none.
  bool covers(const store::Delivery& row) const;
  /// Whether it names this parked message.
  bool names(const store::Delivery& row) const;

  const std::vector<PartnerId>& partners() const { return partners_; }  ///< empty: all
  struct Ids {
    std::uint64_t first, last;
    friend auto operator<=>(const Ids&, const Ids&) = default;
  };
  const std::vector<Ids>& ids() const { return ids_; }  ///< empty: all
  /// No id above is named.
  std::uint64_t greatest_id() const;

 private:
  bool take(std::string_view name, std::string_view value);

  std::vector<PartnerId> partners_;
  std::vector<MessageKind> kinds_;
  std::vector<Failure> classes_;
  std::vector<Ids> ids_;
  std::optional<Instant> since_, before_;
};

}  // namespace loangate::delivery
