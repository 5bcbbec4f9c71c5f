#include "replay/event_columns.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "engine/assert.hpp"

namespace reprise {

namespace {

constexpr unsigned id_bytes = 4;
constexpr unsigned length_bytes = 4;
constexpr std::size_t free_bytes = std::size_t{1} << 20;  // any body may ask for so much

/// The number of `width` bytes that stands at `from`.
std::uint64_t load(const std::byte* from, unsigned width) {
  std::uint64_t value = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&value, from, width);
  } else {
    for (unsigned i = 0; i < width; ++i) value |= std::to_integer<std::uint64_t>(from[i]) << 8 * i;
  }
  return value;
}

void store(std::byte* to, std::uint64_t value, unsigned width) {
  const auto bytes = detail::little_endian(value);
  std::memcpy(to, bytes.data(), width);
}

/// Calls `visit` with `width` as a constant, so that what it copies needs no call.
template <class Visit>
void with_width(unsigned width, const Visit& visit) {
  switch (width) {
    case 1:
      return visit(std::integral_constant<unsigned, 1>());
    case 2:
      return visit(std::integral_constant<unsigned, 2>());
    case 4:
      return visit(std::integral_constant<unsigned, 4>());
    default:
      return visit(std::integral_constant<unsigned, 8>());
  }
}

}  // namespace

std::uint32_t EventEncoder::slot_of(std::uint32_t agent) {
  const std::size_t mask = table_.size() - 1;
  // Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4)
  for (std::size_t at = agent * std::uint32_t{2654435769} >> 7;; ++at) {
    std::uint32_t& entry = table_[at & mask];
    if (entry == 0) {
      agents_.push_back(agent);
      entry = static_cast<std::uint32_t>(agents_.size());
      return entry - 1;
    }
    if (agents_[entry - 1] == agent) return entry - 1;
  }
}

void EventEncoder::find_agents(const EventBatch& batch) {
  agents_.clear();
  table_.assign(std::bit_ceil(batch.size() * 4), 0);
  from_.clear();
  to_.clear();
  for (const EventBatch::Row& row : batch.rows_) {
    from_.push_back(slot_of(row.from));
    to_.push_back(slot_of(row.to));
  }
}

void EventEncoder::write_heads(const EventBatch& batch) {
  heads_.clear();
  Encoder out(heads_.bytes);
  out(static_cast<std::uint32_t>(agents_.size()), static_cast<std::uint32_t>(batch.kind_count_));
  for (std::size_t i = 0; i < batch.kind_count_; ++i) {
    const EventBatch::Kind& kind = batch.kinds_[i];
    out(kind.id, kind.layout.open, static_cast<std::uint8_t>(kind.layout.widths.size()));
    out.write(kind.layout.widths.data(), kind.layout.widths.size());
  }
  const auto column = [&](const auto& from, unsigned width, const Senders& senders,
                          std::optional<Prediction> prediction, const auto& value) {
    values_.clear();
    for (const auto& each : from) values_.push_back(value(each));
    columns_.write(values_, width, senders, prediction, heads_);
  };
  const auto same = [](std::uint32_t value) -> std::uint64_t { return value; };
  const Senders senders{from_, agents_.size()};
  column(agents_, id_bytes, {}, Prediction::previous, same);
  column(from_, id_bytes, {}, Prediction::none, same);
  column(to_, id_bytes, senders, {}, same);
  const auto head = [&](unsigned width, std::optional<Prediction> prediction, const auto& value) {
    column(batch.rows_, width, senders, prediction, value);
  };
  using Row = EventBatch::Row;
  head(4, Prediction::none, [](const Row& row) { return std::uint64_t{row.kind}; });
  head(8, Prediction::previous, [](const Row& row) { return static_cast<std::uint64_t>(row.at); });
  head(4, Prediction::none, [](const Row& row) { return std::uint64_t{row.hop}; });
  head(8, Prediction::sender, [](const Row& row) { return row.seq; });
  head(1, Prediction::none, [](const Row& row) { return std::uint64_t{row.dropped}; });
}

void EventEncoder::write_payloads(const EventBatch& batch) {
  payloads_.clear();
  for (std::uint32_t index = 0; index < batch.kind_count_; ++index) {
    const EventBatch::Kind& kind = batch.kinds_[index];
    const std::size_t fixed = kind.layout.fixed_bytes();
    if (!kind.layout.open) REPRISE_ASSERT(kind.bytes.size() == fixed * kind.events);
    if (!kind.layout.open && fixed == 0) continue;
    senders_.clear();
    places_.clear();
    for (std::size_t i = 0; i < batch.rows_.size(); ++i) {
      if (batch.rows_[i].kind != index) continue;
      senders_.push_back(from_[i]);
      places_.push_back(batch.rows_[i].payload);
    }
    const Senders senders{senders_, agents_.size()};
    const auto length = [&](std::size_t i) {
      const std::size_t end = i + 1 < places_.size() ? places_[i + 1] : kind.bytes.size();
      return end - places_[i];
    };
    values_.resize(places_.size());
    if (kind.layout.open) {
      for (std::size_t i = 0; i < places_.size(); ++i) {
        REPRISE_ASSERT(length(i) >= fixed);
        values_[i] = length(i) - fixed;
      }
      columns_.write(values_, length_bytes, senders, {}, payloads_);
    }
    std::size_t offset = 0;
    for (const std::uint8_t width : kind.layout.widths) {
      const std::byte* const bytes = kind.bytes.data() + offset;
      with_width(width, [&](auto constant) {
        for (std::size_t i = 0; i < places_.size(); ++i) {
          values_[i] = load(bytes + places_[i], constant());
        }
      });
      columns_.write(values_, width, senders, {}, payloads_);
      offset += width;
    }
    if (!kind.layout.open) continue;
    for (std::size_t i = 0; i < places_.size(); ++i) {
      const auto rest = std::span(kind.bytes).subspan(places_[i] + fixed, length(i) - fixed);
      payloads_.bytes.insert(payloads_.bytes.end(), rest.begin(), rest.end());
    }
    payloads_.cut(payloads_.bytes.size());
  }
}

void EventEncoder::encode(const EventBatch& batch, Bytes& out) {
  REPRISE_ASSERT(batch.size() != 0);
  REPRISE_ASSERT(batch.payload_bytes() < std::size_t{1} << 30);
  find_agents(batch);
  write_heads(batch);
  write_payloads(batch);
  const std::size_t start = out.size();
  Encoder prelude(out);
  prelude(static_cast<std::uint32_t>(heads_.bytes.size()), std::uint32_t{0},
          static_cast<std::uint32_t>(payloads_.bytes.size()));
  const std::size_t stored = compressor_.append(heads_, out);
  store(out.data() + start + 4, stored, 4);
  compressor_.append(payloads_, out);
}

void EventDecoder::decode(std::span<const std::byte> body, std::size_t count, Step first_step) {
  if (count == 0 || count > EventBatch::events_max) {
    throw DecodeError("a frame of " + std::to_string(count) + " events");
  }
  count_ = count;
  first_step_ = first_step;
  body_bytes_ = body.size();
  Decoder in(body);
  std::uint32_t raw_heads = 0;
  std::uint32_t stored_heads = 0;
  std::uint32_t raw_payloads = 0;
  in(raw_heads, stored_heads, raw_payloads);
  decompressor_.decode(in.take(stored_heads), raw_heads, raw_);
  stored_payloads_ = in.take(in.remaining());
  raw_payload_bytes_ = raw_payloads;
  Decoder heads(raw_);
  read_heads(heads);
  heads.expect_end();
}

void EventDecoder::read_slots(Decoder& in, std::vector<std::uint32_t>& slots,
                              const Senders& senders) {
  columns_.read(in, id_bytes, senders, values_);
  slots.resize(count_);
  for (std::size_t i = 0; i < count_; ++i) {
    if (values_[i] >= agents_.size()) throw DecodeError("an event of an agent that is not listed");
    slots[i] = static_cast<std::uint32_t>(values_[i]);
  }
}

void EventDecoder::read_heads(Decoder& in) {
  std::uint32_t agents = 0;
  std::uint32_t kinds = 0;
  in(agents, kinds);
  if (agents > 2 * count_ || kinds > count_) {
    throw DecodeError("more agents or kinds than events could name");
  }
  if (kinds_.size() < kinds) kinds_.resize(std::min<std::size_t>(kinds, in.remaining() / 10));
  kind_count_ = kinds;
  std::size_t fixed_bytes_max = 0;
  for (std::uint32_t i = 0; i < kinds; ++i) {
    std::uint64_t id = 0;
    bool open = false;
    std::uint8_t fields = 0;
    in(id, open, fields);
    if (fields > PayloadLayout::fields_max) throw DecodeError("a kind with too many fields");
    Kind& kind = kinds_[i];
    kind.id = id;
    kind.layout.open = open;
    kind.layout.widths.resize(fields);
    in.read(kind.layout.widths.data(), fields);
    for (const std::uint8_t width : kind.layout.widths) {
      if (width > 8 || !std::has_single_bit(width)) throw DecodeError("a field of no such width");
    }
    kind.fixed_bytes = kind.layout.fixed_bytes();
    fixed_bytes_max = std::max(fixed_bytes_max, kind.fixed_bytes);
    kind.events.clear();
    kind.bytes.clear();
  }
  values_.resize(agents);
  columns_.read(in, id_bytes, {}, values_);
  agents_.assign(values_.begin(), values_.end());
  values_.resize(count_);
  read_slots(in, from_, {});
  const Senders senders{from_, agents_.size()};
  read_slots(in, to_, senders);
  columns_.read(in, 4, senders, values_);
  kind_.resize(count_);
  std::size_t fixed_bytes = 0;
  for (std::uint32_t i = 0; i < count_; ++i) {
    if (values_[i] >= kind_count_) throw DecodeError("an event of a kind that is not listed");
    kind_[i] = static_cast<std::uint32_t>(values_[i]);
    kinds_[kind_[i]].events.push_back(i);
    fixed_bytes += kinds_[kind_[i]].fixed_bytes;
  }
  if (fixed_bytes > free_bytes + body_bytes_ * compression_max) {
    throw DecodeError("the payloads ask for too much");
  }
  const auto column = [&](std::vector<std::uint64_t>& values, unsigned width) {
    values.resize(count_);
    columns_.read(in, width, senders, values);
  };
  column(at_, 8);
  column(hop_, 4);
  column(seq_, 8);
  column(dropped_, 1);
}

bool EventDecoder::has_agent(AgentId agent) const {
  return std::find(agents_.begin(), agents_.end(), number(agent)) != agents_.end();
}

bool EventDecoder::has_kind(std::uint64_t id) const {
  const auto end = kinds_.begin() + static_cast<std::ptrdiff_t>(kind_count_);
  return std::any_of(kinds_.begin(), end, [&](const Kind& kind) { return kind.id == id; });
}

RecordedEvent EventDecoder::head(std::size_t index) const {
  return {.step = first_step_ + index,
          .key = {.at = at(index),
                  .hop = static_cast<std::uint32_t>(hop_[index]),
                  .from = from(index),
                  .seq = seq_[index]},
          .to = to(index),
          .kind = kind(index),
          .dropped = dropped_[index] != 0,
          .payload = {}};
}

RecordedEvent EventDecoder::event(std::size_t index) {
  if (stored_payloads_) read_payloads();
  RecordedEvent event = head(index);
  event.payload = std::span(kinds_[kind_[index]].bytes).subspan(place_[index], bytes_[index]);
  return event;
}

void EventDecoder::read_payloads() {
  decompressor_.decode(*stored_payloads_, raw_payload_bytes_, raw_);
  place_.resize(count_);
  bytes_.resize(count_);
  Decoder in(raw_);
  for (std::size_t i = 0; i < kind_count_; ++i) read_payloads(in, kinds_[i]);
  in.expect_end();
  stored_payloads_.reset();
}

void EventDecoder::read_payloads(Decoder& in, Kind& kind) {
  const std::size_t count = kind.events.size();
  const std::size_t fixed = kind.fixed_bytes;
  senders_.resize(count);
  for (std::size_t i = 0; i < count; ++i) senders_[i] = from_[kind.events[i]];
  const Senders senders{senders_, agents_.size()};
  values_.assign(count, 0);
  if (kind.layout.open) columns_.read(in, length_bytes, senders, values_);
  std::size_t rest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    place_[kind.events[i]] = static_cast<std::uint32_t>(i * fixed + rest);
    bytes_[kind.events[i]] = static_cast<std::uint32_t>(fixed + values_[i]);
    rest += values_[i];
    if (rest > raw_.size()) throw DecodeError("payloads longer than what follows them");
  }
  kind.bytes.resize(count * fixed + rest);
  std::size_t offset = 0;
  for (const std::uint8_t width : kind.layout.widths) {
    columns_.read(in, width, senders, values_);
    std::byte* const bytes = kind.bytes.data() + offset;
    with_width(width, [&](auto constant) {
      for (std::size_t i = 0; i < count; ++i) {
        store(bytes + place_[kind.events[i]], values_[i], constant());
      }
    });
    offset += width;
  }
  if (!kind.layout.open) return;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t event = kind.events[i];
    in.read(kind.bytes.data() + place_[event] + fixed, bytes_[event] - fixed);
  }
}

}  // namespace reprise
