#include "tools/cli.hpp"

#include <algorithm>
#include <array>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/positional_options.hpp>
#include <boost/program_options/variables_map.hpp>
#include <limits>
#include <sstream>

#include "agents/standard_catalog.hpp"
#include "engine/decimal.hpp"
#include "replay/file.hpp"
#include "replay/journal.hpp"
#include "scenarios/input_error.hpp"
#include "timeline/timeline.hpp"
#include "tools/command.hpp"
#include "tools/interrupt.hpp"
#include "tools/output.hpp"
#include "tools/suggestion.hpp"
#include "tools/version.hpp"

namespace reprise {

namespace po = boost::program_options;

namespace {

constexpr std::array commands{
    &run_command,    &verify_command,  &show_command,     &events_command,  &inputs_command,
    &find_command,   &step_command,    &why_command,      &diff_command,    &fork_command,
    &sweep_command,  &explore_command, &shrink_command,   &odds_command,    &score_command,
    &corpus_command, &check_command,   &selftest_command, &history_command, &linearizable_command,
    &tree_command,   &info_command,    &compact_command,  &flatten_command, &salvage_command,
    &kinds_command,  &lint_command,    &new_command,      &help_command,    &completion_command};

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const Command* command : commands) names.emplace_back(command->name);
  return names;
}

const Command& command_named(const std::string& program, const std::string& name) {
  for (const Command* command : commands) {
    if (command->name == name) return *command;
  }
  const std::string meant = suggestion(name, command_names());
  throw UsageError("unknown command '" + name + "'" +
                   (meant.empty() ? "; see `" + program + " help`" : meant));
}

std::string overview(const std::string& program) {
  std::ostringstream text;
  text << "reprise " << version << ": deterministic simulation and replay\n\n"
       << "usage: " << program << " COMMAND [OPTIONS] [ARGUMENTS]\n\n";
  for (const Command* command : commands) {
    text << "  " << command->name << std::string(14 - command->name.size(), ' ') << command->summary
         << '\n';
  }
  text << "\n`" << program << " help COMMAND` says more; `" << program
       << " --version` which this is.\n"
       << "Exit status: 0 yes; 1 no; 2 bad input; 3 not deterministic; 4 journal damaged or of "
          "another\n"
       << "version, or no journal, and for verify also one that is cut off; 5 interrupted; 70 a "
          "fault of ours.";
  return text.str();
}

std::string help(const std::string& program, const Command& command) {
  po::options_description options("options", 100);
  command.declare(options);
  std::ostringstream text;
  text << program << ' ' << command.name << (options.options().empty() ? "" : " [OPTIONS]")
       << (command.arguments.empty() ? "" : " ") << command.arguments << "\n\n"
       << command.summary << '\n';
  if (!options.options().empty()) text << '\n' << options;
  if (!command.details.empty()) text << '\n' << command.details;
  std::string whole = text.str();
  while (whole.ends_with('\n')) whole.pop_back();
  return whole;
}

std::vector<std::string> option_names(const po::options_description& options) {
  std::vector<std::string> names;
  for (const auto& option : options.options()) names.push_back("--" + option->long_name());
  return names;
}

Invocation parse(const Catalog& catalog, const std::string& program, const Command& command,
                 const std::vector<std::string>& words) {
  po::options_description options;
  command.declare(options);
  options.add_options()("help,h", "this text");
  po::options_description all;
  all.add(options).add_options()("argument", po::value<std::vector<std::string>>());
  po::positional_options_description positional;
  positional.add("argument", -1);
  const std::string remedy = "; see `" + program + " help " + std::string(command.name) + "`";
  po::variables_map map;
  try {
    const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    po::store(po::command_line_parser(words).options(all).positional(positional).style(style).run(),
              map);
    po::notify(map);
  } catch (const po::unknown_option& error) {
    const std::string given = error.get_option_name();
    const std::string name = given.substr(0, given.find('='));
    const std::string meant = suggestion(name, option_names(options));
    throw UsageError("unknown option '" + name + "'" + (meant.empty() ? remedy : meant));
  } catch (const po::error& error) {
    throw UsageError(error.what() + remedy);
  }
  std::vector<std::string> arguments;
  if (map.count("argument") != 0) arguments = map["argument"].as<std::vector<std::string>>();
  if (map.count("help") == 0) {
    if (arguments.size() < command.arguments_min) {
      throw UsageError("an argument is missing: " + program + " " + std::string(command.name) +
                       " " + std::string(command.arguments) + remedy);
    }
    if (arguments.size() > command.arguments_max) {
      throw UsageError("unexpected argument '" + arguments[command.arguments_max] + "'" + remedy);
    }
  }
  return {catalog, program, std::string(command.name), std::move(arguments), std::move(map)};
}

ExitCode dispatch(const Catalog& catalog, const std::string& program,
                  std::vector<std::string> words) {
  if (words.empty()) throw UsageError("a command is missing\n\n" + overview(program));
  const std::string name = words.front();
  words.erase(words.begin());
  if (name == "--version" || name == "version") {
    print("reprise " + std::string(version) + " (journal format " +
          std::to_string(journal_format_major) + "." + std::to_string(journal_format_minor) + ")");
    return ExitCode::yes;
  }
  const bool asks_help = name == "--help" || name == "-h";
  const Command& command = asks_help ? help_command : command_named(program, name);
  const Invocation invocation = parse(catalog, program, command, words);
  if (invocation.has("help")) {
    print(help(program, command));
    return ExitCode::yes;
  }
  return command.run(invocation);
}

std::string file_name(const std::string& program) {
  return program.substr(program.rfind('/') + 1);
}

std::string program_path(int argc, char** argv) {
  return argc > 0 ? argv[0] : "reprise";
}

ExitCode fail(const std::string& program, ExitCode code, const std::exception& error) {
  complain(program + ": " + error.what());
  return code;
}

}  // namespace

void Invocation::complain(std::string_view text) const {
  reprise::complain(file_name(program) + ": " + std::string(text));
}

std::optional<std::uint64_t> Invocation::find_number(const char* option, std::uint64_t min) const {
  constexpr std::uint64_t max = std::numeric_limits<std::int64_t>::max();
  const std::optional<std::string> text = find<std::string>(option);
  if (!text) return std::nullopt;
  const std::optional<std::uint64_t> number = parse_number<std::uint64_t>(*text);
  if (number && *number >= min && *number <= max) return number;
  throw UsageError("--" + std::string(option) + " takes a whole number from " +
                   std::to_string(min) + " to " + std::to_string(max) + ", not '" + *text + "'");
}

const Command help_command{
    .name = "help",
    .summary = "what a command does, and its options",
    .arguments = "[COMMAND]",
    .arguments_min = 0,
    .arguments_max = 1,
    .details = "",
    .declare = [](po::options_description&) {},
    .run =
        [](const Invocation& call) {
          print(call.arguments.empty()
                    ? overview(call.program)
                    : help(call.program, command_named(call.program, call.arguments.front())));
          return ExitCode::yes;
        },
    .words = [](const Catalog&) { return command_names(); }};

std::span<const Command* const> all_commands() {
  return commands;
}

int cli(int argc, char** argv, const Catalog& catalog) {
  const std::string path = program_path(argc, argv);
  const std::string program = file_name(path);
  const auto run = [&] {
    try {
      catalog.check_upcasters();
      return dispatch(catalog, path, {argv + std::min(argc, 1), argv + argc});
    } catch (const UsageError& error) {
      return fail(program, ExitCode::usage, error);
    } catch (const InputError& error) {
      return fail(program, ExitCode::usage, error);
    } catch (const PositionError& error) {
      return fail(program, ExitCode::usage, error);
    } catch (const FileError& error) {
      return fail(program, ExitCode::usage, error);
    } catch (const JournalError& error) {
      return fail(program, ExitCode::journal, error);
    } catch (const Interrupted& error) {
      return fail(program, ExitCode::interrupted, error);
    } catch (const std::exception& error) {
      return fail(program + ": a fault of ours", ExitCode::fault, error);
    }
  };
  return static_cast<int>(run());
}

int cli(int argc, char** argv, const std::function<void(Catalog&)>& add_kinds) {
  Catalog catalog = standard_catalog();
  try {
    add_kinds(catalog);
  } catch (const std::exception& error) {
    const std::string program = file_name(program_path(argc, argv));
    return static_cast<int>(
        fail(program + ": a kind cannot be added to the catalog", ExitCode::fault, error));
  }
  return cli(argc, argv, catalog);
}

}  // namespace reprise
