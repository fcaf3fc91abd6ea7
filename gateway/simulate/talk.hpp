#pragma once
#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/yaml.hpp"
#include "domain/messages.hpp"
#include "simulate/endpoint.hpp"
#include "simulate/faults.hpp"

/// Conversation scripts: what a partner sends and what must come back, as `tests/talk/README.md` describes
/// them. A script knows no format: the same one is played by every partner of its role, by its profile.
namespace loangate::simulate {

/// A text as the script writes it, with variables in braces: `HT-{loan}`, `{today + 30}`.
struct Words {
  std::string text;
  int line = 0;
};

/// One field of a message as the script gives it, or as it must come.
struct Given {
  std::uint16_t field = 0;  ///< in the record
  Words words;
  std::vector<std::vector<Given>> rows;  ///< of a group
};
using GivenFields = std::vector<Given>;

/// Values of an answer or a message that later steps name: variable, field.
using Keeps = std::vector<std::pair<std::string, std::uint16_t>>;

/// What the receipt must say.
struct Expected {
  struct Reason {
    std::string code;                    ///< of schemas/findings.yaml
    std::optional<std::uint16_t> field;  ///< it must point to this field's place in the partner's own bytes
  };
  std::optional<Outcome> outcome;
  bool duplicate = false;          ///< the first receipt again, byte for byte
  std::optional<unsigned> status;  ///< else what belongs to the outcome
  std::vector<Reason> reasons;     ///< these at least
  GivenFields fields;              ///< of the receipt
};

/// `send`, `again`: a message of the partner's.
struct Send {
  MessageKind kind = {};
  std::string again;     ///< instead of a new message the bytes that were sent under this name
  GivenFields fields;    ///< with the letter's; of `again`: what is changed, under the same message id
  std::string as;        ///< the name under which later steps speak of it
  bool damaged = false;  ///< in every way that this format can be
  SendFault fault = SendFault::none;
  Expected expect;
  Keeps keep;
};
/// `call`: any request to the partners' port.
struct Call {
  std::string method;
  Words target;
  std::string content_type;
  Words body;
  unsigned status = 200;
  std::string same_as;  ///< the answer must be the receipt of what was sent under this name
};
/// `receive`, `never`: what comes by push or lies in the mailbox.
struct Receive {
  MessageKind kind = {};
  GivenFields where;   ///< which one is meant
  GivenFields fields;  ///< what it must say
  Keeps keep;
  unsigned times = 0;  ///< it must have come so often at least, and counts once; 0: any
  bool never = false;
};
/// `office`: the bureau enters or decides.
struct OfficeAct {
  MessageKind kind = {};
  GivenFields fields;
};
/// `go_to`: nine o'clock of a later day.
struct GoTo {
  Words day;
};
/// `hand_in`: documents that an application will name.
struct HandIn {
  std::vector<DocumentKind> kinds;
};
/// `order`: how the partner misbehaves with the next things that come to it.
struct Order {
  Mood mood = Mood::well;
  unsigned times = 1;
};
/// `let`: variables.
struct Let {
  std::vector<std::pair<std::string, Words>> values;
};

struct Step {
  int line = 0;
  std::string by;  ///< of the cast; empty: the partner that the script is about
  std::variant<Send, Call, Receive, OfficeAct, GoTo, HandIn, Order, Let> act;
};

/// A place that a partner's format must have, or a code that it must know.
struct Need {
  std::string text;  ///< as the script says it
  MessageKind kind = {};
  std::uint16_t field = 0;
  std::optional<Code> code;
};

struct Role {
  PartnerRole role = {};
  std::vector<Need> needs;
};

struct Script {
  std::string file;
  std::string name;  ///< `bank/01-filing`
  std::string zh, en;
  std::string text_zh, text_en;  ///< what it shows
  Role plays;
  std::optional<bool> pushed;      ///< only for partners that are pushed to (true) or have a mailbox (false)
  bool another_programme = false;  ///< only under a programme with partners of its own; else only under the
                                   ///< one that is for everybody
  std::map<std::string, Role> cast;
  std::vector<std::string> companies;  ///< on the support list, unknown before
  std::vector<std::string> loans;      ///< loan numbers that nobody has used
  std::vector<Step> steps;
};

/// What a message usually says: fields by message, where a script gives no others.
using Letters = std::map<MessageKind, GivenFields>;

struct Talk {
  Letters letters;
  std::vector<Script> scripts;  ///< by name
};

/// Reads `FOLDER/letters.yaml` and every `FOLDER/<role>/*.yaml`; all mistakes at once, each with file, line
/// and what to do. Messages, fields, codes and variables are checked here, before anything is sent.
std::expected<Talk, ConfigErrors> load_talk(const std::filesystem::path& folder);

/// Reads one script, with the letters of the folder above its own: a talk of one.
std::expected<Talk, ConfigErrors> load_script(const std::filesystem::path& file);

/// The fields of a step over those of its letter.
GivenFields over(const Letters& letters, MessageKind kind, const GivenFields& fields);

}  // namespace loangate::simulate
