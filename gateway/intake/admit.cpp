#include "intake/admit.hpp"

#include "intake/receipt.hpp"

namespace loangate::intake {
namespace {

using adapters::Undecoded;
using store::JournalEntry;
using store::Prior;
using store::Writes;

unsigned status_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::accepted:
    case Outcome::held:
      return 200;
    case Outcome::rejected:
      return 422;
    case Outcome::unreadable:
      return 400;
    case Outcome::conflict:
      return 409;
  }
  __builtin_trap();
}

/// What the receipt names of the message that it answers.
struct Original {
  std::optional<MessageKind> kind;
  std::optional<MessageId> id;
  std::optional<LoanNo> loan_no = {};
  std::optional<CaseNo> case_no = {};
  std::optional<programme::Decision::Limit> limit = {};
};

/// What every receipt of a message says, whatever was found.
Receipt receipt_for(const Original& original, Sequence sequence, Outcome outcome, Instant received) {
  return {.receipt_no = static_cast<std::int64_t>(sequence.number),
          .original_id = original.id,
          .original_type = original.kind ? message_type(*original.kind) : MessageType::unknown,
          .outcome = outcome,
          .received_at = received,
          .loan_no = original.loan_no,
          .case_no = original.case_no,
          .may_resend = outcome == Outcome::unreadable ? Answer::yes : Answer::no};
}

/// A duplicate gets the first answer, byte for byte and with its status; nothing is written (settled 11).
/// Where retention has removed the first answer, it gets what is still known of it: number, time and outcome.
Writes answer_again(const Submission& submission, const Original& original, const Prior& prior,
                    Reply& reply) {
  reply = {.status = prior.status,
           .receipt = prior.receipt,
           .sequence = prior.sequence,
           .outcome = prior.outcome,
           .duplicate = true};
  if (prior.removed_by) {
    reply.receipt = write_receipt(*submission.profile,
                                  receipt_for(original, prior.sequence, prior.outcome, prior.received));
  }
  return {};
}

/// Fills the answer with a receipt and returns the journal's entry, which keeps both.
JournalEntry conclude(const Submission& submission, Sequence sequence, const Original& original,
                      Outcome outcome, const Findings& findings, Reply& reply) {
  Receipt receipt = receipt_for(original, sequence, outcome, submission.received);
  if (original.limit) {
    receipt.headroom = original.limit->headroom;
    receipt.reserved = original.limit->reserved;
    receipt.reserved_until = original.limit->reserved_until;
  }
  for (const Finding& finding : findings) receipt.findings.push_back(receipt_row(finding));

  reply = {.status = status_of(outcome),
           .receipt = write_receipt(*submission.profile, receipt),
           .sequence = sequence,
           .outcome = outcome,
           .finding_codes = codes(findings),
           .findings = findings.size()};
  if (!receipt.findings.empty()) reply.first_finding = receipt.findings.front();

  JournalEntry entry{.partner = submission.profile->id,
                     .kind = original.kind,
                     .received = submission.received,
                     .real_time = real_now(),
                     .raw = submission.raw,
                     .raw_digest = submission.raw_digest,
                     .content = submission.content,
                     .profile = submission.profile->version,
                     .outcome = outcome,
                     .status = reply.status,
                     .receipt = reply.receipt};
  if (!findings.empty()) entry.findings = findings_json(findings);
  if (outcome != Outcome::unreadable) {
    entry.message_id = original.id.value_or(MessageId{});
    entry.canonical = submission.canonical;
  }
  return entry;
}

Writes admit_unreadable(const Submission& submission, const store::View& view, Sequence sequence,
                        Reply& reply) {
  const Undecoded& faults = submission.read.error();
  const Original original{faults.kind, faults.message_id};
  if (const auto prior = view.unreadable(submission.profile->id, submission.raw_digest)) {
    return answer_again(submission, original, *prior, reply);
  }
  return {.entry = conclude(submission, sequence, original, Outcome::unreadable, faults.findings, reply)};
}

/// The id was used for other content (settled 11). The message is remembered; the id stays with the first.
Writes admit_conflict(const Submission& submission, const Prior& first, const Original& original,
                      Sequence sequence, Reply& reply) {
  const Findings findings{{.code = FindingCode::message_id_conflict,
                           .values = {{"first", std::to_string(first.sequence.number)}}}};
  return {.entry = conclude(submission, sequence, original, Outcome::conflict, findings, reply)};
}

/// A message whose seal does not hold says nothing that counts (validity of keys is real time).
void prove_seal(Submission& submission, const adapters::SealFields& head) {
  auto proved =
      adapters::open_seal(*submission.profile, adapters::Way::from_partner, submission.raw, head, real_now());
  if (proved) {
    submission.seal_key = *std::move(proved);
    return;
  }
  Undecoded refused{.findings = std::move(proved.error())};
  if (submission.read) {
    refused.kind = submission.read->kind;
    refused.message_id = MessageId::parse(std::get<std::string_view>(submission.read->record[0]));
  } else {
    refused.kind = submission.read.error().kind;
    refused.message_id = submission.read.error().message_id;
  }
  submission.read = std::unexpected(std::move(refused));
  // The same body with another seal in its head is not the same message.
  if (!head.seal.empty() || !head.key.empty())
    submission.raw_digest = DigestBuilder().add(submission.raw).add(head.seal).add(head.key).finish();
}

}  // namespace

Submission submit(std::shared_ptr<const adapters::Profile> profile, std::string raw, Instant received,
                  const adapters::SealFields& head, Seals seals) {
  Submission submission{.profile = std::move(profile),
                        .raw = std::move(raw),
                        .received = received,
                        .raw_digest = {},
                        .read = std::unexpected(Undecoded{})};
  submission.raw_digest = sha256(submission.raw);
  submission.read = adapters::decode(*submission.profile, submission.message());
  if (seals == Seals::proved) prove_seal(submission, head);
  if (submission.read) {
    submission.content = adapters::content_digest(*submission.profile, *submission.read);
    submission.canonical = canonical_json(submission.read->record);
  }
  return submission;
}

Submission submit(std::shared_ptr<const adapters::Profile> profile, const adapters::CutRecord& record,
                  std::expected<adapters::Decoded, Undecoded> read, Instant received) {
  Submission submission{.profile = std::move(profile),
                        .raw = std::string(record.bytes),
                        .received = received,
                        .raw_digest = sha256(record.bytes),
                        .read = std::move(read),
                        .in_file = record.place};
  if (submission.read) {
    submission.content = adapters::content_digest(*submission.profile, *submission.read);
    submission.canonical = canonical_json(submission.read->record);
  }
  return submission;
}

Writes admit_file(const Submission& file, const MessageId& id, Outcome outcome, const store::View& view,
                  Sequence sequence, Reply& reply) {
  const Original original{std::nullopt, id};
  if (const auto prior = view.message(file.profile->id, id)) {
    return prior->raw_digest == file.raw_digest ? answer_again(file, original, *prior, reply)
                                                : admit_conflict(file, *prior, original, sequence, reply);
  }
  return {.entry = conclude(file, sequence, original, outcome, {}, reply)};
}

Writes admit(const Submission& submission, const programme::Rulebook& rulebook, const store::View& view,
             Sequence sequence, Reply& reply) {
  if (!submission.read) return admit_unreadable(submission, view, sequence, reply);

  const adapters::Decoded& message = *submission.read;
  // The message id is the first field of every message that comes in.
  const auto id = MessageId::parse(std::get<std::string_view>(message.record[0])).value();
  Original original{message.kind, id};
  if (const auto prior = view.message(submission.profile->id, id)) {
    const bool same = prior->raw_digest == submission.raw_digest || prior->content == submission.content;
    return same ? answer_again(submission, original, *prior, reply)
                : admit_conflict(submission, *prior, original, sequence, reply);
  }

  const programme::Occasion occasion{.sequence = sequence,
                                     .partner = submission.profile->id,
                                     .received = submission.received,
                                     .content = submission.content};
  programme::Decision decision =
      programme::decide(inbound(message.kind, message.record), occasion, view, rulebook);
  if (submission.in_file) {
    adapters::locate_record(*submission.profile, message.kind, {submission.raw, *submission.in_file},
                            decision.findings);
  } else {
    adapters::locate(*submission.profile, message.kind, submission.message(), decision.findings);
  }
  original.loan_no = decision.loan_no;
  original.case_no = decision.case_no;
  original.limit = decision.limit;

  Writes writes{.entry = conclude(submission, sequence, original, decision.outcome, decision.findings, reply),
                .changes = std::move(decision.changes),
                .outgoing = std::move(decision.outgoing)};
  for (const Outgoing& outgoing : writes.outgoing) reply.addressed.push_back(outgoing.to);
  return writes;
}

}  // namespace loangate::intake
