#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <deque>
#include <future>
#include <utility>

#include "adapters/batch/records.hpp"
#include "adapters/seal/seal.hpp"
#include "base/descriptor.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/streamed_digest.hpp"
#include "intake/admit.hpp"
#include "intake/batches.hpp"

namespace loangate::intake {
namespace {

using adapters::BatchForm;
using adapters::Profile;
using adapters::RecordPlace;
using store::StoreFault;
using store::Unit;
using store::Writes;

constexpr std::size_t group_records = 256;
constexpr std::size_t groups_ahead = 3;  // read while the single writer works
constexpr std::size_t one_copy = 256 * 1024;
constexpr std::size_t kept_of_a_file = 64 * 1024;  // in its entry: what stands around its records

void tally(std::vector<Batch::Tally>& tallies, Outcome outcome, std::optional<Fen> amount) {
  auto at = std::ranges::lower_bound(tallies, outcome, {}, &Batch::Tally::outcome);
  if (at == tallies.end() || at->outcome != outcome) at = tallies.insert(at, {outcome, 0, Fen::zero()});
  ++at->records;
  if (amount) at->amount += *amount;
}

/// One record on its way.
struct Item {
  Submission submission;
  Record line;
  std::optional<Fen> amount;
  Reply reply = {};
};

struct Group {
  std::vector<std::shared_ptr<Item>> items;
  RecordPlace next;  ///< where the record after them begins
};

std::shared_ptr<Item> read_item(std::shared_ptr<const Profile> profile, std::string_view batch_id,
                                const adapters::CutRecord& record, Instant received) {
  adapters::RecordRead read = adapters::read_record(*profile, *profile->batch, batch_id, record);
  return std::make_shared<Item>(Item{submit(std::move(profile), record, std::move(read.read), received),
                                     std::move(read.line), read.amount});
}

/// Reads records ahead of the single writer, on a thread of its own, and waits when it is far enough ahead.
class ReadAhead {
 public:
  using Next = std::function<std::optional<Group>()>;
  explicit ReadAhead(Next next)
      : thread_([this, next = std::move(next)](const std::stop_token& stop) {
          for (;;) {
            auto group = next();
            std::unique_lock lock(mutex_);
            wake_.wait(lock, stop, [this] { return ready_.size() < groups_ahead; });
            if (stop.stop_requested()) return;
            const bool last = !group;
            ready_.push_back(std::move(group));
            wake_.notify_all();
            if (last) return;
          }
        }) {}

  /// The next group; nothing after the last one.
  std::optional<Group> next() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return !ready_.empty(); });
    auto group = std::move(ready_.front());
    if (group) ready_.pop_front();
    wake_.notify_all();
    return group;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<std::optional<Group>> ready_;
  std::jthread thread_;  // last: it ends before what it uses goes
};

/// The first finding of an entry that was judged before, and how many it has.
std::pair<std::optional<FindingRow>, std::size_t> findings_of(const store::JournalEntry& entry) {
  JsonDocument document;
  if (entry.findings.empty() || !document.read(entry.findings)) return {};
  const JsonNode* first = document.first(document.root());
  if (first == nullptr) return {};
  FindingRow row{};
  const auto text = [&](std::string_view key) {
    const JsonNode* member = document.member(*first, key);
    return member == nullptr ? std::string() : std::string(member->text);
  };
  row.code = text("code");
  row.number = std::strtoll(text("number").c_str(), nullptr, 10);
  row.text_zh = text("text_zh");
  row.text_en = text("text_en");
  if (std::string place = text("place"); !place.empty()) row.place = std::move(place);
  return {std::move(row), document.root().children};
}

}  // namespace

/// One file, from its first byte to its return file.
class Batches::Judging {
 public:
  Judging(Batches& of, Task& task)
      : of_(of), task_(task), profile_(*task.profile), form_(*task.profile->batch) {}

  BatchResult run() {
    auto result = judge();
    if (result) return *std::move(result);
    if (!of_.stopping_) {
      LogLine(LogLevel::error, "batch.not_now").partner(profile_.id.view()).reason(result.error());
    }
    return {.batch_id = batch_.id};
  }
  /// The file is the gateway's to finish: it has an entry.
  bool begun() const { return cause_.has_value(); }
  const std::filesystem::path& file() const { return path_; }

 private:
  using Result = std::expected<BatchResult, NotNow>;
  using Maybe = std::expected<void, NotNow>;

  Result judge() {
    path_ = task_.file;
    file_.emplace(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat about{};
    if (file_->get() < 0 || ::fstat(file_->get(), &about) != 0) {
      return std::unexpected(system_error("opening", path_));
    }
    size_ = static_cast<std::uint64_t>(about.st_size);
    ::fdatasync(file_->get());
    auto refused = read_through();
    if (!refused) return std::unexpected(refused.error());
    if (!refused->empty()) return refuse(std::move(*refused));
    if (task_.ours) {
      if (auto kept = keep_file(); !kept) return std::unexpected(kept.error());
    }
    return form_.all_or_nothing ? judge_whole() : judge_each();
  }

  /// Pass one: what is wrong with the file as a whole. Takes its SHA-256 on the way.
  std::expected<Findings, NotNow> read_through() {
    StreamedDigest digest;
    std::uint64_t digested = 0;
    const auto reading = [&](std::uint64_t offset, std::span<char> into) {
      const std::size_t count = read_at(file_->get(), offset, into);
      if (offset == digested) {
        digest.add({into.data(), count});
        digested += count;
      }
      return count;
    };
    Findings findings;
    const auto exceeds = [&](std::string what) {
      findings.push_back({.code = FindingCode::structure_exceeds, .values = {{"what", std::move(what)}}});
    };
    if (adapters::seal_of(profile_, adapters::Way::from_partner) != nullptr) {
      // Whole files are not proved yet, and an unsealed one would get past the partner's seal.
      findings.push_back({.code = FindingCode::framing_invalid,
                          .values = {{"what",
                                      "files of a partner that seals are not taken yet; send single, sealed "
                                      "messages"}}});
    } else if (size_ > form_.max_bytes) {
      exceeds(fmt::format("more than {} bytes", form_.max_bytes));
    } else {
      const auto cutter = adapters::cut_records(profile_, form_, reading, size_);
      Fen all = Fen::zero();  // without signs: no sum of parts is greater
      const bool adds = states_total();
      while (findings.empty()) {
        const auto record = cutter->next();
        if (!record) break;
        if (of_.stopping_) return std::unexpected("stopping");
        if (++count_.records > form_.max_records) {
          exceeds(fmt::format("more than {} records", form_.max_records));
        } else if (adds) {
          const auto amount = adapters::read_record(profile_, form_, {}, *record).amount;
          count_.total_known = count_.total_known && amount;
          if (!amount) continue;
          all += *amount < Fen::zero() ? Fen::zero() - *amount : *amount;
          count_.total += *amount;
          if (!all.in_bounds()) exceeds("a total beyond all sense");
        }
      }
      if (cutter->failed())
        return std::unexpected(fmt::format("reading {}: it became shorter", path_.string()));
      if (findings.empty()) findings = cutter->faults().take();
      around_ = (cutter->around().header + cutter->around().trailer).substr(0, kept_of_a_file);
      if (findings.empty()) {
        auto id = adapters::read_around(profile_, form_, cutter->around(), count_);
        if (id && !MessageId::parse("batch/" + *id)) {
          exceeds("the batch id");
        } else if (id) {
          batch_.id = *std::move(id);
        } else {
          findings = std::move(id.error());
        }
      }
    }
    std::vector<char> rest(one_copy);
    while (digested < size_) {
      if (reading(digested, std::span(rest).first(std::min<std::uint64_t>(rest.size(), size_ - digested))) ==
          0) {
        return std::unexpected(fmt::format("reading {}: it became shorter", path_.string()));
      }
    }
    batch_.file = digest.finish();
    return findings;
  }

  bool states_total() const {
    const auto states = [](const std::optional<adapters::MessageMap>& part) {
      return part && std::ranges::any_of(part->body.lines, [](const adapters::Line& line) {
               return line.kind == adapters::Line::Kind::field &&
                      line.field == adapters::BatchControl::field::total;
             });
    };
    return states(form_.header) || states(form_.trailer);
  }

  std::shared_ptr<Submission> file_as_message(Findings findings) const {
    return std::make_shared<Submission>(
        Submission{.profile = task_.profile,
                   .raw = around_,
                   .received = task_.complete,
                   .raw_digest = batch_.file,
                   .read = std::unexpected(adapters::Undecoded{.findings = std::move(findings)}),
                   .content = batch_.file});
  }

  /// The file is remembered as unreadable bytes are (settled 14); its id is not used up.
  Result refuse(Findings findings) {
    const auto file = file_as_message(std::move(findings));
    const auto reply = std::make_shared<Reply>();
    std::vector<Unit> units{
        [file, reply, &rulebook = of_.rulebook_](const store::View& view, Sequence sequence) {
          return admit(*file, *rulebook.current(), view, sequence, *reply);
        }};
    if (auto kept = commit(std::move(units)); !kept) return std::unexpected(kept.error());
    if (task_.ours) ::unlink(path_.c_str());
    return answered(*reply, 400);
  }

  BatchResult answered(const Reply& reply, unsigned status) const {
    return {.status = status,
            .batch_id = batch_.id,
            .duplicate = reply.duplicate,
            .sequence = reply.sequence,
            .receipt = reply.receipt};
  }

  /// Names the file by its content, so that it is found again after a restart.
  Maybe keep_file() {
    const std::filesystem::path kept =
        of_.folder_ / fmt::format("{}-{}.file", profile_.id.view(), hex(batch_.file));
    if (kept == path_) return {};
    if (::rename(path_.c_str(), kept.c_str()) != 0) return std::unexpected(system_error("renaming", path_));
    path_ = kept;
    settle(of_.folder_);
    return {};
  }

  /// The unit that gives the file its entry. The same file again finds its own.
  Unit opening(Outcome outcome, const std::shared_ptr<Reply>& reply) {
    const auto file = file_as_message({});
    const MessageId id = *MessageId::parse("batch/" + batch_.id);
    return [file, id, outcome, reply, batch = batch_](const store::View& view, Sequence sequence) {
      Writes writes = admit_file(*file, id, outcome, view, sequence, *reply);
      if (writes.entry && writes.entry->outcome == outcome) writes.changes.emplace_back(batch);
      return writes;
    };
  }
  void begin_batch() {
    batch_.partner = profile_.id;
    batch_.received = task_.complete;
    batch_.began = real_now();
    batch_.bytes = size_;
    batch_.records = count_.records;
    batch_.all_or_nothing = form_.all_or_nothing;
  }

  /// What is to be answered at once: a conflict, or the result of the same file before. Nothing: go on.
  std::optional<BatchResult> known(const Reply& reply) {
    if (reply.outcome == Outcome::conflict) {
      if (task_.ours) ::unlink(path_.c_str());
      return answered(reply, 409);
    }
    cause_ = reply.sequence;
    task_.begun(batch_.id);
    if (!reply.duplicate) return std::nullopt;
    is_again_ = true;
    if (auto before = of_.find(profile_.id, batch_.id)) batch_ = *std::move(before);
    if (!batch_.ended) return std::nullopt;
    if (task_.ours) ::unlink(path_.c_str());
    return result();
  }

  BatchResult result() const {
    return {.status = batch_.undone ? 422u : 200u,
            .batch_id = batch_.id,
            .duplicate = is_again_,
            .sequence = cause_,
            .return_file = of_.return_file(batch_),
            .tallies = batch_.tallies,
            .records = batch_.records};
  }

  // --- each record alone

  Result judge_each() {
    begin_batch();
    const auto reply = std::make_shared<Reply>();
    std::vector<Unit> units;
    units.push_back(opening(Outcome::accepted, reply));
    if (auto kept = commit(std::move(units)); !kept) return std::unexpected(kept.error());
    if (auto at_once = known(*reply)) return *std::move(at_once);
    return go_on();
  }

  /// Pass two, from where it stands.
  Result go_on() {
    if (auto opened = open_lines(); !opened) return std::unexpected(opened.error());
    std::optional<RecordPlace> from;
    if (batch_.judged > 0) from = {batch_.judged + 1, batch_.offset, batch_.line, batch_.line_offset};
    const auto reading = [this](std::uint64_t offset, std::span<char> into) {
      return read_at(file_->get(), offset, into);
    };
    const auto cutter = adapters::cut_records(profile_, form_, reading, size_, from);
    ReadAhead ahead([&, id = batch_.id, received = batch_.received]() -> std::optional<Group> {
      Group group;
      while (group.items.size() < group_records) {
        const auto record = cutter->next();
        if (!record) break;
        group.items.push_back(read_item(task_.profile, id, *record, received));
      }
      group.next = cutter->next_place();
      if (group.items.empty()) return std::nullopt;
      return group;
    });
    std::optional<Group> before;  // committed, its lines not yet written
    while (auto group = ahead.next()) {
      if (of_.stopping_) return std::unexpected("stopping");
      std::vector<Unit> units;
      units.reserve(group->items.size() + 1);
      for (const auto& item : group->items) {
        units.emplace_back([item, &rulebook = of_.rulebook_](const store::View& view, Sequence sequence) {
          return admit(item->submission, *rulebook.current(), view, sequence, item->reply);
        });
      }
      units.push_back(progress());
      auto committed = begin_commit(std::move(units));
      if (before) {
        if (auto written = write_lines(*before); !written) {
          committed.wait();
          return std::unexpected(written.error());
        }
      }
      if (auto kept = committed.get(); !kept) return std::unexpected(kept.error().what);
      for (const auto& item : group->items) {
        for (const PartnerId& partner : item->reply.addressed) of_.on_outgoing_(partner);
      }
      before = std::move(group);
    }
    if (before) {
      if (auto written = write_lines(*before); !written) return std::unexpected(written.error());
    }
    if (batch_.judged != batch_.records)
      return std::unexpected(fmt::format("reading {}: it has changed", path_.string()));
    return finish();
  }

  /// The batch as its lines stand now: what is committed beside a group must not say more than is on disk.
  Unit progress() const {
    return [batch = batch_, cause = *cause_](const store::View&, Sequence) {
      return Writes{.changes = {batch}, .cause = cause};
    };
  }

  Maybe write_lines(const Group& group) {
    std::string text;
    for (const auto& item : group.items) {
      tell(*item);
      tally(batch_.tallies, item->reply.outcome, item->amount);
      add_line(std::move(item->line), item->reply.outcome, text);
    }
    if (auto written = write_all(lines_->get(), text); !written) return written;
    batch_.judged += group.items.size();
    batch_.return_bytes += text.size();
    batch_.offset = group.next.offset;
    batch_.line = group.next.line;
    batch_.line_offset = group.next.line_offset;
    return {};
  }

  void add_line(Record line, Outcome outcome, std::string& text) {
    if (form_.result.failures_only && passed(outcome)) return;
    text += adapters::return_line(profile_, form_, std::move(line), batch_.return_bytes + text.size() == 0);
  }

  /// Fills the record's line with what became of it.
  void tell(Item& item) const {
    using Field = adapters::BatchLine::field;
    const Reply& reply = item.reply;
    Record& line = item.line;
    line.set(Field::outcome, Code{static_cast<std::uint8_t>(reply.outcome)});
    if (reply.sequence) line.set(Field::receipt_no, static_cast<std::int64_t>(reply.sequence->number));
    std::optional<FindingRow> first = reply.first_finding;
    std::size_t findings = reply.findings;
    if (!item.submission.read) {  // its own places, also if the same bytes stood elsewhere before
      const Findings& own = item.submission.read.error().findings;
      first = receipt_row(own.front());
      findings = own.size();
    } else if (reply.duplicate) {
      if (const auto entry = of_.store_.entry(*reply.sequence))
        std::tie(first, findings) = findings_of(entry->entry);
    }
    if (first) tell_why(line, *first, findings);
  }
  static void tell_why(Record& line, const FindingRow& why, std::size_t findings) {
    using Field = adapters::BatchLine::field;
    line.set(Field::findings, static_cast<std::int64_t>(findings));
    line.set(Field::number, why.number);
    line.set_text(Field::code, why.code);
    line.set_text(Field::text_zh, why.text_zh);
    line.set_text(Field::text_en, why.text_en);
    if (why.place) line.set_text(Field::place, *why.place);
  }

  // --- all or nothing

  /// The file's entry, its records and its progress in one group, each record read when its turn comes.
  Result judge_whole() {
    begin_batch();
    const auto reply = std::make_shared<Reply>();
    std::optional<Batch> before = of_.find(profile_.id, batch_.id);
    if (before &&
        before->file == batch_.file) {  // kept as a whole before: only its return file may be missing
      std::vector<Unit> units;
      units.push_back(opening(Outcome::accepted, reply));
      if (auto kept = commit(std::move(units)); !kept) return std::unexpected(kept.error());
      if (auto at_once = known(*reply)) return *std::move(at_once);
      return go_on();
    }
    struct Whole {
      std::unique_ptr<adapters::RecordCutter> cutter;
      std::vector<std::shared_ptr<Item>> judged;  ///< without what has been committed
      bool conflict = false;
      bool bad = false;
    };
    const auto reading = [this](std::uint64_t offset, std::span<char> into) {
      return read_at(file_->get(), offset, into);
    };
    const auto whole = std::make_shared<Whole>();
    whole->cutter = adapters::cut_records(profile_, form_, reading, size_);
    std::vector<Unit> units;
    units.reserve(count_.records + 1);
    units.emplace_back(
        [open = opening(Outcome::accepted, reply), whole, reply](const store::View& view, Sequence sequence) {
          Writes writes = open(view, sequence);
          whole->conflict = reply->outcome == Outcome::conflict || reply->duplicate;
          return writes;
        });
    for (std::uint64_t i = 0; i < count_.records; ++i) {
      units.emplace_back([this, whole](const store::View& view, Sequence sequence) -> Writes {
        if (whole->conflict) return {};
        const auto record = whole->cutter->next();
        if (!record) throw std::runtime_error("the file has changed");
        auto item = read_item(task_.profile, batch_.id, *record, batch_.received);
        Writes writes = admit(item->submission, *of_.rulebook_.current(), view, sequence, item->reply);
        whole->bad = whole->bad || !passed(item->reply.outcome);
        tell(*item);
        item->submission.raw.clear();
        item->submission.canonical.clear();
        item->reply.receipt.clear();
        if (item->submission.read) item->submission.read = std::unexpected(adapters::Undecoded{});
        whole->judged.push_back(std::move(item));
        return writes;
      });
    }
    auto kept = begin_commit(std::move(units), [whole] { return whole->conflict || !whole->bad; }).get();
    if (!kept) return std::unexpected(kept.error().what);
    if (whole->conflict) {
      if (auto at_once = known(*reply)) return *std::move(at_once);
      return std::unexpected("the store cannot say what it knows of the file");
    }
    for (const auto& item : whole->judged) {
      if (*kept) {
        for (const PartnerId& partner : item->reply.addressed) of_.on_outgoing_(partner);
      }
    }
    return *kept ? wholly_kept(*reply, whole->judged) : nothing_kept(whole->judged);
  }

  Result wholly_kept(const Reply& reply, const std::vector<std::shared_ptr<Item>>& judged) {
    cause_ = reply.sequence;
    if (auto written = write_whole(judged); !written) return std::unexpected(written.error());
    return finish();
  }

  /// The return file names the bad records; the good ones are not kept because of them.
  Result nothing_kept(const std::vector<std::shared_ptr<Item>>& judged) {
    using Field = adapters::BatchLine::field;
    batch_.undone = true;
    for (const auto& item : judged) {
      item->line.clear(Field::receipt_no);
      if (!passed(item->reply.outcome)) continue;
      item->reply.outcome = Outcome::rejected;
      item->line.set(Field::outcome, Code{static_cast<std::uint8_t>(Outcome::rejected)});
      item->line.set_text(Field::text_zh, "整批处理：因同批其他记录有误，本记录未入账");
      item->line.set_text(Field::text_en, "kept whole or not at all: not kept because of other records");
    }
    if (auto written = write_whole(judged); !written) return std::unexpected(written.error());
    if (auto complete = complete_return_file(); !complete) return std::unexpected(complete.error());
    batch_.ended = real_now();
    const auto reply = std::make_shared<Reply>();
    std::vector<Unit> units;
    units.push_back(opening(Outcome::rejected, reply));
    if (auto kept = commit(std::move(units)); !kept) return std::unexpected(kept.error());
    cause_ = reply->sequence;
    return done();
  }

  Maybe write_whole(const std::vector<std::shared_ptr<Item>>& judged) {
    if (auto opened = open_lines(); !opened) return opened;
    std::string text;
    for (const auto& item : judged) {
      tally(batch_.tallies, item->reply.outcome, item->amount);
      add_line(std::move(item->line), item->reply.outcome, text);
    }
    batch_.judged = judged.size();
    batch_.return_bytes = text.size();
    return write_all(lines_->get(), text);
  }

  // --- the return file

  std::filesystem::path lines_path() const {
    std::filesystem::path path = of_.return_file(batch_);
    return path += ".lines";
  }

  /// The lines as far as the progress says they stand. If they do not (a power cut), all are written anew:
  /// the records are known, and give the same lines.
  Maybe open_lines() {
    lines_.emplace(::open(lines_path().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    struct stat about{};
    if (lines_->get() < 0 || ::fstat(lines_->get(), &about) != 0) {
      return std::unexpected(system_error("opening", lines_path()));
    }
    if (static_cast<std::uint64_t>(about.st_size) < batch_.return_bytes) {
      batch_.judged = batch_.return_bytes = batch_.offset = batch_.line_offset = 0;
      batch_.line = 1;
      batch_.tallies.clear();
    }
    const auto end = static_cast<off_t>(batch_.return_bytes);
    if (::ftruncate(lines_->get(), end) != 0 || ::lseek(lines_->get(), end, SEEK_SET) != end) {
      return std::unexpected(system_error("cutting", lines_path()));
    }
    return {};
  }

  Record summary() const {
    using Field = adapters::BatchSummary::field;
    Record summary(adapters::BatchSummary::spec());
    std::uint64_t good = 0;
    std::uint64_t bad = 0;
    Fen good_total = Fen::zero();
    Fen bad_total = Fen::zero();
    for (const Batch::Tally& each : batch_.tallies) {
      (passed(each.outcome) ? good : bad) += each.records;
      (passed(each.outcome) ? good_total : bad_total) += each.amount;
    }
    summary.set_text(Field::batch_id, batch_.id);
    summary.set(Field::received_at, batch_.received);
    summary.set(Field::records, static_cast<std::int64_t>(batch_.records));
    summary.set(Field::total, good_total + bad_total);
    summary.set(Field::passed, static_cast<std::int64_t>(good));
    summary.set(Field::passed_total, good_total);
    summary.set(Field::failed, static_cast<std::int64_t>(bad));
    summary.set(Field::failed_total, bad_total);
    summary.set(Field::kept, Code{static_cast<std::uint8_t>(batch_.undone ? Answer::no : Answer::yes)});
    return summary;
  }

  /// Puts the return file together and makes it durable.
  Maybe complete_return_file() {
    const std::filesystem::path whole = of_.return_file(batch_);
    std::filesystem::path part = whole;
    part += ".part";
    const adapters::ReturnEnds ends = adapters::return_ends(profile_, form_, summary());
    const Descriptor out(::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (out.get() < 0) return std::unexpected(system_error("making", part));
    if (auto written = write_all(out.get(), ends.begin); !written) return written;
    std::vector<char> bytes(one_copy);
    for (std::uint64_t at = 0; at < batch_.return_bytes;) {
      const std::size_t wanted = std::min<std::uint64_t>(bytes.size(), batch_.return_bytes - at);
      if (read_at(lines_->get(), at, std::span(bytes).first(wanted)) != wanted) {
        return std::unexpected(system_error("reading", lines_path()));
      }
      if (auto written = write_all(out.get(), {bytes.data(), wanted}); !written) return written;
      at += wanted;
    }
    if (auto written = write_all(out.get(), ends.end); !written) return written;
    if (::fdatasync(out.get()) != 0 || ::rename(part.c_str(), whole.c_str()) != 0) {
      return std::unexpected(system_error("keeping", whole));
    }
    settle(of_.folder_);
    return {};
  }

  Result finish() {
    if (auto complete = complete_return_file(); !complete) return std::unexpected(complete.error());
    batch_.ended = real_now();
    std::vector<Unit> units;
    units.push_back(progress());
    if (auto kept = commit(std::move(units)); !kept) return std::unexpected(kept.error());
    return done();
  }

  BatchResult done() const {
    ::unlink(lines_path().c_str());
    if (task_.ours) ::unlink(path_.c_str());
    LogLine(LogLevel::info, "batch.judged")
        .partner(profile_.id.view())
        .sequence(cause_->number)
        .number("batch.records", batch_.records)
        .status(batch_.undone ? 422 : 200);
    return result();
  }

  // --- the single writer

  std::future<store::Committer::Kept> begin_commit(
      std::vector<Unit> units, std::function<bool()> keep = [] { return true; }) {
    auto promise = std::make_shared<std::promise<store::Committer::Kept>>();
    auto kept = promise->get_future();
    of_.committer_.submit_whole(std::move(units), std::move(keep), [promise](store::Committer::Kept said) {
      promise->set_value(std::move(said));
    });
    return kept;
  }
  std::expected<void, NotNow> commit(std::vector<Unit> units) {
    const auto kept = begin_commit(std::move(units)).get();
    if (!kept) return std::unexpected(kept.error().what);
    return {};
  }

  Batches& of_;
  Task& task_;
  const Profile& profile_;
  const BatchForm& form_;
  std::filesystem::path path_;
  std::optional<Descriptor> file_;
  std::uint64_t size_ = 0;
  std::string around_;
  adapters::BatchCount count_;
  Batch batch_;
  std::optional<Sequence> cause_;  // the file's entry
  bool is_again_ = false;
  std::optional<Descriptor> lines_;
};

Batches::Judged Batches::judge(Task& task) {
  Judging judging(*this, task);
  Judged judged{.result = judging.run(), .begun = judging.begun()};
  task.file = judging.file();
  return judged;
}

}  // namespace loangate::intake
