#include "store/search/query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "domain/date.hpp"
#include "domain/fen.hpp"
#include "domain/finding_codes.hpp"
#include "domain/ids.hpp"
#include "domain/messages.hpp"
#include "domain/uscc.hpp"

namespace loangate::store::search {
namespace {

struct KeyWord {
  std::string_view en;
  std::string_view zh;
  Key key;
};

constexpr KeyWord key_words[] = {
    {"partner", "机构", Key::partner}, {"person", "人员", Key::person},   {"kind", "类型", Key::kind},
    {"outcome", "结果", Key::outcome}, {"finding", "意见", Key::finding}, {"loan", "借据", Key::loan},
    {"company", "企业", Key::company}, {"message", "报文", Key::message}, {"batch", "批次", Key::batch},
    {"case", "案件", Key::case_no},    {"amount", "金额", Key::amount},   {"sequence", "流水", Key::sequence},
    {"text", "文字", Key::text},       {"name", "名称", Key::name},       {"thing", "对象", Key::thing},
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}
bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

/// The character that begins at `at`, which it passes; 0 for bytes that are none.
char32_t next_character(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  char32_t code = size == 1 ? lead : lead & (0x7Fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if (at + i >= text.size() || (static_cast<unsigned char>(text[at + i]) & 0xC0) != 0x80) {
      at += i;
      return 0;
    }
    code = (code << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3Fu);
  }
  at += size;
  return code;
}

/// Chinese and other letters beyond ASCII; no punctuation, no spaces.
bool is_written(char32_t c) {
  if (c < 0xC0) return false;
  if (c >= 0x2000 && c <= 0x206F) return false;
  if (c >= 0x3000 && c <= 0x303F) return false;
  return !(c >= 0xFE30 && c <= 0xFE6F) && !(c >= 0xFF00 && c <= 0xFF65);
}

std::optional<std::string> take_suffix(std::string_view text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return std::nullopt;
  return std::string(text.substr(0, text.size() - suffix.size()));
}

/// `300,000.00`, `￥300000`, `30万元` as plain yuan.
std::optional<Fen> read_amount(std::string_view word) {
  std::string text(word);
  for (const std::string_view sign : {"¥", "￥"}) {
    if (text.starts_with(sign)) text.erase(0, sign.size());
  }
  std::int64_t times = 1;
  if (auto rest = take_suffix(text, "元")) text = *std::move(rest);
  if (auto rest = take_suffix(text, "万")) {
    text = *std::move(rest);
    times = 10'000;
  } else if (auto hundred_million = take_suffix(text, "亿")) {
    text = *std::move(hundred_million);
    times = 100'000'000;
  }
  if (text.contains(',')) {
    // Grouped by three, or it is no amount.
    const std::size_t point = std::min(text.find('.'), text.size());
    if (text.front() == ',') return std::nullopt;
    for (std::size_t i = 0; i < point; ++i) {
      if ((text[i] == ',') != ((point - i) % 4 == 0)) return std::nullopt;
    }
    std::erase(text, ',');
  }
  if (times == 1) {
    const auto amount = parse_yuan(text);
    return amount;
  }
  // 26.855万: the places are taken before the point moves.
  const std::size_t point = text.find('.');
  std::string whole = text.substr(0, point);
  std::string places = point == std::string::npos ? "" : text.substr(point + 1);
  const std::size_t moved = times == 10'000 ? 4 : 8;
  if (!all_digits(whole) || (point != std::string::npos && !all_digits(places))) return std::nullopt;
  while (places.size() < moved) places += '0';
  std::string yuan = whole + places.substr(0, moved);
  if (places.size() > moved) yuan += "." + places.substr(moved);
  return parse_yuan(yuan);
}

std::optional<std::string> read_sequence(std::string_view word) {
  if (word.starts_with('#')) word.remove_prefix(1);
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (fault != std::errc{} || end != word.data() + word.size() || number == 0 || number > INT64_MAX)
    return std::nullopt;
  return std::to_string(number);
}

std::optional<std::string> read_kind(std::string_view word) {
  const std::string plain = lower(word);
  for (const MessageSpec& spec : all_messages()) {
    if (spec.name == plain || spec.record->zh == word) return std::string(spec.name);
  }
  return std::nullopt;
}

std::optional<std::string> read_outcome(std::string_view word) {
  const std::string plain = lower(word);
  for (const CodeSpec& code : outcome_codes().codes) {
    if (code.name == plain || code.zh == word) return std::string(code.name);
  }
  return std::nullopt;
}

std::optional<std::string> read_finding(std::string_view word) {
  const std::string plain = lower(word);
  for (const FindingSpec& spec : all_findings()) {
    if (spec.name == plain || std::to_string(std::to_underlying(spec.code)) == plain) return std::string(spec.name);
  }
  return std::nullopt;
}

template <class Id>
std::optional<std::string> as_id(std::string_view word) {
  return Id::parse(word) ? std::optional(std::string(word)) : std::nullopt;
}

/// The value after a key in its one form; nothing: it is none.
std::optional<Meaning> read_value(Key key, std::string_view value) {
  const auto of = [](Key as, std::optional<std::string> text) -> std::optional<Meaning> {
    return text ? std::optional(Meaning{as, *std::move(text)}) : std::nullopt;
  };
  switch (key) {
    case Key::partner:
      return of(key, as_id<PartnerId>(lower(value)));
    case Key::person:
      return of(key, as_id<PersonId>(value));
    case Key::kind:
      return of(key, read_kind(value));
    case Key::outcome:
      return of(key, read_outcome(value));
    case Key::finding:
      return of(key, read_finding(value));
    case Key::company: {
      const std::string code = upper(value);
      const bool coded = code.size() == Uscc::capacity &&
                         std::ranges::all_of(code, [](char c) { return is_digit(c) || is_letter(c); });
      return coded ? Meaning{Key::company, code} : Meaning{Key::name, std::string(value)};
    }
    case Key::case_no:
      return of(Key::thing, fmt::format("case/{}", upper(value)));
    case Key::amount: {
      const auto amount = read_amount(value);
      return of(key, amount ? std::optional(format_yuan(*amount)) : std::nullopt);
    }
    case Key::sequence:
      return of(key, read_sequence(value));
    case Key::text:
      return of(key, words_of(value).empty() ? std::nullopt : std::optional(std::string(value)));
    case Key::loan:
    case Key::message:
    case Key::batch:
    case Key::name:
    case Key::thing:
      return Meaning{key, std::string(value)};
  }
  __builtin_trap();
}

struct Advice {
  Key key;
  std::string_view zh;
  std::string_view en;
};

constexpr Advice advices[] = {
    {Key::partner, "应为机构标识，如 bank01", "write an institution's id such as bank01"},
    {Key::kind, "应为报文类型，如 loan.disbursement 或 放款备案",
     "write a kind of message such as loan.disbursement"},
    {Key::outcome, "应为 accepted、held、rejected、unreadable 或 conflict",
     "write accepted, held, rejected, unreadable or conflict"},
    {Key::finding, "应为意见代码或编号，如 field_missing 或 109",
     "write a finding's code or number, such as field_missing or 109"},
    {Key::amount, "应为金额（元），如 300000、300,000.00 或 30万",
     "write an amount in yuan such as 300000 or 300,000.00"},
    {Key::sequence, "应为流水号，如 4711", "write a sequence number such as 4711"},
    {Key::text, "至少写两个字", "write a word, or two characters of Chinese"},
};

QueryFault fault_of(std::string_view word, Key key) {
  const auto* advice = std::ranges::find(advices, key, &Advice::key);
  if (advice == std::end(advices))
    return {std::string(word), "取值过长或为空", "the value is empty or too long"};
  return {std::string(word), std::string(advice->zh), std::string(advice->en)};
}

/// A day, or an instant: when it begins, and when the next one does.
std::optional<std::pair<Instant, Instant>> read_time(std::string_view text) {
  if (const auto day = parse_date(text)) return std::pair{start_of(*day), start_of(day->plus_days(1))};
  std::string whole(text);
  if (whole.size() == 16) whole += ":00";
  if (whole.size() == 19) whole += "+08:00";
  const auto instant = parse_instant(whole);
  if (!instant) return std::nullopt;
  return std::pair{*instant, *instant};
}

/// Cuts at spaces outside quotes. Nothing: a quote is left open.
std::optional<std::vector<std::string>> cut(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  bool begun = false;
  for (const char c : text) {
    if (c == '"') {
      quoted = !quoted;
      begun = true;
    } else if (!quoted && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
      if (begun) words.push_back(std::exchange(word, {}));
      begun = false;
    } else {
      word += c;
      begun = true;
    }
  }
  if (quoted) return std::nullopt;
  if (begun) words.push_back(std::move(word));
  return words;
}

const KeyWord* key_word(std::string_view word) {
  const std::string plain = lower(word);
  for (const KeyWord& known : key_words) {
    if (known.en == plain || known.zh == plain) return &known;
  }
  return nullptr;
}

}  // namespace

std::string_view name_of(Key key) {
  return std::ranges::find(key_words, key, &KeyWord::key)->en;
}

std::string half_width(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto at = [&](std::size_t offset) {
      return i + offset < text.size() ? static_cast<unsigned char>(text[i + offset]) : 0;
    };
    if (at(0) == 0xEF && at(1) == 0xBC && at(2) >= 0x81 && at(2) <= 0xBF) {
      result += static_cast<char>(at(2) - 0x60);  // U+FF01 … U+FF1F, U+FF20 … U+FF3F
      i += 2;
    } else if (at(0) == 0xEF && at(1) == 0xBD && at(2) >= 0x80 && at(2) <= 0x9E) {
      result += static_cast<char>(at(2) - 0x20);  // U+FF40 … U+FF5E
      i += 2;
    } else if (at(0) == 0xE3 && at(1) == 0x80 && at(2) == 0x80) {
      result += ' ';
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  const std::string plain = half_width(text);
  std::string run;
  std::string before;  // the Chinese character before
  bool lone = false;   // it stands in no pair yet
  const auto end_run = [&] {
    if (run.size() > 1) words.push_back(lower(std::string_view(run).substr(0, 40)));
    run.clear();
  };
  const auto end_written = [&] {
    if (lone) words.push_back(before);
    before.clear();
    lone = false;
  };
  for (std::size_t at = 0; at < plain.size();) {
    const std::size_t begin = at;
    const char32_t c = next_character(plain, at);
    if (c < 0x80 && (is_digit(static_cast<char>(c)) || is_letter(static_cast<char>(c)))) {
      end_written();
      run += static_cast<char>(c);
      continue;
    }
    end_run();
    if (!is_written(c)) {
      end_written();
      continue;
    }
    std::string now = plain.substr(begin, at - begin);
    if (!before.empty()) words.push_back(before + now);
    lone = before.empty();
    before = std::move(now);
  }
  end_run();
  end_written();
  std::ranges::sort(words);
  words.erase(std::ranges::unique(words).begin(), words.end());
  return words;
}

std::vector<Meaning> recognise(std::string_view word) {
  std::vector<Meaning> meanings;
  const auto may_be = [&](Key key, std::optional<std::string> value) {
    if (value) meanings.push_back({key, *std::move(value)});
  };
  const auto may_be_text = [&] {
    if (!words_of(word).empty()) meanings.push_back({Key::text, std::string(word)});
  };
  if (word.starts_with('#') && read_sequence(word)) return {{Key::sequence, *read_sequence(word)}};
  if (is_uscc(upper(word))) return {{Key::company, upper(word)}};
  const auto amount = read_amount(word);
  if (amount && (!all_digits(word) || word.size() <= 13)) may_be(Key::amount, format_yuan(*amount));
  // Only an amount is written with groups, with two places, or with a unit.
  if (amount && !all_digits(word)) return meanings;
  if (all_digits(word) && word.size() <= 12) may_be(Key::sequence, read_sequence(word));
  may_be(Key::outcome, read_outcome(word));
  may_be(Key::kind, read_kind(word));
  if (word.contains('_')) may_be(Key::finding, read_finding(word));
  if (!is_ascii(word)) {
    const std::size_t words = words_of(word).size();
    // Too long for a word that is known, or none: part of a company's name.
    if (words > 3 || (words > 0 && meanings.empty())) meanings.push_back({Key::name, std::string(word)});
    may_be_text();
    return meanings;
  }
  const bool numbered = std::ranges::any_of(word, is_digit);
  if (numbered) {
    meanings.push_back({Key::loan, std::string(word)});
    meanings.push_back({Key::message, std::string(word)});
    meanings.push_back({Key::batch, std::string(word)});
    if (is_letter(word.front()) && !word.contains('/')) {
      for (const std::string_view kind : {"case", "instruction", "proposal", "remittance"})
        meanings.push_back({Key::thing, fmt::format("{}/{}", kind, word)});
    }
  }
  if (!word.empty() && is_letter(word.front())) {
    if (!word.contains('/')) {
      may_be(Key::partner, as_id<PartnerId>(lower(word)));
      may_be(Key::person, as_id<PersonId>(word));
    }
    meanings.push_back({Key::name, std::string(word)});
  }
  may_be_text();
  return meanings;
}

std::expected<Query, QueryFault> parse_query(std::string_view text) {
  const auto fault = [](std::string_view word, std::string_view zh, std::string_view en) {
    return std::unexpected(QueryFault{std::string(word), std::string(zh), std::string(en)});
  };
  if (text.size() > most_query_bytes)
    return fault("", "检索式过长，至多 600 字节", "the search has more than 600 bytes");
  const auto words = cut(half_width(text));
  if (!words) return fault("\"", "引号不成对", "a quote is left open");
  if (words->size() > most_words)
    return fault("", "检索词过多，至多 20 个", "the search has more than 20 words");

  Query query;
  for (const std::string& word : *words) {
    const std::size_t colon = word.find(':');
    const std::string key = colon == std::string::npos ? "" : lower(word.substr(0, colon));
    const std::string value = colon == std::string::npos ? word : word.substr(colon + 1);
    if (key == "from" || key == "自" || key == "to" || key == "至") {
      const auto time = read_time(value);
      if (!time)
        return fault(word, "应为日期或时刻，如 2026-11-01 或 2026-11-01T09:30",
                     "write a day such as 2026-11-01, or a time such as 2026-11-01T09:30");
      if (key == "from" || key == "自") {
        query.from = time->first;
      } else {
        query.until = time->second;
      }
      continue;
    }
    const KeyWord* const known = colon == std::string::npos ? nullptr : key_word(key);
    if (known == nullptr && colon != std::string::npos &&
        std::ranges::all_of(key, [](char c) { return is_letter(c); })) {
      return fault(word,
                   "没有这种检索项；可用 "
                   "partner、person、kind、outcome、finding、loan、company、message、batch、case、amount、seq"
                   "uence、text、from、to",
                   "there is no such key; use partner, person, kind, outcome, finding, loan, company, "
                   "message, batch, case, amount, sequence, text, from or to");
    }
    if (known == nullptr) {
      auto meanings = recognise(word);
      if (meanings.empty()) return {std::unexpected(fault_of(word, Key::text))};
      query.clauses.push_back({word, std::move(meanings)});
      continue;
    }
    auto meaning = value.empty() ? std::nullopt : read_value(known->key, value);
    if (!meaning) return std::unexpected(fault_of(word, known->key));
    // The same key again: either of the two.
    const auto same = std::ranges::find_if(query.clauses, [&](const Clause& clause) {
      return known->key != Key::text && key_word(clause.word.substr(0, clause.word.find(':'))) == known &&
             clause.word.contains(':');
    });
    if (same == query.clauses.end()) {
      query.clauses.push_back({word, {*std::move(meaning)}});
    } else {
      same->word += " " + word;
      same->any.push_back(*std::move(meaning));
    }
  }
  if (query.from && query.until && *query.from >= *query.until)
    return fault("from … to", "起始时间应早于截止时间", "from must come before to");
  return query;
}

}  // namespace loangate::store::search
