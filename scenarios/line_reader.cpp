#include "scenarios/line_reader.hpp"

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <new>
#include <span>
#include <system_error>
#include <utility>

#include "scenarios/input_error.hpp"
#include "scenarios/utf8.hpp"

namespace reprise {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{256} << 10;
// A line of the longest length, its "\r\n" included.
constexpr std::size_t buffer_bytes_max = LineReader::line_bytes_max + 2;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view gzip_magic = "\x1F\x8B";
constexpr std::string_view zstd_magic = "\x28\xB5\x2F\xFD";
constexpr std::string_view get_again = "copy or download the file again";

/// What is wrong with a file's bytes, from below the lines: the reader adds the place.
struct Broken {
  std::string reason;
  std::string remedy;
};

std::string system_message(int error) {
  return std::generic_category().message(error);
}

Broken cut_short(std::string_view format) {
  return {"the " + std::string(format) + " data ends too early", std::string(get_again)};
}

Broken damaged(std::string_view format, std::string_view detail) {
  return {"the " + std::string(format) + " data is damaged (" + std::string(detail) + ")",
          std::string(get_again)};
}

Broken followed(std::string_view format) {
  return {"something else follows the " + std::string(format) + " data",
          "remove what was appended, or " + std::string(get_again)};
}

/// A file as it lies on disk, and a chunk of it.
class RawFile {
 public:
  explicit RawFile(const std::string& name) : file_(std::fopen(name.c_str(), "rb")) {
    if (!file_) throw Broken{"cannot open: " + system_message(errno), "check its name and rights"};
    std::setvbuf(file_.get(), nullptr, _IONBF, 0);
  }

  /// Up to `out.size()` bytes; fewer only at the end.
  std::size_t read(std::span<char> out) {
    const std::size_t got = std::fread(out.data(), 1, out.size(), file_.get());
    if (got < out.size() && std::ferror(file_.get()) != 0) {
      throw Broken{"cannot read: " + system_message(errno), "check the file and its disk"};
    }
    bytes_read_ += got;
    return got;
  }

  std::uint64_t bytes_read() const { return bytes_read_; }

  /// The bytes of the current chunk that nobody has taken yet.
  std::string_view rest() const { return rest_; }
  void take(std::size_t count) { rest_.remove_prefix(count); }

  /// Reads the next chunk when the current one is used up; false at the end.
  bool refill() {
    if (!rest_.empty()) return true;
    rest_ = {chunk_.data(), read(chunk_)};
    return !rest_.empty();
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
  std::vector<char> chunk_ = std::vector<char>(chunk_bytes);
  std::string_view rest_;
  std::uint64_t bytes_read_ = 0;
};

bool is_gzip(std::string_view head) {
  return head.starts_with(gzip_magic);
}

/// A skippable frame (magic 0x184D2A50 to ...5F, little-endian) may come first too.
bool is_zstd(std::string_view head) {
  if (head.starts_with(zstd_magic)) return true;
  return head.size() >= 4 && (head[0] & '\xF0') == '\x50' && head.substr(1, 3) == "\x2A\x4D\x18";
}

/// Whether `head`, the whole of a file, is what was left of a compressed one cut within its magic
/// number. What could be text as well (nothing, or a lone parenthesis) is so only by the file's
/// name.
bool is_cut_in_magic(std::string_view head, std::string_view name) {
  if (!gzip_magic.starts_with(head) && !zstd_magic.starts_with(head)) return false;
  const bool could_be_text = head.empty() || head == "(";
  return !could_be_text || name.ends_with(".gz") || name.ends_with(".zst");
}

}  // namespace

/// The text bytes of a file, decompressed.
class LineReader::Source {
 public:
  virtual ~Source() = default;

  /// At least one and at most `out.size()` bytes; 0 at the end, which has been checked to be the
  /// end.
  virtual std::size_t read(std::span<char> out) = 0;

  /// How many bytes of the file have been read for it.
  virtual std::uint64_t bytes_read() const = 0;

  static std::unique_ptr<Source> open(const std::string& name);

 private:
  class Plain;
  class Gzip;
  class Zstd;
};

class LineReader::Source::Plain final : public Source {
 public:
  explicit Plain(RawFile file) : file_(std::move(file)) {}

  std::uint64_t bytes_read() const override { return file_.bytes_read(); }

  std::size_t read(std::span<char> out) override {
    const std::string_view rest = file_.rest();
    if (rest.empty()) return file_.read(out);
    const std::size_t count = std::min(rest.size(), out.size());
    std::memcpy(out.data(), rest.data(), count);
    file_.take(count);
    return count;
  }

 private:
  RawFile file_;
};

class LineReader::Source::Gzip final : public Source {
 public:
  explicit Gzip(RawFile file) : file_(std::move(file)) {
    // 16 asks for the gzip wrapper, whose length and CRC inflate() then checks.
    if (inflateInit2(&stream_, 16 + MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  ~Gzip() override { inflateEnd(&stream_); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  std::uint64_t bytes_read() const override { return file_.bytes_read(); }

  std::size_t read(std::span<char> out) override {
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    while (stream_.avail_out == out.size()) {
      const bool more = file_.refill();
      if (between_members_) {
        if (!more) return 0;
        if (file_.rest().front() != gzip_magic.front()) throw followed("gzip");
        inflateReset(&stream_);
        between_members_ = false;
      }
      step(more);
    }
    return out.size() - stream_.avail_out;
  }

 private:
  void step(bool more) {
    const std::string_view input = file_.rest();
    // zlib's input pointer lacks a const it keeps.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    stream_.avail_in = static_cast<uInt>(input.size());
    const uInt room = stream_.avail_out;
    const int result = inflate(&stream_, Z_NO_FLUSH);
    file_.take(input.size() - stream_.avail_in);
    if (result == Z_STREAM_END) {
      between_members_ = true;
      return;
    }
    if (result == Z_MEM_ERROR) throw std::bad_alloc();
    // What came out before the damage is given first: inflate() will report the damage again.
    if (stream_.avail_out < room) return;
    if (result == Z_BUF_ERROR && !more) throw cut_short("gzip");
    if (result != Z_OK && result != Z_BUF_ERROR) {
      throw damaged("gzip", stream_.msg ? stream_.msg : "no deflate stream");
    }
  }

  RawFile file_;
  z_stream stream_{};
  bool between_members_ = false;
};

class LineReader::Source::Zstd final : public Source {
 public:
  explicit Zstd(RawFile file) : file_(std::move(file)), stream_(ZSTD_createDStream()) {
    if (!stream_) throw std::bad_alloc();
  }

  std::uint64_t bytes_read() const override { return file_.bytes_read(); }

  std::size_t read(std::span<char> out) override {
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    while (output.pos == 0) {
      const bool more = file_.refill();
      if (between_frames_) {
        if (!more) return 0;
        const char first = file_.rest().front();
        if (first != zstd_magic.front() && (first & '\xF0') != '\x50') throw followed("zstd");
        between_frames_ = false;
      }
      step(output, more);
    }
    return output.pos;
  }

 private:
  void step(ZSTD_outBuffer& output, bool more) {
    ZSTD_inBuffer input{file_.rest().data(), file_.rest().size(), 0};
    const std::size_t result = ZSTD_decompressStream(stream_.get(), &output, &input);
    file_.take(input.pos);
    if (ZSTD_isError(result) != 0) throw refusal(result);
    between_frames_ = result == 0;
    if (!between_frames_ && !more && output.pos == 0) throw cut_short("zstd");
  }

  static Broken refusal(std::size_t result) {
    const ZSTD_ErrorCode code = ZSTD_getErrorCode(result);
    if (code == ZSTD_error_memory_allocation) throw std::bad_alloc();
    if (code == ZSTD_error_frameParameter_windowTooLarge) {
      return {"the zstd data needs a window of more than 128 MiB",
              "compress the file again without --long"};
    }
    return damaged("zstd", ZSTD_getErrorName(result));
  }

  struct Free {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };
  RawFile file_;
  std::unique_ptr<ZSTD_DStream, Free> stream_;
  bool between_frames_ = false;
};

std::unique_ptr<LineReader::Source> LineReader::Source::open(const std::string& name) {
  std::error_code ignored;
  if (std::filesystem::is_directory(name, ignored)) {
    throw Broken{"is a directory", "name a file in it"};
  }
  RawFile file(name);
  file.refill();
  const std::string_view head = file.rest();
  if (is_gzip(head)) return std::make_unique<Gzip>(std::move(file));
  if (is_zstd(head)) return std::make_unique<Zstd>(std::move(file));
  if (is_cut_in_magic(head, name)) throw cut_short("compressed");
  return std::make_unique<Plain>(std::move(file));
}

LineReader::LineReader(std::string file) : file_(std::move(file)), buffer_(chunk_bytes) {
  try {
    source_ = Source::open(file_);
  } catch (const Broken& broken) {
    throw InputError(file_, broken.reason, broken.remedy);
  }
}

LineReader::~LineReader() = default;
LineReader::LineReader(LineReader&&) noexcept = default;
LineReader& LineReader::operator=(LineReader&&) noexcept = default;

std::optional<LineReader::Line> LineReader::next() {
  if (!started_) skip_byte_order_mark();
  for (;;) {
    const char* data = buffer_.data();
    if (const void* found = std::memchr(data + scanned_, '\n', end_ - scanned_)) {
      const auto newline = static_cast<std::size_t>(static_cast<const char*>(found) - data);
      return take(newline, newline + 1);
    }
    scanned_ = end_;
    if (fill()) continue;
    if (begin_ == end_) return std::nullopt;
    return take(end_, end_);
  }
}

std::string LineReader::place() const {
  return number_ == 0 ? file_ : file_ + ":" + std::to_string(number_);
}

std::uint64_t LineReader::bytes_read() const {
  return source_->bytes_read();
}

void LineReader::skip_byte_order_mark() {
  while (end_ < byte_order_mark.size() && fill()) continue;
  started_ = true;
  if (!std::string_view(buffer_.data(), end_).starts_with(byte_order_mark)) return;
  begin_ = byte_order_mark.size();
  scanned_ = begin_;
}

/// Reads more behind what is kept; false at the end of the file. Only a part of a line is ever
/// moved.
bool LineReader::fill() {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  scanned_ -= begin_;
  end_ -= begin_;
  begin_ = 0;
  if (end_ == buffer_bytes_max) {
    throw InputError(next_place(), "the line is longer than 64 MiB",
                     "check that the file is text with a record a line");
  }
  if (end_ == buffer_.size()) buffer_.resize(std::min(2 * end_, buffer_bytes_max));
  try {
    const std::size_t got = source_->read(std::span(buffer_).subspan(end_));
    end_ += got;
    return got > 0;
  } catch (const Broken& broken) {
    throw InputError(next_place(), broken.reason, broken.remedy);
  }
}

/// Gives [begin_, end) as a line; the line after it begins at `next_begin`.
LineReader::Line LineReader::take(std::size_t end, std::size_t next_begin) {
  std::string_view text(buffer_.data() + begin_, end - begin_);
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (text.size() > line_bytes_max) {
    throw InputError(next_place(), "the line is longer than 64 MiB",
                     "check that the file is text with a record a line");
  }
  if (const auto fault = find_utf8_fault(text)) {
    throw InputError(next_place() + ":" + std::to_string(fault->offset + 1), fault->reason,
                     "save the file as UTF-8");
  }
  begin_ = next_begin;
  scanned_ = next_begin;
  ++number_;
  return {text, number_};
}

std::string LineReader::next_place() const {
  return file_ + ":" + std::to_string(number_ + 1);
}

}  // namespace reprise
