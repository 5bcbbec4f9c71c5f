#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/program_options/options_description.hpp>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "replay/parent.hpp"
#include "tools/branch_edits.hpp"
#include "tools/command.hpp"
#include "tools/history_option.hpp"
#include "tools/journal_words.hpp"
#include "tools/output.hpp"
#include "tools/readable.hpp"
#include "tools/world_factory.hpp"

namespace reprise {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr const char* extension = ".rpj";

void declare(boost::program_options::options_description& options) {
  options.add_options()("json", "answer as one JSON object");
  declare_parents(options);
}

/// A file that is a journal, or was to be one.
struct Node {
  fs::path path;
  std::shared_ptr<Journal> journal{};  // nullptr: it cannot be read
  std::string problem{};               // why not, or why its parent cannot be found
  const char* parent_state = nullptr;  // of a branch: there, missing, altered
  std::vector<std::string> edits{};
  std::vector<std::size_t> branches{};
  bool has_parent = false;
};

/// All journals that were found, and who is whose branch.
class Forest {
 public:
  explicit Forest(const Catalog& catalog) : catalog_(catalog) {}

  /// A file, once.
  void add(const fs::path& file);

  /// Finds the parent of each, also in `places`; a parent that was not added is, too.
  void connect(std::vector<fs::path> places);

  const std::vector<Node>& nodes() const { return nodes_; }

 private:
  std::size_t place_of(const fs::path& file);
  void connect(std::size_t place, const std::vector<fs::path>& places);
  std::uint64_t inputs_before(const Journal& journal) const;
  void tell_edits(Node& branch, const Journal* parent);
  const Simulation* world_of(const Journal& journal);

  const Catalog& catalog_;
  std::vector<Node> nodes_;
  std::map<fs::path, std::size_t> places_;  // by canonical path
  std::map<Sha256, std::uint64_t> before_;  // inputs in the history before a branch's own
  std::map<std::string, std::unique_ptr<Simulation>> worlds_;  // for names, by scenario
};

std::size_t Forest::place_of(const fs::path& file) {
  std::error_code unknown;
  const auto [place, fresh] = places_.emplace(fs::weakly_canonical(file, unknown), nodes_.size());
  if (!fresh) return place->second;
  Node& node = nodes_.emplace_back(Node{.path = file});
  try {
    node.journal = std::make_shared<Journal>(file);
  } catch (const JournalError& error) {
    node.problem = error.what();
  } catch (const FileError& error) {
    node.problem = error.what();
  }
  return place->second;
}

void Forest::add(const fs::path& file) {
  place_of(file);
}

void Forest::connect(std::vector<fs::path> places) {
  std::set<fs::path> folders;
  for (const Node& node : nodes_) {
    const fs::path folder = node.path.parent_path();
    if (folders.insert(folder).second) places.push_back(folder.empty() ? "." : folder);
  }
  for (std::size_t place = 0; place < nodes_.size(); ++place) connect(place, places);
  // Numbers of inputs count from the oldest ancestor, so its branches come before theirs.
  std::vector<std::size_t> next;
  for (std::size_t place = 0; place < nodes_.size(); ++place) {
    if (!nodes_[place].has_parent) next.push_back(place);
  }
  for (std::size_t i = 0; i < next.size(); ++i) {
    Node& node = nodes_[next[i]];
    if (node.journal && node.journal->header().parent && !node.has_parent) {
      tell_edits(node, nullptr);
    }
    for (const std::size_t branch : node.branches) {
      tell_edits(nodes_[branch], node.journal.get());
      next.push_back(branch);
    }
    std::ranges::sort(node.branches, [&](std::size_t a, std::size_t b) {
      const auto key = [&](std::size_t place) {
        return std::pair(nodes_[place].journal->header().parent->step, nodes_[place].path);
      };
      return key(a) < key(b);
    });
  }
}

void Forest::connect(std::size_t place, const std::vector<fs::path>& places) {
  const std::shared_ptr<Journal> branch = nodes_[place].journal;
  if (!branch || !branch->header().parent) return;
  try {
    const std::size_t parent = place_of(open_parent(branch, places)->path());
    nodes_[parent].branches.push_back(place);
    nodes_[place].has_parent = true;
    nodes_[place].parent_state = "there";
  } catch (const ParentError& error) {
    nodes_[place].parent_state = error.missing ? "missing" : "altered";
    nodes_[place].problem = error.what();
  } catch (const JournalError& error) {
    nodes_[place].problem = error.what();
  }
}

std::uint64_t Forest::inputs_before(const Journal& journal) const {
  const auto before = before_.find(journal.name());
  return before == before_.end() ? 0 : before->second;
}

void Forest::tell_edits(Node& branch, const Journal* parent) {
  const ParentLink& link = *branch.journal->header().parent;
  const std::uint64_t before = parent == nullptr ? 0 : inputs_before(*parent);
  before_[branch.journal->name()] = before + link.input_count;
  const Simulation* world = world_of(*branch.journal);
  if (world == nullptr) return;
  try {
    branch.edits = edits_of_branch(*branch.journal, parent, before, *world);
  } catch (const JournalError& error) {
    if (branch.problem.empty()) branch.problem = error.what();
  }
}

/// nullptr where this program cannot build it.
const Simulation* Forest::world_of(const Journal& journal) {
  const auto [world, fresh] = worlds_.try_emplace(journal.header().scenario);
  if (!fresh) return world->second.get();
  try {
    journal.expect_schema(catalog_);
    world->second = world_factory(catalog_)(journal.header());
  } catch (const JournalError&) {
  }
  return world->second.get();
}

/// The journals in a folder and in those below; what is linked to is passed over.
void add_folder(Forest& forest, const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code unknown;
  const auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator file(folder, options, unknown), end;
       !unknown && file != end; file.increment(unknown)) {
    std::error_code gone;
    if (file->is_symlink(gone) || !file->is_regular_file(gone)) continue;
    const fs::path path = file->path().lexically_normal();
    if (path.extension() == extension || is_journal(path)) files.push_back(path);
  }
  if (unknown) throw FileError(folder.string() + ": cannot be read: " + unknown.message());
  std::ranges::sort(files);  // a folder has no order of its own
  for (const fs::path& path : files) forest.add(path);
}

Forest found(const Invocation& call) {
  Forest forest(call.catalog);
  for (const std::string& path : call.arguments) {
    std::error_code unknown;
    if (fs::is_directory(path, unknown)) {
      add_folder(forest, path);
    } else if (fs::exists(path, unknown)) {
      forest.add(path);
    } else {
      throw UsageError(path + ": there is no such folder or file");
    }
  }
  forest.connect(parent_places(call));
  return forest;
}

/// When a branch begins: the time of its first checkpoint.
Time begin_of(const Journal& branch) {
  const auto first = std::ranges::find(branch.frames(), FrameType::checkpoints, &FrameEntry::type);
  return first == branch.frames().end() ? Time{} : first->span.first_at;
}

void print_tree(const Forest& forest, std::size_t place, std::size_t depth) {
  const Node& node = forest.nodes()[place];
  const std::string indent(2 * depth, ' ');
  const std::string name = indent + printable(node.path.string());
  if (!node.journal) {
    print(name + "  cannot be read");
    print(indent + "  ! " + printable(node.problem));
    return;
  }
  const Journal& journal = *node.journal;
  std::string line = name + "  ";
  if (const auto& link = journal.header().parent) {
    line += "from step " + grouped(link->step) + " at " + readable(begin_of(journal)) + "  ";
  }
  line += grouped(journal.last_step()) + " steps to " + readable(journal.last_at());
  if (journal.seal()) line += " (" + std::string(*enumerator_name(journal.seal()->end)) + ")";
  if (journal.seal() && journal.seal()->root) line += "  state " + to_string(*journal.seal()->root);
  print(line + "  " + grouped(journal.bytes()) + " bytes");
  for (const std::string& edit : node.edits) print(indent + "    edit  " + printable(edit));
  if (!journal.seal()) print(indent + "  ! " + printable(where_cut(journal)));
  if (!node.problem.empty()) print(indent + "  ! " + printable(node.problem));
  for (const std::size_t branch : node.branches) print_tree(forest, branch, depth + 1);
}

json::object node_json(const Forest& forest, std::size_t place) {
  const Node& node = forest.nodes()[place];
  json::object answer{{"journal", node.path.string()}, {"problem", nullptr}};
  if (!node.problem.empty()) answer["problem"] = node.problem;
  if (!node.journal) return answer;
  const Journal& journal = *node.journal;
  answer["parent"] = nullptr;
  answer["forked_at"] = nullptr;
  if (const auto& link = journal.header().parent) {
    if (node.parent_state != nullptr) answer["parent"] = node.parent_state;
    answer["forked_at"] = json::object{{"step", link->step},
                                       {"time_ns", begin_of(journal).time_since_epoch().count()}};
  }
  json::array edits;
  for (const std::string& edit : node.edits) edits.push_back(json::value(edit));
  answer["edits"] = std::move(edits);
  answer["steps"] = journal.last_step();
  answer["time_ns"] = journal.last_at().time_since_epoch().count();
  answer["end"] = nullptr;
  answer["state"] = nullptr;
  if (const std::optional<Seal>& seal = journal.seal()) {
    answer["end"] = *enumerator_name(seal->end);
    if (seal->root) answer["state"] = to_string(*seal->root);
  } else if (node.problem.empty()) {
    answer["problem"] = where_cut(journal);
  }
  answer["bytes"] = journal.bytes();
  json::array branches;
  for (const std::size_t branch : node.branches) branches.push_back(node_json(forest, branch));
  answer["branches"] = std::move(branches);
  return answer;
}

ExitCode run(const Invocation& call) {
  const Forest forest = found(call);
  const std::vector<Node>& nodes = forest.nodes();
  json::array roots;
  for (std::size_t place = 0; place < nodes.size(); ++place) {
    if (nodes[place].has_parent) continue;
    if (call.has("json")) {
      roots.push_back(node_json(forest, place));
    } else {
      print_tree(forest, place, 0);
    }
  }
  if (call.has("json")) print_json(json::object{{"journals", std::move(roots)}});
  const bool marked = std::ranges::any_of(
      nodes, [](const Node& node) { return !node.journal || !node.problem.empty(); });
  return marked ? ExitCode::journal : ExitCode::yes;
}

}  // namespace

const Command tree_command{
    .name = "tree",
    .summary = "the journals in files and folders, each with its branches below it",
    .arguments = "PATH...",
    .arguments_min = 1,
    .arguments_max = std::numeric_limits<std::size_t>::max(),
    .details =
        "A folder is searched with all below it for journals, links left aside. Each line has the "
        "name, of a\n"
        "branch the step and time at which it leaves its parent, the end, the state root and the "
        "size; below it\n"
        "what a branch does otherwise, and its own branches. What is marked by ! cannot be read, "
        "is cut off, or\n"
        "is a branch whose parent is missing or altered. A parent that lies elsewhere is shown, "
        "too.\n"
        "Nothing is lived again: headers, ends and the inputs around a fork are read.\n"
        "--json has journals, each with the keys journal problem parent (there, missing, altered; "
        "null for one\n"
        "that stands alone) forked_at {step time_ns} edits steps time_ns end state bytes "
        "branches.\n"
        "Exit status: 0 done (also for a journal that is cut off); 2 bad input; 4 a journal is "
        "damaged, of\n"
        "another version, or its parent is missing or altered (the others are shown).\n",
    .declare = declare,
    .run = run};

}  // namespace reprise
