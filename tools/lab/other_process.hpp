#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace reprise {

/// How a process is to be started: the program that this one is, with other words.
struct OtherProcess {
  std::vector<std::string> arguments;                            ///< Without the program.
  std::vector<std::pair<std::string, std::string>> environment;  ///< In place of, and beside, ours.
  std::string directory;  ///< Where it works; empty: where this process does.
  std::string errors;     ///< The file that takes what it complains of.
};

/// Starts it and waits for its end. `interrupted` is asked now and then; where that answers true,
/// which throws Interrupted, or throws itself, the process is ended. Returns the exit status, 128 +
/// N where signal N ended it. Throws std::system_error if it cannot be started.
int run_other(const OtherProcess& other, const std::function<bool()>& interrupted);

}  // namespace reprise
