#pragma once

#include <sys/types.h>

#include <boost/json/object.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

/// The program with a producer at its live door.
namespace reprise::test {

/// A running program: its standard input and its acknowledgements (/dev/fd/3) are pipes.
class LiveProgram {
 public:
  /// Starts the built program in `folder`.
  LiveProgram(const std::string& folder, std::vector<std::string> arguments);

  /// Ends it by SIGKILL if it still runs.
  ~LiveProgram();
  LiveProgram(const LiveProgram&) = delete;
  LiveProgram& operator=(const LiveProgram&) = delete;

  /// Writes to its standard input; what it no longer reads is lost.
  void send(const std::string& text);
  void end_input();

  /// Closes the end of its acknowledgements that is ours.
  void stop_reading();

  /// The next acknowledgement; nothing when there are no more, or not in time.
  std::optional<boost::json::object> answer(std::chrono::microseconds patience);

  void signal(int number) const;

  /// Waits for its end: the exit status, or 128 + N where signal N ended it.
  int wait();

  /// What it complained of, once it has ended.
  const std::string& complaints() const { return complaints_; }

 private:
  pid_t child_ = -1;
  int input_ = -1;
  int answers_ = -1;
  int errors_ = -1;
  std::string read_;
  std::string complaints_;
};

}  // namespace reprise::test
