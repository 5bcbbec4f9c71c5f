#include "tools/expectations.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <iterator>

namespace reprise {

ExpectationReport compare_expectations(const Expectations& expect, ExpectationWatch& watch,
                                       bool whole, const std::string& changed,
                                       const RunFigures& run) {
  ExpectationReport report;
  const bool digests = expect.steps || expect.prefix || expect.state;
  const auto compare = [&](const char* what, const std::string& expected,
                           const std::string& found) {
    ++report.compared;
    if (expected == found) return;
    report.lines.push_back(std::string(what) + " should be " + expected + ", is " + found);
  };
  if (digests && whole && changed.empty()) {
    if (expect.steps) compare("steps", std::to_string(*expect.steps), std::to_string(run.steps));
    if (expect.prefix) compare("prefix", to_string(*expect.prefix), to_string(run.prefix));
    if (expect.state) {
      compare("state", to_string(*expect.state), run.root ? to_string(*run.root) : "none");
    }
  }
  report.violations = watch.broken(whole);
  report.sometimes = watch.reached();
  for (const Violation& each : report.violations) report.lines.push_back(in_words(each));
  report.compared += watch.decided(whole);
  report.failed = !report.lines.empty();
  if (digests && !(whole && changed.empty())) {
    report.lines.push_back("steps and digests skipped: " +
                           (whole ? "under " + changed : "the run did not come to its end"));
  }
  if (watch.decided(whole) != watch.count()) {
    report.lines.push_back(std::to_string(watch.count() - watch.decided(whole)) + " of " +
                           std::to_string(watch.count()) +
                           " expressions left open: the run did not come to its end");
  }
  if (whole) std::ranges::move(watch.left_open(), std::back_inserter(report.lines));
  for (const Reached& each : report.sometimes) {
    report.lines.push_back(
        "sometimes '" + each.property + "' (" + each.place + ") was " +
        (each.step ? "reached at step " + std::to_string(*each.step) : std::string("not reached")));
  }
  if (report.failed) {
    report.verdict = "failed";
  } else if (report.compared != 0) {
    report.verdict = "held";
    report.lines.insert(report.lines.begin(), "held");
  } else {
    report.verdict = digests || watch.count() != 0 ? "skipped" : "none";
  }
  return report;
}

boost::json::object to_json(const ExpectationReport& report) {
  boost::json::array lines;
  for (const std::string& line : report.lines) lines.push_back(boost::json::value(line));
  boost::json::array violations;
  for (const Violation& each : report.violations) violations.push_back(to_json(each));
  boost::json::array sometimes;
  for (const Reached& each : report.sometimes) {
    sometimes.push_back(boost::json::object{
        {"property", each.property}, {"place", each.place}, {"reached", each.step.has_value()}});
    if (each.step) sometimes.back().as_object()["step"] = *each.step;
  }
  return {{"verdict", report.verdict},
          {"lines", std::move(lines)},
          {"violations", std::move(violations)},
          {"sometimes", std::move(sometimes)}};
}

}  // namespace reprise
