#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/agent.hpp"
#include "engine/faults.hpp"
#include "engine/ids.hpp"
#include "engine/link.hpp"

namespace reprise {

/// The name of the agent that is the network of a world.
inline constexpr std::string_view network_name = "network";

/// Of so many links at most something may be said, or made of them, at once.
inline constexpr std::size_t links_at_once_max = 1'000'000;

/// What to answer who asks for more, from nodes of the one name to nodes of the other.
std::string too_many_links(std::string_view from, std::string_view to);

/// The nodes of a world, the links between them and all that is broken: the state of the agent
/// `network`, which obeys what engine/faults.hpp lists. What it is and does is part of the world as
/// any other agent is: digested, saved, shown, compared and edited.
///
/// A message between agents on one node is local. One between nodes crosses a link: it is lost, or
/// arrives once or twice, when the link says, by a stream of its sender's own. What one
/// agent sends on one way, without a delay of its own, arrives in the order in which it was sent,
/// but for what `reorder` picks.
struct Network {
  using Handles = Messages<Crash, Restart, Pause, Resume, SetClock, SetDisk, Rot, Cut, Partition,
                           Degrade, Heal, Turmoil>;
  static constexpr std::string_view about =
      "nodes, the links between them and their faults; [network] in a scenario makes it";

  static constexpr std::uint32_t nowhere = 0xffff'ffff;

  enum class State : std::uint8_t { up, crashed, paused };

  struct HeldMessage {  ///< It came to a node that stood still.
    AgentId from{};
    std::uint64_t seq = 0;
    AgentId to{};
    std::uint64_t kind = 0;
    std::vector<std::uint8_t> payload;
    REPRISE_FIELDS(from, seq, to, kind, payload)
  };

  struct Way {                 ///< From a node to another.
    std::optional<Link> link;  ///< Unless it is the usual one.
    bool cut = false;
    std::optional<Degrade> worse;  ///< What comes on top.
    Time last{};                   ///< When the last message arrives.
    Time busy{};                   ///< Until when it takes up the bandwidth.
    REPRISE_FIELDS(link, cut, worse, last, busy)
  };

  struct Node {
    std::string name;
    State state = State::up;
    std::uint64_t crashes = 0;
    std::uint64_t rots = 0;
    std::uint32_t side = 0;                ///< Of the partition.
    std::int64_t own_clock_offset_ns = 0;  ///< Of its clock as it is when nothing is wrong.
    std::int64_t own_clock_drift_ppm = 0;
    std::int64_t clock_offset_ns = 0;  ///< What was set, on top of that.
    std::int64_t clock_drift_ppm = 0;
    Time clock_set{};
    std::map<std::uint32_t, Way> ways;  ///< By the number of the node they lead to.
    std::vector<HeldMessage> held;
    REPRISE_FIELDS(name, state, crashes, rots, side, own_clock_offset_ns, own_clock_drift_ppm,
                   clock_offset_ns, clock_drift_ppm, clock_set, ways, held)

    std::int64_t drift_ppm() const { return own_clock_drift_ppm + clock_drift_ppm; }
  };

  struct Member {                           ///< What the network knows of an agent.
    std::uint32_t node = nowhere;           ///< Its number.
    std::uint64_t sent_before_crash = 0;    ///< What it sent to its own node before that is lost.
    std::array<std::uint64_t, 4> stream{};  ///< Of its way through the network; zeros: not begun.
    REPRISE_FIELDS(node, sent_before_crash, stream)
  };

  struct Point {  ///< Of Context::sometimes().
    bool enabled = false;
    std::uint64_t asked = 0;
    std::uint64_t came_true = 0;
    std::array<std::uint64_t, 4> stream{};
    REPRISE_FIELDS(enabled, asked, came_true, stream)
  };

  Link link;  ///< The usual one.
  std::vector<Node> nodes;
  std::vector<Member> members;  ///< By an agent's id - 1.

  /// An agent as it begins, by its id; of a group, only the first.
  std::map<std::uint32_t, std::vector<std::uint8_t>> beginnings;
  bool turmoil = false;
  std::map<std::string, Point> points;
  REPRISE_FIELDS(link, nodes, members, beginnings, turmoil, points)

  void on(const Crash& crash, Context& world);
  void on(const Restart& restart, Context& world);
  void on(const Pause& pause, Context& world);
  void on(const Resume& resume, Context& world);
  void on(const SetClock& clock, Context& world);
  void on(const SetDisk& disk, Context& world);
  void on(const Rot& rot, Context& world);
  void on(const Cut& cut);
  void on(const Partition& partition);
  void on(const Degrade& degrade);
  void on(const Heal& heal);
  void on(const Turmoil& turmoil);

  /// The node where an agent lives; nullptr if that is nowhere.
  const Node* node_of(AgentId agent) const;

  /// When a message that is sent `now` and leaves `from` for `to` after `delay` arrives: none, one
  /// or two times, in the order in which they were drawn.
  std::vector<Time> arrivals(std::uint32_t from, std::uint32_t to, Time now, Duration delay,
                             const Payload& message, Random& random);

  /// The numbers of the nodes that `name` means. Throws std::invalid_argument if there is none.
  std::vector<std::uint32_t> nodes_named(std::string_view name) const;

  /// How a node's clock stands at `now`.
  static Time local_time(const Node& node, Time now);

  /// Throws std::invalid_argument if this is no network of a world of so many agents.
  void expect_whole(std::uint32_t agents) const;

 private:
  template <class Change>
  void break_ways(const std::string& from, const std::string& to, bool both, const Change& change);
};

}  // namespace reprise
