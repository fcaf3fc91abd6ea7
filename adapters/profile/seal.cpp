#include "adapters/profile/seal.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/crypto.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include "adapters/profile/compile.hpp"
#include "adapters/profile/place.hpp"
#include "adapters/seal/seal.hpp"
#include "domain/date.hpp"

namespace loangate::adapters {
namespace {

constexpr std::size_t most_keys = 8;
constexpr std::size_t most_key_bytes = 64 * 1024;

constexpr std::pair<std::string_view, SealAlgorithm> algorithms[] = {
    {"sm2-sm3", SealAlgorithm::sm2_sm3},
    {"rsa-sha256", SealAlgorithm::rsa_sha256},
    {"rsa-pss-sha256", SealAlgorithm::rsa_pss_sha256},
    {"ecdsa-sha256", SealAlgorithm::ecdsa_sha256},
    {"hmac-sm3", SealAlgorithm::hmac_sm3},
    {"hmac-sha256", SealAlgorithm::hmac_sha256},
    {"pkcs7", SealAlgorithm::pkcs7},
};

std::expected<std::string, std::string> content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::unexpected(fmt::format("{} cannot be read: put the key there", file.string()));
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (text.size() > most_key_bytes)
    return std::unexpected(fmt::format("{} has more than 64 KiB: it is no key", file.string()));
  return text;
}

/// A file that nobody but the service's user may read.
std::expected<std::string, std::string> secret_content(const std::filesystem::path& file) {
  struct stat about{};
  if (stat(file.c_str(), &about) == 0 && (about.st_mode & 0077) != 0)
    return std::unexpected(fmt::format("{} can be read by others: chmod 600 it", file.string()));
  return content_of(file);
}

bool is_field_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

/// Reads the seal of one direction.
class SealReader {
 public:
  SealReader(const YamlNode& node, const Profile& profile, Way way, const SealKeyFolder* folder,
             ConfigErrors& warnings)
      : node_(node), profile_(profile), way_(way), folder_(folder), warnings_(warnings) {}

  Seal read() {
    seal_.source_line = node_.line();
    read_method();
    read_places();
    read_covers();
    read_keys();
    check_trailer();
    check_length();
    check_list();
    return std::move(seal_);
  }

 private:
  void read_method() {
    const YamlNode node = node_["algorithm"];
    const std::string word = node.text();
    const auto known = std::ranges::find(algorithms, word, [](const auto& each) { return each.first; });
    if (known != std::end(algorithms)) {
      seal_.method.algorithm = known->second;
    } else if (!word.empty()) {
      std::vector<std::string_view> words;
      for (const auto& each : algorithms) words.push_back(each.first);
      node.error(fmt::format("`{}` is no algorithm: write one of {}", word, fmt::join(words, ", ")));
    }
    const SealAlgorithm algorithm = seal_.method.algorithm;
    if (algorithm == SealAlgorithm::sm2_sm3 || algorithm == SealAlgorithm::ecdsa_sha256) {
      seal_.method.raw = choice("signature", "der", {"der", "raw"}) == "raw";
    }
    if (algorithm == SealAlgorithm::sm2_sm3 && node_.has("distinguishing_id")) {
      seal_.method.distinguishing_id = node_["distinguishing_id"].text();
      const std::size_t size = seal_.method.distinguishing_id.size();
      if (size == 0 || size > 256) node_["distinguishing_id"].error("1 to 256 bytes: write the id agreed on");
    }
    seal_.encoding = choice("encoding", "base64", {"base64", "hex"}) == "hex" ? Seal::Encoding::hex
                                                                              : Seal::Encoding::base64;
  }

  std::string choice(std::string_view key, std::string_view fallback,
                     std::initializer_list<std::string_view> words) const {
    std::string given = node_[key].text_or(fallback);
    if (std::ranges::find(words, given) == words.end())
      node_[key].error(fmt::format("`{}` is no {}: write one of {}", given, key, fmt::join(words, ", ")));
    return given;
  }

  void read_places() {
    const YamlNode at = node_["at"];
    const auto value = place_of_lines(Line::Kind::seal, "value");
    if (at.has("header")) {
      seal_.at = read_header(at["header"]);
    } else if (at.has("trailer")) {
      seal_.at = SealTrailer{.mark = at["trailer"].text_or("")};
    } else if (value) {
      seal_.at = *value;
    } else {
      node_.error(
          "it is not said where the seal stands: write at: {header: NAME}, at: {trailer: MARK}, or a line "
          "{seal: value, at: PLACE} in envelope or framing.header");
    }
    if (!at.is_null() && value) at.error("the seal has a line as well: keep one of both");

    const YamlNode key_at = node_["key_at"];
    const auto key = place_of_lines(Line::Kind::seal_key, "key");
    if (key_at.has("header")) seal_.key_at = read_header(key_at["header"]);
    if (key) seal_.key_at = *key;
    if (!key_at.is_null() && key) key_at.error("the key has a line as well: keep one of both");
    // A kept receipt is sealed in its head anew each time it goes out, by the key of that day.
    if (key && std::holds_alternative<SealHeader>(seal_.at))
      node_.error("a seal in the head has its key's id there too: write key_at: {header: NAME}");
  }

  static SealHeader read_header(const YamlNode& node) {
    SealHeader header{node.text()};
    if (!header.name.empty() && !is_field_name(header.name))
      node.error(
          fmt::format("`{}` is no name of an HTTP field: write letters, digits and hyphens", header.name));
    return header;
  }

  /// Where the lines of this direction have the seal. All messages have it at one place, or none.
  std::optional<SealPlace> place_of_lines(Line::Kind kind, std::string_view what) const {
    std::optional<SealPlace> place;
    const MessageMap* without = nullptr;
    for (const MessageMap& message : profile_.messages) {
      if (message.from_partner != (way_ == Way::from_partner)) continue;
      const auto here = place_in(message, kind);
      if (!here) without = &message;
      if (here) place = here;
    }
    if (place && without != nullptr) {
      node_.error(fmt::format("`{}` has no line {{seal: {}, at: …}}, others have: seal all messages of a way",
                              spec_of(without->kind).name, what));
    }
    return place;
  }

  std::optional<SealPlace> place_in(const MessageMap& message, Line::Kind kind) const {
    for (const Layout* layout : {&message.header, &message.body}) {
      for (const Line& line : layout->lines) {
        if (line.kind != kind) continue;
        const Slot& slot = layout->slots[line.first_slot];
        SealPlace place{.in_header = layout == &message.header,
                        .span = std::nullopt,
                        .path = {},
                        .padding = slot.padding,
                        .name = slot.name};
        if (const auto* span = std::get_if<Span>(&slot.place)) {
          place.span = *span;
        } else if (const auto* leaf = std::get_if<Leaf>(&slot.place)) {
          place.path = path_to(*layout, leaf->node);
        } else {
          node_.error("a column is no place for a seal: write at: {header: NAME} or at: {trailer: MARK}");
        }
        return place;
      }
    }
    return std::nullopt;
  }

  void read_covers() {
    const YamlNode node = node_["covers"];
    const std::string word = node.text_or("document");
    if (word == "document") return;
    if (word == "body") {
      seal_.covers = Seal::Covers::body;
      return;
    }
    seal_.covers = Seal::Covers::place;
    const auto place = read_place(node, profile_, Site::body);
    if (!place) return;
    seal_.covered.name = place->name;
    seal_.covered.path = place->path;
    if (place->flat) {
      const auto* span = std::get_if<Span>(&*place->flat);
      if (span == nullptr) {
        node.error("a column cannot be covered alone: write document or body");
        return;
      }
      seal_.covered.span = *span;
    }
    warn_of_uncovered(node);
  }

  /// What a seal does not cover, anybody on the way may change.
  void warn_of_uncovered(const YamlNode& node) {
    std::set<std::string_view> open;
    for (const MessageMap& message : profile_.messages) {
      if (message.from_partner != (way_ == Way::from_partner)) continue;
      for (const Layout* layout : {&message.header, &message.body}) {
        for (const Line& line : layout->lines) {
          if (line.kind != Line::Kind::field || line.transport) continue;
          const bool covered =
              layout == &message.body && std::ranges::all_of(layout->slots_of(line), [&](const Slot& slot) {
                return is_covered(*layout, slot);
              });
          if (!covered) open.insert(layout->record->fields[line.field].name);
        }
      }
    }
    if (open.empty()) return;
    warnings_.push_back(
        {node.file(), node.line(),
         fmt::format("outside of what seal.{} covers: {}: cover the document if the partner can", name(way_),
                     fmt::join(open, ", "))});
  }

  bool is_covered(const Layout& layout, const Slot& slot) const {
    if (const auto* span = std::get_if<Span>(&slot.place)) {
      const auto& whole = seal_.covered.span;
      return whole && span->offset >= whole->offset &&
             span->offset + span->width <= whole->offset + whole->width;
    }
    const auto* leaf = std::get_if<Leaf>(&slot.place);
    if (leaf == nullptr) return true;  // repeats another field
    const std::vector<Node> path = path_to(layout, leaf->node);
    const auto same = [](const Node& a, const Node& b) {
      return a.name == b.name && a.name_space == b.name_space && a.attribute == b.attribute;
    };
    return path.size() >= seal_.covered.path.size() &&
           std::equal(seal_.covered.path.begin(), seal_.covered.path.end(), path.begin(), same);
  }

  void read_keys() {
    const auto keys = node_["keys"].items();
    if (keys.empty()) node_["keys"].error("a seal has keys: write {id: …, from: …, until: …} for each");
    if (keys.size() > most_keys)
      node_["keys"].error(
          fmt::format("{} keys, {} are the most: remove those out of force", keys.size(), most_keys));
    std::set<std::string> ids;
    for (const YamlNode& key : keys) {
      const std::string id = key["id"].text();
      if (!ids.insert(id).second) key["id"].error(fmt::format("the key `{}` stands twice: keep one", id));
      read_key(key, id);
    }
  }

  void read_key(const YamlNode& node, const std::string& id) {
    const bool plain =
        !id.empty() && id.size() <= 64 && id.front() != '.' && std::ranges::all_of(id, [](char c) {
          return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                 c == '_' || c == '.';
        });
    if (!plain && !id.empty())
      node["id"].error(fmt::format("`{}` is no key id: write letters, digits, `-`, `_`, `.`", id));
    SealKey key{
        .id = id, .from = {}, .until = {}, .key = CryptoKey(seal_.method), .source_line = node.line()};
    if (plain) seal_.method.is_mac() ? take_secret(node, key) : take_pair(node, key);
    read_validity(node, key);
    seal_.keys.push_back(std::move(key));
  }

  std::filesystem::path own_file(const SealKey& key, std::string_view ending) const {
    return folder_->folder / profile_.id.string() / (key.id + std::string(ending));
  }

  void report(const YamlNode& node, const SealKey& key, const std::filesystem::path& file,
              const std::expected<void, std::string>& taken) const {
    if (!taken) node.error(fmt::format("the key `{}` in {}: {}", key.id, file.string(), taken.error()));
  }

  void take_secret(const YamlNode& node, SealKey& key) const {
    if (folder_ == nullptr) return;
    const auto file = own_file(key, ".secret");
    auto text = secret_content(file);
    if (!text) return node.error(fmt::format("the key `{}`: {}", key.id, text.error()));
    report(node, key, file, key.key.take_secret(*text));
    OPENSSL_cleanse(text->data(), text->size());
  }

  void take_pair(const YamlNode& node, SealKey& key) const {
    std::filesystem::path file = profile_.file;
    std::expected<std::string, std::string> text;
    if (node.has("pem")) {
      text = node["pem"].text();
    } else if (node.has("file")) {
      const std::string named = node["file"].text();
      file = file.parent_path() / named;
      if (named.contains("..") || named.starts_with('/'))
        return node["file"].error("a public key lies beside the profile: write keys/NAME.pem");
      text = content_of(file);
    } else if (folder_ != nullptr) {
      file = own_file(key, ".pem");
      text = content_of(file);
    } else {
      return;
    }
    if (!text) return node.error(fmt::format("the key `{}`: {}", key.id, text.error()));
    if (text->contains("PRIVATE KEY"))
      return node.error(
          fmt::format("the key `{}` in {} is a private one: remove it there, and make a new pair", key.id,
                      file.string()));
    const auto taken = key.key.take_public(*text);
    report(node, key, file, taken);
    if (!taken || folder_ == nullptr || folder_->signs != way_) return;
    file = own_file(key, ".key");
    auto secret = secret_content(file);
    if (!secret) return node.error(fmt::format("the key `{}`: {}", key.id, secret.error()));
    report(node, key, file, key.key.take_private(*secret));
    OPENSSL_cleanse(secret->data(), secret->size());
  }

  /// Days in Beijing, both inclusive; a certificate's own time may be shorter, and stands for what is not
  /// written.
  void read_validity(const YamlNode& node, SealKey& key) const {
    const auto begins = key.key.not_before();
    const auto ends = key.key.not_after();
    const auto day = [&](std::string_view which, bool needed) -> std::optional<Date> {
      if (!node.has(which) && !needed) return std::nullopt;
      const std::string text = node[which].text();
      const auto date = parse_date(text);
      if (!date && !text.empty()) node[which].error(fmt::format("`{}` is no day: write 2026-01-31", text));
      return date;
    };
    const auto from = day("from", !begins);
    const auto until = day("until", !ends);
    key.from = from ? start_of(*from) : begins.value_or(Instant{});
    key.until = until ? start_of(until->plus_days(1)) : ends.value_or(Instant{});
    if (begins) key.from = std::max(key.from, *begins);
    if (ends) key.until = std::min(key.until, *ends);
    if (from && until && *until < *from)
      node["until"].error("the key ends before it begins: correct one of the days");
  }

  /// Without a mark the seal must have one length, whatever the key.
  void check_trailer() {
    auto* trailer = std::get_if<SealTrailer>(&seal_.at);
    if (trailer == nullptr || !trailer->mark.empty()) return;
    std::set<std::size_t> sizes;
    for (const SealKey& key : seal_.keys) {
      const bool is_known = seal_.method.is_mac() || key.key.can_verify();
      if (is_known) sizes.insert(key.key.seal_size());
    }
    const std::size_t size = sizes.empty() ? 0 : *sizes.begin();
    trailer->characters = seal_.encoding == Seal::Encoding::hex ? 2 * size : (size + 2) / 3 * 4;
    if (sizes.size() > 1 || (size == 0 && !sizes.empty()))
      node_["at"].error("without a mark its seals differ in length: write at: {trailer: \"MARK\"}");
  }

  /// A seal that changes the length of the message cannot be put in after its length was written.
  void check_length() const {
    const auto* place = std::get_if<SealPlace>(&seal_.at);
    const bool grows = place != nullptr && !place->span;
    const bool counted =
        profile_.framing.length || std::ranges::any_of(profile_.messages, [](const MessageMap& message) {
          return std::ranges::any_of(message.header.lines,
                                     [](const Line& line) { return line.kind == Line::Kind::body_length; });
        });
    if (way_ == Way::to_partner && grows && counted) {
      node_.error(
          "a seal in the document would change the length that stands before it: put it into framing.header, "
          "or write at: {header: NAME} or at: {trailer: MARK}");
    }
  }

  /// A mailbox's list takes the declaration off XML, and has no room for anything behind a document.
  void check_list() const {
    const auto* mailbox = std::get_if<Mailbox>(&profile_.delivery);
    if (way_ != Way::to_partner || mailbox == nullptr || std::holds_alternative<CountedList>(mailbox->list) ||
        std::holds_alternative<SealHeader>(seal_.at)) {
      return;
    }
    const bool behind = std::holds_alternative<SealTrailer>(seal_.at);
    const bool declared = std::holds_alternative<XmlList>(mailbox->list) && !profile_.xml.declaration.empty();
    if (behind || (declared && seal_.covers != Seal::Covers::place)) {
      node_.error(
          "in the mailbox's list a message would lose what is sealed: write list: {id_digits: …}, put the "
          "seal "
          "into the head, or cover one element");
    }
  }

  const YamlNode& node_;
  const Profile& profile_;
  const Way way_;
  const SealKeyFolder* folder_;
  ConfigErrors& warnings_;
  Seal seal_;
};

/// The files of a pair are named by its id: one of theirs and one of ours would be the same. A secret may
/// serve both ways.
void refuse_shared_ids(const YamlNode& node, const Sealing& sealing) {
  if (!sealing.from_partner || !sealing.to_partner) return;
  if (sealing.from_partner->method.is_mac() && sealing.to_partner->method.is_mac()) return;
  for (const SealKey& key : sealing.to_partner->keys) {
    if (sealing.from_partner->find(key.id) == nullptr) continue;
    node["to_partner"].error(fmt::format("the key `{}` is in from_partner too: give it another id", key.id));
  }
}

/// Lines for a seal that the profile does not have.
void refuse_idle_lines(const YamlNode& node, const Profile& profile, const Sealing& sealing) {
  for (const MessageMap& message : profile.messages) {
    const bool sealed =
        message.from_partner ? sealing.from_partner.has_value() : sealing.to_partner.has_value();
    if (sealed) continue;
    for (const Layout* layout : {&message.header, &message.body}) {
      for (const Line& line : layout->lines) {
        if (line.kind != Line::Kind::seal && line.kind != Line::Kind::seal_key) continue;
        node.error(
            fmt::format("line {} has a seal's place, but there is no seal.{}: write it, or give the line "
                        "`for: {}`",
                        line.source.number, message.from_partner ? "from_partner" : "to_partner",
                        message.from_partner ? "to_partner" : "from_partner"));
        return;
      }
    }
  }
}

}  // namespace

std::string_view name(SealAlgorithm algorithm) {
  return std::ranges::find(algorithms, algorithm, [](const auto& each) { return each.second; })->first;
}

std::shared_ptr<const Sealing> read_sealing(const YamlNode& node, const Profile& profile,
                                            const SealKeyFolder* keys, ConfigErrors& warnings) {
  auto sealing = std::make_shared<Sealing>();
  if (node.has("from_partner"))
    sealing->from_partner =
        SealReader(node["from_partner"], profile, Way::from_partner, keys, warnings).read();
  if (node.has("to_partner"))
    sealing->to_partner = SealReader(node["to_partner"], profile, Way::to_partner, keys, warnings).read();
  if (!node.is_null() && !sealing->from_partner && !sealing->to_partner)
    node.error("`seal` says nothing: write from_partner, to_partner, or both");
  refuse_shared_ids(node, *sealing);
  refuse_idle_lines(node, profile, *sealing);
  if (node.is_null()) return nullptr;
  return sealing;
}

}  // namespace loangate::adapters
