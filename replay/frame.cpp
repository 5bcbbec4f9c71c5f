#include "replay/frame.hpp"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "replay/journal.hpp"

namespace reprise {

namespace {

constexpr std::array<std::uint8_t, 8> magic{0x89, 'R', 'P', 'J', '\r', '\n', 0x1A, '\n'};
constexpr std::size_t head_digest_offset = 144;
constexpr std::uint64_t expansion_max = 256;  // what would compress better is stored plain
constexpr std::uint8_t codec_plain = 0;
constexpr std::uint8_t codec_zstd = 1;
constexpr std::uint8_t codec_columns = 2;  // of inputs

Bytes encode_head(const FrameHead& head) {
  Bytes bytes;
  Encoder out(bytes);
  out.write(magic.data(), magic.size());
  out(head.type, static_cast<std::uint8_t>(head.critical ? 1 : 0), head.codec, head.layout,
      head.offset, head.salt, head.stored_bytes, head.raw_bytes, head.span.count,
      head.span.first_step, head.span.last_step, head.span.first_at.time_since_epoch().count(),
      head.span.last_at.time_since_epoch().count(), head.body.high, head.body.low);
  out.write(head.chain.data(), head.chain.size());
  out(std::uint64_t{0});
  REPRISE_ASSERT(bytes.size() == head_digest_offset);
  const Digest digest = digest_of(bytes);
  out(digest.high, digest.low);
  return bytes;
}

/// The head that `bytes` hold, if they hold one: by its magic and its own digest.
std::optional<FrameHead> decode_head(std::span<const std::byte> bytes) {
  if (bytes.size() < FrameHead::bytes ||
      std::memcmp(bytes.data(), magic.data(), magic.size()) != 0) {
    return std::nullopt;
  }
  Decoder in(bytes.first(FrameHead::bytes).subspan(magic.size()));
  FrameHead head;
  std::uint16_t type = 0;
  std::uint8_t flags = 0;
  std::int64_t first_at = 0;
  std::int64_t last_at = 0;
  std::uint64_t zero = 0;
  Digest digest;
  in(type, flags, head.codec, head.layout, head.offset, head.salt, head.stored_bytes,
     head.raw_bytes, head.span.count, head.span.first_step, head.span.last_step, first_at, last_at,
     head.body.high, head.body.low);
  in.read(head.chain.data(), head.chain.size());
  in(zero, digest.high, digest.low);
  if (digest != digest_of(bytes.first(head_digest_offset))) return std::nullopt;
  head.type = static_cast<FrameType>(type);
  head.critical = (flags & 1) != 0;
  head.span.first_at = Time(Duration(first_at));
  head.span.last_at = Time(Duration(last_at));
  return head;
}

Sha256 link(const Sha256& chain, std::span<const std::byte> head, std::span<const std::byte> body) {
  Sha256Stream stream;
  stream.add(chain);
  stream.add(head);
  stream.add(body);
  return stream.digest();
}

/// What is wrong with the lengths of `head`, a frame of `file`; nothing if they can be believed.
std::optional<std::string> wrong_lengths(const FrameHead& head, const InputFile& file) {
  if (head.stored_bytes > frame_bytes_max || head.raw_bytes > frame_bytes_max ||
      head.raw_bytes > head.stored_bytes * expansion_max) {
    return "a frame's head asks for too much";
  }
  if (entry_of(head).end() > file.size()) {
    return "the file ends in the middle of a frame";
  }
  return std::nullopt;
}

/// `stored`, the body of the frame with this head, decoded. Throws JournalError.
Bytes decode_body(const JournalPlace& place, const FrameHead& head,
                  std::span<const std::byte> stored) {
  if (head.codec == codec_columns && head.type == FrameType::inputs) {
    try {
      return InputDecoder().decode(stored, head.raw_bytes);
    } catch (const DecodeError& error) {
      throw JournalError(place, error.what());
    }
  }
  if (head.codec > codec_zstd) {
    throw JournalError(place, "a frame of codec " + std::to_string(head.codec),
                       "it takes a newer program");
  }
  if (head.codec == codec_plain) {
    if (head.raw_bytes != stored.size())
      throw JournalError(place, "a plain frame's lengths differ");
    return {stored.begin(), stored.end()};
  }
  Bytes raw(head.raw_bytes);
  const std::size_t size = ZSTD_decompress(raw.data(), raw.size(), stored.data(), stored.size());
  if (ZSTD_isError(size) || size != raw.size()) {
    throw JournalError(place, "a frame does not decompress to what its head says");
  }
  return raw;
}

/// The first frame head in `file` at or after `offset` that stands where it says.
std::optional<FrameHead> find_head(const InputFile& file, std::uint64_t offset,
                                   std::uint64_t salt) {
  constexpr std::size_t window_max = std::size_t{1} << 20;
  std::size_t window = std::size_t{1} << 12;  // it is near, as a rule
  Bytes bytes;
  for (; offset + FrameHead::bytes <= file.size();
       offset += window, window = std::min(2 * window, window_max)) {
    bytes.resize(window + FrameHead::bytes);
    bytes.resize(file.read(offset, bytes));
    const std::byte first{magic.front()};
    for (auto at = bytes.begin();; ++at) {
      at = std::find(at, bytes.end(), first);
      const auto place = static_cast<std::size_t>(at - bytes.begin());
      if (place >= window || at == bytes.end()) break;
      const auto head = decode_head(std::span(bytes).subspan(place));
      if (head && head->offset == offset + place && head->salt == salt) return head;
    }
  }
  return std::nullopt;
}

/// Where to look for the next frame after the one at `offset`, which does not hold. If its head
/// does, that is behind it: a head within it is stale or forged, and to heed such heads could take
/// the square of the time.
std::uint64_t behind(const InputFile& file, std::uint64_t offset, std::uint64_t salt) {
  const std::optional<FrameHead> head = head_at(file, offset);
  const bool believed = head && head->salt == salt && head->stored_bytes <= frame_bytes_max;
  return believed ? entry_of(*head).end() : offset + 1;
}

/// `raw` compressed, in the memory of `room`.
std::span<const std::byte> compress(std::span<const std::byte> raw, int level, Bytes& room) {
  const std::size_t bound = ZSTD_compressBound(raw.size());
  if (room.size() < bound) room.resize(bound);
  const std::size_t size = ZSTD_compress(room.data(), room.size(), raw.data(), raw.size(), level);
  REPRISE_ASSERT(!ZSTD_isError(size));
  return std::span(room).first(size);
}

}  // namespace

void FrameWriter::add(FrameType type, bool critical, std::span<const std::byte> raw,
                      const FrameSpan& span) {
  // Checkpoints are digests, which nothing makes smaller; events are compressed by columns; the
  // seal is read from its end.
  const bool as_it_is =
      type == FrameType::checkpoints || type == FrameType::events || type == FrameType::seal;
  columns_.clear();
  const bool columns = type == FrameType::inputs && inputs_.encode(raw, columns_);
  const std::span<const std::byte> packed = as_it_is  ? raw
                                            : columns ? std::span<const std::byte>(columns_)
                                                      : compress(raw, level_, compressed_);
  const bool plain = packed.size() >= raw.size() || raw.size() > packed.size() * expansion_max;
  const std::span<const std::byte> stored = plain ? raw : packed;
  if (raw.size() > frame_bytes_max) {
    throw JournalError(file_.path().string(), "a record of " + std::to_string(raw.size()) +
                                                  " bytes is larger than a frame may be");
  }
  append({.type = type,
          .critical = critical,
          .codec = plain     ? codec_plain
                   : columns ? codec_columns
                             : codec_zstd,
          .raw_bytes = raw.size(),
          .span = span},
         stored);
}

void FrameWriter::copy(const FrameHead& head, std::span<const std::byte> stored) {
  append(head, stored);
}

/// Appends a frame; its place in the file and what follows from its body is filled in.
void FrameWriter::append(FrameHead head, std::span<const std::byte> stored) {
  head.offset = offset_;
  head.salt = salt_;
  head.stored_bytes = stored.size();
  head.body = digest_of(stored);
  head.chain = chain_;
  const Bytes bytes = encode_head(head);
  // In one call: what ends the process leaves all of the frame or none of it, as a rule.
  frame_ = bytes;
  frame_.insert(frame_.end(), stored.begin(), stored.end());
  if (in_order_ && file_.unsynced() != 0) file_.sync();
  file_.append(frame_);
  offset_ += bytes.size() + stored.size();
  chain_ = link(chain_, bytes, stored);
  entries_.push_back(entry_of(head));
}

void FrameWriter::add_index_and_seal(Bytes seal, const FrameSpan& span) {
  const Bytes index = encode_index(entries_);
  std::uint64_t index_offset = 0;
  if (index.size() <= frame_bytes_max) {
    index_offset = offset_;
    add(FrameType::index, false, index, {.count = entries_.size()});
  }
  Encoder out(seal);
  out(index_offset, offset_);
  add(FrameType::seal, true, seal, span);
}

FrameEntry entry_of(const FrameHead& head) {
  return {.type = head.type,
          .critical = head.critical,
          .offset = head.offset,
          .stored_bytes = head.stored_bytes,
          .raw_bytes = head.raw_bytes,
          .span = head.span};
}

Bytes encode_index(std::span<const FrameEntry> entries) {
  Bytes bytes;
  Encoder out(bytes);
  for (const FrameEntry& entry : entries) {
    out(entry.type, entry.critical, entry.stored_bytes, entry.raw_bytes, entry.span.count,
        entry.span.first_step, entry.span.last_step, entry.span.first_at.time_since_epoch().count(),
        entry.span.last_at.time_since_epoch().count());
  }
  return bytes;
}

std::vector<FrameEntry> decode_index(std::span<const std::byte> bytes) {
  std::vector<FrameEntry> entries;
  Decoder in(bytes);
  std::uint64_t offset = 0;
  while (in.remaining() != 0) {
    FrameEntry entry;
    entry.offset = offset;
    std::uint16_t type = 0;
    std::int64_t first_at = 0;
    std::int64_t last_at = 0;
    in(type, entry.critical, entry.stored_bytes, entry.raw_bytes, entry.span.count,
       entry.span.first_step, entry.span.last_step, first_at, last_at);
    if (entry.stored_bytes > frame_bytes_max) throw DecodeError("an index names a frame too large");
    entry.type = static_cast<FrameType>(type);
    entry.span.first_at = Time(Duration(first_at));
    entry.span.last_at = Time(Duration(last_at));
    offset = entry.end();
    entries.push_back(entry);
  }
  return entries;
}

bool is_journal(const std::filesystem::path& path) {
  std::error_code unknown;
  if (!std::filesystem::is_regular_file(path, unknown)) return false;
  std::array<std::byte, magic.size()> bytes{};
  try {
    if (InputFile(path).read(0, bytes) != bytes.size()) return false;
  } catch (const FileError&) {
    return false;
  }
  return std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

std::optional<FrameHead> head_at(const InputFile& file, std::uint64_t offset) {
  Bytes bytes(FrameHead::bytes);
  bytes.resize(file.read(offset, bytes));
  const std::optional<FrameHead> head = decode_head(bytes);
  return head && head->offset == offset ? head : std::nullopt;
}

std::optional<std::string> FrameReader::check() {
  stored_ = {};
  const auto head = passage_.at(offset_, FrameHead::bytes);
  raw_head_.assign(head.begin(), head.end());
  if (raw_head_.size() < FrameHead::bytes) return "the file ends in the middle of a frame's head";
  const std::optional<FrameHead> found = decode_head(raw_head_);
  if (!found) return "there is no frame's head";
  if (found->offset != offset_) return "a frame stands where it does not belong";
  if (salt_ && found->salt != *salt_) return "a frame of another journal";
  if (chain_check_ == ChainCheck::every && found->chain != chain_) {
    return "a frame does not follow the one before";
  }
  if (auto wrong = wrong_lengths(*found, file_)) return wrong;
  stored_ = passage_.at(offset_ + FrameHead::bytes, found->stored_bytes);
  if (stored_.size() != found->stored_bytes) {
    return "the file ends in the middle of a frame";
  }
  if (digest_of(stored_) != found->body) return "a frame's body is not what its head says";
  head_ = *found;
  return std::nullopt;
}

std::optional<FrameHead> FrameReader::next() {
  if (broken_ || offset_ == file_.size()) return std::nullopt;
  if (const auto reason = check()) {
    stop_at(*reason);
    return std::nullopt;
  }
  salt_ = head_.salt;
  if (chain_check_ == ChainCheck::every) chain_ = link(chain_, raw_head_, stored_);
  offset_ += FrameHead::bytes + stored_.size();
  return head_;
}

std::optional<FrameHead> FrameReader::at(std::uint64_t offset) {
  REPRISE_ASSERT(chain_check_ == ChainCheck::none);
  offset_ = offset;
  broken_.reset();
  return next();
}

Sha256 FrameReader::chain() const {
  if (chain_check_ == ChainCheck::every) return chain_;
  return link(head_.chain, raw_head_, stored_);
}

void FrameReader::stop_at(const std::string& reason) {
  broken_ = FrameBreak{.offset = offset_, .reason = reason, .next = std::nullopt};
  if (salt_) broken_->next = find_head(file_, behind(file_, offset_, *salt_), *salt_);
}

Bytes FrameReader::body() const {
  return decode_body({file_.path().string(), head_.offset}, head_, stored_);
}

}  // namespace reprise
