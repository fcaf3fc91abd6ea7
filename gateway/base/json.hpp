#pragma once
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace loangate {

/// Bounds on a JSON text from outside.
struct JsonLimits {
  std::size_t max_bytes = 1u << 20;
  std::size_t max_depth = 32;
  std::size_t max_nodes = 100'000;
};

/// Where and why a text is not acceptable JSON. `offset` is the first byte of the fault.
struct JsonFault {
  std::size_t offset = 0;
  std::string what;
  bool exceeds = false;  // a bound, not the syntax
};

/// One value of a JsonDocument.
struct JsonNode {
  enum class Kind : std::uint8_t { null, truth, number, string, array, object };
  static constexpr std::uint32_t none = 0xffffffff;

  Kind kind = Kind::null;
  std::string_view key;  // of a member of an object
  std::string_view
      text;  // string: its characters; number: as written (`1e400`, `0.10`); truth: `true` or `false`
  std::uint32_t first_child = none;
  std::uint32_t next = none;
  std::uint32_t children = 0;
};

/// A JSON text read strictly by Boost.JSON's parser, but as we need it (hazard 10): a key that stands twice
/// in an object is refused at any depth, numbers keep their text, invalid UTF-8 is refused. A document can be
/// used again for the next text and then allocates nothing new.
class JsonDocument {
 public:
  JsonDocument();
  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;

  /// Reads one whole text. The document must not be looked at after a fault.
  std::expected<void, JsonFault> read(std::string_view json, const JsonLimits& limits = {});

  const JsonNode& root() const { return nodes_.front(); }
  const JsonNode& node(std::uint32_t index) const { return nodes_[index]; }
  /// The member of an object, or nullptr; also nullptr if `object` is no object.
  const JsonNode* member(const JsonNode& object, std::string_view key) const;
  /// The next sibling, or nullptr.
  const JsonNode* next(const JsonNode& node) const {
    return node.next == JsonNode::none ? nullptr : &nodes_[node.next];
  }
  const JsonNode* first(const JsonNode& node) const {
    return node.first_child == JsonNode::none ? nullptr : &nodes_[node.first_child];
  }

 private:
  struct Builder;
  std::vector<JsonNode> nodes_;
  std::string
      characters_;  // the texts of all nodes, reserved to the size of the input: never moves while reading
};

}  // namespace loangate
