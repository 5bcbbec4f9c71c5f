#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "timeline/events.hpp"

/// Why something happened, what came of it, and what it depends on: derived from a recorded
/// history, which is lived again for it, backwards from one keyframe to the next.
namespace reprise {

/// A recorded run, and what it takes to live it again. All must outlive who is handed it.
struct RecordedHistory {
  const Journal& journal;
  const Catalog& catalog;
  const WorldFactory& factory;
};

/// Is told every few thousand steps which one is being lived.
using OnTheWay = std::function<void(Step)>;

/// An event, the one in whose delivery it was sent, and so on, back to one that came from outside:
/// an input, or Start.
struct CausalChain {
  std::vector<KeptEvent> events;  ///< The nearest, the event itself first; the last one, too.
  std::uint64_t length = 0;       ///< How many events the chain has.

  /// How many events are left out before the last of `events`.
  std::uint64_t left_out() const { return length - events.size(); }
};

/// The chain of the event of `step`, of which so many of the nearest events are kept. Costs as many
/// steps lived as lie between where it begins and `step`, and the stretches in which events are
/// kept once more; where keyframes are further apart than a stretch is long, some of it again;
/// holds eight bytes for each step of a stretch, of which none has more than four million. Throws
/// PositionError for a step that the history does not have, and DivergenceError.
CausalChain causal_chain(const RecordedHistory& history, Step step, std::size_t events_max,
                         const OnTheWay& on_the_way = {});

/// What an event caused: what was sent in its delivery, what was sent in the deliveries of those,
/// and so on.
struct Consequences {
  std::vector<KeptEvent> events;  ///< In the order of their steps; the event itself is the first.
  bool complete = false;          ///< There are no more, as far as the history goes.
  std::uint64_t under_way = 0;    ///< Messages of theirs that had not been delivered by then.
};

/// Those of the event of `step`, the first `events_max` of them besides itself. Costs a seek and
/// the steps up to the last one kept. Throws as causal_chain() does.
Consequences consequences(const RecordedHistory& history, Step step, std::size_t events_max,
                          const OnTheWay& on_the_way = {});

/// What the delivery of an event may have come from: the smallest set of events that holds it, and
/// with each event the one in whose delivery it was sent and all that were delivered to its
/// receiver before, whatever that made of them; with the first event of a newborn the one in whose
/// delivery it was born. In a world with a network, with each event also what the network was told
/// before, and what was delivered before to others on its receiver's node. This is the causal past
/// of distributed systems (Lamport 1978), from which a chain is one line.
///
/// An input that is not in it is no cause of what came. It may have kept something else from
/// coming: a message that was not sent, was lost or late because of it; nor is seen what goes by
/// the number that a newborn has, by a name that it was found by, by the order in which nodes that
/// resume at one instant are given what waited, or by a point of Context::sometimes() that others
/// asked as well.
///
/// An edit, and a message to the world that sets a field or begins streams anew, is in it if an
/// agent that it touches is.
struct CausalPast {
  struct Cause {
    std::uint64_t number = 0;  ///< Of the input in its history, from 1.
    Step step = 0;             ///< As which it was delivered; of an edit, the one it comes after.
    Input input;
    std::string to;  ///< By name, or `world`.
  };

  std::vector<Cause> inputs;        ///< Of those that are in it, the latest, in their order.
  std::uint64_t inputs_count = 0;   ///< How many inputs are in it,
  std::uint64_t inputs_before = 0;  ///< of how many that took effect before the event, or as it.
  std::uint64_t events_count = 0;   ///< How many events, inputs and Start included.
  std::vector<std::string> agents;  ///< Those to which they went, in the order of ids.
};

/// That of the event of `step`, with the latest `inputs_max` inputs. Lives the whole history up to
/// it, the latest stretch first, in the memory that causal_chain() takes. Throws as that does.
CausalPast causal_past(const RecordedHistory& history, Step step, std::size_t inputs_max,
                       const OnTheWay& on_the_way = {});

}  // namespace reprise
