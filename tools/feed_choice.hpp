#pragma once

#include <optional>

#include "scenarios/scenario_inputs.hpp"
#include "tools/command.hpp"

namespace reprise {

/// The feeds as the command line names them; one of them may come from standard input.
struct FeedChoice {
  FeedOptions files;
  std::optional<FeedDeclaration> live;
};

/// What --feed and --feed-errors say. A feed NAME=- is live if its lines are JSON; of another
/// format, standard input is its file. Throws UsageError.
FeedChoice choose_feeds(const Invocation& call, const Scenario& scenario);

}  // namespace reprise
