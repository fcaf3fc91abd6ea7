#include "adapters/codec/write_documents.hpp"
#include "base/json_writer.hpp"

namespace loangate::adapters {

namespace {

class JsonMessageWriter {
 public:
  JsonMessageWriter(const Profile& profile, const MessageMap& message, const Record& record,
                    FieldWriter& fields, std::string& out)
      : profile_(profile), message_(message), record_(record), fields_(fields), out_(out) {}

  std::expected<void, EncodeFault> write() {
    thread_local std::vector<Written> slots;
    thread_local std::string pool;
    if (const auto written = fields_.write(message_.body, record_, {}, slots, pool); !written) return written;
    object(message_.body, slots, 0, 0);
    if (fault_) return std::unexpected(std::move(*fault_));
    return {};
  }

 private:
  using Slots = std::vector<Written>;

  /// The object of a node; false if it has no member.
  bool object(const Layout& layout, const Slots& slots, std::uint16_t node, unsigned depth) {
    out_ += '{';
    bool any = false;
    for (const std::uint16_t child : layout.nodes[node].children) {
      const std::size_t begin = out_.size();
      if (any) out_ += ',';
      break_line(depth + 1);
      string(layout.nodes[child].name);
      out_ += profile_.indent == 0 ? ":" : ": ";
      if (member(layout, slots, child, depth + 1)) {
        any = true;
      } else {
        out_.resize(begin);
      }
    }
    if (any) break_line(depth);
    out_ += '}';
    return any;
  }

  bool member(const Layout& layout, const Slots& slots, std::uint16_t index, unsigned depth) {
    const Node& node = layout.nodes[index];
    if (node.group != nowhere) return rows(message_.groups[node.group], depth);
    if (node.slot != nowhere) return value(slots[node.slot], layout.slots[node.slot].as);
    return object(layout, slots, index, depth);
  }

  bool value(const Written& written, JsonAs as) {
    switch (written.state) {
      case Written::State::omit:
        return false;
      case Written::State::empty:
        out_ += "\"\"";
        return true;
      case Written::State::null:
        out_ += "null";
        return true;
      case Written::State::text:
        break;
    }
    if (as == JsonAs::string) {
      string(written.text);
    } else {
      out_ += written.text;
    }
    return true;
  }

  bool rows(const Group& group, unsigned depth) {
    thread_local Slots row_slots;
    thread_local std::string row_pool;
    const std::span<const Record> records = rows_to_write(group, record_);
    if (records.empty()) {
      if (group.absent == Absent::omit) return false;
      out_ += group.absent == Absent::null ? "null" : "[]";
      return true;
    }
    out_ += '[';
    for (std::uint16_t i = 0; i < records.size() && !fault_; ++i) {
      if (i > 0) out_ += ',';
      break_line(depth + 1);
      const FieldPath path{.field = group.field, .row = i};
      if (auto written = fields_.write(group.rows, records[i], path, row_slots, row_pool); !written) {
        fault_ = std::move(written.error());
      } else {
        object(group.rows, row_slots, 0, depth + 1);
      }
    }
    break_line(depth);
    out_ += ']';
    return true;
  }

  void string(std::string_view text) { JsonWriter(out_).value(text); }

  void break_line(unsigned depth) {
    if (profile_.indent == 0) return;
    out_ += '\n';
    out_.append(std::size_t{profile_.indent} * depth, ' ');
  }

  const Profile& profile_;
  const MessageMap& message_;
  const Record& record_;
  FieldWriter& fields_;
  std::string& out_;
  std::optional<EncodeFault> fault_;
};

}  // namespace

std::expected<void, EncodeFault> write_json(const Profile& profile, const MessageMap& message,
                                            const Record& record, FieldWriter& fields, std::string& out) {
  return JsonMessageWriter(profile, message, record, fields, out).write();
}

}  // namespace loangate::adapters
