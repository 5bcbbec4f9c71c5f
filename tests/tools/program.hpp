#pragma once

#include <sys/types.h>

#include <boost/json/object.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "engine/catalog.hpp"

/// The program as its users meet it: called with words, it answers with text and an exit status.
namespace reprise::test {

struct ProgramResult {
  int code = 0;  ///< The exit status; 128 + N where signal N ended it.
  std::string out;
  std::string err;
};

struct ProgramOptions {
  std::filesystem::path cwd{};  ///< Where it is called; empty: here.
};

/// Calls the built program and waits for it.
ProgramResult run_program(const std::vector<std::string>& arguments,
                          const ProgramOptions& options = {});

/// Hands `line` to sh and waits for it.
ProgramResult run_shell(const std::string& line, const ProgramOptions& options = {});

/// Calls `reprise::cli` in this process, for worlds of this catalog's kinds.
ProgramResult run_in_process(const Catalog& catalog, std::vector<std::string> arguments);

/// The same for the standard kinds and those that `add_kinds` adds.
ProgramResult run_in_process(const std::function<void(Catalog&)>& add_kinds,
                             std::vector<std::string> arguments);

/// Calls the built program, sends it SIGINT as soon as `ready` holds, and waits for it.
ProgramResult interrupt_program(const std::vector<std::string>& arguments,
                                const std::function<bool()>& ready,
                                const ProgramOptions& options = {});

/// The one JSON object that a command answered with.
boost::json::object json_of(const ProgramResult& result);

/// What follows "reproduce: " among the complaints.
std::string reproducing_command(const ProgramResult& result);

std::string read_file(const std::filesystem::path& path);

/// The names of everything in `folder`, sorted.
std::vector<std::string> files_in(const std::filesystem::path& folder);

/// A scenario file shipped with the project: "market/thin_market.toml".
std::string shipped(const std::string& name);

}  // namespace reprise::test
