#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/message.hpp"

namespace reprise {

class Simulation;
struct Delivery;

/// A property of a run, written in C++: a plain struct with whatever it has to remember, `about`
/// (one line) and
///
///     std::optional<std::string> after(const Delivery& delivery, const Simulation& world);
///
/// which sees each delivery once it has happened, and says what is wrong, or nothing. Only the
/// agent `delivery.event.to` has changed since the call before, and those it has given birth to;
/// where that is the world itself, any may have. It may have `begin(const Simulation&)`, of the
/// same type, which is asked of the world at its start, and `double nearness() const`: how near it
/// is to being broken, from 0 to 1, for a search.
///
/// There is one for each run, and a copy of it for each that goes on from the middle of another. It
/// is part of no world: it is neither saved nor digested, and what it says must come from what it
/// has seen alone.
template <class P>
concept WatchedProperty = std::default_initializable<P> && std::copy_constructible<P> &&
    requires(P property, const Delivery& delivery, const Simulation& world) {
  { property.after(delivery, world) } -> std::convertible_to<std::optional<std::string>>;
};

/// One of a run, whatever its C++ type.
class Property {
 public:
  virtual ~Property() = default;

  /// One that has seen the same.
  virtual std::unique_ptr<Property> copy() const = 0;
  virtual std::optional<std::string> begin(const Simulation& world) = 0;
  virtual std::optional<std::string> after(const Delivery& delivery, const Simulation& world) = 0;
  virtual double nearness() const = 0;
};

/// A property at run time: its name, and how one is made for a run.
struct PropertyType {
  std::string name;
  std::string_view about;
  std::unique_ptr<Property> (*make)() = nullptr;
};

namespace detail {

template <WatchedProperty P>
class MadeProperty final : public Property {
 public:
  std::unique_ptr<Property> copy() const override { return std::make_unique<MadeProperty>(*this); }
  std::optional<std::string> begin(const Simulation& world) override {
    if constexpr (requires(P property) { property.begin(world); }) {
      return property_.begin(world);
    } else {
      return std::nullopt;
    }
  }
  std::optional<std::string> after(const Delivery& delivery, const Simulation& world) override {
    return property_.after(delivery, world);
  }
  double nearness() const override {
    if constexpr (requires { property_.nearness(); }) {
      return property_.nearness();
    } else {
      return 0;
    }
  }

 private:
  P property_{};
};

template <WatchedProperty P>
PropertyType make_property_type(std::string name) {
  PropertyType type{.name = std::move(name), .about = about_of<P>()};
  type.make = []() -> std::unique_ptr<Property> { return std::make_unique<MadeProperty<P>>(); };
  return type;
}

}  // namespace detail
}  // namespace reprise
