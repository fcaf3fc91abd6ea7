#include "adapters/contract/shown_sample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "adapters/codec/charset.hpp"
#include "adapters/codec/framing.hpp"
#include "adapters/contract/places.hpp"
#include "base/html.hpp"

namespace loangate::adapters {

namespace {

/// Bytes as people can read them, escaped.
std::string readable(const Profile& profile, std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    std::string text;
    const auto converted = append_utf8(profile.charset, bytes, text);
    out += html_escaped(text);
    if (converted) break;
    out += fmt::format("<mark>\\x{:02X}</mark>", static_cast<unsigned char>(bytes[converted.error().offset]));
    bytes.remove_prefix(converted.error().offset + 1);
  }
  return out;
}

std::string label(const PlacedValue& place) {
  if (place.field == nullptr) return std::string(name(place.holds));
  return fmt::format("{} {}", place.field->name, place.field->zh);
}

/// A stretch of the sample that is one value.
struct Marked {
  std::size_t begin, size;
  std::string title;
};

/// Marks records by their bytes or columns.
class RecordMarker {
 public:
  RecordMarker(const Profile& profile, const MessageMap& message, std::string_view whole)
      : profile_(profile), message_(message), whole_(whole) {}

  std::vector<Marked> mark() {
    Faults none;
    const auto framed = unframe(profile_, whole_, none);
    if (!framed) return {};
    at_ = offset_of(framed->header);
    add(places_of(message_.header), framed->header, 0, {});
    if (profile_.format != Format::fixed) return std::move(marked_);
    std::string_view rest = framed->body;
    for (bool first = true; !rest.empty(); first = false) {
      const std::string& separator = profile_.fixed.separator;
      const std::size_t end = separator.empty() ? std::string_view::npos : rest.find(separator);
      const std::string_view record = rest.substr(0, end);
      at_ = offset_of(record);
      first ? body(record) : row(record);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + separator.size());
    }
    return std::move(marked_);
  }

 private:
  std::size_t offset_of(std::string_view part) const {
    return static_cast<std::size_t>(part.data() - whole_.data());
  }

  void body(std::string_view record) {
    add(places_of(message_.body, message_.groups), record, 0, {});
    for (const Group& group : message_.groups) {
      const auto* segments = std::get_if<Group::Segments>(&group.where);
      for (std::uint16_t i = 0; segments != nullptr && i < group.times; ++i) {
        add(places_of(group.rows), record, segments->offset + i * segments->width,
            fmt::format("{}[{}] ", message_.body.record->fields[group.field].name, i + 1));
      }
    }
    std::ranges::sort(marked_, {}, &Marked::begin);
  }

  void row(std::string_view record) {
    for (const Group& group : message_.groups) {
      const auto* tagged = std::get_if<Group::Tagged>(&group.where);
      if (tagged == nullptr) continue;
      std::string_view tag = record;
      if (const auto* span = std::get_if<Span>(&tagged->place)) {
        tag = record.size() < span->offset ? std::string_view{} : record.substr(span->offset, span->width);
      } else if (const auto columns = columns_of(record);
                 std::get<Column>(tagged->place).index < columns.size()) {
        const auto& [begin, size] = columns[std::get<Column>(tagged->place).index];
        tag = record.substr(begin, size);
      }
      if (!tag.starts_with(tagged->tag)) continue;
      return add(places_of(group.rows), record, 0,
                 fmt::format("{} ", message_.body.record->fields[group.field].name));
    }
  }

  std::vector<std::pair<std::size_t, std::size_t>> columns_of(std::string_view record) const {
    std::vector<std::pair<std::size_t, std::size_t>> columns;
    if (!profile_.fixed.delimiter) return columns;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < record.size(); at += character_size(profile_.charset, record, at)) {
      if (record[at] != *profile_.fixed.delimiter) continue;
      columns.emplace_back(begin, at - begin);
      begin = at + 1;
    }
    columns.emplace_back(begin, record.size() - begin);
    return columns;
  }

  void add(const std::vector<PlacedValue>& places, std::string_view record, std::size_t base,
           const std::string& row) {
    const auto columns = columns_of(record);
    for (const PlacedValue& place : places) {
      std::size_t begin = 0;
      std::size_t size = 0;
      if (const auto* span = std::get_if<Span>(&place.slot->place)) {
        begin = base + span->offset;
        size = span->width;
      } else if (const auto* column = std::get_if<Column>(&place.slot->place)) {
        if (base + column->index >= columns.size()) continue;
        std::tie(begin, size) = columns[base + column->index];
      }
      if (size == 0 || begin + size > record.size()) continue;
      const std::string where = std::holds_alternative<Column>(place.slot->place)
                                    ? fmt::format("{}", base + std::get<Column>(place.slot->place).index + 1)
                                    : fmt::format("{}-{}", begin + 1, begin + size);
      marked_.push_back({at_ + begin, size, fmt::format("{} {}{}", where, row, label(place))});
    }
  }

  const Profile& profile_;
  const MessageMap& message_;
  const std::string_view whole_;
  std::size_t at_ = 0;
  std::vector<Marked> marked_;
};

/// Titles of values by their path: `/TX/AMT`, `/TX/LIST/ITEM/KIND`, `/body/items/kind`.
std::map<std::string, std::string> titles(const MessageMap& message) {
  std::map<std::string, std::string> by_path;
  for (const PlacedValue& place : places_of(message.body, message.groups))
    by_path[place.slot->name] = fmt::format("{} {}", place.slot->name, label(place));
  for (const Group& group : message.groups) {
    for (const PlacedValue& place : places_of(group.rows)) {
      const std::string& name = place.slot->name;
      const std::string path = group.name + (name.starts_with('/') || name.empty() ? "" : "/") + name;
      by_path[path] = fmt::format("{} {}", path, label(place));
    }
  }
  return by_path;
}

void mark(std::string_view text, const std::string& title, std::string& out) {
  out += title.empty() ? "<b>" : fmt::format("<b title=\"{}\">", html_escaped(title));
  out += html_escaped(text);
  out += "</b>";
}

/// A good document's markup is our own: plain tags, attributes in double quotes.
std::string marked_xml(const std::map<std::string, std::string>& by_path, std::string_view text) {
  std::string out;
  std::vector<std::string> open;
  const auto title = [&](std::string_view attribute) {
    std::string path;
    for (const std::string& each : open) path += '/' + each;
    if (!attribute.empty()) path += fmt::format("/@{}", attribute);
    const auto found = by_path.find(path);
    return found == by_path.end() ? "" : found->second;
  };
  while (!text.empty()) {
    const std::size_t next = text.find('<');
    const std::string_view value = text.substr(0, next);
    if (value.find_first_not_of(" \r\n\t") == std::string_view::npos) {
      out += value;
    } else {
      mark(value, title({}), out);
    }
    if (next == std::string_view::npos) break;
    const std::size_t end = text.find('>', next);
    std::string_view tag = text.substr(next, end == std::string_view::npos ? end : end - next + 1);
    text.remove_prefix(next + tag.size());
    const bool closes = tag.starts_with("</");
    const bool plain = !closes && !tag.starts_with("<?") && !tag.starts_with("<!");
    if (closes && !open.empty()) open.pop_back();
    if (plain) {
      const std::string_view named = tag.substr(1);
      open.emplace_back(named.substr(0, named.find_first_of(" \t\r\n/>")));
    }
    while (plain) {
      const std::size_t quote = tag.find("=\"");
      const std::size_t close = quote == std::string_view::npos ? quote : tag.find('"', quote + 2);
      if (close == std::string_view::npos) break;
      const std::string_view before = tag.substr(0, quote);
      out += html_escaped(tag.substr(0, quote + 2));
      mark(tag.substr(quote + 2, close - quote - 2), title(before.substr(before.find_last_of(' ') + 1)), out);
      tag.remove_prefix(close);
    }
    out += html_escaped(tag);
    if (plain && tag.ends_with("/>")) open.pop_back();
  }
  return out;
}

std::string marked_json(const std::map<std::string, std::string>& by_path, std::string_view text) {
  std::string out;
  std::vector<std::string> open = {""};  // the key under which each object and array stands
  std::string key;
  std::size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '{' || c == '[') {
      // Rows have no key of their own.
      open.push_back(key);
      key.clear();
    } else if ((c == '}' || c == ']') && open.size() > 1) {
      open.pop_back();
      key.clear();
    }
    if (std::string_view("{}[]:, \r\n\t").contains(c)) {
      out += c;
      ++at;
      continue;
    }
    std::size_t end = at + 1;
    if (c == '"') {
      while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
      end = std::min(end + 1, text.size());
    } else {
      end = std::min(text.find_first_of(",}] \r\n", at), text.size());
    }
    const std::string_view token = text.substr(at, end - at);
    at = end;
    if (c == '"' && at < text.size() && text.substr(at).find_first_not_of(' ') != std::string_view::npos &&
        text[text.find_first_not_of(' ', at)] == ':') {
      key = token.substr(1, token.size() - 2);
      out += html_escaped(token);
      continue;
    }
    std::string path;
    for (const std::string& each : open) path += each.empty() ? "" : '/' + each;
    const auto found = by_path.find(path + '/' + key);
    mark(token, found == by_path.end() ? "" : found->second, out);
  }
  return out;
}

}  // namespace

std::string shown_sample(const Profile& profile, const MessageMap& message, const SampleDocument& sample) {
  const std::string_view whole = sample.bytes;
  if (!sample.findings.empty()) return readable(profile, whole);
  std::string out;
  std::size_t at = 0;
  for (const Marked& each : RecordMarker(profile, message, whole).mark()) {
    if (each.begin < at) continue;
    out += readable(profile, whole.substr(at, each.begin - at));
    out += fmt::format("<b title=\"{}\">{}</b>", html_escaped(each.title),
                       readable(profile, whole.substr(each.begin, each.size)));
    at = each.begin + each.size;
  }
  if (profile.format == Format::fixed) return out + readable(profile, whole.substr(at));
  std::string text;
  if (!append_utf8(profile.charset, whole.substr(at), text)) return out + readable(profile, whole.substr(at));
  return out + (profile.format == Format::xml ? marked_xml(titles(message), text)
                                              : marked_json(titles(message), text));
}

}  // namespace loangate::adapters
