#include "tools/expectations.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

#include "scenarios/input_error.hpp"
#include "tools/readable.hpp"

namespace reprise {

namespace {

WorldExpression read(const ExpectedExpression& expected, const Simulation& world) {
  try {
    return WorldExpression(expected.text, world);
  } catch (const ExpressionError& error) {
    throw InputError(expected.place, "in '" + expected.text + "', " + error.what());
  }
}

}  // namespace

ExpectationWatch::ExpectationWatch(const Expectations& expect, Simulation& world) : world_(world) {
  const auto follow = [&](const std::vector<ExpectedExpression>& all, bool always) {
    for (const ExpectedExpression& each : all) {
      followed_.push_back({&each, FollowedExpression(read(each, world)), always});
    }
  };
  follow(expect.always, true);
  follow(expect.eventually, false);
  for (const ExpectedExpression& each : expect.at_end)
    at_end_.push_back({&each, read(each, world)});
  open_ = followed_.size();
  ask(world_id);
  if (open_ == 0) return;
  world_.observe(*this);
  observes_ = true;
}

ExpectationWatch::~ExpectationWatch() {
  if (observes_) world_.forget(*this);
}

void ExpectationWatch::on_input(const Input& input, Step) {
  if (input.after) ask(world_id);
}

void ExpectationWatch::ask(AgentId to) {
  if (open_ == 0) return;
  for (Followed& each : followed_) {
    if (!each.decided && each.expression.heeds(to)) ask(each);
  }
}

void ExpectationWatch::ask(Followed& followed) {
  const Truth truth = followed.expression.holds(world_);
  if (truth != (followed.always ? Truth::no : Truth::yes)) return;
  followed.decided = true;
  --open_;
  followed.step = world_.steps();
  followed.at = world_.now();
}

std::vector<BrokenExpectation> ExpectationWatch::broken(bool whole) {
  std::vector<BrokenExpectation> all;
  const Step step = world_.steps();
  for (const Followed& each : followed_) {
    if (each.always && each.decided) {
      all.push_back({"always", each.expected, "is false for the first time", each.step, each.at});
    } else if (whole && !each.always && !each.decided) {
      all.push_back({"eventually", each.expected, "is never true", step, world_.now()});
    }
  }
  if (!whole) return all;
  for (const AtEnd& each : at_end_) {
    const Truth truth = each.expression.holds(world_);
    if (truth == Truth::yes) continue;
    const char* how = truth == Truth::no ? "is false at the end" : "is unknown at the end";
    all.push_back({"at_end", each.expected, how, step, world_.now()});
  }
  return all;
}

std::string in_words(const BrokenExpectation& broken) {
  std::string words = std::string(broken.rule) + " '" + broken.expected->text + "' (" +
                      broken.expected->place + ") " + broken.how;
  if (broken.rule == "eventually") return words;
  if (broken.rule == "at_end") return words + ", step " + std::to_string(broken.step);
  return words + " at step " + std::to_string(broken.step) + ", " + readable(broken.at);
}

std::size_t ExpectationWatch::decided(bool whole) const {
  if (whole) return count();
  // An `always` is about every step there was.
  const auto known = [](const Followed& each) { return each.always || each.decided; };
  return static_cast<std::size_t>(std::ranges::count_if(followed_, known));
}

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
  for (const BrokenExpectation& each : watch.broken(whole)) {
    report.lines.push_back(in_words(each));
  }
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
  return {{"verdict", report.verdict}, {"lines", std::move(lines)}};
}

}  // namespace reprise
