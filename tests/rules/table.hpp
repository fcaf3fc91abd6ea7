#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/yaml.hpp"
#include "tests/support/play.hpp"

/// The tables of this folder, read. README.md says how they are written.
namespace loangate::support {

/// One message or act of a table or of the world.
struct Step {
  MessageKind kind = MessageKind::loan_disbursement;
  std::string from = {};
  std::string on = {};
  Fields fields = {};
  std::string name = {};  ///< of a step that has one
  int times = 1;          ///< said so often, `<n>` in a value counting from 1
};

/// A thing of which some values are expected: a message that goes out, or something that the registry keeps.
/// An expected value that is absent must be absent.
struct Expected {
  std::string what;  ///< `bank01 compensation.decision`, `loan`
  Fields values;     ///< by path: `course.due_on`
};

/// One line of a table: what has happened before, what is said, and what follows.
struct Row {
  int line = 0;
  std::vector<std::string> shows;  ///< rules (R-34), and other sources
  std::string name;
  Fields under;  ///< parameters of the rulebook: `overdue_report.day_zero`
  std::vector<Step> before;
  Step step;
  std::string outcome;
  std::vector<std::string> finds;
  std::vector<std::string> finds_not;
  std::vector<std::string> says;  ///< a part of the text of some finding
  std::optional<std::vector<Expected>> sends;
  std::vector<Expected> keeps;
  std::vector<std::string> leaves;                ///< kinds of things of which none changes
  std::optional<std::vector<std::string>> books;  ///< `fund recourse 600.00`, a credit below zero
  std::optional<Fields> answers;
};

struct Table {
  std::string name;
  std::string path;
  std::vector<Row> rows;
};

/// Enters who takes part in every case, and what they have sent before its first message.
void enter_world(Play& play);

/// Every table of the folder. A mistake in one stops the test program with every error.
const std::vector<Table>& tables();

/// What a row says that it shows: rules by their numbers, at least one, and other sources.
std::vector<std::string> shown_by(const YamlNode& node);
/// Stops the test program with every error, if there is one.
void stop_on(const ConfigErrors& errors);

/// The findings that no row of a table can raise, each with the file of the tests that do.
const std::map<std::string, std::string>& found_elsewhere();

}  // namespace loangate::support
