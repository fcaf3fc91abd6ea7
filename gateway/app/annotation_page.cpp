#include "app/annotation_page.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "adapters/codec/charset.hpp"
#include "app/table.hpp"

namespace loangate::app {
namespace {

using adapters::AnnotatedPlace;
using adapters::Annotation;
using adapters::Profile;
using Kind = AnnotatedPlace::Kind;

constexpr std::size_t ruler_width = 100;

enum class Tone { plain, good, dim, warning, fault };

Tone tone_of(const AnnotatedPlace& place) {
  if (place.missing || !place.findings.empty()) return Tone::fault;
  if (place.kind == Kind::unread) return Tone::warning;
  return place.kind == Kind::field || place.kind == Kind::flag ? Tone::good : Tone::dim;
}

class Page {
 public:
  Page(const Profile& profile, std::string_view bytes, const Annotation& annotation, bool colours)
      : profile_(profile), bytes_(bytes), annotation_(annotation), colours_(colours) {}

  std::string write() {
    head();
    rulers();
    places();
    summary();
    return std::move(out_);
  }

 private:
  void toned(Tone tone, std::string_view text) {
    constexpr std::string_view codes[] = {"", "32", "2", "33", "1;31"};
    const std::string_view code = codes[static_cast<std::size_t>(tone)];
    if (!colours_ || code.empty()) {
      out_ += text;
    } else {
      out_ += fmt::format("\x1b[{}m{}\x1b[0m", code, text);
    }
  }

  void head() {
    if (annotation_.message == nullptr) {
      out_ += "报文类型未知 · the type of the message could not be made out\n";
      return;
    }
    const MessageSpec& spec = spec_of(annotation_.message->kind);
    out_ += fmt::format("{} {}\n", spec.record->zh, spec.name);
  }

  // ---- records of bytes over their rulers

  /// `header` or `line 2`, of `line 2, bytes 5-9`.
  static std::string_view record_of(const AnnotatedPlace& place) {
    const std::string_view text = place.place;
    return text.starts_with("header") || text.starts_with("line ") ? text.substr(0, text.find(',')) : "";
  }

  void rulers() {
    for (std::size_t i = 0; i < annotation_.places.size();) {
      const std::string_view record = record_of(annotation_.places[i]);
      std::size_t end = i;
      std::vector<std::size_t> numbers;
      // What is left over stands among the places of its record.
      for (; end < annotation_.places.size(); ++end) {
        const std::string_view its = record_of(annotation_.places[end]);
        if (!its.empty() && its != record) break;
        if (annotation_.places[end].size != 0 &&
            (its == record || profile_.format == adapters::Format::fixed))
          numbers.push_back(end);
      }
      if (!record.empty() && !numbers.empty()) ruler(record, numbers);
      i = std::max(end, i + 1);
    }
  }

  void ruler(std::string_view record, const std::vector<std::size_t>& numbers) {
    const AnnotatedPlace& first = annotation_.places[numbers.front()];
    const AnnotatedPlace& last = annotation_.places[numbers.back()];
    const std::size_t base = first.begin;
    const std::size_t end = last.begin + last.size;
    out_ += fmt::format("\n{}: {} 字节 · bytes, {}\n", record, end - base, name(profile_.charset));
    for (std::size_t at = base; at < end;) {
      std::size_t size =
          adapters::whole_characters(profile_.charset, bytes_.substr(at, end - at), ruler_width).size();
      if (size == 0) size = 1;
      out_ += fmt::format("{:>6} ", at - base + 1);
      for (std::size_t column = at - base; column < at - base + size; ++column)
        out_ += tick(column, at - base);
      out_ += "\n       ";
      characters(at, size);
      out_ += "\n       ";
      marks(numbers, at, at + size);
      out_ += '\n';
      at += size;
    }
  }

  /// `....5...10...`: each tenth column by its number, which ends there.
  static char tick(std::size_t column, std::size_t first) {
    const std::size_t ten = (column / 10 + 1) * 10;
    const std::string number = std::to_string(ten);
    const std::size_t begins = ten - number.size();
    if (column >= begins && begins >= first) return number[column - begins];
    return column % 5 == 4 ? '+' : '.';
  }

  void characters(std::size_t at, std::size_t size) {
    const std::string_view text = bytes_.substr(at, size);
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t bytes = std::max<std::size_t>(
          1, std::min(adapters::character_size(profile_.charset, text, i), text.size() - i));
      std::string glyph;
      if (!adapters::append_utf8(profile_.charset, text.substr(i, bytes), glyph)) glyph = "?";
      if (glyph.size() == 1 && static_cast<unsigned char>(glyph.front()) < ' ') glyph = ".";
      const AnnotatedPlace* place = place_at(at + i);
      toned(place == nullptr ? Tone::plain : tone_of(*place), glyph);
      const std::size_t shown = display_width(glyph);
      if (shown < bytes) out_.append(bytes - shown, ' ');
      i += bytes;
    }
  }

  const AnnotatedPlace* place_at(std::size_t byte) const {
    const auto found = std::ranges::find_if(annotation_.places, [&](const AnnotatedPlace& place) {
      return place.size != 0 && byte >= place.begin && byte < place.begin + place.size;
    });
    return found == annotation_.places.end() ? nullptr : &*found;
  }

  /// `|1----|2-`: where each place begins, with its number in the list below.
  void marks(const std::vector<std::size_t>& numbers, std::size_t from, std::size_t to) {
    std::string line(to - from, ' ');
    for (const std::size_t number : numbers) {
      const AnnotatedPlace& place = annotation_.places[number];
      const std::size_t begin = std::max(place.begin, from);
      const std::size_t end = std::min(place.begin + place.size, to);
      if (begin >= end) continue;
      std::string mark(end - begin, '-');
      if (begin == place.begin) mark.front() = '|';
      const std::string label = std::to_string(number + 1);
      if (begin == place.begin && label.size() < mark.size()) mark.replace(1, label.size(), label);
      line.replace(begin - from, mark.size(), mark);
    }
    toned(Tone::dim, line);
  }

  // ---- the list of places

  static std::string what(const AnnotatedPlace& place) {
    if (place.kind == Kind::field) return place.field;
    if (place.kind == Kind::unread) return "未映射 · unread";
    const std::string_view kind = name(place.kind);
    return place.field.empty() ? std::string(kind) : fmt::format("{} {}", kind, place.field);
  }

  void places() {
    out_ += '\n';
    std::vector<std::vector<std::string>> rows{
        {"#", "位置 · place", "字段 · field", "", "内容 · there", "值 · value", ""}};
    for (std::size_t i = 0; i < annotation_.places.size(); ++i) {
      const AnnotatedPlace& place = annotation_.places[i];
      std::string remark;
      if (place.missing) remark = "缺失 · missing";
      for (const std::size_t finding : place.findings)
        remark += fmt::format("{}!{}", remark.empty() ? "" : " ", finding + 1);
      rows.push_back({std::to_string(i + 1), place.place, what(place), std::string(place.zh),
                      one_line(place.raw), one_line(place.canonical), std::move(remark)});
    }
    const std::string text = table(rows);
    std::size_t begin = 0;
    for (std::size_t row = 0; begin < text.size(); ++row) {
      const std::size_t end = text.find('\n', begin);
      toned(row == 0 ? Tone::dim : tone_of(annotation_.places[row - 1]),
            std::string_view(text).substr(begin, end - begin));
      out_ += '\n';
      begin = end + 1;
    }
  }

  /// So much of it as leaves room beside it; `--json` has all.
  static std::string one_line(std::string_view text) {
    constexpr std::size_t longest = 48;
    const std::string_view head = adapters::whole_characters(adapters::Charset::utf8, text, longest);
    std::string line;
    for (const char c : head) {
      if (c == '\r') {
        line += "\\r";
      } else if (c == '\n') {
        line += "\\n";
      } else {
        line += static_cast<unsigned char>(c) < ' ' ? '.' : c;
      }
    }
    return head.size() < text.size() ? line + "…" : line;
  }

  void summary() {
    const auto unread = std::ranges::count(annotation_.places, Kind::unread, &AnnotatedPlace::kind);
    const auto missing = std::ranges::count(annotation_.places, true, &AnnotatedPlace::missing);
    out_ +=
        fmt::format("\n未映射 {} 处, 缺失 {} 处, 问题 {} 个 · {} unread, {} missing, {} findings\n", unread,
                    missing, annotation_.findings.size(), unread, missing, annotation_.findings.size());
    for (std::size_t i = 0; i < annotation_.findings.size(); ++i) {
      const Finding& finding = annotation_.findings[i];
      toned(Tone::fault, fmt::format("!{} {}", i + 1, spec_of(finding.code).name));
      if (!finding.place.empty()) out_ += fmt::format(" 位置 · at {}", finding.place);
      out_ += fmt::format("\n   {}\n   {}\n", text_zh(finding), text_en(finding));
    }
  }

  const Profile& profile_;
  std::string_view bytes_;
  const Annotation& annotation_;
  bool colours_;
  std::string out_;
};

}  // namespace

std::string annotation_page(const Profile& profile, std::string_view bytes, const Annotation& annotation,
                            bool colours) {
  return Page(profile, bytes, annotation, colours).write();
}

bool wants_colours() {
  const char* const refused = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) == 1 && (refused == nullptr || *refused == '\0');
}

}  // namespace loangate::app
