#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/yaml.hpp"
#include "net/http.hpp"

namespace loangate::net {

/// One key that a name may come with: either the certificate's own key, or its issuer's key and its serial.
/// Validity is real time: [from, until).
struct Pin {
  std::string spki_sha256;        // 64 lower-case hex digits, or empty
  std::string issuer_key_sha256;  // 64 lower-case hex digits, with serial, or empty
  std::string serial;             // lower-case hex without leading zeros
  std::optional<Instant> from;
  std::optional<Instant> until;
  std::string comment;
  int line = 0;  // in the file; 0: not from one

  /// Whether both name the same key.
  bool same_key(const Pin& other) const;
};

/// A host system, and the partners (institutions) that it may speak for (settled 2).
struct Sender {
  std::string name;
  std::vector<Pin> pins;
  std::vector<std::string> partners;
  int line = 0;

  bool may_speak_for(std::string_view partner) const;
};

/// What a person, or one of the bureau's systems, may do on the operations port.
inline constexpr std::array<std::string_view, 7> person_roles{"officer", "approver", "operator",     "system",
                                                              "viewer",  "auditor",  "administrator"};

struct Person {
  std::string name;
  std::vector<Pin> pins;
  std::vector<std::string> roles;  // of person_roles
  int line = 0;

  bool has_role(std::string_view role) const;
};

/// Nobody whom identities.yaml knows, and why: for the 403.
struct Stranger {
  enum class Why { unknown, not_yet, no_longer, ambiguous } why;
};

std::string_view explain(Stranger::Why why);  // Chinese and English

using Identity = std::variant<const Sender*, const Person*, Stranger>;

/// identities.yaml: who comes with which key (settled 3). A value; find() gives pointers into it.
class Identities {
 public:
  std::vector<Sender> senders;
  std::vector<Person> persons;

  /// Reads the file; all its mistakes at once: unknown keys, malformed pins, a name twice, a pin under two
  /// names, a sender without a pin or partner, an unknown role.
  static std::expected<Identities, ConfigErrors> load(const std::filesystem::path& path);
  static std::expected<Identities, ConfigErrors> parse(const std::string& file, std::string_view text);

  /// Compares with the partners that have a profile: a partner named here that has none, a partner without
  /// a sender. For `loangate check`.
  ConfigErrors check(const std::set<std::string>& partners) const;

  /// Who this is, at `now` in real time.
  Identity find(const Peer& peer, Instant now) const;

  /// Adds a pin to a name that is there, or a new name with it; partners or roles are added to those that are
  /// there. What speaks against it (a key under another name, say) is found by edit_identities().
  void add_to_sender(std::string_view name, const std::vector<std::string>& partners, Pin pin);
  void add_to_person(std::string_view name, const std::vector<std::string>& roles, Pin pin);
  /// Ends a pin's validity at `until`, whoever it belongs to; false if there is no such pin.
  bool retire(const Pin& key, Instant until);

  /// Builds what find() looks in; load() and parse() have done so. To be called after a change by hand.
  void index();

  std::string yaml() const;

 private:
  static std::expected<Identities, ConfigErrors> read(const std::string& name, const YamlFile& file);

  struct Place {
    bool person;
    std::size_t holder;
    std::size_t pin;
  };

  std::string file_;
  std::unordered_map<std::string, Place> places_;  // key: SPKI, or issuer key and serial
};

/// The identities in force, which can be renewed while the gateway runs.
class IdentityBook {
 public:
  static std::expected<std::unique_ptr<IdentityBook>, ConfigErrors> open(std::filesystem::path path);

  std::shared_ptr<const Identities> current() const { return current_.load(); }

  /// Reads the file again. With any mistake in it the old ones stay, a log line says so and the errors are
  /// returned.
  ConfigErrors reload();
  /// reload() in two steps, for who has more to bring into force at the same time.
  std::expected<Identities, ConfigErrors> renewal() const { return Identities::load(path_); }
  void replace(Identities identities);

 private:
  IdentityBook() = default;

  std::filesystem::path path_;
  std::atomic<std::shared_ptr<const Identities>> current_;
};

/// Reads identities.yaml (nothing, if there is none yet), applies `change`, checks the result as load() does
/// and writes it back: complete and flushed, or not at all. Excludes other writers meanwhile. The change
/// returns what speaks against it, or an empty text.
ConfigErrors edit_identities(const std::filesystem::path& path,
                             const std::function<std::string(Identities&)>& change);

}  // namespace loangate::net
