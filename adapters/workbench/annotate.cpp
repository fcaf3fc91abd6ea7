#include "adapters/workbench/annotate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "adapters/codec/charset.hpp"
#include "adapters/codec/watch.hpp"
#include "base/json_writer.hpp"

namespace loangate::adapters {
namespace {

using Kind = AnnotatedPlace::Kind;

/// One value as the canonical JSON has it; empty if it is absent.
std::string canonical_of(const Record& record, std::uint16_t field) {
  if (!record.has(field) || record.spec().fields[field].type == FieldType::group) return {};
  Record alone(record.spec());
  std::visit(
      [&](const auto& value) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(value)>, Rows>) alone.set(field, value);
      },
      record[field]);
  const std::string json = canonical_json(alone);
  const std::size_t value = record.spec().fields[field].name.size() + 4;  // {"name":
  return json.substr(value, json.size() - value - 1);
}

/// Keeps what decode() sees.
class Watcher final : public DecodeWatcher {
 public:
  Watcher(const Profile& profile, Annotation& annotation) : profile_(profile), annotation_(annotation) {}

  void framed(const Framed& framed) override { framed_ = framed; }
  void mapped(const MessageMap& message) override { annotation_.message = &message; }
  void unread(std::string place, std::string_view text) override {
    AnnotatedPlace& made = add(Kind::unread);
    made.place = std::move(place);
    made.raw = text;
  }

  void stretch(const Stretch& stretch) override {
    const std::size_t row = stretch.group == nullptr ? 0 : rows_[stretch.group]++;
    for (std::uint16_t i = 0; i < stretch.layout->slots.size(); ++i) {
      if (!std::holds_alternative<Derived>(stretch.layout->slots[i].place)) take(stretch, i, row);
    }
  }

  /// Values are known only now: a part that repeats another field is read last.
  void done(const Record& record) override {
    for (const auto& [place, wanted] : wanted_) {
      const Record* holder = &record;
      if (wanted.group != nullptr) {
        const auto rows = record.rows(wanted.group->field);
        if (wanted.row >= rows.size()) continue;
        holder = &rows[wanted.row];
      }
      annotation_.places[place].canonical = canonical_of(*holder, wanted.field);
    }
  }

  const Framed& taken_apart() const { return framed_; }

 private:
  struct Wanted {
    const Group* group;
    std::size_t row;
    std::uint16_t field;
  };

  AnnotatedPlace& add(Kind kind) {
    annotation_.places.emplace_back().kind = kind;
    return annotation_.places.back();
  }

  void take(const Stretch& stretch, std::uint16_t slot, std::size_t row) {
    const Cell& cell = stretch.cells[slot];
    const bool bytes = stretch.record == Stretch::header || profile_.format == Format::fixed;
    const std::uint16_t owner = stretch.layout->slots[slot].line;
    const Line* line = owner == nowhere ? nullptr : &stretch.layout->lines[owner];
    const bool missing = line != nullptr && line->kind == Line::Kind::field && line->required &&
                         is_first(*line, slot) && is_absent(stretch, *line);
    // In a tree what is not there has no place; a record's columns are always there.
    if (!bytes && cell.state == Cell::State::absent && !missing) return;
    AnnotatedPlace& made = add(line == nullptr ? Kind::count : kind_of(*line, slot));
    made.place = place_of(stretch, slot);
    made.raw = cell.text;
    made.missing = missing;
    if (bytes) {
      // A record that is too short ends within the place, or before it.
      const auto record = static_cast<std::size_t>(stretch.bytes.data() - framed_.whole.data());
      const std::size_t begin = std::min<std::size_t>(cell.begin, stretch.bytes.size());
      made.begin = record + begin;
      made.size = std::min<std::size_t>(cell.size, stretch.bytes.size() - begin);
    }
    if (line == nullptr) return;
    made.source = line->source;
    if (line->field == nowhere) {
      made.field = line->text;
      return;
    }
    made.field = format(*annotation_.message->body.record, stretch.path(line->field));
    made.zh = stretch.layout->record->fields[line->field].zh;
    if (is_first(*line, slot)) wanted_[annotation_.places.size() - 1] = {stretch.group, row, line->field};
  }

  static bool is_first(const Line& line, std::uint16_t slot) { return slot == line.first_slot; }
  static bool is_absent(const Stretch& stretch, const Line& line) {
    return std::ranges::all_of(stretch.cells.subspan(line.first_slot, line.slot_count),
                               [](const Cell& cell) { return cell.state == Cell::State::absent; });
  }
  static Kind kind_of(const Line& line, std::uint16_t slot) {
    switch (line.kind) {
      case Line::Kind::field:
        return slot < line.first_slot || slot >= line.first_slot + line.slot_count ? Kind::flag : Kind::field;
      case Line::Kind::constant:
        return Kind::constant;
      case Line::Kind::filler:
        return Kind::filler;
      case Line::Kind::type:
        return Kind::type;
      case Line::Kind::body_length:
        return Kind::body_length;
      case Line::Kind::seal:
      case Line::Kind::seal_key:
        return Kind::seal;
    }
    return Kind::unread;
  }

  const Profile& profile_;
  Annotation& annotation_;
  Framed framed_{};
  std::map<const Group*, std::size_t> rows_;
  std::map<std::size_t, Wanted> wanted_;  // by the number of the place
};

/// Bytes that are no place of a line: what frames them, and what is left over.
class Remainder {
 public:
  Remainder(const Profile& profile, std::string_view whole, const Framed& framed, Annotation& annotation)
      : profile_(profile), whole_(whole), framed_(framed), annotation_(annotation) {}

  void account() {
    const std::size_t begin =
        framed_.whole.data() == nullptr ? 0 : static_cast<std::size_t>(framed_.body.data() - whole_.data());
    const std::size_t end = framed_.whole.data() == nullptr ? 0 : begin + framed_.body.size();
    if (profile_.framing.length)
      add(0, std::min<std::size_t>(profile_.framing.length->digits, whole_.size()), Kind::framing, "length");
    if (end != 0 && end < whole_.size()) add(end, whole_.size(), Kind::framing, "end");
    // A tree's body is told by its paths.
    if (profile_.format != Format::fixed && end != 0) covered_.emplace_back(begin, end);
    for (const AnnotatedPlace& place : annotation_.places) {
      if (place.size != 0) covered_.emplace_back(place.begin, place.begin + place.size);
    }
    std::ranges::sort(covered_);
    std::size_t at = 0;
    const std::vector<std::pair<std::size_t, std::size_t>> covered = covered_;
    for (const auto& [from, to] : covered) {
      if (from > at) gap(at, from);
      at = std::max(at, to);
    }
    if (at < whole_.size()) gap(at, whole_.size());
  }

 private:
  /// Takes off what separates columns and records, and what segments leave blank; the rest is unread.
  void gap(std::size_t from, std::size_t to) {
    const FixedStyle& style = profile_.fixed;
    std::size_t unread = from;
    for (std::size_t at = from; at < to;) {
      std::size_t size = 0;
      std::string_view what;
      const std::string_view rest = whole_.substr(at, to - at);
      if (profile_.format != Format::fixed) {
      } else if (!style.separator.empty() && rest.starts_with(style.separator)) {
        size = style.separator.size();
        what = "separator";
      } else if (style.delimiter && rest.front() == *style.delimiter) {
        size = 1;
        what = "delimiter";
      } else if (is_segment(at) && rest.front() == ' ') {
        size = std::min(rest.find_first_not_of(' '), rest.size());
        what = "blank";
      }
      if (size == 0) {
        ++at;
        continue;
      }
      if (unread < at) add(unread, at, Kind::unread, "");
      add(at, at + size, Kind::framing, what);
      at += size;
      unread = at;
    }
    if (unread < to) add(unread, to, Kind::unread, "");
  }

  /// Whether a group's segments lie at this byte, and blanks there end the rows.
  bool is_segment(std::size_t at) const {
    if (annotation_.message == nullptr) return false;
    const auto body = static_cast<std::size_t>(framed_.body.data() - whole_.data());
    return std::ranges::any_of(annotation_.message->groups, [&](const Group& group) {
      const auto* segments = std::get_if<Group::Segments>(&group.where);
      if (segments == nullptr) return false;
      if (profile_.fixed.delimiter) return true;  // blank columns
      const std::size_t begin = body + segments->offset;
      return at >= begin && at < begin + std::size_t{segments->width} * group.times;
    });
  }

  void add(std::size_t from, std::size_t to, Kind kind, std::string_view what) {
    AnnotatedPlace& made = annotation_.places.emplace_back();
    made.kind = kind;
    made.field = what;
    made.begin = from;
    made.size = to - from;
    made.place = fmt::format("bytes {}", byte_range(made));
    if (!append_utf8(profile_.charset, whole_.substr(from, to - from), made.raw)) made.raw.clear();
    covered_.emplace_back(from, to);
  }

  const Profile& profile_;
  std::string_view whole_;
  const Framed& framed_;
  Annotation& annotation_;
  std::vector<std::pair<std::size_t, std::size_t>> covered_;
};

/// Whether a finding's place, which may be several (`/A + /B`), names this one.
bool names(std::string_view places, std::string_view place) {
  while (!places.empty()) {
    const std::size_t end = places.find(" + ");
    if (places.substr(0, end) == place) return true;
    if (end == std::string_view::npos) return false;
    places.remove_prefix(end + 3);
  }
  return false;
}

void attach_findings(Annotation& annotation) {
  for (std::size_t i = 0; i < annotation.findings.size(); ++i) {
    for (AnnotatedPlace& place : annotation.places) {
      if (names(annotation.findings[i].place, place.place)) place.findings.push_back(i);
    }
  }
}

}  // namespace

std::string_view name(AnnotatedPlace::Kind kind) {
  switch (kind) {
    case Kind::field:
      return "field";
    case Kind::constant:
      return "constant";
    case Kind::filler:
      return "filler";
    case Kind::type:
      return "type";
    case Kind::body_length:
      return "body_length";
    case Kind::seal:
      return "seal";
    case Kind::count:
      return "count";
    case Kind::flag:
      return "flag";
    case Kind::framing:
      return "framing";
    case Kind::unread:
      return "unread";
  }
  return "";
}

std::string byte_range(const AnnotatedPlace& place) {
  if (place.size == 1) return fmt::format("{}", place.begin + 1);
  return fmt::format("{}-{}", place.begin + 1, place.begin + place.size);
}

Annotation annotate(const Profile& profile, std::string_view bytes) {
  Annotation annotation;
  if (const auto read = decode(profile, bytes)) {
    annotation.canonical = canonical_json(read->record);
  } else {
    annotation.findings = read.error().findings;
  }
  if (bytes.size() > profile.bounds.body_bytes) return annotation;  // nothing larger is looked at
  Watcher watcher(profile, annotation);
  (void)decode(profile, bytes, watcher);
  Remainder(profile, bytes, watcher.taken_apart(), annotation).account();
  if (profile.format == Format::fixed) {
    std::ranges::sort(annotation.places, {},
                      [](const AnnotatedPlace& place) { return std::pair(place.begin, place.size); });
  }
  attach_findings(annotation);
  return annotation;
}

std::string annotation_json(const Profile& profile, const Annotation& annotation) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().member("partner", profile.id.view()).key("type");
  if (annotation.message == nullptr) {
    json.null();
  } else {
    json.value(spec_of(annotation.message->kind).name);
  }
  json.key("places").begin_array();
  std::uint64_t unread = 0;
  for (const AnnotatedPlace& place : annotation.places) {
    json.begin_object().member("kind", name(place.kind)).member("place", place.place);
    if (!place.field.empty()) json.member("field", place.field);
    if (!place.zh.empty()) json.member("zh", place.zh);
    if (place.size != 0) {
      json.member("begin", static_cast<std::uint64_t>(place.begin + 1));
      json.member("size", static_cast<std::uint64_t>(place.size));
    }
    json.member("raw", place.raw);
    if (!place.canonical.empty()) json.key("value").raw(place.canonical);
    if (place.missing) json.member("missing", true);
    if (!place.findings.empty()) {
      json.key("findings").begin_array();
      for (const std::size_t finding : place.findings) json.value(static_cast<std::uint64_t>(finding));
      json.end_array();
    }
    if (place.source.number != 0) {
      const ConfigError at = profile.at(place.source, "");
      json.member("file", at.file).member("line", at.line);
    }
    json.end_object();
    if (place.kind == Kind::unread) ++unread;
  }
  json.end_array().member("unread", unread).key("findings").begin_array();
  for (const Finding& finding : annotation.findings) {
    json.begin_object()
        .member("code", spec_of(finding.code).name)
        .member("place", finding.place)
        .member("zh", text_zh(finding))
        .member("en", text_en(finding))
        .end_object();
  }
  json.end_array().key("canonical");
  if (annotation.canonical.empty()) {
    json.null();
  } else {
    json.raw(annotation.canonical);
  }
  json.end_object();
  return out;
}

}  // namespace loangate::adapters
