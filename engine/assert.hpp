#pragma once

namespace reprise::detail {

/// Prints the broken invariant and its place to standard error and aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace reprise::detail

/// States an invariant that only a bug of ours can break. On in every build: a world that goes on
/// after a broken invariant would record a history that nobody can trust.
#define REPRISE_ASSERT(condition)     \
  ((condition) ? static_cast<void>(0) \
               : ::reprise::detail::assertion_failed(#condition, __FILE__, __LINE__))
