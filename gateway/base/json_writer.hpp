#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace loangate {

/// Appends one JSON document to a string, in the order in which it is told: the canonical form must be the
/// same bytes each time, and is written on the hot path, where building a tree first would be work twice.
/// Commas and quotes are placed by it; balance of begin and end is the caller's.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  JsonWriter& value(std::string_view text);  // UTF-8
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(std::uint64_t number);
  JsonWriter& value(int number) { return value(static_cast<std::int64_t>(number)); }
  JsonWriter& value(bool truth);
  JsonWriter& null();
  /// A complete JSON value that is already text.
  JsonWriter& raw(std::string_view json);

  template <class T>
  JsonWriter& member(std::string_view name, const T& v) {
    return key(name).value(v);
  }

 private:
  void separate();

  std::string& out_;
  bool comma_ = false;
};

}  // namespace loangate
