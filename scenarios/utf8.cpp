#include "scenarios/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace reprise {

namespace {

/// The first offset at or after `from` that is not ASCII, found eight bytes at a time.
std::size_t skip_ascii(std::string_view text, std::size_t from) {
  constexpr std::uint64_t high_bits = 0x8080808080808080U;
  while (text.size() - from >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + from, 8);
    if ((word & high_bits) != 0) break;
    from += 8;
  }
  while (from < text.size() && static_cast<unsigned char>(text[from]) < 0x80) ++from;
  return from;
}

std::string hexadecimal(unsigned char byte) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  return {'0', 'x', digits[byte >> 4], digits[byte & 15]};
}

}  // namespace

std::optional<Utf8Fault> find_utf8_fault(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto fault = [&](std::size_t i, const char* reason) {
    return Utf8Fault{i, std::string("not UTF-8: ") + reason + " (" + hexadecimal(byte(i)) + ')'};
  };
  for (std::size_t i = skip_ascii(text, 0); i < text.size(); i = skip_ascii(text, i)) {
    const unsigned lead = byte(i);
    if (lead < 0xC0) return fault(i, "a continuation byte that continues nothing");
    if (lead < 0xC2) return fault(i, "an overlong sequence");
    if (lead > 0xF4) return fault(i, "a byte that no character has");
    const std::size_t length = lead < 0xE0 ? 2U : lead < 0xF0 ? 3U : 4U;
    for (std::size_t k = 1; k < length; ++k) {
      if (i + k >= text.size() || (byte(i + k) & 0xC0) != 0x80) {
        return fault(i, "a truncated sequence");
      }
    }
    const unsigned second = byte(i + 1);
    if (lead == 0xE0 && second < 0xA0) return fault(i, "an overlong sequence");
    if (lead == 0xF0 && second < 0x90) return fault(i, "an overlong sequence");
    if (lead == 0xED && second > 0x9F) return fault(i, "a surrogate");
    if (lead == 0xF4 && second > 0x8F) return fault(i, "a character beyond U+10FFFF");
    i += length;
  }
  return std::nullopt;
}

}  // namespace reprise
