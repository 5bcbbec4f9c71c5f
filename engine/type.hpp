#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/assert.hpp"
#include "engine/enums.hpp"
#include "engine/fields.hpp"
#include "engine/ids.hpp"
#include "engine/time.hpp"

/// The shape of a C++ type at run time, made from its REPRISE_FIELDS: what the JSON view, paths,
/// options of a scenario file and the schema of a journal are built on. Hot paths do not come here.
namespace reprise {

enum class Shape : std::uint8_t {
  boolean,
  integer,
  real,
  enumeration,
  text,
  duration,
  time,
  agent,     ///< AgentId
  optional,  ///< one element or none
  list,      ///< vector or array: elements by position
  set,       ///< elements by their own order
  map,       ///< elements by key
  pair,      ///< two fields, `first` and `second`
  record     ///< named fields
};

struct Type;

struct Field {
  std::string_view name;
  const Type* type = nullptr;
  void* (*address)(void* record) = nullptr;
};

/// What one C++ type is made of, and how to walk an object of it. One constant object for each
/// type.
struct Type {
  Shape shape = Shape::record;
  std::string name{};      ///< "int64", "list<text>"; a record's or enumeration's own is not kept
  std::size_t bytes = 0;   ///< integer and real: width
  bool is_signed = false;  ///< integer
  std::size_t memory = 0;  ///< what an object takes in memory, its padding included
  std::size_t alignment = 1;  ///< where it may lie
  bool complete = true;       ///< record: the compiler has seen that all its members are fields
  std::span<const std::string_view> enumerators{};  ///< by value; an empty name is a gap
  std::vector<Field> fields{};                      ///< record and pair
  const Type* key = nullptr;                        ///< map
  const Type* element = nullptr;                    ///< optional, list, set, map
  std::size_t fixed_size = 0;                       ///< an array's length; otherwise 0

  /// optional, list, set, map: how many elements there are.
  std::size_t (*size)(const void* object) = nullptr;
  /// optional, list: the element at `index`, which is below size().
  void* (*at)(void* object, std::size_t index) = nullptr;
  /// optional, list without fixed size: makes it hold `size` elements, new ones in their initial
  /// state.
  void (*resize)(void* object, std::size_t size) = nullptr;
  /// set, map: calls `visit` with each key (a set's element) and value (null for a set), in order.
  void (*each)(const void* object,
               const std::function<void(const void* key, const void* value)>& visit) = nullptr;
  /// set, map: `make` is handed a new key to fill; the value at that key comes back (null for a
  /// set).
  void* (*insert)(void* object, const std::function<void(void* key)>& make) = nullptr;
  /// set, map: leaves it empty.
  void (*clear)(void* object) = nullptr;
};

template <class T>
const Type& type_of();

/// The type as text, fields and all: what a journal's schema holds. "{price:int64,quantity:int64}"
std::string describe(const Type& type);

namespace detail {

template <class T, template <class...> class Template>
inline constexpr bool is_a = false;
template <template <class...> class Template, class... Args>
inline constexpr bool is_a<Template<Args...>, Template> = true;

template <class T>
inline constexpr std::size_t array_size = 0;
template <class T, std::size_t n>
inline constexpr std::size_t array_size<std::array<T, n>> = n;

template <class T>
T& as(void* object) {
  return *static_cast<T*>(object);
}
template <class T>
const T& as(const void* object) {
  return *static_cast<const T*>(object);
}

template <class T>
Type integer_type() {
  Type type{.shape = Shape::integer, .bytes = sizeof(T), .is_signed = std::is_signed_v<T>};
  type.name = (type.is_signed ? "int" : "uint") + std::to_string(8 * sizeof(T));
  return type;
}

template <class T>
Type list_type() {
  using Element = typename T::value_type;
  static_assert(!std::is_same_v<Element, bool> || array_size<T> != 0,
                "the elements of a vector<bool> have no address; use vector<std::uint8_t>");
  Type type{.shape = Shape::list, .element = &type_of<Element>(), .fixed_size = array_size<T>};
  type.name = "list<" + type.element->name + ">";
  type.size = [](const void* object) { return as<T>(object).size(); };
  type.at = [](void* object, std::size_t index) -> void* { return &as<T>(object)[index]; };
  if constexpr (array_size<T> == 0) {
    type.resize = [](void* object, std::size_t size) { as<T>(object).resize(size); };
  }
  return type;
}

template <class T>
Type optional_type() {
  Type type{.shape = Shape::optional, .element = &type_of<typename T::value_type>()};
  type.name = "optional<" + type.element->name + ">";
  type.size = [](const void* object) -> std::size_t { return as<T>(object).has_value() ? 1 : 0; };
  type.at = [](void* object, std::size_t) -> void* { return &*as<T>(object); };
  type.resize = [](void* object, std::size_t size) {
    if (size == 0) as<T>(object).reset();
    if (size != 0 && !as<T>(object)) as<T>(object).emplace();
  };
  return type;
}

template <class T>
Type set_type() {
  Type type{.shape = Shape::set, .element = &type_of<typename T::value_type>()};
  type.name = "set<" + type.element->name + ">";
  type.size = [](const void* object) { return as<T>(object).size(); };
  type.each = [](const void* object, const auto& visit) {
    for (const auto& element : as<T>(object)) visit(&element, nullptr);
  };
  type.insert = [](void* object, const auto& make) -> void* {
    typename T::value_type element{};
    make(&element);
    as<T>(object).insert(std::move(element));
    return nullptr;
  };
  type.clear = [](void* object) { as<T>(object).clear(); };
  return type;
}

template <class T>
Type map_type() {
  Type type{.shape = Shape::map,
            .key = &type_of<typename T::key_type>(),
            .element = &type_of<typename T::mapped_type>()};
  type.name = "map<" + type.key->name + "," + type.element->name + ">";
  type.size = [](const void* object) { return as<T>(object).size(); };
  type.each = [](const void* object, const auto& visit) {
    for (const auto& [key, value] : as<T>(object)) visit(&key, &value);
  };
  type.insert = [](void* object, const auto& make) -> void* {
    typename T::key_type key{};
    make(&key);
    return &as<T>(object)[std::move(key)];
  };
  type.clear = [](void* object) { as<T>(object).clear(); };
  return type;
}

template <class T>
Type pair_type() {
  Type type{.shape = Shape::pair};
  type.fields = {{"first", &type_of<typename T::first_type>(),
                  [](void* object) -> void* { return &as<T>(object).first; }},
                 {"second", &type_of<typename T::second_type>(),
                  [](void* object) -> void* { return &as<T>(object).second; }}};
  type.name = "pair<" + type.fields[0].type->name + "," + type.fields[1].type->name + ">";
  return type;
}

template <class T>
Type record_type() {
  Type type{.shape = Shape::record, .name = "record"};
  if constexpr (Described<T>) {
    T probe{};
    REPRISE_ASSERT(fields_in_order(probe));
    constexpr auto names = field_names<T>();
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (type.fields.push_back(
           {names[I], &type_of<std::remove_cvref_t<std::tuple_element_t<I, FieldsOf<T>>>>(),
            [](void* object) -> void* { return &std::get<I>(fields(as<T>(object))); }}),
       ...);
    }
    (std::make_index_sequence<names.size()>());
  }
  return type;
}

template <class T>
Type make_type() {
  if constexpr (std::is_same_v<T, bool>) {
    return {.shape = Shape::boolean, .name = "bool"};
  } else if constexpr (std::is_same_v<T, AgentId>) {
    return {.shape = Shape::agent, .name = "agent", .bytes = sizeof(T)};
  } else if constexpr (std::is_integral_v<T>) {
    static_assert(!std::is_same_v<T, char> && !std::is_same_v<T, wchar_t>,
                  "char and wchar_t differ between machines; use std::int8_t or std::uint8_t");
    return integer_type<T>();
  } else if constexpr (std::is_same_v<T, double> || std::is_same_v<T, float>) {
    return {.shape = Shape::real, .name = sizeof(T) == 8 ? "real64" : "real32", .bytes = sizeof(T)};
  } else if constexpr (std::is_enum_v<T>) {
    if constexpr (enumerator_count<T> == 0) return integer_type<std::underlying_type_t<T>>();
    Type type = integer_type<std::underlying_type_t<T>>();
    type.shape = Shape::enumeration;
    type.name = "enum" + std::to_string(8 * sizeof(T));
    type.enumerators = enumerators<T>;
    return type;
  } else if constexpr (std::is_same_v<T, std::string>) {
    return {.shape = Shape::text, .name = "text"};
  } else if constexpr (std::is_same_v<T, Duration>) {
    return {.shape = Shape::duration, .name = "duration"};
  } else if constexpr (std::is_same_v<T, Time>) {
    return {.shape = Shape::time, .name = "time"};
  } else if constexpr (is_a<T, std::optional>) {
    return optional_type<T>();
  } else if constexpr (is_a<T, std::vector> || array_size<T> != 0) {
    return list_type<T>();
  } else if constexpr (is_a<T, std::set>) {
    return set_type<T>();
  } else if constexpr (is_a<T, std::map>) {
    return map_type<T>();
  } else if constexpr (is_a<T, std::pair>) {
    return pair_type<T>();
  } else {
    static_assert(Record<T>,
                  "a field is bool, integer, double, enum, std::string, Duration, Time, AgentId, "
                  "optional, vector, array, set, map, pair, or a struct with REPRISE_FIELDS");
    return record_type<T>();
  }
}

}  // namespace detail

/// The Type of T. The reference is valid for the whole program.
template <class T>
const Type& type_of() {
  static const Type type = [] {
    Type made = detail::make_type<T>();
    made.memory = sizeof(T);
    made.alignment = alignof(T);
    if (made.shape == Shape::record) made.complete = std::is_aggregate_v<T>;
    return made;
  }();
  return type;
}

}  // namespace reprise
