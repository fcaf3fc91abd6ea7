#include "store/sqlite/group.hpp"

#include <fmt/format.h>

#include <utility>

namespace loangate::store {

namespace {

// A row of this size is far beyond every body limit of the gateway: one that exceeds it is a mistake of ours.
constexpr std::size_t greatest_unit_bytes = 64u << 20;
// DeliveryId is the sequence of the cause times this, plus 1, 2, 3 …
constexpr std::uint64_t deliveries_per_cause = 100;

static_assert(std::is_same_v<std::variant_alternative_t<0, Standing>, standing::Pending>,
              "column loan.standing");
static_assert(std::is_same_v<std::variant_alternative_t<1, Standing>, standing::Filed>,
              "column loan.standing");
static_assert(std::is_same_v<std::variant_alternative_t<2, Standing>, standing::Refused>,
              "column loan.standing");

std::string_view kind_text(const std::optional<MessageKind>& kind) {
  return kind ? spec_of(*kind).name : std::string_view{};
}

}  // namespace

Group::Group(Connection& connection, Memory& memory)
    : connection_(connection),
      memory_(memory),
      dictionaries_(connection),
      begin_(connection, "BEGIN"),
      commit_(connection, "COMMIT"),
      entry_(connection,
             "INSERT INTO entry (sequence, partner, person, kind, message_id, outcome, status, received, "
             "real_time, "
             "raw_digest, content, texts, profile, address, changes_after) VALUES "
             "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"),
      change_(connection, "INSERT INTO change (number, cause, kind, key, json) VALUES (?,?,?,?,?)"),
      change_of_act_(connection,
                     "INSERT INTO change (number, cause, kind, key, json, before) VALUES (?,?,?,?,?,?)"),
      change_of_loan_(connection, "SELECT change FROM loan WHERE filing = ?"),
      change_of_thing_(connection, "SELECT change FROM thing WHERE kind = ? AND key = ?"),
      name_(connection, "INSERT INTO name (number, text) VALUES (?,?)"),
      loan_(connection,
            "INSERT INTO loan (filing, change, lender, company, exposure, standing, open) VALUES "
            "(?,?,?,?,?,?,?) "
            "ON CONFLICT (filing) DO UPDATE SET change = excluded.change, exposure = excluded.exposure, "
            "standing = excluded.standing, open = excluded.open"),
      loan_before_(connection, "SELECT lender, company, exposure, open FROM loan WHERE filing = ?"),
      thing_(connection, "INSERT OR REPLACE INTO thing (kind, key, change) VALUES (?,?,?)"),
      fingerprints_(connection, "INSERT INTO fingerprints (last, keys) VALUES (?,?)"),
      delivery_(connection,
                "INSERT INTO delivery (id, cause, recipient, kind, lane, created, state, attempts, "
                "next_attempt, reason, message) "
                "VALUES (?,?,?,?,?,?,0,0,0,'',?)"),
      delivery_before_(connection, "SELECT kind, state, recipient FROM delivery WHERE id = ?"),
      delivery_state_(
          connection,
          "UPDATE delivery SET state = ?, attempts = ?, next_attempt = ?, reason = ? WHERE id = ?"),
      attempt_(connection,
               "INSERT INTO attempt (number, delivery, state, attempts, next_attempt, at, reason, answer) "
               "VALUES (?,?,?,?,?,?,?,?)"),
      entry_total_(connection,
                   "INSERT INTO total (what, of, fate, count) VALUES ('entry',?,?,?) "
                   "ON CONFLICT DO UPDATE SET count = count + excluded.count"),
      delivery_total_(connection,
                      "INSERT INTO total (what, of, fate, count) VALUES ('delivery',?,?,?) "
                      "ON CONFLICT DO UPDATE SET count = count + excluded.count"),
      archived_before_(connection, "SELECT 1 FROM archive_day WHERE first = ? AND generation = ?"),
      archived_(connection,
                "UPDATE archive_day SET generation = ?, entries = ?, bytes = ?, digest = ?, removed_by = ? "
                "WHERE first = ?") {
  // The newest entry is never moved, so these are the last numbers.
  const auto last = [&](const char* sql) { return static_cast<std::uint64_t>(connection.query_number(sql)); };
  committed_ = now_ = {.sequence = last("SELECT max(sequence) FROM entry"),
                       .change = last("SELECT max(number) FROM change"),
                       .attempt = last("SELECT max(number) FROM attempt")};
}

void Group::begin() {
  facts_.entries.clear();
  facts_.deliveries.clear();
  begin_.use().done();
  dictionaries_.write();
}

std::expected<Group::Rendered, UnitFault> Group::render(Writes& writes, Sequence sequence) const {
  Rendered texts;
  if (!writes.entry && !writes.cause && !(writes.changes.empty() && writes.outgoing.empty())) {
    return std::unexpected("changes and outgoing messages need a journal entry as their cause");
  }
  if (writes.outgoing.size() >= deliveries_per_cause) {
    return std::unexpected(
        fmt::format("{} outgoing messages; at most {}", writes.outgoing.size(), deliveries_per_cause - 1));
  }
  std::size_t bytes = 0;
  if (writes.entry) {
    const JournalEntry& entry = *writes.entry;
    bytes += entry.raw.size() + entry.canonical.size() + entry.findings.size() + entry.receipt.size();
  }
  for (const Change& change : writes.changes) {
    if (const auto* loan = std::get_if<Loan>(&change); loan != nullptr && loan->filing != sequence) {
      auto before = loan_before_.use();
      if (!before.bind(loan->filing.number).step()) {
        return std::unexpected(fmt::format("no loan was filed by entry {}", loan->filing.number));
      }
      if (before.count(0) != memory_.known_number(loan->ref.lender.view()) ||
          before.count(1) != memory_.known_number(loan->company.view())) {
        return std::unexpected(fmt::format("loan {} has another lender or company", loan->filing.number));
      }
    }
    bytes += texts.changes.emplace_back(to_json(change)).size();
  }
  for (std::size_t i = 0; i < writes.outgoing.size(); ++i) {
    Outgoing& outgoing = writes.outgoing[i];
    Record& message = outgoing.message;
    if (message.spec().fields.empty() || message.spec().fields[0].name != "delivery_id") {
      return std::unexpected(fmt::format("{} does not begin with a delivery id", message.spec().name));
    }
    message.set(0, static_cast<std::int64_t>(sequence.number * deliveries_per_cause + i + 1));
    // All recipients of a notice see one number: that of its cause, by which a later one can name it.
    if (outgoing.kind == MessageKind::default_notice && !message.has(DefaultNotice::field::notice_no)) {
      message.set(DefaultNotice::field::notice_no, static_cast<std::int64_t>(sequence.number));
    }
    bytes += texts.outgoing.emplace_back(canonical_json(message)).size();
  }
  for (const DeliveryChange& change : writes.deliveries) {
    auto before = delivery_before_.use();
    if (!before.bind(change.id.number).step()) {
      return std::unexpected(fmt::format("there is no delivery {}", change.id.number));
    }
    bytes += change.answer.size() + change.reason.size();
  }
  if (writes.archived) {
    auto before = archived_before_.use();
    before.bind(writes.archived->first.number).bind(writes.archived->generation - 1);
    if (!writes.entry || !before.step())
      return std::unexpected("the file of an archived day follows another, by an act of its own");
  }
  if (bytes > greatest_unit_bytes)
    return std::unexpected(fmt::format("{} bytes; at most {}", bytes, greatest_unit_bytes));
  return texts;
}

std::expected<std::optional<Sequence>, UnitFault> Group::write(Writes& writes) {
  const Sequence sequence = writes.cause.value_or(next_sequence());
  if (writes.entry && writes.cause) return std::unexpected("an entry is its own cause");
  if (sequence > next_sequence()) return std::unexpected("a cause that is still to come");
  auto texts = render(writes, sequence);
  if (!texts) return std::unexpected(std::move(texts.error()));

  if (writes.entry) write_entry(*writes.entry, sequence);
  const bool act = writes.entry && !writes.entry->person.empty();
  for (std::size_t i = 0; i < writes.changes.size(); ++i)
    write_change(writes.changes[i], texts->changes[i], sequence, act);
  for (std::size_t i = 0; i < writes.outgoing.size(); ++i) {
    const DeliveryId id{sequence.number * deliveries_per_cause + i + 1};
    write_outgoing(writes.outgoing[i], texts->outgoing[i], id, sequence,
                   writes.entry ? writes.entry->real_time : real_now());
  }
  for (const DeliveryChange& change : writes.deliveries) write_delivery(change);
  if (writes.archived) write_archived(*writes.archived, sequence);
  if (!writes.entry) return std::nullopt;
  now_.sequence = sequence.number;
  return sequence;
}

void Group::write_entry(const JournalEntry& entry, Sequence sequence) {
  const Dictionary& dictionary = dictionaries_.of(entry);
  if (dictionary.number == 0) dictionaries_.learn(entry);
  pack_texts(
      {.raw = entry.raw, .canonical = entry.canonical, .receipt = entry.receipt, .findings = entry.findings},
      dictionary, packed_);
  entry_.use()
      .bind(sequence.number)
      .bind(entry.partner.view())
      .bind(entry.person.view())
      .bind(kind_text(entry.kind))
      .bind(entry.message_id.view())
      .bind(spec_of(entry.outcome).name)
      .bind(std::uint64_t{entry.status})
      .bind(entry.received.micros)
      .bind(entry.real_time.micros)
      .bind_blob(entry.raw_digest)
      .bind_blob(entry.content)
      .bind_blob(packed_)
      .bind_blob(entry.profile == Digest{} ? std::string_view{} : view(entry.profile))
      .bind(std::string_view(entry.address))
      .bind(now_.change)
      .done();
  ++entries_by_outcome_[{entry.partner, entry.outcome}];
  facts_.entries.push_back({entry.partner, entry.kind, entry.outcome, entry.real_time});

  // The first message keeps its id for ever; a conflict does not claim it, unreadable bytes have none
  // (settled 11, 14).
  const auto claim = [&](const Fingerprint& key) {
    if (!memory_.find(key)) memory_.put(key, sequence);
  };
  if (entry.outcome == Outcome::unreadable) {
    claim(unreadable_fingerprint(entry.partner, entry.raw_digest));
  } else if (entry.outcome != Outcome::conflict && !entry.message_id.empty()) {
    claim(message_fingerprint(entry.partner, entry.message_id));
  }
}

/// The number of the thing's change as it stands; 0: there is none.
std::uint64_t Group::change_before(const Change& change, std::string_view kind, std::string_view thing) {
  const auto* loan = std::get_if<Loan>(&change);
  auto run = (loan != nullptr ? change_of_loan_ : change_of_thing_).use();
  if (loan != nullptr) {
    run.bind(loan->filing.number);
  } else {
    run.bind(kind).bind(thing);
  }
  return run.step() ? run.count(0) : 0;
}

void Group::write_change(const Change& change, std::string_view json, Sequence cause, bool of_act) {
  const std::uint64_t number = ++now_.change;
  const std::string_view kind = kind_name(change);
  const std::string thing = key(change);
  if (of_act) {
    const std::uint64_t before = change_before(change, kind, thing);
    auto run = change_of_act_.use();
    run.bind(number)
        .bind(cause.number)
        .bind(kind)
        .bind(std::string_view(thing))
        .bind(json)
        .bind(before)
        .done();
  } else {
    change_.use().bind(number).bind(cause.number).bind(kind).bind(thing).bind(json).done();
  }
  if (const auto* loan = std::get_if<Loan>(&change)) {
    // A loan that this entry files has no row yet, unless the entry has changed it before.
    const bool filed_before = loan->filing != cause || newest_filing_ == cause;
    newest_filing_ = cause;
    write_loan(*loan, number, filed_before);
    return;
  }
  thing_.use().bind(kind).bind(thing).bind(number).done();
  if (const auto* company = std::get_if<Company>(&change)) memory_.companies.put(company->uscc, *company);
  if (const auto* institution = std::get_if<Institution>(&change))
    memory_.institutions.put(institution->id, *institution);
  if (const auto* outage = std::get_if<Outage>(&change)) memory_.outages.put(thing, *outage);
  if (const auto* reserved = std::get_if<Reservation>(&change))
    reserve(memory_.books.touch(reserved->company, {}), *reserved);
}

void Group::write_loan(const Loan& loan, std::uint64_t change, bool filed_before) {
  const std::uint64_t lender = name(loan.ref.lender.view());
  const std::uint64_t company = name(loan.company.view());
  Share before;
  bool known = false;
  if (filed_before) {
    auto row = loan_before_.use();
    known = row.bind(loan.filing.number).step();
    if (known) before = {Fen{row.integer(2)}, row.integer(3) != 0};
  }
  const Share after{loan.exposure(), loan.open()};
  loan_.use()
      .bind(loan.filing.number)
      .bind(change)
      .bind(lender)
      .bind(company)
      .bind(after.exposure.count())
      .bind(std::uint64_t{loan.standing.index()})
      .bind(std::uint64_t{after.open})
      .done();
  store::change(memory_.books.touch(loan.company, {}), loan.ref.lender, before, after);
  if (!known) memory_.put(loan_fingerprint(loan.ref), loan.filing);
}

std::uint32_t Group::name(std::string_view text) {
  const auto [number, is_new] = memory_.number(text);
  if (is_new) name_.use().bind(std::uint64_t{number}).bind(text).done();
  return number;
}

void Group::write_outgoing(const Outgoing& outgoing, std::string_view json, DeliveryId id, Sequence cause,
                           Instant at) {
  const std::string lane = outgoing.lane.text();
  const std::string_view kind = spec_of(outgoing.kind).name;
  delivery_.use()
      .bind(id.number)
      .bind(cause.number)
      .bind(outgoing.to.view())
      .bind(kind)
      .bind(lane)
      .bind(at.micros)
      .bind(json)
      .done();
  ++deliveries_by_state_[{kind, DeliveryState::waiting}];
  facts_.deliveries.push_back({outgoing.to, std::nullopt, DeliveryState::waiting, at});
}

void Group::write_delivery(const DeliveryChange& change) {
  {
    auto before = delivery_before_.use();
    before.bind(change.id.number).step();
    const auto kind = message_kind(before.text(0));
    if (!kind)
      throw SqliteError(SQLITE_MISMATCH,
                        fmt::format("delivery {}: unknown kind of message", change.id.number));
    const auto state_before = static_cast<DeliveryState>(before.integer(1));
    const auto recipient = PartnerId::parse(before.text(2));
    facts_.deliveries.push_back({recipient.value_or(PartnerId{}), state_before, change.state, change.at});
    --deliveries_by_state_[{spec_of(*kind).name, state_before}];
    ++deliveries_by_state_[{spec_of(*kind).name, change.state}];
  }
  const std::uint64_t state = std::to_underlying(change.state);
  delivery_state_.use()
      .bind(state)
      .bind(std::uint64_t{change.attempts})
      .bind(change.next_attempt.micros)
      .bind(change.reason)
      .bind(change.id.number)
      .done();
  attempt_.use()
      .bind(++now_.attempt)
      .bind(change.id.number)
      .bind(state)
      .bind(std::uint64_t{change.attempts})
      .bind(change.next_attempt.micros)
      .bind(change.at.micros)
      .bind(change.reason)
      .bind_blob(change.answer)
      .done();
}

void Group::write_archived(const ArchivedDay& day, Sequence act) {
  archived_.use()
      .bind(day.generation)
      .bind(day.entries)
      .bind(day.bytes)
      .bind_blob(day.digest)
      .bind(act.number)
      .bind(day.first.number)
      .done();
}

void Group::commit() {
  if (!memory_.put_by_group().empty()) {
    const std::string keys = pack(memory_.put_by_group(), {now_.sequence});
    fingerprints_.use().bind(now_.sequence).bind_blob(keys).done();
  }
  for (const auto& [of, count] : entries_by_outcome_) {
    entry_total_.use().bind(of.first.view()).bind(spec_of(of.second).name).bind(count).done();
  }
  for (const auto& [of, count] : deliveries_by_state_) {
    if (count != 0)
      delivery_total_.use()
          .bind(of.first)
          .bind(std::uint64_t{std::to_underlying(of.second)})
          .bind(count)
          .done();
  }
  commit_.use().done();
  dictionaries_.committed();
  entries_by_outcome_.clear();
  deliveries_by_state_.clear();
  committed_ = now_;
  memory_.fold();
}

void Group::rollback() {
  newest_filing_ = {};
  dictionaries_.rolled_back();
  sqlite3_exec(connection_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  entries_by_outcome_.clear();
  deliveries_by_state_.clear();
  now_ = committed_;
  memory_.drop();
}

}  // namespace loangate::store
