#include "tools/expectation_watch.hpp"

#include <algorithm>
#include <new>

#include "engine/enums.hpp"
#include "scenarios/input_error.hpp"
#include "tools/readable.hpp"
#include "tools/value_text.hpp"

namespace reprise {

namespace {

WorldExpression read(const ExpectedExpression& expected, const Simulation& world,
                     EventNames events) {
  try {
    return WorldExpression(expected.text, world, ValueType::boolean, events);
  } catch (const ExpressionError& error) {
    throw InputError(expected.place, "in '" + expected.text + "', " + error.what());
  }
}

FollowedExpression follow(const ExpectedExpression& expected, const Simulation& world) {
  return FollowedExpression(read(expected, world, EventNames::yes));
}

std::string in_words(const ExpectedResponse& expected) {
  return expected.from.text + " -> " + expected.to.text + " within " + readable(expected.within);
}

Time later(Time at, Duration within) {
  return within > time_max - at ? time_max : at + within;
}

}  // namespace

std::string in_words(const Violation& violation) {
  std::string text = violation.rule + " '" + violation.property + "' (" + violation.place + ") " +
                     violation.what + (violation.at_end ? " at the end, step " : " at step ") +
                     std::to_string(violation.step) + ", " + readable(violation.at);
  if (!violation.agent.empty()) text += ", after " + violation.event + " to " + violation.agent;
  if (!violation.values.empty()) text += ": " + text_of(violation.values);
  return text;
}

boost::json::object to_json(const Violation& violation) {
  boost::json::object object{{"rule", violation.rule},
                             {"property", violation.property},
                             {"place", violation.place},
                             {"what", violation.what},
                             {"step", violation.step},
                             {"time_ns", violation.at.time_since_epoch().count()},
                             {"agent", nullptr},
                             {"event", nullptr},
                             {"values", json_of(violation.values)}};
  if (!violation.agent.empty()) {
    object["agent"] = violation.agent;
    object["event"] = violation.event;
  }
  if (violation.since) {
    object["since"] =
        boost::json::object{{"step", violation.since->step},
                            {"time_ns", violation.since->at.time_since_epoch().count()},
                            {"deadline_ns", violation.since->deadline.time_since_epoch().count()}};
  }
  return object;
}

ExpectationWatch::ExpectationWatch(const Expectations& expect, Simulation& world, bool ends_run)
    : world_(world), quiet_(expect.quiet), ends_(ends_run) {
  const auto follow_all = [&](Rule rule, const std::vector<ExpectedExpression>& all) {
    for (const ExpectedExpression& each : all)
      followed_.push_back({rule, &each, follow(each, world)});
  };
  follow_all(Rule::always, expect.always);
  follow_all(Rule::never, expect.never);
  follow_all(Rule::eventually, expect.eventually);
  follow_all(Rule::eventually_after_quiet, expect.eventually_after_quiet);
  follow_all(Rule::sometimes, expect.sometimes);
  for (const ExpectedResponse& each : expect.leads_to) {
    responses_.push_back({&each, follow(each.from, world), follow(each.to, world)});
  }
  for (const ExpectedProperty& each : expect.properties) {
    in_code_.push_back({&each, each.type->make()});
  }
  for (const ExpectedExpression& each : expect.at_end) {
    at_end_.push_back({&each, read(each, world, EventNames::no)});
  }
  open_ = followed_.size();
  ask(world_id, nullptr);
  if (open_ == 0 && responses_.empty() && in_code_.empty()) return;
  world_.observe(*this);
  observes_ = true;
}

ExpectationWatch::ExpectationWatch(const ExpectationWatch& other, Simulation& copy)
    : world_(copy),
      quiet_(other.quiet_),
      followed_(other.followed_),
      responses_(other.responses_),
      at_end_(other.at_end_),
      open_(other.open_),
      violations_(other.violations_),
      ends_(other.ends_),
      observes_(other.observes_) {
  for (const InCode& each : other.in_code_) {
    in_code_.push_back({each.expected, each.property->copy(), each.broken});
  }
  if (observes_) world_.observe(*this);
}

ExpectationWatch::~ExpectationWatch() {
  if (observes_) world_.forget(*this);
}

void ExpectationWatch::end_run() {
  ends_ = true;
  if (!violations_.empty()) world_.end();
}

void ExpectationWatch::on_input(const Input& input, Step) {
  if (input.after) ask(world_id, nullptr);
}

void ExpectationWatch::ask(AgentId to, const Delivery* event) {
  for (InCode& each : in_code_) ask(each, event);
  for (Response& each : responses_) ask(each, to, event);
  if (open_ == 0) return;
  for (Followed& each : followed_) {
    if (each.decided) continue;
    if (each.rule == Rule::eventually_after_quiet) {
      if (!is_quiet()) continue;
      const bool heeds = each.expression.heeds(to);
      if (each.asked && !heeds) continue;
      each.asked = true;
    } else if (!each.expression.heeds(to)) {
      continue;
    }
    ask(each, event);
  }
}

void ExpectationWatch::ask(Followed& followed, const Delivery* event) {
  const Truth truth = followed.expression.holds(world_, event);
  if (truth != (followed.rule == Rule::always ? Truth::no : Truth::yes)) return;
  followed.decided = true;
  followed.first = world_.steps();
  --open_;
  if (followed.rule != Rule::always && followed.rule != Rule::never) return;
  const char* what =
      followed.rule == Rule::always ? "is false for the first time" : "is true for the first time";
  Violation violation =
      at_hand(std::string(*enumerator_name(followed.rule)), *followed.expected, what);
  violation.values = followed.expression.expression().values(world_, event);
  violated(std::move(violation), event);
}

void ExpectationWatch::ask(Response& response, AgentId to, const Delivery* event) {
  if (response.broken) return;
  if (response.open && world_.now() > response.open->deadline) {
    response.broken = true;
    return violated(overdue(response, event), event);
  }
  bool opened = false;
  if (response.from.heeds(to)) {
    const bool is_true = response.from.holds(world_, event) == Truth::yes;
    const bool becomes =
        is_true && (!response.was_true || response.from.expression().names_event());
    response.was_true = is_true;
    if (becomes && !response.open) {
      response.open = Violation::Since{world_.steps(), world_.now(),
                                       later(world_.now(), response.expected->within)};
      opened = true;
    }
  }
  if (!response.open || (!response.to.heeds(to) && !opened)) return;
  if (response.to.holds(world_, event) == Truth::yes) response.open.reset();
}

void ExpectationWatch::ask(InCode& checked, const Delivery* event) {
  if (checked.broken) return;
  std::optional<std::string> wrong;
  try {
    if (event != nullptr) {
      wrong = checked.property->after(*event, world_);
    } else if (!observes_) {  // the start; an edit is no event
      wrong = checked.property->begin(world_);
    }
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    wrong = std::string("it threw: ") + error.what();
  }
  if (!wrong) return;
  checked.broken = true;
  const ExpectedExpression expected{checked.expected->type->name, checked.expected->place};
  violated(at_hand("properties", expected, "does not hold (" + *wrong + ")"), event);
}

Violation ExpectationWatch::at_hand(std::string rule, const ExpectedExpression& expected,
                                    std::string what) const {
  return {.rule = std::move(rule),
          .property = expected.text,
          .place = expected.place,
          .what = std::move(what),
          .step = world_.steps(),
          .at = world_.now(),
          .agent = {},
          .event = {},
          .values = {},
          .since = {}};
}

/// Of one whose time is over.
Violation ExpectationWatch::overdue(const Response& response, const Delivery* event) const {
  const ExpectedResponse& expected = *response.expected;
  const Violation::Since& since = *response.open;
  Violation violation =
      at_hand("leads_to", {in_words(expected), expected.from.place},
              "was not met: '" + expected.from.text + "' became true at step " +
                  std::to_string(since.step) + ", " + readable(since.at) + ", and '" +
                  expected.to.text + "' did not by " + readable(since.deadline) + "; seen");
  violation.since = since;
  violation.values = response.from.expression().values(world_, event);
  for (NamedValue& each : response.to.expression().values(world_, event)) {
    const auto known = std::ranges::find(violation.values, each.name, &NamedValue::name);
    if (known == violation.values.end()) violation.values.push_back(std::move(each));
  }
  return violation;
}

void ExpectationWatch::violated(Violation violation, const Delivery* event) {
  if (event != nullptr) {
    const AgentId to = event->event.to;
    violation.agent = to == world_id ? std::string(world_name) : world_.name_of(to);
    violation.event = event->event.kind->name;
  }
  violations_.push_back(std::move(violation));
  if (ends_) world_.end();
}

std::vector<Violation> ExpectationWatch::broken(bool whole) {
  std::vector<Violation> all = violations_;
  if (!whole) return all;
  const auto add = [&](std::string rule, const ExpectedExpression& expected, std::string what,
                       const WorldExpression& expression) {
    all.push_back(at_hand(std::move(rule), expected, std::move(what)));
    all.back().at_end = true;
    all.back().values = expression.values(world_);
  };
  for (Followed& each : followed_) {
    const WorldExpression& expression = each.expression.expression();
    if (each.decided) continue;
    if (each.rule == Rule::eventually) {
      add("eventually", *each.expected, "is never true: it was not", expression);
    } else if (each.rule == Rule::eventually_after_quiet) {
      if (!is_quiet()) continue;
      if (expression.holds(world_) == Truth::yes) continue;
      add("eventually_after_quiet", *each.expected,
          "is never true from " + readable(*quiet_) + " on: it was not", expression);
    }
  }
  for (const Response& each : responses_) {
    if (each.broken || !each.open || world_.now() <= each.open->deadline) continue;
    all.push_back(overdue(each, nullptr));
    all.back().at_end = true;
  }
  for (const AtEnd& each : at_end_) {
    const Truth truth = each.expression.holds(world_);
    if (truth == Truth::yes) continue;
    add("at_end", *each.expected, truth == Truth::no ? "is false" : "is unknown", each.expression);
  }
  return all;
}

std::vector<std::string> ExpectationWatch::left_open() const {
  std::vector<std::string> lines;
  for (const Response& each : responses_) {
    if (each.broken || !each.open || world_.now() > each.open->deadline) continue;
    lines.push_back("leads_to '" + in_words(*each.expected) + "' (" + each.expected->from.place +
                    ") is left open: it waits since step " + std::to_string(each.open->step) +
                    ", " + readable(each.open->at));
  }
  for (const Followed& each : followed_) {
    const bool waits = each.rule == Rule::eventually_after_quiet && !each.decided;
    if (!waits || is_quiet()) continue;
    lines.push_back("eventually_after_quiet '" + each.expected->text + "' (" +
                    each.expected->place + ") is left open: the run ended before " +
                    readable(*quiet_));
  }
  return lines;
}

double ExpectationWatch::nearness() const {
  double nearest = 0;
  for (const InCode& each : in_code_) nearest = std::max(nearest, each.property->nearness());
  for (const Response& each : responses_) {
    if (!each.open || each.expected->within <= Duration()) continue;
    nearest = std::max(nearest, static_cast<double>((world_.now() - each.open->at).count()) /
                                    static_cast<double>(each.expected->within.count()));
  }
  return std::clamp(nearest, 0.0, 1.0);
}

std::vector<Reached> ExpectationWatch::reached() const {
  std::vector<Reached> all;
  for (const Followed& each : followed_) {
    if (each.rule != Rule::sometimes) continue;
    all.push_back({each.expected->text, each.expected->place, each.first});
  }
  return all;
}

std::size_t ExpectationWatch::decided(bool whole) const {
  if (whole) return count();
  // What must never be otherwise is about every step there was.
  const auto known = [](const Followed& each) {
    if (each.rule == Rule::sometimes) return false;
    return each.rule == Rule::always || each.rule == Rule::never || each.decided;
  };
  return static_cast<std::size_t>(std::ranges::count_if(followed_, known)) + responses_.size() +
         in_code_.size();
}

std::size_t ExpectationWatch::count() const {
  const auto counted = [](const Followed& each) { return each.rule != Rule::sometimes; };
  return static_cast<std::size_t>(std::ranges::count_if(followed_, counted)) + responses_.size() +
         in_code_.size() + at_end_.size();
}

}  // namespace reprise
