#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "timeline/causality.hpp"

/// Events as lines of text.
namespace reprise {

/// How wide the columns of a table of events are.
struct EventColumns {
  std::size_t step = 4;
  std::size_t time = 4;
  std::size_t from = 4;
  std::size_t to = 2;
  std::size_t kind = 4;

  /// As wide as the steps and times up to the end of `journal` need, its kinds, and the names of
  /// the first agents of `world`; longer ones stick out.
  EventColumns(const Journal& journal, const Simulation& world);

  /// As wide as `events` need.
  explicit EventColumns(std::span<const KeptEvent> events);
};

/// The heading of the table.
std::string table_heading(const EventColumns& columns);

/// For a person: step, cause, time in seconds, from, to, kind, message.
std::string table_line(const DeliveredEvent& event, const EventColumns& columns);

/// With the keys step time_ns hop from to kind cause payload dropped.
boost::json::object event_json(const DeliveredEvent& event);

/// The same in one line.
std::string json_line(const DeliveredEvent& event);

std::string csv_heading();

/// The same in the columns of csv_heading(), quoted as RFC 4180 has it: the payload as JSON, an
/// empty field for no cause.
std::string csv_line(const DeliveredEvent& event);

}  // namespace reprise
