#pragma once

#include <string>

#include "engine/session.hpp"
#include "replay/journal.hpp"
#include "scenarios/scenario.hpp"

/// What a run takes from its scenario.
namespace reprise {

/// What a run of `scenario` writes at the head of its journal; `world` was built of it.
JournalHeader header_of(const Scenario& scenario, const Simulation& world);

/// Its file, as the journal keeps it.
ScenarioSource source_of(const Scenario& scenario);

/// An unnamed scenario goes by its file.
std::string name_of(const Scenario& scenario);

/// Where it says that its run ends.
RunLimit limit_of(const Scenario& scenario);

}  // namespace reprise
