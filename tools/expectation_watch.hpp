#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/world_expression.hpp"
#include "scenarios/scenario.hpp"

namespace reprise {

/// An expectation that was not met, and where.
struct Violation {
  /// From when on a `leads_to` waited, and until when.
  struct Since {
    Step step = 0;
    Time at{};
    Time deadline{};
  };

  std::string rule;      ///< The key of [expect]: "always", "leads_to", "properties".
  std::string property;  ///< The expression, "A -> B within 5s", or the name of one in code.
  std::string place;     ///< "raft.toml:64:11".
  std::string what;      ///< "is false for the first time": what is wrong, in words.
  Step step = 0;         ///< After which it was seen.
  Time at{};
  bool at_end = false;  ///< It was seen as the run had come to its end, and not at a step.

  /// The receiver and the message kind of the event that this step delivered; empty at the start,
  /// at the end and after an edit.
  std::string agent;
  std::string event;
  std::vector<NamedValue> values;  ///< Of what the expressions name.
  std::optional<Since> since;      ///< Of a `leads_to`.
};

/// "always 'a.x < 10' (q.toml:19:3) is false for the first time at step 52, 1.5s, after job to a:
/// a.x = 10"
std::string in_words(const Violation& violation);

boost::json::object to_json(const Violation& violation);

/// Whether what `sometimes` asks for was seen.
struct Reached {
  std::string property;
  std::string place;
  std::optional<Step> step;  ///< After which it was true first; nothing if it never was.
};

/// Follows what [expect] says of a world while it runs: each expression is asked after each step
/// that can have changed it, until it is decided, and each property of the catalog is told of every
/// step. A broken `always`, `never`, `leads_to` or property ends the run after that step.
class ExpectationWatch final : public Observer {
 public:
  /// Asks for the first time now: `world` stands at its start. Both must outlive the watch. It only
  /// looks on until end_run() where `ends_run` is false. Throws InputError, with its place, for
  /// what is no expression over the agents of this world.
  ExpectationWatch(const Expectations& expect, Simulation& world, bool ends_run = true);

  /// Has seen what `other` has, and goes on with `copy`, a copy of its world.
  ExpectationWatch(const ExpectationWatch& other, Simulation& copy);
  ExpectationWatch(const ExpectationWatch&) = delete;
  ExpectationWatch& operator=(const ExpectationWatch&) = delete;
  ~ExpectationWatch() override;

  /// From now on a violation ends the run; if there has been one, it ends here.
  void end_run();

  bool wants_deliveries() const override { return true; }
  bool wants_checkpoints() const override { return false; }
  void on_input(const Input& input, Step) override;
  void on_delivery(const Delivery& delivery) override { ask(delivery.event.to, &delivery); }

  /// What was seen so far and ends a run, in the order in which it was seen.
  const std::vector<Violation>& violations() const { return violations_; }

  /// All that does not hold; `whole` if the run has come to its end, where what should have become
  /// true until then is decided.
  std::vector<Violation> broken(bool whole);

  /// What is neither broken nor met at the end of a run, a sentence each: of `leads_to` what has
  /// begun and still has time, and what waits for a quiet time that never began.
  std::vector<std::string> left_open() const;

  /// How near the run is to a violation, from 0 to 1: of `leads_to` how much of its time is over,
  /// and what properties in code say of themselves.
  double nearness() const;

  /// One for each `sometimes`, in their order.
  std::vector<Reached> reached() const;

  /// How many expectations a run has decided that is, or is not, `whole`; `sometimes` is none.
  std::size_t decided(bool whole) const;

  /// How many there are.
  std::size_t count() const;

 private:
  enum class Rule : std::uint8_t { always, never, eventually, eventually_after_quiet, sometimes };

  struct Followed {
    Rule rule;
    const ExpectedExpression* expected;
    FollowedExpression expression;
    bool decided = false;         // false, or true
    bool asked = false;           // in its time
    std::optional<Step> first{};  // where it was decided
  };

  struct Response {
    const ExpectedResponse* expected;
    FollowedExpression from;
    FollowedExpression to;
    bool was_true = false;  // `from`
    bool broken = false;
    std::optional<Violation::Since> open{};
  };

  struct InCode {
    const ExpectedProperty* expected;
    std::unique_ptr<Property> property;
    bool broken = false;
  };

  struct AtEnd {
    const ExpectedExpression* expected;
    WorldExpression expression;
  };

  void begin();
  void ask(AgentId to, const Delivery* event);
  void ask(Followed& followed, const Delivery* event);
  void ask(Response& response, AgentId to, const Delivery* event);
  void ask(InCode& checked, const Delivery* event);
  void violated(Violation violation, const Delivery* event);
  Violation at_hand(std::string rule, const ExpectedExpression& expected, std::string what) const;
  Violation overdue(const Response& response, const Delivery* event) const;
  bool is_quiet() const { return !quiet_ || world_.now() >= *quiet_; }

  Simulation& world_;
  std::optional<Time> quiet_;
  std::vector<Followed> followed_;
  std::vector<Response> responses_;
  std::vector<InCode> in_code_;
  std::vector<AtEnd> at_end_;
  std::size_t open_ = 0;  // of followed_, how many are not decided
  std::vector<Violation> violations_;
  bool ends_;
  bool observes_ = false;
};

}  // namespace reprise
