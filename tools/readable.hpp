#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "engine/time.hpp"
#include "engine/type.hpp"

/// Values as a person reads them.
namespace reprise {

/// In the largest unit that it is whole in, or else in seconds; below a minute as to_string() has
/// it: "10min", "90s", "290.799271s", "1.5ms".
std::string readable(Duration duration);
std::string readable(Time time);

/// Seconds with nine digits behind the point, for columns: "0.300120000s".
std::string seconds_text(Time time);

/// With so many digits behind the point.
std::string fixed(double value, int digits);

/// The JSON view of an object of `type` with every duration and time as such text.
boost::json::value readable(const Type& type, const boost::json::value& view);

}  // namespace reprise
