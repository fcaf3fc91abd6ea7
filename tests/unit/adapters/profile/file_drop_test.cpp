#include "adapters/profile/file_drop.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "adapters/batch/form.hpp"
#include "samples.hpp"

namespace loangate::adapters {
namespace {

std::shared_ptr<const FileDrop> drop(const std::string& files, std::string& errors) {
  const YamlFile file("profile.yaml", "files: " + files + "\n");
  BatchForm batch;
  batch.max_bytes = 2u << 20;
  auto read = read_file_drop(file.root()["files"], &batch);
  file.refuse_unread();
  for (const ConfigError& error : file.errors()) errors += error.what + '\n';
  return read;
}

/// What is wrong with this `files`.
std::string wrong(const std::string& files) {
  std::string errors;
  (void)drop(files, errors);
  return errors;
}

const std::string good = "incoming: 'PF{yyyyMMdd}{seq:3}.dat', returned: '{stem}.ret'";

TEST(FileNames, ANameFitsOnlyAsAWhole) {
  const auto names = FileNames::parse("PF0422{yyyyMMdd}{seq:3}.dat").value();
  ASSERT_TRUE(names.read("PF042220261120001.dat"));
  EXPECT_EQ(names.read("PF042220261120001.dat")->day, Date::of(2026, 11, 20));
  for (const char* other : {"PF042220261120001.dat.tmp", "xPF042220261120001.dat", "PF042220261320001.dat",
                            "PF04222026112000A.dat", "PF04222026112001.dat", "PF042220261120001.DAT", "",
                            "PF042220261120001", "../PF042220261120001.dat", "PF042220261120001.dat\n"}) {
    EXPECT_FALSE(names.read(other)) << other;
  }
}

TEST(FileNames, ADayHasAnyFormAndMayBeMissing) {
  EXPECT_EQ(FileNames::parse("day-{yyyy-MM-dd}.xml")->read("day-2026-02-28.xml")->day, Date::of(2026, 2, 28));
  EXPECT_FALSE(FileNames::parse("day-{yyyy-MM-dd}.xml")->read("day-2026-02-29.xml"));
  const auto undated = FileNames::parse("{seq:6}.json").value();
  ASSERT_TRUE(undated.read("000017.json"));
  EXPECT_FALSE(undated.read("000017.json")->day);
  EXPECT_FALSE(undated.have_day());
}

TEST(FileDrop, AReturnFileIsNamedByItsIncomingOne) {
  std::string errors;
  EXPECT_EQ(drop("{" + good + ", complete: rename}", errors)->return_name("PF20261120001.dat"),
            "PF20261120001.ret");
  EXPECT_EQ(drop("{incoming: 'A{seq:2}.txt', returned: 'HP_{name}', complete: rename}", errors)
                ->return_name("A07.txt"),
            "HP_A07.txt");
  EXPECT_EQ(errors, "");
}

TEST(FileDrop, IsReadWhole) {
  std::string errors;
  const auto files =
      drop("{" + good +
               ", complete: {marker: .ok, holds: sha256}, expected: {by: \"26:30\", days: every}, "
               "stale_minutes: 5}",
           errors);
  EXPECT_EQ(errors, "");
  ASSERT_TRUE(files->marker && files->expected);
  EXPECT_EQ(files->marker->suffix, ".ok");
  EXPECT_EQ(files->marker->holds, FileDrop::Marker::Holds::sha256);
  EXPECT_EQ(files->expected->by_minutes, 26 * 60 + 30);
  EXPECT_TRUE(files->expected->every_day);
  EXPECT_EQ(files->most_bytes, 2u << 20);
  EXPECT_EQ(files->stale_minutes, 5);
}

TEST(FileDrop, EveryMistakeSaysWhatToDo) {
  const std::string tail = ", complete: rename}";
  EXPECT_EQ(wrong("{incoming: '.{seq:3}', returned: '{name}.r'" + tail),
            "a name does not begin with a point: write one such as PF{yyyyMMdd}{seq:3}.dat\n");
  EXPECT_EQ(wrong("{incoming: 'daily.dat', returned: '{name}.r'" + tail),
            "every file would have the same name: add {yyyyMMdd} or {seq:3}\n");
  EXPECT_EQ(wrong("{incoming: 'a/{seq:3}', returned: '{name}.r'" + tail),
            "`/` stands in a file's name: use letters, digits, `.`, `_`, `-` and pieces in braces\n");
  EXPECT_EQ(wrong("{incoming: 'a{seq:12}', returned: '{name}.r'" + tail),
            "`12` is no number of digits: write {seq:1} to {seq:9}\n");
  EXPECT_EQ(wrong("{incoming: 'a{HHmmss}', returned: '{name}.r'" + tail),
            "`{HHmmss}` is no piece of a name: it has one day such as {yyyyMMdd}, and numbers as {seq:3}\n");
  EXPECT_EQ(wrong("{incoming: 'a{yyyyMMdd', returned: '{name}.r'" + tail),
            "a brace is not closed: write pieces such as {seq:3}\n");
  for (const char* returned : {"result.txt", "{name}{stem}", "../{name}", ".{name}", "{day}.ret"}) {
    EXPECT_EQ(
        wrong("{incoming: 'a{seq:3}', returned: '" + std::string(returned) + "'" + tail),
        "`" + std::string(returned) +
            "` does not name a return file by its incoming one: write such as {stem}.ret or RET_{name}\n");
  }
  EXPECT_EQ(wrong("{incoming: 'a{seq:3}', returned: '{name}.error.txt'" + tail),
            "`.error.txt` ends the names of explanations: choose another ending\n");
  EXPECT_EQ(wrong("{" + good + ", complete: soon}"),
            "`soon` does not say when a file is complete: write rename or {marker: .ok}\n");
  EXPECT_EQ(wrong("{" + good + ", complete: {marker: ok}}"),
            "`ok` is no suffix of a marker: write one such as .ok\n");
  EXPECT_EQ(wrong("{" + good + ", complete: {marker: .ok, holds: md5}}"),
            "`md5` is nothing a marker holds: write one of nothing, size, sha256\n");
  EXPECT_EQ(wrong("{" + good + ", complete: rename, expected: {by: \"6 pm\"}}"),
            "`6 pm` is no time: write \"18:00\", or \"26:00\" for 02:00 of the day after\n");
  EXPECT_EQ(wrong("{" + good + ", complete: rename, expected: {by: \"18:00\", days: some}}"),
            "`some` are no days: write working or every\n");
  EXPECT_EQ(
      wrong("{incoming: 'a{seq:3}', returned: '{name}.r', complete: rename, expected: {by: \"18:00\"}}"),
      "a file is expected by the day in its name: add {yyyyMMdd} to `incoming`\n");
}

TEST(FileDrop, TheReadmesExampleIsGood) {
  std::ifstream in(std::string(LOANGATE_SOURCE_DIR) + "/adapters/README.md", std::ios::binary);
  const std::string readme{std::istreambuf_iterator<char>(in), {}};
  const std::size_t begin = readme.find("```yaml\n", readme.find("### By file transport")) + 8;
  const YamlFile file("profile.yaml", readme.substr(begin, readme.find("```", begin) - begin));
  BatchForm batch;
  batch.max_bytes = 1;
  const auto files = read_file_drop(file.root()["files"], &batch);
  file.refuse_unread();
  EXPECT_TRUE(file.errors().empty()) << file.errors().front().text();
  ASSERT_TRUE(files && files->expected);
  EXPECT_TRUE(files->incoming.read("PF042220261120001.dat"));
}

TEST(FileDrop, NeedsABatchToBeReadBy) {
  const std::string text = samples::changed(samples::xml, "format: xml\n",
                                            "format: xml\nfiles: {" + good + ", complete: rename}\n");
  const auto profile = load_profile("payer", text);
  ASSERT_FALSE(profile);
  ASSERT_EQ(profile.error().size(), 1u);
  EXPECT_EQ(profile.error().front().what, "a file has many records: say in `batch` what it looks like");
  EXPECT_FALSE(load_profile("payer", samples::xml)->files);
}

}  // namespace
}  // namespace loangate::adapters
