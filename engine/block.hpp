#pragma once

#include <cstddef>
#include <memory>
#include <new>

namespace reprise {

/// Gives a Block's memory back.
struct BlockRelease {
  std::align_val_t alignment{};
  void operator()(std::byte* memory) const { ::operator delete(memory, alignment); }
};

/// Memory for many objects; makes and destroys none.
using Block = std::unique_ptr<std::byte, BlockRelease>;

/// From this size on a block asks for huge pages, and starts at a multiple of it.
inline constexpr std::size_t huge_page_bytes = std::size_t{2} << 20;

/// `bytes` bytes at a multiple of `alignment`. A large block asks the system for huge pages: a
/// world that is larger than the second cache otherwise spends its time translating addresses.
/// Where there are none, all is the same but slower. Throws std::bad_alloc.
Block allocate_block(std::size_t bytes, std::size_t alignment);

}  // namespace reprise
