// Records are read by layout.json and code-lists.json alone, with another JSON parser and iconv: what the
// gateway wrote comes out as the same canonical values.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <iconv.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <map>

#include "adapters/codec/codec.hpp"
#include "adapters/contract/contract.hpp"
#include "tests/support/arbitrary.hpp"
#include "tests/support/partners.hpp"
#include "tests/support/property.hpp"

namespace loangate::adapters {
namespace {

namespace json = boost::json;
using support::partners;

std::string converted(const std::string& charset, std::string_view bytes) {
  const iconv_t with = iconv_open("UTF-8", charset.c_str());
  std::string out(bytes.size() * 3 + 4, '\0');
  std::string in(bytes);
  char* from = in.data();
  char* to = out.data();
  std::size_t left = in.size();
  std::size_t room = out.size();
  EXPECT_NE(iconv(with, &from, &left, &to, &room), static_cast<std::size_t>(-1)) << charset;
  iconv_close(with);
  out.resize(out.size() - room);
  return out;
}

std::int64_t number(const json::object& of, std::string_view key) {
  return of.at(key).to_number<std::int64_t>();
}
std::string text(const json::object& of, std::string_view key) {
  const auto* value = of.if_contains(key);
  return value == nullptr ? "" : std::string(value->as_string());
}

/// A record cut into what can be asked for: bytes, or columns.
struct Cut {
  std::string bytes;
  std::vector<std::string> columns;  // in UTF-8
};

using Fields = std::map<std::string, std::string>;

class LayoutReader {
 public:
  explicit LayoutReader(const std::vector<ContractFile>& files) {
    for (const ContractFile& file : files) {
      if (file.name == "layout.json") layout_ = json::parse(file.bytes).as_object();
      if (file.name == "code-lists.json") {
        for (const json::value& list : json::parse(file.bytes).at("lists").as_array()) {
          for (const json::value& code : list.at("codes").as_array()) {
            codes_[std::string(list.at("name").as_string())][std::string(code.at("code").as_string())] =
                code.at("means").as_string();
          }
        }
      }
    }
    charset_ = text(layout_, "encoding");
    // iconv's table of that name has other dots and dashes than the part of GBK that hosts mean by it.
    if (charset_ == "GB2312") charset_ = "GBK";
  }

  /// Values by `field` and `group[0].field`.
  Fields read(std::string_view message, std::string bytes) {
    fields_.clear();
    const json::object* of = nullptr;
    for (const json::value& each : layout_.at("messages").as_array()) {
      if (each.at("message").as_string() == message) of = &each.as_object();
    }
    const json::object& framing = layout_.at("framing").as_object();
    if (const auto* length = framing.if_contains("length"))
      bytes.erase(0, static_cast<std::size_t>(number(length->as_object(), "digits")));
    const auto header = static_cast<std::size_t>(number(framing, "header_bytes"));
    const Cut head{bytes.substr(0, header), {}};
    bytes = bytes.substr(header, bytes.size() - header - text(framing, "end").size());

    std::vector<Cut> records = cut(bytes);
    const json::object& body = of->at("body").as_object();
    // A header may repeat what the body has, and the body what the header has.
    for (int round = 0; round < 2; ++round) {
      places(of->at("header").as_object(), head, 0, "");
      places(body, records.front(), 0, "");
    }
    std::map<std::string, std::size_t> rows;
    for (const json::value& value : body.at("groups").as_array()) {
      const json::object& group = value.as_object();
      if (text(group, "stands") == "segments") segments(group, body, records.front());
    }
    for (std::size_t i = 1; i < records.size(); ++i) {
      for (const json::value& value : body.at("groups").as_array()) {
        const json::object& group = value.as_object();
        if (text(group, "stands") != "records") continue;
        if (at(records[i], group.at("tag_at").as_object(), 0, " ", "right", false) != text(group, "tag"))
          continue;
        const std::string name = text(group, "field");
        places(group, records[i], 0, fmt::format("{}[{}].", name, rows[name]++));
      }
    }
    return fields_;
  }

 private:
  std::vector<Cut> cut(const std::string& bytes) const {
    const json::object& record = layout_.at("record").as_object();
    const std::string separator = text(record, "separator");
    std::vector<Cut> records;
    std::size_t begin = 0;
    while (begin < bytes.size() || records.empty()) {
      const std::size_t end = separator.empty() ? bytes.size() : bytes.find(separator, begin);
      Cut one{bytes.substr(begin, end - begin), {}};
      if (record.contains("delimiter")) {
        const char delimiter = text(record, "delimiter").front();
        std::string column;
        for (const char c : converted(charset_, one.bytes)) {
          if (c == delimiter) {
            one.columns.push_back(std::move(column));
            column.clear();
          } else {
            column += c;
          }
        }
        one.columns.push_back(std::move(column));
      }
      records.push_back(std::move(one));
      begin = end + std::max<std::size_t>(separator.size(), 1);
    }
    return records;
  }

  /// What stands at a place, without its padding; "" if it is blank.
  std::string at(const Cut& record, const json::object& place, std::size_t base, const std::string& pad,
                 const std::string& side, bool is_number) const {
    std::string value;
    bool padded = true;
    if (place.contains("column")) {
      value = record.columns.at(base + static_cast<std::size_t>(number(place, "column")) - 1);
      padded = place.contains("width");
    } else {
      value =
          converted(charset_, record.bytes.substr(base + static_cast<std::size_t>(number(place, "at")) - 1,
                                                  static_cast<std::size_t>(number(place, "width"))));
    }
    if (value.find_first_not_of(' ') == std::string::npos) return {};
    if (!padded || (is_number && pad == "0")) return value;
    const std::size_t least = pad == " " ? 0 : 1;
    while (value.size() > least && (side == "left" ? value.front() : value.back()) == pad.front())
      side == "left" ? value.erase(0, 1) : value.erase(value.size() - 1);
    return value;
  }
  std::string at(const Cut& record, const json::object& place, std::size_t base) const {
    return at(record, place, base, text(place, "pad"), text(place, "side"), place.at("number").as_bool());
  }

  static bool says_none(const json::object& place, std::string_view key, std::string_view value) {
    const auto* none = place.if_contains(key);
    if (none == nullptr) return false;
    for (const json::value& each : none->as_array()) {
      if (each.as_string() == value) return true;
    }
    return false;
  }

  void places(const json::object& of, const Cut& record, std::size_t base, const std::string& prefix) {
    struct Whole {
      std::string text;
      bool absent = true;
      const json::object* place = nullptr;
    };
    std::map<std::string, Whole> wholes;
    const json::array& composed = of.at("composed").as_array();
    const auto is_composed = [&](const std::string& field) {
      for (const json::value& each : composed) {
        if (text(each.as_object(), "field") == field) return true;
      }
      return false;
    };
    for (const json::value& value : of.at("places").as_array()) {
      const json::object& place = value.as_object();
      if (text(place, "holds") != "field") continue;
      const std::string field = text(place, "field");
      if (is_composed(field)) continue;
      const std::string given = at(record, place, base);
      if (!place.contains("part")) {
        if (!given.empty() && !says_none(place, "none", given))
          put(prefix + field, canonical(place, given, record, base));
        continue;
      }
      Whole& whole = wholes[field];
      if (whole.place != nullptr) whole.text += text(place, "join");
      whole.place = &place;
      whole.text += given;
      whole.absent = whole.absent && (given.empty() || says_none(place, "none", given));
    }
    for (const auto& [field, whole] : wholes) {
      if (!whole.absent && !says_none(*whole.place, "none_of_whole", whole.text))
        put(prefix + field, canonical(*whole.place, whole.text, record, base));
    }
    for (const json::value& value : composed) {
      const json::object& one = value.as_object();
      std::string whole;
      for (const json::value& each : one.at("parts").as_array()) {
        const json::object& part = each.as_object();
        if (&each != &one.at("parts").as_array().front()) whole += text(one, "join");
        if (!part.contains("repeats")) {
          whole += at(record, part, base, " ", "right", false);
        } else if (part.contains("form")) {
          whole += in_form(fields_[text(part, "repeats")], text(part, "form"));
        } else {
          whole += fields_[text(part, "repeats")];
        }
      }
      put(prefix + text(one, "field"), whole);
    }
  }

  void put(const std::string& field, const std::string& value) { fields_[field] = value; }

  void segments(const json::object& group, const json::object& body, const Cut& record) {
    const bool columns = group.contains("column");
    const auto first = static_cast<std::size_t>(number(group, columns ? "column" : "at")) - 1;
    const auto width = static_cast<std::size_t>(number(group, columns ? "columns" : "width"));
    std::int64_t rows = number(group, "times");
    bool counted = false;
    for (const json::value& value : body.at("places").as_array()) {
      const json::object& place = value.as_object();
      if (text(place, "holds") != "row_count" || text(place, "field") != text(group, "field")) continue;
      counted = true;
      rows = std::atoll(at(record, place, 0).c_str());
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(rows); ++i) {
      const std::size_t before = fields_.size();
      places(group, record, first + i * width, fmt::format("{}[{}].", text(group, "field"), i));
      if (!counted && fields_.size() == before) return;
    }
  }

  std::string canonical(const json::object& place, const std::string& given, const Cut& record,
                        std::size_t base) {
    const std::string type = text(place, "type");
    if (type == "code") return codes_.at(text(place, "codes")).at(given);
    if (type == "count") return std::to_string(std::atoll(given.c_str()));
    if (type == "money") return money(place, given, record, base);
    if (type == "rate") {
      std::int64_t count = digits(given, place);
      count *= number(place, "millionths_a_year");
      for (std::int64_t i = 0; i < number(place, "places"); ++i) count /= 10;
      return std::to_string(count);
    }
    if (type == "date") return dated(given, text(place, "form")).substr(0, 10);
    if (type == "instant") return dated(given, text(place, "form"));
    return given;
  }

  /// All digits as one number that counts units of 10^-places.
  static std::int64_t digits(const std::string& given, const json::object& place) {
    std::string all;
    std::size_t after = 0;
    bool point = false;
    for (const char c : given) {
      if (c == '.') point = true;
      if (c < '0' || c > '9') continue;
      all += c;
      if (point) ++after;
    }
    if (place.at("point").as_bool())
      all.append(static_cast<std::size_t>(number(place, "places")) - after, '0');
    return std::atoll(all.c_str());
  }

  std::string money(const json::object& place, const std::string& given, const Cut& record,
                    std::size_t base) const {
    std::int64_t fen = digits(given, place);
    for (std::int64_t i = number(place, "places"); i < 2; ++i) fen *= 10;
    for (std::int64_t i = number(place, "places"); i > 2; --i) fen /= 10;
    bool negative = given.contains('-');
    if (text(place, "sign") == "flag")
      negative =
          at(record, place.at("sign_at").as_object(), base, " ", "right", false) == text(place, "minus");
    return fmt::format("{}{}.{:02}", negative && fen != 0 ? "-" : "", fen / 100, fen % 100);
  }

  /// `2023-09-12T10:20:30.000000` of a text in a form.
  static std::string dated(const std::string& given, const std::string& form) {
    std::string year = "2000", month = "01", day = "01", hour = "00", minute = "00", second = "00", fraction;
    std::string yy;
    for (std::size_t i = 0; i < form.size(); ++i) {
      const auto take = [&](std::string& piece, std::size_t& count) {
        if (count == 0) piece.clear();
        piece += given.at(i);
        ++count;
      };
      static thread_local std::size_t y, m, d, h, n, s;
      if (i == 0) y = m = d = h = n = s = 0;
      switch (form[i]) {
        case 'y':
          take(yy, y);
          break;
        case 'M':
          take(month, m);
          break;
        case 'd':
          take(day, d);
          break;
        case 'H':
          take(hour, h);
          break;
        case 'm':
          take(minute, n);
          break;
        case 's':
          take(second, s);
          break;
        case 'S':
          fraction += given.at(i);
          break;
        default:
          break;
      }
    }
    if (yy.size() == 4) year = yy;
    if (yy.size() == 2) year = "20" + yy;
    fraction.append(6 - fraction.size(), '0');
    return fmt::format("{}-{}-{}T{}:{}:{}.{}", year, month, day, hour, minute, second, fraction);
  }

  /// The other way, of `2023-09-12T10:20:30.000000`.
  static std::string in_form(const std::string& instant, const std::string& form) {
    std::string out;
    std::map<char, std::size_t> from = {{'y', 0},  {'M', 5},  {'d', 8}, {'H', 11},
                                        {'m', 14}, {'s', 17}, {'S', 20}};
    if (!form.contains("yyyy")) from['y'] = 2;
    for (const char c : form) out += from.contains(c) ? instant.at(from[c]++) : c;
    return out;
  }

  json::object layout_;
  std::map<std::string, std::map<std::string, std::string>> codes_;
  std::string charset_;
  Fields fields_;
};

/// The canonical values in the same words: instants without their offset, rates in millionths.
void flatten(const Record& record, const std::string& prefix, Fields& fields) {
  for (std::uint16_t i = 0; i < record.spec().fields.size(); ++i) {
    const FieldSpec& field = record.spec().fields[i];
    const std::string name = prefix + std::string(field.name);
    if (const auto* value = std::get_if<std::string_view>(&record[i])) fields[name] = *value;
    if (const auto* value = std::get_if<Fen>(&record[i])) fields[name] = format_yuan(*value);
    if (const auto* value = std::get_if<Rate>(&record[i])) fields[name] = std::to_string(value->millionths());
    if (const auto* value = std::get_if<Date>(&record[i])) fields[name] = format(*value);
    if (const auto* value = std::get_if<Instant>(&record[i])) fields[name] = format(*value).substr(0, 26);
    if (const auto* value = std::get_if<Code>(&record[i]))
      fields[name] = field.codes->codes[value->index].name;
    if (const auto* value = std::get_if<std::int64_t>(&record[i])) fields[name] = std::to_string(*value);
    if (field.type != FieldType::group) continue;
    for (std::size_t row = 0; row < record.rows(i).size(); ++row)
      flatten(record.rows(i)[row], fmt::format("{}[{}].", name, row), fields);
  }
}

TEST(Agreement, OfRecordLayoutsAndTheGateway) {
  std::map<const Profile*, LayoutReader> readers;
  std::vector<std::pair<const Profile*, const MessageMap*>> all;
  for (const auto& profile : partners().all()) {
    if (profile->format != Format::fixed) continue;
    readers.emplace(profile.get(), LayoutReader(contract(*profile)));
    for (const MessageMap& map : profile->messages) all.emplace_back(profile.get(), &map);
  }
  support::holds([&] {
    const auto [profile, map] = *rc::gen::elementOf(all);
    const auto message = *support::arbitrary_message(*profile, *map);
    const auto bytes = encode(*profile, map->kind, *message.record);
    if (!bytes) RC_FAIL(bytes.error().reason);
    Fields expected;
    flatten(*message.record, "", expected);
    const Fields read = readers.at(profile).read(spec_of(map->kind).name, *bytes);
    if (read == expected) return;
    std::string differs = fmt::format("{} {}\n", profile->id.view(), spec_of(map->kind).name);
    for (const auto& [field, value] : expected) {
      const auto found = read.find(field);
      if (found == read.end() || found->second != value)
        differs += fmt::format("{}: `{}`, read `{}`\n", field, value,
                               found == read.end() ? "(absent)" : found->second);
    }
    for (const auto& [field, value] : read) {
      if (!expected.contains(field)) differs += fmt::format("{}: absent, read `{}`\n", field, value);
    }
    RC_FAIL(differs + *bytes);
  });
}

}  // namespace
}  // namespace loangate::adapters
