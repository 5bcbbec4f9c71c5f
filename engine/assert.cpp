#include "engine/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace reprise::detail {

void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "reprise: broken invariant: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace reprise::detail
