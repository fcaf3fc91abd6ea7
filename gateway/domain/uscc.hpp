#pragma once
#include <string_view>

namespace loangate {

/// Whether this is a 统一社会信用代码 with both of its check characters right: its own, the 18th (GB
/// 32100-2015), and that of the organisation code inside it, the 17th (GB 11714). Capital letters only. The
/// region is not looked at: a company that has moved keeps its code. Some codes of an early pilot fail and
/// are in real use; the rulebook lists them.
bool is_uscc(std::string_view code);

}  // namespace loangate
