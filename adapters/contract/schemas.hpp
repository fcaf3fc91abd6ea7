#pragma once
#include <string>

#include "adapters/contract/contract.hpp"
#include "adapters/contract/places.hpp"

/// The machine-readable forms of one message or one profile, each written from places_of() alone.
namespace loangate::adapters {

/// XSD 1.0 of one message: a file, and one more for the elements without a namespace if the profile ignores
/// unknown elements and has both kinds. What it cannot say (the number of rows beside other elements, lengths
/// in bytes, which days a month has) the gateway checks beyond it; it refuses nothing that the gateway takes.
std::vector<ContractFile> xsd(const Profile& profile, const MessageMap& message);

/// JSON Schema 2020-12 of one message. It refuses nothing that the gateway takes.
ContractFile json_schema(const Profile& profile, const MessageMap& message);

/// Framing, headers and records of all messages, by bytes or columns counted from 1; of XML and JSON what
/// stands before the document.
ContractFile layout_json(const Profile& profile);
/// The same places as lines for a spreadsheet.
ContractFile layout_csv(const Profile& profile);
/// Whether there is anything that layout_json() would tell.
bool has_layout(const Profile& profile);

/// What stands around the records of a file of many, and the return file's lines, in the terms of
/// layout_json().
ContractFile batch_layout_json(const Profile& profile, const BatchForm& form);

/// The partner's codes, each with what it means.
ContractFile code_lists_json(const Profile& profile);

/// `in` and `reply` come from the partner, `answer` and `out` go to it.
std::string_view direction_of(const MessageMap& message);
/// `date yyyyMMdd`, `money 0.00`: a form in a few words for people and comments.
std::string form_words(const Profile& profile, const PlacedValue& place);

}  // namespace loangate::adapters
