#include "replay/sha256.hpp"

#include <openssl/evp.h>

#include <string_view>

#include "engine/assert.hpp"

namespace reprise {

struct Sha256Stream::Context {
  EVP_MD_CTX* evp = EVP_MD_CTX_new();
  ~Context() { EVP_MD_CTX_free(evp); }
};

Sha256Stream::Sha256Stream() : context_(std::make_unique<Context>()) {
  const bool ready = EVP_DigestInit_ex(context_->evp, EVP_sha256(), nullptr) == 1;
  REPRISE_ASSERT(ready);
}

Sha256Stream::~Sha256Stream() = default;
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;

void Sha256Stream::add(std::span<const std::byte> bytes) {
  const bool added = EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size()) == 1;
  REPRISE_ASSERT(added);
}

Sha256 Sha256Stream::digest() const {
  Context copy;
  Sha256 digest;
  unsigned size = 0;
  const bool done =
      EVP_MD_CTX_copy_ex(copy.evp, context_->evp) == 1 &&
      EVP_DigestFinal_ex(copy.evp, reinterpret_cast<unsigned char*>(digest.data()), &size) == 1;
  REPRISE_ASSERT(done && size == digest.size());
  return digest;
}

Sha256 sha256(std::span<const std::byte> bytes) {
  Sha256Stream stream;
  stream.add(bytes);
  return stream.digest();
}

std::string to_string(const Sha256& digest) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : digest) {
    text += digits[std::to_integer<unsigned>(byte) >> 4];
    text += digits[std::to_integer<unsigned>(byte) & 15];
  }
  return text;
}

}  // namespace reprise
