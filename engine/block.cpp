#include "engine/block.hpp"

// reprise: allow(include-room) advice about memory, which changes no value
#include <sys/mman.h>

#include <algorithm>

namespace reprise {

Block allocate_block(std::size_t bytes, std::size_t alignment) {
  const bool large = bytes >= huge_page_bytes;
  const std::align_val_t at{large ? std::max(alignment, huge_page_bytes) : alignment};
  Block block(static_cast<std::byte*>(::operator new(bytes, at)), BlockRelease{at});
#ifdef MADV_HUGEPAGE
  // Advice: it does not matter whether it is taken.
  if (large) (void)::madvise(block.get(), bytes / huge_page_bytes * huge_page_bytes, MADV_HUGEPAGE);
#endif
  return block;
}

}  // namespace reprise
