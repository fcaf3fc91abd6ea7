#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "adapters/profile/profile.hpp"
#include "domain/date.hpp"
#include "domain/fen.hpp"
#include "domain/rate.hpp"

/// A value as a partner writes it ↔ the value. Pure: a fixed grammar for the whole text, ASCII digits only,
/// no locale, no floating point. Readers give nothing for a text that is not of the form or whose value is
/// out of bounds; writers append and give false for a value that the form cannot carry. Padding is not
/// theirs, save that digits may begin with any number of zeros.
namespace loangate::adapters {

/// `fewer_places` is the leniency of that name.
std::optional<Fen> read_money(const MoneyForm& form, std::string_view text, bool fewer_places = false);
/// The magnitude's digits and the sign that the form writes itself; for Sign::flag the sign is left to the
/// caller.
bool write_money(const MoneyForm& form, Fen amount, std::string& out);

/// A yearly rate: exactly a whole number of millionths, at most 1000 %, or nothing (settled 31).
std::optional<Rate> read_rate(const RateForm& form, std::string_view text, bool fewer_places = false);
bool write_rate(const RateForm& form, Rate rate, std::string& out);

std::optional<Date> read_date(const TimePattern& pattern, std::string_view text);
/// False if the pattern has no place for a part of the date (a day other than the first in `yyyyMM`).
bool write_date(const TimePattern& pattern, Date date, std::string& out);

/// An instant in Beijing time.
std::optional<Instant> read_instant(const TimePattern& pattern, std::string_view text);
/// Cut to the pattern's precision.
bool write_instant(const TimePattern& pattern, Instant instant, std::string& out);

/// A whole number; without a form one of what the document itself counts: never negative.
std::optional<std::int64_t> read_count(std::string_view text, const CountForm& form = {});
bool write_count(std::int64_t count, std::string& out, const CountForm& form = {});

/// Whether a text can stand in any partner's document: no control characters but tab and line ends, no
/// U+FFFE or U+FFFF.
bool is_printable(std::string_view utf8);
/// Nothing but spaces, tabs and line ends: such a text says 'absent'.
bool is_blank(std::string_view text);
/// Without spaces, tabs and line ends around it.
std::string_view trimmed(std::string_view text);

/// The form as findings name it: `0.00`, `+0.00`, `yyyyMMdd`, `0.0000 percent`, `整数 (whole number)`.
std::string describe(const Form& form);
/// What a place of just so many bytes holds, in the same words.
std::string describe_size(std::size_t bytes);

}  // namespace loangate::adapters
