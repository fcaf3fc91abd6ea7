#pragma once
#include <array>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "adapters/codec/charset.hpp"
#include "base/bytes.hpp"
#include "base/yaml.hpp"
#include "domain/date.hpp"
#include "domain/ids.hpp"
#include "domain/messages.hpp"
#include "domain/record.hpp"

/// A partner's profile as the codecs walk it: what adapters/README.md describes, checked and compiled. All of
/// it is immutable after load_profile(). Texts are UTF-8; offsets, widths and sizes are bytes, counted from
/// 0.
namespace loangate::adapters {

struct Sealing;        // adapters/seal/seal.hpp
struct SealKeyFolder;  // adapters/seal/seal.hpp

enum class Format : std::uint8_t { xml, json, fixed };

/// `xml`, `json`, `fixed`.
std::string_view name(Format format);

inline constexpr std::uint16_t nowhere = 0xffff;  ///< no such line, slot, node or field

/// What fills a place that its value does not, and on which side of the value that stands.
struct Padding {
  enum class Side : std::uint8_t { left, right };
  char byte = ' ';
  Side side = Side::right;
};

/// A date or time form such as `yyyy-MM-dd` or `yyyyMMddHHmmssSSS`: every piece has a fixed place and width.
struct TimePattern {
  struct Piece {
    std::uint8_t offset = 0;
    std::uint8_t digits = 0;  ///< 0: the pattern has no such piece; reading takes the least value
  };
  std::string text;   ///< as the profile writes it, for findings
  std::string blank;  ///< the whole with `0` for each digit: all that is not a piece's digit must stand so
  Piece year, month, day, hour, minute, second;
  Piece fraction;              ///< of a second: 1 to 6 digits
  std::int64_t precision = 0;  ///< microseconds: what a written instant is cut to

  std::size_t size() const { return blank.size(); }
};

// ---- forms: how a value is written
// ----------------------------------------------------------------------------

struct TextForm {
  bool trim = false;  ///< XML, JSON: spaces around the value are no part of it
  bool cut = false;   ///< what is too long for the place is cut at a character's edge; only in what we write
  std::vector<std::string> none;  ///< values that say 'absent'; the first is written for it
};

/// A number of yuan with `places` digits after the point, which is written or implied: fen is `places 2, no
/// point`.
struct MoneyForm {
  enum class Sign : std::uint8_t {
    none,         ///< none is written; a negative amount cannot be
    leading,      ///< + or - always, before all digits and zeros
    if_negative,  ///< - only
    trailing,     ///< + or - always, after the digits
    flag,         ///< a place of its own says `plus` or `minus`
  };
  std::uint8_t places = 2;
  bool point = true;
  Sign sign = Sign::none;
  std::uint16_t flag_slot = nowhere;  ///< Sign::flag: in the same layout
  std::string plus, minus;
};

/// millionths a year = number × `scale`, where the number has `places` digits after its point, written or
/// implied. percent 10'000, fraction 1'000'000, permille_month 12'000, per_10000_day 100 × days of the year.
struct RateForm {
  std::int64_t scale = 10'000;
  std::uint8_t places = 4;
  bool point = true;
  std::string unit;  ///< the name of the scale, for findings
};

struct DateForm {
  TimePattern pattern;
  std::vector<std::string> none;  ///< as in TextForm
};

struct InstantForm {
  TimePattern pattern;  ///< of all parts together
  std::vector<std::string> none;
};

/// The partner's codes for one canonical code list.
struct CodeMap {
  std::string name;
  const CodeListSpec* list = nullptr;
  std::vector<std::string> written;  ///< by canonical code; empty: the partner has no code for it
  std::vector<std::pair<std::string, Code>> read;  ///< sorted by the partner's code; several may mean one
  std::string known;                               ///< the partner's codes, for findings: `1, 2, 3`

  std::optional<Code> find(std::string_view partner_code) const;
};

struct CodeForm {
  const CodeMap* map = nullptr;
};

struct CountForm {
  bool negative = false;  ///< may be: written with `-` only
};

/// Of a constant or filler: monostate.
using Form =
    std::variant<std::monostate, TextForm, MoneyForm, RateForm, DateForm, InstantForm, CodeForm, CountForm>;

/// The values that say 'absent'; of a form that has none an empty list.
const std::vector<std::string>& none_of(const Form& form);

// ---- places
// ---------------------------------------------------------------------------------------------------

/// Bytes of a fixed-width record, header or segment.
struct Span {
  std::uint32_t offset = 0;
  std::uint32_t width = 0;
};
/// A column of a delimited record or segment; width 0: as long as the value is.
struct Column {
  std::uint16_t index = 0;
  std::uint16_t width = 0;
};
/// An element's text, an attribute, or a JSON member: a node of the layout's tree.
struct Leaf {
  std::uint16_t node = 0;
};
/// No place of its own: a part that repeats another field of the message, which is read before and must agree
/// when written. An instant is repeated in Slot::pattern, a text as it is.
struct Derived {
  std::uint16_t field = 0;
};
using Place = std::variant<Span, Column, Leaf, Derived>;

/// JSON: as what a value stands in the document.
enum class JsonAs : std::uint8_t { string, number, boolean };

/// One place in the partner's document.
struct Slot {
  Place place;
  Padding padding;
  JsonAs as = JsonAs::string;
  std::uint16_t size = 0;  ///< of a part: exactly so many bytes; 0: any
  std::vector<std::string> none =
      {};  ///< of a part: what it says when the whole is absent; the first is written
  std::optional<TimePattern> pattern;  ///< of a part of a text: it must be a date of this form
  std::uint16_t line = nowhere;        ///< whose place it is; nowhere: a group's count
  std::string name;  ///< `/TX/AMT`, `/body/amount`, `13+17`, `column 5`; within a group relative to its row
};

/// XML, JSON: what an optional field without a value, or a group without rows, looks like when written.
/// Reading takes all of them for absent. (Fixed: blanks, or the form's first `none`.)
enum class Absent : std::uint8_t { omit, empty, null };

/// One line of the mapping: what stands at one place, or at several that make one value.
struct Line {
  enum class Kind : std::uint8_t {
    field,        ///< a canonical field
    constant,     ///< always `text`; anything else is a fault
    filler,       ///< written as padding, ignored when read
    type,         ///< the message's code, `text`: tells which message it is
    body_length,  ///< in a header: how many bytes follow the header
    seal,         ///< the seal's place: written as `text` until the seal is put there, ignored when read
    seal_key,     ///< the same of the id of the seal's key
  };
  Kind kind = Kind::field;
  std::uint16_t field = nowhere;  ///< in the layout's record
  bool required = false;          ///< the canonical field is
  bool transport = false;         ///< not content (settled 11)
  bool one_way = false;           ///< stands only in some messages of the profile, by its `for`
  Absent absent = Absent::omit;
  Form form = {};
  std::uint16_t first_slot = 0;  ///< of its slots, which lie one after the other
  std::uint16_t slot_count =
      1;                  ///< more than one: the value is composed of parts (a flag_slot is not among them)
  std::string join = {};  ///< between the parts' texts; no part but the last may contain it
  std::string text = {};  ///< constant, type
  YamlLine source = {};   ///< where the profile, or its base, has it
};

/// XML, JSON: the document as a tree. Node 0 is the document (JSON: its object) or a group's row.
struct Node {
  std::string name = {};               ///< local name, attribute name, or member name (without escapes)
  std::string qualified = {};          ///< XML: with its prefix, as it is written
  std::uint16_t name_space = nowhere;  ///< XML: of Profile::namespaces; nowhere: in none
  bool attribute = false;
  std::uint16_t parent = nowhere;
  std::uint16_t slot = nowhere;   ///< a leaf's
  std::uint16_t group = nowhere;  ///< this element repeats, or this member is an array: of MessageMap::groups
  std::vector<std::uint16_t> children = {};  ///< in the order of writing; attributes first
};

/// A header, a body, or a group's row. Lines stand in document order, those with a Derived part last.
struct Layout {
  const RecordSpec* record = nullptr;
  std::vector<Slot> slots;
  std::vector<Line> lines;
  std::vector<Node> nodes;    ///< XML, JSON
  std::uint32_t size = 0;     ///< fixed: bytes of the record without separator
  std::uint16_t columns = 0;  ///< delimited

  std::span<const Slot> slots_of(const Line& line) const {
    return std::span(slots).subspan(line.first_slot, line.slot_count);
  }
};

/// A repeated record within a message.
struct Group {
  /// Elements or array items: the node of the body's layout that repeats.
  struct Repeated {
    std::uint16_t node;
  };
  /// `times` segments one after the other inside the record: bytes (or columns) each. Unused ones are blank.
  struct Segments {
    std::uint32_t offset, width;
  };
  /// Records of their own after the main one, each known by `tag` at `place`; the rows' layout has the tag as
  /// a constant line too.
  struct Tagged {
    std::string tag;
    Place place;
  };
  std::uint16_t field = 0;
  bool required = false;
  std::uint16_t times = 0;  ///< rows at most
  std::uint16_t count_slot =
      nowhere;  ///< of the body: holds the number of rows; nowhere: blank segments end it
  std::uint16_t more_field =
      nowhere;  ///< `findings_more` beside `findings`: how many rows were left out (settled 14)
  Absent absent = Absent::omit;
  std::variant<Repeated, Segments, Tagged> where;
  Layout rows;
  std::string name;      ///< `/TX/LIST/ITEM`, `/body/items`, `201+60`, `records C`
  YamlLine source = {};  ///< where the profile, or its base, has it
};

/// What to do when the answer to a push is neither yes nor no (settled 20).
enum class OnUnknown : std::uint8_t { resend, query, park };
/// What to do with a character that the charset lacks (settled 24).
enum class Unmappable : std::uint8_t { park, mark };

/// One message in the partner's form.
struct MessageMap {
  MessageKind kind;
  bool from_partner = false;  ///< it is sent by the partner: in, reply; else by us: answer, out
  std::string code = {};      ///< what stands at the type's place
  Layout header = {};         ///< the block before the body; no lines if the profile has none
  Layout body = {};
  std::vector<Group> groups = {};
  OnUnknown on_unknown = OnUnknown::resend;  ///< out
  Unmappable unmappable = Unmappable::park;  ///< answer, out
};

// ---- the document around it
// -----------------------------------------------------------------------------------

/// A decimal number in ASCII before everything: how many bytes there are.
struct LengthPrefix {
  std::uint8_t digits = 8;
  bool counts_itself = false;
  Padding padding{'0', Padding::Side::left};
};

/// Length prefix, header block, body, end marker, in this order.
struct Framing {
  std::optional<LengthPrefix> length;  ///< counts all that follows it, end marker included
  std::uint32_t header_size = 0;       ///< bytes of the header block; 0: none
  std::string end;                     ///< bytes after the body
};

struct XmlStyle {
  std::string declaration;            ///< written as it stands; empty: none
  bool declaration_required = false;  ///< a message without one is refused
};

struct Namespace {
  std::string prefix;  ///< empty: the default one
  std::string uri;
};

struct FixedStyle {
  std::string separator;          ///< after each record: "\r\n", "\n" or nothing
  std::optional<char> delimiter;  ///< between columns; none: bytes counted
  bool trailing_delimiter = false;
};

/// Where the message's type stands. All messages of a profile have it at the same place.
struct TypePlace {
  bool in_header = false;
  Place place;  ///< Span or Column; of XML and JSON Leaf{0}: see path
  Padding padding;
  JsonAs as = JsonAs::string;
  std::vector<Node> path;  ///< XML, JSON: from the root to the leaf; names and namespaces only
  std::string name;
};

/// Named departures from the profile that reading forgives. Each has its reason in the profile.
struct Leniencies {
  bool ignore_unknown = false;       ///< XML, JSON: elements and members without a line
  bool fewer_places = false;         ///< amounts and rates with fewer digits after the point, or none
  bool any_padding = false;          ///< fixed: spaces on either side of a value
  bool optional_record_end = false;  ///< fixed: the last separator may be missing
};

/// One of them as the profile states it.
struct Leniency {
  std::string option;
  std::string reason;
  Date until;  ///< the last day on which it is meant to be needed
  YamlLine source;
};

/// Several messages in one body (settled 23).
struct XmlList {
  std::string root, item, id;   ///< names; the items are documents without declaration
  bool id_is_attribute = true;  ///< of the item, or else an element in it before the document
};
struct JsonList {
  std::string items, id, message;  ///< member names: {items: [{id: "7", message: {…}}, …]}
};
/// Before each message its delivery id and its size in bytes, as zero-padded ASCII digits.
struct CountedList {
  std::uint8_t id_digits = 20;
  std::uint8_t length_digits = 8;
};
using ListEnvelope = std::variant<XmlList, JsonList, CountedList>;

struct Push {
  std::string url;
  std::string server_name;  ///< that its certificate must carry; empty: the URL's host
  int within_seconds = 10;  ///< for the whole answer
};
struct Mailbox {
  ListEnvelope list;
};
using Delivery = std::variant<Push, Mailbox>;

struct BatchForm;
struct FileDrop;  // file_drop.hpp

struct Bounds {
  std::uint32_t body_bytes = 65'536;
  std::uint32_t messages_per_second = 50;
};

class Profile {
 public:
  Profile() = default;
  Profile(Profile&&) noexcept = default;
  Profile& operator=(Profile&&) noexcept = default;
  Profile(const Profile&) = delete;  // CodeForm points into codes
  Profile& operator=(const Profile&) = delete;

  std::string file;
  std::string base_file;  ///< of the base that it stands on; empty: none
  Digest version{};       ///< SHA-256 of effective_profile(): which one was in force (in every entry)
  PartnerId id;
  PartnerRole role = PartnerRole::bank;
  std::string name_zh, name_en;
  std::optional<InstitutionCode> institution_code;

  Format format = Format::xml;
  Charset charset = Charset::utf8;
  std::vector<std::string> content_types;  ///< lower case, without parameters; the first is what we write
  Bounds bounds;
  Framing framing;
  XmlStyle xml;
  std::vector<Namespace> namespaces;
  FixedStyle fixed;
  std::uint8_t indent = 0;  ///< XML, JSON: spaces a level, with line feeds; 0: all in one line
  Leniencies lenient;
  std::vector<Leniency> leniencies;
  Delivery delivery;
  std::shared_ptr<const Sealing> sealing;  ///< null: messages are not sealed
  std::shared_ptr<const FileDrop> files;   ///< null: no files go to and fro

  std::vector<CodeMap> codes;
  TypePlace type;
  std::vector<MessageMap> messages;        ///< in the order of the catalogue
  std::shared_ptr<const BatchForm> batch;  ///< its files of many records; null: it sends none

  /// A mistake or a warning about that line, in whichever of its files it stands.
  ConfigError at(YamlLine line, std::string what) const {
    return {line.file == 0 ? file : base_file, line.number, std::move(what)};
  }
  const Push* push() const { return std::get_if<Push>(&delivery); }

  /// The mapping of a kind, or null if this partner has none.
  const MessageMap* find(MessageKind kind) const;
  /// The mapping whose type code this is, or null.
  const MessageMap* find_code(std::string_view code) const;
  /// The type codes of what the partner sends, for findings: `5W1001, 5W1002`.
  const std::string& known_codes() const { return known_codes_; }

 private:
  friend class ProfileCompiler;
  std::array<std::uint8_t, message_kind_count> by_kind_{};  // place in messages + 1
  std::vector<std::pair<std::string, std::uint8_t>> by_code_;
  std::string known_codes_;
};

/// A profile, or every mistake in it. What works but is doubtful is added to `warnings`. The file stands at
/// `<partners>/<id>/profile.yaml`; a base that it names at `<partners>/../bases/<name>.yaml`. Without `keys`
/// its seals have only the public keys that stand beside the profile: enough to check and to describe it.
std::expected<Profile, ConfigErrors> load_profile(const std::filesystem::path& file,
                                                  ConfigErrors* warnings = nullptr,
                                                  const SealKeyFolder* keys = nullptr);
/// The same from text that stands for `<name>/profile.yaml`. Without a folder of bases it may name none.
std::expected<Profile, ConfigErrors> load_profile(std::string name, std::string_view text,
                                                  ConfigErrors* warnings = nullptr,
                                                  const SealKeyFolder* keys = nullptr,
                                                  const std::filesystem::path& bases = {});

/// The profile's text as it takes effect, which loads to the same profile without a base: the file's own
/// bytes if it has none, else both written as one document.
std::expected<std::string, ConfigErrors> effective_profile(const std::filesystem::path& file);

/// An error for each leniency whose last day lies before `today`.
ConfigErrors expired_leniencies(const Profile& profile, Date today);

/// All partners of a folder. Immutable; shared by all threads.
class Partners {
 public:
  explicit Partners(std::vector<std::unique_ptr<const Profile>> profiles);

  /// The partner's profile, or null.
  const Profile* find(const PartnerId& id) const;
  /// All, in the order of their ids.
  std::span<const std::unique_ptr<const Profile>> all() const { return profiles_; }

  /// The same with this profile in the place of its partner's.
  Partners with(Profile profile) &&;

 private:
  std::vector<std::unique_ptr<const Profile>> profiles_;
};

/// Loads `<folder>/<id>/profile.yaml` of every partner; all mistakes of all of them at once.
std::expected<Partners, ConfigErrors> load_partners(const std::filesystem::path& folder,
                                                    ConfigErrors* warnings = nullptr,
                                                    const SealKeyFolder* keys = nullptr);

/// The features of the language that a profile uses: `money.fen`, `group.segments` …, sorted.
std::vector<std::string_view> features(const Profile& profile);

/// Feature × profile (settled 49).
struct Spread {
  struct Pair {
    PartnerId first, second;
    std::vector<std::string_view> differ;
  };
  std::vector<std::pair<std::string_view, std::vector<PartnerId>>> used;  ///< every feature of the language
  std::vector<std::string_view> rare;                                     ///< in fewer than two profiles
  std::vector<Pair> alike;  ///< of one format, differing in fewer than three features
};
Spread spread(const Partners& partners);

}  // namespace loangate::adapters
