#pragma once
#include <expected>
#include <string>
#include <string_view>

#include "domain/lpr.hpp"
#include "domain/messages.hpp"

/// The text of the data files that a command extends. Comments and everything else in them stay as they are,
/// which is why the text is extended and not written anew.
namespace loangate {

/// lpr.yaml with one publication more, `last` being the one before. `remark` says who entered it. The error
/// says how the file differs from config/lpr.yaml in its layout.
std::expected<std::string, std::string> with_publication(std::string_view text,
                                                         const LprTable::Publication& last,
                                                         const LprEntry& entry, std::string_view remark);

/// calendar.yaml with one year more.
std::expected<std::string, std::string> with_year(std::string_view text, const CalendarEntry& entry,
                                                  std::string_view remark);

}  // namespace loangate
