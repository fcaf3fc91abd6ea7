// The schemas of the contract and the gateway agree. Judges are libxml2's xmllint and ajv, which share no
// code with us: what the gateway writes they accept; what they refuse the gateway refuses. What they accept
// and the gateway refuses (a schema cannot say everything) is counted.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "adapters/codec/codec.hpp"
#include "adapters/codec/framing.hpp"
#include "adapters/contract/contract.hpp"
#include "base/json_writer.hpp"
#include "base/temporary_folder.hpp"
#include "tests/contract/mutations.hpp"
#include "tests/support/arbitrary.hpp"
#include "tests/support/partners.hpp"
#include "tests/support/property.hpp"

namespace loangate::adapters {
namespace {

namespace fs = std::filesystem;
using support::partners;

void write(const fs::path& file, std::string_view bytes) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::string read(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

/// One document, as it is given to a judge, and what the gateway makes of it.
struct Document {
  const Profile* profile;
  const MessageMap* map;
  std::string what;   ///< how it was changed; "" if it is as the gateway wrote it
  std::string bytes;  ///< without framing, in the partner's encoding
  bool taken;         ///< the gateway reads it as this message
};

std::string_view unframed(const Profile& profile, std::string_view bytes) {
  Faults none;
  return unframe(profile, bytes, none)->body;
}

std::string utf8(const Profile& profile, std::string_view bytes) {
  std::string text;
  EXPECT_TRUE(append_utf8(profile.charset, bytes, text));
  return text;
}

/// The document in the framing of a good one: length and header are made anew.
std::string framed_like(const Profile& profile, const MessageMap& map, std::string_view good,
                        const std::string& body) {
  Faults none;
  const auto framed = *unframe(profile, good, none);
  std::string header(framed.header);
  for (const Line& line : map.header.lines) {
    if (line.kind != Line::Kind::body_length) continue;
    const auto span = std::get<Span>(map.header.slots[line.first_slot].place);
    header.replace(span.offset, span.width,
                   fmt::format("{:0>{}}", body.size() + profile.framing.end.size(), span.width));
  }
  std::string bytes;
  EXPECT_TRUE(frame(profile.framing, header, body, bytes));
  return bytes;
}

using Profiles = std::vector<const Profile*>;

Profiles all_of(Format format) {
  Profiles some;
  for (const auto& profile : partners().all()) {
    if (profile->format == format) some.push_back(profile.get());
  }
  return some;
}

/// Generated messages of these partners: each as written, and changed.
std::vector<Document> documents(const Profiles& profiles) {
  std::vector<std::pair<const Profile*, const MessageMap*>> all;
  for (const Profile* profile : profiles) {
    for (const MessageMap& map : profile->messages) all.emplace_back(profile, &map);
  }
  std::vector<Document> documents;
  support::holds([&] {
    const auto [profile, map] = *rc::gen::elementOf(all);
    const auto message = *support::arbitrary_message(*profile, *map);
    const auto bytes = encode(*profile, map->kind, *message.record);
    if (!bytes) RC_FAIL(bytes.error().reason);
    const std::string body(unframed(*profile, *bytes));
    documents.push_back({profile, map, {}, body, true});
    const auto dice = [](std::size_t below) {
      return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::size_t>(0, below));
    };
    const auto mutate =
        profile->format == Format::xml ? contract_test::mutated_xml : contract_test::mutated_json;
    auto changed = mutate(utf8(*profile, body), dice);
    if (changed.what.empty()) return;  // there was nothing to change
    std::string changed_body;
    if (!append_encoded(profile->charset, changed.document, changed_body)) return;
    const auto read = decode(*profile, framed_like(*profile, *map, *bytes, changed_body));
    documents.push_back({profile, map, changed.what, changed_body, read && read->kind == map->kind});
  });
  return documents;
}

/// Compares what the judges said, and counts.
void compare(const std::vector<Document>& documents, const std::vector<bool>& accepted,
             const std::vector<std::string>& why) {
  std::size_t good = 0, both = 0, beyond = 0, neither = 0;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const Document& of = documents[i];
    const std::string_view kind = spec_of(of.map->kind).name;
    if (of.what.empty()) {
      ++good;
      EXPECT_TRUE(accepted[i]) << of.profile->id.view() << ' ' << kind << ": " << why[i] << '\n'
                               << utf8(*of.profile, of.bytes);
    } else if (accepted[i]) {
      ++(of.taken ? neither : beyond);
    } else {
      ++both;
      EXPECT_FALSE(of.taken) << of.profile->id.view() << ' ' << kind << ", " << of.what
                             << ": the schema refuses what the gateway takes: " << why[i] << '\n'
                             << utf8(*of.profile, of.bytes);
    }
  }
  fmt::print(
      "{} documents as written, all accepted. Changed: {} refused by both, {} by the gateway alone, {} "
      "harmless.\n",
      good, both, beyond, neither);
}

std::string schema_name(const Profile& profile, const MessageMap& map) {
  return fmt::format("{}/{}", profile.id.view(), spec_of(map.kind).name);
}

void expect_xml_agreement(const Profiles& profiles) {
  const TemporaryFolder folder;
  for (const Profile* profile : profiles) {
    for (const ContractFile& file : contract(*profile)) {
      if (file.name.ends_with(".xsd")) write(folder.path() / profile->id.view() / file.name, file.bytes);
    }
  }
  const std::vector<Document> all = documents(profiles);
  std::map<std::string, std::vector<std::size_t>> by_schema;
  for (std::size_t i = 0; i < all.size(); ++i)
    by_schema[schema_name(*all[i].profile, *all[i].map)].push_back(i);

  std::vector<bool> accepted(all.size());
  std::vector<std::string> why(all.size());
  for (const auto& [schema, which] : by_schema) {
    const std::size_t slash = schema.find('/');
    const fs::path xsd =
        folder.path() / schema.substr(0, slash) / "schema" / (schema.substr(slash + 1) + ".xsd");
    std::string names;
    for (const std::size_t i : which) {
      std::string bytes = all[i].bytes;
      // Without a declaration the encoding is told beside the document, which xmllint has no option for.
      if (all[i].profile->xml.declaration.empty() && !bytes.starts_with("<?xml"))
        bytes = utf8(*all[i].profile, bytes);
      write(folder.path() / fmt::format("{}.xml", i), bytes);
      names += fmt::format(" {}.xml", i);
    }
    const fs::path said = folder.path() / "said";
    const int status =
        std::system(fmt::format("cd '{}' && xmllint --nonet --noout --schema '{}'{} >said 2>&1",
                                folder.path().string(), xsd.string(), names)
                        .c_str());
    ASSERT_NE(WEXITSTATUS(status), 127) << "xmllint is missing: install libxml2-utils (./dev test does)";
    ASSERT_NE(WEXITSTATUS(status), 5) << schema << " is no schema: " << read(said);
    std::istringstream lines(read(said));
    std::map<std::size_t, bool> told;
    for (std::string line; std::getline(lines, line);) {
      const bool yes = line.ends_with(".xml validates");
      if (line.find(".xml") == std::string::npos) {
        if (line.contains("Schemas parser")) ADD_FAILURE() << schema << ": " << line;
        continue;
      }
      std::size_t i = 0;
      if (std::sscanf(line.c_str(), "%zu.xml", &i) != 1) continue;
      accepted[i] = yes;
      if (!yes) why[i] += line + '\n';
      told[i] = true;
    }
    EXPECT_EQ(told.size(), which.size()) << schema << ": " << read(said);
    for (const std::size_t i : which) fs::remove(folder.path() / fmt::format("{}.xml", i));
  }
  compare(all, accepted, why);
}

TEST(Agreement, OfXmlSchemasAndTheGateway) {
  expect_xml_agreement(all_of(Format::xml));
}

/// The fund's profile with some of its text replaced.
Profile variant(const std::string& id, const std::vector<std::pair<std::string, std::string>>& replacements) {
  std::string text = read(support::partners_folder / "fund/profile.yaml");
  for (const auto& [what, by] : replacements) {
    EXPECT_TRUE(text.contains(what)) << what;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
      text.replace(at, what.size(), by);
  }
  auto profile = load_profile(id, text);
  EXPECT_TRUE(profile) << (profile ? "" : profile.error().front().text());
  return *std::move(profile);
}

TEST(Agreement, OfXmlShapesThatNoSamplePartnerHas) {
  const std::pair<std::string, std::string> beside{"each: /CZ/BODY/FINDINGS/ROW", "each: /CZ/BODY/ROW"};
  const std::pair<std::string, std::string> forgiving{
      "\nencoding: GBK",
      "\nencoding: GBK\nlenient: [{option: ignore_unknown, reason: test, until: 2099-12-31}]"};
  const std::string spaces = "encoding=\"GBK\"?>', namespaces: {a: 'urn:a', xs: 'urn:b'}}";
  std::vector<Profile> made;
  made.push_back(variant("beside", {{"id: fund", "id: beside"}, beside}));
  made.push_back(variant("forgiving", {{"id: fund", "id: forgiving"}, beside, forgiving}));
  made.push_back(variant("spaces", {{"id: fund", "id: spaces"},
                                    {"encoding=\"GBK\"?>'}", spaces},
                                    {" /CZ/HEAD", " /a:CZ/xs:HEAD"},
                                    {" /CZ/BODY", " /a:CZ/BODY"}}));
  made.push_back(variant("both", {{"id: fund", "id: both"},
                                  forgiving,
                                  {"encoding=\"GBK\"?>'}", spaces},
                                  {" /CZ/HEAD", " /a:CZ/xs:HEAD"},
                                  {" /CZ/BODY", " /a:CZ/BODY"}}));
  Profiles profiles;
  for (const Profile& each : made) profiles.push_back(&each);
  expect_xml_agreement(profiles);
}

TEST(Agreement, OfJsonSchemasAndTheGateway) {
  const TemporaryFolder folder;
  const Profiles profiles = all_of(Format::json);
  for (const Profile* profile : profiles) {
    for (const ContractFile& file : contract(*profile)) {
      constexpr std::string_view ending = ".schema.json";
      if (!file.name.ends_with(ending)) continue;
      const std::string message = fs::path(file.name).filename().string();
      write(folder.path() / "schemas" /
                fmt::format("{}.{}", profile->id.view(), message.substr(0, message.size() - ending.size())),
            file.bytes);
    }
  }
  const std::vector<Document> all = documents(profiles);
  std::string lines;
  for (const Document& of : all) {
    JsonWriter(lines)
        .begin_array()
        .value(fmt::format("{}.{}", of.profile->id.view(), spec_of(of.map->kind).name))
        .value(utf8(*of.profile, of.bytes))
        .end_array();
    lines += '\n';
  }
  write(folder.path() / "documents", lines);
  const int status =
      std::system(fmt::format("cd '{}' && node validate.mjs '{}' >'{}/said' 2>'{}/fault'", LOANGATE_JUDGES,
                              folder.path().string(), folder.path().string(), folder.path().string())
                      .c_str());
  ASSERT_EQ(status, 0) << read(folder.path() / "fault");
  std::istringstream said(read(folder.path() / "said"));
  std::vector<bool> accepted;
  std::vector<std::string> why;
  for (std::string line; std::getline(said, line);) {
    accepted.push_back(line == "yes");
    why.push_back(line);
  }
  ASSERT_EQ(accepted.size(), all.size());
  compare(all, accepted, why);
}

}  // namespace
}  // namespace loangate::adapters
