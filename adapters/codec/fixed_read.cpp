#include <fmt/format.h>

#include "adapters/codec/charset.hpp"
#include "adapters/codec/documents.hpp"
#include "adapters/codec/forms.hpp"
#include "adapters/codec/padding.hpp"

/// Fixed-width and delimited records.
namespace loangate::adapters {

namespace {

/// One record of the body without its separator.
struct FixedRecord {
  std::string_view bytes;
  std::uint32_t number;  ///< from 1
};

/// A column of a delimited record: its bytes in it.
struct ColumnBytes {
  std::uint32_t begin;
  std::uint32_t size;
};

class FixedReader final : public DocumentReader {
 public:
  bool open(const Profile& profile, const Framed& framed, Faults& faults) override {
    profile_ = &profile;
    framed_ = framed;
    faults_ = &faults;
    rest_ = framed.body;
    count_ = 0;
    pool_for(framed.whole, pool_);
    first_ = next_record();
    split_columns(first_.bytes);
    return true;
  }

  std::string_view type() override {
    const TypePlace& where = profile_->type;
    std::string_view bytes;
    if (const auto* span = std::get_if<Span>(&where.place)) {
      if (span->offset + span->width > first_.bytes.size()) return {};
      bytes = first_.bytes.substr(span->offset, span->width);
    } else {
      const auto& column = std::get<Column>(where.place);
      if (column.index >= columns_.size()) return {};
      bytes = first_.bytes.substr(columns_[column.index].begin, columns_[column.index].size);
      if (column.width == 0) return read_bytes(*profile_, bytes, nullptr, false, pool_).text;
    }
    return read_bytes(*profile_, bytes, &where.padding, false, pool_).text;
  }

  std::optional<Source> source(std::span<const Node>) override { return std::nullopt; }

  void read(const MessageMap& message, StretchVisitor& visitor) override {
    Stretch body{.profile = profile_, .layout = &message.body, .bytes = first_.bytes};
    if (!has_its_size(first_, message.body) && !visitor.thorough()) return;
    fill(body, first_, 0, cells_);
    visitor.visit(body);
    for (const Group& group : message.groups) {
      if (const auto* segments = std::get_if<Group::Segments>(&group.where)) {
        read_segments(body, group, *segments, visitor);
      }
    }
    read_tagged(body, message, visitor);
  }

 private:
  /// Takes the next record off the body; without a separator there is only one.
  FixedRecord next_record() {
    const std::string& separator = profile_->fixed.separator;
    FixedRecord record{rest_, ++count_};
    if (separator.empty()) {
      rest_ = {};
      return record;
    }
    const std::size_t end = rest_.find(separator);  // CR and LF are no part of any character's code
    if (end == std::string_view::npos) {
      if (!profile_->lenient.optional_record_end) {
        faults_->add(FindingCode::framing_invalid, fmt::format("line {}", count_),
                     {{"what", fmt::format("record {} does not end with {:?}", count_, separator)}});
      }
      rest_ = {};
      return record;
    }
    record.bytes = rest_.substr(0, end);
    rest_.remove_prefix(end + separator.size());
    return record;
  }

  /// False if the record has not the layout's size, which is reported.
  bool has_its_size(const FixedRecord& record, const Layout& layout) {
    if (profile_->fixed.delimiter) return columns_agree(record, layout);
    if (record.bytes.size() == layout.size) return true;
    faults_->add(FindingCode::record_length, fmt::format("line {}", record.number),
                 {{"given", std::to_string(record.bytes.size())}, {"expected", std::to_string(layout.size)}});
    return false;
  }

  bool columns_agree(const FixedRecord& record, const Layout& layout) {
    const std::size_t given = columns_.size();
    const std::size_t expected = layout.columns;
    const bool trailing = profile_->fixed.trailing_delimiter;
    if (trailing && given == expected + 1 && columns_.back().size == 0) return true;
    if (!trailing && given == expected) return true;
    const auto ending = [](bool has) { return has ? "with" : "without"; };
    faults_->add(FindingCode::framing_invalid, fmt::format("line {}", record.number),
                 {{"what", fmt::format("{} columns, expected {} {} a delimiter after the last", given,
                                       expected, ending(trailing))}});
    return false;
  }

  /// Splits at delimiters, by characters: the second byte of a hanzi can be `|` or `\`.
  void split_columns(std::string_view record) {
    columns_.clear();
    if (!profile_->fixed.delimiter) return;
    const char delimiter = *profile_->fixed.delimiter;
    std::size_t begin = 0;
    std::size_t at = 0;
    while (at < record.size()) {
      if (static_cast<unsigned char>(record[at]) >= 0x80) {
        at += character_size(profile_->charset, record, at);
        continue;
      }
      if (record[at] == delimiter) {
        columns_.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at - begin)});
        begin = at + 1;
      }
      ++at;
    }
    columns_.push_back(
        {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(record.size() - begin)});
  }

  /// `base`: the first byte, or the first column, of the stretch in its record.
  void fill(Stretch& stretch, const FixedRecord& record, std::uint32_t base, std::vector<Cell>& cells) {
    if (!profile_->fixed.delimiter) {
      return fill_cells(stretch, record.bytes, base, framed_, cells, pool_, *faults_);
    }
    const Layout& layout = *stretch.layout;
    cells.assign(layout.slots.size(), {});
    stretch.cells = cells;
    for (std::uint16_t i = 0; i < layout.slots.size(); ++i) {
      const auto* column = std::get_if<Column>(&layout.slots[i].place);
      if (column == nullptr || base + column->index >= columns_.size()) continue;
      const ColumnBytes bytes = columns_[base + column->index];
      fill_column(stretch, i, record, bytes, column->width, cells);
    }
  }

  void fill_column(const Stretch& stretch, std::uint16_t slot, const FixedRecord& record, ColumnBytes bytes,
                   std::uint16_t width, std::vector<Cell>& cells) {
    const std::string_view text = record.bytes.substr(bytes.begin, bytes.size);
    Cell& cell = cells[slot];
    const Layout& layout = *stretch.layout;
    const Padding* padding =
        width == 0 ? nullptr : &layout.slots[slot].padding;  // as long as its value: none
    cell = read_bytes(*profile_, text, padding, holds_number(layout, slot), pool_);
    const std::size_t fault = cell.size;
    cell.begin = bytes.begin;
    cell.size = bytes.size;
    if (cell.state == Cell::State::faulty) {
      const auto offset = static_cast<std::size_t>(text.data() - framed_.whole.data()) + fault;
      faults_->add(
          FindingCode::encoding_invalid, stretch, slot,
          {{"offset", std::to_string(offset + 1)}, {"encoding", std::string(name(profile_->charset))}});
    } else if (width != 0 && bytes.size != width) {
      cell.state = Cell::State::faulty;
      faults_->add(FindingCode::field_malformed, stretch, slot,
                   {{"given", shown(cell.text)}, {"form", describe_size(width)}});
    }
  }

  bool is_blank_segment(const Stretch& row) {
    for (const Cell& cell : row.cells) {
      if (cell.state != Cell::State::absent) return false;
    }
    return true;
  }

  void read_segments(const Stretch& body, const Group& group, const Group::Segments& segments,
                     StretchVisitor& visitor) {
    const auto stated = stated_rows(body, group, *faults_);
    std::size_t found = 0;
    for (std::uint16_t i = 0; i < group.times; ++i) {
      Stretch row{
          .profile = profile_, .layout = &group.rows, .group = &group, .row = i, .bytes = first_.bytes};
      fill(row, first_, segments.offset + i * segments.width, row_cells_);
      // Blank segments end the rows; with a count, rows of blanks may be meant.
      if (is_blank_segment(row) && (!stated || i >= *stated)) continue;
      if (found < i) {
        faults_->add(FindingCode::field_missing, place_of(row, 0),
                     {{"field", fmt::format("{} {}", place_of(*profile_, group), group.rows.record->zh)}},
                     {.field = group.field});
        return;
      }
      ++found;
      visitor.visit(row);
    }
    check_rows(body, group, found, *faults_);
  }

  void read_tagged(const Stretch& body, const MessageMap& message, StretchVisitor& visitor) {
    counts_.assign(message.groups.size(), 0);
    while (!rest_.empty()) {
      const FixedRecord record = next_record();
      const Group* group = group_of(message, record);
      if (group == nullptr || !has_its_size(record, group->rows)) {
        if (!visitor.thorough()) return;
        if (group == nullptr) continue;
      }
      std::size_t& count = counts_[static_cast<std::size_t>(group - message.groups.data())];
      if (count == group->times) {
        const FieldSpec& field = message.body.record->fields[group->field];
        faults_->add(FindingCode::group_too_long, fmt::format("line {}", record.number),
                     {{"field", fmt::format("line {} {}", record.number, field.zh)},
                      {"limit", std::to_string(group->times)}},
                     {.field = group->field});
        return;
      }
      Stretch row{.profile = profile_,
                  .layout = &group->rows,
                  .group = group,
                  .row = static_cast<std::uint16_t>(count++),
                  .record = record.number,
                  .bytes = record.bytes};
      fill(row, record, 0, row_cells_);
      visitor.visit(row);
    }
    for (const Group& group : message.groups) {
      if (std::holds_alternative<Group::Tagged>(group.where)) {
        check_rows(body, group, counts_[static_cast<std::size_t>(&group - message.groups.data())], *faults_);
      }
    }
  }

  /// The group whose tag the record bears; null if none does, which is reported.
  const Group* group_of(const MessageMap& message, const FixedRecord& record) {
    split_columns(record.bytes);
    std::string known;
    std::string given;
    for (const Group& group : message.groups) {
      const auto* tagged = std::get_if<Group::Tagged>(&group.where);
      if (tagged == nullptr) continue;
      std::string_view bytes;
      if (const auto* span = std::get_if<Span>(&tagged->place)) {
        if (span->offset <= record.bytes.size()) bytes = record.bytes.substr(span->offset, span->width);
      } else if (const std::size_t index = std::get<Column>(tagged->place).index; index < columns_.size()) {
        bytes = record.bytes.substr(columns_[index].begin, columns_[index].size);
      }
      const std::string_view tag = unpadded(bytes, {}, false);
      if (tag == tagged->tag) return &group;
      given = is_ascii(tag) ? shown(tag) : "?";
      known += known.empty() ? tagged->tag : ", " + tagged->tag;
    }
    const std::string place = fmt::format("line {}", record.number);
    if (known.empty()) {
      faults_->add(FindingCode::framing_invalid, place,
                   {{"what", fmt::format("{} bytes after the record", record.bytes.size())}});
    } else {
      faults_->add(FindingCode::code_unknown, place, {{"field", place}, {"given", given}, {"known", known}});
    }
    return nullptr;
  }

  const Profile* profile_ = nullptr;
  Framed framed_{};
  Faults* faults_ = nullptr;
  std::string_view rest_;
  std::uint32_t count_ = 0;
  FixedRecord first_{};
  std::vector<ColumnBytes> columns_;  // of the record that is being read
  std::vector<Cell> cells_, row_cells_;
  std::vector<std::size_t> counts_;
  std::string pool_;
};

}  // namespace

DocumentReader& fixed_reader() {
  thread_local FixedReader reader;
  return reader;
}

}  // namespace loangate::adapters
