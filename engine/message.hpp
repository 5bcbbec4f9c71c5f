#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

#include "engine/codec.hpp"
#include "engine/type.hpp"

namespace reprise {

/// A message: a struct that names its kind and its fields. `version` and `about` (one line) may be
/// left out.
///
///     struct Trade {
///       static constexpr std::string_view kind = "market.trade";
///       Price price = 0;
///       REPRISE_FIELDS(price)
///     };
template <class M>
concept Message = Record<M> && std::is_default_constructible_v<M> && requires {
  { M::kind } -> std::convertible_to<std::string_view>;
};

namespace detail {

template <class T>
constexpr std::uint16_t version_of() {
  if constexpr (requires { T::version; }) return T::version;
  return 1;
}

template <class T>
constexpr std::string_view about_of() {
  if constexpr (requires { std::string_view(T::about); }) return T::about;
  return {};
}

}  // namespace detail

/// A message kind at run time: its name and what can be done with a message of it without knowing
/// its C++ type. One constant object for each kind.
struct MessageType {
  std::string_view name;
  std::uint64_t id = 0;  ///< digest64_of(name)
  std::uint16_t version = 1;
  std::string_view about;
  const Type* fields = nullptr;
  bool small = false;  ///< kept inside a Payload: trivially copyable, at most Payload::inline_bytes
  bool flat = false;   ///< its canonical bytes are its `bytes` bytes in memory
  std::size_t bytes = 0;       ///< in memory; 0 without fields
  const void* sole = nullptr;  ///< the one message of a kind without fields

  void* (*create)(void* where) = nullptr;  ///< a default one, in `where` if small, else on the heap
  void* (*copy)(const void* message) = nullptr;  ///< on the heap
  void (*destroy)(void* message) = nullptr;      ///< one on the heap
  void (*encode)(const void* message, Encoder& encoder) = nullptr;
  void (*decode)(void* message, Decoder& decoder) = nullptr;
  void (*digest)(const void* message, Digester& digester) = nullptr;
};

/// A message of any kind, by value. Small ones lie inside and cost no allocation.
class Payload {
 public:
  static constexpr std::size_t inline_bytes = 40;

  Payload() = default;

  template <Message M>
  explicit Payload(M message);

  /// A message of `type` in its initial state.
  explicit Payload(const MessageType& type) : type_(&type) {
    if (type.sole != nullptr) return;
    void* object = type.create(inline_);
    if (!type.small) set_heap(object);
  }

  /// A copy of a message of `type`.
  Payload(const MessageType& type, const void* message) : type_(&type) {
    if (type.small) {
      std::memcpy(inline_, message, type.bytes);
    } else {
      set_heap(type.copy(message));
    }
  }

  Payload(const Payload& other) : type_(other.type_) {
    std::memcpy(inline_, other.inline_, inline_bytes);
    if (on_heap()) set_heap(type_->copy(other.heap()));
  }

  Payload(Payload&& other) noexcept : type_(std::exchange(other.type_, nullptr)) {
    std::memcpy(inline_, other.inline_, inline_bytes);
  }

  Payload& operator=(Payload other) noexcept {
    std::swap(type_, other.type_);
    std::byte bytes[inline_bytes];
    std::memcpy(bytes, inline_, inline_bytes);
    std::memcpy(inline_, other.inline_, inline_bytes);
    std::memcpy(other.inline_, bytes, inline_bytes);
    return *this;
  }

  ~Payload() {
    if (on_heap()) type_->destroy(heap());
  }

  bool empty() const { return type_ == nullptr; }
  const MessageType& type() const { return *type_; }

  const void* data() const { return on_heap() ? heap() : inline_; }
  void* data() { return on_heap() ? heap() : inline_; }

  /// The message, if it is an M; otherwise nullptr.
  template <Message M>
  const M* as() const;

 private:
  bool on_heap() const { return type_ != nullptr && !type_->small; }

  void* heap() const {
    void* object = nullptr;
    std::memcpy(&object, inline_, sizeof object);
    return object;
  }

  void set_heap(void* object) { std::memcpy(inline_, &object, sizeof object); }

  const MessageType* type_ = nullptr;
  alignas(8) std::byte inline_[inline_bytes] = {};
};

namespace detail {

template <Message M>
inline constexpr bool fits_inside = std::is_trivially_copyable_v<M> &&
                                    sizeof(M) <= Payload::inline_bytes && alignof(M) <= 8;

template <Message M>
inline constexpr M sole_message{};

template <Message M>
MessageType make_message_type() {
  static_assert(std::is_default_constructible_v<M>, "a message has an initial state");
  MessageType type{.name = M::kind,
                   .id = digest64_of(M::kind),
                   .version = version_of<M>(),
                   .about = about_of<M>(),
                   .fields = &type_of<M>(),
                   .small = fits_inside<M>,
                   .flat = std::is_empty_v<M> || flat<M>(),
                   .bytes = std::is_empty_v<M> ? 0 : sizeof(M)};
  if constexpr (std::is_empty_v<M>) type.sole = &sole_message<M>;
  if constexpr (fits_inside<M>) {
    type.create = [](void* where) -> void* { return new (where) M{}; };
  } else {
    type.create = [](void*) -> void* { return new M{}; };
  }
  type.copy = [](const void* message) -> void* { return new M(as<M>(message)); };
  type.destroy = [](void* message) { delete static_cast<M*>(message); };
  type.encode = [](const void* message, Encoder& encoder) { encoder(as<M>(message)); };
  type.decode = [](void* message, Decoder& decoder) { decoder(as<M>(message)); };
  type.digest = [](const void* message, Digester& digester) { digester(as<M>(message)); };
  return type;
}

template <Message M>
struct MessageTypeOf {
  static inline const MessageType value = make_message_type<M>();
};

}  // namespace detail

/// The MessageType of M. The reference is valid for the whole program.
template <Message M>
const MessageType& message_type() {
  return detail::MessageTypeOf<M>::value;
}

template <Message M>
Payload::Payload(M message) : type_(&message_type<M>()) {
  if constexpr (detail::fits_inside<M>) {
    new (inline_) M(std::move(message));
  } else {
    set_heap(new M(std::move(message)));
  }
}

template <Message M>
const M* Payload::as() const {
  return type_ == &message_type<M>() ? static_cast<const M*>(data()) : nullptr;
}

}  // namespace reprise
