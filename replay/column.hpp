#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/codec.hpp"

namespace reprise {

/// From what a number of a column is told apart: only the difference is kept.
enum class Prediction : std::uint8_t {
  none = 0,      ///< From 0.
  previous = 1,  ///< From the number before it in the column.
  sender = 2,    ///< From the number before it of the same sender.
  self = 3       ///< From the sender's own number.
};

/// Where the numbers of a column come from.
struct Senders {
  std::span<const std::uint32_t> of;  ///< The sender of each number, from 0; none where unknown.
  std::size_t count = 0;              ///< How many senders there are; all of `of` are below.
  std::span<const std::uint32_t> numbers{};  ///< Their own numbers; where empty their places.

  std::uint64_t number_of(std::size_t index) const {
    return numbers.empty() ? of[index] : numbers[of[index]];
  }
};

/// What the bytes of a plane are like. Planes of one kind are compressed together: a compressor
/// that counts how often each byte occurs does better on what is alike.
enum class PlaneSort : std::uint8_t {
  quiet = 0,  ///< Few different bytes. How the columns are written stands here, too.
  busy = 1,   ///< Many.
  noise = 2   ///< As if drawn at random: no compressor makes it smaller.
};
inline constexpr std::size_t plane_sorts = 3;

/// Columns on their way into a file, and columns that are read: by the sort of their planes.
using ColumnBytes = std::array<Bytes, plane_sorts>;
using ColumnDecoder = std::array<Decoder, plane_sorts>;

/// Writes and reads columns of numbers: differences, folded to be small, in planes of bytes.
/// Keeps its memory from one column to the next.
class ColumnCodec {
 public:
  /// Appends `values`, each of `width` bytes (1 to 8), to `out`. Without a prediction, the one that
  /// does best on the last few dozen is taken.
  void write(std::span<const std::uint64_t> values, unsigned width, const Senders& senders,
             std::optional<Prediction> prediction, ColumnBytes& out);

  /// Fills `values` with a column of numbers of `width` bytes. Throws DecodeError.
  void read(ColumnDecoder& in, unsigned width, const Senders& senders,
            std::span<std::uint64_t> values);

 private:
  Prediction best(std::span<const std::uint64_t> values, unsigned width, const Senders& senders);

  /// Fills folded_ with the differences; true if one is negative.
  bool subtract(std::span<const std::uint64_t> values, unsigned width, const Senders& senders,
                Prediction prediction);

  /// Undoes subtract(); `before` is the number that the first one was told apart from.
  void add_back(std::span<std::uint64_t> values, unsigned width, const Senders& senders,
                Prediction prediction, std::uint64_t before);

  /// Sets what is known of each sender of the column to `value`.
  void forget_senders(const Senders& senders, std::uint64_t value);

  std::vector<std::uint64_t> folded_;
  bool negative_ = false;            // one of them, as best() leaves it
  std::vector<std::uint64_t> last_;  // by sender
};

}  // namespace reprise
