#pragma once
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/workbench/draft.hpp"

namespace loangate::adapters {

/// One place of a document whose mapping is not known yet.
struct Sighting {
  std::string at;                        ///< as the language writes it; in a group relative to its row
  std::string name;                      ///< its last step, or what a layout calls it
  std::string parent;                    ///< the step before
  std::string remark;                    ///< what a schema or layout says of it
  std::vector<std::string> values = {};  ///< different ones, some
  bool enumerated = false;               ///< `values` are all there can be
  bool number = false;                   ///< a number or a truth of JSON, no string
  bool truth = false;
  std::size_t width = 0;  ///< fixed: bytes
  char pad = '\0';        ///< fixed: what fills it on the left; \0: spaces on the right
};

/// What repeats.
struct SketchedGroup {
  std::string each;
  std::string name, parent;
  std::vector<Sighting> places;
};

/// One kind of message as samples or a schema show it.
struct Sketch {
  std::string source;               ///< the file
  std::optional<MessageKind> told;  ///< the order names it
  std::vector<Sighting> places;
  std::vector<SketchedGroup> groups;
  std::vector<std::string> doubts;  ///< for comments
};

/// How all the documents are written.
struct Manner {
  Charset charset = Charset::utf8;
  std::string declaration;                        ///< XML
  std::map<std::string, std::string> namespaces;  ///< prefix (`default`) to URI
  std::string separator;                          ///< fixed: `crlf`, `lf`, `none`
  char delimiter = '\0';                          ///< fixed
  bool trailing = false;
  int length_digits = 0;  ///< of a length prefix
  bool counts_itself = false;
  std::size_t header = 0;  ///< bytes of a block before the document
};

struct Sketches {
  Manner manner;
  std::vector<Sketch> messages;
};

/// Looks at what the order gives. Hostile input is bounded in size, depth and number of places.
std::expected<Sketches, ConfigErrors> sketch(const DraftOrder& order);

}  // namespace loangate::adapters
