#include "adapters/contract/contract.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/batch/form.hpp"
#include "adapters/contract/page.hpp"
#include "adapters/contract/schemas.hpp"
#include "adapters/contract/seal_terms.hpp"
#include "adapters/contract/terms.hpp"
#include "adapters/profile/file_drop.hpp"
#include "base/json_writer.hpp"
#include "domain/remedy.hpp"

namespace loangate::adapters {

namespace {

std::string media_type_of(const Profile& profile) {
  return profile.format == Format::fixed ? "application/octet-stream" : profile.content_types.front();
}

/// What the gateway finds in each bad sample.
ContractFile findings_json(const Profile& profile, const std::vector<SampledMessage>& messages) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("samples").begin_array();
  for (const SampledMessage& message : messages) {
    for (const SampleDocument& sample : message.samples) {
      if (sample.findings.empty()) continue;
      json.begin_object()
          .member("file", fmt::format("samples/{}.{}", sample.name, file_extension(profile)))
          .key("findings")
          .begin_array();
      for (const Finding& finding : sample.findings) {
        json.begin_object()
            .member("code", spec_of(finding.code).name)
            .member("number", static_cast<int>(finding.code))
            .member("place", std::string_view(finding.place))
            .member("zh", text_zh(finding))
            .member("en", text_en(finding))
            .end_object();
      }
      json.end_array().end_object();
    }
  }
  json.end_array().end_object();
  return {"samples/findings.json", "application/json", out + "\n"};
}

void write_connection(JsonWriter& json, const Profile& profile) {
  json.key("connection").begin_object();
  json.key("calls").begin_array();
  json.value("POST /v1/messages")
      .value("POST /v1/documents")
      .value("GET /v1/receipts/{id}")
      .value("GET /v1/contract");
  if (profile.batch) json.value("POST /v1/batches").value("GET /v1/batches/{id}");
  if (profile.push() == nullptr) json.value("GET /v1/mailbox").value("POST /v1/mailbox/{id}/ack");
  json.end_array().key("content_types").begin_array();
  for (const std::string& type : profile.content_types) json.value(std::string_view(type));
  json.end_array()
      .member("body_bytes", static_cast<std::uint64_t>(profile.bounds.body_bytes))
      .member("messages_per_second", static_cast<std::uint64_t>(profile.bounds.messages_per_second));
  if (const Push* push = profile.push()) {
    json.key("push")
        .begin_object()
        .member("url", std::string_view(push->url))
        .member("server_name", std::string_view(push->server_name))
        .member("within_seconds", push->within_seconds)
        .end_object();
  }
  json.end_object();
}

void write_words(JsonWriter& json, std::string_view key, const Bilingual& words) {
  json.key(key)
      .begin_object()
      .member("zh", std::string_view(words.zh))
      .member("en", std::string_view(words.en))
      .end_object();
}

void write_seals(JsonWriter& json, const Profile& profile) {
  json.key("seals").begin_object();
  for (const Way way : {Way::from_partner, Way::to_partner}) {
    const Seal* seal = seal_of(profile, way);
    if (seal == nullptr) continue;
    const SealTerms terms = terms_of(profile, *seal);
    json.key(name(way)).begin_object().member("algorithm", terms.algorithm);
    if (!terms.signature.empty()) json.member("signature", terms.signature);
    if (!terms.distinguishing_id.empty()) json.member("distinguishing_id", terms.distinguishing_id);
    json.member("encoding", terms.encoding);
    write_words(json, "at", terms.at);
    write_words(json, "key_at", terms.key_at);
    write_words(json, "covers", terms.covers);
    json.member("command", std::string_view(terms.command)).key("keys").begin_array();
    for (const SealKey& key : seal->keys) {
      json.begin_object()
          .member("id", std::string_view(key.id))
          .member("from", format(first_day(key)))
          .member("until", format(last_day(key)))
          .end_object();
    }
    json.end_array().end_object();
  }
  json.end_object();
}

void write_batch(JsonWriter& json, const BatchForm& form) {
  json.key("batch").begin_object();
  if (form.kind) json.member("message", spec_of(*form.kind).name);
  json.member("judged", form.all_or_nothing ? "all_or_nothing" : "each");
  if (!form.total_of.empty()) json.member("total_of", std::string_view(form.total_of));
  json.member("max_records", form.max_records)
      .member("max_bytes", form.max_bytes)
      .member("return_lines", form.result.failures_only ? "failures" : "all")
      .member("layout", "batch-layout.json")
      .end_object();
}

std::string_view name(FileDrop::Marker::Holds holds) {
  switch (holds) {
    case FileDrop::Marker::Holds::nothing:
      return "nothing";
    case FileDrop::Marker::Holds::size:
      return "size";
    case FileDrop::Marker::Holds::sha256:
      return "sha256";
  }
  return {};
}

void write_file_drop(JsonWriter& json, const FileDrop& drop) {
  json.key("file_transport")
      .begin_object()
      .member("incoming", std::string_view(drop.incoming.pattern()))
      .member("returned", std::string_view(drop.returned))
      .member("complete", drop.marker ? "marker" : "rename");
  if (drop.marker) {
    json.member("marker", std::string_view(drop.marker->suffix)).member("holds", name(drop.marker->holds));
  }
  if (drop.expected) {
    json.member("expected_by", std::string_view(drop.expected->by))
        .member("expected_days", drop.expected->every_day ? "every" : "working");
  }
  json.member("stale_minutes", drop.stale_minutes).end_object();
}

void write_leniencies(JsonWriter& json, const Profile& profile) {
  json.key("leniencies").begin_array();
  for (const Leniency& leniency : profile.leniencies) {
    json.begin_object()
        .member("option", std::string_view(leniency.option))
        .member("until", format(leniency.until))
        .end_object();
  }
  json.end_array();
}

void write_message(JsonWriter& json, const MessageMap& map) {
  const MessageSpec& spec = spec_of(map.kind);
  json.begin_object()
      .member("message", spec.name)
      .member("zh", spec.record->zh)
      .member("en", spec.record->en)
      .member("direction", direction_of(map))
      .member("code", std::string_view(map.code))
      .key("deadlines")
      .begin_array();
  for (const DeadlineWords& deadline : deadlines_of(map.kind)) {
    json.begin_object()
        .member("rules", deadline.rules)
        .member("zh", deadline.zh)
        .member("en", deadline.en)
        .end_object();
  }
  json.end_array().key("findings").begin_array();
  if (map.from_partner) {
    for (const FindingCode code : findings_of(map.kind)) json.value(spec_of(code).name);
  }
  json.end_array().end_object();
}

void write_findings(JsonWriter& json, const Profile& profile) {
  std::vector<FindingCode> codes;
  for (const MessageMap& map : profile.messages) {
    if (map.from_partner) std::ranges::copy(findings_of(map.kind), std::back_inserter(codes));
  }
  std::ranges::sort(codes);
  const auto repeated = std::ranges::unique(codes);
  codes.erase(repeated.begin(), repeated.end());
  json.key("findings").begin_array();
  for (const FindingCode code : codes) {
    const FindingSpec& spec = spec_of(code);
    const Remedy& remedy = remedy_for(code);
    json.begin_object()
        .member("code", spec.name)
        .member("number", static_cast<int>(code))
        .member("clause", spec.clause)
        .member("may_resend", spec.may_resend)
        .member("zh", spec.zh)
        .member("en", spec.en)
        .member("remedy_zh", remedy.zh)
        .member("remedy_en", remedy.en)
        .end_object();
  }
  json.end_array();
}

/// What there is, for machines; by this file a folder is known as a contract.
ContractFile index(const Profile& profile, const std::vector<ContractFile>& files) {
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .member("loangate_contract", 1)
      .member("partner", profile.id.view())
      .member("role", spec_of(profile.role).name)
      .member("name_zh", std::string_view(profile.name_zh))
      .member("name_en", std::string_view(profile.name_en))
      .member("format", name(profile.format))
      .member("encoding", name(profile.charset));
  write_connection(json, profile);
  write_seals(json, profile);
  if (profile.batch) write_batch(json, *profile.batch);
  if (profile.files) write_file_drop(json, *profile.files);
  write_leniencies(json, profile);
  json.key("messages").begin_array();
  for (const MessageMap& map : profile.messages) write_message(json, map);
  json.end_array();
  write_findings(json, profile);
  json.key("files").begin_array();
  for (const ContractFile& file : files) {
    json.begin_object()
        .member("name", std::string_view(file.name))
        .member("media_type", std::string_view(file.media_type))
        .member("bytes", static_cast<std::uint64_t>(file.bytes.size()))
        .end_object();
  }
  json.end_array().end_object();
  return {std::string(contract_index), "application/json", out + "\n"};
}

}  // namespace

std::vector<ContractFile> contract(const Profile& profile) {
  std::vector<ContractFile> files;
  std::vector<SampledMessage> messages;
  for (const MessageMap& map : profile.messages) {
    switch (profile.format) {
      case Format::xml:
        std::ranges::move(xsd(profile, map), std::back_inserter(files));
        break;
      case Format::json:
        files.push_back(json_schema(profile, map));
        break;
      case Format::fixed:
        break;
    }
    messages.push_back({&map, samples_of(profile, map)});
    for (const SampleDocument& sample : messages.back().samples) {
      files.push_back({fmt::format("samples/{}.{}", sample.name, file_extension(profile)),
                       media_type_of(profile), sample.bytes});
    }
  }
  files.push_back(findings_json(profile, messages));
  if (has_layout(profile)) {
    files.push_back(layout_json(profile));
    files.push_back(layout_csv(profile));
  }
  if (profile.batch) files.push_back(batch_layout_json(profile, *profile.batch));
  files.push_back(code_lists_json(profile));
  files.push_back(page(profile, messages, files));
  std::ranges::sort(files, {}, &ContractFile::name);
  files.push_back(index(profile, files));
  return files;
}

}  // namespace loangate::adapters
