#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json_writer.hpp"
#include "domain/date.hpp"
#include "domain/fen.hpp"
#include "ops/call.hpp"

/// Tables that people take away: the same cells on the page, as CSV and in a workbook, so that the three
/// cannot differ.
namespace loangate::ops {

/// A column: its member in JSON, and its head for people.
struct Column {
  std::string_view name;
  std::string_view zh;
  std::string_view en;
};

/// Nothing, a text, a whole number, an amount, a day, or yes and no.
using Cell = std::variant<std::monostate, std::string, std::int64_t, Fen, Date, bool>;

struct Sheet {
  std::string name;  ///< of the file and of the workbook's sheet: English, at most 31 characters
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows = {};
  std::vector<Cell> total = {};  ///< the sum of the rows, if there is one; its first cell is for the word
};

/// The row's cells as members of an object that has begun; empty ones are left out.
void write_members(JsonWriter& json, const Sheet& sheet, const std::vector<Cell>& row);
/// `[{…}, …]`, without the total.
void write_rows(JsonWriter& json, const Sheet& sheet);

/// With heads in both languages, and the total last.
std::string to_csv(const Sheet& sheet);
/// An XLSX workbook. Texts stay texts, whatever digits they have; an amount is a number of yuan to two
/// places: below 10¹³ yuan, which Fen::greatest keeps, the nearest double shows and gives back exactly these
/// (decision 0022). The error says why it could not be written.
std::expected<std::string, std::string> to_workbook(std::span<const Sheet> sheets);

/// In which form an answer is wanted.
enum class Form : std::uint8_t { json, csv, xlsx };
/// `format` of the query; a refusal if it is none of them.
std::expected<Form, Refusal> wanted_form(const Call& call);

/// The tables as a file to keep: as CSV the first of them, in a workbook all. `form` is not json.
Reply file_of(Form form, std::span<const Sheet> sheets);

}  // namespace loangate::ops
