#pragma once

#include "engine/session.hpp"
#include "scenarios/scenario.hpp"
#include "tools/command.hpp"

/// Options that several commands that run worlds have in common.
namespace reprise {

/// Where a run ends: as --until and --steps say, else as the scenario does. Throws UsageError.
RunLimit limit_of(const Invocation& call, const Scenario& scenario);

/// A time with its unit that an option is given, 0 or more; nothing without the option. Throws
/// UsageError.
std::optional<Duration> find_duration(const Invocation& call, const char* option,
                                      const char* example);

/// What --reseed T=N says, any number of times, in order of the times. Throws UsageError.
std::vector<Reseeding> reseedings_of(const Invocation& call);

/// How many threads --jobs asks for; `otherwise`, or one for each core, if it is not there. Throws
/// UsageError.
unsigned jobs_of(const Invocation& call, std::optional<unsigned> otherwise = std::nullopt);

}  // namespace reprise
