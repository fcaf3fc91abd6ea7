// The walks in the documents, run as a reader would: in ```console blocks a line with `$ ` is a command, with
// the lines up to END if it says <<'END'; what follows is what it prints. `…` in a line stands for any text,
// a line of `…` alone for any lines. It is played in a folder that looks like a clone after its build, so
// that nothing of it stays in this one.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/temporary_folder.hpp"
#include "tests/support/command.hpp"

namespace loangate {
namespace {

namespace fs = std::filesystem;

struct Shown {
  int line = 0;  ///< of the document
  std::string command;
  std::vector<std::string> output;
};

/// The commands of a chapter, from its heading, such as `## A walk`, to the next of its rank or above.
std::vector<Shown> walk(const fs::path& document, std::string_view heading) {
  const std::size_t rank = heading.find(' ');
  std::vector<Shown> shown;
  std::ifstream in(document);
  std::string line;
  bool inside = false;
  bool fenced = false;
  bool console = false;
  bool goes_on = false;
  bool here_document = false;
  for (int number = 1; std::getline(in, line); ++number) {
    if (here_document) {
      shown.back().command += '\n' + line;
      here_document = line != "END";
      continue;
    }
    if (line.starts_with("```")) {
      fenced = !fenced;
      console = line == "```console";
      continue;
    }
    if (!fenced && line.starts_with('#') && line.find(' ') <= rank) inside = line == heading;
    if (!inside || !console) continue;
    if (line.starts_with("$ ")) {
      shown.push_back({number, line.substr(2), {}});
    } else if (goes_on) {
      shown.back().command += '\n' + line;
    } else if (!shown.empty()) {
      shown.back().output.push_back(line);
    }
    goes_on = (line.starts_with("$ ") || goes_on) && line.ends_with('\\');
    here_document = line.starts_with("$ ") && line.contains("<<'END'");
  }
  return shown;
}

/// Whether the text is as the pattern says, in which `…` stands for anything.
bool like(std::string_view text, std::string_view pattern) {
  constexpr std::string_view anything = "…";
  const std::size_t gap = pattern.find(anything);
  if (gap == pattern.npos) return text == pattern;
  if (!text.starts_with(pattern.substr(0, gap))) return false;
  const std::string_view rest = pattern.substr(gap + anything.size());
  for (std::size_t at = gap; at <= text.size(); ++at) {
    if (like(text.substr(at), rest)) return true;
  }
  return false;
}

bool like(std::span<const std::string> lines, std::span<const std::string> patterns) {
  if (patterns.empty()) return lines.empty();
  if (patterns.front() == "…") {
    for (std::size_t skipped = 0; skipped <= lines.size(); ++skipped) {
      if (like(lines.subspan(skipped), patterns.subspan(1))) return true;
    }
    return false;
  }
  return !lines.empty() && like(std::string_view(lines.front()), patterns.front()) &&
         like(lines.subspan(1), patterns.subspan(1));
}

struct Ran {
  int status;
  std::vector<std::string> output;
  std::string whole;
};

Ran run(const fs::path& folder, const std::string& command) {
  const fs::path script = folder / ".command";
  std::ofstream(script) << "exec 2>&1\n" << command << '\n';
  const std::string line = fmt::format("cd '{}' && bash .command", folder.string());
  support::Ran done = support::run(line);
  Ran ran{done.status, {}, std::move(done.output)};
  std::istringstream text(ran.whole);
  for (std::string one; std::getline(text, one);) ran.output.push_back(one);
  return ran;
}

/// A folder that looks like a clone after its build.
class Clone {
 public:
  Clone() {
    const fs::path source = LOANGATE_SOURCE_DIR;
    for (const char* part : {"config", "certs", "schemas", "adapters", "tests/fresh_bank", "tests/talk"}) {
      fs::create_directories((path() / part).parent_path());
      fs::copy(source / part, path() / part, fs::copy_options::recursive);
    }
    fs::create_directory(path() / "build");
    fs::create_symlink(fs::path(LOANGATE_BINARY_DIR) / "loangate", path() / "build" / "loangate");
  }
  const fs::path& path() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

/// Runs a chapter's commands one after the other in one clone.
void play(const std::string& document, std::string_view heading) {
  const auto commands = walk(fs::path(LOANGATE_SOURCE_DIR) / document, heading);
  ASSERT_GE(commands.size(), 6u) << "the chapter is gone, or has another name";
  const Clone clone;
  for (const Shown& shown : commands) {
    const Ran ran = run(clone.path(), shown.command);
    const std::string what = fmt::format("{}:{}: {}", document, shown.line, shown.command);
    EXPECT_EQ(ran.status, 0) << what << '\n' << ran.whole;
    EXPECT_TRUE(like(ran.output, shown.output)) << what << "\nprints\n" << ran.whole;
  }
}

TEST(Walk, AsABanksEngineerGoesAsTheReadmeShows) {
  play("README.md", "## 为银行工程师 · A walk as a bank's engineer");
}

TEST(Walk, FromAnXmlDocumentToConformityAsTheLanguageIsTaught) {
  play("adapters/README.md", "### XML: an overdue report, amounts in fen");
}

TEST(Walk, FromAJsonDocumentToConformityAsTheLanguageIsTaught) {
  play("adapters/README.md", "### JSON: a loan filed, with numbers and a monthly rate");
}

TEST(Walk, FromATableOfBytesToConformityAsTheLanguageIsTaught) {
  play("adapters/README.md", "### Fixed width: a recovery, in bytes of GBK");
}

TEST(Walk, ComparesLinesWithWhatMayDiffer) {
  using Lines = std::vector<std::string>;
  EXPECT_TRUE(like("sha 12ab end", "sha … end"));
  EXPECT_FALSE(like("sha 12ab", "sha … end"));
  EXPECT_TRUE(like(Lines{"a", "b", "c"}, Lines{"a", "…", "c"}));
  EXPECT_TRUE(like(Lines{"a", "c"}, Lines{"a", "…", "c"}));
  EXPECT_FALSE(like(Lines{"a", "b"}, Lines{"a"}));
  EXPECT_FALSE(like(Lines{}, Lines{"a"}));
}

}  // namespace
}  // namespace loangate
