#include "domain/remedy.hpp"

#include <algorithm>

namespace loangate {
namespace {

struct ByNumber {
  int up_to;  ///< the greatest number of its kind
  Remedy words;
};

/// By the hundreds: what kind of finding it is says what can be done.
constexpr ByNumber remedies[] = {
    {199,
     {"报文未能读取，编号未占用：按本机构的接口约定改正后，可以同一编号重发",
      "the message could not be read and its id was not used up: correct it by the partner's contract and "
      "send it under the same id"}},
    {299,
     {"核对报文编号与内容：此前已受理的不必再发；更正备案请发备案更正",
      "look at the id and the content: what was taken before need not be sent again; a filing is corrected "
      "by filing.correction"}},
    {399, {"更正所列的值，以新编号重发", "correct the value named, and send it under a new id"}},
    {499,
     {"核对名单、准入、借据号或案件号；登记有误的请办公室更正，再以新编号重发",
      "look up list, admission, loan or case; if an entry is wrong the office corrects it; then send it "
      "under a new id"}},
    {540,
     {"按所列的数字和日期更正，以新编号重发；结果为暂挂的，等待办公室裁定，不必重发",
      "correct it by the numbers and days given, and send it under a new id; what is held waits for the "
      "office and need not be sent again"}},
    {599, {"核对公告后重新录入", "look at the announcement, and enter it again"}},
    {699,
     {"已受理，不必重发；所提事项供知悉或补报",
      "it was accepted and need not be sent again; what is noted is for information, or to be supplied"}},
    {999,
     {"重新查看提案或投递，再办理", "look at the proposal or the delivery again, and act on what it is now"}},
};

struct SpecialRemedy {
  FindingCode code;
  Remedy words;
};

constexpr SpecialRemedy special_remedies[] = {
    {FindingCode::lpr_not_vouched,
     {"不必重发：运维人员以 loangate lpr add 录入公布值后自动再审",
      "need not be sent again: it is decided by itself once the publication is entered (loangate lpr add)"}},
    {FindingCode::calendar_not_vouched,
     {"不必重发：运维人员以 loangate calendar add 续录工作日历后自动再审",
      "need not be sent again: it is decided by itself once the year is entered (loangate calendar add)"}},
    {FindingCode::rate_above_ceiling,
     {"补充原因后由办公室准予或不予备案（loangate hold propose）",
      "tell the office the reason; it releases or refuses the filing (loangate hold propose)"}},
    {FindingCode::filed_after_overdue,
     {"由办公室准予或不予备案（loangate hold propose）",
      "the office releases or refuses the filing (loangate hold propose)"}},
    {FindingCode::guarantee_needs_ruling,
     {"由联席会议认定分担后，办公室准予或不予备案（loangate hold propose）",
      "the conference fixes the shares; then the office releases or refuses the filing (loangate hold "
      "propose)"}},
};

}  // namespace

const Remedy& remedy_for(FindingCode code) {
  const auto special = std::ranges::find(special_remedies, code, &SpecialRemedy::code);
  if (special != std::end(special_remedies)) return special->words;
  const int number = static_cast<int>(code);
  return std::ranges::find_if(remedies, [&](const ByNumber& kind) { return number <= kind.up_to; })->words;
}

}  // namespace loangate
