#include "store/sqlite/memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <mutex>
#include <thread>

#include "store/sqlite/rows.hpp"

namespace loangate::store {

namespace {

Book::Lender& entry_of(Book& book, const PartnerId& lender) {
  const auto at = std::ranges::lower_bound(book.lenders, lender, {}, &Book::Lender::id);
  if (at != book.lenders.end() && at->id == lender) return *at;
  return *book.lenders.insert(at, {.id = lender});
}

void leave_if_empty(Book& book, const Book::Lender& entry) {
  if (entry.loans == 0 && entry.exposure == Fen::zero() && entry.reserved == Fen::zero()) {
    book.lenders.erase(book.lenders.begin() + (&entry - book.lenders.data()));
  }
}

}  // namespace

void change(Book& book, const PartnerId& lender, const Share& before, const Share& after) {
  Book::Lender& entry = entry_of(book, lender);
  entry.exposure = entry.exposure - before.exposure + after.exposure;
  if (after.open && !before.open) ++entry.loans;
  if (before.open && !after.open) --entry.loans;
  leave_if_empty(book, entry);
}

void reserve(Book& book, const Reservation& reservation) {
  Book::Lender& entry = entry_of(book, reservation.bank);
  entry.reserved = reservation.amount;
  entry.reserved_since = reservation.since;
  entry.reserved_until = reservation.until;
  leave_if_empty(book, entry);
}

std::size_t Memory::KeyHash::operator()(const Fingerprint& key) const noexcept {
  std::size_t hash = 0;
  std::memcpy(&hash, key.data(), sizeof hash);  // uniform already
  return hash;
}

std::optional<Sequence> Memory::find(const Fingerprint& key) const {
  if (const auto it = overlay_.find(key); it != overlay_.end()) return it->second;
  return keys_.find(key);  // no lock: only this thread changes it
}

void Memory::put(const Fingerprint& key, Sequence sequence) {
  overlay_.insert_or_assign(key, sequence);
  new_keys_.emplace_back(key, sequence);
}

std::optional<Sequence> Memory::find_committed(const Fingerprint& key) const {
  const std::shared_lock lock(keys_mutex_);
  return keys_.find(key);
}

std::pair<std::uint32_t, bool> Memory::number(std::string_view name) {
  if (const std::uint32_t* const known = names_.find(name)) return {*known, false};
  const auto number = static_cast<std::uint32_t>(names_.size() + 1);
  names_.put(std::string(name), number);
  return {number, true};
}

std::uint32_t Memory::known_number(std::string_view name) const {
  const std::uint32_t* const known = names_.find(name);
  return known == nullptr ? 0 : *known;
}

void Memory::fold() {
  {
    const std::unique_lock lock(keys_mutex_);
    keys_.put(new_keys_);
  }
  new_keys_.clear();
  overlay_.clear();
  books.fold();
  companies.fold();
  institutions.fold();
  outages.fold();
  names_.fold();
}

void Memory::drop() {
  new_keys_.clear();
  overlay_.clear();
  books.drop();
  companies.drop();
  institutions.drop();
  outages.drop();
  names_.drop();
}

void Memory::load(const std::filesystem::path& file, const ConnectionOptions& options) {
  drop();
  books = {};
  companies = {};
  institutions = {};
  outages = {};
  names_ = {};
  // The two large tables are read side by side: a million filings must be there within a second.
  std::exception_ptr fault;
  std::jthread keys([&] {
    try {
      Connection connection(file, options);
      load_keys(connection);
    } catch (...) {
      fault = std::current_exception();
    }
  });
  Connection connection(file, options);
  load_loans(connection);
  load_things(connection);
  fold();
  keys.join();
  if (fault) std::rethrow_exception(fault);
}

void Memory::load_keys(Connection& connection) {
  const Statement rows(connection, "SELECT last, keys FROM fingerprints ORDER BY last");
  const std::unique_lock lock(keys_mutex_);
  keys_.clear();
  auto run = rows.use();
  std::vector<std::pair<Fingerprint, Sequence>> some;
  while (run.step()) {
    const Sequence last{run.count(0)};
    const auto keep = [&](const Fingerprint& key, Sequence sequence) { some.emplace_back(key, sequence); };
    if (!unpack(run.text(1), last, keep)) {
      throw SqliteError(SQLITE_MISMATCH, fmt::format("fingerprints {}: not a list of keys", last.number));
    }
    if (some.size() < 1024) continue;
    keys_.put(some);
    some.clear();
  }
  keys_.put(some);
}

void Memory::load_loans(Connection& connection) {
  std::vector<std::string> names{""};  // numbers begin at 1
  {
    const Statement rows(connection, "SELECT number, text FROM name ORDER BY number");
    auto run = rows.use();
    while (run.step()) {
      if (run.count(0) != names.size())
        throw SqliteError(SQLITE_MISMATCH, fmt::format("name {}: out of order", run.count(0)));
      names.emplace_back(run.text(1));
      names_.put(names.back(), static_cast<std::uint32_t>(run.count(0)));
    }
  }
  names_.fold();

  // Books by number first: a hash of a text for each of a million rows would cost more than reading them.
  std::vector<Book> by_number(names.size());
  std::vector<std::optional<PartnerId>> lenders(names.size());
  const Statement rows(connection, "SELECT filing, lender, company, exposure, open FROM loan");
  auto run = rows.use();
  while (run.step()) {
    const auto lender = run.count(1);
    const auto company = run.count(2);
    if (lender == 0 || company == 0 || lender >= names.size() || company >= names.size()) {
      throw SqliteError(SQLITE_MISMATCH, fmt::format("loan {}: unknown name", run.count(0)));
    }
    if (!lenders[lender]) lenders[lender] = PartnerId::parse(names[lender]).value_or(PartnerId{});
    change(by_number[company], *lenders[lender], {}, {Fen{run.integer(3)}, run.integer(4) != 0});
  }
  for (std::size_t number = 1; number < names.size(); ++number) {
    const auto uscc = Uscc::parse(names[number]);
    if (uscc && by_number[number] != Book{}) books.put(*uscc, std::move(by_number[number]));
  }
}

void Memory::load_things(Connection& connection) {
  const RowReader reader(connection);
  for (Change& change : reader.all("company")) {
    auto& company = std::get<Company>(change);
    const Uscc uscc = company.uscc;
    companies.put(uscc, std::move(company));
  }
  for (Change& change : reader.all("institution")) {
    auto& institution = std::get<Institution>(change);
    const PartnerId id = institution.id;
    institutions.put(id, std::move(institution));
  }
  for (const Change& change : reader.all("outage")) outages.put(key(change), std::get<Outage>(change));
  for (const Change& change : reader.all("reservation")) {
    const auto& reserved = std::get<Reservation>(change);
    reserve(books.touch(reserved.company, {}), reserved);
  }
}

std::string pack(const std::vector<std::pair<Fingerprint, Sequence>>& keys, Sequence last) {
  std::string bytes;
  bytes.reserve(keys.size() * 20);
  for (const auto& [key, sequence] : keys) {
    bytes.append(key.begin(), key.end());
    const std::uint64_t distance = last.number - sequence.number;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(distance >> shift & 0xff);
  }
  return bytes;
}

}  // namespace loangate::store
