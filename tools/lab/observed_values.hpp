#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace reprise {

/// The value of a key as far as its observers can tell it from others: a prefix of something that
/// one of them saw. All other values are one, `lost`, since nothing that is appended to them will
/// ever be seen.
struct ObservableValue {
  std::uint32_t begin = 0;  ///< The observed texts with this prefix, in their order.
  std::uint32_t end = 0;
  std::size_t length = lost_length;

  static constexpr std::size_t lost_length = std::numeric_limits<std::size_t>::max();

  bool lost() const { return length == lost_length; }
  friend bool operator==(const ObservableValue&, const ObservableValue&) = default;
};

/// The texts that observers of one key saw or expected, sorted.
class ObservedValues {
 public:
  explicit ObservedValues(std::vector<std::string> texts);

  /// The index of a text that is among them.
  std::uint32_t index_of(std::string_view text) const;

  /// `value` with `text` appended.
  ObservableValue extended(const ObservableValue& value, std::string_view text) const;

  /// `text` alone.
  ObservableValue whole(std::string_view text) const;

  bool is(const ObservableValue& value, std::uint32_t index) const {
    return begins(value, index) && value.length == texts_[index].size();
  }

  /// Whether the observed text begins with `value`.
  bool begins(const ObservableValue& value, std::uint32_t index) const {
    return !value.lost() && value.begin <= index && index < value.end;
  }

 private:
  std::vector<std::string> texts_;
};

}  // namespace reprise
