#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/program_options/options_description.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "replay/file.hpp"
#include "tools/command.hpp"
#include "tools/new_project.hpp"
#include "tools/output.hpp"

namespace reprise {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

void declare(boost::program_options::options_description& options) {
  options.add_options()("json", "answer as one JSON object");
}

/// The folder is there and holds nothing when it returns.
void make_empty_folder(const fs::path& folder) {
  std::error_code error;
  if (fs::exists(folder, error) && !fs::is_directory(folder, error)) {
    throw FileError(folder.string() +
                    ": is there and is no folder; name one that is not there yet");
  }
  fs::create_directories(folder, error);
  if (error) throw FileError(folder.string() + ": cannot be made: " + error.message());
  const bool empty = fs::is_empty(folder, error);
  if (error) throw FileError(folder.string() + ": cannot be read: " + error.message());
  if (!empty) {
    throw FileError(folder.string() + ": is not empty; name a folder that is, or is not there yet");
  }
}

void write(const fs::path& path, const ProjectFile& file) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ofstream out(path, std::ios::binary);
  out << file.text;
  out.close();
  if (error || !out) throw FileError(path.string() + ": cannot be written");
  if (!file.executable) return;
  using enum fs::perms;
  fs::permissions(path, owner_exec | group_exec | others_exec, fs::perm_options::add, error);
  if (error) throw FileError(path.string() + ": cannot be made executable: " + error.message());
}

ExitCode run(const Invocation& call) {
  const fs::path folder = call.arguments.front();
  make_empty_folder(folder);
  json::array files;
  for (const ProjectFile& file : new_project()) {
    write(folder / file.path, file);
    files.push_back(json::value(file.path));
  }
  if (call.has("json")) {
    print_json(json::object{{"folder", folder.string()}, {"files", std::move(files)}});
    return ExitCode::yes;
  }
  print(printable(folder.string()) + ": a project of your own");
  for (const ProjectFile& file : new_project()) print("  " + std::string(file.path));
  print("build and check it: CMAKE_PREFIX_PATH=PREFIX " + shell_word((folder / "ci.sh").string()) +
        ", where PREFIX is where reprise is installed");
  return ExitCode::yes;
}

}  // namespace

const Command new_command{
    .name = "new",
    .summary = "a small project of your own: agents, a scenario, what checks them",
    .arguments = "DIR",
    .arguments_min = 1,
    .arguments_max = 1,
    .details =
        "Writes two agents, a scenario that says how it ends, a program with the whole command "
        "line, CMakeLists.txt\n"
        "for an installed reprise, and what checks all of it in CI. It builds and holds as it "
        "is.\n"
        "--json has folder files.\n"
        "Exit status: 0 written; 2 the folder is not empty, or cannot be written.\n",
    .declare = declare,
    .run = run};

}  // namespace reprise
