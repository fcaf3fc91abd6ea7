#include "adapters/codec/codec.hpp"
#include "base/bytes.hpp"

namespace loangate::adapters {

namespace {

/// Collects parts, each preceded by its length, so that ("ab","c") and ("a","bc") differ.
class Content {
 public:
  explicit Content(std::string& bytes) : bytes_(bytes) { bytes_.clear(); }

  void add(std::string_view text) {
    add_number(text.size());
    bytes_ += text;
  }
  void add_number(std::uint64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8) bytes_ += static_cast<char>(number >> shift & 0xff);
  }
  /// Fields go in by name, so that two fields with each other's values differ.
  void add(const Record& record, const std::vector<bool>* left_out) {
    for (std::size_t i = 0; i < record.spec().fields.size(); ++i) {
      if (!record.has(i) || (left_out != nullptr && (*left_out)[i])) continue;
      add(record.spec().fields[i].name);
      std::visit(AddValue{*this, record.spec().fields[i]}, record[i]);
    }
  }

 private:
  struct AddValue {
    Content& content;
    const FieldSpec& field;

    void operator()(std::monostate) const {}
    void operator()(std::string_view text) const { content.add(text); }
    void operator()(Fen amount) const { content.add_number(static_cast<std::uint64_t>(amount.count())); }
    void operator()(Rate rate) const { content.add_number(static_cast<std::uint64_t>(rate.millionths())); }
    void operator()(Date date) const {
      content.add_number(static_cast<std::uint64_t>(date.days_since_1970()));
    }
    void operator()(Instant instant) const { content.add_number(static_cast<std::uint64_t>(instant.micros)); }
    void operator()(Code code) const { content.add(field.codes->codes[code.index].name); }
    void operator()(std::int64_t count) const { content.add_number(static_cast<std::uint64_t>(count)); }
    void operator()(const Rows& rows) const {
      content.add_number(rows.size());
      for (const Record& row : rows) {
        content.add_number(row.spec().fields.size());
        content.add(row, nullptr);
      }
    }
  };

  std::string& bytes_;
};

void leave_out_transport(const Layout& layout, std::vector<bool>& left_out) {
  for (const Line& line : layout.lines) {
    if (line.kind == Line::Kind::field && line.transport) left_out[line.field] = true;
  }
}

}  // namespace

Digest content_digest(const Profile& profile, const Decoded& message) {
  const RecordSpec& spec = message.record.spec();
  thread_local std::vector<bool> left_out;
  left_out.assign(spec.fields.size(), false);
  if (const std::size_t id = spec.index_of("message_id"); id < left_out.size()) left_out[id] = true;
  if (const MessageMap* map = profile.find(message.kind)) {
    leave_out_transport(map->header, left_out);
    leave_out_transport(map->body, left_out);
  }
  thread_local std::string bytes;
  Content content(bytes);
  content.add(spec.name);
  content.add(message.record, &left_out);
  return sha256(bytes);
}

}  // namespace loangate::adapters
