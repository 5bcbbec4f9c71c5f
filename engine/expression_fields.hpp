#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

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

/// What stands at a path in objects of one type, found once and read often.
class FieldReader {
 public:
  /// Throws PathError as type_at() does.
  FieldReader(const Type& type, std::span<const PathPart> path);

  ValueType type() const { return type_; }

  /// As value_at().
  Value value(const void* object) const;

 private:
  struct Hop {  // from an object to a part of it
    const Type* type = nullptr;
    void* (*address)(void* record) = nullptr;  // of a field
    std::size_t index = 0;                     // of a list's or an optional's element
    std::string key{};                         // of a map's
  };

  void unwrap(const Type*& at);

  ValueType type_;
  std::vector<Hop> hops_;
  const Type* last_ = nullptr;  // the type of what stands there
};

}  // namespace reprise
