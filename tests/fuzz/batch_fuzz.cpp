// Files of many records, cut into them: whatever the bytes, every record is part of the file and within its
// bound, and who goes on from a record's place finds the same record.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "adapters/batch/records.hpp"

using namespace loangate;
using namespace loangate::adapters;

namespace {

const Partners& partners() {
  static const Partners loaded =
      load_partners(std::filesystem::path(LOANGATE_SOURCE_DIR) / "adapters" / "partners").value();
  return loaded;
}

void demand(bool truth) {
  if (!truth) std::abort();
}

void cut(const Profile& profile, std::string_view file) {
  const ReadFile read = [file](std::uint64_t offset, std::span<char> into) {
    std::memcpy(into.data(), file.data() + offset, into.size());
    return into.size();
  };
  const BatchForm& form = *profile.batch;
  const auto cutter = cut_records(profile, form, read, file.size());
  BatchCount count;
  for (;;) {
    const RecordPlace before = cutter->next_place();
    const auto record = cutter->next();
    if (!record) break;
    demand(record->place.number == ++count.records);
    demand(record->bytes.size() <= profile.bounds.body_bytes + form.separator.size());
    demand(file.substr(record->place.offset, record->bytes.size()) == record->bytes);
    if (before.number > 1) {
      const auto again = cut_records(profile, form, read, file.size(), before);
      const auto same = again->next();
      demand(same && same->bytes == record->bytes && same->place.line == record->place.line);
    }
    static_cast<void>(read_record(profile, form, "fuzz", *record));
  }
  if (cutter->faults().none()) static_cast<void>(read_around(profile, form, cutter->around(), count));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  for (const auto& profile : partners().all()) {
    if (profile->batch) cut(*profile, file);
  }
  return 0;
}
