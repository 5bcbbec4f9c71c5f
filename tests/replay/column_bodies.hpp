#pragma once

#include <cstdint>

#include "engine/codec.hpp"

/// Bodies of columns (docs/journal_format.md) written by hand.
namespace reprise::test {

/// A body of plain pieces, as far as they are quiet.
inline Bytes body_of(const Bytes& heads, const Bytes& payloads) {
  Bytes body;
  Encoder out(body);
  for (const Bytes* each : {&heads, &payloads}) {
    const auto size = static_cast<std::uint32_t>(each->size());
    out(size, size, 0u, 0u, 0u, 0u);
  }
  out.write(heads.data(), heads.size());
  out.write(payloads.data(), payloads.size());
  return body;
}

template <class... Values>
Bytes bytes_of(const Values&... values) {
  Bytes bytes;
  Encoder out(bytes);
  out(values...);
  return bytes;
}

}  // namespace reprise::test
