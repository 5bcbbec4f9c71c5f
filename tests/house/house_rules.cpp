#include "tests/house/house_rules.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>
#include <utility>

#include "tools/lint/determinism.hpp"

namespace reprise::house {
namespace {

using lint::Finding;
using lint::Hit;
using lint::Include;
using lint::Rule;
using lint::Source;
using Words = std::vector<std::string_view>;

bool contains(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The table of rooms (docs/architecture.md). A room may always include itself.

struct Room {
  std::string_view name;
  Words rooms;    ///< Whose headers it may include.
  Words vendors;  ///< Whose <headers> it may include; "*" is all of them.
};

const std::vector<Room>& rooms() {
  static const Words all = {"engine",   "agents", "scenarios", "replay",
                            "timeline", "tools",  "tools/lab", "tests"};
  static const std::vector<Room> table = {
      {"engine", {}, {"std", "boost", "boost.json", "cereal", "pcg", "xxhash"}},
      {"agents", {"engine"}, {"std"}},
      {"scenarios",
       {"engine", "agents"},
       {"std", "system", "toml++", "boost.json", "zlib", "zstd"}},
      {"replay", {"engine"}, {"std", "system", "boost", "zstd", "openssl"}},
      {"timeline", {"engine", "replay"}, {"std", "system"}},
      {"tools", {"engine", "agents", "scenarios", "replay", "timeline", "tools/lab"}, {"*"}},
      {"tools/lab", {"engine", "agents", "scenarios", "replay", "timeline", "tools"}, {"*"}},
      {"tests", all, {"*"}},
      {"bench", all, {"*"}},
  };
  return table;
}

const Room* room_named(std::string_view name) {
  const auto room = std::find_if(rooms().begin(), rooms().end(),
                                 [&](const Room& candidate) { return candidate.name == name; });
  return room == rooms().end() ? nullptr : &*room;
}

std::string_view room_of(std::string_view path) {
  if (path.starts_with("tools/lab/")) return "tools/lab";
  return path.substr(0, path.find('/'));
}

/// Whose header it is, by its name; nothing if the table does not know it.
std::string_view vendor_of(std::string_view header) {
  struct Vendor {
    std::string_view prefix;
    std::string_view name;
  };
  static constexpr std::array vendors = {
      Vendor{"boost/json", "boost.json"},
      Vendor{"boost/program_options", "boost.program_options"},
      Vendor{"boost/", "boost"},
      Vendor{"cereal/", "cereal"},
      Vendor{"pcg_", "pcg"},
      Vendor{"xxh", "xxhash"},
      Vendor{"toml++/", "toml++"},
      Vendor{"zlib.h", "zlib"},
      Vendor{"zstd", "zstd"},
      Vendor{"openssl/", "openssl"},
      Vendor{"catch2/", "catch2"},
      Vendor{"sys/", "system"},
  };
  for (const Vendor& vendor : vendors) {
    if (header.starts_with(vendor.prefix)) return vendor.name;
  }
  if (header.find('/') != std::string_view::npos) return {};
  return header.ends_with(".h") ? "system" : "std";
}

// Rules on includes and on the shape of a file.

std::vector<Hit> missing_includes(const Source& source,
                                  const std::function<bool(std::string_view)>& exists) {
  std::vector<Hit> hits;
  for (const Include& include : source.includes) {
    if (include.angled || exists(include.name)) continue;
    hits.push_back({include.line, '"' + std::string(include.name) + "\" is no file of this tree"});
  }
  return hits;
}

std::vector<Hit> forbidden_includes(const Source& source) {
  std::vector<Hit> hits;
  const Room* room = room_named(room_of(source.path));
  if (room == nullptr) return hits;
  for (const Include& include : source.includes) {
    const std::string name(include.name);
    const std::string who = std::string(room->name) + "/ includes ";
    if (!include.angled) {
      const std::string_view other = room_of(include.name);
      if (other != room->name && !contains(room->rooms, other)) {
        hits.push_back({include.line, who + '"' + name + '"'});
      }
      continue;
    }
    const std::string_view vendor = vendor_of(include.name);
    const bool any = contains(room->vendors, "*");
    if (!any && (vendor.empty() || !contains(room->vendors, vendor))) {
      hits.push_back({include.line, who + '<' + name + '>'});
    }
  }
  return hits;
}

/// The first twenty lines, comments and all.
std::string_view head_of(std::string_view text) {
  std::size_t end = 0;
  for (int i = 0; i < 20 && end < text.size(); ++i) {
    end = std::min(text.find('\n', end), text.size() - 1) + 1;
  }
  return text.substr(0, end);
}

std::vector<Hit> long_file(const Source& source) {
  constexpr int lines_max = 500;
  constexpr std::string_view opening = "// long because: ";
  const std::string_view room = room_of(source.path);
  if (room == "tests" || room == "bench" || source.lines <= lines_max) return {};
  const std::string_view head = head_of(source.text);
  const auto found = head.find(opening);
  if (found != std::string_view::npos) {
    std::string_view reason = head.substr(found + opening.size());
    reason = reason.substr(0, reason.find('\n'));
    if (!lint::trimmed(reason).empty()) return {};
  }
  return {{lines_max + 1, std::to_string(source.lines) + " lines"}};
}

std::vector<Hit> header_start(const Source& source) {
  if (!source.path.ends_with(".hpp")) return {};
  const bool guarded =
      source.tokens.size() >= 3 && source.tokens[0].text == "#" &&
      source.tokens[1].text == "pragma" && source.tokens[2].text == "once" &&
      (source.includes.empty() || source.includes.front().line > source.tokens[0].line);
  if (guarded) return {};
  return {{1, "the header does not begin with #pragma once"}};
}

std::vector<Finding> stray_entries(const std::vector<std::string>& entries) {
  static const std::set<std::string_view> allowed = {"CMakeLists.txt", "CMakePresets.json",
                                                     "LICENSE",        "README.md",
                                                     "agents",         "bench",
                                                     "build",          "docs",
                                                     "engine",         "replay",
                                                     "scenarios",      "tests",
                                                     "timeline",       "tools"};
  std::vector<Finding> found;
  for (const std::string& entry : entries) {
    if (allowed.contains(entry) || entry.starts_with('.') || entry.ends_with(".rpj")) continue;
    found.push_back({entry, 1, "top-entries", entry + " lies at the top of the tree",
                     "put it into the room it belongs to; there are no others"});
  }
  return found;
}

}  // namespace

std::vector<Rule> style_rules(std::function<bool(std::string_view path)> exists) {
  return {
      {"include-path", "headers that are no file of this tree",
       "name it from the repository root, as in \"engine/event.hpp\"",
       [exists = std::move(exists)](const Source& source) {
         return missing_includes(source, exists);
       }},
      {"include-room", "headers of rooms above and of others' libraries",
       "a room includes only rooms below it and the libraries in its row of the table",
       forbidden_includes},
      {"using-namespace-std", "all of std at once", "write std:: where it is meant",
       lint::any_of({"using namespace std ;"})},
      {"long-file", "files that are too long to read",
       "split it by idea, or say near its top why not: \"// long because: ...\"", long_file},
      {"header-start", "headers that may be read twice", "put #pragma once before all other code",
       header_start},
  };
}

std::vector<Finding> findings(const Tree& tree) {
  std::set<std::string_view> paths;
  for (const File& file : tree.files) paths.insert(file.path);
  const std::vector<Rule> style =
      style_rules([&paths](std::string_view path) { return paths.contains(path); });
  std::vector<Rule> of_engine = style;
  std::vector<Rule> of_agents = style;
  for (const Rule& rule : lint::determinism_rules()) {
    of_agents.push_back(rule);
    if (!rule.agents_only) of_engine.push_back(rule);
  }

  std::vector<Finding> found = stray_entries(tree.entries);
  for (const File& file : tree.files) {
    const std::string_view room = room_of(file.path);
    const auto& rules = room == "engine" ? of_engine : room == "agents" ? of_agents : style;
    std::vector<Finding> here = lint::judge(lint::parse(file.path, file.text), rules).findings;
    found.insert(found.end(), std::make_move_iterator(here.begin()),
                 std::make_move_iterator(here.end()));
  }
  return found;
}

Tree read_tree(const std::filesystem::path& root) {
  namespace fs = std::filesystem;
  Tree tree;
  for (const fs::directory_entry& entry : fs::directory_iterator(root)) {
    tree.entries.push_back(entry.path().filename().string());
  }
  std::sort(tree.entries.begin(), tree.entries.end());
  for (const Room& room : rooms()) {
    const fs::path folder = root / room.name;
    if (room.name == "tools/lab" || !fs::is_directory(folder)) continue;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
      const std::string path = fs::relative(entry.path(), root).generic_string();
      const std::string extension = entry.path().extension().string();
      const bool is_source = extension == ".hpp" || extension == ".cpp" || extension == ".inc";
      if (!entry.is_regular_file() || !is_source || path.starts_with("tests/consumer/")) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      if (!in) throw std::runtime_error("cannot read " + path);
      tree.files.push_back({path, {std::istreambuf_iterator<char>(in), {}}});
    }
  }
  std::sort(tree.files.begin(), tree.files.end(),
            [](const File& a, const File& b) { return a.path < b.path; });
  return tree;
}

}  // namespace reprise::house
