#include "engine/event.hpp"

#include <array>
#include <cstddef>
#include <cstring>

namespace reprise {

namespace {

/// The canonical bytes of a few numbers and a small message, for one digest.
class ShortBytes {
 public:
  template <class... Number>
  explicit ShortBytes(Number... numbers) {
    (add(numbers), ...);
  }

  void add(const void* bytes, std::size_t size) {
    std::memcpy(bytes_.data() + size_, bytes, size);
    size_ += size;
  }

  Digest digest() const { return digest_of(std::span(bytes_.data(), size_)); }

 private:
  template <class Number>
  void add(Number number) {
    const auto bytes = detail::little_endian(number);
    add(bytes.data(), bytes.size());
  }

  std::array<std::byte, 56 + Payload::inline_bytes> bytes_;
  std::size_t size_ = 0;
};

void digest_order(Digester& digester, const Event& event) {
  digester(event.key.at.time_since_epoch().count(), event.key.hop, event.key.from, event.key.seq,
           event.to);
}

bool is_short(const MessageType& type) {
  return type.flat && type.small;
}

}  // namespace

Digest fold(const Digest& prefix, const Event& event, Mark mark) {
  const MessageType& type = event.payload.type();
  if (is_short(type)) {
    ShortBytes bytes(prefix.high, prefix.low, event.key.at.time_since_epoch().count(),
                     event.key.hop, number(event.key.from), event.key.seq, number(event.to),
                     static_cast<std::uint32_t>(mark), type.id);
    bytes.add(event.payload.data(), type.bytes);
    return bytes.digest();
  }
  Digester digester;
  digester(prefix.high, prefix.low);
  digest_order(digester, event);
  digester(mark, type.id);
  type.digest(event.payload.data(), digester);
  return digester.digest();
}

Digest digest_of(const Event& event) {
  const MessageType& type = event.payload.type();
  if (is_short(type)) {
    ShortBytes bytes(event.key.at.time_since_epoch().count(), event.key.hop,
                     number(event.key.from), event.key.seq, number(event.to), type.id);
    bytes.add(event.payload.data(), type.bytes);
    return bytes.digest();
  }
  Digester digester;
  digest_order(digester, event);
  digester(type.id);
  type.digest(event.payload.data(), digester);
  return digester.digest();
}

}  // namespace reprise
