#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "replay/compression.hpp"

namespace reprise {

/// From what a number of a column is told apart: only the difference is kept.
enum class Prediction : std::uint8_t {
  none = 0,      ///< From 0.
  previous = 1,  ///< From the number before it in the column.
  sender = 2     ///< From the number before it of the same sender.
};

/// Where the numbers of a column come from.
struct Senders {
  std::span<const std::uint32_t> of;  ///< The sender of each number, from 0; none where unknown.
  std::size_t count = 0;              ///< How many senders there are; all of `of` are below.
};

/// Writes and reads columns of numbers: differences, folded to be small, in planes of bytes.
/// Keeps its memory from one column to the next.
class ColumnCodec {
 public:
  /// Appends `values`, each of `width` bytes (1 to 8), to `out`. Without a prediction, the one that
  /// does best on the first few hundred is taken.
  void write(std::span<const std::uint64_t> values, unsigned width, const Senders& senders,
             std::optional<Prediction> prediction, Segments& out);

  /// Fills `values` with a column of numbers of `width` bytes. Throws DecodeError.
  void read(Decoder& in, unsigned width, const Senders& senders, std::span<std::uint64_t> values);

 private:
  Prediction best(std::span<const std::uint64_t> values, unsigned width, const Senders& senders);

  /// Fills folded_ with the differences; true if one is negative.
  bool subtract(std::span<const std::uint64_t> values, unsigned width, const Senders& senders,
                Prediction prediction);

  std::vector<std::uint64_t> folded_;
  std::vector<std::uint64_t> last_;  // by sender
};

}  // namespace reprise
