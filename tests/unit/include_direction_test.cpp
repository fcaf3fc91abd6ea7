// A room includes only what stands to its left (gateway/README.md): CMake alone does not hold the line,
// because an include path that one room brings is seen by all that come after it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

/// Rooms on one level are neighbours and do not know each other.
const std::map<std::string, int> levels{{"base", 0},  {"domain", 1},   {"adapters", 2}, {"programme", 2},
                                        {"store", 3}, {"intake", 4},   {"delivery", 4}, {"net", 5},
                                        {"ops", 6},   {"simulate", 7}, {"app", 8}};

/// The room that an include path leads into; nothing for a library's header.
std::optional<std::string> room_of_include(const std::string& path) {
  std::string room = path.substr(0, path.find('/'));
  if (room == path || !levels.contains(room)) return std::nullopt;
  return room;
}

bool may_include(const std::string& from, const std::string& to) {
  return from == to || levels.at(to) < levels.at(from);
}

/// `file:line: …` for every include of this text that leads up or sideways.
std::vector<std::string> wrong_includes(const std::string& room, const std::string& file,
                                        std::istream& text) {
  static const std::regex include(R"(^\s*#\s*include\s*["<]([^">]+)[">])");
  std::vector<std::string> wrong;
  std::string line;
  for (int number = 1; std::getline(text, line); ++number) {
    std::smatch match;
    if (!std::regex_search(line, match, include)) continue;
    const auto to = room_of_include(match[1]);
    if (to && !may_include(room, *to)) {
      wrong.push_back(file + ":" + std::to_string(number) + ": " + room + " must not include " +
                      match[1].str());
    }
  }
  return wrong;
}

std::string room_of_file(const fs::path& relative) {
  auto part = relative.begin();
  if (*part == "gateway") ++part;
  return part->string();
}

TEST(IncludeDirection, EveryRoomIncludesOnlyRoomsToItsLeft) {
  const fs::path root = LOANGATE_SOURCE_DIR;
  std::size_t files = 0;
  std::set<std::string> rooms;
  for (const char* tree : {"gateway", "adapters"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / tree)) {
      const auto extension = entry.path().extension();
      if (extension != ".hpp" && extension != ".cpp") continue;
      const std::string room = room_of_file(fs::relative(entry.path(), root));
      ASSERT_TRUE(levels.contains(room))
          << entry.path() << " lies in no room: add it to the levels, in its place";
      std::ifstream text(entry.path());
      for (const std::string& wrong : wrong_includes(room, entry.path().string(), text))
        ADD_FAILURE() << wrong;
      rooms.insert(room);
      ++files;
    }
  }
  EXPECT_GT(files, 50u);
  EXPECT_GE(rooms.size(), 8u) << "the rooms were not found";
}

TEST(IncludeDirection, AnIncludeUpwardsOrSidewaysIsNoticed) {
  const auto wrong = [](const std::string& room, const std::string& include) {
    std::istringstream text("#pragma once\n" + include + "\n");
    return wrong_includes(room, "x.hpp", text).size();
  };
  EXPECT_EQ(wrong("domain", "#include \"store/store.hpp\""), 1u) << "upward";
  EXPECT_EQ(wrong("programme", "#include \"adapters/codec/codec.hpp\""), 1u) << "sideways";
  EXPECT_EQ(wrong("net", "  #  include <ops/service.hpp>"), 1u) << "however it is written";
  EXPECT_EQ(wrong("intake", "#include \"delivery/pump.hpp\""), 1u);
  EXPECT_EQ(wrong("app", "#include \"net/server.hpp\""), 0u) << "downward";
  EXPECT_EQ(wrong("store", "#include \"store/sqlite/x.hpp\""), 0u) << "within";
  EXPECT_EQ(wrong("base", "#include <vector>"), 0u) << "a library";
}

}  // namespace
