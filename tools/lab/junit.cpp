#include "tools/lab/junit.hpp"

#include <algorithm>

#include "tools/lab/xml_text.hpp"
#include "tools/output.hpp"
#include "tools/readable.hpp"

namespace reprise {

namespace {

std::string seconds_of(double seconds) {
  return fixed(seconds, 3);
}

std::string testcase_of(const std::string& command, const JunitCase& entry) {
  std::string text = "    <testcase name=\"" + xml_text(entry.name) + "\" classname=\"reprise." +
                     command + "\" time=\"" + seconds_of(entry.seconds) + "\"";
  if (entry.element.empty()) return text + "/>\n";
  text += ">\n      <" + entry.element + " type=\"" + xml_text(entry.type) + "\" message=\"" +
          xml_text(entry.message) + "\">";
  for (const std::string& line : entry.lines) text += xml_text(line) + '\n';
  return text + "</" + entry.element + ">\n    </testcase>\n";
}

}  // namespace

std::string junit_of(const std::string& command, const JunitStamp& stamp,
                     std::span<const JunitCase> cases) {
  double seconds = 0;
  std::string text;
  for (const JunitCase& each : cases) {
    seconds += each.seconds;
    text += testcase_of(command, each);
  }
  const auto count = [&](const char* element) {
    return std::to_string(std::ranges::count(cases, element, &JunitCase::element));
  };
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
         "  <testsuite name=\"" +
         command + "\" package=\"reprise\" id=\"0\" timestamp=\"" + stamp.time + "\" hostname=\"" +
         xml_text(stamp.host) + "\" tests=\"" + std::to_string(cases.size()) + "\" failures=\"" +
         count("failure") + "\" errors=\"" + count("error") + "\" time=\"" + seconds_of(seconds) +
         "\">\n    <properties/>\n" + text +
         "    <system-out/>\n    <system-err/>\n  </testsuite>\n</testsuites>\n";
}

std::string unfinished_junit(const std::string& command) {
  const JunitCase none{.name = command,
                       .element = "error",
                       .type = "unfinished",
                       .message = "reprise " + command + " has not come to its end"};
  return junit_of(command, {}, {&none, 1});
}

}  // namespace reprise
