#include <gtest/gtest.h>

#include "adapters/profile/profile.hpp"
#include "samples.hpp"

namespace loangate::adapters {
namespace {

/// A good profile with one mistake made in it, and the one error that it must give.
struct Mistake {
  const char* name;
  std::string_view sample;
  std::string_view from, to;
  int line;
  std::string_view what;
};

const Mistake mistakes[] = {
    {"ASegmentWithAGap", samples::fixed,
     "        tag: F\n        tag_at: 1+1\n        times: 9\n        lines:\n          - {field: code, at: "
     "2+40}",
     "        each: 44+250\n        times: 9\n        lines:\n          - {field: code, at: 1+41}", 51,
     "no line covers bytes 248 to 250 of the segment: map what is there, or add a filler"},
    {"ASegmentTooNarrow", samples::fixed,
     "        tag: F\n        tag_at: 1+1\n        times: 9\n        lines:\n          - {field: code, at: "
     "2+40}",
     "        each: 44+240\n        times: 9\n        lines:\n          - {field: code, at: 1+41}", 60,
     "`may_resend` reaches beyond the segment of 240 bytes: make the segment wider"},
    {"AHeaderThatDiffers", samples::fixed, "    - {body_length: true, at: 27+5}",
     "    - {body_length: true, at: 27+5}\n    - {filler: 32+1, for: receipt}", 12,
     "the header of `receipt` has 32 bytes, that of others 31: fill it up"},
    {"AHeaderWithAGap", samples::fixed, "- {body_length: true, at: 27+5}", "- {body_length: true, at: 28+5}",
     12, "no line covers byte 27: map what is there, or add {filler: 27+1}"},
    {"AnAliasOfYaml", samples::xml, "role: fund", "role: &r fund", 2,
     "an anchor (&name): write the value out where it is used"},
    {"ADelimiterOfTwoBytes", samples::fixed, "separator: crlf", "separator: crlf, delimiter: \"||\"", 8,
     "a delimiter is one ASCII character: write it in quotes, such as \"|\""},
    {"AMaximumBeyondTheCatalogue", samples::json, "times: 10", "times: 60", 35,
     "`60` is no whole number from 1 to 50: correct it"},
    {"ADuplicatePiece", samples::xml, "date: {form: yyyyMMdd", "date: {form: yyyyyyMMdd", 22,
     "`yyyyyy` is no piece of a date or time: use yyyy, yy, MM, dd, HH, mm, ss, S to SSSSSS"},
    {"AnUnknownKey", samples::xml, "format: xml", "format: xml\nformatt: xml", 5,
     "`formatt` is not known here: remove or correct it"},
    {"AKeyThatStandsTwice", samples::xml, "role: fund", "role: fund\nrole: bank", 3,
     "`role` stands twice (first in line 2): keep one"},
    {"AnIdThatIsNotTheFoldersName", samples::xml, "id: payer", "id: payee", 1,
     "the id `payee` is not the folder's name `payer`: make them one"},
    {"AnUnknownRole", samples::xml, "role: fund", "role: treasurer", 2,
     "`treasurer` is no role: write bank, guarantor, fund, office or credit_registry"},
    {"AnInstitutionCodeOfAnotherLength", samples::fixed, "C1087633000999", "C10876330009", 4,
     "`C10876330009` is no institution code, which is a capital letter and 13 digits: correct it"},
    {"AnUnknownFormat", samples::xml, "format: xml", "format: csv", 4,
     "`csv` is no format: write one of xml, json, fixed"},
    {"AnUnknownEncoding", samples::xml, "encoding: GBK", "encoding: GBK2", 5,
     "`GBK2` is no encoding: write one of UTF-8, GBK, GB18030, GB2312"},
    {"AContentTypeWithParameters", samples::xml, "[application/xml]", "[application/xml;charset=gbk]", 6,
     "`application/xml;charset=gbk` is no content type: write type/subtype in small letters, without "
     "parameters"},
    {"ABodyBeyondTheBound", samples::xml, "role: fund", "role: fund\nlimits: {body_bytes: 2000000}", 3,
     "`2000000` is no whole number from 256 to 1048576: correct it"},
    {"ADeclarationOfAnotherEncoding", samples::xml, "encoding=\"GBK\"", "encoding=\"UTF-8\"", 8,
     "the declaration says `UTF-8`, but encoding is GBK: make them one"},
    {"AnUnknownLeniency", samples::xml, "role: fund",
     "role: fund\nlenient: [{option: guess_encoding, reason: x, until: 2027-12-31}]", 3,
     "`guess_encoding` is no leniency: write one of ignore_unknown, fewer_places, any_padding, "
     "optional_record_end"},
    {"ALeniencyWithoutAReason", samples::xml, "role: fund",
     "role: fund\nlenient: [{option: fewer_places, until: 2027-12-31}]", 3, "`reason` is missing: write it"},
    {"ALeniencyWithoutAnEnd", samples::xml, "role: fund",
     "role: fund\nlenient: [{option: fewer_places, reason: x}]", 3, "`until` is missing: write it"},
    {"ALeniencyUntilNoDay", samples::xml, "role: fund",
     "role: fund\nlenient: [{option: fewer_places, reason: x, until: 2026-02-30}]", 3,
     "`2026-02-30` is no day: write the last one, such as 2026-12-31"},
    {"ARemovalWithoutABase", samples::xml, "{type: true, at: /cz:MSG/HEAD/TYPE}",
     "{type: true, at: /cz:MSG/HEAD/TYPE}\n  - {remove: sent_at}", 25,
     "`remove` drops a line of a base, which has no list here: leave it out"},
    {"ABaseWithoutAFolderOfBases", samples::xml, "role: fund", "role: fund\nbase: some", 3,
     "here is no folder of bases: write the profile out, as `loangate profile show` does"},
    {"ALeniencyOfAnotherFormat", samples::xml, "role: fund",
     "role: fund\nlenient: [{option: any_padding, reason: x, until: 2027-12-31}]", 3,
     "`any_padding` means nothing for xml: remove it"},
    {"ALengthThatCountsNothing", samples::fixed, "counts: rest", "counts: body", 10,
     "`body` is no count: write one of rest, all"},
    {"TwoWaysOfDelivery", samples::json, "  push:\n",
     "  mailbox:\n    list: {items: m, id: i, message: c}\n  push:\n", 8,
     "`delivery` names one way: write push or mailbox"},
    {"AListWithAPath", samples::xml, "item: ITEM", "item: LIST/ITEM", 12,
     "`LIST/ITEM` is no XML name: write one name, not a path"},
    {"AListIdThatIsNoName", samples::xml, "id: \"@no\"", "id: \"@no/\"", 12,
     "`no/` is no XML name: write one name, not a path, with `@` before it if it is an attribute of the "
     "item"},
    {"NoneOnALineAndItsParts", samples::xml, "{field: original_id, at: /cz:MSG/BODY/ORIG, none: [\"-\"]}",
     "{field: original_id, none: [\"-\"], parts: [{at: /cz:MSG/BODY/DAY, size: 8, none: \"0\"}, {at: "
     "/cz:MSG/BODY/ORIG, size: 8}]}",
     40, "`none` stands on the line too: write it on the line, or on its parts"},
    {"AnOriginalIdOfPartsWithoutNone", samples::xml,
     "{field: original_id, at: /cz:MSG/BODY/ORIG, none: [\"-\"]}",
     "{field: original_id, parts: [{at: /cz:MSG/BODY/DAY, size: 8}, {at: /cz:MSG/BODY/ORIG, size: 8}]}", 40,
     "`original_id` has no value for unknown: add none: [\"…\"]"},
    {"APushWithoutTls", samples::json, "https://desk.example/in", "http://desk.example/in", 9,
     "`http://desk.example/in` is no https URL: pushes go over mutual TLS"},
    {"AWayOnForAMessageThatIsNotOurs", samples::json, "https://desk.example/in",
     "https://desk.example/in\n  on_unknown: {loan.repayment: park}", 10,
     "`loan.repayment` is no message that we send: name one of the profile's"},
    {"ACodeThatMapsToNothing", samples::xml, "held: \"1\"", "held: \"1\", kept: \"7\"", 15,
     "`kept` is no code of the list `outcome`: its codes are accepted, held, rejected, unreadable, conflict"},
    {"OneCodeWithTwoMeanings", samples::xml, "held: \"1\"", "held: \"0\"", 15,
     "`0` already means `accepted`: a partner's code has one meaning"},
    {"ACodeThatIsWrittenAndHasNone", samples::xml, "severity: {note: \"1\", hold: \"2\", refusal: \"3\"}",
     "severity:\n    note: \"1\"\n    hold:\n    refusal: \"3\"", 54,
     "the map `severity` has no code for `hold`, which we must be able to write here: add it"},
    {"ACanonicalCodeLeftOut", samples::xml, "note: \"1\", hold: \"2\"", "note: \"1\"", 16,
     "`hold` has no line in this map: give the partner's code, or `hold:` with nothing behind it"},
    {"AMapOfNoList", samples::xml, "codes:\n", "codes:\n  colours: {red: \"1\"}\n", 14,
     "`colours` is no code list of schemas/catalogue.yaml: name the map as its list, or add `list:`"},
    {"AMapThatIsMissing", samples::xml, "  payer_role: {fund: F, guarantor: G}\n", "", 60,
     "`role` holds codes, but there is no map `payer_role`: write it under codes"},
    {"AMapOfAnotherList", samples::xml, "at: /cz:MSG/BODY/RESULT}",
     "at: /cz:MSG/BODY/RESULT, codes: severity}", 42,
     "the map `severity` is of the list `severity`, but `outcome` holds codes of `outcome`: name another "
     "map"},
    {"AReceiptThatCannotSayUnknown", samples::xml, ", unknown: XX", "", 41,
     "the map `message_type` has no code for `unknown`, which we must be able to write here: add it"},
    {"AMessageOfNoCatalogue", samples::xml, "  compensation.instruction:\n",
     "  loan.gift:\n    when: X\n  compensation.instruction:\n", 57,
     "`loan.gift` is no message of schemas/catalogue.yaml: correct the name"},
    {"AMessageOfAnotherRole", samples::xml, "  compensation.instruction:\n",
     "  loan.repayment:\n    when: X\n  compensation.instruction:\n", 57,
     "`loan.repayment` is no message of this role: remove it"},
    {"TwoMessagesWithOneCode", samples::xml, "when: CI", "when: RC", 57,
     "`RC` is also the code of `receipt`: each message has its own"},
    {"AMessageWithoutACode", samples::xml, "    when: CI\n", "", 57, "`when` is missing: write it"},
    {"ARequiredFieldLeftOut", samples::xml, "      - {field: payment_ref, at: /cz:MSG/BODY/REF}\n", "", 30,
     "the required field `payment_ref` (支付凭证号) has no line: add one"},
    {"ARequiredFieldOfARowLeftOut", samples::xml, "          - {field: text_en, at: EN}\n", "", 45,
     "the required field `text_en` (英文说明) has no line: add one"},
    {"AFieldMappedTwice", samples::xml, "{field: payment_ref, at: /cz:MSG/BODY/REF}",
     "{field: payment_ref, at: /cz:MSG/BODY/REF}\n      - {field: amount, at: /cz:MSG/BODY/AMT2}", 37,
     "`amount` is mapped twice (first in line 34): keep one line"},
    {"APlaceMappedTwice", samples::xml, "/cz:MSG/BODY/REF", "/cz:MSG/BODY/DAY", 36,
     "`/cz:MSG/BODY/DAY` is mapped twice: keep one line"},
    {"AFieldThatTheMessageHasNot", samples::xml, "{field: payment_ref, at: /cz:MSG/BODY/REF}",
     "{field: payment_ref, at: /cz:MSG/BODY/REF}\n      - {field: colour, at: /cz:MSG/BODY/C}", 37,
     "`colour` is no field of `payment.confirmation`: it has message_id, sent_at, institution_code, "
     "instruction_no, amount, paid_on, payment_ref, note"},
    {"AnEnvelopeFieldOfNoMessage", samples::xml, "{field: receipt_no, at",
     "{field: invoice_no, at: /cz:MSG/X}\n  - {field: receipt_no, at", 27,
     "no message of this profile has a field `invoice_no`: correct the name"},
    {"ALineWithTwoKinds", samples::xml, "{field: sent_at,", "{constant: x, field: sent_at,", 32,
     "a line has exactly one of field, constant, filler, type, seal: write one"},
    {"NoTypePlace", samples::xml, "  - {type: true, at: /cz:MSG/HEAD/TYPE}\n", "", 1,
     "no line says which message it is: add {type: true, at: …} to envelope or framing.header"},
    {"ATypePlaceInOneMessage", samples::xml, "{field: payment_ref, at: /cz:MSG/BODY/REF}",
     "{field: payment_ref, at: /cz:MSG/BODY/REF}\n      - {type: true, at: /cz:MSG/BODY/T}", 37,
     "the message's type stands once, for all messages: write {type: true, at: …} in envelope or "
     "framing.header"},
    {"AForThatNamesNoMessage", samples::xml, "{type: true, at: /cz:MSG/HEAD/TYPE}",
     "{type: true, at: /cz:MSG/HEAD/TYPE}\n  - {constant: x, at: /cz:MSG/HEAD/X, for: outward}", 25,
     "`outward` is no message of this profile: write from_partner, to_partner, or its messages' names"},
    {"AReceiptWithoutItsUnknownId", samples::xml, ", none: [\"-\"]", "", 40,
     "`original_id` has no value for unknown: add none: [\"…\"]"},
    {"AReceiptWithoutTheNumberLeftOut", samples::xml,
     "      - {field: findings_more, at: /cz:MSG/BODY/MORE}\n", "", 38,
     "`findings` may have more rows than there is room for: add a line for `findings_more`"},
    {"FindingsWithoutAMaximum", samples::xml, "        times: 20\n", "", 45,
     "`findings` must state how many rows there can be: add times: …"},
    {"AnUndeclaredNamespace", samples::xml, "/cz:MSG/BODY/REF", "/cx:MSG/BODY/REF", 36,
     "the prefix `cx` is not declared: add it under xml.namespaces"},
    {"APathThatIsRelative", samples::xml, "/cz:MSG/BODY/REF", "BODY/REF", 36,
     "`BODY/REF` does not begin with `/`: write the path from the root"},
    {"ARowPathThatIsAbsolute", samples::xml, "at: EN}", "at: /EN}", 53,
     "`/EN` begins with `/`: within `each`, paths start at the row"},
    {"AValueThatHoldsElements", samples::xml, "/cz:MSG/BODY/REF", "/cz:MSG/BODY/DAY/REF", 36,
     "`/cz:MSG/BODY/DAY/REF` leads through what is mapped as a value: a value cannot hold elements too"},
    {"AnElementWithElementsThatIsAValue", samples::xml, "at: /cz:MSG/BODY/REF}", "at: /cz:MSG/HEAD}", 36,
     "`/cz:MSG/HEAD` holds elements that are mapped: it cannot be a value too"},
    {"ASecondRoot", samples::xml, "/cz:MSG/BODY/REF", "/ROOT/REF", 36,
     "`/ROOT/REF` is a second root element beside `cz:MSG`: a document has one"},
    {"APathIntoAGroup", samples::xml, "/cz:MSG/BODY/MORE", "/cz:MSG/BODY/ROWS/ROW/MORE", 55,
     "`/cz:MSG/BODY/ROWS/ROW/MORE` leads into a group's rows: map it among the group's lines"},
    {"AnAttributeThatHoldsMore", samples::xml, "/cz:MSG/BODY/REF", "/cz:MSG/@a/REF", 36,
     "`@a` is an attribute and cannot hold more: end the path with it"},
    {"ANameThatIsNone", samples::xml, "/cz:MSG/BODY/REF", "/cz:MSG/BODY/1REF", 36,
     "`1REF` is no XML name: write element names, `@` before an attribute"},
    {"APointerThroughAValue", samples::json, "/company/name", "/no/name", 54,
     "`/no/name` leads through what is mapped as a value: a value cannot hold members too"},
    {"ABadEscape", samples::json, "/company/name", "/company~2/name", 54,
     "`~` in a JSON Pointer: write `~0` for it, and `~1` for `/`"},
    {"TextAsNumber", samples::json, "at: /company/name}", "at: /company/name, as: number}", 54,
     "`company_name` as a number: its values are not all plain JSON numbers; write as: string"},
    {"CodesThatAreNoBooleans", samples::json, "{field: outcome, at: /outcome, as: number}",
     "{field: outcome, at: /outcome, as: boolean}", 30,
     "`outcome` as a boolean: its codes must be `true` and `false`; write as: string"},
    {"NullInXml", samples::xml, "defaults:\n", "defaults:\n  absent: \"null\"\n", 21,
     "`null` says nothing of an absent value: write omit or empty"},
    {"PlacesOnText", samples::xml, "at: /cz:MSG/BODY/REF}", "at: /cz:MSG/BODY/REF, places: 2}", 36,
     "`places` belongs to money and rate, but `payment_ref` is text: remove it"},
    {"AnUnknownUnit", samples::xml, "{unit: yuan, places: 2}", "{unit: cent}", 21,
     "`cent` is no unit of money: write fen or yuan"},
    {"FenWithPlaces", samples::fixed, "at: 316+14}", "at: 316+14, places: 2}", 81,
     "`places` with unit fen: fen are whole; remove one"},
    {"AFlagWithoutItsPlace", samples::xml, "{field: loss, at: /cz:MSG/BODY/LOSS}",
     "{field: loss, at: /cz:MSG/BODY/LOSS, sign: flag, plus: C, minus: D}", 66,
     "`flag_at` is missing: write it"},
    {"AFlagPlaceWithoutAFlag", samples::xml, "{field: loss, at: /cz:MSG/BODY/LOSS}",
     "{field: loss, at: /cz:MSG/BODY/LOSS, flag_at: /cz:MSG/BODY/CD}", 66,
     "`flag_at` on `loss` without `sign: flag`: add that or remove this"},
    {"AFormThatIsNone", samples::xml, "date: {form: yyyyMMdd", "date: {form: yyyymmdd", 22,
     "`yyyymmdd` lacks year, month or day: write all three"},
    {"ADateWithoutADay", samples::xml, "date: {form: yyyyMMdd", "date: {form: yyyyMM", 22,
     "`yyyyMM` lacks year, month or day: write all three"},
    {"ADateWithATime", samples::xml, "date: {form: yyyyMMdd", "date: {form: yyyyMMddHH", 22,
     "`yyyyMMddHH` has a time of day, but is the form of dates: leave the time out"},
    {"CutOnAnId", samples::xml, "{field: loan_no, at: /cz:MSG/BODY/LOAN}",
     "{field: loan_no, at: /cz:MSG/BODY/LOAN, cut: true}", 63,
     "`cut` on `loan_no`: only texts of 100 bytes and more in messages that we write may be cut; remove it"},
    {"CutOnWhatThePartnerSends", samples::xml, "at: /cz:MSG/BODY/REF}", "at: /cz:MSG/BODY/REF, cut: true}",
     36,
     "`cut` on `payment_ref`: only texts of 100 bytes and more in messages that we write may be cut; remove "
     "it"},
    {"PartsThatCannotBeSplit", samples::fixed,
     "join: \"-\", parts: [{field: sent_at, form: yyyyMMdd}, {at: 19+8}]",
     "parts: [{field: sent_at, form: yyyyMMdd}, {at: 19+8}]", 15,
     "without `join` a part must have a size or a form: add one, so that the value can be split again"},
    {"APartThatRepeatsNothing", samples::fixed, "{field: sent_at, form: yyyyMMdd}, {at: 19+8}",
     "{field: institution_code}, {at: 19+8}", 15,
     "the part `institution_code` has no line in this message: give it one, or a place here"},
    {"APartThatRepeatsNoField", samples::fixed, "{field: sent_at, form: yyyyMMdd}, {at: 19+8}",
     "{field: colour}, {at: 19+8}", 15,
     "`colour` is no instant or text of this message: a part repeats one of those"},
    {"OverlappingBytes", samples::fixed, "{field: paid_on, at: 48+8}", "{field: paid_on, at: 47+9}", 41,
     "`paid_on` (bytes 47 to 55) overlaps `amount` (byte 47, line 40): move one of them"},
    {"BytesThatBelongToNoLine", samples::fixed, "{field: payment_ref, at: 56+20}",
     "{field: payment_ref, at: 60+20}", 37,
     "no line covers bytes 56 to 59: map what is there, or add {filler: 56+4}"},
    {"APlaceThatIsNone", samples::fixed, "{field: payment_ref, at: 56+20}", "{field: payment_ref, at: 56-75}",
     42, "`56-75` is no place: write the first byte and the width, such as 13+17"},
    {"ADateWiderThanItsPlace", samples::fixed, "{field: pay_by, at: 524+8}",
     "{field: pay_by, at: 524+8, form: yyyy-MM-dd}", 87,
     "`yyyy-MM-dd` has 10 bytes, its place 8: widen the place"},
    {"ACodeWiderThanItsPlace", samples::fixed, "{field: original_type, at: 21+4}",
     "{field: original_type, at: 21+3}\n      - {filler: 24+1}", 47,
     "`0000` has 4 bytes, its place 3: widen the place"},
    {"ATypeWiderThanItsPlace", samples::fixed, "when: G202", "when: G2020", 12,
     "`G2020` has 5 bytes, its place 4: widen the place"},
    {"AnAmountWithoutRoom", samples::fixed, "{field: loss, at: 316+14}",
     "{field: loss, at: 316+2}\n      - {filler: 318+12}", 81,
     "`loss` leaves no digit before the point in 2 bytes: widen the place"},
    {"ZerosOnTheRight", samples::fixed, "at: 316+14}", "at: 316+14, side: right}", 81,
     "zeros on the right of a number make it another number: write side: left, or pad: \" \""},
    {"APaddingOfTwoBytes", samples::fixed, "{field: payment_ref, at: 56+20}",
     "{field: payment_ref, at: 56+20, pad: \"  \"}", 42,
     "`pad` is one ASCII character: write it in quotes, such as \"0\" or \" \""},
    {"ACodeWithItsPaddingAtItsEdge", samples::fixed, "{field: role, at: 57+1}",
     "{field: role, at: 57+1, pad: \"1\", side: left}", 76,
     "the code `1` has its padding `1` at its edge: choose another padding"},
    {"AFillerInXml", samples::xml, "{field: payment_ref, at: /cz:MSG/BODY/REF}",
     "{field: payment_ref, at: /cz:MSG/BODY/REF}\n      - {filler: 1+2}", 37,
     "a filler is for byte columns: leave it out"},
    {"TagsWithoutASeparator", samples::fixed, "separator: crlf", "separator: none", 52,
     "records with a tag need a separator: write fixed: {separator: crlf} or lf"},
    {"AConstantThatTheCharsetLacks", samples::xml, "{type: true, at: /cz:MSG/HEAD/TYPE}",
     "{type: true, at: /cz:MSG/HEAD/TYPE}\n  - {constant: 𠮷, at: /cz:MSG/HEAD/X}", 25,
     "GBK has no code for a character of `𠮷`: write it otherwise"},
    {"ABodyLengthInABody", samples::fixed, "- {field: payment_ref, at: 56+20}",
     "- {field: payment_ref, at: 56+20}\n      - {body_length: true, at: 76+4}", 43,
     "`body_length` counts the bytes after a header: write {body_length: true, at: …} in framing.header"},
};

void PrintTo(const Mistake& mistake, std::ostream* out) {
  *out << mistake.name;
}

std::string id_of(std::string_view sample) {
  return sample == samples::xml ? "payer" : sample == samples::json ? "desk" : "vault";
}

class ProfileMistake : public testing::TestWithParam<Mistake> {};

TEST_P(ProfileMistake, IsReportedOnceWithLineAndRemedy) {
  const Mistake& mistake = GetParam();
  const auto profile =
      load_profile(id_of(mistake.sample), samples::changed(mistake.sample, mistake.from, mistake.to));
  ASSERT_FALSE(profile);
  ASSERT_EQ(profile.error().size(), 1u) << profile.error().at(1).text();
  EXPECT_EQ(profile.error().front().what, mistake.what);
  EXPECT_EQ(profile.error().front().line, mistake.line);
  EXPECT_EQ(profile.error().front().file, id_of(mistake.sample) + "/profile.yaml");
}

INSTANTIATE_TEST_SUITE_P(All, ProfileMistake, testing::ValuesIn(mistakes),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(ProfileMistakes, AreAllReportedAtOnceInTheOrderOfTheFile) {
  auto text = samples::changed(samples::fixed, "institution_code: C1087633000999", "institution_code: C1");
  text = samples::changed(text, "counts: rest", "counts: body");
  text = samples::changed(text, "id: vault", "id: strongroom");
  const auto profile = load_profile("vault", text);
  ASSERT_FALSE(profile);
  std::vector<int> lines;
  for (const ConfigError& error : profile.error()) lines.push_back(error.line);
  EXPECT_EQ(lines, (std::vector{1, 4, 10}));
}

TEST(ProfileMistakes, AFileThatIsNotThereIsOne) {
  const auto profile = load_profile(std::filesystem::path("/nowhere/profile.yaml"));
  ASSERT_FALSE(profile);
  EXPECT_EQ(profile.error().size(), 1u);
}

TEST(ProfileMistakes, AFileThatIsNotAMapIsOne) {
  const auto profile = load_profile("payer", "just words");
  ASSERT_FALSE(profile);
  EXPECT_EQ(profile.error().front().what,
            "a profile is a map: write `id: …` and so on, as adapters/README.md shows");
}

std::vector<std::string> warnings_of(std::string_view id, const std::string& text) {
  ConfigErrors warnings;
  EXPECT_TRUE(load_profile(std::string(id), text, &warnings));
  std::vector<std::string> words;
  for (const ConfigError& warning : warnings) words.push_back(warning.what);
  return words;
}

TEST(ProfileWarnings, ARunningNumberWithFewDigits) {
  EXPECT_EQ(warnings_of("vault", std::string(samples::fixed)),
            (std::vector<std::string>{
                "`delivery_id` is a running number, its place has 8 digits: give it 10 or more",
                "`receipt_no` is a running number, its place has 8 digits: give it 10 or more"}));
}

TEST(ProfileWarnings, AMessageIdThatCannotStayUnique) {
  const auto text = samples::changed(
      samples::fixed,
      R"({field: message_id, join: "-", parts: [{field: sent_at, form: yyyyMMdd}, {at: 19+8}]})",
      "{field: message_id, at: 19+8}");
  EXPECT_EQ(warnings_of("vault", text).front(),
            "the message id has 8 bytes and no date: if its number starts anew each day, ids repeat and are "
            "refused; "
            "add the date as a part");
}

TEST(ProfileWarnings, ATextThatWeWriteWhichMayBeTooLong) {
  const auto text =
      samples::changed(samples::fixed, "{field: meeting_no, at: 532+60}", "{field: meeting_no, at: 532+10}");
  EXPECT_EQ(warnings_of("vault", text).back(),
            "`meeting_no` may have 40 bytes, its place has 10: longer ones will wait for a person");
}

TEST(ProfileWarnings, AnAmountThatCannotReachTheCeiling) {
  const auto text = samples::changed(samples::fixed, "{field: loss, at: 316+14}",
                                     "{field: loss, at: 316+8}\n      - {filler: 324+6}");
  EXPECT_EQ(warnings_of("vault", text).back(), "`loss` has 6 digits for yuan: 10,000,000.00 does not fit");
}

TEST(ProfileWarnings, NoneForATextThatThePartnerItselfGave) {
  // original_id has 20 bytes in the sample; the partner's own ids have 8 + 1 + 8.
  for (const std::string& warning : warnings_of("vault", std::string(samples::fixed))) {
    EXPECT_FALSE(warning.starts_with("`original_id`")) << warning;
  }
}

}  // namespace
}  // namespace loangate::adapters
