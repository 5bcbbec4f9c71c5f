#include "tools/event_lines.hpp"

#include <algorithm>
#include <boost/json/object.hpp>

#include "engine/json.hpp"
#include "tools/csv.hpp"
#include "tools/readable.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

constexpr std::uint32_t names_max = 10'000;

std::string right(std::string text, std::size_t width) {
  if (text.size() < width) text.insert(0, width - text.size(), ' ');
  return text;
}

std::string left(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

struct Cells {
  std::string step;
  std::string cause;
  std::string time;
  std::string from;
  std::string to;
  std::string kind;
};

std::string row(Cells cells, const EventColumns& columns) {
  std::string line = right(std::move(cells.step), columns.step);
  line += "  " + right(std::move(cells.cause), std::max<std::size_t>(columns.step, 5));
  line += "  " + right(std::move(cells.time), columns.time);
  line += "  " + left(std::move(cells.from), columns.from);
  line += "  " + left(std::move(cells.to), columns.to);
  line += "  " + left(std::move(cells.kind), columns.kind);
  return line + "  ";
}

json::value payload_of(const DeliveredEvent& event) {
  return to_json(*event.kind->fields, event.message);
}

}  // namespace

EventColumns::EventColumns(const Journal& journal, const Simulation& world) {
  step = std::max(step, std::to_string(journal.last_step()).size());
  time = seconds_text(journal.last_at()).size();
  std::size_t name = std::string_view("world").size();
  for (std::uint32_t id = 1; id <= std::min(world.agent_count(), names_max); ++id) {
    name = std::max(name, world.name_of(AgentId{id}).size());
  }
  from = name;
  to = name;
  for (const KindSchema& schema : journal.header().schema) {
    if (schema.role == KindSchema::Role::message) kind = std::max(kind, schema.kind.size());
  }
}

EventColumns::EventColumns(std::span<const KeptEvent> events) {
  for (const KeptEvent& each : events) {
    const DeliveredEvent& event = each.event;
    step = std::max(step, std::to_string(event.step).size());
    time = std::max(time, seconds_text(event.at).size());
    from = std::max(from, event.from.size());
    to = std::max(to, event.to.size());
    kind = std::max(kind, event.kind->name.size());
  }
}

std::string table_heading(const EventColumns& columns) {
  return row({"step", "cause", "time", "from", "to", "kind"}, columns) + "message";
}

std::string table_line(const DeliveredEvent& event, const EventColumns& columns) {
  return row({.step = std::to_string(event.step),
              .cause = event.cause ? std::to_string(*event.cause) : "-",
              .time = seconds_text(event.at),
              .from = event.from,
              .to = event.to,
              .kind = std::string(event.kind->name)},
             columns) +
         json_text(readable(*event.kind->fields, payload_of(event))) +
         (event.dropped
              ? "  (dropped: its receiver had retired, or its node had failed or stood still)"
              : "");
}

json::object event_json(const DeliveredEvent& event) {
  json::value cause;
  if (event.cause) cause = *event.cause;
  return {{"step", event.step},
          {"time_ns", event.at.time_since_epoch().count()},
          {"hop", event.hop},
          {"from", event.from},
          {"to", event.to},
          {"kind", event.kind->name},
          {"cause", std::move(cause)},
          {"payload", payload_of(event)},
          {"dropped", event.dropped}};
}

std::string json_line(const DeliveredEvent& event) {
  return json_text(event_json(event));
}

std::string csv_heading() {
  return "step,time_ns,hop,from,to,kind,cause,payload,dropped";
}

std::string csv_line(const DeliveredEvent& event) {
  return std::to_string(event.step) + ',' + std::to_string(event.at.time_since_epoch().count()) +
         ',' + std::to_string(event.hop) + ',' + csv_field(event.from) + ',' + csv_field(event.to) +
         ',' + csv_field(std::string(event.kind->name)) + ',' +
         (event.cause ? std::to_string(*event.cause) : std::string()) + ',' +
         csv_field(json_text(payload_of(event))) + ',' + (event.dropped ? "true" : "false");
}

}  // namespace reprise
