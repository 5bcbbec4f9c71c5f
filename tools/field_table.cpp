#include "tools/field_table.hpp"

#include <algorithm>
#include <boost/json/object.hpp>

#include "engine/json.hpp"
#include "tools/csv.hpp"
#include "tools/expression_text.hpp"
#include "tools/output.hpp"
#include "tools/readable.hpp"
#include "tools/value_text.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

constexpr std::size_t column_min = 12;

std::string right(std::string text, std::size_t width) {
  if (text.size() < width) text.insert(0, width - text.size(), ' ');
  return text;
}

std::size_t step_width(Step last_step) {
  return std::max<std::size_t>(4, std::to_string(last_step).size());
}

std::size_t time_width(Time last_at) {
  return seconds_text(last_at).size();
}

std::size_t width_of(const std::string& text) {
  return std::max(text.size(), column_min);
}

}  // namespace

FieldColumns::FieldColumns(const std::vector<std::string>& texts, const Simulation& world,
                           const std::string& option) {
  for (const std::string& text : texts) {
    columns_.push_back({text, read_world_expression(option, text, world, ValueType::any)});
  }
}

std::vector<std::string> FieldColumns::lines(const Simulation& world) const {
  std::vector<std::string> lines;
  for (const Column& column : columns_) {
    const Value value = column.value.value(world);
    lines.push_back(
        column.text + " = " +
        (std::holds_alternative<Unknown>(value) ? "unknown" : json_text(json_of(value))));
  }
  return lines;
}

json::object FieldColumns::json(const Simulation& world) const {
  json::object fields;
  for (const Column& column : columns_) fields[column.text] = json_of(column.value.value(world));
  return {{"step", world.steps()},
          {"time_ns", world.now().time_since_epoch().count()},
          {"fields", std::move(fields)}};
}

std::string FieldColumns::csv_heading() const {
  std::string line = "step,time_ns";
  for (const Column& column : columns_) line += ',' + csv_field(column.text);
  return line;
}

std::string FieldColumns::csv_row(const Simulation& world) const {
  std::string line =
      std::to_string(world.steps()) + ',' + std::to_string(world.now().time_since_epoch().count());
  for (const Column& column : columns_) {
    line += ',' + csv_field(text_of(column.value.value(world), ""));
  }
  return line;
}

std::string FieldColumns::heading(Step last_step, Time last_at) const {
  std::string line =
      right("step", step_width(last_step)) + "  " + right("time", time_width(last_at));
  for (const Column& column : columns_) {
    line += "  " + right(printable(column.text), width_of(column.text));
  }
  return line;
}

std::string FieldColumns::row(const Simulation& world, Step last_step, Time last_at) const {
  std::string line = right(std::to_string(world.steps()), step_width(last_step)) + "  " +
                     right(seconds_text(world.now()), time_width(last_at));
  for (const Column& column : columns_) {
    line += "  " + right(printable(text_of(column.value.value(world), "-")), width_of(column.text));
  }
  return line;
}

}  // namespace reprise
