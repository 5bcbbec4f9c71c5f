#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace reprise {

/// Lines as they come from a pipe, a terminal or a file.
class LineInput {
 public:
  /// The longest line, in bytes without its end; of a longer one the rest is passed over.
  static constexpr std::size_t line_bytes_max = std::size_t{1} << 20;

  enum class Got : std::uint8_t {
    line,
    too_long,  ///< A line of more than line_bytes_max.
    nothing,   ///< None within the time, or a signal came.
    end
  };

  /// Reads from `descriptor`, which stays open.
  explicit LineInput(int descriptor) : descriptor_(descriptor) {}

  /// Waits for the next line, so long at most. What follows the last "\n" is a line, too. Throws
  /// FileError.
  Got next(std::chrono::nanoseconds patience);

  /// The line that next() found, without "\n" or "\r\n"; valid until the next call.
  std::string_view line() const { return line_; }

  std::uint64_t number() const { return number_; }  ///< Of that line, from 1.

 private:
  bool take_line();
  void give(std::size_t end);
  bool wait(std::chrono::nanoseconds patience) const;

  int descriptor_;
  std::string buffer_;
  std::size_t taken_ = 0;    // bytes of buffer_ that were lines
  std::size_t scanned_ = 0;  // bytes of buffer_ that have no "\n" after taken_
  bool passing_over_ = false;
  bool too_long_ = false;
  bool ended_ = false;
  std::string_view line_;
  std::uint64_t number_ = 0;
};

}  // namespace reprise
