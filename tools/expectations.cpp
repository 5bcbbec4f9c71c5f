#include "tools/expectations.hpp"

#include <boost/json/array.hpp>

namespace reprise {

ExpectationReport compare_expectations(const Expectations& expect, bool whole,
                                       const std::string& changed, Step steps, const Digest& prefix,
                                       const std::optional<Digest>& root) {
  ExpectationReport report;
  const std::size_t expressions =
      expect.always.size() + expect.at_end.size() + expect.eventually.size();
  const bool digests = expect.steps || expect.prefix || expect.state;
  const auto compare = [&](const char* what, const std::string& expected,
                           const std::string& found) {
    if (expected == found) return;
    report.failed = true;
    report.lines.push_back(std::string(what) + " should be " + expected + ", is " + found);
  };
  const bool compared = digests && whole && changed.empty();
  if (compared) {
    if (expect.steps) compare("steps", std::to_string(*expect.steps), std::to_string(steps));
    if (expect.prefix) compare("prefix", to_string(*expect.prefix), to_string(prefix));
    if (expect.state) compare("state", to_string(*expect.state), root ? to_string(*root) : "none");
  } else if (digests) {
    report.lines.push_back("steps and digests skipped: " + (changed.empty()
                                                                ? "the run did not come to its end"
                                                                : "under " + changed));
  }
  if (expressions != 0) {
    report.lines.push_back(std::to_string(expressions) +
                           " expressions skipped: this version does not evaluate them");
  }
  if (report.failed) {
    report.verdict = "failed";
  } else if (compared) {
    report.verdict = "held";
    report.lines.insert(report.lines.begin(), "held");
  } else {
    report.verdict = digests || expressions != 0 ? "skipped" : "none";
  }
  return report;
}

boost::json::object to_json(const ExpectationReport& report) {
  boost::json::array lines;
  for (const std::string& line : report.lines) lines.push_back(boost::json::value(line));
  return {{"verdict", report.verdict}, {"lines", std::move(lines)}};
}

}  // namespace reprise
