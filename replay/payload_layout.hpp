#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/type.hpp"

namespace reprise {

/// How the canonical bytes of a kind's messages are cut into columns: its leading fields of fixed
/// width, one after another, and whether bytes of varying length may follow.
struct PayloadLayout {
  static constexpr std::size_t fields_max = 32;

  std::vector<std::uint8_t> widths;  ///< Of the leading fields: 1, 2, 4 or 8 bytes each.
  bool open = false;                 ///< Bytes follow them, as many as there are.

  std::size_t fixed_bytes() const;

  friend bool operator==(const PayloadLayout&, const PayloadLayout&) = default;
};

/// The layout of messages with these fields.
PayloadLayout payload_layout(const Type& fields);

/// The same for fields as describe() writes them and the schema of a journal holds them. Text that
/// describes nothing known gives bytes of varying length.
PayloadLayout payload_layout(std::string_view fields);

}  // namespace reprise
