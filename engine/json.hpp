#pragma once

#include <boost/json/value.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

#include "engine/type.hpp"

/// The JSON view of anything that has a Type, both ways, and paths into it.
///
/// Records are objects; lists, sets and pairs are arrays; maps are objects by the text of their
/// keys; an optional is its element or null; enumerations are names; durations and times are
/// integers in nanoseconds (a duration is also read from text with a unit: "30s"); what JSON cannot
/// write of a real is the text "nan", "inf" or "-inf".
namespace reprise {

/// A value that does not fit its field, or a path that leads nowhere.
class FieldError : public std::runtime_error {
 public:
  /// `path` leads from the object to the field; `reason` is a clause: "unknown field 'limt'".
  FieldError(std::string path, std::string reason);

  const std::string& path() const { return path_; }
  const std::string& reason() const { return reason_; }

 private:
  std::string path_;
  std::string reason_;
};

/// A field found by its path: where it is and what it is.
struct FieldPlace {
  const Type* type = nullptr;
  void* object = nullptr;
};

boost::json::value to_json(const Type& type, const void* object);

/// Sets `object` from `value`. An object may name some of a record's fields: the others stay as
/// they are. Throws FieldError for an unknown field, a wrong type, a number that does not fit or a
/// negative duration.
void from_json(const Type& type, void* object, const boost::json::value& value);

/// The field at `path` in `object`: names apart by dots, list positions and map keys in brackets:
/// "bids[61685990000].orders[0]". An empty path is the object itself. Throws FieldError.
FieldPlace field_at(const Type& type, void* object, std::string_view path);

/// JSON text in one line, the same on every host: integers as integers, reals by their shortest
/// digits, always with a point or an exponent.
std::string json_text(const boost::json::value& value);

/// `text` as JSON; text that is no JSON is taken as a string: "5" is a number, "5min" a string.
/// What a command line gives as a value.
boost::json::value json_or_text(std::string_view text);

template <class T>
boost::json::value to_json(const T& object) {
  return to_json(type_of<T>(), &object);
}

template <class T>
void from_json(T& object, const boost::json::value& value) {
  from_json(type_of<T>(), &object, value);
}

}  // namespace reprise
