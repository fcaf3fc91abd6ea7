#include "adapters/profile/fit.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace loangate::adapters {
namespace {

/// The width of a place in bytes; 0: any.
std::uint32_t width_of(const Place& place) {
  if (const auto* span = std::get_if<Span>(&place)) return span->width;
  if (const auto* column = std::get_if<Column>(&place)) return column->width;
  return 0;
}

/// Digits before the point that the place leaves for a number.
int whole_digits(std::uint32_t width, int places, bool point, bool sign) {
  return static_cast<int>(width) - places - (point ? 1 : 0) - (sign ? 1 : 0);
}

class Fit {
 public:
  Fit(const YamlNode& node, const Line& line, const Layout& layout, const Profile& profile, bool from_partner,
      std::uint32_t own)
      : node_(node),
        line_(line),
        layout_(layout),
        profile_(profile),
        from_partner_(from_partner),
        own_(own),
        slot_(layout.slots_of(line).front()),
        width_(width_of(slot_.place)) {}

  std::optional<std::string> check() {
    if (line_.kind == Line::Kind::constant || line_.kind == Line::Kind::type) {
      text_fits(line_.text);
    } else if (line_.kind == Line::Kind::field) {
      std::visit([this](const auto& form) { form_fits(form); }, line_.form);
    }
    return warning_;
  }

 private:
  const FieldSpec& field() const { return layout_.record->fields[line_.field]; }
  bool parts() const { return line_.slot_count > 1; }

  bool text_fits(std::string_view text) {
    const std::size_t size = encoded_size(node_, text, profile_);
    if (width_ != 0 && size > width_) {
      node_.error(fmt::format("`{}` has {} bytes, its place {}: widen the place", text, size, width_));
      return false;
    }
    if (profile_.fixed.delimiter && std::holds_alternative<Column>(slot_.place) &&
        text.contains(*profile_.fixed.delimiter)) {
      node_.error(fmt::format("`{}` contains the delimiter: it cannot stand in a column", text));
      return false;
    }
    return size != 0 || text.empty();
  }

  void none_fits(const std::vector<std::string>& none) {
    for (const std::string& value : none) {
      if (!parts()) text_fits(value);
    }
  }

  void pattern_fits(const TimePattern& pattern) {
    if (parts()) return;
    const std::size_t size = encoded_size(node_, pattern.blank, profile_);
    if (width_ != 0 && size > width_) {
      node_.error(
          fmt::format("`{}` has {} bytes, its place {}: widen the place", pattern.text, size, width_));
    }
  }

  void form_fits(const std::monostate&) {}
  void form_fits(const TextForm& form) {
    none_fits(form.none);
    if (from_partner_ || form.cut || parts() || width_ == 0 || (own_ != 0 && width_ >= own_)) return;
    // A hanzi has three bytes in UTF-8 and two in the GB encodings.
    const std::uint32_t longest =
        profile_.charset == Charset::utf8 ? field().max_bytes : field().max_bytes * 2u / 3u;
    if (width_ >= longest) return;
    warning_ = fmt::format("`{}` may have {} bytes, its place has {}: longer ones will wait for a person",
                           field().name, longest, width_);
  }
  void form_fits(const MoneyForm& form) {
    if (width_ == 0) return;
    const bool sign = form.sign != MoneyForm::Sign::none && form.sign != MoneyForm::Sign::flag;
    // The ceiling of one company, 10,000,000.00 yuan, has eight digits before the point.
    const int whole = whole_digits(width_, form.places, form.point, sign);
    if (whole < 1) {
      node_.error(fmt::format("`{}` leaves no digit before the point in {} bytes: widen the place",
                              field().name, width_));
    } else if (whole < 8) {
      warning_ = fmt::format("`{}` has {} digits for yuan: 10,000,000.00 does not fit", field().name, whole);
    }
  }
  void form_fits(const RateForm& form) {
    if (width_ == 0) return;
    const int whole = whole_digits(width_, form.places, form.point, false);
    if (whole < 1 && !(whole == 0 && !form.point)) {
      node_.error(fmt::format("`{}` leaves no digit before the point in {} bytes: widen the place",
                              field().name, width_));
    }
  }
  void form_fits(const DateForm& form) {
    pattern_fits(form.pattern);
    none_fits(form.none);
  }
  void form_fits(const InstantForm& form) {
    pattern_fits(form.pattern);
    none_fits(form.none);
  }
  void form_fits(const CodeForm& form) {
    if (form.map == nullptr) return;
    const bool padded = width_ != 0;
    for (const auto& [code, meaning] : form.map->read) {
      if (!text_fits(code)) return;
      const char edge = slot_.padding.side == Padding::Side::left ? code.front() : code.back();
      if (padded && edge == slot_.padding.byte) {
        node_.error(fmt::format("the code `{}` has its padding `{}` at its edge: choose another padding",
                                code, edge));
        return;
      }
    }
  }
  void form_fits(const CountForm&) {
    if (width_ == 0 || width_ >= 10 || from_partner_) return;
    const std::string_view name = field().name;
    if (name.ends_with("_id") || name.ends_with("_no")) {
      warning_ =
          fmt::format("`{}` is a running number, its place has {} digits: give it 10 or more", name, width_);
    }
  }

  const YamlNode& node_;
  const Line& line_;
  const Layout& layout_;
  const Profile& profile_;
  bool from_partner_;
  std::uint32_t own_;
  const Slot& slot_;
  std::uint32_t width_;
  std::optional<std::string> warning_;
};

}  // namespace

std::size_t encoded_size(const YamlNode& node, std::string_view text, const Profile& profile) {
  std::string bytes;
  if (append_encoded(profile.charset, text, bytes)) return bytes.size();
  node.error(
      fmt::format("{} has no code for a character of `{}`: write it otherwise", name(profile.charset), text));
  return 0;
}

std::optional<std::string> check_fit(const YamlNode& node, const Line& line, const Layout& layout,
                                     const Profile& profile, bool from_partner, std::uint32_t own) {
  return Fit(node, line, layout, profile, from_partner, own).check();
}

std::uint32_t capacity_of(const Line& line, const Layout& layout) {
  std::uint32_t capacity = static_cast<std::uint32_t>(line.join.size()) * (line.slot_count - 1u);
  for (const Slot& slot : layout.slots_of(line)) {
    const std::uint32_t width = slot.size != 0 ? slot.size : width_of(slot.place);
    if (width == 0) return 0;
    capacity += width;
  }
  return capacity;
}

std::optional<std::string> check_message_id(const Line& line, const Layout& layout) {
  for (const Slot& slot : layout.slots_of(line)) {
    if (slot.pattern || std::holds_alternative<Derived>(slot.place)) return std::nullopt;
  }
  const std::uint32_t size = capacity_of(line, layout);
  if (size == 0 || size >= 16) return std::nullopt;
  return fmt::format(
      "the message id has {} bytes and no date: if its number starts anew each day, ids repeat and are "
      "refused; add the date as a part",
      size);
}

}  // namespace loangate::adapters
