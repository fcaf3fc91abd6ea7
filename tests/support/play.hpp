#pragma once
#include <map>
#include <string>

#include "programme/decide.hpp"
#include "tests/support/registry.hpp"

namespace loangate::support {

/// The rulebook of config/, loaded once. A mistake in it stops the test program with every error.
const programme::Rulebook& rulebook();

/// Fields of a message by name, as canonical text (of a group the canonical JSON of its rows); without a
/// value the field is left out.
using Fields = std::map<std::string, std::optional<std::string>>;

/// 附件 that an application for compensation needs, as the canonical JSON of the group; received before by
/// receive_documents().
std::string application_documents();

/// `fields` with `other` over them.
Fields with(Fields fields, const Fields& other);

/// The message with these fields. Mistakes in them stop the test program.
Record record_of(MessageKind kind, const Fields& fields);

/// Messages and acts one after another, each judged on what the ones before have left in the registry.
class Play {
 public:
  explicit Play(const programme::Rulebook& rules = rulebook()) : rulebook_(&rules) {}

  /// Judges a message or an act at noon of the day, and applies what follows. In values, `<case>` stands for
  /// the last case number given, `<instruction X>` for the instruction of that case to payer X, and
  /// `<remittance X>` for what payer X gets back by the last recovery report.
  programme::Decision say(MessageKind kind, std::string_view partner, std::string_view day,
                          const Fields& fields);
  /// The same without applying it.
  programme::Decision judge(MessageKind kind, std::string_view partner, std::string_view day,
                            const Fields& fields);
  /// The partner has sent a document of this SHA-256, in hexadecimal digits.
  void receive_document(std::string_view partner, std::string_view sha256);
  /// The partner has sent those of application_documents().
  void receive_documents(std::string_view partner);
  /// Judges the speaker's pending loan again, and applies what follows.
  std::optional<programme::Decision> judge_again(std::string_view partner, std::string_view loan_no,
                                                 std::string_view day);

  const Registry& registry() const { return registry_; }
  Loan loan(std::string_view lender, std::string_view number) const;
  CaseNo last_case() const { return last_case_; }
  /// The values with what those words stand for.
  Fields filled(Fields fields) const;
  /// From now on judges by these rules.
  void rule_by(const programme::Rulebook& rules) { rulebook_ = &rules; }

 private:
  std::string filled(std::string text) const;

  const programme::Rulebook* rulebook_;
  Registry registry_;
  std::uint64_t sequence_ = 0;
  CaseNo last_case_;
  Sequence last_recovery_;
};

}  // namespace loangate::support
