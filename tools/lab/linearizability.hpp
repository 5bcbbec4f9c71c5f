#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/lab/client_history.hpp"

/// Whether a history could have come from one copy of the data that does one operation at a time,
/// each between its call and its return: linearizability (Herlihy and Wing, 1990).
namespace reprise {

enum class Verdict {
  linearizable,
  not_linearizable,
  unknown,  ///< A limit was met first.
};

struct JudgementLimits {
  /// What the search may remember, in bytes; the rest of what it needs grows with the history
  /// alone.
  std::size_t memory_bytes_max = std::size_t{2} << 30;
  /// Asked now and then; true ends the search. Empty: it takes the time that it takes.
  std::function<bool()> stop{};
};

/// An operation in an order, by its index in the history, and the value of its key after it.
struct OrderedOperation {
  std::size_t operation = 0;
  ClientValue value_after{};
};

/// Why a history is not linearizable: as few operations of one key as one needs to see it.
struct OffendingPart {
  std::string key{};  ///< As the operations have it.
  /// The return at which the shortest prefix ends that is not linearizable, among the keys that
  /// were judged; `failing` is the operation that returns there. What failed later is no part of
  /// the prefix.
  std::size_t prefix_end = 0;
  std::size_t failing = 0;
  /// The operations that contradict each other, in the order of their calls: no order explains
  /// them, even if every other update of the key before `prefix_end` may have taken effect at any
  /// time after its call, or never. Without the result of any one of them there is an order, if
  /// `minimal`; a limit may have ended the search for fewer, or for an earlier `prefix_end`.
  std::vector<std::size_t> operations{};
  bool minimal = true;
  bool shortest = true;  ///< The prefix is known to be the shortest, over all keys.
  /// Other updates that took effect in the orders which there are without one of `operations`: as
  /// far as it takes them, `operations` are taken together with these, each as `Outcome::info`.
  std::vector<std::size_t> context{};
  /// The order that explains the most of `operations`.
  std::vector<OrderedOperation> longest_order{};
};

struct Judgement {
  Verdict verdict = Verdict::linearizable;
  std::size_t operations = 0;  ///< All that were called.
  std::size_t keys = 0;
  std::uint64_t configurations = 0;  ///< How many the search went through.
  bool out_of_memory = false;        ///< Why it is unknown; else it was told to stop.
  std::optional<OffendingPart> offending{};
};

/// Judges each key by itself, which is enough (Herlihy and Wing, 1990, locality): by the search of
/// Wing and Gong (1993) with the memory of Lowe (2017), see linearization_search.hpp. The worst
/// case takes time exponential in how many operations run at once. The same history gets the same
/// answer each time; a limit makes it unknown, never wrong.
Judgement judge(const ClientHistory& history, const JudgementLimits& limits = {});

/// The part as a history of its own: `operations` as they were, `context` as `Outcome::info`.
ClientHistory history_of(const OffendingPart& part, const ClientHistory& history);

}  // namespace reprise
