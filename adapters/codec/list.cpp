#include <fmt/format.h>

#include "adapters/codec/charset.hpp"
#include "adapters/codec/codec.hpp"
#include "base/json_writer.hpp"

namespace loangate::adapters {

namespace {

using Messages = std::span<const std::pair<DeliveryId, std::string>>;

/// Writes the envelope around messages that are in the partner's charset already. Names of the profile can be
/// written in it, or the profile had not been loaded.
class ListWriter {
 public:
  ListWriter(const Profile& profile, Messages messages) : profile_(profile), messages_(messages) {}

  std::string operator()(const XmlList& list) {
    add(profile_.xml.declaration);
    add(fmt::format("<{}>", list.root));
    for (const auto& [id, message] : messages_) {
      add(list.id_is_attribute ? fmt::format("<{} {}=\"{}\">", list.item, list.id, id.number)
                               : fmt::format("<{0}><{1}>{2}</{1}>", list.item, list.id, id.number));
      out_ += without_declaration(message);
      add(fmt::format("</{}>", list.item));
    }
    add(fmt::format("</{}>", list.root));
    return std::move(out_);
  }

  std::string operator()(const JsonList& list) {
    std::string text;
    const auto quoted = [&](std::string_view name) {
      text.clear();
      JsonWriter(text).value(name);
      add(text);
    };
    out_ += '{';
    quoted(list.items);
    out_ += ":[";
    bool first = true;
    for (const auto& [id, message] : messages_) {
      out_ += first ? "{" : ",{";
      first = false;
      quoted(list.id);
      out_ += fmt::format(":\"{}\",", id.number);
      quoted(list.message);
      out_ += ':';
      out_ += message;
      out_ += '}';
    }
    out_ += "]}";
    return std::move(out_);
  }

  std::string operator()(const CountedList& list) {
    for (const auto& [id, message] : messages_) {
      out_ += fmt::format("{:0{}}{:0{}}", id.number, list.id_digits, message.size(), list.length_digits);
      out_ += message;
    }
    return std::move(out_);
  }

 private:
  void add(std::string_view utf8) { append_encoded(profile_.charset, utf8, out_).value(); }

  std::string_view without_declaration(std::string_view message) const {
    std::string declaration;
    append_encoded(profile_.charset, profile_.xml.declaration, declaration).value();
    if (message.starts_with(declaration)) message.remove_prefix(declaration.size());
    return message;
  }

  const Profile& profile_;
  Messages messages_;
  std::string out_;
};

}  // namespace

std::string encode_list(const Profile& profile, Messages messages) {
  const auto* mailbox = std::get_if<Mailbox>(&profile.delivery);
  if (mailbox == nullptr) return {};
  return std::visit(ListWriter(profile, messages), mailbox->list);
}

}  // namespace loangate::adapters
