#pragma once
#include <rapidcheck.h>

#include <string>

#include "domain/record.hpp"

namespace loangate::support {

/// Some UTF-8 of at most `bytes` bytes and at least one, with Chinese, quotes, control characters and
/// four-byte characters.
inline std::string any_text(std::size_t bytes) {
  static const std::vector<std::string> pieces{"a",  "Z",  "7",  " ",  "\"", "\\", "/", "\n", "\x01", "é",
                                               "平", "湖", "䶮", "〓", "𠮷", "|",  "<", "&",  "€"};
  const auto chosen = *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(pieces));
  std::string text;
  for (const std::string& piece : chosen) {
    if (text.size() + piece.size() <= bytes) text += piece;
  }
  return text.empty() ? "x" : text;
}

/// A complete record: every required field, and some of the others, each with any value of its type.
inline Record any_record(const RecordSpec& spec);

inline void fill_record(Record& record) {
  const RecordSpec& spec = record.spec();
  for (std::size_t i = 0; i < spec.fields.size(); ++i) {
    const FieldSpec& field = spec.fields[i];
    if (!field.required && *rc::gen::arbitrary<bool>()) continue;
    switch (field.type) {
      case FieldType::text:
        record.set_text(i, any_text(field.max_bytes));
        break;
      case FieldType::money:
        record.set(i, Fen{*rc::gen::inRange<std::int64_t>(-Fen::greatest, Fen::greatest)});
        break;
      case FieldType::rate:
        record.set(i, Rate::millionths(*rc::gen::inRange<std::int64_t>(-10'000'000, 10'000'000)));
        break;
      case FieldType::date:
        record.set(i, Date::from_days(*rc::gen::inRange(-25'567, 2'932'000)));
        break;
      case FieldType::instant:
        record.set(i, Instant{*rc::gen::inRange<std::int64_t>(0, 4'000'000'000'000'000)});
        break;
      case FieldType::code:
        record.set(i, Code{*rc::gen::inRange<std::uint8_t>(
                          0, static_cast<std::uint8_t>(field.codes->codes.size()))});
        break;
      case FieldType::count:
        record.set(i, *rc::gen::arbitrary<std::int64_t>());
        break;
      case FieldType::group:
        for (int rows = *rc::gen::inRange(1, 4); rows > 0 && rows <= field.max_rows; --rows) {
          fill_record(record.add_row(i));
        }
        break;
    }
  }
}

inline Record any_record(const RecordSpec& spec) {
  Record record(spec);
  fill_record(record);
  return record;
}

}  // namespace loangate::support
