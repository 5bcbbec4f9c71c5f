#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/digest.hpp"
#include "engine/world_expression.hpp"
#include "scenarios/scenario.hpp"

namespace reprise {

/// An expression of [expect] that does not hold.
struct BrokenExpectation {
  std::string_view rule;  ///< "always", "eventually" or "at_end".
  const ExpectedExpression* expected = nullptr;
  std::string how;  ///< "is false for the first time", "is never true", "is unknown at the end".
  Step step = 0;    ///< Where that was seen.
  Time at{};
};

/// Follows the expressions of an [expect] while the world runs: `always` and `eventually` are asked
/// after each step that can have changed them, and no more once they are decided.
class ExpectationWatch final : public Observer {
 public:
  /// Asks for the first time now: `world` stands at its start. Both must outlive the watch. Throws
  /// InputError, with its place, for what is no expression over the agents of this world.
  ExpectationWatch(const Expectations& expect, Simulation& world);
  ~ExpectationWatch() override;

  bool wants_deliveries() const override { return true; }
  bool wants_checkpoints() const override { return false; }
  void on_input(const Input& input, Step) override;
  void on_delivery(const Delivery& delivery) override { ask(delivery.event.to); }

  /// What does not hold; `whole` if the run has come to its end, where `at_end` and what should
  /// have become true are decided.
  std::vector<BrokenExpectation> broken(bool whole);

  /// How many expressions a run has decided that is, or is not, `whole`.
  std::size_t decided(bool whole) const;

  /// How many there are.
  std::size_t count() const { return followed_.size() + at_end_.size(); }

 private:
  struct Followed {
    const ExpectedExpression* expected;
    FollowedExpression expression;
    bool always = false;   // or eventually
    bool decided = false;  // false, or true
    Step step = 0;         // where an `always` first was false
    Time at{};
  };

  struct AtEnd {
    const ExpectedExpression* expected;
    WorldExpression expression;
  };

  void ask(AgentId to);
  void ask(Followed& followed);

  Simulation& world_;
  std::vector<Followed> followed_;
  std::vector<AtEnd> at_end_;
  std::size_t open_ = 0;  // of followed_, how many are not decided
  bool observes_ = false;
};

/// It as a sentence: "always 'a < b' (file.toml:3:11) is false for the first time at step 5, 2s".
std::string in_words(const BrokenExpectation& broken);

/// What became of a scenario's [expect].
struct ExpectationReport {
  bool failed = false;
  std::string verdict;  ///< "held", "failed", "skipped", or "none" where there is no [expect].
  std::vector<std::string> lines;  ///< For a person: what differs, what was skipped and why.

  /// How many of the steps, digests and expressions were compared.
  std::size_t compared = 0;
};

/// How a run has ended.
struct RunFigures {
  Step steps = 0;
  Digest prefix;
  std::optional<Digest> root;
};

/// Compares a run's end with `expect`, whose expressions `watch` has followed. Digests are skipped,
/// and said to be, where the run is not `whole` or was `changed` by options ("--seed, --until").
ExpectationReport compare_expectations(const Expectations& expect, ExpectationWatch& watch,
                                       bool whole, const std::string& changed,
                                       const RunFigures& run);

boost::json::object to_json(const ExpectationReport& report);

}  // namespace reprise
