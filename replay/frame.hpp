#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/codec.hpp"
#include "engine/time.hpp"
#include "replay/file.hpp"
#include "replay/input_columns.hpp"
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
  events = 8,
  index = 9,
  gap = 10,
};

/// What a frame speaks of; kept in its head, so that a reader can pass over it without its body.
struct FrameSpan {
  std::uint64_t count = 0;  ///< Records.
  Step first_step = 0;
  Step last_step = 0;
  Time first_at{};
  Time last_at{};
};

/// The most bytes a frame's body has, stored and decoded alike.
inline constexpr std::uint64_t frame_bytes_max = std::uint64_t{64} << 20;

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

/// A frame as the index knows it.
struct FrameEntry {
  FrameType type{};
  bool critical = true;
  std::uint64_t offset = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t raw_bytes = 0;
  FrameSpan span;

  std::uint64_t end() const { return offset + FrameHead::bytes + stored_bytes; }
};

FrameEntry entry_of(const FrameHead& head);

/// Frames that follow each other from the start of a file, as canonical bytes, and back. Decoding
/// throws DecodeError.
Bytes encode_index(std::span<const FrameEntry> entries);
std::vector<FrameEntry> decode_index(std::span<const std::byte> bytes);

/// Appends frames to a file, keeps the chain and the index.
class FrameWriter {
 public:
  /// `file` is empty and outlives the writer. `level` is zstd's.
  explicit FrameWriter(OutputFile& file, int level = 1)
      : file_(file), level_(level), inputs_(level) {}

  /// Goes on behind the whole frames that a file holds; `chain` is the head of their chain.
  void go_on(std::vector<FrameEntry> entries, const Sha256& chain) {
    offset_ = entries.back().end();
    entries_ = std::move(entries);
    chain_ = chain;
  }

  /// Every frame from now on carries `salt`; the header frame does already.
  void set_salt(std::uint64_t salt) { salt_ = salt; }

  /// The journal's kinds, by which the payloads of its inputs are cut into columns.
  void set_schema(std::span<const KindSchema> schema) { inputs_.set_schema(schema); }

  /// From now on a frame is appended only when all before it are durable, so that a crash of the
  /// machine can leave a torn end but no gap. Costs a sync() a frame.
  void keep_order() { in_order_ = true; }

  /// Throws FileError if it cannot be written, JournalError for a body beyond 64 MiB.
  void add(FrameType type, bool critical, std::span<const std::byte> raw, const FrameSpan& span);

  /// Adds a frame of another file of the same journal as it was stored there.
  void copy(const FrameHead& head, std::span<const std::byte> stored);

  /// Adds the index and the seal: the last frames. After the seal's record stand the offsets of
  /// the index (0: none, it would be too large) and of the seal's frame.
  void add_index_and_seal(Bytes seal, const FrameSpan& span);

  const Sha256& chain() const { return chain_; }
  std::uint64_t offset() const { return offset_; }

 private:
  void append(FrameHead head, std::span<const std::byte> stored);

  OutputFile& file_;
  int level_;
  InputEncoder inputs_;
  std::vector<FrameEntry> entries_;
  std::uint64_t salt_ = 0;
  std::uint64_t offset_ = 0;
  Sha256 chain_{};
  bool in_order_ = false;
  Bytes compressed_;  // kept for their memory
  Bytes columns_;
  Bytes frame_;
};

/// The head that stands at `offset` and says so, by its own digest; nothing is said of its body.
std::optional<FrameHead> head_at(const InputFile& file, std::uint64_t offset);

/// Where the whole frames of a journal stop before its end, and why.
struct FrameBreak {
  std::uint64_t offset = 0;
  std::string reason;
  std::optional<FrameHead>
      next;  ///< The next head that holds, further on: then this is damage, not a torn tail.
};

/// Whether `path` is a file that begins as a journal does.
bool is_journal(const std::filesystem::path& path);

/// Whether a reader also checks that each frame follows from the one before, which takes a SHA-256
/// of all there is.
enum class ChainCheck : std::uint8_t { none, every };

/// Walks the frames of a file from its beginning.
class FrameReader {
 public:
  /// `file` outlives the reader.
  explicit FrameReader(const InputFile& file, ChainCheck chain = ChainCheck::every)
      : file_(file), chain_check_(chain) {}

  /// The head of the next frame, its body checked; nothing at the end or at the first frame that
  /// does not hold.
  std::optional<FrameHead> next();

  /// The same for the frame at `offset`; the walk goes on behind it. Not with ChainCheck::every.
  std::optional<FrameHead> at(std::uint64_t offset);

  /// The decoded body of the frame that next() gave last. Throws JournalError if it cannot be
  /// decoded.
  Bytes body() const;

  /// The body of the same frame as it stands in the file. Lies here until the next is asked for.
  std::span<const std::byte> stored() const { return stored_; }

  /// Set once next() has given nothing although the file goes on.
  const std::optional<FrameBreak>& broken() const { return broken_; }

  /// The head of the chain after the frame that was just given; only before the next is asked for.
  Sha256 chain() const;

 private:
  std::optional<std::string> check();
  void stop_at(const std::string& reason);

  const InputFile& file_;
  FilePassage passage_{file_};
  ChainCheck chain_check_;
  std::uint64_t offset_ = 0;
  std::optional<std::uint64_t> salt_;
  Sha256 chain_{};  // kept up only where it is checked
  FrameHead head_;
  Bytes raw_head_;
  std::span<const std::byte> stored_;  // in passage_
  std::optional<FrameBreak> broken_;
};

}  // namespace reprise
