#include "tools/completion.hpp"

#include <sstream>

namespace reprise {

std::string completion_script(const std::string& program, const std::vector<std::string>& arguments,
                              std::span<const Command* const> commands) {
  const bool zsh = arguments == std::vector<std::string>{"zsh"};
  if (!zsh && arguments != std::vector<std::string>{"bash"}) {
    throw UsageError("completion is for bash or zsh: eval \"$(" + program + " completion bash)\"");
  }
  const std::string name = program.substr(program.rfind('/') + 1);
  std::ostringstream script;
  std::string names;
  for (const Command* command : commands) names += std::string(command->name) + " ";
  // zsh reads bash's completion functions
  if (zsh) script << "#compdef " << name << "\nautoload -U +X bashcompinit && bashcompinit\n";
  script << "_" << name << "_complete() {\n"
         << "  local word=${COMP_WORDS[COMP_CWORD]} options=\n"
         << "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
         << "    COMPREPLY=($(compgen -W '" << names
         << "help completion --version' -- \"$word\"))\n"
         << "    return\n  fi\n"
         << "  case ${COMP_WORDS[1]} in\n"
         << "    help) options='" << names << "' ;;\n"
         << "    completion) options='bash zsh' ;;\n";
  for (const Command* command : commands) {
    boost::program_options::options_description options;
    command->declare(options);
    script << "    " << command->name << ") options='";
    for (const auto& option : options.options()) script << "--" << option->long_name() << " ";
    script << "--help' ;;\n";
  }
  script << "  esac\n"
         << "  case $word in\n"
         << "    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$word\")) ;;\n"
         << "    *) case ${COMP_WORDS[1]} in\n"
         << "         help|completion) COMPREPLY=($(compgen -W \"$options\" -- \"$word\")) ;;\n"
         << "         *) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n"
         << "       esac ;;\n"
         << "  esac\n}\n"
         << "complete -o filenames -F _" << name << "_complete " << name;
  return script.str();
}

}  // namespace reprise
