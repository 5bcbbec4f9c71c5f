#include "tools/lab/observed_values.hpp"

#include <algorithm>
#include <utility>

namespace reprise {

ObservedValues::ObservedValues(std::vector<std::string> texts) : texts_(std::move(texts)) {
  std::ranges::sort(texts_);
  const auto rest = std::ranges::unique(texts_);
  texts_.erase(rest.begin(), rest.end());
}

std::uint32_t ObservedValues::index_of(std::string_view text) const {
  return static_cast<std::uint32_t>(std::ranges::lower_bound(texts_, text) - texts_.begin());
}

ObservableValue ObservedValues::extended(const ObservableValue& value,
                                         std::string_view text) const {
  if (value.lost() || text.empty()) return value;
  const auto first = texts_.begin() + value.begin;
  const auto last = texts_.begin() + value.end;
  const auto part = [&](const std::string& observed) {
    return std::string_view(observed).substr(value.length, text.size());
  };
  const auto [begin, end] = std::ranges::equal_range(first, last, text, {}, part);
  if (begin == end) return {};
  return {static_cast<std::uint32_t>(begin - texts_.begin()),
          static_cast<std::uint32_t>(end - texts_.begin()), value.length + text.size()};
}

ObservableValue ObservedValues::whole(std::string_view text) const {
  return extended({0, static_cast<std::uint32_t>(texts_.size()), 0}, text);
}

}  // namespace reprise
