#include "adapters/batch/records.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "adapters/codec/charset.hpp"
#include "adapters/codec/documents.hpp"
#include "adapters/codec/write_documents.hpp"

namespace loangate::adapters {
namespace {

/// What a reader takes: its records end as the profile says, which may be not at all.
Framed framed_part(const Profile& profile, const BatchForm& form, std::string_view bytes) {
  std::string_view body = bytes;
  if (form.in_lines() && profile.fixed.separator.empty() && body.ends_with(form.separator)) {
    body.remove_suffix(form.separator.size());
  }
  return {.whole = bytes, .header = {}, .body = body, .after_header = body.size(), .is_part = true};
}

/// Where a character, told by line and column from 1, stands in bytes of the charset.
std::size_t byte_at(Charset charset, std::string_view bytes, std::size_t line, std::size_t column) {
  std::size_t at = 0;
  for (; line > 1; --line) {
    const std::size_t end = bytes.find('\n', at);
    if (end == std::string_view::npos) return bytes.size();
    at = end + 1;
  }
  for (; column > 1 && at < bytes.size(); --column) at += character_size(charset, bytes, at);
  return at;
}

/// `line 3, column 7`, which readers say of a document that is not well-formed.
std::optional<std::pair<std::size_t, std::size_t>> line_and_column(std::string_view place) {
  std::size_t line = 0;
  std::size_t column = 0;
  if (!place.starts_with("line ")) return std::nullopt;
  const char* const end = place.data() + place.size();
  const auto first = std::from_chars(place.data() + 5, end, line);
  constexpr std::string_view between = ", column ";
  if (!std::string_view(first.ptr, end).starts_with(between)) return std::nullopt;
  const auto second = std::from_chars(first.ptr + between.size(), end, column);
  if (second.ptr != end || line == 0 || column == 0) return std::nullopt;
  return std::pair(line, column);
}

/// Turns the place of a finding within a part of the file into its place in the file.
class Placing {
 public:
  Placing(const Profile& profile, const BatchForm& form, std::string_view bytes, RecordPlace at,
          bool is_record)
      : profile_(profile), form_(form), bytes_(bytes), at_(at), is_record_(is_record) {}

  void operator()(Findings& findings) const {
    for (Finding& finding : findings) {
      const std::string before = std::exchange(finding.place, in_file(finding.place));
      for (auto& [name, value] : finding.values) {
        if (name == "field" && !before.empty() && value.starts_with(before)) {
          value.replace(0, before.size(), finding.place);
        } else if (name == "offset") {
          value = std::to_string(at_.offset + number(value));
        }
      }
    }
  }

 private:
  static std::uint64_t number(std::string_view text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }

  std::string in_file(std::string_view place) const {
    if (place.empty()) return whole();
    if (profile_.format != Format::fixed) {
      if (const auto at = line_and_column(place)) {
        return byte(byte_at(profile_.charset, bytes_, at->first, at->second));
      }
    }
    if (place.starts_with("byte ")) return byte(number(place.substr(5)) - 1);
    // A value of several parts has several places.
    std::string all;
    while (!place.empty()) {
      const std::size_t end = place.find(" + ");
      if (!all.empty()) all += " + ";
      all += one(place.substr(0, end));
      place = end == std::string_view::npos ? std::string_view{} : place.substr(end + 3);
    }
    return all;
  }

  std::string one(std::string_view place) const {
    constexpr std::string_view first_line = "line 1";
    if (profile_.format == Format::fixed) {
      if (!place.starts_with(first_line)) return fmt::format("line {}, {}", at_.line, place);
      return fmt::format("line {}{}", at_.line, place.substr(first_line.size()));
    }
    if (form_.in_lines()) return fmt::format("line {}, {}", at_.line, place);
    if (!is_record_) return std::string(place);
    if (profile_.format == Format::json) {
      return fmt::format("{}/{}{}", form_.items_name, at_.number - 1, place == "/" ? "" : place);
    }
    // `/TX/AMT` stands under the item, which is the path's first step.
    const std::size_t step = place.find('/', 1);
    return whole() + std::string(step == std::string_view::npos ? "" : place.substr(step));
  }

  std::string whole() const {
    if (form_.in_lines()) return fmt::format("line {}", at_.line);
    if (!is_record_) return {};
    if (profile_.format == Format::json) return fmt::format("{}/{}", form_.items_name, at_.number - 1);
    return fmt::format("{}[{}]", form_.items_name, at_.number);
  }

  /// The byte `at` of the part, from 0.
  std::string byte(std::size_t at) const {
    const std::string_view before = bytes_.substr(0, at);
    const auto lines = static_cast<std::uint64_t>(std::ranges::count(before, '\n'));
    const std::size_t begin = lines == 0 ? 0 : before.rfind('\n') + 1;
    const std::uint64_t column = lines == 0 ? at_.offset - at_.line_offset + at : at - begin;
    return fmt::format("line {}, byte {}", at_.line + lines, column + 1);
  }

  const Profile& profile_;
  const BatchForm& form_;
  std::string_view bytes_;
  RecordPlace at_;
  bool is_record_;
};

/// Of the document around the items the piece in which a byte of it lies, and where that piece stands.
Findings placed_around(const Profile& profile, const BatchForm& form, const Surroundings& around,
                       Findings findings) {
  for (Finding& finding : findings) {
    std::size_t at = 0;
    if (const auto told = line_and_column(finding.place)) {
      at = byte_at(profile.charset, around.header, told->first, told->second);
    } else if (finding.place.starts_with("byte ")) {
      std::from_chars(finding.place.data() + 5, finding.place.data() + finding.place.size(), at);
      at -= std::min<std::size_t>(at, 1);
    } else {
      continue;
    }
    if (around.pieces.empty()) continue;
    const auto next = std::ranges::upper_bound(around.pieces, at, {}, &Surroundings::Piece::at);
    const Surroundings::Piece& piece = *std::prev(std::max(next, around.pieces.begin() + 1));
    const Placing place(profile, form, std::string_view(around.header).substr(piece.at),
                        {.offset = piece.offset, .line = piece.line, .line_offset = piece.line_offset},
                        false);
    finding.place = fmt::format("byte {}", at - piece.at + 1);
    Findings one;
    one.push_back(std::move(finding));
    place(one);
    finding = std::move(one.front());
  }
  return findings;
}

void copy(Record& to, std::uint16_t field, const Record& from, std::string_view name) {
  const std::size_t index = from.spec().index_of(name);
  if (index == from.spec().fields.size() || !from.has(index)) return;
  if (const auto* text = std::get_if<std::string_view>(&from[index])) to.set_text(field, *text);
}

/// Writes a line of the return file; fields that cannot be written are left out rather than the line.
std::string written(const Profile& profile, const MessageMap& layout, Record& record) {
  std::string out;
  for (std::size_t tries = 0; tries <= record.spec().fields.size(); ++tries) {
    out.clear();
    const auto done = encode_document(profile, layout, record, out);
    if (done) return out;
    const std::uint16_t field = done.error().field.field;
    if (field == FieldPath::none || !record.has(field)) break;
    record.clear(field);
  }
  return {};  // the check of the profile has seen to it that what is left can be written
}

std::string in_charset(const Profile& profile, std::string_view text) {
  std::string bytes;
  append_encoded(profile.charset, text, bytes).value();  // names of the profile: checked when it was loaded
  return bytes;
}

/// A line of the return file ends as those of the file do.
std::string ended(const BatchForm& form, std::string line) {
  if (!line.ends_with(form.separator)) line += form.separator;
  return line;
}

std::string without_declaration(const Profile& profile, std::string text) {
  const std::string declaration = in_charset(profile, profile.xml.declaration);
  if (!declaration.empty() && text.starts_with(declaration)) text.erase(0, declaration.size());
  return text;
}

}  // namespace

RecordRead read_record(const Profile& profile, const BatchForm& form, std::string_view batch_id,
                       const CutRecord& record) {
  RecordRead made{.read = std::unexpected(Undecoded{}), .line = Record(BatchLine::spec()), .amount = {}};
  made.line.set(BatchLine::field::record, static_cast<std::int64_t>(record.place.number));
  const MessageMap* const expected = form.kind ? profile.find(*form.kind) : nullptr;
  Faults faults;
  ReadDocument read = read_document(profile, framed_part(profile, form, record.bytes), expected, faults);
  std::optional<MessageId> id;
  if (read.record) {
    const MessageMap& map = *profile.find(*read.kind);
    const bool has_own = std::ranges::any_of(
        map.body.lines, [](const Line& line) { return line.kind == Line::Kind::field && line.field == 0; });
    if (!has_own) read.record->set_text(0, fmt::format("batch/{}/{}", batch_id, record.place.number));
    if (read.record->has(0)) id = MessageId::parse(std::get<std::string_view>((*read.record)[0]));
    using Key = BatchLine::field;
    copy(made.line, Key::message_id, *read.record, "message_id");
    copy(made.line, Key::loan_no, *read.record, "loan_no");
    copy(made.line, Key::contract_no, *read.record, "contract_no");
    copy(made.line, Key::company_uscc, *read.record, "company_uscc");
    copy(made.line, Key::company_name, *read.record, "company_name");
    made.amount = amount_of(form, *read.record);
    if (made.amount) made.line.set(Key::amount, *made.amount);
  }
  if (faults.none()) {
    made.read = Decoded{*read.kind, *std::move(read.record)};
    return made;
  }
  Findings findings = faults.take();
  Placing(profile, form, record.bytes, record.place, true)(findings);
  made.read =
      std::unexpected(Undecoded{.findings = std::move(findings), .kind = read.kind, .message_id = id});
  return made;
}

void locate_record(const Profile& profile, MessageKind kind, const CutRecord& record, Findings& findings) {
  const MessageMap* const map = profile.find(kind);
  if (findings.empty() || map == nullptr || profile.batch == nullptr) return;
  locate_in(*map, profile, framed_part(profile, *profile.batch, record.bytes), findings);
  Placing(profile, *profile.batch, record.bytes, record.place, true)(findings);
}

std::expected<std::string, Findings> read_around(const Profile& profile, const BatchForm& form,
                                                 const Surroundings& around, const BatchCount& count) {
  using Field = BatchControl::field;
  Findings all;
  std::string batch_id;
  const auto read = [&](const MessageMap& map, std::string_view text, std::uint64_t line) {
    Framed framed = framed_part(profile, form, text);
    framed.is_part = form.in_lines();
    Faults faults;
    const ReadDocument document = read_document(profile, framed, &map, faults);
    Findings found = faults.take();
    if (found.empty()) {
      const Record& said = *document.record;
      const auto differs = [&](FindingCode code, std::uint16_t field, std::string given,
                               std::string counted) {
        found.push_back({.code = code,
                         .field = {.field = field},
                         .values = {{"given", std::move(given)}, {"counted", std::move(counted)}}});
      };
      for (const std::uint16_t field : {Field::records, Field::packet_records}) {
        const auto* stated = std::get_if<std::int64_t>(&said[field]);
        if (stated == nullptr || static_cast<std::uint64_t>(*stated) == count.records) continue;
        differs(FindingCode::batch_count_differs, field, std::to_string(*stated),
                std::to_string(count.records));
      }
      const auto* total = std::get_if<Fen>(&said[Field::total]);
      if (total != nullptr && count.total_known && *total != count.total) {
        differs(FindingCode::batch_total_differs, Field::total, format_yuan(*total),
                format_yuan(count.total));
      }
      if (const auto* id = std::get_if<std::string_view>(&said[Field::batch_id])) {
        if (id->contains('/')) {
          found.push_back(
              {.code = FindingCode::field_malformed,
               .field = {.field = Field::batch_id},
               .values = {{"field", "batch_id"}, {"given", shown(*id)}, {"form", "text without `/`"}}});
        }
        if (!batch_id.empty() && batch_id != *id) {
          found.push_back({.code = FindingCode::constant_differs,
                           .field = {.field = Field::batch_id},
                           .values = {{"given", shown(*id)}, {"expected", batch_id}}});
        }
        batch_id = *id;
      }
      if (!found.empty()) locate_in(map, profile, framed, found);
    }
    if (form.in_lines()) {
      Placing(profile, form, text, {.number = 0, .line = line}, false)(found);
    } else {
      found = placed_around(profile, form, around, std::move(found));
    }
    std::ranges::move(found, std::back_inserter(all));
  };
  if (form.header) read(*form.header, around.header, 1);
  if (form.trailer) read(*form.trailer, around.trailer, around.trailer_line);
  if (all.empty() && batch_id.empty()) {
    all.push_back({.code = FindingCode::field_missing,
                   .field = {},
                   .values = {{"field", std::string(BatchControl::spec().fields[Field::batch_id].zh)}}});
  }
  if (!all.empty()) return std::unexpected(std::move(all));
  return batch_id;
}

std::string return_line(const Profile& profile, const BatchForm& form, Record line, bool is_first) {
  std::string text = written(profile, form.result.line, line);
  if (form.in_lines()) return ended(form, std::move(text));
  if (profile.format == Format::xml) return without_declaration(profile, std::move(text));
  return is_first ? text : "," + text;
}

ReturnEnds return_ends(const Profile& profile, const BatchForm& form, Record summary) {
  ReturnEnds ends;
  const BatchForm::Return& result = form.result;
  if (form.in_lines()) {
    if (result.header) ends.begin = ended(form, written(profile, *result.header, summary));
    if (result.trailer) ends.end = ended(form, written(profile, *result.trailer, summary));
    return ends;
  }
  const std::string whole = written(profile, *result.header, summary);
  const bool json = profile.format == Format::json;
  const std::string mark =
      json ? fmt::format("\"{}\"", BatchForm::lines_mark) : std::string(BatchForm::lines_mark);
  const std::size_t at = whole.find(mark);  // ASCII: the same in every charset
  if (at == std::string::npos) return ends;
  ends.begin = whole.substr(0, at) + (json ? "[" : "");
  ends.end = (json ? "]" : "") + whole.substr(at + mark.size());
  return ends;
}

}  // namespace loangate::adapters
