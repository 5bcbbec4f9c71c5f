#include <boost/program_options/options_description.hpp>
#include <sstream>

#include "tools/command.hpp"
#include "tools/output.hpp"

namespace reprise {

namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

/// The branch of the script for one command: its options, what one of them takes, its arguments.
void write_case(std::ostream& script, const Command& command, const Catalog& catalog) {
  boost::program_options::options_description options;
  command.declare(options);
  script << "    " << command.name << ")\n      options='";
  for (const auto& option : options.options()) script << "--" << option->long_name() << ' ';
  script << "--help'\n";
  if (command.words != nullptr) {
    script << "      files=no words='" << joined(command.words(catalog)) << "'\n";
  }
  if (!command.option_words.empty()) {
    script << "      case $before in\n";
    for (const OptionWords& each : command.option_words) {
      script << "        --" << each.option << ") files=no words='" << each.words << "' ;;\n";
    }
    script << "      esac\n";
  }
  script << "      ;;\n";
}

/// A script that teaches a shell to complete `program`.
std::string completion_script(const std::string& program, bool zsh, const Catalog& catalog) {
  const std::string name = program.substr(program.rfind('/') + 1);
  std::vector<std::string> names;
  for (const Command* command : all_commands()) names.emplace_back(command->name);
  std::ostringstream script;
  // zsh reads bash's completion functions
  if (zsh) script << "#compdef " << name << "\nautoload -U +X bashcompinit && bashcompinit\n";
  script << '_' << name << R"(_complete() {
  local word=${COMP_WORDS[COMP_CWORD]} before= options= words= files=yes line IFS=$'\n'
  if [ "$COMP_CWORD" -gt 0 ]; then before=${COMP_WORDS[COMP_CWORD-1]}; fi
  # the shell takes --option=word for three words
  if [ "$word" = "=" ]; then
    word=
  elif [ "$before" = "=" ] && [ "$COMP_CWORD" -gt 1 ]; then
    before=${COMP_WORDS[COMP_CWORD-2]}
  fi
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    words=')"
         << joined(names) << R"( --version' files=no
  else
    case ${COMP_WORDS[1]} in
)";
  for (const Command* command : all_commands()) write_case(script, *command, catalog);
  script << R"(    esac
    case $word in
      -*) words=$options files=no ;;
    esac
  fi
  if [ "$files" = yes ]; then
    while read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$word")
  else
    words=${words// /$IFS}
    while read -r line; do COMPREPLY+=("$line"); done < <(compgen -W "$words" -- "$word")
  fi
}
complete -o filenames -F _)"
         << name << "_complete " << name;
  return script.str();
}

ExitCode run(const Invocation& call) {
  const std::string shell = call.arguments.empty() ? "" : call.arguments.front();
  if (shell != "bash" && shell != "zsh") {
    throw UsageError("completion is for bash or zsh: eval \"$(" + call.program +
                     " completion bash)\"");
  }
  print(completion_script(call.program, shell == "zsh", call.catalog));
  return ExitCode::yes;
}

}  // namespace

const Command completion_command{.name = "completion",
                                 .summary = "a completion script for bash or zsh",
                                 .arguments = "bash|zsh",
                                 .arguments_min = 0,
                                 .arguments_max = 1,
                                 .details = "Example: eval \"$(reprise completion bash)\"\n",
                                 .declare = [](boost::program_options::options_description&) {},
                                 .run = run,
                                 .words =
                                     [](const Catalog&) {
                                       return std::vector<std::string>{"bash", "zsh"};
                                     }};

}  // namespace reprise
