#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace reprise {

/// A place where text is not UTF-8.
struct Utf8Fault {
  std::size_t offset = 0;
  std::string reason;  ///< "not UTF-8: an overlong sequence (0xC0)"
};

/// The first place where `text` is not UTF-8 (RFC 3629).
std::optional<Utf8Fault> find_utf8_fault(std::string_view text);

}  // namespace reprise
