#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/codec.hpp"
#include "replay/frame.hpp"

/// Journals of one's own making: whatever is in them, every digest holds.
namespace reprise::fuzz {

/// A file in memory, for what is opened by its path.
class MemoryFile {
 public:
  MemoryFile();
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  void set(std::string_view bytes);
  const std::filesystem::path& path() const { return path_; }

 private:
  int descriptor_;
  std::filesystem::path path_;
};

/// `bytes` with everything by which frames are checked made right: magic, offset, salt, lengths,
/// digests and chain. A frame begins where a magic stands. With `keep_raw_bytes`, what the heads
/// say of the decoded lengths stays as it is.
std::string resealed(std::string_view bytes, bool keep_raw_bytes = false);

/// A frame as it stands in a file, with a head that resealed() has to make right. Its body is
/// plain.
std::string plain_frame(FrameType type, bool critical, const FrameSpan& span,
                        std::string_view body);

/// A journal of a small world with keyframes and events, its bodies not compressed, without index.
std::string plain_journal(bool sealed);

/// `journal`, which has no seal, with one that counts and names what is there; as it is where it
/// cannot be opened.
std::string sealed_again(const std::string& journal);

/// The body of the first frame of `type` in `journal`, and what its head says of it.
struct FrameBody {
  FrameSpan span;
  std::string body;
};
FrameBody first_body(const std::string& journal, FrameType type);

/// `journal` whose first frame of `type` says that it is laid out so, or in this codec.
std::string with_layout(const std::string& journal, FrameType type, std::uint32_t layout);
std::string with_codec(const std::string& journal, FrameType type, std::uint8_t codec);

/// The first header in plain_journal() and what its frame says, as a frame.
std::string header_frame();

std::string text_of(std::span<const std::byte> bytes);

}  // namespace reprise::fuzz
