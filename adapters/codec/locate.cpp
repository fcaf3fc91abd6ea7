#include "adapters/codec/codec.hpp"
#include "adapters/codec/documents.hpp"

namespace loangate::adapters {

namespace {

/// Gives each finding whose field stands in a shown stretch its place there.
class PlaceFinder final : public StretchVisitor {
 public:
  explicit PlaceFinder(Findings& findings) : findings_(findings) {}

  void visit(const Stretch& stretch) override {
    for (Finding& finding : findings_) {
      if (!finding.place.empty()) continue;
      const std::uint16_t field = field_in(stretch, finding.field);
      for (const Line& line : stretch.layout->lines) {
        if (line.kind == Line::Kind::field && line.field == field && field != FieldPath::none) {
          finding.place = place_of(stretch, line);
        }
      }
    }
  }

 private:
  /// The field of the stretch's own record that the path means; none if it lies elsewhere.
  static std::uint16_t field_in(const Stretch& stretch, FieldPath path) {
    if (stretch.group == nullptr) return path.row == FieldPath::none ? path.field : FieldPath::none;
    const bool here = path.field == stretch.group->field && path.row == stretch.row;
    return here ? path.column : FieldPath::none;
  }

  Findings& findings_;
};

/// The group that the path leads into.
const Group* group_of(const MessageMap& message, FieldPath path) {
  for (const Group& group : message.groups) {
    if (group.field == path.field) return &group;
  }
  return nullptr;
}

}  // namespace

void locate(const Profile& profile, MessageKind kind, std::string_view body, Findings& findings) {
  const MessageMap* message = profile.find(kind);
  if (message == nullptr || findings.empty()) return;
  Faults unused;  // the message was read before: what is wrong with it is told
  if (const auto framed = unframe(profile, body, unused)) locate_in(*message, profile, *framed, findings);
}

void locate_in(const MessageMap& message, const Profile& profile, const Framed& framed, Findings& findings) {
  Faults unused;
  PlaceFinder finder(findings);
  if (!framed.header.empty()) {
    std::vector<Cell> cells;
    std::string pool;
    pool_for(framed.header, pool);
    Stretch header{.profile = &profile, .layout = &message.header, .record = Stretch::header};
    fill_cells(header, framed.header, 0, framed, cells, pool, unused);
    finder.visit(header);
  }
  DocumentReader& document = document_reader(profile.format);
  if (document.open(profile, framed, unused)) document.read(message, finder);
  for (Finding& finding : findings) {
    if (!finding.place.empty()) continue;
    if (const Group* group = group_of(message, finding.field)) finding.place = place_of(profile, *group);
  }
}

}  // namespace loangate::adapters
