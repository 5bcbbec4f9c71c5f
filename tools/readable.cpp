#include "tools/readable.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdio>

namespace reprise {

namespace json = boost::json;

std::string readable(Duration duration) {
  using namespace std::chrono_literals;
  if (duration < 1min) return to_string(duration);
  if (duration % 24h == 0s) return std::to_string(duration / 24h) + 'd';
  if (duration % 1h == 0s) return std::to_string(duration / 1h) + 'h';
  if (duration % 1min == 0s) return std::to_string(duration / 1min) + "min";
  std::string text = std::to_string(duration / 1s);
  if (duration % 1s != 0s) {
    std::string digits = std::to_string((1s + duration % 1s).count());  // 1 keeps the zeros
    digits.front() = '.';
    text += digits.substr(0, digits.find_last_not_of('0') + 1);
  }
  return text + 's';
}

std::string readable(Time time) {
  return readable(time.time_since_epoch());
}

std::string seconds_text(Time time) {
  constexpr std::int64_t second = 1'000'000'000;
  const std::int64_t nanoseconds = time.time_since_epoch().count();
  std::string fraction = std::to_string(second + nanoseconds % second);  // 1 keeps the zeros
  fraction.front() = '.';
  return std::to_string(nanoseconds / second) + fraction + 's';
}

std::string fixed(double value, int digits) {
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return {text.data(), std::min(static_cast<std::size_t>(size), text.size() - 1)};
}

json::value readable(const Type& type, const json::value& view) {
  if (type.shape == Shape::duration || type.shape == Shape::time) {
    return view.is_int64() ? json::value(readable(Duration(view.get_int64()))) : view;
  }
  if (type.shape == Shape::optional) return view.is_null() ? view : readable(*type.element, view);
  if (view.is_array()) {
    json::array list;
    for (const json::value& each : view.get_array()) {
      const Type* element =
          type.shape == Shape::pair ? type.fields[list.size()].type : type.element;
      list.push_back(readable(*element, each));
    }
    return list;
  }
  if (!view.is_object()) return view;
  json::object table;
  if (type.shape == Shape::map) {
    for (const auto& [key, value] : view.get_object()) table[key] = readable(*type.element, value);
  } else {
    for (const Field& field : type.fields) {
      table[field.name] = readable(*field.type, view.at(field.name));
    }
  }
  return table;
}

}  // namespace reprise
