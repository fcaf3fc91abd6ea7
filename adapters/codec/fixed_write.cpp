#include <fmt/format.h>

#include <cstring>

#include "adapters/codec/charset.hpp"
#include "adapters/codec/documents.hpp"
#include "adapters/codec/forms.hpp"
#include "adapters/codec/padding.hpp"
#include "adapters/codec/write_documents.hpp"

namespace loangate::adapters {

namespace {

struct Scratch {
  std::string value;  // what stands at one place, padded
  std::string bytes;  // a text in the partner's charset
  std::vector<std::string> columns;
  std::vector<Written> slots;
  std::string pool;
};

Scratch& scratch() {
  thread_local Scratch room;
  return room;
}

/// Puts records of bytes or columns together.
class RecordWriter {
 public:
  RecordWriter(const Profile& profile, const MessageMap& message, const Record& record, FieldWriter& fields)
      : profile_(profile), message_(message), record_(record), fields_(fields) {}

  std::expected<void, EncodeFault> header(std::size_t follow, std::string& out) {
    follow_ = follow;
    return bytes(message_.header, record_, {}, 0, out, message_.header.size);
  }

  std::expected<void, EncodeFault> body(std::string& out) {
    if (auto written = main_record(out); !written) return written;
    out += profile_.fixed.separator;
    for (const Group& group : message_.groups) {
      if (!std::holds_alternative<Group::Tagged>(group.where)) continue;
      const std::span<const Record> rows = rows_to_write(group, record_);
      for (std::uint16_t i = 0; i < rows.size(); ++i) {
        const FieldPath path{.field = group.field, .row = i};
        if (auto written = one_record(group.rows, rows[i], path, out); !written) return written;
        out += profile_.fixed.separator;
      }
    }
    return {};
  }

 private:
  using Result = std::expected<void, EncodeFault>;

  Result main_record(std::string& out) {
    if (profile_.fixed.delimiter) {
      columns_.assign(message_.body.columns, {});
      if (auto written = columns(message_.body, record_, {}, 0); !written) return written;
      if (auto written = segments(out, 0); !written) return written;
      join_columns(out);
      return {};
    }
    const std::size_t begin = out.size();
    if (auto written = bytes(message_.body, record_, {}, begin, out, message_.body.size); !written)
      return written;
    return segments(out, begin);
  }

  Result one_record(const Layout& layout, const Record& from, FieldPath path, std::string& out) {
    if (!profile_.fixed.delimiter) return bytes(layout, from, path, out.size(), out, layout.size);
    columns_.assign(layout.columns, {});
    if (auto written = columns(layout, from, path, 0); !written) return written;
    join_columns(out);
    return {};
  }

  /// Segments stay blank where there are no rows.
  Result segments(std::string& out, std::size_t begin) {
    for (const Group& group : message_.groups) {
      const auto* where = std::get_if<Group::Segments>(&group.where);
      if (where == nullptr) continue;
      const std::span<const Record> rows = rows_to_write(group, record_);
      for (std::uint16_t i = 0; i < rows.size(); ++i) {
        const FieldPath path{.field = group.field, .row = i};
        const std::uint32_t first = where->offset + i * where->width;
        auto written = profile_.fixed.delimiter
                           ? columns(group.rows, rows[i], path, first)
                           : bytes(group.rows, rows[i], path, begin + first, out, group.rows.size);
        if (!written) return written;
      }
    }
    return {};
  }

  /// Writes a layout's values over blanks at `begin`, of which there may be some already.
  Result bytes(const Layout& layout, const Record& from, FieldPath path, std::size_t begin, std::string& out,
               std::size_t size) {
    if (out.size() < begin + size) out.resize(begin + size, ' ');
    if (auto written = fields_.write(layout, from, path, slots_, pool_); !written) return written;
    for (std::uint16_t i = 0; i < layout.slots.size(); ++i) {
      const auto* span = std::get_if<Span>(&layout.slots[i].place);
      if (span == nullptr) continue;
      if (auto put = value(layout, i, path, span->width); !put) return put;
      std::memcpy(out.data() + begin + span->offset, value_.data(), value_.size());
    }
    return {};
  }

  Result columns(const Layout& layout, const Record& from, FieldPath path, std::uint32_t first) {
    if (auto written = fields_.write(layout, from, path, slots_, pool_); !written) return written;
    for (std::uint16_t i = 0; i < layout.slots.size(); ++i) {
      const auto* column = std::get_if<Column>(&layout.slots[i].place);
      if (column == nullptr) continue;
      if (auto put = value(layout, i, path, column->width); !put) return put;
      std::string& cell = columns_[first + column->index];
      cell = value_;
      if (cell.empty()) cell.assign(column->width, ' ');
    }
    return {};
  }

  void join_columns(std::string& out) const {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      out += columns_[i];
      if (i + 1 < columns_.size() || profile_.fixed.trailing_delimiter) out += *profile_.fixed.delimiter;
    }
  }

  /// Leaves in `value_` what stands at a slot, padded to `width` (0: as it is); nothing for blanks.
  Result value(const Layout& layout, std::uint16_t slot, FieldPath path, std::size_t width) {
    value_.clear();
    const Slot& where = layout.slots[slot];
    const Line* line = where.line == nowhere ? nullptr : &layout.lines[where.line];
    if (line != nullptr && line->kind == Line::Kind::filler) {
      value_.assign(width, where.padding.byte);
      return {};
    }
    std::string_view text = slots_[slot].text;
    const fmt::format_int follow(follow_);
    if (line != nullptr && line->kind == Line::Kind::body_length) text = {follow.data(), follow.size()};
    if (text.empty()) return {};
    const std::string_view reason = encoded(line, where, text, width, holds_number(layout, slot));
    if (reason.empty()) return {};
    FieldPath field = path;
    if (line != nullptr) (path.row == FieldPath::none ? field.field : field.column) = line->field;
    return std::unexpected(EncodeFault{
        .field = field,
        .unmappable = reason == lacks_character,
        .reason = fmt::format("{} at {}: {}", format(record_.spec(), field), where.name, reason)});
  }

  static constexpr std::string_view lacks_character =
      "it contains a character that the partner's charset lacks";

  /// The padded value, or why it cannot stand there.
  std::string_view encoded(const Line* line, const Slot& slot, std::string_view text, std::size_t width,
                           bool number) {
    std::string_view raw = text;
    if (!is_ascii(text)) {
      bytes_.clear();
      if (!append_in_charset(profile_, message_, text, bytes_)) return lacks_character;
      raw = bytes_;
    }
    const bool is_field = line != nullptr && line->kind == Line::Kind::field;
    if (is_field && !profile_.fixed.separator.empty() &&
        text.find_first_of("\r\n") != std::string_view::npos) {
      return "it contains a line end";
    }
    if (is_field && profile_.fixed.delimiter && text.contains(*profile_.fixed.delimiter)) {
      return "it contains the delimiter";
    }
    if (is_field && profile_.lenient.any_padding && trimmed(text).size() != text.size()) {
      return "spaces around it would be lost";
    }
    if (width == 0) {
      value_ = raw;
      return {};
    }
    if (raw.size() > width) {
      const auto* form = line == nullptr ? nullptr : std::get_if<TextForm>(&line->form);
      if (form == nullptr || !form->cut) return "it is longer than its place";
      raw = whole_characters(profile_.charset, raw, width);
    } else if (is_field && !survives_padding(text, slot.padding, number)) {
      return "it begins or ends with what pads its place";
    }
    append_padded(raw, width, slot.padding, number, value_);
    return {};
  }

  const Profile& profile_;
  const MessageMap& message_;
  const Record& record_;
  FieldWriter& fields_;
  std::size_t follow_ = 0;
  // Used again for every message.
  std::string& value_ = scratch().value;
  std::string& bytes_ = scratch().bytes;
  std::vector<std::string>& columns_ = scratch().columns;
  std::vector<Written>& slots_ = scratch().slots;
  std::string& pool_ = scratch().pool;
};

}  // namespace

std::expected<void, EncodeFault> write_fixed(const Profile& profile, const MessageMap& message,
                                             const Record& record, FieldWriter& fields, std::string& out) {
  return RecordWriter(profile, message, record, fields).body(out);
}

std::expected<void, EncodeFault> write_header(const Profile& profile, const MessageMap& message,
                                              const Record& record, FieldWriter& fields, std::size_t follow,
                                              std::string& out) {
  return RecordWriter(profile, message, record, fields).header(follow, out);
}

}  // namespace loangate::adapters
