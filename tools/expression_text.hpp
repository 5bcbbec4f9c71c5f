#pragma once

#include <string>
#include <string_view>

#include "engine/expression.hpp"
#include "engine/world_expression.hpp"
#include "tools/command.hpp"

/// Expressions as a command line gives them.
namespace reprise {

/// What is wrong with an expression, with a caret under the column. `where` is the option or the
/// argument that it stands in.
UsageError refusal_of(std::string_view where, const std::string& text,
                      const ExpressionError& error);

/// Reads an expression over the agents of `world`. Throws UsageError.
WorldExpression read_world_expression(std::string_view where, const std::string& text,
                                      const Simulation& world,
                                      ValueType wanted = ValueType::boolean);

}  // namespace reprise
