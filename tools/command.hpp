#pragma once

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/variables_map.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog.hpp"
#include "tools/exit_code.hpp"

namespace reprise {

/// A command line that makes no sense; the message says what to write instead.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One call of a command: its options and arguments, read and checked against the command's
/// declaration.
struct Invocation {
  const Catalog& catalog;
  std::string program;  ///< As it was called.
  std::string command;
  std::vector<std::string> arguments;  ///< The positional ones.
  boost::program_options::variables_map options;

  bool has(const char* option) const { return options.count(option) != 0; }

  template <class T>
  T get(const char* option) const {
    return options[option].as<T>();
  }

  template <class T>
  std::optional<T> find(const char* option) const {
    if (!has(option)) return std::nullopt;
    return get<T>(option);
  }

  /// The whole number that an option is given, from `min` on; nothing without the option. Throws
  /// UsageError.
  std::optional<std::uint64_t> find_number(const char* option, std::uint64_t min = 0) const;

  /// The values of an option that may be given several times.
  std::vector<std::string> list(const char* option) const {
    return find<std::vector<std::string>>(option).value_or(std::vector<std::string>());
  }

  /// Writes "reprise: " and `text` to standard error, under the name of the program as called.
  void complain(std::string_view text) const;
};

/// What an option may be given, for completion: words apart by blanks.
struct OptionWords {
  std::string_view option;
  std::string_view words;
};

/// One command of the program. Help, completion and the checks of what is given come from this
/// declaration.
struct Command {
  std::string_view name;
  std::string_view summary;    ///< One line.
  std::string_view arguments;  ///< As help shows them: "JOURNAL...".
  std::size_t arguments_min = 0;
  std::size_t arguments_max = 0;
  std::string_view details;  ///< What help says besides: exit codes, examples.
  void (*declare)(boost::program_options::options_description& options) = nullptr;
  ExitCode (*run)(const Invocation& invocation) = nullptr;

  /// What its arguments may be, for completion; nullptr: files.
  std::vector<std::string> (*words)(const Catalog& catalog) = nullptr;
  std::span<const OptionWords> option_words{};
};

extern const Command run_command;
extern const Command verify_command;
extern const Command show_command;
extern const Command events_command;
extern const Command find_command;
extern const Command step_command;
extern const Command why_command;
extern const Command diff_command;
extern const Command inputs_command;
extern const Command fork_command;
extern const Command tree_command;
extern const Command info_command;
extern const Command compact_command;
extern const Command flatten_command;
extern const Command salvage_command;
extern const Command kinds_command;
extern const Command lint_command;
extern const Command new_command;
extern const Command check_command;
extern const Command selftest_command;
extern const Command sweep_command;
extern const Command explore_command;
extern const Command shrink_command;
extern const Command odds_command;
extern const Command score_command;
extern const Command corpus_command;
extern const Command history_command;
extern const Command linearizable_command;
extern const Command help_command;
extern const Command completion_command;

/// Every command, in the order in which help lists them.
std::span<const Command* const> all_commands();

}  // namespace reprise
