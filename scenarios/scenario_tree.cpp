#include "scenarios/scenario_tree.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "engine/decimal.hpp"
#include "engine/exact_json.hpp"
#include "engine/json.hpp"
#include "engine/nearest.hpp"
#include "scenarios/input_error.hpp"
#include "scenarios/toml_reader.hpp"
#include "scenarios/utf8.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

const std::vector<std::string> sections = {"name",    "seed", "until", "steps", "agent",
                                           "network", "node", "link",  "fault", "chaos",
                                           "input",   "feed", "expect"};

json::value sorted(const json::value& value) {
  if (value.is_array()) {
    json::array elements;
    for (const json::value& element : value.get_array()) elements.push_back(sorted(element));
    return elements;
  }
  if (!value.is_object()) return value;
  std::vector<std::string_view> names;
  for (const auto& entry : value.get_object()) names.emplace_back(entry.key());
  std::ranges::sort(names);
  json::object object;
  for (const std::string_view name : names) object[name] = sorted(value.get_object().at(name));
  return object;
}

/// A part of a path: a name, or what stood in brackets.
struct Part {
  std::string text;
  bool bracketed = false;
};

/// The parts of `path`; nothing if it has an empty one or a bracket without its other.
std::optional<std::vector<Part>> parts_of(std::string_view path) {
  std::vector<Part> parts;
  while (!path.empty()) {
    const bool bracketed = path.front() == '[';
    if (!bracketed && !parts.empty()) {
      if (path.front() != '.') return std::nullopt;
      path.remove_prefix(1);
    }
    if (bracketed) path.remove_prefix(1);
    const std::size_t end = path.find_first_of(bracketed ? "]" : ".[");
    if (bracketed && end == std::string_view::npos) return std::nullopt;
    parts.push_back({std::string(path.substr(0, end)), bracketed});
    if (parts.back().text.empty()) return std::nullopt;
    path.remove_prefix(std::min(path.size(), end + (bracketed ? 1U : 0U)));
    if (end == std::string_view::npos) path = {};
  }
  if (parts.empty() || parts.front().bracketed) return std::nullopt;
  return parts;
}

std::optional<std::size_t> index_of(const Part& part) {
  return part.bracketed ? parse_number<std::size_t>(part.text) : std::nullopt;
}

/// The names of the tables in the list `section`.
std::vector<std::string> names_in(const json::object& root, std::string_view section) {
  std::vector<std::string> names;
  const json::value* list = root.if_contains(section);
  if (list == nullptr || !list->is_array()) return names;
  for (const json::value& each : list->get_array()) {
    const json::value* name = each.is_object() ? each.get_object().if_contains("name") : nullptr;
    names.emplace_back(name != nullptr && name->is_string() ? std::string_view(name->get_string())
                                                            : std::string_view());
  }
  return names;
}

json::value json_value(std::string_view text) {
  try {
    return parse_exact_json(text);
  } catch (const JsonError&) {
    return json::value(json::string_view(text));
  }
}

bool lies_below(std::string_view path, std::string_view above) {
  return path.starts_with(above) && path.size() > above.size() &&
         (path[above.size()] == '.' || path[above.size()] == '[');
}

/// One override on its way into a tree.
class Override {
 public:
  Override(json::object& root, std::string_view text)
      : root_(root), place_("--set " + std::string(text)) {
    if (find_utf8_fault(text)) throw InputError("--set", "the override is not UTF-8");
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) refuse("expected PATH=VALUE");
    path_ = text.substr(0, equals);
    value_ = json_value(text.substr(equals + 1));
  }

  const std::string& place() const { return place_; }

  /// The paths of the tables that had to be made for it.
  const std::vector<std::string>& made() const { return made_; }

  /// Puts the value where it belongs; gives the path with positions in place of names.
  std::string apply() {
    const std::optional<std::vector<Part>> parts = parts_of(path_);
    if (!parts) refuse("'" + path_ + "' is no path; a path is like agent.trader.options.size");
    check_section(parts->front().text);
    json::value* at = nullptr;
    std::string canonical_path;
    std::size_t next = 0;
    const std::string& section = parts->front().text;
    if (is_list(section)) {
      const std::size_t index = element_of(*parts);
      if (section == "feed" && (*parts)[2].text == "file") {
        refuse("a feed's file is no part of the scenario",
               "use --feed " + feed_name(index) + "=" + json_text_of(value_));
      }
      canonical_path = section + '[' + std::to_string(index) + ']';
      at = &root_.at(section).as_array()[index];
      next = 2;
    } else {
      canonical_path = section;
      at = &root_[section];
      next = 1;
    }
    for (; next < parts->size(); ++next) {
      const Part& part = (*parts)[next];
      if (at->is_null()) {
        *at = json::object();
        made_.push_back(canonical_path);
      }
      at = &below(*at, part, canonical_path);
      canonical_path += part.bracketed ? '[' + part.text + ']' : '.' + part.text;
    }
    *at = std::move(value_);
    return canonical_path;
  }

 private:
  [[noreturn]] void refuse(std::string reason, std::string remedy = "") const {
    throw InputError(place_, std::move(reason), std::move(remedy));
  }

  static bool is_list(std::string_view section) {
    return is_named(section) || section == "input" || section == "link" || section == "fault";
  }

  static bool is_named(std::string_view section) {
    return section == "agent" || section == "feed" || section == "node";
  }

  /// How one of a list is named, for who has not.
  static std::string named(const std::string& section) {
    return section + (is_named(section)   ? ".NAME.KEY"
                      : section == "link" ? "[0].latency"
                                          : "[0].at");
  }

  static std::string json_text_of(const json::value& value) {
    return value.is_string() ? std::string(value.get_string()) : json_text(value);
  }

  std::string feed_name(std::size_t index) const { return names_in(root_, "feed")[index]; }

  void check_section(const std::string& section) const {
    if (section == "expect") {
      refuse("what is expected is no part of the world", "edit it in the scenario's file");
    }
    if (std::ranges::find(sections, section) != sections.end()) return;
    const std::vector<std::string> agents = names_in(root_, "agent");
    if (std::ranges::find(agents, section) != agents.end()) {
      refuse("'" + path_ + "' is a path of the state, and --set changes the scenario",
             "a path of the scenario begins with agent." + section);
    }
    refuse("unknown key '" + section + "' of a scenario" + did_you_mean(section, sections));
  }

  /// The position that the second part of the path names.
  std::size_t element_of(const std::vector<Part>& parts) const {
    const std::string& section = parts.front().text;
    const std::vector<std::string> names = names_in(root_, section);
    if (parts.size() < 3) {
      refuse("'" + path_ + "' is a whole table", "set one key of one, such as " + named(section));
    }
    if (const std::optional<std::size_t> index = index_of(parts[1])) {
      const json::value* list = root_.if_contains(section);
      if (*index < names.size() && list->get_array()[*index].is_object()) return *index;
      refuse("there is no " + section + "[" + parts[1].text + "]; the scenario has " +
             std::to_string(names.size()));
    }
    const auto found = std::ranges::find(names, parts[1].text);
    if (is_named(section) && !parts[1].bracketed && found != names.end()) {
      return static_cast<std::size_t>(found - names.begin());
    }
    if (!is_named(section)) {
      refuse((section == "input" ? "an " : "a ") + section + " has no name",
             "name it by its position, such as " + named(section));
    }
    refuse("there is no " + section + " '" + parts[1].text + "'" +
           did_you_mean(parts[1].text, names));
  }

  json::value& below(json::value& at, const Part& part, const std::string& path) const {
    if (at.is_array()) {
      const std::optional<std::size_t> index = index_of(part);
      const std::size_t size = at.get_array().size();
      if (index && *index < size) return at.get_array()[*index];
      refuse("there is no element '" + part.text + "' in '" + path + "', a list of " +
             std::to_string(size));
    }
    if (!at.is_object()) refuse("'" + path + "' is no table, so it has no '" + part.text + "'");
    return at.get_object()[part.text];
  }

  json::object& root_;
  std::string place_;
  std::string path_;
  json::value value_;
  std::vector<std::string> made_;
};

}  // namespace

ScenarioTree ScenarioTree::from_toml(std::string_view text, const std::string& file) {
  TomlDocument document = read_toml(text, file);
  ScenarioTree tree;
  tree.origin_ = file;
  tree.root_ = std::move(document.root);
  for (const auto& [path, place] : document.places) {
    tree.places_[path] = {file + ':' + std::to_string(place.line) + ':' +
                          std::to_string(place.column)};
  }
  return tree;
}

ScenarioTree ScenarioTree::from_canonical(std::string_view text, std::string origin) {
  ScenarioTree tree;
  tree.origin_ = std::move(origin);
  tree.of_journal_ = true;
  try {
    json::value root = parse_exact_json(text);
    if (!root.is_object()) throw JsonError("no table of keys");
    tree.root_ = std::move(root);
  } catch (const JsonError& error) {
    throw InputError(tree.origin_, error.what());
  }
  return tree;
}

std::string ScenarioTree::canonical() const {
  json::object kept = root_.get_object();
  kept.erase("expect");
  if (!kept.contains("seed")) kept["seed"] = 0;
  return json_text(sorted(kept));
}

std::string ScenarioTree::apply(std::string_view override_text) {
  Override change(root_.get_object(), override_text);
  std::string path = change.apply();
  std::erase_if(places_, [&](const auto& entry) { return lies_below(entry.first, path); });
  for (const std::string& made : change.made()) places_[made] = {change.place(), true};
  places_[path] = {change.place(), true};
  return path;
}

ScenarioTree::Place ScenarioTree::nearest_place(std::string_view path) const {
  while (!path.empty()) {
    if (const auto found = places_.find(path); found != places_.end()) return found->second;
    const std::size_t cut = path.find_last_of(".[");
    path = path.substr(0, cut == std::string_view::npos ? 0 : cut);
  }
  return {origin_};
}

std::string ScenarioTree::places(std::string_view path) const {
  const Place own = nearest_place(path);
  std::string changes = own.changed ? own.text : "";
  for (const auto& [other, place] : places_) {
    if (!place.changed || !lies_below(other, path) || place.text == own.text) continue;
    changes += (changes.empty() ? "" : ", ") + place.text;
  }
  if (own.changed) return changes;
  return changes.empty() ? own.text : changes + ", with " + own.text;
}

}  // namespace reprise
