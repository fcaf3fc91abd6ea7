#include "adapters/profile/file_drop.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/batch/form.hpp"
#include "adapters/codec/forms.hpp"
#include "adapters/profile/time_pattern.hpp"

namespace loangate::adapters {
namespace {

constexpr std::size_t longest_name = 120;     // with a digest behind it a name still fits into a folder
constexpr std::size_t longest_addition = 40;  // of a return file's name to the incoming one

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool in_names(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '.' || c == '_' || c == '-';
}

std::string_view stem_of(std::string_view name) {
  return name.substr(0, name.rfind('.'));
}

/// `18:00`, `26:30`: minutes after the day begins.
std::optional<int> read_time(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (const std::size_t at : {0u, 1u, 3u, 4u}) {
    if (!is_digit(text[at])) return std::nullopt;
  }
  const int hours = (text[0] - '0') * 10 + (text[1] - '0');
  const int minutes = (text[3] - '0') * 10 + (text[4] - '0');
  if (hours >= 48 || minutes >= 60) return std::nullopt;
  return hours * 60 + minutes;
}

FileDrop::Marker read_marker(const YamlNode& marker) {
  FileDrop::Marker read;
  read.suffix = marker["marker"].text();
  const bool plain = read.suffix.size() >= 2 && read.suffix.size() <= 16 && read.suffix.front() == '.' &&
                     std::ranges::all_of(read.suffix, in_names);
  if (!plain && !read.suffix.empty())
    marker["marker"].error(fmt::format("`{}` is no suffix of a marker: write one such as .ok", read.suffix));
  const std::string holds = marker["holds"].text_or("nothing");
  if (holds == "size") {
    read.holds = FileDrop::Marker::Holds::size;
  } else if (holds == "sha256") {
    read.holds = FileDrop::Marker::Holds::sha256;
  } else if (holds != "nothing") {
    marker["holds"].error(
        fmt::format("`{}` is nothing a marker holds: write one of nothing, size, sha256", holds));
  }
  return read;
}

std::optional<FileDrop::Marker> read_complete(const YamlNode& complete) {
  if (complete.is_map()) return read_marker(complete);
  const std::string word = complete.text();
  if (!word.empty() && word != "rename")
    complete.error(
        fmt::format("`{}` does not say when a file is complete: write rename or {{marker: .ok}}", word));
  return std::nullopt;
}

/// The pattern with both names put in; nothing if it is none.
std::optional<std::string> put_in(std::string_view pattern, std::string_view name, std::string_view stem) {
  std::string text;
  for (std::size_t at = 0; at < pattern.size();) {
    const std::string_view rest = pattern.substr(at);
    if (rest.starts_with("{name}")) {
      text += name;
      at += 6;
    } else if (rest.starts_with("{stem}")) {
      text += stem;
      at += 6;
    } else if (in_names(rest.front())) {
      text += rest.front();
      ++at;
    } else {
      return std::nullopt;
    }
  }
  return text;
}

std::string read_returned(const YamlNode& returned) {
  const std::string pattern = returned.text();
  if (pattern.empty()) return pattern;
  const auto fixed_part = put_in(pattern, "", "");
  const auto with_one = put_in(pattern, "a", "a");
  if (!fixed_part || with_one->size() != fixed_part->size() + 1 || pattern.front() == '.' ||
      fixed_part->size() > longest_addition) {
    returned.error(fmt::format(
        "`{}` does not name a return file by its incoming one: write such as {{stem}}.ret or RET_{{name}}",
        pattern));
  } else if (pattern.ends_with(".error.txt")) {
    returned.error("`.error.txt` ends the names of explanations: choose another ending");
  }
  return pattern;
}

std::optional<FileDrop::Expected> read_expected(const YamlNode& expected, const FileNames& incoming) {
  if (expected.is_null()) return std::nullopt;
  FileDrop::Expected read;
  read.by = expected["by"].text();
  if (const auto minutes = read_time(read.by)) {
    read.by_minutes = *minutes;
  } else if (!read.by.empty()) {
    expected["by"].error(
        fmt::format("`{}` is no time: write \"18:00\", or \"26:00\" for 02:00 of the day after", read.by));
  }
  const std::string days = expected["days"].text_or("working");
  read.every_day = days == "every";
  if (days != "working" && days != "every")
    expected["days"].error(fmt::format("`{}` are no days: write working or every", days));
  if (!incoming.have_day())
    expected.error("a file is expected by the day in its name: add {yyyyMMdd} to `incoming`");
  return read;
}

}  // namespace

std::expected<FileNames, std::string> FileNames::parse(std::string_view pattern) {
  FileNames names;
  names.pattern_ = pattern;
  std::size_t size = 0;
  bool dated = false;
  for (std::size_t at = 0; at < pattern.size();) {
    if (pattern[at] != '{') {
      if (!in_names(pattern[at])) {
        return std::unexpected(fmt::format(
            "`{}` stands in a file's name: use letters, digits, `.`, `_`, `-` and pieces in braces",
            pattern[at]));
      }
      if (names.pieces_.empty() || !std::holds_alternative<std::string>(names.pieces_.back()))
        names.pieces_.emplace_back(std::string());
      std::get<std::string>(names.pieces_.back()) += pattern[at];
      ++size;
      ++at;
      continue;
    }
    const std::size_t end = pattern.find('}', at);
    if (end == pattern.npos) return std::unexpected("a brace is not closed: write pieces such as {seq:3}");
    const std::string_view piece = pattern.substr(at + 1, end - at - 1);
    at = end + 1;
    if (piece.starts_with("seq:")) {
      const std::string_view count = piece.substr(4);
      if (count.size() != 1 || count.front() < '1' || count.front() > '9')
        return std::unexpected(
            fmt::format("`{}` is no number of digits: write {{seq:1}} to {{seq:9}}", count));
      names.pieces_.emplace_back(Digits{static_cast<std::uint8_t>(count.front() - '0')});
      size += static_cast<std::size_t>(count.front() - '0');
      continue;
    }
    auto form = parse_time_pattern(piece);
    if (!form) return std::unexpected(fmt::format("{{{}}}: {}", piece, form.error()));
    if (!has_date(*form) || dated || !std::ranges::all_of(piece, in_names)) {
      return std::unexpected(fmt::format(
          "`{{{}}}` is no piece of a name: it has one day such as {{yyyyMMdd}}, and numbers as {{seq:3}}",
          piece));
    }
    dated = true;
    size += form->size();
    names.pieces_.emplace_back(*std::move(form));
  }
  if (names.pieces_.empty() || pattern.front() == '.')
    return std::unexpected("a name does not begin with a point: write one such as PF{yyyyMMdd}{seq:3}.dat");
  if (size > longest_name)
    return std::unexpected(fmt::format("a name has at most {} bytes: make it shorter", longest_name));
  if (names.pieces_.size() == 1 && std::holds_alternative<std::string>(names.pieces_.front()))
    return std::unexpected("every file would have the same name: add {yyyyMMdd} or {seq:3}");
  return names;
}

bool FileNames::have_day() const {
  return std::ranges::any_of(pieces_,
                             [](const Piece& piece) { return std::holds_alternative<TimePattern>(piece); });
}

std::optional<FileNames::Told> FileNames::read(std::string_view name) const {
  Told told;
  for (const Piece& piece : pieces_) {
    std::size_t taken = 0;
    if (const auto* text = std::get_if<std::string>(&piece)) {
      if (!name.starts_with(*text)) return std::nullopt;
      taken = text->size();
    } else if (const auto* digits = std::get_if<Digits>(&piece)) {
      taken = digits->count;
      if (name.size() < taken || !std::ranges::all_of(name.substr(0, taken), is_digit)) return std::nullopt;
    } else {
      const auto& form = std::get<TimePattern>(piece);
      taken = form.size();
      if (name.size() < taken) return std::nullopt;
      const auto instant = read_instant(form, name.substr(0, taken));
      if (!instant) return std::nullopt;
      told.day = civil_day(*instant);
    }
    name.remove_prefix(taken);
  }
  if (!name.empty()) return std::nullopt;
  return told;
}

std::string FileDrop::return_name(std::string_view incoming_name) const {
  return put_in(returned, incoming_name, stem_of(incoming_name)).value_or(std::string());
}

std::shared_ptr<const FileDrop> read_file_drop(const YamlNode& files, const BatchForm* batch) {
  if (files.is_null()) return nullptr;
  auto drop = std::make_shared<FileDrop>();
  const std::string pattern = files["incoming"].text();
  if (auto names = FileNames::parse(pattern)) {
    drop->incoming = *std::move(names);
  } else if (!pattern.empty()) {
    files["incoming"].error(names.error());
  }
  drop->marker = read_complete(files["complete"]);
  drop->returned = read_returned(files["returned"]);
  drop->expected = read_expected(files["expected"], drop->incoming);
  if (batch != nullptr) {
    drop->most_bytes = batch->max_bytes;
  } else {
    files.error("a file has many records: say in `batch` what it looks like");
  }
  drop->stale_minutes = static_cast<int>(files["stale_minutes"].integer_or(30, 1, 1440));
  return drop;
}

}  // namespace loangate::adapters
