#pragma once

namespace reprise {

/// What the program's exit status says.
enum class ExitCode : int {
  yes = 0,
  no = 1,     ///< The answer is no, deterministically.
  usage = 2,  ///< Bad input: flags, files, values.
  not_deterministic = 3,
  journal = 4,      ///< A journal is damaged or of another version.
  interrupted = 5,  ///< Out of time, or asked to stop.
  fault = 70,       ///< A fault of ours.
};

}  // namespace reprise
