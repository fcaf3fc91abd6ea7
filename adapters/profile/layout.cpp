#include "adapters/profile/layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace loangate::adapters {
namespace {

/// A stretch of a record and whose it is.
struct Stretch {
  std::uint32_t first;
  std::uint32_t end;
  YamlLine line;
  std::string whose;
};

std::string whose(const Layout& layout, const Line& line) {
  switch (line.kind) {
    case Line::Kind::field:
      return fmt::format("`{}`", layout.record->fields[line.field].name);
    case Line::Kind::constant:
      return fmt::format("the constant `{}`", line.text);
    case Line::Kind::filler:
      return "a filler";
    case Line::Kind::type:
      return "the message's type";
    case Line::Kind::body_length:
      return "the body's length";
    case Line::Kind::seal:
      return "the seal";
    case Line::Kind::seal_key:
      return "the seal's key id";
  }
  return "";
}

std::optional<Stretch> stretch_of(const Place& place, YamlLine line, std::string whose) {
  if (const auto* span = std::get_if<Span>(&place))
    return Stretch{span->offset, span->offset + span->width, line, std::move(whose)};
  if (const auto* column = std::get_if<Column>(&place))
    return Stretch{column->index, column->index + 1u, line, std::move(whose)};
  return std::nullopt;
}

std::string stretch_text(std::uint32_t first, std::uint32_t end, bool columns) {
  if (columns)
    return end - first == 1 ? fmt::format("column {}", end) : fmt::format("columns {} to {}", first + 1, end);
  return end - first == 1 ? fmt::format("byte {}", end) : fmt::format("bytes {} to {}", first + 1, end);
}

/// The depth-first number of each node.
void number_nodes(const Layout& layout, std::uint16_t node, std::vector<std::uint32_t>& order,
                  std::uint32_t& next) {
  order[node] = next++;
  for (const std::uint16_t child : layout.nodes[node].children) number_nodes(layout, child, order, next);
}

/// Of two lines that cannot both stand, the partner's own is to be mended, and in one file the later one.
bool is_later(YamlLine line, YamlLine other) {
  if (line.file != other.file) return line.file < other.file;
  return line.number > other.number;
}

}  // namespace

std::string shown(YamlLine line, YamlLine beside) {
  if (line.file == beside.file) return fmt::format("line {}", line.number);
  return fmt::format("line {} of the {}", line.number, line.file == 0 ? "profile" : "base");
}

void put_in_order(Layout& layout) {
  std::vector<std::uint32_t> node_order(layout.nodes.size());
  std::uint32_t next = 0;
  if (!layout.nodes.empty()) number_nodes(layout, 0, node_order, next);

  const auto key = [&](const Line& line) {
    std::uint32_t first = ~0u;
    bool derived = false;
    for (const Slot& slot : layout.slots_of(line)) {
      if (const auto* span = std::get_if<Span>(&slot.place)) first = std::min(first, span->offset);
      if (const auto* column = std::get_if<Column>(&slot.place))
        first = std::min<std::uint32_t>(first, column->index);
      if (const auto* leaf = std::get_if<Leaf>(&slot.place)) first = std::min(first, node_order[leaf->node]);
      derived = derived || std::holds_alternative<Derived>(slot.place);
    }
    return std::tuple(derived, first, line.first_slot);
  };
  std::ranges::sort(layout.lines, {}, key);
  for (std::size_t i = 0; i < layout.lines.size(); ++i) {
    const Line& line = layout.lines[i];
    for (std::uint16_t slot = 0; slot < line.slot_count; ++slot) {
      layout.slots[line.first_slot + slot].line = static_cast<std::uint16_t>(i);
    }
    if (const auto* money = std::get_if<MoneyForm>(&line.form);
        money != nullptr && money->flag_slot != nowhere) {
      layout.slots[money->flag_slot].line = static_cast<std::uint16_t>(i);
    }
  }
}

void check_coverage(Layout& layout, std::span<const Group> groups, std::uint32_t width, YamlLine line,
                    bool columns, const Report& report) {
  std::vector<Stretch> stretches;
  for (const Line& made : layout.lines) {
    const auto add = [&](const Slot& slot) {
      if (auto stretch = stretch_of(slot.place, made.source, whose(layout, made)))
        stretches.push_back(std::move(*stretch));
    };
    for (const Slot& slot : layout.slots_of(made)) add(slot);
    if (const auto* money = std::get_if<MoneyForm>(&made.form);
        money != nullptr && money->flag_slot != nowhere) {
      add(layout.slots[money->flag_slot]);
    }
  }
  for (const Group& group : groups) {
    if (const auto* segments = std::get_if<Group::Segments>(&group.where)) {
      stretches.push_back({segments->offset, segments->offset + segments->width * group.times, group.source,
                           fmt::format("the group `{}`", layout.record->fields[group.field].name)});
    }
    if (group.count_slot != nowhere) {
      if (auto stretch =
              stretch_of(layout.slots[group.count_slot].place, group.source, "the count of a group")) {
        stretches.push_back(std::move(*stretch));
      }
    }
  }
  std::ranges::sort(stretches, {}, [](const Stretch& stretch) {
    return std::tuple(stretch.first, stretch.line.file, stretch.line.number);
  });
  std::uint32_t covered = 0;
  const Stretch* last = nullptr;
  for (const Stretch& stretch : stretches) {
    if (last != nullptr && stretch.first < covered) {
      const Stretch& later = is_later(stretch.line, last->line) ? stretch : *last;
      const Stretch& earlier = is_later(stretch.line, last->line) ? *last : stretch;
      report(later.line,
             fmt::format("{} ({}) overlaps {} ({}, {}): move one of them", later.whose,
                         stretch_text(later.first, later.end, columns), earlier.whose,
                         stretch_text(earlier.first, earlier.end, columns), shown(earlier.line, later.line)));
    } else if (stretch.first > covered) {
      const std::string gap = stretch_text(covered, stretch.first, columns);
      const std::string filler = columns ? fmt::format("{}", covered + 1)
                                         : fmt::format("{}+{}", covered + 1, stretch.first - covered);
      report(line, fmt::format("no line covers {}: map what is there, or add {{filler: {}}}", gap, filler));
    }
    if (stretch.end > covered) {
      covered = stretch.end;
      last = &stretch;
    }
  }
  if (width != 0 && covered > width) {
    report(last->line, fmt::format("{} reaches beyond the segment of {} {}: make the segment wider",
                                   last->whose, width, columns ? "columns" : "bytes"));
  } else if (width != 0 && covered < width) {
    report(line, fmt::format("no line covers {} of the segment: map what is there, or add a filler",
                             stretch_text(covered, width, columns)));
  }
  if (columns) {
    layout.columns = static_cast<std::uint16_t>(covered);
  } else {
    layout.size = covered;
  }
}

}  // namespace loangate::adapters
