#pragma once

#include <span>
#include <string>
#include <vector>

/// Reports in JUnit's form, as CI services read them.
namespace reprise {

/// One test case.
struct JunitCase {
  std::string name;
  double seconds = 0;
  std::string element{};  ///< "failure" or "error"; empty where all is well.
  std::string type{};     ///< Of the failure.
  std::string message{};  ///< Its first line.
  std::vector<std::string> lines{};
};

/// When and where it was made; by itself what a report has that is to be the same every time.
struct JunitStamp {
  std::string time = "1970-01-01T00:00:00";
  std::string host = "localhost";
};

/// A report of one suite, the command of that name.
std::string junit_of(const std::string& command, const JunitStamp& stamp,
                     std::span<const JunitCase> cases);

/// The report of a command that has not come to its end, which is what is there until it has.
std::string unfinished_junit(const std::string& command);

}  // namespace reprise
