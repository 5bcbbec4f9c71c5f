#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "engine/codec.hpp"
#include "engine/time.hpp"
#include "replay/file.hpp"
#include "replay/sha256.hpp"

/// The frames a journal is cut into: lengths that can be believed, bytes that can be checked, an
/// order that cannot be changed unnoticed. docs/journal_format.md has the layout.
namespace reprise {

enum class FrameType : std::uint16_t {
  header = 1,
  source = 2,
  inputs = 3,
  checkpoints = 4,
  pages = 5,
  keyframe = 6,
  seal = 7,
};

/// What a frame speaks of; kept in its head, so that a reader can pass over it without its body.
struct FrameSpan {
  std::uint64_t count = 0;  ///< Records.
  Step first_step = 0;
  Step last_step = 0;
  Time first_at{};
  Time last_at{};
};

struct FrameHead {
  static constexpr std::size_t bytes = 160;

  FrameType type{};
  bool critical = true;
  std::uint8_t codec = 0;
  std::uint32_t layout = 1;
  std::uint64_t offset = 0;
  std::uint64_t salt = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t raw_bytes = 0;
  FrameSpan span;
  Digest body;
  Sha256 chain{};  ///< Before this frame.
};

/// Appends frames to a file and keeps the chain.
class FrameWriter {
 public:
  /// `file` is empty and outlives the writer.
  explicit FrameWriter(OutputFile& file) : file_(file) {}

  /// Goes on behind the whole frames that a file holds: their length and the head of their chain.
  void go_on(std::uint64_t offset, const Sha256& chain) {
    offset_ = offset;
    chain_ = chain;
  }

  /// Every frame from now on carries `salt`; the header frame does already.
  void set_salt(std::uint64_t salt) { salt_ = salt; }

  /// From now on a frame is appended only when all before it are durable, so that a crash of the
  /// machine can leave a torn end but no gap. Costs a sync() a frame.
  void keep_order() { in_order_ = true; }

  /// Throws FileError if it cannot be written, JournalError for a body beyond 64 MiB.
  void add(FrameType type, bool critical, std::span<const std::byte> raw, const FrameSpan& span);

  const Sha256& chain() const { return chain_; }
  std::uint64_t offset() const { return offset_; }

 private:
  OutputFile& file_;
  std::uint64_t salt_ = 0;
  std::uint64_t offset_ = 0;
  Sha256 chain_{};
  bool in_order_ = false;
  Bytes compressed_;  // kept for their memory
  Bytes frame_;
};

/// Where the whole frames of a journal stop before its end, and why.
struct FrameBreak {
  std::uint64_t offset = 0;
  std::string reason;
  std::optional<FrameHead>
      next;  ///< A frame that holds, further on: then this is damage, not a torn tail.
};

/// Whether `path` is a file that begins as a journal does.
bool is_journal(const std::filesystem::path& path);

/// Walks the frames of a file from its beginning.
class FrameReader {
 public:
  /// `file` outlives the reader.
  explicit FrameReader(const InputFile& file) : file_(file) {}

  /// The head of the next frame, its body checked; nothing at the end or at the first frame that
  /// does not hold.
  std::optional<FrameHead> next();

  /// The decoded body of the frame that next() gave last. Throws JournalError if it cannot be
  /// decoded.
  Bytes body() const;

  /// Set once next() has given nothing although the file goes on.
  const std::optional<FrameBreak>& broken() const { return broken_; }

  /// The head of the chain after the frames read so far.
  const Sha256& chain() const { return chain_; }

 private:
  std::optional<std::string> check(FrameHead& head, Bytes& raw_head);
  void stop_at(const std::string& reason);

  const InputFile& file_;
  std::uint64_t offset_ = 0;
  std::optional<std::uint64_t> salt_;
  Sha256 chain_{};
  FrameHead head_;
  Bytes stored_;
  std::optional<FrameBreak> broken_;
};

}  // namespace reprise
