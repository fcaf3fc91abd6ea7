// What is in a partner's contract, for every partner.
#include "adapters/contract/contract.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "adapters/contract/samples.hpp"
#include "adapters/contract/story.hpp"
#include "adapters/contract/terms.hpp"
#include "base/json.hpp"
#include "domain/remedy.hpp"
#include "domain/uscc.hpp"
#include "tests/support/partners.hpp"

namespace loangate::adapters {
namespace {

namespace fs = std::filesystem;
using support::partner;
using support::partners;

const ContractFile* find(const std::vector<ContractFile>& files, std::string_view name) {
  const auto found = std::ranges::find(files, name, &ContractFile::name);
  return found == files.end() ? nullptr : &*found;
}

TEST(Contract, OfEveryPartnerHasAPartForEachMessageAndAnIndexOfThem) {
  for (const auto& profile : partners().all()) {
    SCOPED_TRACE(profile->id.view());
    const auto files = contract(*profile);
    std::set<std::string> names;
    for (const ContractFile& file : files) {
      EXPECT_TRUE(names.insert(file.name).second) << file.name;
      EXPECT_FALSE(file.bytes.empty()) << file.name;
      EXPECT_FALSE(file.media_type.empty()) << file.name;
    }
    for (const MessageMap& map : profile->messages) {
      const std::string message(spec_of(map.kind).name);
      EXPECT_TRUE(names.contains(fmt::format("samples/{}.{}", message, file_extension(*profile)))) << message;
      if (profile->format == Format::xml) EXPECT_TRUE(names.contains(fmt::format("schema/{}.xsd", message)));
      if (profile->format == Format::json)
        EXPECT_TRUE(names.contains(fmt::format("schema/{}.schema.json", message)));
    }
    EXPECT_EQ(names.contains("layout.json"), profile->format == Format::fixed || profile->framing.length ||
                                                 profile->framing.header_size > 0 ||
                                                 !profile->framing.end.empty());
    JsonDocument index;
    ASSERT_TRUE(index.read(find(files, contract_index)->bytes));
    std::set<std::string> listed = {std::string(contract_index)};
    const JsonNode& list = *index.member(index.root(), "files");
    for (const JsonNode* file = index.first(list); file != nullptr; file = index.next(*file))
      listed.emplace(index.member(*file, "name")->text);
    EXPECT_EQ(listed, names);
  }
}

TEST(Contract, IsTheSameForTheSameProfile) {
  for (const std::string_view id : {"citicph", "sxbph", "phrcb"}) {
    const auto first = contract(partner(id));
    const auto again = contract(partner(id));
    ASSERT_EQ(first.size(), again.size());
    for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i].bytes, again[i].bytes) << first[i].name;
  }
}

TEST(Contract, SamplesAreReadAsTheirMessageAndBadOnesGetTheFindingsTheyName) {
  for (const auto& profile : partners().all()) {
    for (const MessageMap& map : profile->messages) {
      const auto samples = samples_of(*profile, map);
      std::size_t bad = 0;
      for (const SampleDocument& sample : samples) {
        SCOPED_TRACE(fmt::format("{} {}", profile->id.view(), sample.name));
        const auto read = decode(*profile, sample.bytes);
        EXPECT_EQ(read.has_value(), sample.findings.empty());
        if (read) EXPECT_EQ(read->kind, map.kind);
        bad += sample.findings.empty() ? 0 : 1;
      }
      if (map.from_partner) EXPECT_GT(bad, 0u) << profile->id.view() << ' ' << spec_of(map.kind).name;
    }
  }
}

TEST(Contract, SamplesOfFilingsCarryTheStorysCompanyAndAmount) {
  for (const auto& profile : partners().all()) {
    const MessageMap* map = profile->find(MessageKind::loan_disbursement);
    if (map == nullptr) continue;
    const auto read = decode(*profile, samples_of(*profile, *map).front().bytes);
    ASSERT_TRUE(read);
    const auto filing = LoanDisbursement::from(read->record);
    EXPECT_EQ(filing.company_uscc.view(), "91310115MA1K3BTP2B") << profile->id.view();
    EXPECT_EQ(filing.loan_amount, Fen::yuan(3'000'000)) << profile->id.view();
    EXPECT_EQ(filing.company_name, "平湖市科创精密机械有限公司") << profile->id.view();
  }
}

TEST(Contract, TellsOfEveryMessageThatTheStoryTells) {
  for (const auto& profile : partners().all()) {
    for (const MessageMap& map : profile->messages)
      EXPECT_FALSE(told_to(*profile, map.kind).empty())
          << profile->id.view() << ' ' << spec_of(map.kind).name;
  }
}

TEST(Contract, PageNamesEveryMessageCodeListAndFindingWithItsRemedy) {
  for (const auto& profile : partners().all()) {
    SCOPED_TRACE(profile->id.view());
    const std::string page = find(contract(*profile), contract_page)->bytes;
    for (const MessageMap& map : profile->messages) {
      EXPECT_TRUE(page.contains(fmt::format("<h3 id=\"{}\">", spec_of(map.kind).name)));
      if (!map.from_partner) continue;
      for (const FindingCode code : findings_of(map.kind)) {
        EXPECT_TRUE(page.contains(fmt::format("<span id=\"finding-{}\">", static_cast<int>(code))))
            << spec_of(code).name;
        EXPECT_TRUE(page.contains(remedy_for(code).zh)) << spec_of(code).name;
      }
    }
    for (const CodeMap& map : profile->codes)
      EXPECT_TRUE(page.contains(fmt::format("<h3 id=\"codes-{}\">", map.name))) << map.name;
  }
}

TEST(Contract, PageNeedsNothingElseAndLetsNoTextOfTheProfileBeMarkup) {
  const std::string text = [] {
    std::ostringstream whole;
    whole << std::ifstream(support::partners_folder / "sdfund/profile.yaml").rdbuf();
    std::string profile = whole.str();
    const std::size_t names = profile.find("names:");
    profile.replace(names, profile.find('\n', names) - names,
                    "names: ['<script>alert(1)</script>', '\"><img src=x> & co']");
    return profile;
  }();
  const auto hostile = load_profile("sdfund", text);
  ASSERT_TRUE(hostile) << hostile.error().front().text();
  const std::string page = find(contract(*hostile), contract_page)->bytes;
  EXPECT_TRUE(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
  for (const std::string_view markup : {"<script", "<img", "<link", "<iframe", " src=\"", "@import", "url("})
    EXPECT_FALSE(page.contains(markup)) << markup;
}

TEST(Contract, WritesTheSameFilesAsWereLookedOver) {
  const char* mode = std::getenv("LOANGATE_GOLDEN");
  const bool write = mode != nullptr && std::string_view(mode) == "write";
  const fs::path folder = LOANGATE_SOURCE_DIR "/tests/contract/golden";
  for (const auto& [id, name] : std::vector<std::pair<std::string, std::string>>{
           {"citicph", "schema/loan.repayment.xsd"},
           {"bank09", "schema/loan.repayment.xsd"},
           {"bank09", "schema/loan.repayment.local.xsd"},
           {"sxbph", "schema/position.statement.schema.json"},
           {"bank14", "layout.csv"},
           {"zjguar", "layout.json"},
           {"zjguar", "code-lists.json"},
       }) {
    const auto files = contract(partner(id));
    const ContractFile* file = find(files, name);
    ASSERT_NE(file, nullptr) << id << ' ' << name;
    const fs::path golden = folder / id / fs::path(name).filename();
    if (write) {
      fs::create_directories(golden.parent_path());
      std::ofstream(golden, std::ios::binary) << file->bytes;
      continue;
    }
    std::ostringstream expected;
    expected << std::ifstream(golden, std::ios::binary).rdbuf();
    EXPECT_TRUE(expected.str() == file->bytes)
        << golden.string() << ": LOANGATE_GOLDEN=write writes it anew; look it over";
  }
}

}  // namespace
}  // namespace loangate::adapters
