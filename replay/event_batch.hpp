#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/codec.hpp"
#include "engine/event.hpp"
#include "engine/simulation.hpp"
#include "replay/payload_layout.hpp"

namespace reprise {

/// A delivered event, with its kind by id: a program may read what it does not know.
struct RecordedEvent {
  Step step = 0;
  EventKey key;
  AgentId to{};
  std::uint64_t kind = 0;
  bool dropped = false;         ///< Its receiver had retired, or its node had failed.
  std::optional<Step> cause{};  ///< The step in which it was sent; nothing for the outside's.
  std::span<const std::byte> payload;  ///< Canonical bytes. Lies where the event came from.
};

/// Delivered events on their way into a frame, one step after another.
class EventBatch {
 public:
  EventBatch() = default;
  EventBatch(const EventBatch&) = delete;
  EventBatch& operator=(const EventBatch&) = delete;

  static constexpr std::size_t events_max = std::size_t{1} << 16;  ///< The most a frame may hold.

  /// Adds what was delivered in the step after the last one added, and was sent in `cause`.
  void add(const Delivery& delivery, std::optional<Step> cause);

  /// The same for an event whose payload is laid out as `layout`.
  void add(const RecordedEvent& event, const PayloadLayout& layout);

  std::size_t size() const { return rows_.size(); }
  std::size_t payload_bytes() const { return bytes_.size(); }
  Step first_step() const { return first_step_; }
  Time first_at() const { return Time(Duration(rows_.front().at)); }
  Time last_at() const { return Time(Duration(rows_.back().at)); }

  /// Empties it; the memory stays.
  void clear();

 private:
  friend class EventEncoder;

  struct Row {
    std::int64_t at = 0;
    std::uint64_t seq = 0;
    Step cause = 0;  // 0: none
    std::uint32_t hop = 0;
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    std::uint32_t kind = 0;     // index into kinds_
    std::uint32_t payload = 0;  // where it begins in bytes_
    bool dropped = false;
  };

  struct Kind {
    std::uint64_t id = 0;
    PayloadLayout layout;
    std::uint32_t events = 0;
  };

  // The index of the kind with this id whose layout fits, made with `layout` if it is not there. In
  // a file of another's making one id may be laid out in two ways.
  template <class Fits, class Layout>
  std::uint32_t kind_index(std::uint64_t id, const Fits& fits, const Layout& layout);
  void add_row(const RecordedEvent& event, std::uint32_t kind);

  Step first_step_ = 0;
  std::vector<Row> rows_;
  Bytes bytes_;  // the payloads, one after another
  Encoder encoder_{bytes_};
  std::vector<Kind> kinds_;  // in order of appearance; the first kind_count_ are in use
  std::size_t kind_count_ = 0;
  std::array<std::uint32_t, 64> recent_{};  // by the low bits of an id, where it may be
};

}  // namespace reprise
