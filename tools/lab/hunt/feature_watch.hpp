#pragma once

#include <cstdint>
#include <set>
#include <unordered_set>
#include <vector>

#include "engine/abstract_state.hpp"
#include "engine/simulation.hpp"

namespace reprise {

/// What a run has shown of the agents of a kind, in numbers that stand for it in every run.
struct KindFeatures {
  using Numbers = std::unordered_set<std::uint64_t>;

  Numbers states;  ///< What an agent was like (AbstractState), and how its node was.

  /// What two agents were like, how their numbers compared, and whether messages from the one could
  /// reach the other; where there is one agent, or more than FeatureWatch::paired_agents_max, what
  /// each was like.
  Numbers pairs;
  Numbers turns;   ///< What an agent was like, what kind of message came, what it was like then.
  Numbers orders;  ///< A kind of message that an agent got, and the next one.
  std::set<const MessageType*> messages;  ///< The kinds that any got.
};

/// Sees what a run shows. Who of its kind an agent is does not matter.
class FeatureWatch final : public Observer {
 public:
  static constexpr std::size_t paired_agents_max = 64;

  /// Looks on at `world` from now on, which must outlive it.
  explicit FeatureWatch(Simulation& world);

  /// Goes on from where `other` is, with a copy of its world.
  FeatureWatch(const FeatureWatch& other, Simulation& copy);
  FeatureWatch(const FeatureWatch&) = delete;
  FeatureWatch& operator=(const FeatureWatch&) = delete;
  ~FeatureWatch() override;

  bool wants_deliveries() const override { return true; }
  bool wants_checkpoints() const override { return false; }
  void on_delivery(const Delivery& delivery) override;

  /// The pairs that have become what they are with the last delivery.
  const std::vector<std::uint64_t>& changed() const { return changed_; }

  /// What this one has seen, by kind.
  const std::vector<KindFeatures>& seen() const { return seen_; }

  /// The kind that stands at a place of seen().
  const AgentType& kind(std::size_t place) const { return *kinds_[place].type; }

 private:
  struct Row {
    AbstractState state;
    std::uint64_t alone = 0;  // what counts by itself, its node's state included
    std::uint32_t node = 0xffff'ffff;
    const MessageType* last = nullptr;  // message that it got
  };

  struct Kind {
    const AgentType* type = nullptr;
    std::vector<std::uint32_t> agents;  // their numbers
    std::vector<std::uint64_t> pairs;   // of agents i and j < i, at i * (i - 1) / 2 + j
  };

  bool look_at(AgentId id);  // whether it has changed
  void look_at_all();
  void add_newborn();
  std::uint64_t pair_of(const Kind& kind, std::uint32_t a, std::uint32_t b) const;
  void renew_pairs(AgentId id);
  void note_pair(std::size_t kind, std::uint64_t& before, std::uint64_t now);
  void note_turn(AgentId id, std::uint64_t before, const MessageType& message);
  bool reaches(std::uint32_t from, std::uint32_t to) const;

  Simulation& world_;
  std::vector<Row> rows_;               // by an agent's number - 1
  std::vector<std::uint32_t> kind_of_;  // likewise
  std::vector<std::uint32_t> place_;    // likewise: in the agents of its kind
  std::vector<Kind> kinds_;
  std::vector<std::uint64_t> changed_;
  std::vector<KindFeatures> seen_;  // by kind
};

}  // namespace reprise
