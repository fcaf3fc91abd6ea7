#include "adapters/codec/codec.hpp"
#include "adapters/codec/documents.hpp"
#include "adapters/codec/forms.hpp"
#include "adapters/codec/framing.hpp"
#include "adapters/codec/read_fields.hpp"
#include "adapters/codec/watch.hpp"

#include <fmt/format.h>

namespace loangate::adapters {

namespace {

/// Reads what it is shown into a message.
class MessageBuilder final : public StretchVisitor {
 public:
  MessageBuilder(const Profile& profile, Record& message, Faults& faults, DecodeWatcher* watcher)
      : fields_(profile, message, faults), message_(message), watcher_(watcher) {}

  void visit(const Stretch& stretch) override {
    Record& into = stretch.group == nullptr ? message_ : message_.add_row(stretch.group->field);
    fields_.read(stretch, into);
    fields_.read_derived(stretch, into);
    if (watcher_ != nullptr) watcher_->stretch(stretch);
  }
  bool thorough() const override { return watcher_ != nullptr; }
  void unread(std::string place, std::string_view text) override { watcher_->unread(std::move(place), text); }

 private:
  FieldReader fields_;
  Record& message_;
  DecodeWatcher* watcher_;
};

/// Fills the header's cells, good until the next message of this thread.
void fill_header(Stretch& header, const Framed& framed, Faults& faults) {
  thread_local std::vector<Cell> cells;
  thread_local std::string pool;
  pool_for(framed.header, pool);
  fill_cells(header, framed.header, 0, framed, cells, pool, faults);
}

/// The header's statement of how much follows it.
void check_body_length(const Stretch& header, const Framed& framed, Faults& faults) {
  for (const Line& line : header.layout->lines) {
    if (line.kind != Line::Kind::body_length) continue;
    const std::string_view text = header.cells[line.first_slot].text;
    const auto stated = read_count(text);
    if (stated && static_cast<std::uint64_t>(*stated) == framed.after_header) continue;
    faults.add(FindingCode::framing_invalid, place_of(header, line.first_slot),
               {{"what", fmt::format("body length `{}`, actual {}", shown(text), framed.after_header)}});
  }
}

std::string header_type(const Profile& profile, const Framed& framed) {
  const auto& span = std::get<Span>(profile.type.place);
  if (span.offset + span.width > framed.header.size()) return {};
  std::string pool;
  pool_for(framed.header, pool);
  return std::string(
      read_bytes(profile, framed.header.substr(span.offset, span.width), &profile.type.padding, false, pool)
          .text);
}

std::optional<MessageId> message_id_of(const Record& message) {
  const std::size_t field = message.spec().index_of("message_id");
  if (field == message.spec().fields.size() || !message.has(field)) return std::nullopt;
  return MessageId::parse(std::get<std::string_view>(message[field]));
}

/// `watcher`: null if nobody watches.
std::expected<Decoded, Undecoded> read_message(const Profile& profile, std::string_view body,
                                               DecodeWatcher* watcher) {
  Faults faults;
  const auto refused = [&faults](std::optional<MessageKind> kind = {}, std::optional<MessageId> id = {}) {
    return std::unexpected(Undecoded{.findings = faults.take(), .kind = kind, .message_id = id});
  };
  if (body.size() > profile.bounds.body_bytes) {
    faults.add(FindingCode::structure_exceeds, {},
               {{"what", fmt::format("more than {} bytes", profile.bounds.body_bytes)}});
    return refused();
  }
  const auto framed = unframe(profile, body, faults, watcher != nullptr);
  if (!framed) return refused();
  if (watcher != nullptr) watcher->framed(*framed);

  ReadDocument read = read_document(profile, *framed, nullptr, faults, watcher);
  if (!faults.none()) return refused(read.kind, read.record ? message_id_of(*read.record) : std::nullopt);
  return Decoded{*read.kind, *std::move(read.record)};
}

}  // namespace

ReadDocument read_document(const Profile& profile, const Framed& framed, const MessageMap* expected,
                           Faults& faults, DecodeWatcher* watcher) {
  DocumentReader& document = document_reader(profile.format);
  const bool opened = document.open(profile, framed, faults);
  const bool type_in_header = profile.type.in_header && expected == nullptr;
  if (!opened && !type_in_header) return {};
  const MessageMap* message = expected;
  if (message == nullptr) {
    const std::string header_code = type_in_header ? header_type(profile, framed) : std::string{};
    const std::string_view code = type_in_header ? std::string_view(header_code) : document.type();
    message = profile.find_code(code);
    if (message == nullptr) {
      faults.add(FindingCode::type_unknown, place_of(profile, profile.type),
                 {{"given", shown(code)}, {"known", profile.known_codes()}});
      return {};
    }
  }

  if (watcher != nullptr) watcher->mapped(*message);
  Record record(*message->body.record);
  Stretch header{
      .profile = &profile, .layout = &message->header, .record = Stretch::header, .bytes = framed.header};
  if (!framed.header.empty()) {
    fill_header(header, framed, faults);
    check_body_length(header, framed, faults);
    FieldReader(profile, record, faults).read(header, record);
    if (watcher != nullptr) watcher->stretch(header);
  }
  if (opened) {
    MessageBuilder builder(profile, record, faults, watcher);
    document.read(*message, builder);
  }
  // A header may repeat fields of the body. Without a body only what the header has itself can be told.
  if (!framed.header.empty()) {
    Faults of_header_alone;
    FieldReader(profile, record, opened ? faults : of_header_alone).read_derived(header, record);
  }
  if (watcher != nullptr) watcher->done(record);
  return {message->kind, std::move(record)};
}

std::expected<Decoded, Undecoded> decode(const Profile& profile, std::string_view body) {
  return read_message(profile, body, nullptr);
}

std::expected<Decoded, Undecoded> decode(const Profile& profile, std::string_view body,
                                         DecodeWatcher& watcher) {
  return read_message(profile, body, &watcher);
}

}  // namespace loangate::adapters
