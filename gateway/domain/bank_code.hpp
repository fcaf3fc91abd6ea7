#pragma once
#include <string_view>

namespace loangate {

/// Whether this is a 支付系统行号: 12 digits, the last of which checks the others (ISO/IEC 7064 MOD 11,10,
/// GB/T 17710).
bool is_bank_code(std::string_view code);

/// Whether this has the shape of a 金融机构编码: a capital letter and 13 digits. How its check digit is made
/// is not known.
bool is_institution_code(std::string_view code);

}  // namespace loangate
