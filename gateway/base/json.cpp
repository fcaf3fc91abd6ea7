#include "base/json.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <fmt/format.h>

namespace loangate {

namespace json = boost::json;

/// Receives the parser's events. A refusal of our own is told to the parser as an error code, and its words
/// are kept here.
struct JsonDocument::Builder {
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  explicit Builder(JsonDocument& into, const JsonLimits& bounds) : document(into), limits(bounds) {}

  JsonDocument& document;
  const JsonLimits& limits;
  std::string refusal;

  struct Level {
    std::uint32_t node;
    std::uint32_t last_child = JsonNode::none;
  };
  std::vector<Level> levels;
  std::string_view key;
  std::size_t part_begin = 0;  // where the text that arrives in parts begins in `characters_`
  bool in_part = false;

  bool refuse(json::error_code& ec, std::string why) {
    refusal = std::move(why);
    ec = json::error::syntax;
    return false;
  }

  void append(json::string_view part) {
    if (!in_part) part_begin = document.characters_.size();
    in_part = true;
    document.characters_.append(part.data(), part.size());
  }

  std::string_view finish(json::string_view last) {
    append(last);
    in_part = false;
    return std::string_view(document.characters_).substr(part_begin);
  }

  bool add(JsonNode::Kind kind, std::string_view text, json::error_code& ec) {
    auto& nodes = document.nodes_;
    if (nodes.size() >= limits.max_nodes)
      return refuse(ec, fmt::format("more than {} values", limits.max_nodes));
    const auto index = static_cast<std::uint32_t>(nodes.size());
    nodes.push_back({kind, {}, text, JsonNode::none, JsonNode::none, 0});
    if (levels.empty()) return true;
    Level& level = levels.back();
    JsonNode& parent = nodes[level.node];
    if (parent.kind == JsonNode::Kind::object) nodes[index].key = key;
    if (level.last_child == JsonNode::none) {
      parent.first_child = index;
    } else {
      nodes[level.last_child].next = index;
    }
    level.last_child = index;
    ++parent.children;
    return true;
  }

  bool open(JsonNode::Kind kind, json::error_code& ec) {
    if (!add(kind, {}, ec)) return false;
    levels.push_back({static_cast<std::uint32_t>(document.nodes_.size() - 1), JsonNode::none});
    return true;
  }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code& ec) { return open(JsonNode::Kind::object, ec); }
  bool on_object_end(std::size_t, json::error_code&) {
    levels.pop_back();
    return true;
  }
  bool on_array_begin(json::error_code& ec) { return open(JsonNode::Kind::array, ec); }
  bool on_array_end(std::size_t, json::error_code&) {
    levels.pop_back();
    return true;
  }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    append(part);
    return true;
  }
  bool on_key(json::string_view part, std::size_t, json::error_code& ec) {
    key = finish(part);
    if (document.member(document.nodes_[levels.back().node], key) != nullptr) {
      return refuse(ec, fmt::format("the key \"{}\" stands twice in one object", key));
    }
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    append(part);
    return true;
  }
  bool on_string(json::string_view part, std::size_t, json::error_code& ec) {
    return add(JsonNode::Kind::string, finish(part), ec);
  }
  bool on_number_part(json::string_view part, json::error_code&) {
    append(part);
    return true;
  }
  bool number(json::string_view part, json::error_code& ec) {
    return add(JsonNode::Kind::number, finish(part), ec);
  }
  bool on_int64(std::int64_t, json::string_view part, json::error_code& ec) { return number(part, ec); }
  bool on_uint64(std::uint64_t, json::string_view part, json::error_code& ec) { return number(part, ec); }
  bool on_double(double, json::string_view part, json::error_code& ec) { return number(part, ec); }
  bool on_bool(bool truth, json::error_code& ec) {
    return add(JsonNode::Kind::truth, truth ? "true" : "false", ec);
  }
  bool on_null(json::error_code& ec) { return add(JsonNode::Kind::null, {}, ec); }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }
};

JsonDocument::JsonDocument() {
  nodes_.emplace_back();
}

std::expected<void, JsonFault> JsonDocument::read(std::string_view text, const JsonLimits& limits) {
  nodes_.clear();
  characters_.clear();
  if (text.size() > limits.max_bytes) {
    return std::unexpected(
        JsonFault{limits.max_bytes, fmt::format("longer than {} bytes", limits.max_bytes), true});
  }
  // Decoded texts are never longer than what stands for them, so views into characters_ stay valid.
  characters_.reserve(text.size());

  json::parse_options options;
  options.max_depth = limits.max_depth;
  json::basic_parser<Builder> parser(options, *this, limits);
  json::error_code ec;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && used < text.size()) ec = json::error::extra_data;
  if (ec) {
    const std::string& refusal = parser.handler().refusal;
    if (nodes_.empty()) nodes_.emplace_back();
    const bool exceeds = ec == json::error::too_deep || nodes_.size() >= limits.max_nodes;
    return std::unexpected(JsonFault{used, refusal.empty() ? ec.message() : refusal, exceeds});
  }
  return {};
}

const JsonNode* JsonDocument::member(const JsonNode& object, std::string_view key) const {
  if (object.kind != JsonNode::Kind::object) return nullptr;
  for (const JsonNode* child = first(object); child != nullptr; child = next(*child)) {
    if (child->key == key) return child;
  }
  return nullptr;
}

}  // namespace loangate
