#pragma once
#include <optional>
#include <string>
#include <vector>

#include "adapters/batch/records.hpp"
#include "adapters/codec/write_documents.hpp"

namespace loangate::support {

/// A file of a bank's, put together by its profile, with what may be wrong about it.
struct BatchFile {
  const adapters::Profile& profile;
  std::string id;
  std::vector<std::string> records = {};  ///< each as it stands in the file
  Fen total = Fen::zero();
  std::optional<std::int64_t> stated_records = {};
  std::optional<Fen> stated_total = {};

  void add(MessageKind kind, const Record& record) {
    std::string bytes;
    if (const auto done = adapters::encode_document(profile, *profile.find(kind), record, bytes); !done) {
      throw std::runtime_error(done.error().reason);
    }
    if (profile.format == adapters::Format::xml && bytes.starts_with("<?"))
      bytes.erase(0, bytes.find("?>") + 2);
    if (const auto amount = adapters::amount_of(*profile.batch, record)) total += *amount;
    records.push_back(std::move(bytes));
  }

  std::string text() const {
    using Field = adapters::BatchControl::field;
    const adapters::BatchForm& form = *profile.batch;
    Record control(adapters::BatchControl::spec());
    const auto count = static_cast<std::int64_t>(records.size());
    control.set_text(Field::batch_id, id);
    control.set(Field::records, stated_records.value_or(count));
    control.set(Field::packet_records, stated_records.value_or(count));
    control.set(Field::total, stated_total.value_or(total));
    control.set(Field::sent_at, *parse_instant("2026-09-21T09:00:00+08:00"));
    const auto part = [&](const std::optional<adapters::MessageMap>& map) {
      std::string bytes;
      if (!map) return bytes;
      if (const auto done = adapters::encode_document(profile, *map, control, bytes); !done) {
        throw std::runtime_error(done.error().reason);
      }
      return bytes;
    };
    const auto ended = [&](std::string line) {
      if (!line.empty() && !line.ends_with(form.separator)) line += form.separator;
      return line;
    };
    if (form.in_lines()) {
      std::string text = ended(part(form.header));
      for (const std::string& record : records) text += ended(record);
      return text + ended(part(form.trailer));
    }
    std::string text = part(form.header);
    const bool xml = profile.format == adapters::Format::xml;
    std::string items;
    if (xml) {
      for (std::size_t i = 1; i + 1 < form.items.size(); ++i) items += "<" + form.items[i].qualified + ">\n";
      for (const std::string& record : records) items += "  " + record + "\n";
      for (std::size_t i = form.items.size() - 2; i >= 1; --i) items += "</" + form.items[i].qualified + ">";
      text.insert(text.rfind("</"), items);
    } else {
      for (const std::string& record : records) items += (items.empty() ? "\n" : ",\n") + record;
      text.insert(text.rfind('}'), ",\"" + form.items.back().name + "\": [" + items + "\n]");
    }
    return text;
  }
};

}  // namespace loangate::support
