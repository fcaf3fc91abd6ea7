#pragma once
#include "programme/judgement.hpp"

/// The books of the fund and the guarantors: double entry, in fen, each event balanced.
///
///   approval     recourse       to payable       what the payer owes, and its claim against the borrower
///   payment      payable        to cash
///   recovery     returnable     to recourse      what whoever has the money must return
///   return       cash           to returnable
///   write-off    written_off    to recourse     after it, what is recovered comes off this account
namespace loangate::programme {

/// One event of a case. A negative amount books the other way round; what is zero is left out.
class Event {
 public:
  Event(Date on, const Case& of) : on_(on), institution_(of.loan.lender), case_no_(of.no) {}

  Event& book(const PartnerId& payer, Account debit, Account credit, Fen amount);
  /// Adds the posting to the decision, unless nothing was booked.
  void post(Judgement& judgement);

 private:
  Date on_;
  PartnerId institution_;
  CaseNo case_no_;
  std::vector<Posting::Line> lines_;
};

}  // namespace loangate::programme
