#include "tests/fuzz/pieces.hpp"

#include <vector>

#include "replay/compression.hpp"
#include "tests/fuzz/forge.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace reprise::fuzz {

namespace {

constexpr std::size_t pieces = 6;
constexpr std::size_t lengths_bytes = pieces * 2 * sizeof(std::uint32_t);

std::uint32_t length_at(std::string_view body, std::size_t place) {
  return decode<std::uint32_t>(std::as_bytes(std::span(body.substr(place, sizeof(std::uint32_t)))));
}

/// The pieces of `body` as they are stored; nothing if it has none.
std::vector<std::string> split(std::string_view body) {
  std::vector<std::string> parts;
  if (body.size() < lengths_bytes) return parts;
  std::size_t at = lengths_bytes;
  for (std::size_t i = 0; i < pieces; ++i) {
    const std::size_t stored = length_at(body, i * 8 + 4);
    if (stored > body.size() - at) return {};
    parts.emplace_back(body.substr(at, stored));
    at += stored;
  }
  return parts;
}

std::string joined(const std::vector<std::string>& parts) {
  Bytes lengths;
  Encoder out(lengths);
  std::string body;
  for (const std::string& part : parts) {
    out(static_cast<std::uint32_t>(part.size()), static_cast<std::uint32_t>(part.size()));
    body += part;
  }
  return text_of(lengths) + body;
}

}  // namespace

std::string with_plain_pieces(std::string_view body) {
  std::vector<std::string> parts = split(body);
  Decompressor decompressor;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Bytes raw;
    decompressor.decode(std::as_bytes(std::span(parts[i])), length_at(body, i * 8), raw);
    parts[i] = text_of(raw);
  }
  return joined(parts);
}

std::string with_piece_mutated(std::string_view input, std::size_t bytes_before, unsigned seed) {
  std::string whole(input);
  std::vector<std::string> parts;
  if (input.size() >= bytes_before && seed % 16 != 0) parts = split(input.substr(bytes_before));
  std::string& part = parts.empty() ? whole : parts[seed / 16 % parts.size()];
  const std::size_t before = part.size();
  part.resize(before + 64);
  part.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(part.data()), before, part.size()));
  return parts.empty() ? whole : std::string(input.substr(0, bytes_before)) + joined(parts);
}

}  // namespace reprise::fuzz
