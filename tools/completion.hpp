#pragma once

#include <span>
#include <string>
#include <vector>

#include "tools/command.hpp"

namespace reprise {

/// A script that teaches a shell to complete `program`; `arguments` name the shell, "bash" or
/// "zsh". Throws UsageError for any other.
std::string completion_script(const std::string& program, const std::vector<std::string>& arguments,
                              std::span<const Command* const> commands);

}  // namespace reprise
