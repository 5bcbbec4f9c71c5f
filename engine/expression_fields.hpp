#pragma once

#include <span>

#include "engine/expression.hpp"
#include "engine/type.hpp"

/// The fields of messages and agents as expressions name them. As in the JSON view, enumerations
/// are text by name, and durations and times integers in nanoseconds.
namespace reprise {

/// The type of what stands at `path` in an object of `type`. Throws PathError, its part counted in
/// `path`, if there is no such field, or if a list, a map or a struct stands there: those have no
/// value of their own.
ValueType type_at(const Type& type, std::span<const PathPart> path);

/// What stands at `path` in `object`; Unknown if nothing does. Throws nothing. An element of a map
/// is looked for one by one.
Value value_at(const Type& type, const void* object, std::span<const PathPart> path);

}  // namespace reprise
