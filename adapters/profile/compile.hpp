#pragma once
#include <map>
#include <optional>
#include <string>

#include "adapters/profile/form.hpp"
#include "adapters/profile/place.hpp"
#include "adapters/profile/profile.hpp"

namespace loangate::adapters {

/// Marks all keys of a node as read that is wrong as a whole: one mistake is reported once.
void forget(const YamlNode& node);

/// The steps from a layout's root to one of its leaves: names and namespaces only.
std::vector<Node> path_to(const Layout& layout, std::uint16_t leaf);

/// Compiles the messages of a profile whose frame has been read.
class ProfileCompiler {
 public:
  /// Mistakes are reported at the nodes of `root`, those between lines to `errors`.
  ProfileCompiler(const YamlNode& root, Profile& profile, ConfigErrors& errors, ConfigErrors* warnings)
      : root_(root), profile_(profile), errors_(errors), warnings_(warnings) {}

  void compile();

 private:
  using Mapped = std::map<std::uint16_t, YamlLine>;  ///< fields that have a line, and which

  /// What is being laid out: a header, a body, or a group's row.
  struct Target {
    MessageMap& message;
    Layout& layout;
    Site site;
    Mapped& mapped;
  };

  void compile_message(MessageMap& message, const YamlNode& node);
  void compile_batch();
  void compile_return(BatchForm& form, const YamlNode& node);
  MessageMap compile_part(const YamlNode& lines, const RecordSpec& record, bool from_partner);
  static std::uint16_t way_to(Layout& layout, std::span<const Node> path, const YamlNode& node);
  void check_record_kinds(const BatchForm& form, const YamlNode& node) const;
  void check_complete(const RecordSpec& record, const Mapped& mapped, const YamlNode& node) const;
  void check_left_out(const MessageMap& message, const Mapped& mapped, const YamlNode& node) const;
  void check_receipt(const MessageMap& receipt, const Mapped& mapped, const YamlNode& node) const;
  void check_derived(const Layout& layout, const Mapped& mapped) const;

  /// Adds a line of the profile to the layout; `shared` lines stand for all messages that they apply to.
  void bind(const YamlNode& line, const Target& target, bool shared);
  void bind_field(const YamlNode& line, const Target& target, bool shared);
  void bind_value(const YamlNode& line, const FieldSpec& field, Line made, const Target& target);
  void bind_parts(const YamlNode& line, const FieldSpec& field, Line& made, const Target& target);
  void bind_group(const YamlNode& line, const FieldSpec& field, std::uint16_t index, const Target& target);
  void bind_text(const YamlNode& line, Line made, const Target& target);
  void bind_filler(const YamlNode& line, Line made, const Target& target);
  bool applies(const YamlNode& line, const MessageMap& message) const;
  Absent read_absent(const YamlNode& line) const;

  /// Adds the place as a slot of the line that comes next, and gives its number.
  std::optional<std::uint16_t> add_slot(const YamlNode& at, Slot slot, const Target& target);
  void add_line(Line line, const Target& target);
  void add_row_place(const YamlNode& line, Group& group, const Target& target, const Target& rows);
  void remember_type_place(const Slot& slot, const Layout& layout, Site site);
  void refuse_idle_shared_lines(const YamlNode& lines) const;
  void index_messages();

  YamlNode defaults(FieldType type) const { return root_["defaults"][name(type)]; }
  bool flat(const Target& target) const {
    return profile_.format == Format::fixed || target.site == Site::header;
  }
  void error(YamlLine line, std::string what) const;
  void warn(const YamlNode& node, std::string what) const;

  const YamlNode& root_;
  Profile& profile_;
  std::map<std::string_view, std::uint32_t>
      own_texts_;  ///< the partner's own texts, and the bytes that it has for them
  ConfigErrors& errors_;
  ConfigErrors* warnings_;
};

}  // namespace loangate::adapters
