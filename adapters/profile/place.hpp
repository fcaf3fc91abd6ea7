#pragma once
#include <optional>
#include <string>
#include <vector>

#include "adapters/profile/profile.hpp"
#include "base/yaml.hpp"

namespace loangate::adapters {

/// Where a line's `at` is to be understood.
enum class Site : std::uint8_t { header, body, row };

/// `13+17`, `5`, `/TX/AMT` as the profile writes it; mistakes are reported at the node.
struct PlaceText {
  std::optional<Place> flat;  ///< Span or Column
  std::vector<Node> path;     ///< XML, JSON: from the root, or from the row, to the leaf
  std::string name;
};
std::optional<PlaceText> read_place(const YamlNode& node, const Profile& profile, Site site);

/// Whether a name can be that of an element or attribute.
bool is_xml_name(std::string_view name);

/// The first place and the extent of a repeated segment: `201+60`.
std::optional<Span> read_span(const YamlNode& node, std::string_view what);

/// Finds or makes the node at the end of the path. Reports at `node` if the path goes through a leaf or a
/// group, or ends in what is already one, or is a second root.
std::optional<std::uint16_t> grow(Layout& layout, const std::vector<Node>& path, const Profile& profile,
                                  const YamlNode& node, const std::string& name);

}  // namespace loangate::adapters
