#include <zstd.h>

#include <algorithm>
#include <stdexcept>

#include "bench/event_store.hpp"
#include "replay/file.hpp"

namespace reprise::bench {

namespace {

constexpr std::size_t chunk_bytes = std::size_t{256} << 10;
constexpr int level = 1;

/// What stands before each payload.
#pragma pack(push, 1)
struct RowHead {
  std::int64_t at;
  std::uint64_t seq;
  Step cause;  // 0: none
  std::uint32_t hop;
  std::uint32_t from;
  std::uint32_t to;
  std::uint16_t kind;
  std::uint16_t payload_bytes;
};
#pragma pack(pop)

struct Chunk {
  std::uint64_t offset = 0;
  std::uint64_t stored = 0;
  std::uint64_t raw = 0;
  Step first_step = 0;
  Digest digest;
};

class RowsStore : public EventStore {
 public:
  explicit RowsStore(const std::filesystem::path& path)
      : path_(path), out_(std::make_unique<OutputFile>(path, true)) {}
  ~RowsStore() override {
    ZSTD_freeCCtx(compressor_);
    ZSTD_freeDCtx(decompressor_);
  }

  void append(std::span<const KeptEvent> events) override {
    for (const KeptEvent& event : events) {
      if (rows_.empty()) first_step_ = event.step;
      const std::size_t before = rows_.size();
      rows_.resize(before + sizeof(RowHead));
      append_payload(event.payload, rows_);
      const RowHead head{
          .at = event.key.at.time_since_epoch().count(),
          .seq = event.key.seq,
          .cause = event.cause.value_or(0),
          .hop = event.key.hop,
          .from = number(event.key.from),
          .to = number(event.to),
          .kind = event_kind_index(event.payload.type()),
          .payload_bytes = static_cast<std::uint16_t>(rows_.size() - before - sizeof(RowHead))};
      std::memcpy(rows_.data() + before, &head, sizeof head);
      if (rows_.size() >= chunk_bytes) flush();
    }
  }

  void finish() override {
    flush();
    out_->close();
    in_ = std::make_unique<InputFile>(path_);
  }

  void read(ReadSum& sum) override {
    for (const Chunk& chunk : chunks_) {
      load(chunk);
      read_rows(chunk, 0, ~std::uint64_t{0}, sum);
    }
  }

  bool read_from(Step step, std::uint64_t count, ReadSum& sum) override {
    auto chunk = std::ranges::upper_bound(chunks_, step, {}, &Chunk::first_step) - 1;
    for (; count != 0; ++chunk) {
      if (chunk->offset != loaded_) load(*chunk);
      count -= read_rows(*chunk, step, count, sum);
    }
    return true;
  }

 private:
  void flush() {
    if (rows_.empty()) return;
    packed_.resize(ZSTD_compressBound(rows_.size()));
    const std::size_t size = ZSTD_compressCCtx(compressor_, packed_.data(), packed_.size(),
                                               rows_.data(), rows_.size(), level);
    const auto stored = std::span<const std::byte>(packed_).first(size);
    chunks_.push_back({offset_, size, rows_.size(), first_step_, digest_of(stored)});
    const Bytes head = [&] {
      Bytes bytes;
      Encoder encoder(bytes);
      const Chunk& chunk = chunks_.back();
      encoder(chunk.stored, chunk.raw, chunk.first_step, chunk.digest.high, chunk.digest.low);
      return bytes;
    }();
    out_->append(head);
    out_->append(stored);
    chunks_.back().offset += head.size();
    offset_ += head.size() + size;
    rows_.clear();
  }

  void load(const Chunk& chunk) {
    packed_.resize(chunk.stored);
    in_->read(chunk.offset, packed_);
    if (digest_of(packed_) != chunk.digest) throw std::runtime_error("a chunk is damaged");
    rows_.resize(chunk.raw);
    const std::size_t size = ZSTD_decompressDCtx(decompressor_, rows_.data(), rows_.size(),
                                                 packed_.data(), packed_.size());
    if (size != rows_.size()) throw std::runtime_error("a chunk does not decompress");
    loaded_ = chunk.offset;
  }

  /// At most `count` rows of the chunk that is loaded, from `step` on; how many there were.
  std::uint64_t read_rows(const Chunk& chunk, Step step, std::uint64_t count, ReadSum& sum) const {
    const std::span<const std::byte> rows = rows_;
    std::uint64_t done = 0;
    Step at = chunk.first_step;
    for (std::size_t place = 0; place < rows.size() && done < count; ++at) {
      RowHead head;
      if (rows.size() - place < sizeof head) throw std::runtime_error("a row is cut off");
      std::memcpy(&head, rows.data() + place, sizeof head);
      place += sizeof head;
      if (rows.size() - place < head.payload_bytes) throw std::runtime_error("a row is cut off");
      const auto payload = rows.subspan(place, head.payload_bytes);
      place += head.payload_bytes;
      if (at < step) continue;
      ++done;
      sum.add({.step = at,
               .key = {.at = Time(Duration(head.at)),
                       .hop = head.hop,
                       .from = AgentId{head.from},
                       .seq = head.seq},
               .to = AgentId{head.to},
               .kind = event_kinds()[head.kind]->id,
               .cause = head.cause,
               .payload = payload});
    }
    return done;
  }

  std::filesystem::path path_;
  std::unique_ptr<OutputFile> out_;
  std::unique_ptr<InputFile> in_;
  ZSTD_CCtx* compressor_ = ZSTD_createCCtx();
  ZSTD_DCtx* decompressor_ = ZSTD_createDCtx();
  Bytes rows_;
  Bytes packed_;
  Step first_step_ = 0;
  std::uint64_t offset_ = 0;
  std::uint64_t loaded_ = 0;
  std::vector<Chunk> chunks_;
};

}  // namespace

std::unique_ptr<EventStore> rows_store(const std::filesystem::path& path) {
  return std::make_unique<RowsStore>(path);
}

}  // namespace reprise::bench
