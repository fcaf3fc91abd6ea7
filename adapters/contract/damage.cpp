#include "adapters/contract/damage.hpp"

#include <optional>

#include "adapters/codec/forms.hpp"
#include "adapters/codec/framing.hpp"
#include "adapters/codec/padding.hpp"

namespace loangate::adapters {

namespace {

class Vandal {
 public:
  Vandal(const Profile& profile, const MessageMap& map, const Record& message, const std::string& good)
      : profile_(profile), map_(map), message_(message) {
    Faults none;
    framed_ = *unframe(profile, good, none);
  }

  std::vector<Damaged> all() {
    values();
    broken_character();
    unknown_type();
    switch (profile_.format) {
      case Format::xml:
        insert_after("<?xml", "?>", "<!DOCTYPE ROOT SYSTEM \"http://example.com/x.dtd\">", "dtd");
        replace("encoding=\"" + std::string(name(profile_.charset)) + "\"", "encoding=\"BIG5\"",
                "other-encoding");
        insert_before_last("</", "<EXTRA>1</EXTRA>", "unknown-element");
        insert_before_last("</", "</NOBODY>", "malformed");
        break;
      case Format::json:
        insert_after("", "{", "\"twice\":1,\"twice\":2,", "key-twice");
        insert_after("", "{", "\"extra\":1,", "unknown-member");
        cut_tail("malformed");
        break;
      case Format::fixed:
        profile_.fixed.delimiter ? extra_column() : one_byte_short();
        break;
    }
    return std::move(made_);
  }

 private:
  void add(std::string what, const std::string& body, std::optional<std::string> header = {}) {
    std::string block = header ? *header : std::string(framed_.header);
    for (const Line& line : map_.header.lines) {
      if (line.kind != Line::Kind::body_length) continue;
      const Slot& slot = map_.header.slots[line.first_slot];
      const auto span = std::get<Span>(slot.place);
      std::string digits;
      append_padded(std::to_string(body.size() + profile_.framing.end.size()), span.width, slot.padding, true,
                    digits);
      block.replace(span.offset, span.width, digits);
    }
    std::string whole;
    if (frame(profile_.framing, block, body, whole)) made_.push_back({std::move(what), std::move(whole)});
  }

  /// An amount that is none, and a thirteenth month, in places of the same width.
  void values() {
    std::string body(framed_.body);
    bool changed = false;
    for (const Line& line : map_.body.lines) {
      if (line.kind != Line::Kind::field || !message_.has(line.field) || line.slot_count > 1) continue;
      std::string text;
      std::string wrong;
      if (const auto* money = std::get_if<MoneyForm>(&line.form)) {
        write_money(*money, std::get<Fen>(message_[line.field]), text);
        wrong = text;
        if (map_.body.slots[line.first_slot].as == JsonAs::number) {
          wrong = "3e6";
        } else {
          wrong[text.size() / 2] = 'O';
        }
      } else if (const auto* date = std::get_if<DateForm>(&line.form)) {
        write_date(date->pattern, std::get<Date>(message_[line.field]), text);
        wrong = text;
        wrong.replace(date->pattern.month.offset, 2, "13");
      }
      const std::size_t at = text.size() < 4 ? std::string::npos : body.find(text);
      if (at == std::string::npos) continue;
      body.replace(at, text.size(), wrong);
      changed = true;
    }
    if (changed) add("values", body);
  }

  /// A byte that begins no character, in the middle of a text.
  void broken_character() {
    std::string body(framed_.body);
    for (std::size_t at = 0; at < body.size(); ++at) {
      if (static_cast<unsigned char>(body[at]) < 0x80) continue;
      body[at] = '\xff';
      return add("broken-character", body);
    }
  }

  void unknown_type() {
    std::string wrong = map_.code;
    if (static_cast<unsigned char>(wrong.back()) < 0x80) {
      wrong.back() = wrong.back() == 'X' ? 'Y' : 'X';
    } else {
      wrong = "X";
    }
    const auto replaced = [&](std::string text) {
      const std::size_t at = text.find(map_.code);
      if (at != std::string::npos) text.replace(at, map_.code.size(), wrong);
      return text;
    };
    if (profile_.type.in_header) {
      add("unknown-type", std::string(framed_.body), replaced(std::string(framed_.header)));
    } else {
      add("unknown-type", replaced(std::string(framed_.body)));
    }
  }

  void insert_after(std::string_view from, std::string_view mark, std::string_view what, std::string called) {
    std::string body(framed_.body);
    const std::size_t begin = from.empty() ? 0 : body.find(from);
    const std::size_t at = begin == std::string::npos ? begin : body.find(mark, begin);
    body.insert(at == std::string::npos ? 0 : at + mark.size(), what);
    add(std::move(called), body);
  }

  void insert_before_last(std::string_view mark, std::string_view what, std::string called) {
    std::string body(framed_.body);
    body.insert(body.rfind(mark), what);
    add(std::move(called), body);
  }

  void replace(const std::string& what, std::string_view by, std::string called) {
    std::string body(framed_.body);
    const std::size_t at = body.find(what);
    if (at == std::string::npos) return;
    body.replace(at, what.size(), by);
    add(std::move(called), body);
  }

  void cut_tail(std::string called) {
    std::string body(framed_.body);
    body.resize(body.rfind('}'));
    add(std::move(called), body);
  }

  void one_byte_short() {
    std::string body(framed_.body);
    const std::size_t blank = body.find(' ');
    body.erase(blank == std::string::npos ? body.size() / 2 : blank, 1);
    add("one-byte-short", body);
  }

  void extra_column() {
    std::string body(framed_.body);
    body.insert(body.find(*profile_.fixed.delimiter), 1, *profile_.fixed.delimiter);
    add("extra-column", body);
  }

  const Profile& profile_;
  const MessageMap& map_;
  const Record& message_;
  Framed framed_;
  std::vector<Damaged> made_;
};

}  // namespace

std::vector<Damaged> damage(const Profile& profile, const MessageMap& map, const Record& message,
                            const std::string& good) {
  return Vandal(profile, map, message, good).all();
}

}  // namespace loangate::adapters
