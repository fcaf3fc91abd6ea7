#include "adapters/codec/write_documents.hpp"

namespace loangate::adapters {

namespace {

void append_escaped(std::string_view text, bool attribute, std::string& out) {
  std::size_t begin = 0;
  const auto replace = [&](std::size_t at, std::string_view by) {
    out += text.substr(begin, at - begin);
    out += by;
    begin = at + 1;
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    switch (text[at]) {
      case '&':
        replace(at, "&amp;");
        break;
      case '<':
        replace(at, "&lt;");
        break;
      case '>':
        replace(at, "&gt;");
        break;
      case '\r':
        replace(at, "&#13;");
        break;  // a bare one would be read as a line feed
      case '"':
        if (attribute) replace(at, "&quot;");
        break;
      case '\n':
        if (attribute) replace(at, "&#10;");  // bare ones in attributes are read as spaces
        break;
      case '\t':
        if (attribute) replace(at, "&#9;");
        break;
      default:
        break;
    }
  }
  out += text.substr(begin);
}

class XmlWriter {
 public:
  XmlWriter(const Profile& profile, const MessageMap& message, const Record& record, FieldWriter& fields,
            std::string& out)
      : profile_(profile), message_(message), record_(record), fields_(fields), out_(out) {}

  std::expected<void, EncodeFault> write() {
    thread_local std::vector<Written> slots;
    thread_local std::string pool;
    if (const auto written = fields_.write(message_.body, record_, {}, slots, pool); !written) return written;
    out_ += profile_.xml.declaration;
    is_first_ = profile_.xml.declaration.empty();
    for (const std::uint16_t root : message_.body.nodes[0].children) element(message_.body, slots, root, 0);
    if (fault_) return std::unexpected(std::move(*fault_));
    return {};
  }

 private:
  using Slots = std::vector<Written>;

  /// One element with all that is in it; nothing if there is nothing. True if the parent has to be there for
  /// it.
  bool element(const Layout& layout, const Slots& slots, std::uint16_t index, unsigned depth) {
    const Node& node = layout.nodes[index];
    if (node.group != nowhere) return rows(message_.groups[node.group], depth);
    const std::size_t begin = out_.size();
    const bool was_first = is_first_;
    break_line(depth);
    out_ += '<';
    out_ += node.qualified;
    bool has_any = depth == 0;  // the root is always there
    if (has_any) declare_namespaces();
    has_any = attributes(layout, slots, node) || has_any;
    const std::size_t head_end = out_.size();
    out_ += '>';
    const bool has_content = node.slot == nowhere ? children(layout, slots, node, depth, has_any)
                                                  : text(slots[node.slot], has_any);
    if (!has_any) {
      out_.resize(begin);
      is_first_ = was_first;
      return false;
    }
    if (has_content) {
      out_ += "</";
      out_ += node.qualified;
      out_ += '>';
    } else {
      out_.resize(head_end);
      out_ += "/>";
    }
    return true;
  }

  /// Whether something stands between the tags.
  bool text(const Written& value, bool& has_any) {
    has_any = has_any || value.state != Written::State::omit;
    if (value.state != Written::State::text) return false;
    append_escaped(value.text, false, out_);
    return !value.text.empty();
  }

  bool children(const Layout& layout, const Slots& slots, const Node& node, unsigned depth, bool& has_any) {
    const std::size_t begin = out_.size();
    for (const std::uint16_t child : node.children) {
      if (!layout.nodes[child].attribute) has_any = element(layout, slots, child, depth + 1) || has_any;
    }
    if (out_.size() == begin) return false;
    break_line(depth);
    return true;
  }

  bool attributes(const Layout& layout, const Slots& slots, const Node& node) {
    bool any = false;
    for (const std::uint16_t child : node.children) {
      const Node& attribute = layout.nodes[child];
      if (!attribute.attribute) break;  // they stand first
      const Written& value = slots[attribute.slot];
      if (value.state == Written::State::omit) continue;
      any = true;
      out_ += ' ';
      out_ += attribute.qualified;
      out_ += "=\"";
      append_escaped(value.text, true, out_);
      out_ += '"';
    }
    return any;
  }

  bool rows(const Group& group, unsigned depth) {
    thread_local Slots row_slots;
    thread_local std::string row_pool;
    const std::span<const Record> records = rows_to_write(group, record_);
    for (std::uint16_t i = 0; i < records.size() && !fault_; ++i) {
      const FieldPath path{.field = group.field, .row = i};
      if (auto written = fields_.write(group.rows, records[i], path, row_slots, row_pool); !written) {
        fault_ = std::move(written.error());
        return true;
      }
      element(group.rows, row_slots, 0, depth);
    }
    return !records.empty() || group.absent != Absent::omit;
  }

  void declare_namespaces() {
    for (const Namespace& each : profile_.namespaces) {
      out_ += each.prefix.empty() ? " xmlns" : " xmlns:";
      out_ += each.prefix;
      out_ += "=\"";
      append_escaped(each.uri, true, out_);
      out_ += '"';
    }
  }

  void break_line(unsigned depth) {
    if (profile_.indent == 0 || is_first_) {
      is_first_ = false;
      return;
    }
    out_ += '\n';
    out_.append(std::size_t{profile_.indent} * depth, ' ');
  }

  const Profile& profile_;
  const MessageMap& message_;
  const Record& record_;
  FieldWriter& fields_;
  std::string& out_;
  bool is_first_ = true;
  std::optional<EncodeFault> fault_;
};

}  // namespace

std::expected<void, EncodeFault> write_xml(const Profile& profile, const MessageMap& message,
                                           const Record& record, FieldWriter& fields, std::string& out) {
  return XmlWriter(profile, message, record, fields, out).write();
}

}  // namespace loangate::adapters
