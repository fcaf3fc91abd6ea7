#include "tests/contract/mutations.hpp"

#include <boost/json.hpp>
#include <pugixml.hpp>
#include <sstream>

namespace loangate::contract_test {

namespace {

namespace json = boost::json;

/// Texts that stand in for a value: no date, no number, no code, another form of the same, nothing.
std::string spoilt(const std::string& text, const Dice& dice) {
  static const std::vector<std::string> others = {"",
                                                  " ",
                                                  "0",
                                                  "-1",
                                                  "1e3",
                                                  "12,000.00",
                                                  "300000",
                                                  "300000.5",
                                                  "300000.500",
                                                  "+1.00",
                                                  "20231345",
                                                  "20230230",
                                                  "2023-02-30",
                                                  "00000000",
                                                  "X",
                                                  "ＸＸ",
                                                  "yes",
                                                  "99999999999999999999",
                                                  "是",
                                                  "1.00-",
                                                  "12.3456",
                                                  "20230914102030",
                                                  std::string(700, 'A')};
  const std::size_t which = dice(others.size() + 3);
  if (which < others.size()) return others[which];
  if (text.empty()) return "x";
  if (which == others.size()) return text + text;
  if (which == others.size() + 1)
    return text.substr(0, text.size() / 2);  // may cut a character: seen to below
  return " " + text;
}

std::string whole(std::string text) {
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) text.pop_back();
  if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xc0) text.pop_back();
  return text;
}

void collect(pugi::xml_node node, std::vector<pugi::xml_node>& elements) {
  for (pugi::xml_node child = node.first_child(); child; child = child.next_sibling()) {
    if (child.type() != pugi::node_element) continue;
    elements.push_back(child);
    collect(child, elements);
  }
}

bool is_leaf(pugi::xml_node element) {
  return element.find_child([](pugi::xml_node child) { return child.type() == pugi::node_element; }).empty();
}

struct Place {
  json::value* value;
  json::object* parent;
  std::string key;
};

void collect(json::value& value, json::object* parent, const std::string& key, std::vector<Place>& places) {
  if (parent != nullptr) places.push_back({&value, parent, key});
  if (auto* object = value.if_object()) {
    for (auto& member : *object) collect(member.value(), object, std::string(member.key()), places);
  } else if (auto* array = value.if_array()) {
    for (json::value& item : *array) collect(item, nullptr, {}, places);
  }
}

}  // namespace

Mutated mutated_xml(const std::string& document, const Dice& dice) {
  pugi::xml_document tree;
  tree.load_string(document.c_str(),
                   pugi::parse_default | pugi::parse_declaration | pugi::parse_ws_pcdata_single);
  std::vector<pugi::xml_node> elements;
  collect(tree, elements);
  pugi::xml_node chosen = elements[dice(elements.size())];
  std::string what;
  switch (dice(8)) {
    case 0:
      what = "dropped " + std::string(chosen.name());
      if (chosen.parent() != tree) chosen.parent().remove_child(chosen);
      break;
    case 1:
      what = "extra element in " + std::string(chosen.name());
      chosen.append_child("EXTRA").text().set("1");
      break;
    case 2:
      what = "extra attribute on " + std::string(chosen.name());
      chosen.append_attribute("extra") = "1";
      break;
    case 3: {
      what = "other root or name for " + std::string(chosen.name());
      chosen.set_name((std::string(chosen.name()) + "X").c_str());
      break;
    }
    case 4: {
      what = "repeated " + std::string(chosen.name());
      const std::size_t times = dice(3) == 0 ? 400 : 1;
      for (std::size_t i = 0; i < times && chosen.parent() != tree; ++i)
        chosen.parent().insert_copy_after(chosen, chosen);
      break;
    }
    case 5: {
      const auto attribute = chosen.first_attribute();
      if (!attribute) break;
      what = "attribute " + std::string(attribute.name());
      const std::string text = whole(spoilt(attribute.value(), dice));
      chosen.first_attribute().set_value(text.c_str());
      break;
    }
    default: {
      std::vector<pugi::xml_node> leaves;
      for (const pugi::xml_node each : elements) {
        if (is_leaf(each)) leaves.push_back(each);
      }
      chosen = leaves[dice(leaves.size())];
      const std::string text = whole(spoilt(chosen.text().get(), dice));
      what = std::string(chosen.name()) + " = " + text;
      chosen.text().set(text.c_str());
    }
  }
  std::ostringstream out;
  tree.save(out, "",
            pugi::format_raw | (document.starts_with("<?xml") ? 0u : unsigned{pugi::format_no_declaration}));
  return {what, out.str()};
}

Mutated mutated_json(const std::string& document, const Dice& dice) {
  json::value tree = json::parse(document);
  std::vector<Place> places;
  collect(tree, nullptr, {}, places);
  const Place chosen = places[dice(places.size())];
  std::string what = chosen.key;
  switch (dice(7)) {
    case 0:
      what += " dropped";
      chosen.parent->erase(chosen.key);
      break;
    case 1:
      what += ": a member beside it";
      chosen.parent->emplace("extra", 1);
      break;
    case 2: {
      static const std::vector<json::value> others = {nullptr,
                                                      "",
                                                      1,
                                                      1.5,
                                                      true,
                                                      json::object{},
                                                      json::array{},
                                                      "x",
                                                      -1,
                                                      json::array{json::object{}},
                                                      json::array{"x"}};
      const json::value& other = others[dice(others.size())];
      what += " = " + json::serialize(other);
      *chosen.value = other;
      break;
    }
    case 3:
      if (auto* array = chosen.value->if_array(); array != nullptr && !array->empty()) {
        what += " with 400 rows";
        const json::value row = array->front();
        while (array->size() < 400) array->push_back(row);
      }
      break;
    case 4:
      what += " named otherwise";
      chosen.parent->emplace(chosen.key + "X", *chosen.value);
      chosen.parent->erase(chosen.key);
      break;
    default:
      if (chosen.value->is_string()) {
        *chosen.value = whole(spoilt(std::string(chosen.value->as_string()), dice));
      } else if (!chosen.value->is_structured()) {
        *chosen.value = json::serialize(*chosen.value);  // a string instead of a number
      }
      what += " = " + json::serialize(*chosen.value);
  }
  return {what, json::serialize(tree)};
}

}  // namespace loangate::contract_test
