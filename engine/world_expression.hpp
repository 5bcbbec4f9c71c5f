#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/expression.hpp"
#include "engine/simulation.hpp"

namespace reprise {

/// Whether an expression may ask of the event that the step at hand delivered: `event.kind`,
/// `event.payload.price` and whatever else EventVocabulary knows but the cause, where no agent is
/// called `event`.
enum class EventNames : bool { no, yes };

/// What a name in an expression stood for.
struct NamedValue {
  std::string name;  ///< "trader[3].cash", also where a group was named.
  Value value;
};

/// An expression over the agents of a world: `trader[3].cash < 0`, `exchange.bid >= exchange.ask`,
/// `count(trader.position > 50) > 3`, `time > 5min and maker.inventory != 0`. Read once, with every
/// path resolved, and asked of the world at any of its steps.
///
/// A name is an agent's or, inside an aggregate, that of a group, which stands for each of its
/// agents; `time` and `step` are the world's, where no agent is called so, and so is `event`. An
/// agent that is born on the way stands in backquotes: `` `trader[3]/0`.age ``. The fields of an
/// agent that has retired, or is not born yet, are unknown.
class WorldExpression {
 public:
  /// Reads what comes to a value of type `wanted`; with `any`, whatever it is. `world` is asked
  /// which agents there are, at whatever step. Throws ExpressionError.
  WorldExpression(std::string_view text, const Simulation& world,
                  ValueType wanted = ValueType::boolean, EventNames events = EventNames::no);

  /// Whether it is so in `world`: the one it was read for, or another with the same agents
  /// declared. `event` is what the step at hand has delivered; without one, what is named of it is
  /// unknown.
  Truth holds(const Simulation& world, const Delivery* event = nullptr) const;

  /// What it comes to.
  Value value(const Simulation& world, const Delivery* event = nullptr) const;

  /// What each name in it stands for, in the order in which they are written, each once. Of a group
  /// at most `members_max`, the receiver of the event before the others, and then how many there
  /// are under the group's name.
  std::vector<NamedValue> values(const Simulation& world, const Delivery* event = nullptr) const;

  /// Members of a group that values() lists.
  static constexpr std::size_t members_max = 10;

  /// Whether an event for this agent can change what it comes to. One for the world itself always
  /// can, one for the network, which may crash any node, and any where the event or the network is
  /// named. Costs a look at each name.
  bool heeds(AgentId to) const;

  /// Whether it names something of the event.
  bool names_event() const;

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
  Truth holds(const Simulation& world, const Delivery* event = nullptr);
  Value value(const Simulation& world, const Delivery* event = nullptr);

  /// The expression itself, for what need not be quick.
  const WorldExpression& expression() const { return expression_; }

 private:
  WorldExpression expression_;
  AggregateMemory memory_;
  Step asked_at_ = 0;
  Step told_ = 0;  // events since then
};

}  // namespace reprise
