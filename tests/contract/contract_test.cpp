// What is in a partner's contract, for every partner.
#include "adapters/contract/contract.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "adapters/batch/form.hpp"
#include "adapters/contract/places.hpp"
#include "adapters/contract/samples.hpp"
#include "adapters/contract/seal_terms.hpp"
#include "adapters/contract/story.hpp"
#include "adapters/contract/terms.hpp"
#include "base/json.hpp"
#include "domain/remedy.hpp"
#include "domain/uscc.hpp"
#include "tests/support/partners.hpp"
#include "tests/support/seals.hpp"

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
  for (const std::string_view id : {"citicph", "sxbph", "phrcb", "twbank"}) {
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

TEST(Contract, TellsOfEachSealItsKeysItsPlaceAndItsBytes) {
  struct Told {
    std::string_view partner;
    std::vector<std::string_view> texts;
  };
  for (const Told& told : {
           Told{"twbank",
                {"<code>sm2-sm3</code>", "r and s side by side", "<code>1234567812345678</code>",
                 "hexadecimal", "/head/sign ", "/head/signKey ", "all bytes of the message, framing included",
                 "&quot;sign&quot;:&quot;…&quot; counts as &quot;sign&quot;:&quot;&quot;",
                 "<code>tw-2026a</code></td><td>2026-01-01</td><td>2027-03-31",
                 "<code>tw-2026b</code></td><td>2026-10-01</td><td>2027-12-31",
                 "<code>lg-2026</code></td><td>2026-01-01</td><td>2027-12-31"}},
           Told{"tsbank",
                {"<code>hmac-sm3</code>", "bytes 63-126 of the header", "bytes 59-62 of the header",
                 "the seal's place, if it stands within, is left out in its whole width",
                 "<code>m-26</code>"}},
       }) {
    const auto files = contract(partner(told.partner));
    const std::string& page = find(files, contract_page)->bytes;
    for (const std::string_view text : told.texts)
      EXPECT_TRUE(page.contains(text)) << told.partner << ": " << text;
    JsonDocument index;
    ASSERT_TRUE(index.read(find(files, contract_index)->bytes));
    const JsonNode* seals = index.member(index.root(), "seals");
    for (const Way way : {Way::from_partner, Way::to_partner}) {
      const JsonNode* keys = index.member(*index.member(*seals, name(way)), "keys");
      const Seal& seal = *seal_of(partner(told.partner), way);
      const JsonNode* key = index.first(*keys);
      for (const SealKey& each : seal.keys) {
        ASSERT_NE(key, nullptr);
        EXPECT_EQ(index.member(*key, "id")->text, each.id);
        key = index.next(*key);
      }
      EXPECT_EQ(key, nullptr);
    }
  }
  EXPECT_FALSE(find(contract(partner("phrcb")), contract_page)->bytes.contains("id=\"seals\""));
}

/// What the shell's command writes.
std::string output_of(const std::string& command, const fs::path& into) {
  support::SealKeys::run(fmt::format("{} > {}", command, into.string()));
  std::ostringstream text;
  text << std::ifstream(into, std::ios::binary).rdbuf();
  return text.str();
}

TEST(Contract, TheCommandItShowsMakesASealThatTheGatewayTakes) {
  const support::SealKeys keys(
      "twbank:from_partner:tw-2026a:sm2 twbank:from_partner:tw-2026b:sm2 twbank:to_partner:lg-2026:sm2 "
      "tsbank:from_partner:m-26:hmac");
  const SealKeyFolder ours = keys.partner();
  const Instant now = start_of(*parse_date("2026-11-21"));
  for (const auto& [id, digits] : {std::pair{"twbank", 128}, std::pair{"tsbank", 64}}) {
    SCOPED_TRACE(id);
    const auto profile = load_profile(support::partners_folder / id / "profile.yaml", nullptr, &ours);
    ASSERT_TRUE(profile) << profile.error().front().text();
    const Seal& seal = *seal_of(*profile, Way::from_partner);
    const MessageMap& map = *profile->find(MessageKind::loan_disbursement);
    auto sealed = put_seal(*profile, Way::from_partner, samples_of(*profile, map).front().bytes, now);
    ASSERT_TRUE(sealed) << sealed.error();

    // As the page says: of all bytes the seal's own are taken out, and the command runs over the others.
    std::smatch own;
    ASSERT_TRUE(
        std::regex_search(*sealed, own, std::regex(fmt::format("[0-9a-f]{{{}}}(?![0-9a-f])", digits))));
    const fs::path covered = keys.folder() / "COVERED";
    std::ofstream(covered, std::ios::binary) << own.prefix() << own.suffix();
    const fs::path secrets = ours.folder / id;
    std::string command = terms_of(*profile, seal).command;
    const auto put = [&command](std::string_view from, const std::string& to) {
      if (const auto at = command.find(from); at != command.npos) command.replace(at, from.size(), to);
    };
    put("COVERED", covered.string());
    put("KEY.pem", (secrets / fmt::format("{}.key", seal.signing(now)->id)).string());
    put("SECRET", fmt::format("$(cat {}/m-26.secret)", secrets.string()));
    const std::string made = output_of(command, keys.folder() / "seal");
    ASSERT_EQ(made.size(), static_cast<std::size_t>(digits)) << command;

    const std::string message = own.prefix().str() + made + own.suffix().str();
    const auto proved = open_seal(*profile, Way::from_partner, message, {}, now);
    EXPECT_TRUE(proved) << command << '\n' << text_en(proved.error().front());
  }
}

TEST(Contract, TellsOfFilesEachPlaceTheTotalTheWayToJudgeAndTheFolders) {
  struct Told {
    std::string_view partner;
    std::vector<std::string_view> texts;
  };
  for (const Told& told : {
           Told{"phrcb",
                {"<code>loan_amount</code>", "At most 200000 records and 268435456 bytes",
                 "Every record is judged alone", "<code>LG{yyyyMMdd}{seq:4}.DAT</code>",
                 "<code>{stem}.RET</code>", "rename it when it is whole", "CR LF"}},
           Told{"citicph",
                {"<code>/BATCH/BODY/TX</code>", "<code>CITIC_{yyyy-MM-dd}_{seq:3}.xml</code>",
                 "<code>.ok</code>", "its first word is the file's SHA-256",
                 "<code>/BATCH/BODY</code></td><td>回盘明细"}},
           Told{"bank18",
                {"All or nothing", "nothing of the file is kept; the body is the return file",
                 "At most 20000 records", "for each record that failed"}},
       }) {
    const Profile& profile = partner(told.partner);
    const std::string page = find(contract(profile), contract_page)->bytes;
    for (const std::string_view text : told.texts)
      EXPECT_TRUE(page.contains(text)) << told.partner << ": " << text;
    for (const std::string_view text : {"POST /v1/batches?wait=S", "GET /v1/batches/", "<code>202</code>"})
      EXPECT_TRUE(page.contains(text)) << told.partner << ": " << text;
    const BatchForm& form = *profile.batch;
    const std::string of_files = page.substr(page.find("id=\"batches\""));
    const auto each_place = [&](const std::optional<MessageMap>& part) {
      if (!part) return;
      for (const PlacedValue& place : places_of(part->body))
        EXPECT_TRUE(of_files.contains(fmt::format("<tr><td><code>{}</code></td>", place_text(place))))
            << told.partner << ' ' << place_text(place);
    };
    for (const auto& part : {&form.header, &form.trailer, &form.result.header, &form.result.trailer})
      each_place(*part);
    each_place(form.result.line);
  }
  EXPECT_FALSE(find(contract(partner("twbank")), contract_page)->bytes.contains("id=\"batches\""));
}

TEST(Contract, TellsUntilWhenALeniencyIsMeant) {
  for (const auto& profile : partners().all()) {
    const std::string page = find(contract(*profile), contract_page)->bytes;
    for (const Leniency& each : profile->leniencies)
      EXPECT_TRUE(page.contains(fmt::format("Forgiven until {}: ", format(each.until))))
          << profile->id.view();
  }
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
           {"phrcb", "batch-layout.json"},
           {"citicph", "batch-layout.json"},
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
