#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "engine/expression.hpp"
#include "engine/simulation.hpp"

namespace reprise {

/// An expression over the agents of a world: `trader[3].cash < 0`, `exchange.bid >= exchange.ask`,
/// `count(trader.position > 50) > 3`, `time > 5min and maker.inventory != 0`. Read once, with every
/// path resolved, and asked of the world at any of its steps.
///
/// A name is an agent's or, inside an aggregate, that of a group, which stands for each of its
/// agents; `time` and `step` are the world's, where no agent is called so. An agent that is born on
/// the way stands in backquotes: `` `trader[3]/0`.age ``. The fields of an agent that has retired,
/// or is not born yet, are unknown.
class WorldExpression {
 public:
  /// Reads what comes to a value of type `wanted`; with `any`, whatever it is. `world` is asked
  /// which agents there are, at whatever step. Throws ExpressionError.
  WorldExpression(std::string_view text, const Simulation& world,
                  ValueType wanted = ValueType::boolean);

  /// Whether it is so in `world`: the one it was read for, or another with the same agents
  /// declared.
  Truth holds(const Simulation& world) const;

  /// What it comes to.
  Value value(const Simulation& world) const;

  /// Whether an event for this agent can change what it comes to. One for the world itself always
  /// can. Costs a look at each name.
  bool heeds(AgentId to) const;

 private:
  friend class FollowedExpression;
  struct Names;

  std::shared_ptr<Names> names_;  // filled while the expression is read
  Expression expression_;
};

/// An expression that is asked of one world again and again while it goes on: of the agents of a
/// group, only those that an event has come to are asked anew.
class FollowedExpression {
 public:
  explicit FollowedExpression(WorldExpression expression) : expression_(std::move(expression)) {}

  /// As WorldExpression::heeds(), told of the receiver of each event in order; with the world's id,
  /// that anything may have changed. Where it was not told of an event, all is asked anew.
  bool heeds(AgentId to);

  /// As those of WorldExpression. `world` stands after the last event it was told of, or elsewhere
  /// in the same history.
  Truth holds(const Simulation& world);
  Value value(const Simulation& world);

 private:
  WorldExpression expression_;
  AggregateMemory memory_;
  Step asked_at_ = 0;
  Step told_ = 0;  // events since then
};

}  // namespace reprise
