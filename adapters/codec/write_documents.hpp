#pragma once
#include <string>

#include "adapters/codec/write_fields.hpp"

/// A message put together in each format, without framing.
namespace loangate::adapters {

/// In UTF-8, for conversion as a whole.
std::expected<void, EncodeFault> write_xml(const Profile& profile, const MessageMap& message,
                                           const Record& record, FieldWriter& fields, std::string& out);
std::expected<void, EncodeFault> write_json(const Profile& profile, const MessageMap& message,
                                            const Record& record, FieldWriter& fields, std::string& out);
/// In the partner's charset, where widths count.
std::expected<void, EncodeFault> write_fixed(const Profile& profile, const MessageMap& message,
                                             const Record& record, FieldWriter& fields, std::string& out);
/// The header block; `follow`: the bytes after it.
std::expected<void, EncodeFault> write_header(const Profile& profile, const MessageMap& message,
                                              const Record& record, FieldWriter& fields, std::size_t follow,
                                              std::string& out);

/// Appends the record in the partner's charset, without framing, as the layout says: it need not be a
/// message.
std::expected<void, EncodeFault> encode_document(const Profile& profile, const MessageMap& layout,
                                                 const Record& record, std::string& out);

/// Appends the text in the partner's charset. A character that it lacks becomes 〓 where the message allows
/// that (settled 24); else the text is unmappable, and this is false.
bool append_in_charset(const Profile& profile, const MessageMap& message, std::string_view utf8,
                       std::string& out);

}  // namespace loangate::adapters
