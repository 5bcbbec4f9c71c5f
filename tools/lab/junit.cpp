#include "tools/lab/junit.hpp"

#include <algorithm>

#include "scenarios/utf8.hpp"
#include "tools/output.hpp"
#include "tools/readable.hpp"

namespace reprise {

namespace {

/// As text of XML, in an attribute too.
std::string xml(std::string_view text) {
  const std::string safe = printable(text);
  const bool is_text = !find_utf8_fault(safe);
  std::string escaped;
  for (const char c : safe) {
    if (!is_text && static_cast<unsigned char>(c) >= 0x80) {
      escaped += '?';
      continue;
    }
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string seconds_of(double seconds) {
  return fixed(seconds, 3);
}

std::string testcase_of(const std::string& command, const JunitCase& entry) {
  std::string text = "    <testcase name=\"" + xml(entry.name) + "\" classname=\"reprise." +
                     command + "\" time=\"" + seconds_of(entry.seconds) + "\"";
  if (entry.element.empty()) return text + "/>\n";
  text += ">\n      <" + entry.element + " type=\"" + xml(entry.type) + "\" message=\"" +
          xml(entry.message) + "\">";
  for (const std::string& line : entry.lines) text += xml(line) + '\n';
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
         xml(stamp.host) + "\" tests=\"" + std::to_string(cases.size()) + "\" failures=\"" +
         count("failure") + "\" errors=\"" + count("error") + "\" time=\"" + seconds_of(seconds) +
         "\">\n    <properties/>\n" + text +
         "    <system-out/>\n    <system-err/>\n  </testsuite>\n</testsuites>\n";
}

}  // namespace reprise
