#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "engine/world_expression.hpp"
#include "tools/command.hpp"

/// The values of fields, over time or at a moment.
namespace reprise {

/// What is shown of a world: fields, or whatever an expression calculates from them.
class FieldColumns {
 public:
  /// Reads what `option` was given, for `world` and the later steps of its history. Throws
  /// UsageError.
  FieldColumns(const std::vector<std::string>& texts, const Simulation& world,
               const std::string& option = "--field");

  /// "trader[3].cash = 5", a line each.
  std::vector<std::string> lines(const Simulation& world) const;

  /// step, time_ns and fields{text value}; what is unknown is null.
  boost::json::object json(const Simulation& world) const;

  std::string csv_heading() const;

  /// step, time in nanoseconds and the values; what is unknown is empty.
  std::string csv_row(const Simulation& world) const;

  /// Of a table for a person, in which no step or time is beyond these.
  std::string heading(Step last_step, Time last_at) const;
  std::string row(const Simulation& world, Step last_step, Time last_at) const;

 private:
  struct Column {
    std::string text;
    WorldExpression value;
  };

  std::vector<Column> columns_;
};

}  // namespace reprise
