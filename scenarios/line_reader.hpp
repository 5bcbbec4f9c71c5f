#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reprise {

/// The lines of a UTF-8 text file, one after the other, in memory that does not grow with the file.
/// The file may be plain, gzip (of several members) or zstd (of several frames): its first bytes
/// tell, its name does not.
///
/// Whatever is wrong is an InputError that names the place and the remedy. A compressed file that
/// was cut short gives the whole lines before the cut and then throws: it is never taken for a
/// shorter one.
class LineReader {
 public:
  /// The longest line, in bytes without its end.
  static constexpr std::size_t line_bytes_max = std::size_t{64} << 20;

  struct Line {
    std::string_view text;     ///< Without "\n" or "\r\n"; valid until the next call of next().
    std::uint64_t number = 0;  ///< Counted from 1.
  };

  /// Opens `file`, which messages name as it is given here.
  explicit LineReader(std::string file);
  ~LineReader();
  LineReader(LineReader&&) noexcept;
  LineReader& operator=(LineReader&&) noexcept;

  /// The next line, or nothing at the end. A last line needs no newline; a byte order mark at the
  /// start of the file belongs to no line.
  std::optional<Line> next();

  /// "file:line" of the line last given; "file" before the first.
  std::string place() const;

  /// How many bytes of the file, as it lies on disk, have been read.
  std::uint64_t bytes_read() const;

 private:
  class Source;

  void skip_byte_order_mark();
  bool fill();
  Line take(std::size_t end, std::size_t next_begin);
  std::string next_place() const;

  std::string file_;
  std::unique_ptr<Source> source_;
  std::vector<char> buffer_;  ///< What is read and not yet given lies in [begin_, end_).
  std::size_t begin_ = 0;
  std::size_t scanned_ = 0;  ///< There is no newline in [begin_, scanned_).
  std::size_t end_ = 0;
  std::uint64_t number_ = 0;
  bool started_ = false;
};

}  // namespace reprise
