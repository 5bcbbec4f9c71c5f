#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cereal/cereal.hpp>
#include <cereal/types/array.hpp>
#include <cereal/types/chrono.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/set.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/utility.hpp>
#include <cereal/types/vector.hpp>
#include <chrono>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/assert.hpp"
#include "engine/digest.hpp"
#include "engine/enums.hpp"
#include "engine/fields.hpp"

/// The canonical bytes: little-endian on every host, field by field in the order of REPRISE_FIELDS,
/// integers in their own width, a bool as 0 or 1, a length as 32 bits before what it counts.
/// Encoder, Decoder and Digester are cereal archives, so a type that cereal can serialise needs
/// nothing more.
struct XXH3_state_s;

namespace reprise {

using Bytes = std::vector<std::byte>;

/// The bytes end too early, or hold what the type cannot be.
class DecodeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace detail {

struct OurArchive {};  // marks Encoder, Decoder and Digester among cereal's archives

template <class Archive>
concept OurOutput = std::is_base_of_v<OurArchive, Archive> && Archive::is_saving::value;

template <class T>
consteval bool flat();

template <class Fields, std::size_t... I>
consteval bool flat_fields(std::index_sequence<I...>) {
  return (flat<std::remove_cvref_t<std::tuple_element_t<I, Fields>>>() && ...);
}

template <class Fields, std::size_t... I>
consteval std::size_t fields_size(std::index_sequence<I...>) {
  return (sizeof(std::remove_cvref_t<std::tuple_element_t<I, Fields>>) + ... + 0);
}

template <class T>
inline constexpr bool is_duration = false;
template <class Rep, class Period>
inline constexpr bool is_duration<std::chrono::duration<Rep, Period>> = true;

template <class T>
inline constexpr bool is_std_array = false;
template <class T, std::size_t n>
inline constexpr bool is_std_array<std::array<T, n>> = true;

/// True when the canonical bytes of a T are its bytes in memory: integers without padding on a
/// little-endian host. Reals are not: the digest treats -0.0 and NaN apart.
template <class T>
consteval bool flat() {
  if constexpr (std::endian::native != std::endian::little || !std::is_trivially_copyable_v<T>) {
    return false;
  } else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
    return true;
  } else if constexpr (is_duration<T>) {
    return flat<typename T::rep>();
  } else if constexpr (is_std_array<T>) {
    return flat<typename T::value_type>();
  } else if constexpr (Described<T> && std::is_aggregate_v<T>) {
    using Listed = FieldsOf<T>;
    using Index = std::make_index_sequence<std::tuple_size_v<Listed>>;
    return std::tuple_size_v<Listed> != 0 && flat_fields<Listed>(Index()) &&
           fields_size<Listed>(Index()) == sizeof(T);
  } else {
    return false;
  }
}

template <class T>
std::array<std::byte, sizeof(T)> little_endian(T value) {
  auto bytes = std::bit_cast<std::array<std::byte, sizeof(T)>>(value);
  if constexpr (std::endian::native != std::endian::little) {
    std::reverse(bytes.begin(), bytes.end());
  }
  return bytes;
}

}  // namespace detail

/// Appends the canonical bytes of what it is given to a buffer.
class Encoder : public cereal::OutputArchive<Encoder, cereal::AllowEmptyClassElision>,
                public detail::OurArchive {
 public:
  /// `out` is kept by reference and only grows.
  explicit Encoder(Bytes& out) : OutputArchive(this), out_(out) {}

  /// For what is too large to be held at once: `full` is called whenever `out` holds `limit` bytes
  /// or more, and may take some of them away.
  Encoder(Bytes& out, std::size_t limit, std::function<void()> full)
      : OutputArchive(this), out_(out), limit_(limit), full_(std::move(full)) {}

  void write(const void* data, std::size_t size) {
    const auto* bytes = static_cast<const std::byte*>(data);
    out_.insert(out_.end(), bytes, bytes + size);
    if (out_.size() >= limit_) [[unlikely]]
      full_();
  }

  /// The sign of a zero is kept: what is restored must go on as what was saved. NaNs are made one.
  template <class Real>
  static Real canonical(Real value) {
    return value != value ? std::numeric_limits<Real>::quiet_NaN() : value;
  }

 private:
  Bytes& out_;
  std::size_t limit_ = std::numeric_limits<std::size_t>::max();
  std::function<void()> full_;
};

/// Digests the canonical bytes of what it is given, with -0.0 taken as 0.0, without keeping them.
class Digester : public cereal::OutputArchive<Digester, cereal::AllowEmptyClassElision>,
                 public detail::OurArchive {
 public:
  Digester() : OutputArchive(this) {}
  ~Digester();
  Digester(const Digester&) = delete;
  Digester& operator=(const Digester&) = delete;

  /// `data` may be null where `size` is 0.
  void write(const void* data, std::size_t size) {
    if (size == 0) return;
    if (size <= small_bytes - size_) {
      std::memcpy(small_.data() + size_, data, size);
      size_ += size;
    } else {
      spill(data, size);
    }
  }

  /// The same as passing them one by one, faster.
  template <std::integral... Number>
  void numbers(Number... values) {
    constexpr std::size_t size = (sizeof(Number) + ...);
    if (size > small_bytes - size_) return static_cast<void>((*this)(values...));
    const auto put = [this](const auto& bytes) {
      std::memcpy(small_.data() + size_, bytes.data(), bytes.size());
      size_ += bytes.size();
    };
    (put(detail::little_endian(values)), ...);
  }

  template <class Real>
  static Real canonical(Real value) {
    if (value != value) return std::numeric_limits<Real>::quiet_NaN();
    return value == 0 ? Real(0) : value;
  }

  /// The digest of everything written since construction or the last reset().
  Digest digest() const;
  void reset();

 private:
  void spill(const void* data, std::size_t size);

  static constexpr std::size_t small_bytes = 1024;  // a streaming state costs more than most agents
  std::array<std::byte, small_bytes> small_;
  std::size_t size_ = 0;
  XXH3_state_s* stream_ = nullptr;  // holds what came before small_ once that has been full
  bool streaming_ = false;
};

/// Reads what Encoder wrote. Everything is checked against the bytes that are there before anything
/// is allocated, so hostile bytes throw DecodeError and cost no more than their own size.
class Decoder : public cereal::InputArchive<Decoder, cereal::AllowEmptyClassElision>,
                public detail::OurArchive {
 public:
  /// `in` must outlive the decoder.
  explicit Decoder(std::span<const std::byte> in) : InputArchive(this), in_(in) {}

  void read(void* data, std::size_t size) {
    if (size > in_.size()) throw DecodeError("the bytes end in the middle of a value");
    std::memcpy(data, in_.data(), size);
    in_ = in_.subspan(size);
  }

  /// The next `size` bytes, which stay where they are.
  std::span<const std::byte> take(std::size_t size);

  std::size_t remaining() const { return in_.size(); }

  /// Throws DecodeError if bytes are left over.
  void expect_end() const;

 private:
  std::span<const std::byte> in_;
};

template <detail::OurOutput Archive, class T>
requires std::is_arithmetic_v<T>
void CEREAL_SAVE_FUNCTION_NAME(Archive& archive, const T& value) {
  static_assert(!std::is_same_v<T, long double>, "long double differs between machines");
  if constexpr (std::is_floating_point_v<T>) {
    const auto bytes = detail::little_endian(Archive::canonical(value));
    archive.write(bytes.data(), bytes.size());
  } else {
    const auto bytes = detail::little_endian(value);
    archive.write(bytes.data(), bytes.size());
  }
}

template <class T>
requires std::is_arithmetic_v<T>
void CEREAL_LOAD_FUNCTION_NAME(Decoder& archive, T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    std::uint8_t byte = 0;
    archive.read(&byte, 1);
    if (byte > 1) throw DecodeError("a bool is neither 0 nor 1");
    value = byte == 1;
  } else {
    std::array<std::byte, sizeof(T)> bytes;
    archive.read(bytes.data(), bytes.size());
    if constexpr (std::endian::native != std::endian::little) {
      std::reverse(bytes.begin(), bytes.end());
    }
    value = std::bit_cast<T>(bytes);
  }
}

template <detail::OurOutput Archive, class T>
requires std::is_enum_v<T>
void CEREAL_SAVE_FUNCTION_NAME(Archive& archive, const T& value) {
  archive(static_cast<std::underlying_type_t<T>>(value));
}

template <class T>
requires std::is_enum_v<T>
void CEREAL_LOAD_FUNCTION_NAME(Decoder& archive, T& value) {
  std::underlying_type_t<T> number{};
  archive(number);
  if (enumerator_count<T> != 0 && !enumerator_name(static_cast<T>(number))) {
    throw DecodeError("an enumeration has no value " + std::to_string(number));
  }
  value = static_cast<T>(number);
}

template <detail::OurOutput Archive, class T>
void CEREAL_SAVE_FUNCTION_NAME(Archive& archive, const cereal::SizeTag<T>& tag) {
  REPRISE_ASSERT(tag.size <= std::numeric_limits<std::uint32_t>::max());
  archive(static_cast<std::uint32_t>(tag.size));
}

template <class T>
void CEREAL_LOAD_FUNCTION_NAME(Decoder& archive, cereal::SizeTag<T>& tag) {
  std::uint32_t size = 0;
  archive(size);
  if (size > archive.remaining()) throw DecodeError("a length is larger than what follows it");
  tag.size = size;
}

/// Grows as it reads: a length that is a lie costs what the bytes hold, however large an element.
template <class T, class Allocator>
void CEREAL_LOAD_FUNCTION_NAME(Decoder& archive, std::vector<T, Allocator>& list) {
  cereal::size_type size = 0;
  archive(cereal::make_size_tag(size));
  list.clear();
  for (cereal::size_type i = 0; i < size; ++i) archive(list.emplace_back());
}

template <detail::OurOutput Archive, class T>
requires(sizeof(std::remove_pointer_t<T>) ==
         1) void CEREAL_SAVE_FUNCTION_NAME(Archive& archive, const cereal::BinaryData<T>& data) {
  archive.write(data.data, static_cast<std::size_t>(data.size));
}

template <class T>
requires std::is_same_v < std::remove_pointer_t<T>,
char > void CEREAL_LOAD_FUNCTION_NAME(Decoder& archive, cereal::BinaryData<T>& data) {
  archive.read(data.data, static_cast<std::size_t>(data.size));
}

template <detail::OurOutput Archive, class T>
void CEREAL_SAVE_FUNCTION_NAME(Archive& archive, const cereal::NameValuePair<T>& pair) {
  archive(pair.value);
}

template <class T>
void CEREAL_LOAD_FUNCTION_NAME(Decoder& archive, cereal::NameValuePair<T>& pair) {
  archive(pair.value);
}

/// The canonical bytes of `value`.
template <class T>
Bytes encode(const T& value) {
  Bytes bytes;
  Encoder encoder(bytes);
  encoder(value);
  return bytes;
}

/// The value whose canonical bytes are `bytes`, all of them. Throws DecodeError.
template <class T>
T decode(std::span<const std::byte> bytes) {
  T value{};
  Decoder decoder(bytes);
  decoder(value);
  decoder.expect_end();
  return value;
}

/// The digest of the canonical bytes of `value`.
template <class T>
Digest digest_value(const T& value) {
  Digester digester;
  digester(value);
  return digester.digest();
}

namespace detail {

template <class Archive, class T>
void serialize_fields(Archive& archive, T& object) {
  if constexpr (OurOutput<Archive> && flat<T>()) {
    archive.write(&object, sizeof(T));
  } else {
    constexpr auto names = field_names<T>();
    [&]<std::size_t... I>(auto&& listed, std::index_sequence<I...>) {
      if constexpr (std::is_base_of_v<OurArchive, Archive>) {
        (archive(std::get<I>(listed)), ...);
      } else {
        (archive(cereal::make_nvp(std::string(names[I]), std::get<I>(listed))), ...);
      }
    }
    (fields(object), std::make_index_sequence<names.size()>());
  }
}

}  // namespace detail
}  // namespace reprise

namespace cereal {

// cereal serialises enumerations through their integers unchecked; ours are checked against their
// names.
template <class Archive, class T>
requires std::is_base_of_v<reprise::detail::OurArchive, Archive> && std::is_enum_v<T>
struct specialize<Archive, T, specialization::non_member_load_save> {
};

}  // namespace cereal

CEREAL_SETUP_ARCHIVE_TRAITS(reprise::Decoder, reprise::Encoder)
