#pragma once
#include <string>
#include <string_view>

#include "adapters/codec/codec.hpp"
#include "adapters/codec/documents.hpp"

namespace loangate::adapters {

/// Is shown what decode() sees of a message: for the workbench, which lays a message over its mapping. A
/// reading that is watched goes on after faults as far as it can, so its findings can be more than decode()
/// gives.
class DecodeWatcher {
 public:
  virtual ~DecodeWatcher() = default;
  /// The message without its framing.
  virtual void framed(const Framed& framed) = 0;
  /// The mapping by which it is read. Not told if the type is unknown.
  virtual void mapped(const MessageMap& message) = 0;
  /// The header, the body, or a row of a group, with its cells; good until the call returns.
  virtual void stretch(const Stretch& stretch) = 0;
  /// What no line maps, by its place.
  virtual void unread(std::string place, std::string_view text) = 0;
  /// All values that could be read. Told once, at the end, if the type is known.
  virtual void done(const Record& record) = 0;
};

std::expected<Decoded, Undecoded> decode(const Profile& profile, std::string_view body,
                                         DecodeWatcher& watcher);

}  // namespace loangate::adapters
