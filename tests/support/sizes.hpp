#pragma once

#include <cstdlib>

/// How much a test does. One that could do any number of cases says how many they were:
///   WARN("ran: " << count << " losses of power");
/// and tools/dev test shows it.
namespace reprise::test {

/// True under `tools/dev test --thorough`.
inline bool thorough() {
  return std::getenv("REPRISE_THOROUGH") != nullptr;
}

/// `reduced`, or under `tools/dev test --thorough` all of `full`.
template <class Count>
Count cases(Count reduced, Count full) {
  return thorough() ? full : reduced;
}

#if defined(__has_feature)
#define REPRISE_TEST_HAS_FEATURE(name) __has_feature(name)
#else
#define REPRISE_TEST_HAS_FEATURE(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    REPRISE_TEST_HAS_FEATURE(address_sanitizer) || REPRISE_TEST_HAS_FEATURE(thread_sanitizer)
inline constexpr bool sanitized = true;  ///< Terabytes of addresses are reserved.
#else
inline constexpr bool sanitized = false;
#endif

/// What is under test takes ten times as long, or more.
#if defined(__OPTIMIZE__)
inline constexpr bool slow = sanitized;
#else
inline constexpr bool slow = true;
#endif

}  // namespace reprise::test
