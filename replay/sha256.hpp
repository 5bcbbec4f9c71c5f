#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace reprise {

using Sha256 = std::array<std::byte, 32>;

/// Digests bytes given in pieces by SHA-256 (FIPS 180-4).
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(Sha256Stream&&) noexcept;
  Sha256Stream& operator=(Sha256Stream&&) noexcept;

  void add(std::span<const std::byte> bytes);

  /// The digest of what was added so far; more may be added afterwards.
  Sha256 digest() const;

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

Sha256 sha256(std::span<const std::byte> bytes);

/// 64 lower-case hexadecimal digits.
std::string to_string(const Sha256& digest);

}  // namespace reprise
