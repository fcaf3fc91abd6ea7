#include "adapters/codec/charset.hpp"
#include "adapters/codec/codec.hpp"
#include "adapters/codec/framing.hpp"
#include "adapters/codec/write_documents.hpp"

#include <fmt/format.h>

namespace loangate::adapters {

namespace {

constexpr std::string_view geta_mark = "〓";

EncodeFault whole_message(std::string reason) {
  return {.field = {}, .reason = std::move(reason)};
}

/// Rows beyond what the profile has room for: counted where it has a line for that, else refused.
std::expected<void, EncodeFault> bound_groups(const MessageMap& message, const Record& record,
                                              FieldWriter& fields) {
  for (const Group& group : message.groups) {
    const std::size_t rows = record.rows(group.field).size();
    const FieldPath field{.field = group.field};
    if (rows == 0 && group.required) {
      return std::unexpected(EncodeFault{
          .field = field,
          .reason = fmt::format("{}: it is required, but has no rows", format(record.spec(), field))});
    }
    if (rows <= group.times) continue;
    if (group.more_field == nowhere) {
      return std::unexpected(
          EncodeFault{.field = field,
                      .reason = fmt::format("{}: {} rows, the partner takes {}", format(record.spec(), field),
                                            rows, group.times)});
    }
    const auto* already = std::get_if<std::int64_t>(&record[group.more_field]);
    fields.set_left_out(group.more_field,
                        static_cast<std::int64_t>(rows - group.times) + (already ? *already : 0));
  }
  return {};
}

/// The field whose text the charset lacks a character of.
EncodeFault unmappable(const Profile& profile, const Record& record) {
  std::string scratch;
  const auto lacks = [&](const Record& from, std::size_t i) {
    const auto* text = std::get_if<std::string_view>(&from[i]);
    return text != nullptr && !append_encoded(profile.charset, *text, scratch);
  };
  FieldPath path;
  for (std::uint16_t i = 0; i < record.spec().fields.size() && path == FieldPath{}; ++i) {
    if (lacks(record, i)) path.field = i;
    const std::span<const Record> rows = record.rows(i);
    for (std::uint16_t row = 0; row < rows.size(); ++row) {
      for (std::uint16_t column = 0; column < rows[row].spec().fields.size(); ++column) {
        if (lacks(rows[row], column)) path = {.field = i, .row = row, .column = column};
      }
    }
  }
  return {.field = path,
          .unmappable = true,
          .reason = fmt::format("{}: it contains a character that {} lacks", format(record.spec(), path),
                                name(profile.charset))};
}

/// Adds the body in the partner's charset to `out`.
std::expected<void, EncodeFault> write_body(const Profile& profile, const MessageMap& message,
                                            const Record& record, FieldWriter& fields, std::string& out) {
  if (profile.format == Format::fixed) return write_fixed(profile, message, record, fields, out);
  const auto write = profile.format == Format::xml ? write_xml : write_json;
  if (profile.charset == Charset::utf8) return write(profile, message, record, fields, out);
  thread_local std::string utf8;
  utf8.clear();
  if (auto written = write(profile, message, record, fields, utf8); !written) return written;
  if (!append_in_charset(profile, message, utf8, out)) return std::unexpected(unmappable(profile, record));
  return {};
}

}  // namespace

std::expected<void, EncodeFault> encode_document(const Profile& profile, const MessageMap& layout,
                                                 const Record& record, std::string& out) {
  FieldWriter fields(profile, layout, record);
  return write_body(profile, layout, record, fields, out);
}

bool append_in_charset(const Profile& profile, const MessageMap& message, std::string_view utf8,
                       std::string& out) {
  for (;;) {
    const auto converted = append_encoded(profile.charset, utf8, out);
    if (converted) return true;
    if (message.unmappable == Unmappable::park || message.from_partner) return false;
    const std::size_t at = converted.error().offset;
    append_encoded(profile.charset, geta_mark, out).value();
    utf8.remove_prefix(at + character_size(Charset::utf8, utf8, at));
  }
}

std::expected<std::string, EncodeFault> encode(const Profile& profile, MessageKind kind,
                                               const Record& record) {
  const MessageMap* message = profile.find(kind);
  if (message == nullptr || &record.spec() != message->body.record) {
    return std::unexpected(
        whole_message(fmt::format("{} has no mapping for {}", profile.id.view(), spec_of(kind).name)));
  }
  FieldWriter fields(profile, *message, record);
  if (const auto bounded = bound_groups(*message, record, fields); !bounded)
    return std::unexpected(bounded.error());

  std::string body;
  body.reserve(2048);
  if (auto written = write_body(profile, *message, record, fields, body); !written) {
    return std::unexpected(std::move(written.error()));
  }
  if (!profile.framing.length && profile.framing.header_size == 0 && profile.framing.end.empty()) return body;

  std::string header;
  if (profile.framing.header_size > 0) {
    const std::size_t follow = body.size() + profile.framing.end.size();
    if (auto written = write_header(profile, *message, record, fields, follow, header); !written) {
      return std::unexpected(std::move(written.error()));
    }
  }
  std::string out;
  if (!frame(profile.framing, header, body, out)) {
    return std::unexpected(
        whole_message(fmt::format("{} bytes are more than the length prefix can tell", body.size())));
  }
  return out;
}

}  // namespace loangate::adapters
