#include "domain/record.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/json.hpp"
#include "base/json_writer.hpp"

namespace loangate {

namespace {
// A usual message (34 fields, 1 KB of text) fits into the first block.
constexpr std::size_t first_block_bytes = 3072;
}  // namespace

std::size_t RecordSpec::index_of(std::string_view field) const {
  std::size_t index = 0;
  while (index < fields.size() && fields[index].name != field) ++index;
  return index;
}

Record::Record(const RecordSpec& spec) : Record(spec, std::make_shared<Arena>(first_block_bytes)) {}

Record::Record(const RecordSpec& spec, std::shared_ptr<Arena> arena)
    : spec_(&spec), arena_(std::move(arena)), values_(arena_.get()) {
  values_.resize(spec.fields.size());
}

Record& Record::operator=(Record&& other) noexcept {
  // Not member by member: a pmr vector would stay in the arena that is about to go.
  if (this != &other) {
    std::destroy_at(this);
    std::construct_at(this, std::move(other));
  }
  return *this;
}

Record& Record::add_row(std::size_t field) {
  if (!has(field)) values_[field].emplace<Rows>(arena_.get());
  auto& rows = std::get<Rows>(values_[field]);
  rows.push_back(Record(*spec_->fields[field].group, arena_));
  return rows.back();
}

std::span<const Record> Record::rows(std::size_t field) const {
  const auto* rows = std::get_if<Rows>(&values_[field]);
  return rows == nullptr ? std::span<const Record>{} : std::span<const Record>(*rows);
}

std::span<char> Record::reserve(std::size_t size) {
  return {static_cast<char*>(arena_->allocate(size, 1)), size};
}

std::string_view Record::keep(std::string_view bytes) {
  const std::span<char> room = reserve(bytes.size());
  std::copy(bytes.begin(), bytes.end(), room.begin());
  return {room.data(), room.size()};
}

std::string format(const RecordSpec& spec, FieldPath path) {
  if (path.field >= spec.fields.size()) return {};
  const FieldSpec& field = spec.fields[path.field];
  std::string text(field.name);
  if (path.row != FieldPath::none) text += fmt::format("[{}]", path.row);
  if (field.group != nullptr && path.column < field.group->fields.size()) {
    text += '.';
    text += field.group->fields[path.column].name;
  }
  return text;
}

bool operator==(const Record& a, const Record& b) {
  if (&a.spec() != &b.spec()) return false;
  for (std::size_t i = 0; i < a.spec().fields.size(); ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

namespace {

void write(JsonWriter& json, const Record& record) {
  json.begin_object();
  for (std::size_t i = 0; i < record.spec().fields.size(); ++i) {
    const FieldSpec& field = record.spec().fields[i];
    const Value& value = record[i];
    if (!record.has(i)) continue;
    json.key(field.name);
    switch (field.type) {
      case FieldType::text:
        json.value(std::get<std::string_view>(value));
        break;
      case FieldType::money:
        json.value(format_yuan(std::get<Fen>(value)));
        break;
      case FieldType::rate:
        json.value(format_percent(std::get<Rate>(value)));
        break;
      case FieldType::date:
        json.value(format(std::get<Date>(value)));
        break;
      case FieldType::instant:
        json.value(format(std::get<Instant>(value)));
        break;
      case FieldType::code:
        json.value(field.codes->codes[std::get<Code>(value).index].name);
        break;
      case FieldType::count:
        json.value(std::get<std::int64_t>(value));
        break;
      case FieldType::group:
        json.begin_array();
        for (const Record& row : record.rows(i)) write(json, row);
        json.end_array();
        break;
    }
  }
  json.end_object();
}

/// Reads one object into a record; returns '' or the first fault with its JSON Pointer.
class CanonicalReader {
 public:
  explicit CanonicalReader(const JsonDocument& document) : document_(document) {}

  std::string read(const JsonNode& object, Record& record, const std::string& at) {
    if (object.kind != JsonNode::Kind::object) return at + ": an object is expected";
    for (const JsonNode* member = document_.first(object); member != nullptr;
         member = document_.next(*member)) {
      const std::size_t index = record.spec().index_of(member->key);
      const std::string place = fmt::format("{}/{}", at, member->key);
      if (index == record.spec().fields.size()) return place + ": no such field; remove it";
      if (std::string fault = read_field(*member, record, index, place); !fault.empty()) return fault;
    }
    for (std::size_t i = 0; i < record.spec().fields.size(); ++i) {
      if (record.spec().fields[i].required && !record.has(i)) {
        return fmt::format("{}/{}: missing; it is required", at, record.spec().fields[i].name);
      }
    }
    return {};
  }

 private:
  std::string read_field(const JsonNode& node, Record& record, std::size_t index, const std::string& place) {
    const FieldSpec& field = record.spec().fields[index];
    if (field.type == FieldType::group) return read_rows(node, record, index, place);
    const auto expected = field.type == FieldType::count ? JsonNode::Kind::number : JsonNode::Kind::string;
    if (node.kind != expected) {
      return fmt::format("{}: a {} is expected", place,
                         expected == JsonNode::Kind::number ? "number" : "string");
    }
    return read_scalar(node.text, record, index, place);
  }

  std::string read_scalar(std::string_view text, Record& record, std::size_t index,
                          const std::string& place) {
    const FieldSpec& field = record.spec().fields[index];
    const auto put = [&](auto parsed, std::string_view form) -> std::string {
      if (!parsed) return fmt::format("{}: `{}` is no {}", place, text, form);
      record.set(index, *parsed);
      return {};
    };
    switch (field.type) {
      case FieldType::text:
        if (text.size() > field.max_bytes)
          return fmt::format("{}: longer than {} bytes", place, field.max_bytes);
        record.set_text(index, text);
        return {};
      case FieldType::money:
        return put(parse_yuan(text), "amount in yuan such as 300000.00");
      case FieldType::rate:
        return put(parse_percent(text), "rate in percent such as 4.75");
      case FieldType::date:
        return put(parse_date(text), "date such as 2023-09-12");
      case FieldType::instant:
        return put(parse_instant(text), "time such as 2023-09-12T15:00:00+08:00");
      case FieldType::count: {
        std::int64_t number = 0;
        const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (fault != std::errc{} || end != text.data() + text.size()) return place + ": no whole number";
        record.set(index, number);
        return {};
      }
      case FieldType::code:
        for (std::size_t i = 0; i < field.codes->codes.size(); ++i) {
          if (field.codes->codes[i].name == text) {
            record.set(index, Code{static_cast<std::uint8_t>(i)});
            return {};
          }
        }
        return fmt::format("{}: `{}` is no code of {}", place, text, field.codes->name);
      case FieldType::group:
        break;
    }
    return place + ": cannot be read";
  }

  std::string read_rows(const JsonNode& node, Record& record, std::size_t index, const std::string& place) {
    const FieldSpec& field = record.spec().fields[index];
    if (node.kind != JsonNode::Kind::array) return place + ": an array is expected";
    if (node.children > field.max_rows) return fmt::format("{}: more than {} rows", place, field.max_rows);
    std::size_t row = 0;
    for (const JsonNode* item = document_.first(node); item != nullptr; item = document_.next(*item)) {
      if (std::string fault = read(*item, record.add_row(index), fmt::format("{}/{}", place, row++));
          !fault.empty()) {
        return fault;
      }
    }
    return {};
  }

  const JsonDocument& document_;
};

}  // namespace

void write_canonical(const Record& record, std::string& out) {
  JsonWriter json(out);
  write(json, record);
}

std::string canonical_json(const Record& record) {
  std::string out;
  out.reserve(1024);
  write_canonical(record, out);
  return out;
}

std::expected<Record, std::string> read_canonical(const RecordSpec& spec, std::string_view text) {
  JsonDocument document;
  if (const auto read = document.read(text, {.max_bytes = 1u << 20, .max_depth = 16, .max_nodes = 20'000});
      !read) {
    return std::unexpected(fmt::format("byte {}: {}", read.error().offset, read.error().what));
  }
  Record record(spec);
  if (std::string fault = CanonicalReader(document).read(document.root(), record, ""); !fault.empty()) {
    return std::unexpected(std::move(fault));
  }
  return record;
}

}  // namespace loangate
