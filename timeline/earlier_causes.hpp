#pragma once

#include "replay/causes.hpp"
#include "replay/checked_player.hpp"

namespace reprise {

/// Finds in which steps messages were sent that were under way at a keyframe. The history is lived
/// backwards for that, from one keyframe to the next, as far as it has to be and each stretch once.
class EarlierCauses {
 public:
  /// Of messages that were under way after `step`. All must outlive it.
  EarlierCauses(const Journal& journal, const Catalog& catalog, const WorldFactory& factory,
                Step step)
      : journal_(journal), catalog_(catalog), factory_(factory), first_(step) {}

  /// The step in which `message` was sent, which may be asked once. Throws DivergenceError, and
  /// JournalError for a message that nobody sent.
  Step find(const SentMessage& message);

  /// Nobody will ask for `message`.
  void pass(const SentMessage& message);

 private:
  void live_from(Step start);

  const Journal& journal_;
  const Catalog& catalog_;
  const WorldFactory& factory_;
  Step first_;             // what was sent after this step is known
  StepsOfMessages found_;  // of what is still to be asked
  MessageSet passed_;      // sent in or before step first_
};

}  // namespace reprise
