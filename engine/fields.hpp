#pragma once

#include <array>
#include <boost/pfr/core.hpp>
#include <cstddef>
#include <functional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

/// Names every field of a struct once, in the order of declaration. Encoding, digest, JSON view,
/// paths, schema and the options of a scenario file all come from this line.
///
///     struct Fill { Price price = 0; Quantity quantity = 0; REPRISE_FIELDS(price, quantity) };
///
/// A plain aggregate that leaves one out, or lists them in another order, does not compile. A class
/// with private members may use the macro too, but nothing can check that its list is complete.
#define REPRISE_FIELDS(...)                                   \
  static constexpr ::std::string_view reprise_field_names() { \
    return #__VA_ARGS__;                                      \
  }                                                           \
  constexpr auto reprise_fields() {                           \
    return ::std::tie(__VA_ARGS__);                           \
  }                                                           \
  constexpr auto reprise_fields() const {                     \
    return ::std::tie(__VA_ARGS__);                           \
  }                                                           \
  template <class Archive>                                    \
  void serialize(Archive& archive) {                          \
    ::reprise::detail::serialize_fields(archive, *this);      \
  }

namespace reprise::detail {

/// What REPRISE_FIELDS does with an archive (engine/codec.hpp).
template <class Archive, class T>
void serialize_fields(Archive& archive, T& object);

}  // namespace reprise::detail

namespace reprise {

/// A struct or class that has REPRISE_FIELDS.
template <class T>
concept Described = requires {
  T::reprise_field_names();
};

/// What can be encoded, digested and shown: it names its fields, or has none.
template <class T>
concept Record = Described<T> ||(std::is_class_v<T>&& std::is_empty_v<T>&& std::is_aggregate_v<T>);

namespace detail {

template <Described T>
using FieldsOf = decltype(std::declval<T&>().reprise_fields());

template <class Listed, class Declared, std::size_t... I>
consteval bool same_fields(std::index_sequence<I...>) {
  return (std::is_same_v<std::remove_reference_t<std::tuple_element_t<I, Listed>>,
                         boost::pfr::tuple_element_t<I, Declared>> &&
          ...);
}

/// True when REPRISE_FIELDS lists what Boost.PFR counts. Types are compared as well as the number,
/// so a field that is named twice in place of another of a different type is caught here; of the
/// same type, at registration, by address (fields_in_order()).
template <Described T>
consteval bool fields_complete() {
  if constexpr (std::is_aggregate_v<T>) {
    constexpr std::size_t listed = std::tuple_size_v<FieldsOf<T>>;
    if constexpr (boost::pfr::tuple_size_v<T> != listed) {
      return false;
    } else {
      return same_fields<FieldsOf<T>, T>(std::make_index_sequence<listed>());
    }
  } else {
    return true;
  }
}

/// True when the listed fields lie in memory in the order listed, each once.
template <Described T>
bool fields_in_order(T& object) {
  return std::apply(
      [](const auto&... field) {
        const void* last = nullptr;
        [[maybe_unused]] const auto after = [&last](const void* address) {
          const bool ok = std::less<const void*>()(last, address);
          last = address;
          return ok;
        };
        return (after(&field) && ...);
      },
      object.reprise_fields());
}

template <Described T>
inline constexpr std::size_t field_count = std::tuple_size_v<FieldsOf<T>>;

}  // namespace detail

/// The names given to REPRISE_FIELDS, in order.
template <Described T>
constexpr auto field_names() {
  std::array<std::string_view, detail::field_count<T>> names{};
  std::string_view rest = T::reprise_field_names();
  for (std::string_view& name : names) {
    const std::size_t comma = rest.find(',');
    name = rest.substr(0, comma);
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  }
  return names;
}

/// References to the fields of `object`, as a std::tuple; an empty record has none.
template <Record T>
constexpr auto fields(T& object) {
  if constexpr (Described<std::remove_const_t<T>>) {
    static_assert(detail::fields_complete<std::remove_const_t<T>>(),
                  "REPRISE_FIELDS must list every field, in the order of declaration");
    return object.reprise_fields();
  } else {
    return std::tuple<>();
  }
}

}  // namespace reprise
