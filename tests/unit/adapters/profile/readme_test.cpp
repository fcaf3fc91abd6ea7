#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "adapters/profile/frame.hpp"
#include "adapters/profile/profile.hpp"

namespace loangate::adapters {
namespace {

std::string readme() {
  std::ifstream in(std::string(LOANGATE_SOURCE_DIR) + "/adapters/README.md", std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// What stands between the heading and the next one of its rank or above.
std::string section(const std::string& text, const std::string& heading) {
  const std::size_t at = text.find(heading);
  if (at == text.npos) return "";
  const std::size_t end = text.find("\n##", at + heading.size());
  return text.substr(at, end == text.npos ? text.npos : end - at);
}

std::string type_of(const FieldSpec& field) {
  switch (field.type) {
    case FieldType::text:
      return fmt::format("text {}", field.max_bytes);
    case FieldType::code:
      return fmt::format("code `{}`", field.codes->name);
    case FieldType::group:
      return fmt::format("up to {} rows of `{}`", field.max_rows, field.group->name);
    case FieldType::money:
      return "money";
    case FieldType::rate:
      return "rate";
    case FieldType::date:
      return "date";
    case FieldType::instant:
      return "instant";
    case FieldType::count:
      return "count";
  }
  return "";
}

std::string row_of(const FieldSpec& field) {
  return fmt::format("| `{}` | {} | {} | {} |\n", field.name, type_of(field),
                     field.required ? "required" : "", field.zh);
}

TEST(AdaptersReadme, ItsWholeProfileLoads) {
  const std::string text = section(readme(), "## A whole profile");
  const std::size_t begin = text.find("```yaml\n") + 8;
  const auto profile = load_profile("payer", text.substr(begin, text.find("```", begin) - begin));
  std::string faults;
  if (!profile) {
    for (const ConfigError& error : profile.error()) faults += error.text() + '\n';
  }
  EXPECT_EQ(faults, "");
}

TEST(AdaptersReadme, ItsDifferenceLoadsOnTheBaseThatItNames) {
  const std::string text = section(readme(), "## Base and difference");
  const std::size_t begin = text.find("```yaml\n") + 8;
  const auto profile = load_profile("bank15", text.substr(begin, text.find("```", begin) - begin), nullptr,
                                    nullptr, std::string(LOANGATE_SOURCE_DIR) + "/adapters/bases");
  ASSERT_TRUE(profile) << profile.error().front().text();
  EXPECT_EQ(profile->find(MessageKind::loan_repayment)->body.slots.empty(), false);
}

TEST(AdaptersReadme, ItsFilesOfManyRecordsAreThoseOfTheProfilesThatItNames) {
  const std::string text = section(readme(), "## Files of many records");
  std::size_t blocks = 0;
  for (std::size_t at = text.find("```yaml\n"); at != text.npos; at = text.find("```yaml\n", at + 1)) {
    const std::string block = text.substr(at + 8, text.find("```\n", at + 8) - at - 8);
    const std::size_t close = text.rfind("`)", at);
    const std::size_t open = text.rfind('`', close - 1) + 1;
    const std::string bank = text.substr(open, close - open);
    std::ifstream in(std::string(LOANGATE_SOURCE_DIR) + "/adapters/partners/" + bank + "/profile.yaml",
                     std::ios::binary);
    std::ostringstream profile;
    profile << in.rdbuf();
    EXPECT_TRUE(profile.str().contains(block)) << bank;
    ++blocks;
  }
  EXPECT_EQ(blocks, 5u);
}

std::size_t rows_in(const std::string& table) {
  std::size_t rows = 0;
  for (std::size_t at = table.find("\n| `"); at != table.npos; at = table.find("\n| `", at + 1)) ++rows;
  return rows;
}

/// What stands once for all messages of a direction.
std::string first_fields(const std::string& text, Direction direction) {
  if (direction == Direction::in) return section(text, "### First in every message from a partner");
  if (direction == Direction::out) return section(text, "### First in every message to a partner");
  return "";
}

TEST(AdaptersReadme, ListsEveryFieldAndCodeOfTheCatalogueAndNoOther) {
  const std::string text = readme();
  const std::string overview = section(text, "## The canonical messages");
  const std::string rows = section(text, "### Rows of groups");
  const std::string lists = section(text, "### Code lists");
  const auto lists_codes = [&](const FieldSpec& field) {
    if (field.codes == nullptr) return;
    EXPECT_NE(lists.find(fmt::format("| `{}` |", field.codes->name)), lists.npos) << field.codes->name;
    for (const CodeSpec& code : field.codes->codes) {
      EXPECT_NE(lists.find(fmt::format("`{}` {}", code.name, code.zh)), lists.npos) << code.name;
    }
  };
  for (const MessageSpec& message : all_messages()) {
    if (message.direction == Direction::act) continue;
    EXPECT_NE(overview.find(fmt::format("| `{}` |", message.name)), overview.npos) << message.name;
    const std::string own = section(text, fmt::format("### `{}`", message.name));
    const std::string first = first_fields(text, message.direction);
    EXPECT_EQ(rows_in(first) + rows_in(own), message.record->fields.size()) << message.name;
    for (const FieldSpec& field : message.record->fields) {
      EXPECT_NE(own.contains(row_of(field)), first.contains(row_of(field)))
          << message.name << ": " << row_of(field);
      lists_codes(field);
      if (field.group == nullptr) continue;
      for (const FieldSpec& column : field.group->fields) {
        EXPECT_NE(rows.find(row_of(column)), rows.npos) << field.group->name << ": " << row_of(column);
        lists_codes(column);
      }
    }
  }
}

TEST(AdaptersReadme, NamesTheMessagesThatWaitForAPersonWhereACharacterIsLacking) {
  const std::string text = readme();
  const std::size_t begin = text.find("Default: park where money moves");
  const std::string named = text.substr(begin, text.find("mark in all else", begin) - begin);
  for (const MessageSpec& message : all_messages()) {
    EXPECT_EQ(named.contains(fmt::format("`{}`", message.name)), moves_money(message.kind)) << message.name;
  }
}

}  // namespace
}  // namespace loangate::adapters
