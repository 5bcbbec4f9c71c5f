#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "timeline/causality.hpp"
#include "timeline/input_difference.hpp"
#include "timeline/state_difference.hpp"

/// Where two recorded runs part, what differs there, and what has come of it.
namespace reprise {

/// How two histories part for the first time.
enum class Parted : std::uint8_t {
  events,  ///< The events of the step differ.
  edits,   ///< The edits between the step before and it: those of one are not those of the other.
  end,     ///< One history goes on, the other has ended with the step before.
  clock,   ///< Both have ended with the step before, at different times.
  state,   ///< Their events are the same; what decides the future at their end is not.
};

/// What one of two runs did at a step.
struct Side {
  std::optional<KeptEvent> event;  ///< Nothing where it has ended, or cannot be lived.

  /// The one in whose delivery it was sent, the one of that, and so on, as far as they are among
  /// the 32,768 events before or so.
  std::vector<KeptEvent> causes;
};

/// What two runs did at a step at which their events differ.
struct DifferentEvents {
  Step step = 0;
  Side a;
  Side b;
};

/// The first step at which two histories are not the same. Both begin with the zero digest,
/// whatever their worlds: two runs with other seeds or scenarios part where their events do, and
/// the states before may differ from the start.
struct FirstDifference {
  Parted how = Parted::events;
  Step step = 0;

  /// False where a run could not be lived: they part at `step`, or before it and after `same`.
  bool exact = true;
  Step same = 0;  ///< The last step up to which a digest in the journals proves them the same.

  /// What each did there. Where edits differ the events may be the same; their causes are left out.
  Side a;
  Side b;
  std::string refusal_a;  ///< Why this program cannot live it; empty if it can.
  std::string refusal_b;

  /// The first agent that differs once that step is done, or once the edits are made, as
  /// first_agent_that_differs() has it: one to which the events went if it can be. Nothing if none
  /// does, or if a run could not be lived.
  std::optional<AgentDifference> agent;

  /// Of runs that part by edits, what they did at the first step whose events differ, if it is
  /// among the 100,000 from that on, and how many events there are before it that are the same.
  std::optional<DifferentEvents> later;
  std::uint64_t same_later = 0;
};

struct Difference {
  bool equal = false;
  std::optional<FirstDifference> first;  ///< Nothing if they are equal.

  std::uint64_t digests_compared = 0;  ///< Prefix digests in the two journals.
  std::uint64_t trail_compared = 0;    ///< Bytes of their trails.

  bool same_scenario = true;
  bool same_seed = true;
  bool same_start = true;  ///< The worlds of step 0 are the same; true where they cannot be built.

  /// The states at the position asked for, if both could be lived up to there, and where it is in
  /// each.
  std::optional<StateDifference> state;
  Step step_a = 0;
  Step step_b = 0;
  Time at_a{};
  Time at_b{};

  InputDifference inputs;
};

/// How much is wanted of a difference.
struct DifferenceLimits {
  std::size_t agents = 20;
  std::size_t fields = 8;  ///< Of each agent.
  std::size_t inputs = 20;
  std::size_t causes = 4;  ///< Of each event.
};

/// Compares two histories of this program or, by their digests alone, of others: first their
/// proofs (parting()), then the stretch in which they part, which is lived in both, then their
/// states at `at`, the end of each if that is EndOfRun. Of equal histories only the proofs are
/// compared. Costs two seeks in each, one of them to `at`, and a reading of all inputs; holds
/// 65,536 events of each. Throws JournalError for a journal that is damaged, PositionError for a
/// position that one of them does not have, and what `on_the_way` does. Up to three worlds are
/// lived at once, each by a thread, which catalogs and factories have to stand; `on_the_way` is
/// called by the caller's.
Difference difference(const RecordedHistory& a, const RecordedHistory& b,
                      const Position& at = EndOfRun(), const DifferenceLimits& limits = {},
                      const OnTheWay& on_the_way = {});

}  // namespace reprise
