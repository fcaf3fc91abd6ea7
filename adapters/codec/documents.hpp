#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "adapters/codec/cells.hpp"
#include "adapters/codec/codec.hpp"
#include "adapters/codec/framing.hpp"
#include "adapters/codec/source.hpp"

/// What the three formats offer to decode() and locate(). A reader is used again for each message of its
/// thread, so that reading a message allocates next to nothing.
namespace loangate::adapters {

class DecodeWatcher;  // adapters/codec/watch.hpp

/// Is shown each stretch of a message with its cells filled: the body, then the rows of each group in order.
/// Cells and their texts are good until the call returns.
class StretchVisitor {
 public:
  virtual ~StretchVisitor() = default;
  virtual void visit(const Stretch& stretch) = 0;
  /// Whether it wants all that can be made out, also of a document that is refused for its size or an
  /// element.
  virtual bool thorough() const { return false; }
  /// What no line maps: an element, attribute, text or member, by its place in the document. Told only to the
  /// thorough.
  virtual void unread(std::string, std::string_view) {}
};

class DocumentReader {
 public:
  virtual ~DocumentReader() = default;
  /// Takes a body in. False if nothing can be made of it; the faults tell why. What `framed` and `profile`
  /// refer to must outlive the reading.
  virtual bool open(const Profile& profile, const Framed& framed, Faults& faults) = 0;
  /// What stands at the type's place, if it does not stand in the header; empty if nothing does.
  virtual std::string_view type() = 0;
  /// Shows every stretch of the message that is of this mapping.
  virtual void read(const MessageMap& message, StretchVisitor& visitor) = 0;
  /// Where in the body's bytes the element, attribute or member at the end of the path stands; nothing if it
  /// is not there, and for records, whose columns tell it. The first, if there are several of one name.
  virtual std::optional<Source> source(std::span<const Node> path) = 0;
};

/// The same in the body's own bytes of a range in its UTF-8 text.
Source source_in(const Profile& profile, std::string_view body, std::string_view utf8, Source source);

/// This thread's readers.
DocumentReader& xml_reader();
DocumentReader& json_reader();
DocumentReader& fixed_reader();
/// This thread's reader of the profile's format.
DocumentReader& document_reader(Format format);

/// What could be made out of a document; complete only if no fault was added.
struct ReadDocument {
  std::optional<MessageKind> kind = {};
  std::optional<Record> record = {};
};
/// Reads what is in the framing: as `expected` says, or, if that is null, as the type in it says.
ReadDocument read_document(const Profile& profile, const Framed& framed, const MessageMap* expected,
                           Faults& faults, DecodeWatcher* watcher = nullptr);

/// Sets the places of findings in what is in the framing.
void locate_in(const MessageMap& message, const Profile& profile, const Framed& framed, Findings& findings);

/// The number of rows that the group's count slot states; nothing if it has none, or none that can be read.
std::optional<std::size_t> stated_rows(const Stretch& body, const Group& group, Faults& faults);
/// Compares the rows found with what is stated and required.
void check_rows(const Stretch& body, const Group& group, std::size_t found, Faults& faults);

/// The byte at `offset` of the message is part of no character.
void report_encoding(const Profile& profile, std::size_t offset, Faults& faults);

/// Whether digits stand at the slot, before which zeros are padding that does no harm.
bool holds_number(const Layout& layout, std::uint16_t slot);

/// The text at a fixed place: without padding (null: it has none), converted into `pool` if it is not ASCII.
/// Absent if blank; faulty, with the offset of the illegal byte as its size, if it cannot be converted. The
/// pool must have room, so that texts in it stay where they are: pool_for().
Cell read_bytes(const Profile& profile, std::string_view bytes, const Padding* padding, bool number,
                std::string& pool);
/// Empties the pool and makes room in it for every text of a message.
void pool_for(std::string_view message, std::string& pool);

/// Fills cells by byte columns of `record`, from `base` on (a segment's begin). Faults of encoding are
/// reported.
void fill_cells(Stretch& stretch, std::string_view record, std::uint32_t base, const Framed& framed,
                std::vector<Cell>& cells, std::string& pool, Faults& faults);

}  // namespace loangate::adapters
