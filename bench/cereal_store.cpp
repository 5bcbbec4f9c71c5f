#include <zstd.h>

#include <cereal/archives/binary.hpp>
#include <cereal/types/vector.hpp>
#include <istream>
#include <ostream>
#include <stdexcept>
#include <streambuf>

#include "bench/event_store.hpp"
#include "replay/file.hpp"

namespace reprise::bench {

namespace {

constexpr std::size_t buffer_bytes = std::size_t{256} << 10;
constexpr int level = 1;

struct Row {
  Step step = 0;
  std::int64_t at = 0;
  std::uint64_t seq = 0;
  std::uint32_t hop = 0;
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  std::uint16_t kind = 0;
  Step cause = 0;
  std::vector<std::uint8_t> payload;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(step, at, seq, hop, from, to, kind, cause, payload);
  }
};

/// A stream of bytes that is one zstd stream in a file.
class Compressing : public std::streambuf {
 public:
  explicit Compressing(OutputFile& out) : out_(out), raw_(buffer_bytes), packed_(buffer_bytes) {
    ZSTD_CCtx_setParameter(zstd_, ZSTD_c_compressionLevel, level);
    setp(raw_.data(), raw_.data() + raw_.size());
  }
  ~Compressing() override { ZSTD_freeCCtx(zstd_); }

  void finish() { flush(ZSTD_e_end); }

 protected:
  int_type overflow(int_type next) override {
    flush(ZSTD_e_continue);
    return sputc(traits_type::to_char_type(next));
  }

 private:
  void flush(ZSTD_EndDirective directive) {
    ZSTD_inBuffer from{pbase(), static_cast<std::size_t>(pptr() - pbase()), 0};
    std::size_t left = 0;
    do {
      ZSTD_outBuffer to{packed_.data(), packed_.size(), 0};
      left = ZSTD_compressStream2(zstd_, &to, &from, directive);
      out_.append(std::as_bytes(std::span(packed_).first(to.pos)));
    } while (directive == ZSTD_e_end ? left != 0 : from.pos != from.size);
    setp(raw_.data(), raw_.data() + raw_.size());
  }

  OutputFile& out_;
  ZSTD_CCtx* zstd_ = ZSTD_createCCtx();
  std::vector<char> raw_;
  std::vector<char> packed_;
};

class Decompressing : public std::streambuf {
 public:
  explicit Decompressing(const InputFile& in)
      : in_(in), raw_(buffer_bytes), packed_(buffer_bytes) {}
  ~Decompressing() override { ZSTD_freeDCtx(zstd_); }

 protected:
  int_type underflow() override {
    ZSTD_outBuffer to{raw_.data(), raw_.size(), 0};
    while (to.pos == 0) {
      if (from_.pos == from_.size) {
        const auto bytes = std::as_writable_bytes(std::span(packed_));
        from_ = {packed_.data(), in_.read(offset_, bytes), 0};
        offset_ += from_.size;
        if (from_.size == 0) return traits_type::eof();
      }
      if (ZSTD_isError(ZSTD_decompressStream(zstd_, &to, &from_))) {
        throw std::runtime_error("a stream does not decompress");
      }
    }
    setg(raw_.data(), raw_.data(), raw_.data() + to.pos);
    return traits_type::to_int_type(raw_[0]);
  }

 private:
  const InputFile& in_;
  ZSTD_DCtx* zstd_ = ZSTD_createDCtx();
  ZSTD_inBuffer from_{};
  std::uint64_t offset_ = 0;
  std::vector<char> raw_;
  std::vector<char> packed_;
};

class CerealStore : public EventStore {
 public:
  explicit CerealStore(const std::filesystem::path& path)
      : path_(path), file_(path, true), buffer_(file_), stream_(&buffer_), archive_(stream_) {}

  void append(std::span<const KeptEvent> events) override {
    for (const KeptEvent& event : events) {
      payload_.clear();
      append_payload(event.payload, payload_);
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(payload_.data());
      row_.step = event.step;
      row_.at = event.key.at.time_since_epoch().count();
      row_.seq = event.key.seq;
      row_.hop = event.key.hop;
      row_.from = number(event.key.from);
      row_.to = number(event.to);
      row_.kind = event_kind_index(event.payload.type());
      row_.cause = event.cause.value_or(0);
      row_.payload.assign(bytes, bytes + payload_.size());
      archive_(row_);
      ++count_;
    }
  }

  void finish() override {
    buffer_.finish();
    file_.close();
  }

  void read(ReadSum& sum) override {
    const InputFile in(path_);
    Decompressing buffer(in);
    std::istream stream(&buffer);
    cereal::BinaryInputArchive archive(stream);
    Row row;
    for (std::uint64_t i = 0; i < count_; ++i) {
      archive(row);
      sum.add({.step = row.step,
               .key = {.at = Time(Duration(row.at)),
                       .hop = row.hop,
                       .from = AgentId{row.from},
                       .seq = row.seq},
               .to = AgentId{row.to},
               .kind = event_kinds()[row.kind]->id,
               .cause = row.cause,
               .payload = std::as_bytes(std::span(row.payload))});
    }
  }

  bool read_from(Step, std::uint64_t, ReadSum&) override { return false; }

 private:
  std::filesystem::path path_;
  OutputFile file_;
  Compressing buffer_;
  std::ostream stream_;
  cereal::BinaryOutputArchive archive_;
  Row row_;
  Bytes payload_;
  std::uint64_t count_ = 0;
};

}  // namespace

std::unique_ptr<EventStore> cereal_store(const std::filesystem::path& path) {
  return std::make_unique<CerealStore>(path);
}

}  // namespace reprise::bench
