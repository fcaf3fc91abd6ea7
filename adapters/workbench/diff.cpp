#include "adapters/workbench/diff.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "adapters/workbench/describe.hpp"

namespace loangate::adapters {
namespace {

/// All that a profile says, in the order of its lines: each thing with its words.
struct Thing {
  std::string message;  ///< empty: of the profile as a whole
  std::string subject;
  std::string zh;
  Words words;
};

class Things {
 public:
  explicit Things(const Profile& profile) : profile_(profile) {
    for (auto& [path, value] : frame_words(profile)) add({"", path, "", {{"", value}}});
    for (const CodeMap& map : profile.codes) codes(map);
    for (const MessageMap& message : profile.messages) this->message(message);
  }

  std::vector<Thing> take() { return std::move(things_); }

 private:
  void add(Thing thing) { things_.push_back(std::move(thing)); }

  void codes(const CodeMap& map) {
    for (std::size_t i = 0; i < map.written.size(); ++i) {
      std::vector<std::string> read;
      for (const auto& [text, code] : map.read) {
        if (code.index == i) read.push_back(text);
      }
      Words words{{"write", map.written[i]}};
      if (read.size() > 1) words.emplace_back("read", fmt::format("{}", fmt::join(read, ", ")));
      const CodeSpec& spec = map.list->codes[i];
      if (!map.written[i].empty() || !read.empty())
        add({"", fmt::format("codes.{}.{}", map.name, spec.name), std::string(spec.zh), std::move(words)});
    }
  }

  void message(const MessageMap& map) {
    const std::string of(spec_of(map.kind).name);
    add({of, "message", std::string(map.body.record->zh), {{"when", map.code}}});
    lines(of, "", map.header);
    lines(of, "", map.body);
    for (const Group& group : map.groups) {
      const FieldSpec& field = map.body.record->fields[group.field];
      add({of, std::string(field.name), std::string(field.zh), words_of(profile_, map, group)});
      lines(of, fmt::format("{}[].", field.name), group.rows);
    }
  }

  void lines(const std::string& of, const std::string& prefix, const Layout& layout) {
    for (const Line& line : layout.lines) {
      const std::string zh =
          line.kind == Line::Kind::field ? std::string(layout.record->fields[line.field].zh) : std::string{};
      add({of, prefix + subject_of(layout, line), zh, words_of(profile_, layout, line)});
    }
  }

  const Profile& profile_;
  std::vector<Thing> things_;
};

std::string said(const Words& words) {
  std::string text;
  for (const auto& [key, value] : words) {
    if (!text.empty()) text += ", ";
    text += key.empty() ? value : fmt::format("{}: {}", key, value);
  }
  return text;
}

std::string_view value_of(const Words& words, std::string_view key) {
  const auto found =
      std::ranges::find(words, key, [](const auto& pair) { return std::string_view(pair.first); });
  return found == words.end() ? std::string_view{} : found->second;
}

/// Collects differences; the same one in several messages is one.
class Comparison {
 public:
  void compare(const std::vector<Thing>& before, const std::vector<Thing>& after) {
    using Key = std::pair<std::string_view, std::string_view>;
    std::map<Key, const Thing*> other;
    for (const Thing& thing : after) other.emplace(Key(thing.message, thing.subject), &thing);
    std::map<Key, const Thing*> mine;
    for (const Thing& thing : before) {
      mine.emplace(Key(thing.message, thing.subject), &thing);
      const auto found = other.find({thing.message, thing.subject});
      if (found == other.end()) {
        note(thing, "line", said(thing.words), "");
      } else {
        compare(thing, *found->second);
      }
    }
    for (const Thing& thing : after) {
      if (!mine.contains({thing.message, thing.subject})) note(thing, "line", "", said(thing.words));
    }
  }

  std::vector<Difference> take() { return std::move(found_); }

 private:
  void compare(const Thing& before, const Thing& after) {
    for (const auto& [key, value] : before.words) {
      const std::string_view other = value_of(after.words, key);
      if (other != value) note(before, key, value, other);
    }
    for (const auto& [key, value] : after.words) {
      if (value_of(before.words, key).empty() && !value.empty()) note(before, key, "", value);
    }
  }

  void note(const Thing& thing, std::string_view aspect, std::string_view before, std::string_view after) {
    const auto same = known_.try_emplace(
        {thing.subject, std::string(aspect), std::string(before), std::string(after)}, found_.size());
    if (same.second) {
      found_.push_back(
          {thing.subject, thing.zh, std::string(aspect), std::string(before), std::string(after), {}});
    }
    auto& messages = found_[same.first->second].messages;
    if (!thing.message.empty() && std::ranges::find(messages, thing.message) == messages.end())
      messages.push_back(thing.message);
  }

  std::vector<Difference> found_;
  std::map<std::tuple<std::string, std::string, std::string, std::string>, std::size_t> known_;
};

}  // namespace

std::vector<Difference> diff(const Profile& before, const Profile& after) {
  Comparison comparison;
  comparison.compare(Things(before).take(), Things(after).take());
  return comparison.take();
}

}  // namespace loangate::adapters
