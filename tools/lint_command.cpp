#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <filesystem>
#include <iterator>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "engine/json.hpp"
#include "replay/file.hpp"
#include "tools/command.hpp"
#include "tools/lint/determinism.hpp"
#include "tools/lint/sarif.hpp"
#include "tools/output.hpp"
#include "tools/text_file.hpp"

namespace reprise {

namespace fs = std::filesystem;
namespace json = boost::json;
namespace po = boost::program_options;

namespace {

void declare(po::options_description& options) {
  options.add_options()("json", "answer as one JSON object")(
      "sarif", po::value<std::string>()->value_name("FILE"),
      "write the findings there, too, in SARIF 2.1.0")("rules",
                                                       "list the rules, and check nothing");
}

bool is_source(const fs::path& file) {
  static constexpr std::array endings = {".cc",  ".cpp", ".cxx", ".h",  ".hh",
                                         ".hpp", ".hxx", ".inc", ".ipp"};
  return std::ranges::find(endings, file.extension().string()) != endings.end();
}

/// What is no part of a project: hidden folders, and those in which CMake builds.
bool is_aside(const fs::path& folder) {
  std::error_code unknown;
  return folder.filename().string().starts_with('.') ||
         fs::exists(folder / "CMakeCache.txt", unknown);
}

/// The sources in a folder and in those below, in the order of their names.
std::vector<fs::path> sources_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code unknown;
  for (fs::recursive_directory_iterator entry(folder, unknown), end; !unknown && entry != end;
       entry.increment(unknown)) {
    std::error_code gone;
    if (entry->is_directory(gone)) {
      if (entry->is_symlink(gone) || is_aside(entry->path())) entry.disable_recursion_pending();
    } else if (is_source(entry->path()) && entry->is_regular_file(gone)) {
      files.push_back(entry->path());
    }
  }
  if (unknown) throw FileError(folder.string() + ": cannot be read: " + unknown.message());
  std::ranges::sort(files);  // a folder has no order of its own
  return files;
}

/// Every source that the arguments name, once.
std::vector<fs::path> sources(const Invocation& call) {
  std::vector<fs::path> files;
  std::set<fs::path> known;
  const auto add = [&](const fs::path& file) {
    std::error_code unknown;
    if (known.insert(fs::weakly_canonical(file, unknown)).second) {
      files.push_back(file.lexically_normal());
    }
  };
  for (const std::string& path : call.arguments) {
    std::error_code unknown;
    if (fs::is_directory(path, unknown)) {
      const std::vector<fs::path> found = sources_in(path);
      if (found.empty()) throw UsageError(path + ": there is no C++ source in this folder");
      std::ranges::for_each(found, add);
    } else if (!fs::exists(path, unknown)) {
      throw UsageError(path + ": there is no such folder or file");
    } else if (!is_source(path) || !fs::is_regular_file(path, unknown)) {
      throw UsageError(path +
                       ": this is no C++ source; name a folder, or a file that ends in .hpp, "
                       ".cpp or the like");
    } else {
      add(path);
    }
  }
  return files;
}

void write_sarif(const std::string& path, const std::vector<lint::Finding>& findings) {
  write_file(path, json_text(sarif_log(lint::determinism_rules(), findings)) + '\n');
}

json::object to_json(const lint::Finding& finding) {
  return {{"file", finding.file},
          {"line", finding.line},
          {"rule", finding.rule},
          {"what", finding.what},
          {"remedy", finding.remedy}};
}

ExitCode list_rules(const Invocation& call) {
  if (!call.arguments.empty()) throw UsageError("--rules checks nothing: leave the paths out");
  json::array rules;
  for (const lint::Rule& rule : lint::determinism_rules()) {
    if (call.has("json")) {
      rules.push_back(
          json::object{{"name", rule.name}, {"about", rule.about}, {"remedy", rule.remedy}});
    } else {
      print(std::string(rule.name) + ": " + std::string(rule.about) + "\n  " +
            std::string(rule.remedy));
    }
  }
  if (call.has("json")) print_json(json::object{{"rules", std::move(rules)}});
  return ExitCode::yes;
}

ExitCode run(const Invocation& call) {
  if (call.has("rules")) return list_rules(call);
  if (call.arguments.empty()) {
    throw UsageError("a path is missing: " + call.program + " lint PATH...; see `" + call.program +
                     " help lint`");
  }
  const std::vector<fs::path> files = sources(call);
  lint::Judgement all;
  for (const fs::path& file : files) {
    const std::string path = printable(file.string());
    const std::string text = text_of_file(file);
    lint::Judgement one = lint::judge(lint::parse(path, text), lint::determinism_rules());
    std::ranges::move(one.findings, std::back_inserter(all.findings));
    all.excused += one.excused;
  }
  if (const auto path = call.find<std::string>("sarif")) write_sarif(*path, all.findings);
  if (call.has("json")) {
    json::array findings;
    for (const lint::Finding& finding : all.findings) findings.push_back(to_json(finding));
    print_json(json::object{
        {"files", files.size()}, {"excused", all.excused}, {"findings", std::move(findings)}});
  } else {
    for (const lint::Finding& finding : all.findings) print(to_string(finding));
    print(counted(files.size(), "file") + ", " +
          (all.findings.empty() ? "nothing found" : counted(all.findings.size(), "finding")) +
          (all.excused == 0 ? "" : ", " + grouped(all.excused) + " excused"));
  }
  return all.findings.empty() ? ExitCode::yes : ExitCode::no;
}

}  // namespace

const Command lint_command{
    .name = "lint",
    .summary = "what in the sources of agents would make a run depend on the host",
    .arguments = "PATH...",
    .arguments_min = 0,
    .arguments_max = std::numeric_limits<std::size_t>::max(),
    .details =
        "Reads the C++ sources that are named and those in folders, with all below them; hidden "
        "folders, linked\n"
        "ones and those in which CMake builds are left aside. Each finding is a line: file, line, "
        "rule, what was\n"
        "found, what to do instead. A line that has a reason says so, on it or alone on the line "
        "above:\n"
        "  // reprise: allow(RULE) REASON\n"
        "It reads tokens, not meaning: what hides behind a macro, an alias or a library is not "
        "seen. `verify` sees\n"
        "what it does.\n"
        "--json has files (how many were read) excused findings, each with file line rule what "
        "remedy; with\n"
        "--rules: rules, each with name about remedy.\n"
        "Exit status: 0 nothing found; 1 something; 2 bad input, or a path without a C++ source.\n"
        "Examples: reprise lint agents\n"
        "          reprise lint --sarif lint.sarif .\n",
    .declare = declare,
    .run = run};

}  // namespace reprise
