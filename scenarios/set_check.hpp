#pragma once

#include <boost/json/object.hpp>

#include "engine/control.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/table.hpp"

namespace reprise {

/// `value` of a reprise.set is JSON text: what stands there in its `fields` as a number or a table
/// is taken as it is meant.
void write_value_as_json(boost::json::object& fields);

/// Refuses a reprise.set of `agent`, read from `message`, as far as it can be told to be wrong
/// before the run: only the state knows what a list or an optional holds then, and whether the
/// agent finds its options well. Throws InputError.
void check_set(const Table& message, const SetField& set, const AgentDeclaration& agent);

}  // namespace reprise
