#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "replay/column.hpp"
#include "replay/compression.hpp"
#include "replay/event_batch.hpp"
#include "replay/payload_columns.hpp"

/// Delivered events as the body of a frame: by kind, a column for each field, what an event is
/// apart from what it says (docs/journal_format.md, frame type 8).
namespace reprise {

/// Encodes batches of events. Keeps its memory from one batch to the next.
class EventEncoder {
 public:
  /// `level` is zstd's.
  explicit EventEncoder(int level = 1) : compressor_(level) {}

  /// Appends the body that holds `batch` to `out`. It is not empty, and its payloads have less than
  /// 1 GiB. The same events give the same bytes.
  void encode(const EventBatch& batch, Bytes& out);

 private:
  void find_agents(const EventBatch& batch);
  void find_slots(const EventBatch& batch);
  std::uint64_t cause_of(const EventBatch& batch, std::size_t index) const;
  void sort_by_kind(const EventBatch& batch);
  void write_order(const EventBatch& batch);
  void write_heads(const EventBatch& batch, std::span<const std::uint32_t> events);
  void write_payloads(const EventBatch& batch, std::uint32_t kind,
                      std::span<const std::uint32_t> events);

  Compressor compressor_;
  ColumnCodec columns_;
  PayloadColumns payload_columns_;
  ColumnBytes heads_;
  ColumnBytes payloads_;
  std::vector<std::uint32_t> agents_;  // all that are named, ascending; a place here is a slot
  std::vector<std::uint64_t> bits_;    // of agents that are named, where their numbers are small
  std::vector<std::uint32_t> slots_;   // by agent, of those; of the others anything
  std::vector<std::uint32_t> from_;    // slots, by event
  std::vector<std::uint32_t> to_;
  std::vector<std::uint64_t> causes_;      // by event: where it is
  std::vector<std::uint32_t> deliveries_;  // by slot: how many so far
  std::vector<std::uint32_t> nth_;     // by event: how many deliveries to its receiver before it
  std::vector<std::uint32_t> order_;   // the events by kind
  std::vector<std::uint32_t> starts_;  // of each kind in order_, and the end of the last one
  std::vector<std::uint32_t> senders_;
  std::vector<std::uint64_t> values_;
};

/// Decodes the body of a frame of events: first what the events are, and what they say only once
/// that is asked for. Keeps its memory from one body to the next.
class EventDecoder {
 public:
  /// Takes up the events in `body`, of which there are `count` and the first is step `first_step`.
  /// `body` must outlive what is asked for after it. Throws DecodeError for bytes that are no such
  /// body; then nothing may be asked for. Needs at most a few MiB more than the bytes that are
  /// there, whatever they say.
  void decode(std::span<const std::byte> body, std::size_t count, Step first_step);

  std::size_t size() const { return count_; }

  /// All their senders and receivers.
  std::span<const std::uint32_t> agents() const { return agents_; }

  /// Whether an event of this kind is among them.
  bool has_kind(std::uint64_t id) const;

  AgentId from(std::size_t index) const { return AgentId{agents_[from_[index]]}; }
  AgentId to(std::size_t index) const { return AgentId{agents_[to_[index]]}; }
  std::uint64_t kind(std::size_t index) const { return kinds_[kind_[index]].id; }
  Step step(std::size_t index) const { return first_step_ + index; }
  Time at(std::size_t index) const { return Time(Duration(static_cast<std::int64_t>(at_[index]))); }

  /// The event at `index`, below size(). It lies here until the next call, its payload until the
  /// next decode(). The first call decodes all payloads; throws DecodeError.
  const RecordedEvent& event(std::size_t index) {
    if (!payloads_decoded_) read_payloads();
    const Kind& kind = kinds_[kind_[index]];
    event_.step = step(index);
    event_.key = {.at = at(index), .hop = hop_[index], .from = from(index), .seq = seq_[index]};
    event_.to = to(index);
    event_.kind = kind.id;
    event_.dropped = dropped_[index] != 0;
    event_.cause = cause_[index] != 0 ? std::optional(cause_[index]) : std::nullopt;
    event_.payload = {kind.bytes.data() + place_[index], bytes_[index]};
    return event_;
  }

  /// How the payload of an event is laid out.
  const PayloadLayout& layout(std::size_t index) const { return kinds_[kind_[index]].layout; }

  /// Whether payloads had to be decoded since decode().
  bool payloads_decoded() const { return payloads_decoded_; }

 private:
  struct Kind {
    std::uint64_t id = 0;
    PayloadLayout layout;
    std::size_t fixed_bytes = 0;
    std::vector<std::uint32_t> events;  // which
    Bytes bytes;                        // their payloads, one after another
  };

  void read_heads(ColumnDecoder& in);
  void read_kinds(Decoder& in, std::uint32_t count);
  void read_order(ColumnDecoder& in);
  void read_heads(ColumnDecoder& in, const Kind& kind);
  void find_causes();
  void read_payloads();
  void read_payloads(ColumnDecoder& in, Kind& kind);

  /// Room for a column of so many numbers, with anything in it; until the next call.
  std::span<std::uint64_t> values(std::size_t count);

  Decompressor decompressor_;
  ColumnCodec columns_;
  PayloadColumns payload_columns_;
  Step first_step_ = 0;
  std::size_t count_ = 0;
  std::size_t body_bytes_ = 0;
  ColumnBody body_;
  bool payloads_decoded_ = false;
  ColumnBytes raw_heads_;
  ColumnBytes raw_payloads_;
  std::vector<std::uint32_t> agents_;
  std::vector<Kind> kinds_;
  std::size_t kind_count_ = 0;
  std::vector<std::uint32_t> from_;  // slots
  std::vector<std::uint32_t> to_;
  std::vector<std::uint32_t> kind_;
  std::vector<std::uint64_t> at_;
  std::vector<std::uint64_t> seq_;
  std::vector<std::uint32_t> hop_;
  std::vector<std::uint8_t> dropped_;
  std::vector<Step> cause_;  // 0: none
  struct Receiver {
    std::uint32_t deliveries = 0;  // so far
    std::uint32_t last = 0;        // the last of these events
  };
  std::vector<Receiver> receivers_;    // by slot
  std::vector<std::uint32_t> before_;  // by event, the one before it that went to its receiver
  std::vector<std::uint32_t> place_;   // of each payload in its kind's bytes
  std::vector<std::uint32_t> bytes_;   // its length
  std::vector<std::uint64_t> values_;
  std::vector<std::uint32_t> senders_;
  RecordedEvent event_;  // what event() gave last
};

}  // namespace reprise
