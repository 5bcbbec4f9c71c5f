#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "engine/assert.hpp"
#include "engine/fields.hpp"
#include "engine/ids.hpp"

namespace reprise {

/// What a search takes an agent to be like: two states of a kind that say the same here are one to
/// it. An agent says so in
///
///     void abstract(AbstractState& state) const {
///       state.is(role).is(voted_for.has_value()).compared(term);
///     }
///
/// One without it is taken by add_default(). Never part of the world: nothing is run by it, only
/// chosen.
class AbstractState {
 public:
  static constexpr std::size_t compared_max = 8;

  /// A part that counts by its value: an enumeration, a boolean, a small number.
  template <class T>
  requires(std::is_enum_v<T> || std::is_integral_v<T>) AbstractState& is(T value) {
    exact_ = mixed(exact_, static_cast<std::uint64_t>(value));
    return *this;
  }

  /// A number that counts by how it stands among those of the other agents of the kind: the lowest
  /// of all, the next, and so on. At most `compared_max` of them.
  AbstractState& compared(std::uint64_t value) {
    REPRISE_ASSERT(count_ < compared_max);
    compared_[count_++] = value;
    return *this;
  }

  /// All that counts by its value, as one number.
  std::uint64_t exact() const { return exact_; }

  /// What counts among others, in the order in which it was said.
  std::span<const std::uint64_t> compared() const { return {compared_.data(), count_}; }

  /// `hash` with `value` added; in another order it is another one. The finalizer is that of
  /// SplitMix64 (Steele, Lea and Flood 2014).
  static constexpr std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
    std::uint64_t z = (hash ^ value) + 0x9e37'79b9'7f4a'7c15;
    z = (z ^ (z >> 30)) * 0xbf58'476d'1ce4'e5b9;
    z = (z ^ (z >> 27)) * 0x94d0'49bb'1331'11eb;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t exact_ = 0;
  std::size_t count_ = 0;
  std::array<std::uint64_t, compared_max> compared_{};
};

namespace detail {

template <class T>
inline constexpr bool has_elements = false;
template <class... T>
inline constexpr bool has_elements<std::vector<T...>> = true;
template <class... T>
inline constexpr bool has_elements<std::map<T...>> = true;
template <class... T>
inline constexpr bool has_elements<std::set<T...>> = true;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// 0 to 3 as they are, 4 for all beyond, 5 for what is below 0.
template <class T>
constexpr unsigned small(T value) {
  if constexpr (std::is_signed_v<T>) {
    if (value < 0) return 5;
  }
  return value < 4 ? static_cast<unsigned>(value) : 4;
}

}  // namespace detail

/// What is taken of a record that does not say it itself: enumerations and booleans by value,
/// integers as 0, 1, 2, 3, more or negative, whether an optional holds anything, how many elements
/// there are as such a number, and so on inside the records in it. Options are left out, as are
/// texts, reals, times and agents.
template <class T>
void add_default(AbstractState& state, const T& value) {
  if constexpr (std::is_same_v<T, AgentId>) {
    return;
  } else if constexpr (std::is_enum_v<T> || std::is_same_v<T, bool>) {
    state.is(value);
  } else if constexpr (std::is_integral_v<T>) {
    state.is(detail::small(value));
  } else if constexpr (detail::is_optional<T>) {
    state.is(value.has_value());
  } else if constexpr (detail::has_elements<T>) {
    state.is(detail::small(value.size()));
  } else if constexpr (Described<T>) {
    constexpr auto names = field_names<T>();
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      [[maybe_unused]] const auto all = value.reprise_fields();
      [[maybe_unused]] const auto add = [&]<class F>(std::string_view name, const F& field) {
        if (name != "options") add_default(state, field);
      };
      (add(names[I], std::get<I>(all)), ...);
    }
    (std::make_index_sequence<names.size()>());
  }
}

}  // namespace reprise
