#include "adapters/workbench/draft.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "adapters/codec/charset.hpp"
#include "adapters/codec/forms.hpp"
#include "adapters/profile/time_pattern.hpp"
#include "adapters/workbench/names.hpp"
#include "adapters/workbench/sketch.hpp"
#include "base/contains.hpp"
#include "base/json_writer.hpp"
#include "domain/uscc.hpp"

namespace loangate::adapters {
namespace {

// ---- names

/// Small letters, digits and hanzi alone.
std::string squashed(std::string_view name) {
  std::string made;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') {
      made += static_cast<char>(c - 'A' + 'a');
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80) {
      made += c;
    }
  }
  return made;
}

/// `LOAN_NO`, `loanNo` → loan, no.
std::vector<std::string> words_in(std::string_view name) {
  std::vector<std::string> words;
  bool fresh = true;
  char before = '\0';
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool letter =
        upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
    if (!letter) {
      fresh = true;
      continue;
    }
    if (upper && before >= 'a' && before <= 'z') fresh = true;
    if (fresh) words.emplace_back();
    words.back() += upper ? static_cast<char>(c - 'A' + 'a') : c;
    fresh = false;
    before = c;
  }
  return words;
}

/// The dictionary of names.yaml.
class Dictionary {
 public:
  static const Dictionary& get() {
    static const Dictionary dictionary;
    return dictionary;
  }

  /// 10: the name means the field; 0: nothing of it.
  double score(const FieldSpec& field, std::string_view name) const {
    if (name.empty()) return 0;
    const std::string flat = squashed(name);
    if (flat == squashed(field.name) || name == field.zh || flat == squashed(field.en)) return 10;
    if (const auto known = fields_.find(field.name); known != fields_.end() && known->second.contains(flat))
      return 10;
    if (name.find(field.zh) != name.npos) return 8;
    return alike(words_in(field.name), words_in(name));
  }

  bool is_type(std::string_view name) const { return types_.contains(squashed(name)); }

  double group_score(std::string_view field, std::string_view name) const {
    const std::string flat = squashed(name);
    if (flat == squashed(field)) return 10;
    const auto known = groups_.find(field);
    return known != groups_.end() && known->second.contains(flat) ? 10 : 0;
  }

  /// How much a file's name or a code says of a message.
  double message_score(std::string_view message, std::string_view text) const {
    const std::string flat = squashed(text);
    if (flat.contains(squashed(message))) return 100;
    const auto known = messages_.find(message);
    if (known == messages_.end()) return 0;
    for (const std::string& alias : known->second) {
      if (alias.size() > 3 ? flat.contains(alias) : contains(words_in(text), alias)) return 30;
    }
    return 0;
  }

 private:
  using Names = std::map<std::string, std::set<std::string>, std::less<>>;

  Dictionary() {
    const YamlFile file("names.yaml", names_yaml);
    const auto read = [](const YamlNode& map, Names& into) {
      for (const auto& [key, list] : map.members()) {
        for (const YamlNode& name : list.items()) into[key].insert(squashed(name.text()));
      }
    };
    read(file.root()["words"], words_);
    read(file.root()["fields"], fields_);
    read(file.root()["groups"], groups_);
    read(file.root()["messages"], messages_);
    for (const YamlNode& name : file.root()["type"].items()) types_.insert(squashed(name.text()));
  }

  /// Up to 9, by how many words of each the other has.
  double alike(const std::vector<std::string>& ours, const std::vector<std::string>& theirs) const {
    std::size_t found = 0;
    for (const std::string& word : ours) {
      const auto known = words_.find(word);
      found += std::ranges::any_of(theirs, [&](const std::string& given) {
        return given == word || (known != words_.end() && known->second.contains(given));
      });
    }
    const std::size_t least = std::min(found, theirs.size());
    return 9.0 * 2.0 * static_cast<double>(least) / static_cast<double>(ours.size() + theirs.size());
  }

  Names words_, fields_, groups_, messages_;
  std::set<std::string> types_;
};

// ---- values

constexpr std::string_view date_forms[] = {"yyyyMMdd",   "yyyy-MM-dd",     "yyyy/MM/dd",
                                           "yyyy.MM.dd", "yyyy年MM月dd日", "yyMMdd"};
constexpr std::string_view instant_forms[] = {"yyyyMMddHHmmss",
                                              "yyyyMMddHHmmssSSS",
                                              "yyyy-MM-dd HH:mm:ss",
                                              "yyyy-MM-ddTHH:mm:ss",
                                              "yyyy/MM/dd HH:mm:ss",
                                              "yyyy-MM-ddTHH:mm:ss+08:00",
                                              "yyyy-MM-ddTHH:mm:ss.SSS+08:00",
                                              "yyyy-MM-ddTHH:mm:ss.SSS",
                                              "yyyy-MM-dd HH:mm:ss.SSS",
                                              "yyMMddHHmmss",
                                              "yyyyMMdd HH:mm:ss",
                                              "yyyy-MM-ddTHH:mm:ss.SSSSSS+08:00",
                                              "yyyyMMdd-HH:mm:ss"};

bool is_zeros(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0-") == text.npos;
}

template <class Reads>
std::optional<std::string_view> form_of(const Sighting& place, std::span<const std::string_view> forms,
                                        Reads reads) {
  for (const std::string_view form : forms) {
    const auto pattern = parse_time_pattern(std::string(form));
    if (!pattern) continue;
    bool any = false;
    const bool all = std::ranges::all_of(place.values, [&](const std::string& value) {
      if (is_zeros(value) && value.size() == pattern->size()) return true;
      const bool fits = reads(*pattern, value);
      any = any || fits;
      return fits;
    });
    if (all && any) return form;
  }
  return std::nullopt;
}

std::optional<std::string_view> date_form(const Sighting& place) {
  return form_of(place, date_forms, [](const TimePattern& pattern, const std::string& text) {
    return read_date(pattern, text).has_value();
  });
}
std::optional<std::string_view> instant_form(const Sighting& place) {
  return form_of(place, instant_forms, [](const TimePattern& pattern, const std::string& text) {
    return read_instant(pattern, text).has_value();
  });
}

bool is_number(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  if (text.ends_with('+') || text.ends_with('-')) text.remove_suffix(1);
  bool point = false;
  for (const char c : text) {
    if (c == '.' && !point) {
      point = true;
    } else if (c < '0' || c > '9') {
      return false;
    }
  }
  return !text.empty() && text.front() != '.';
}

std::size_t decimals_of(std::string_view number) {
  const std::size_t point = number.find('.');
  if (point == number.npos) return 0;
  return number.substr(point + 1).find_first_not_of("0123456789") == number.npos ? number.size() - point - 1
                                                                                 : number.size() - point - 2;
}

template <class Is>
bool all(const Sighting& place, Is is) {
  return std::ranges::all_of(place.values, is);
}

/// What the values say for or against a field: below −5, it cannot be.
double shape_score(const FieldSpec& field, const Sighting& place) {
  if (place.values.empty()) return 0;
  const bool numbers = all(place, is_number);
  const bool point =
      std::ranges::any_of(place.values, [](const std::string& text) { return text.contains('.'); });
  switch (field.type) {
    case FieldType::text:
      if (field.name == "company_uscc") return all(place, is_uscc) ? 8 : -8;
      if (field.name == "currency")
        return all(place, [](const std::string& text) { return text.size() == 3; }) ? 2 : -4;
      if (std::ranges::any_of(place.values,
                              [&](const std::string& text) { return text.size() > field.max_bytes; }))
        return -8;
      if (all(place, is_uscc)) return -6;
      if (field.name == "company_name")
        return all(place,
                   [](const std::string& text) { return text.contains("公司") || text.contains("厂"); })
                   ? 6
                   : -1;
      if (field.name.ends_with("_no") || field.name.ends_with("_id"))
        return point && numbers                                                                         ? -4
               : all(place, [](const std::string& text) { return is_ascii(text) || text.size() < 40; }) ? 1
                                                                                                        : -3;
      return point && numbers ? -4 : 0;
    case FieldType::money:
      return !numbers ? -9 : point ? 2 : date_form(place) ? -4 : 0;
    case FieldType::rate:
      return !numbers ? -9
             : point && std::ranges::all_of(place.values,
                                            [](const std::string& text) { return text.size() <= 12; })
                 ? 1
                 : -2;
    case FieldType::date:
      return date_form(place) ? 2 : -9;
    case FieldType::instant:
      return instant_form(place) ? 2 : -9;
    case FieldType::code:
      return all(place, [](const std::string& text) { return text.size() <= 40 && !text.contains(' '); }) &&
                     !(numbers && point)
                 ? 1
                 : -6;
    case FieldType::count:
      return numbers && !point ? 1 : -9;
    case FieldType::group:
      break;
  }
  return -9;
}

// ---- which field a place is

struct Guess {
  std::size_t place = 0;
  std::uint16_t field = 0;
  double score = 0;
  std::string rival;  ///< another field that is nearly as likely
  bool sure() const { return score >= 9 && rival.empty(); }
};

double score_of(const FieldSpec& field, const Sighting& place) {
  if (field.type == FieldType::group) return 0;
  const double shape = shape_score(field, place);
  if (shape <= -6) return 0;
  const Dictionary& names = Dictionary::get();
  double name = names.score(field, place.name);
  if (name < 9 && !place.parent.empty())
    name = std::max(name, names.score(field, place.parent + "_" + place.name) - 1);
  if (name < 9 && !place.remark.empty() && place.remark.contains(field.zh)) name = 9;
  // A USCC is known by its check digits, a company's name by what it ends with.
  if (name < 5 && shape >= 6) name = 2;
  return name + shape;
}

constexpr double least_score = 5.5;

/// The best fields for the places, each at most once.
std::vector<Guess> assign(const RecordSpec& record, const std::vector<Sighting>& places) {
  std::vector<Guess> all_pairs;
  for (std::size_t i = 0; i < places.size(); ++i) {
    for (std::uint16_t field = 0; field < record.fields.size(); ++field) {
      const double score = score_of(record.fields[field], places[i]);
      if (score >= least_score) all_pairs.push_back({i, field, score, {}});
    }
  }
  std::ranges::sort(all_pairs, [](const Guess& a, const Guess& b) {
    return std::tuple(-a.score, a.place, a.field) < std::tuple(-b.score, b.place, b.field);
  });
  std::vector<Guess> made;
  for (Guess& guess : all_pairs) {
    if (contains(made, guess.field, &Guess::field)) continue;
    const auto taken = std::ranges::find(made, guess.place, &Guess::place);
    if (taken == made.end()) {
      made.push_back(std::move(guess));
    } else if (guess.score + 1.5 >= taken->score && taken->rival.empty() && guess.score > 8) {
      taken->rival = record.fields[guess.field].name;
    }
  }
  std::ranges::sort(made, {}, &Guess::place);
  return made;
}

struct GroupGuess {
  std::uint16_t field = 0;
  const SketchedGroup* group = nullptr;
  std::vector<Guess> lines;
};

/// One message of the draft.
struct Drafted {
  MessageKind kind{};
  std::string when;
  bool kind_told = false;
  const Sketch* sketch = nullptr;
  std::vector<Guess> lines;
  std::vector<GroupGuess> groups;
};

std::vector<GroupGuess> assign_groups(const RecordSpec& record, const Sketch& sketch) {
  std::vector<GroupGuess> made;
  for (const SketchedGroup& group : sketch.groups) {
    GroupGuess best;
    double most = 5;
    for (std::uint16_t field = 0; field < record.fields.size(); ++field) {
      const FieldSpec& spec = record.fields[field];
      if (spec.type != FieldType::group || contains(made, field, &GroupGuess::field)) continue;
      auto lines = assign(*spec.group, group.places);
      double score = std::max(Dictionary::get().group_score(spec.name, group.name),
                              Dictionary::get().group_score(spec.name, group.parent));
      for (const Guess& line : lines) score += line.score / 3;
      if (score <= most) continue;
      most = score;
      best = {field, &group, std::move(lines)};
    }
    if (best.group != nullptr) made.push_back(std::move(best));
  }
  return made;
}

/// How well a message fits the places: required fields count, those that find no place against it.
double fit(const RecordSpec& record, const std::vector<Guess>& lines, const std::vector<GroupGuess>& groups) {
  double score = 0;
  for (std::uint16_t field = 0; field < record.fields.size(); ++field) {
    const bool found = contains(lines, field, &Guess::field) || contains(groups, field, &GroupGuess::field);
    if (found) {
      score += record.fields[field].required ? 6 : 2;
    } else if (record.fields[field].required) {
      score -= 8;
    }
  }
  return score;
}

class Drafter {
 public:
  Drafter(const DraftOrder& order, const Sketches& sketches) : order_(order), sketches_(sketches) {}

  std::string write() {
    find_type();
    unite();
    choose_kinds();
    lift_envelope();
    head();
    codes();
    envelope();
    messages();
    return std::move(out_);
  }

 private:
  // ---- what the documents have in common

  /// The place that tells the message: by its name, else one that differs from file to file.
  void find_type() {
    std::map<std::string, std::pair<std::size_t, bool>> candidates;  // in how many sketches, named so
    for (const Sketch& sketch : sketches_.messages) {
      for (const Sighting& place : sketch.places) {
        if (place.values.size() > 1 && !place.enumerated) continue;
        auto& [count, named] = candidates[place.at];
        ++count;
        named = named || Dictionary::get().is_type(place.name) || place.remark.contains("交易码");
      }
    }
    double best = 0;
    for (const auto& [at, seen] : candidates) {
      const bool everywhere = seen.first == sketches_.messages.size();
      std::set<std::string> values;
      for (const Sketch& sketch : sketches_.messages) values.insert(value_at(sketch, at));
      const double score =
          (seen.second ? 10.0 : 0) + (everywhere ? 4 : 0) +
          (sketches_.messages.size() > 2 && values.size() == sketches_.messages.size() ? 1 : 0) -
          (values.contains("") ? 3 : 0);
      if (score <= best) continue;
      best = score;
      type_at_ = at;
      type_named_ = seen.second;
    }
  }

  static const Sighting* find(const std::vector<Sighting>& places, std::string_view at) {
    const auto found = std::ranges::find(places, at, &Sighting::at);
    return found == places.end() ? nullptr : &*found;
  }
  static std::string value_at(const Sketch& sketch, std::string_view at) {
    const Sighting* place = find(sketch.places, at);
    return place == nullptr || place->values.empty() ? "" : place->values.front();
  }

  /// Samples of one code are one message.
  void unite() {
    for (const Sketch& sketch : sketches_.messages) {
      const std::string code = value_at(sketch, type_at_);
      Sketch* same = nullptr;
      for (Sketch& other : united_) {
        const bool told = sketch.told && other.told == sketch.told;
        if (told || (!code.empty() && value_at(other, type_at_) == code && (!sketch.told || !other.told)))
          same = &other;
      }
      if (same == nullptr) {
        united_.push_back(sketch);
        continue;
      }
      if (!same->told) same->told = sketch.told;
      add_places(same->places, sketch.places);
      for (const SketchedGroup& group : sketch.groups) {
        const auto known = std::ranges::find(same->groups, group.each, &SketchedGroup::each);
        if (known == same->groups.end()) {
          same->groups.push_back(group);
        } else {
          add_places(known->places, group.places);
        }
      }
    }
    for (Sketch& sketch : united_) leave_out_holders(sketch);
  }

  static void add_places(std::vector<Sighting>& into, const std::vector<Sighting>& more) {
    for (const Sighting& place : more) {
      const auto known = std::ranges::find(into, place.at, &Sighting::at);
      if (known == into.end()) {
        into.push_back(place);
        continue;
      }
      known->number = known->number || place.number;
      for (const std::string& value : place.values) {
        if (known->values.size() < 24 && !contains(known->values, value)) known->values.push_back(value);
      }
    }
  }

  /// An element that is empty in one sample and holds others in another is no value; one that repeats is a
  /// group.
  static void leave_out_holders(Sketch& sketch) {
    std::set<std::string> holders;
    const auto note = [&](std::string_view at) {
      for (std::size_t end = at.rfind('/'); end != at.npos && end > 0; end = at.rfind('/', end - 1))
        holders.insert(std::string(at.substr(0, end)));
    };
    for (const Sighting& place : sketch.places) {
      if (!place.name.starts_with('@') && !place.at.contains("/@")) note(place.at);
    }
    for (const SketchedGroup& group : sketch.groups) {
      note(group.each);
      holders.insert(group.each);
    }
    std::erase_if(sketch.places, [&](const Sighting& place) {
      return holders.contains(place.at) ||
             std::ranges::any_of(sketch.groups, [&](const SketchedGroup& group) {
               return place.at.starts_with(group.each + "/");
             });
    });
  }

  // ---- which message is which

  void choose_kinds() {
    struct Candidate {
      double score;
      std::size_t sketch;
      MessageKind kind;
    };
    std::vector<Candidate> candidates;
    for (std::size_t i = 0; i < united_.size(); ++i) {
      const Sketch& sketch = united_[i];
      for (const MessageSpec& spec : all_messages()) {
        if (spec.direction == Direction::act || !contains(spec.parties, order_.role)) continue;
        if (sketch.told && *sketch.told != spec.kind) continue;
        double score =
            fit(*spec.record, assign(*spec.record, places_of(sketch)), assign_groups(*spec.record, sketch));
        const double said = std::max(Dictionary::get().message_score(spec.name, sketch.source),
                                     Dictionary::get().message_score(spec.name, value_at(sketch, type_at_)));
        candidates.push_back({score + said + (sketch.told ? 1'000 : 0), i, spec.kind});
      }
    }
    std::ranges::sort(candidates, [](const Candidate& a, const Candidate& b) {
      return std::tuple(-a.score, a.sketch, a.kind) < std::tuple(-b.score, b.sketch, b.kind);
    });
    std::set<std::size_t> done;
    for (const Candidate& candidate : candidates) {
      if (done.contains(candidate.sketch) || contains(drafted_, candidate.kind, &Drafted::kind)) continue;
      done.insert(candidate.sketch);
      const Sketch& sketch = united_[candidate.sketch];
      const RecordSpec& record = *spec_of(candidate.kind).record;
      drafted_.push_back({candidate.kind, value_at(sketch, type_at_),
                          sketch.told.has_value() || candidate.score > 60, &sketch,
                          assign(record, places_of(sketch)), assign_groups(record, sketch)});
    }
    for (std::size_t i = 0; i < united_.size(); ++i) {
      if (!done.contains(i)) left_.push_back(united_[i].source);
    }
    std::ranges::sort(drafted_, {}, &Drafted::kind);
  }

  /// Places that may be a field: all but the type's. Its numbers are those of the sketch.
  std::vector<Sighting> places_of(const Sketch& sketch) const {
    std::vector<Sighting> places = sketch.places;
    for (Sighting& place : places) {
      if (place.at == type_at_) place.name = place.remark = place.parent = "";
      if (place.at == type_at_) place.values = {"\x01"};  // no field has it
    }
    return places;
  }

  /// What stands first in every message goes into the envelope, where it always stands at one place.
  void lift_envelope() {
    for (const std::string_view field : {"message_id", "delivery_id", "sent_at", "institution_code"}) {
      std::set<std::string> ats;
      std::size_t count = 0;
      for (const Drafted& message : drafted_) {
        for (const Guess& guess : message.lines) {
          if (spec_of(message.kind).record->fields[guess.field].name != field) continue;
          ats.insert(message.sketch->places[guess.place].at);
          ++count;
        }
      }
      if (ats.size() == 1 && count > 1) lifted_.insert(std::string(field));
    }
  }

  // ---- writing

  static std::string quoted(std::string_view text) {
    std::string json;
    JsonWriter(json).value(text);
    return json;  // JSON's strings are YAML's
  }

  static std::string remark(std::string_view text) {
    std::string line;
    for (const char c : whole_characters(Charset::utf8, text, 140))
      line += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    return line;
  }

  static std::string seen(const Sighting& place) {
    if (place.values.empty()) return remark(place.remark);
    std::string text;
    for (std::size_t i = 0; i < place.values.size() && i < 4; ++i)
      text += (i == 0 ? "" : ", ") + place.values[i];
    return remark(place.remark.empty() ? text : fmt::format("{}; {}", place.remark, text));
  }

  void head() {
    const Manner& manner = sketches_.manner;
    out_ +=
        "# 草稿 · A draft made from samples, schemas or layouts. `# ?` marks what is not sure; `loangate "
        "check` names what is\n"
        "# left to do, `loangate profile annotate` shows what a sample becomes.\n";
    for (const std::string& source : left_)
      out_ +=
          fmt::format("# ? {} was not recognised: say which message it is, MESSAGE=FILE\n", remark(source));
    out_ += fmt::format("id: {}\nrole: {}\n", quoted(order_.id),
                        partner_role_codes().codes[static_cast<std::size_t>(order_.role)].name);
    const bool named = !order_.name_zh.empty() && !order_.name_en.empty();
    out_ += fmt::format("names: [{}, {}]{}\n", quoted(named ? order_.name_zh : "TODO"),
                        quoted(named ? order_.name_en : "TODO"), named ? "" : "  # ? 中文名称, English name");
    out_ += "# institution_code: C1000000000000    # ? 14 characters, if the partner has one\n";
    out_ += fmt::format("format: {}\nencoding: {}  # ? as the samples are\n", name(order_.format),
                        name(manner.charset));
    out_ += fmt::format("content_types: [{}]  # ? ask the bank\n",
                        order_.format == Format::xml    ? "application/xml, text/xml"
                        : order_.format == Format::json ? "application/json"
                                                        : "text/plain, application/octet-stream");
    if (order_.format == Format::xml && (!manner.declaration.empty() || !manner.namespaces.empty())) {
      out_ += "xml:\n";
      if (!manner.declaration.empty())
        out_ += fmt::format("  declaration: {}\n  required: true\n", quoted(manner.declaration));
      if (!manner.namespaces.empty()) {
        out_ += "  namespaces:\n";
        for (const auto& [prefix, uri] : manner.namespaces)
          out_ += fmt::format("    {}: {}\n", quoted(prefix), quoted(uri));
      }
    }
    if (order_.format == Format::fixed) {
      out_ += fmt::format("fixed: {{separator: {}{}}}\n", manner.separator,
                          manner.delimiter == '\0'
                              ? ""
                              : fmt::format(", delimiter: {}, trailing: {}",
                                            quoted(std::string(1, manner.delimiter)), manner.trailing));
    }
    if (manner.length_digits > 0 || manner.header > 0) {
      out_ += "\nframing:\n";
      if (manner.length_digits > 0)
        out_ += fmt::format("  length: {{digits: {}, counts: {}}}  # ? {} counts what follows\n",
                            manner.length_digits, manner.counts_itself ? "all" : "rest",
                            manner.counts_itself ? "it" : "only");
      if (manner.header > 0)
        out_ += fmt::format(
            "  header:\n    - {{filler: 1+{}}}  # ? a block before the document: map what stands in it\n",
            manner.header);
    }
    const bool framed = manner.length_digits > 0 || manner.header > 0;
    out_ += "\ndelivery:  # ? push or mailbox: ask the bank\n  mailbox:\n    list: ";
    out_ += order_.format == Format::fixed || framed ? "{id_digits: 20, length_digits: 8}\n"
            : order_.format == Format::xml ? "{root: MESSAGES, item: MESSAGE, id: \"@deliveryId\"}\n"
                                           : "{items: messages, id: deliveryId, message: content}\n";
  }

  /// The partner's codes for a list, as far as values, names or remarks tell.
  void codes() {
    std::map<std::string_view, std::pair<const CodeListSpec*, Sighting>> lists;
    const auto take = [&](const RecordSpec& record, const std::vector<Guess>& lines,
                          const std::vector<Sighting>& places) {
      for (const Guess& guess : lines) {
        const CodeListSpec* list = record.fields[guess.field].codes;
        if (list == nullptr || list->name == "message_type") continue;
        auto& [spec, together] = lists[list->name];
        spec = list;
        const Sighting& place = places[guess.place];
        together.remark += ' ' + place.remark;
        for (const std::string& value : place.values) {
          if (!contains(together.values, value)) together.values.push_back(value);
        }
      }
    };
    for (const Drafted& message : drafted_) {
      const RecordSpec& record = *spec_of(message.kind).record;
      take(record, message.lines, message.sketch->places);
      for (const GroupGuess& group : message.groups)
        take(*record.fields[group.field].group, group.lines, group.group->places);
    }
    out_ += "\ncodes:  # ? check names the codes that have no line yet\n";
    for (const auto& [name, list] : lists) code_map(name, *list.first, list.second);
    out_ += "  message_type:\n";
    for (const Drafted& message : drafted_) {
      const MessageSpec& spec = spec_of(message.kind);
      const bool typed = (spec.direction == Direction::in) && !message.when.empty();
      std::string code(spec.name);
      std::ranges::replace(code, '.', '_');
      if (typed) out_ += fmt::format("    {}: {}\n", code, quoted(message.when));
    }
  }

  void code_map(std::string_view name, const CodeListSpec& list, const Sighting& together) {
    std::set<std::string> used;
    std::string lines;
    for (const CodeSpec& code : list.codes) {
      std::string value;
      for (const std::string& each : together.values) {
        if (squashed(each) == squashed(code.name) || each == code.zh) value = each;
      }
      if (value.empty()) value = before(together.remark, code.zh);
      if (value.empty() && list.name == "answer") value = truth(code.name, together.values);
      if (value.empty() || !used.insert(value).second) continue;
      lines += fmt::format("    {}: {}\n", code.name, quoted(value));
    }
    out_ += fmt::format("  {}:", name);
    std::string unknown;
    for (const std::string& value : together.values) {
      if (!used.contains(value)) unknown += (unknown.empty() ? "" : ", ") + value;
    }
    if (!unknown.empty()) out_ += fmt::format("  # ? seen too, of unknown meaning: {}", remark(unknown));
    out_ += '\n' + lines;
  }

  /// `1` of `1-信用, 2-保证` for 信用.
  static std::string before(std::string_view text, std::string_view zh) {
    std::size_t end = text.find(zh);
    if (end == text.npos) return {};
    const auto is_code = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    };
    while (end > 0 && !is_code(text[end - 1])) {
      // Past one sign that joins the two, of whichever width; not past other words.
      if (text.npos != std::string_view("-=: .").find(text[end - 1])) {
        --end;
      } else if (end >= 3 && (text.substr(end - 3, 3) == "：" || text.substr(end - 3, 3) == "、" ||
                              text.substr(end - 3, 3) == "－")) {
        end -= 3;
      } else {
        return {};
      }
    }
    std::size_t begin = end;
    while (begin > 0 && is_code(text[begin - 1])) --begin;
    return std::string(text.substr(begin, end - begin));
  }

  static std::string truth(std::string_view answer, const std::vector<std::string>& values) {
    for (const auto& [yes, no] :
         {std::pair("Y", "N"), std::pair("true", "false"), std::pair("1", "0"), std::pair("是", "否")}) {
      if (contains(values, yes) || contains(values, no)) return answer == "yes" ? yes : no;
    }
    return {};
  }

  void envelope() {
    out_ += "\nenvelope:\n";
    if (type_at_.empty()) {
      out_ += "  # ? no place was found that tells the message: add {type: true, at: …}\n";
    } else {
      out_ += fmt::format("  - {{type: true, at: {}}}{}\n", quoted(type_at_),
                          type_named_ ? "" : "  # ? it differs from message to message");
    }
    std::set<std::string> done;
    for (const Drafted& message : drafted_) {
      const RecordSpec& record = *spec_of(message.kind).record;
      for (const Guess& guess : message.lines) {
        const std::string field(record.fields[guess.field].name);
        if (lifted_.contains(field) && done.insert(field).second)
          line(record, guess, message.sketch->places[guess.place], 2);
      }
    }
  }

  void messages() {
    out_ += "\nmessages:\n";
    for (const Drafted& message : drafted_) {
      const MessageSpec& spec = spec_of(message.kind);
      out_ += fmt::format(
          "  {}:  # {}{}\n", spec.name, spec.record->zh,
          message.kind_told ? "" : fmt::format("  # ? by its fields, of {}", remark(message.sketch->source)));
      const std::string when = message.when.empty() ? fmt::format("TODO-{}", spec.name) : message.when;
      out_ += fmt::format("    when: {}{}\n    lines:\n", quoted(when),
                          message.when.empty() ? "  # ? its code is not in the files" : "");
      for (const std::string& doubt : message.sketch->doubts) out_ += fmt::format("      # ? {}\n", doubt);
      body(message, *spec.record);
    }
  }

  void body(const Drafted& message, const RecordSpec& record) {
    const std::vector<Sighting>& places = message.sketch->places;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (places[i].at == type_at_) continue;
      const auto guess = std::ranges::find(message.lines, i, &Guess::place);
      if (guess == message.lines.end()) {
        if (!is_lifted(places[i].at)) unknown(places[i], 6);
      } else if (!lifted_.contains(std::string(record.fields[guess->field].name))) {
        line(record, *guess, places[i], 6);
      }
    }
    for (const SketchedGroup& group : message.sketch->groups) {
      const auto guess = std::ranges::find(message.groups, &group, &GroupGuess::group);
      if (guess == message.groups.end()) {
        out_ += fmt::format("      # ? {} repeats: {} places of no known group\n", remark(group.each),
                            group.places.size());
        continue;
      }
      const FieldSpec& field = record.fields[guess->field];
      out_ += fmt::format(
          "      - field: {}  # ? {}\n        each: {}\n        times: {}  # ? how many there can be\n       "
          " lines:\n",
          field.name, field.zh, quoted(group.each), std::min<int>(20, field.max_rows));
      for (std::size_t i = 0; i < group.places.size(); ++i) {
        const auto inner = std::ranges::find(guess->lines, i, &Guess::place);
        if (inner == guess->lines.end()) {
          unknown(group.places[i], 10);
        } else {
          line(*field.group, *inner, group.places[i], 10);
        }
      }
    }
    for (const FieldSpec& field : record.fields) {
      const auto number = static_cast<std::uint16_t>(&field - record.fields.data());
      const bool found = contains(message.lines, number, &Guess::field) ||
                         contains(message.groups, number, &GroupGuess::field);
      if (field.required && !found)
        out_ += fmt::format("      # ? required, without a place: {} {}\n", field.name, field.zh);
    }
  }

  bool is_lifted(std::string_view at) const {
    return std::ranges::any_of(drafted_, [&](const Drafted& message) {
      return std::ranges::any_of(message.lines, [&](const Guess& guess) {
        return message.sketch->places[guess.place].at == at &&
               lifted_.contains(std::string(spec_of(message.kind).record->fields[guess.field].name));
      });
    });
  }

  /// Bytes must belong to a line; elements and members need none.
  void unknown(const Sighting& place, std::size_t indent) {
    const std::string what =
        place.values.empty() && place.name.empty() ? "blank" : fmt::format("{} {}", place.name, seen(place));
    if (order_.format == Format::fixed) {
      out_ += fmt::format("{:{}}- {{filler: {}}}  # ? {}\n", "", indent, place.at, trimmed(remark(what)));
    } else {
      out_ += fmt::format("{:{}}# ? of no known field: {}  {}\n", "", indent, remark(quoted(place.at)),
                          remark(seen(place)));
    }
  }

  void line(const RecordSpec& record, const Guess& guess, const Sighting& place, std::size_t indent) {
    const FieldSpec& field = record.fields[guess.field];
    std::string doubt;
    if (!guess.rival.empty()) {
      doubt = fmt::format("or {}", guess.rival);
    } else if (!guess.sure()) {
      doubt = "by a likeness of names or values";
    }
    std::string text = fmt::format("{:{}}- {{field: {}, at: {}", "", indent, field.name,
                                   order_.format == Format::fixed ? place.at : quoted(place.at));
    text += keys(field, place, doubt) + '}';
    if (field.name == "original_id" && record.name == "receipt") {
      text.insert(text.size() - 1, ", none: [UNKNOWN]");
      add(doubt, "what stands there if the message could not be read");
    }
    if (!doubt.empty()) text += fmt::format("  # ? {}; {} {}", doubt, remark(place.name), seen(place));
    out_ += text + '\n';
  }

  static void add(std::string& doubt, std::string_view more) {
    if (!doubt.empty()) doubt += ", ";
    doubt += more;
  }

  std::string keys(const FieldSpec& field, const Sighting& place, std::string& doubt) const {
    std::string text;
    switch (field.type) {
      case FieldType::date:
      case FieldType::instant: {
        const auto form = field.type == FieldType::date ? date_form(place) : instant_form(place);
        if (!form) add(doubt, "the form is assumed");
        text += fmt::format(", form: {}", quoted(form                            ? *form
                                                 : field.type == FieldType::date ? "yyyyMMdd"
                                                                                 : "yyyyMMddHHmmss"));
        for (const std::string& value : place.values) {
          if (is_zeros(value)) text += fmt::format(", none: [{}]", quoted(value));
          if (is_zeros(value)) break;
        }
        if (field.name == "sent_at") text += ", transport: true";
        break;
      }
      case FieldType::money:
        text += amount(place, doubt);
        break;
      case FieldType::rate:
        text += rate(place, doubt);
        break;
      case FieldType::text:
      case FieldType::code:
      case FieldType::count:
      case FieldType::group:
        break;
    }
    const bool number = field.type != FieldType::text;
    if (order_.format == Format::fixed && number && place.pad == ' ' && place.width > 0)
      text += ", pad: \" \", side: left";
    if (order_.format == Format::json && place.number) {
      if (number) {
        text += ", as: number";
      } else {
        add(doubt, "a number there, a text here");
      }
    }
    if (order_.format == Format::json && place.truth) text += ", as: boolean";
    return text;
  }

  static std::string amount(const Sighting& place, std::string& doubt) {
    std::size_t places = 0;
    bool same = true;
    for (const std::string& value : place.values) {
      same = same && (&value == &place.values.front() || decimals_of(value) == places);
      places = std::max(places, decimals_of(value));
    }
    std::string text;
    if (place.values.empty()) {
      add(doubt, "yuan with two places is assumed");
      text = ", unit: yuan, places: 2";
    } else if (places == 0) {
      add(doubt, "no point: fen, or whole yuan (unit: yuan, places: 0)");
      text = ", unit: fen";
    } else {
      if (!same) add(doubt, "with different decimals: see the leniency fewer_places");
      text = fmt::format(", unit: yuan, places: {}", std::min<std::size_t>(places, 6));
    }
    if (!place.values.empty() &&
        (place.values.front().starts_with('+') || place.values.front().starts_with('-')))
      text += ", sign: leading";
    if (!place.values.empty() && (place.values.front().ends_with('+') || place.values.front().ends_with('-')))
      text += ", sign: trailing";
    return text;
  }

  static std::string rate(const Sighting& place, std::string& doubt) {
    std::size_t places = 0;
    bool small = !place.values.empty();
    for (const std::string& value : place.values) {
      places = std::max(places, decimals_of(value));
      small = small && value.starts_with("0.0");
    }
    add(doubt, "the unit is judged by size");
    if (places == 0)
      return place.values.empty() ? ", unit: percent, places: 4" : ", unit: percent, implied: 4";
    return fmt::format(", unit: {}, places: {}", small ? "fraction" : "percent",
                       std::min<std::size_t>(places, 9));
  }

  const DraftOrder& order_;
  const Sketches& sketches_;
  std::string type_at_;
  bool type_named_ = false;
  std::vector<Sketch> united_;
  std::vector<Drafted> drafted_;
  std::vector<std::string> left_;  ///< files that are no message of the role
  std::set<std::string> lifted_;   ///< fields whose line stands in the envelope
  std::string out_;
};

}  // namespace

std::expected<std::string, ConfigErrors> draft(const DraftOrder& order) {
  const auto sketches = sketch(order);
  if (!sketches) return std::unexpected(sketches.error());
  return Drafter(order, *sketches).write();
}

}  // namespace loangate::adapters
