#include "net/identities.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/bytes.hpp"
#include "base/descriptor.hpp"
#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "base/replacement.hpp"

namespace loangate::net {
namespace {

std::string lowered(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return text;
}

bool contains(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.';
  });
}

std::string key_of(const Pin& pin) {
  return pin.spki_sha256.empty() ? pin.issuer_key_sha256 + ':' + pin.serial : pin.spki_sha256;
}

std::string read_name(const YamlNode& node) {
  std::string name = node.text();
  if (!name.empty() && !is_name(name)) {
    node.error(fmt::format("`{}` is no name: use at most 64 letters, digits, `-`, `_` and `.`", name));
  }
  return name;
}

std::string read_key(const YamlNode& node) {
  std::string key = lowered(node.text());
  if (node.is_scalar() && (key.size() != 64 || !from_hex(key))) {
    node.error("is no SHA-256: write 64 hexadecimal digits (certs/README.md says how to get them)");
  }
  return key;
}

std::string read_serial(const YamlNode& node) {
  std::string serial = lowered(node.text());
  if (node.is_scalar() &&
      (serial.empty() || serial.find_first_not_of("0123456789abcdef") != std::string::npos)) {
    node.error("is no serial number: write it in hexadecimal, as `openssl x509 -serial` prints it");
  }
  serial.erase(0, std::min(serial.find_first_not_of('0'), serial.size()));
  return serial.empty() ? "0" : serial;
}

std::optional<Instant> read_instant(const YamlNode& node) {
  if (node.is_null()) return std::nullopt;
  const auto instant = parse_instant(node.text());
  if (!instant) node.error("is no point in time: write it as 2026-01-31T00:00:00+08:00");
  return instant;
}

Pin read_pin(const YamlNode& node) {
  Pin pin;
  pin.line = node.line();
  if (node.has("spki") == node.has("issuer_key")) {
    node.error("a pin is either `spki`, or `issuer_key` with `serial`: write one of the two");
    node.members();
    return pin;
  }
  if (node.has("spki")) {
    pin.spki_sha256 = read_key(node["spki"]);
  } else {
    pin.issuer_key_sha256 = read_key(node["issuer_key"]);
    pin.serial = read_serial(node["serial"]);
  }
  pin.from = read_instant(node["from"]);
  pin.until = read_instant(node["until"]);
  if (pin.from && pin.until && *pin.until < *pin.from)
    node.error("`until` lies before `from`: correct one of them");
  pin.comment = node["comment"].text_or("");
  return pin;
}

std::vector<Pin> read_pins(const YamlNode& holder) {
  std::vector<Pin> pins;
  for (const YamlNode& node : holder["pins"].items()) pins.push_back(read_pin(node));
  if (pins.empty())
    holder.error("has no pin, so that nobody can come in under this name: add one under `pins`");
  return pins;
}

std::vector<std::string> read_words(const YamlNode& holder, std::string_view key, std::string_view remedy) {
  std::vector<std::string> words;
  for (const YamlNode& node : holder[key].items()) {
    std::string word = read_name(node);
    if (contains(words, word)) node.error(fmt::format("`{}` stands twice: keep one", word));
    words.push_back(std::move(word));
  }
  if (words.empty()) holder.error(fmt::format("has no `{}`: {}", key, remedy));
  return words;
}

/// Finds names and pins that stand twice, over senders and persons together.
class Register {
 public:
  void name(const YamlNode& node, const std::string& name) {
    const auto [known, fresh] = names_.emplace(name, node.line());
    if (!fresh)
      node.error(fmt::format("`{}` stands twice (first in line {}): keep one", name, known->second));
  }

  void pins(const YamlNode& holder, const std::string& name, const std::vector<Pin>& pins) {
    const std::vector<YamlNode> nodes = holder["pins"].items();
    for (std::size_t i = 0; i < pins.size(); ++i) {
      const std::string key = key_of(pins[i]);
      if (key == ":") continue;  // malformed, and reported
      const auto [known, fresh] = keys_.emplace(key, std::pair(name, pins[i].line));
      if (!fresh) {
        nodes[i].error(
            fmt::format("this pin stands under `{}` too (line {}): a key names one sender or person, "
                        "once",
                        known->second.first, known->second.second));
      }
    }
  }

 private:
  std::unordered_map<std::string, int> names_;
  std::unordered_map<std::string, std::pair<std::string, int>> keys_;
};

Sender read_sender(const YamlNode& node, Register& seen) {
  Sender sender{
      .name = read_name(node["name"]), .pins = read_pins(node), .partners = {}, .line = node.line()};
  sender.partners = read_words(node, "partners", "list the partners that it may speak for");
  seen.name(node, sender.name);
  seen.pins(node, sender.name, sender.pins);
  return sender;
}

Person read_person(const YamlNode& node, Register& seen) {
  Person person{.name = read_name(node["name"]), .pins = read_pins(node), .roles = {}, .line = node.line()};
  person.roles =
      read_words(node, "roles", fmt::format("give at least one of {}", fmt::join(person_roles, ", ")));
  for (const std::string& role : person.roles) {
    if (std::find(person_roles.begin(), person_roles.end(), role) == person_roles.end()) {
      node["roles"].error(fmt::format("`{}` is no role: use {}", role, fmt::join(person_roles, ", ")));
    }
  }
  seen.name(node, person.name);
  seen.pins(node, person.name, person.pins);
  return person;
}

void write_words(std::string& out, std::string_view key, const std::vector<std::string>& words) {
  fmt::format_to(std::back_inserter(out), "    {}: [{}]\n", key, fmt::join(words, ", "));
}

void write_holder(std::string& out, const std::string& name, const std::vector<Pin>& pins) {
  fmt::format_to(std::back_inserter(out), "  - name: {}\n    pins:\n", name);
  for (const Pin& pin : pins) {
    if (!pin.spki_sha256.empty()) {
      fmt::format_to(std::back_inserter(out), "      - spki: {}\n", pin.spki_sha256);
    } else {
      fmt::format_to(std::back_inserter(out), "      - issuer_key: {}\n        serial: \"{}\"\n",
                     pin.issuer_key_sha256, pin.serial);
    }
    if (pin.from) fmt::format_to(std::back_inserter(out), "        from: {}\n", format(*pin.from));
    if (pin.until) fmt::format_to(std::back_inserter(out), "        until: {}\n", format(*pin.until));
    if (!pin.comment.empty()) {
      out += "        comment: ";
      JsonWriter(out).value(pin.comment);
      out += '\n';
    }
  }
}

template <class Holder>
void add_to(std::vector<Holder>& holders, std::vector<std::string> Holder::* words, std::string_view name,
            const std::vector<std::string>& more, Pin pin) {
  auto holder = std::find_if(holders.begin(), holders.end(), [&](const Holder& h) { return h.name == name; });
  if (holder == holders.end()) {
    holders.push_back({});
    holder = holders.end() - 1;
    holder->name = name;
  }
  for (const std::string& word : more) {
    if (!contains((*holder).*words, word)) ((*holder).*words).push_back(word);
  }
  holder->pins.push_back(std::move(pin));
}

}  // namespace

bool Pin::same_key(const Pin& other) const {
  return key_of(*this) == key_of(other);
}

bool Sender::may_speak_for(std::string_view partner) const {
  return contains(partners, partner);
}

bool Person::has_role(std::string_view role) const {
  return contains(roles, role);
}

std::string_view explain(Stranger::Why why) {
  switch (why) {
    case Stranger::Why::unknown:
      return "证书未登记，请联系主管部门登记。The certificate is not registered here: ask the office to add "
             "it.";
    case Stranger::Why::not_yet:
      return "证书登记尚未生效。The certificate's registration is not in force yet.";
    case Stranger::Why::no_longer:
      return "证书登记已失效，请使用新证书。The certificate's registration has ended: use the new "
             "certificate.";
    case Stranger::Why::ambiguous:
      return "证书对应多个登记，请联系主管部门更正。The certificate is registered under two names: ask the "
             "office to "
             "correct it.";
  }
  return {};
}

std::expected<Identities, ConfigErrors> Identities::load(const std::filesystem::path& path) {
  YamlFile file(path);
  return read(path.string(), file);
}

std::expected<Identities, ConfigErrors> Identities::parse(const std::string& name, std::string_view text) {
  YamlFile file(name, text);
  return read(name, file);
}

std::expected<Identities, ConfigErrors> Identities::read(const std::string& name, const YamlFile& file) {
  Identities identities;
  identities.file_ = name;
  Register seen;
  const YamlNode root = file.root();
  for (const YamlNode& node : root["senders"].items()) identities.senders.push_back(read_sender(node, seen));
  for (const YamlNode& node : root["persons"].items()) identities.persons.push_back(read_person(node, seen));
  file.refuse_unread();
  if (!file.errors().empty()) return std::unexpected(file.errors());
  identities.index();
  return identities;
}

ConfigErrors Identities::check(const std::set<std::string>& partners) const {
  ConfigErrors errors;
  std::set<std::string> spoken_for;
  for (const Sender& sender : senders) {
    for (const std::string& partner : sender.partners) {
      spoken_for.insert(partner);
      if (partners.contains(partner)) continue;
      errors.push_back(
          {file_, sender.line,
           fmt::format("sender `{}` speaks for `{}`, which has no profile: correct it or add the "
                       "profile",
                       sender.name, partner)});
    }
  }
  for (const std::string& partner : partners) {
    if (spoken_for.contains(partner)) continue;
    errors.push_back(
        {file_, 0,
         fmt::format("no sender speaks for partner `{}`: add one (`loangate identity add`)", partner)});
  }
  return errors;
}

Identity Identities::find(const Peer& peer, Instant now) const {
  const auto by_key = places_.find(peer.spki_sha256);
  const auto by_serial = peer.issuer_key_sha256.empty()
                             ? places_.end()
                             : places_.find(peer.issuer_key_sha256 + ':' + peer.serial);
  const auto found = by_key != places_.end() ? by_key : by_serial;
  if (found == places_.end()) return Stranger{Stranger::Why::unknown};
  const Place& place = found->second;
  if (by_key != places_.end() && by_serial != places_.end() &&
      (by_serial->second.person != place.person || by_serial->second.holder != place.holder)) {
    return Stranger{Stranger::Why::ambiguous};
  }
  const Pin& pin =
      place.person ? persons[place.holder].pins[place.pin] : senders[place.holder].pins[place.pin];
  if (pin.from && now < *pin.from) return Stranger{Stranger::Why::not_yet};
  if (pin.until && now >= *pin.until) return Stranger{Stranger::Why::no_longer};
  if (place.person) return &persons[place.holder];
  return &senders[place.holder];
}

void Identities::add_to_sender(std::string_view name, const std::vector<std::string>& partners, Pin pin) {
  add_to(senders, &Sender::partners, name, partners, std::move(pin));
}

void Identities::add_to_person(std::string_view name, const std::vector<std::string>& roles, Pin pin) {
  add_to(persons, &Person::roles, name, roles, std::move(pin));
}

bool Identities::retire(const Pin& key, Instant until) {
  bool found = false;
  const auto end = [&](std::vector<Pin>& pins) {
    for (Pin& pin : pins) {
      if (!pin.same_key(key)) continue;
      pin.until = until;
      found = true;
    }
  };
  for (Sender& sender : senders) end(sender.pins);
  for (Person& person : persons) end(person.pins);
  return found;
}

void Identities::index() {
  places_.clear();
  const auto place = [this](bool person, std::size_t holder, const std::vector<Pin>& pins) {
    for (std::size_t i = 0; i < pins.size(); ++i) places_.emplace(key_of(pins[i]), Place{person, holder, i});
  };
  for (std::size_t i = 0; i < senders.size(); ++i) place(false, i, senders[i].pins);
  for (std::size_t i = 0; i < persons.size(); ++i) place(true, i, persons[i].pins);
}

std::string Identities::yaml() const {
  std::string out =
      "# Who comes with which key. Written by certs/make-dev-pki.sh and `loangate identity add|retire`.\n";
  out += senders.empty() ? "senders: []\n" : "senders:\n";
  for (const Sender& sender : senders) {
    write_holder(out, sender.name, sender.pins);
    write_words(out, "partners", sender.partners);
  }
  out += persons.empty() ? "persons: []\n" : "persons:\n";
  for (const Person& person : persons) {
    write_holder(out, person.name, person.pins);
    write_words(out, "roles", person.roles);
  }
  return out;
}

std::expected<std::unique_ptr<IdentityBook>, ConfigErrors> IdentityBook::open(std::filesystem::path path) {
  auto identities = Identities::load(path);
  if (!identities) return std::unexpected(std::move(identities.error()));
  std::unique_ptr<IdentityBook> book(new IdentityBook);
  book->path_ = std::move(path);
  book->current_ = std::make_shared<const Identities>(std::move(*identities));
  return book;
}

void IdentityBook::replace(Identities identities) {
  current_ = std::make_shared<const Identities>(std::move(identities));
  LogLine(LogLevel::info, "identities.reloaded");
}

ConfigErrors IdentityBook::reload() {
  auto identities = renewal();
  if (!identities) {
    for (const ConfigError& error : identities.error())
      LogLine(LogLevel::error, "identities.reload_refused").reason(error.text());
    return std::move(identities.error());
  }
  replace(*std::move(identities));
  return {};
}

ConfigErrors edit_identities(const std::filesystem::path& path,
                             const std::function<std::string(Identities&)>& change) {
  const auto refused = [&](std::string what) { return ConfigErrors{{path.string(), 0, std::move(what)}}; };
  const std::filesystem::path folder_path = path.has_parent_path() ? path.parent_path() : ".";
  const Descriptor folder(open(folder_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0 || flock(folder.get(), LOCK_EX) != 0) {
    return refused(fmt::format("its folder cannot be locked ({}): see that it exists and may be written",
                               std::strerror(errno)));
  }
  Identities identities;
  if (std::filesystem::exists(path)) {
    auto loaded = Identities::load(path);
    if (!loaded) return std::move(loaded.error());
    identities = std::move(*loaded);
  }
  if (std::string objection = change(identities); !objection.empty()) return refused(std::move(objection));
  const std::string text = identities.yaml();
  // The file that will stand there is judged, so its line numbers are those of the new text.
  if (auto checked = Identities::parse(path.string(), text); !checked) return std::move(checked.error());
  auto replacement = Replacement::write(path, text);
  const auto written = replacement ? replacement->take_place() : std::unexpected(replacement.error());
  if (!written) {
    return refused(fmt::format("cannot be written ({}): see that the folder may be written and has room",
                               written.error()));
  }
  return {};
}

}  // namespace loangate::net
