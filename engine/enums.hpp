#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

/// Names of enumerators, read from the compiler's own spelling of a template argument. Values 0 to
/// 63 are seen; an enumeration without names there (AgentId) is a plain number.
namespace reprise {

namespace detail {

template <auto value>
constexpr std::string_view spelled_enumerator() {
  // gcc: "... [with auto value = Side::buy; std::string_view = ...]"; clang: "... [value =
  // Side::buy]". A value without a name is spelled as a cast or a number: "(Side)7".
  std::string_view text = __PRETTY_FUNCTION__;
  const std::size_t start = text.find("value = ") + 8;
  text = text.substr(start, text.find_first_of(";]", start) - start);
  if (text.empty() || text.front() == '(' || text.front() == '-' ||
      (text.front() >= '0' && text.front() <= '9')) {
    return {};
  }
  const std::size_t colon = text.rfind("::");
  return colon == std::string_view::npos ? text : text.substr(colon + 2);
}

inline constexpr std::size_t enumerators_max = 64;

template <class E>
constexpr auto spelled_enumerators() {
  return []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<std::string_view, enumerators_max>{
        spelled_enumerator<static_cast<E>(static_cast<std::underlying_type_t<E>>(I))>()...};
  }
  (std::make_index_sequence<enumerators_max>());
}

template <class E>
inline constexpr auto enumerators = spelled_enumerators<E>();

}  // namespace detail

/// How many enumerators of E have a value from 0 to 63.
template <class E>
inline constexpr std::size_t enumerator_count = [] {
  std::size_t count = 0;
  for (const std::string_view name : detail::enumerators<E>) count += name.empty() ? 0 : 1;
  return count;
}();

/// The name of `value`, or nothing if it has none.
template <class E>
constexpr std::optional<std::string_view> enumerator_name(E value) {
  const auto number = static_cast<std::underlying_type_t<E>>(value);
  if (!std::in_range<std::size_t>(number)) return std::nullopt;
  const auto index = static_cast<std::size_t>(number);
  if (index >= detail::enumerators_max || detail::enumerators<E>[index].empty())
    return std::nullopt;
  return detail::enumerators<E>[index];
}

}  // namespace reprise
