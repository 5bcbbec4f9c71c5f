#include "replay/event_columns.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "engine/assert.hpp"
#include "replay/frame.hpp"

namespace reprise {

namespace {

constexpr unsigned id_bytes = 4;
constexpr std::uint32_t agents_in_bits_max = std::uint32_t{1} << 20;

/// A cause among the last so many deliveries to the sender is named by its rank among them.
constexpr std::uint32_t cause_rank_max = 16;

/// The most that the payloads of a frame come to, and its columns decoded.
constexpr std::uint64_t payload_bytes_max = frame_bytes_max;
constexpr std::uint64_t column_bytes_max = 2 * frame_bytes_max;

constexpr std::size_t free_bytes = std::size_t{1} << 20;  // any body may ask for so much

}  // namespace

void EventEncoder::find_agents(const EventBatch& batch) {
  agents_.clear();
  bits_.clear();
  std::uint32_t last = 0;
  for (const EventBatch::Row& row : batch.rows_) last = std::max({last, row.from, row.to});
  if (last >= agents_in_bits_max) {
    for (const EventBatch::Row& row : batch.rows_) {
      agents_.push_back(row.from);
      agents_.push_back(row.to);
    }
    std::ranges::sort(agents_);
    agents_.erase(std::unique(agents_.begin(), agents_.end()), agents_.end());
    return;
  }
  bits_.resize(last / 64 + 1);
  if (slots_.size() <= last) slots_.resize(last + 1);
  // Most have been seen before: looking first is cheaper than waiting for one's own last store.
  const auto name = [&](std::uint32_t agent) {
    const std::uint64_t bit = std::uint64_t{1} << agent % 64;
    if ((bits_[agent / 64] & bit) == 0) bits_[agent / 64] |= bit;
  };
  for (const EventBatch::Row& row : batch.rows_) {
    name(row.from);
    name(row.to);
  }
  for (std::uint32_t word = 0; word < bits_.size(); ++word) {
    for (std::uint64_t left = bits_[word]; left != 0; left &= left - 1) {
      const std::uint32_t agent = word * 64 + static_cast<std::uint32_t>(std::countr_zero(left));
      slots_[agent] = static_cast<std::uint32_t>(agents_.size());
      agents_.push_back(agent);
    }
  }
}

/// 0 for none, a rank where it is one of those that there are, else the ranks that there are and
/// the distance in steps together.
inline std::uint64_t EventEncoder::cause_of(const EventBatch& batch, std::size_t index) const {
  const Step cause = batch.rows_[index].cause;
  if (cause == 0) return 0;
  const std::uint32_t before = deliveries_[from_[index]];
  const std::uint32_t ranks = std::min(before, cause_rank_max);
  const std::size_t place = cause - batch.first_step_;  // beyond all where it is earlier
  const bool ranked = place < index && to_[place] == from_[index] && before - nth_[place] <= ranks;
  return ranked ? before - nth_[place] : ranks + (batch.first_step_ + index - cause);
}

void EventEncoder::find_slots(const EventBatch& batch) {
  const auto slot_of = [&](std::uint32_t agent) {
    if (!bits_.empty()) return slots_[agent];
    const auto found = std::ranges::lower_bound(agents_, agent);
    return static_cast<std::uint32_t>(found - agents_.begin());
  };
  const std::size_t count = batch.size();
  from_.resize(count);
  to_.resize(count);
  causes_.resize(count);
  nth_.resize(count);
  deliveries_.assign(agents_.size(), 0);
  for (std::size_t i = 0; i < count; ++i) {
    from_[i] = slot_of(batch.rows_[i].from);
    to_[i] = slot_of(batch.rows_[i].to);
    causes_[i] = cause_of(batch, i);
    nth_[i] = deliveries_[to_[i]]++;
  }
}

void EventEncoder::sort_by_kind(const EventBatch& batch) {
  starts_.assign(batch.kind_count_ + 1, 0);
  for (std::size_t i = 0; i < batch.kind_count_; ++i) {
    starts_[i + 1] = starts_[i] + batch.kinds_[i].events;
  }
  order_.resize(batch.size());
  std::vector<std::uint32_t> next(starts_.begin(), starts_.end() - 1);
  for (std::uint32_t i = 0; i < batch.size(); ++i) order_[next[batch.rows_[i].kind]++] = i;
}

void EventEncoder::write_order(const EventBatch& batch) {
  Encoder out(heads_[0]);
  out(static_cast<std::uint32_t>(agents_.size()), static_cast<std::uint32_t>(batch.kind_count_));
  for (std::size_t i = 0; i < batch.kind_count_; ++i) {
    const EventBatch::Kind& kind = batch.kinds_[i];
    out(kind.id);
    write_layout(out, kind.layout);
  }
  values_.assign(agents_.begin(), agents_.end());
  columns_.write(values_, id_bytes, {}, Prediction::previous, heads_);
  values_.resize(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) values_[i] = batch.rows_[i].kind;
  columns_.write(values_, id_bytes, {}, Prediction::none, heads_);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    values_[i] = static_cast<std::uint64_t>(batch.rows_[i].at);
  }
  columns_.write(values_, 8, {}, Prediction::previous, heads_);
}

void EventEncoder::write_heads(const EventBatch& batch, std::span<const std::uint32_t> events) {
  const Senders senders{senders_, agents_.size()};
  values_.resize(events.size());
  const auto column = [&](unsigned width, std::optional<Prediction> prediction, const auto& value) {
    for (std::size_t i = 0; i < events.size(); ++i) values_[i] = value(events[i]);
    columns_.write(values_, width, senders, prediction, heads_);
  };
  const auto& rows = batch.rows_;
  values_.assign(senders_.begin(), senders_.end());
  columns_.write(values_, id_bytes, {}, Prediction::none, heads_);
  column(id_bytes, {}, [&](std::uint32_t i) { return to_[i]; });
  column(4, Prediction::previous, [&](std::uint32_t i) { return rows[i].hop; });
  column(8, Prediction::sender, [&](std::uint32_t i) { return rows[i].seq; });
  column(1, Prediction::none, [&](std::uint32_t i) { return rows[i].dropped; });
  column(8, Prediction::none, [&](std::uint32_t i) { return causes_[i]; });
}

void EventEncoder::write_payloads(const EventBatch& batch, std::uint32_t index,
                                  std::span<const std::uint32_t> events) {
  const Senders senders{senders_, agents_.size(), agents_};
  const auto payload = [&](std::size_t i) {
    const std::uint32_t event = events[i];
    const std::size_t start = batch.rows_[event].payload;
    const bool last = event + 1 == batch.size();
    const std::size_t end = last ? batch.bytes_.size() : batch.rows_[event + 1].payload;
    return std::span(batch.bytes_).subspan(start, end - start);
  };
  payload_columns_.write(batch.kinds_[index].layout, events.size(), payload, senders, payloads_);
}

void EventEncoder::encode(const EventBatch& batch, Bytes& out) {
  REPRISE_ASSERT(batch.size() != 0);
  REPRISE_ASSERT(batch.payload_bytes() < std::size_t{1} << 30);
  for (ColumnBytes* each : {&heads_, &payloads_}) {
    for (Bytes& bytes : *each) bytes.clear();
  }
  find_agents(batch);
  find_slots(batch);
  sort_by_kind(batch);
  write_order(batch);
  for (std::uint32_t kind = 0; kind < batch.kind_count_; ++kind) {
    const auto events = std::span(order_).subspan(starts_[kind], starts_[kind + 1] - starts_[kind]);
    senders_.resize(events.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
      senders_[i] = from_[events[i]];
    }
    write_heads(batch, events);
    write_payloads(batch, kind, events);
  }
  append_body(heads_, payloads_, compressor_, out);
}

void EventDecoder::decode(std::span<const std::byte> body, std::size_t count, Step first_step) {
  if (count == 0 || count > EventBatch::events_max) {
    throw DecodeError("a frame of " + std::to_string(count) + " events");
  }
  count_ = count;
  first_step_ = first_step;
  body_bytes_ = body.size();
  payloads_decoded_ = false;
  body_ = split_body(body);
  if (body_.raw_bytes() > column_bytes_max) throw DecodeError("a length asks for too much");
  ColumnDecoder heads = unpack(body_.heads, decompressor_, raw_heads_);
  read_heads(heads);
  for (const Decoder& each : heads) each.expect_end();
}

void EventDecoder::read_kinds(Decoder& in, std::uint32_t count) {
  if (kinds_.size() < count)
    kinds_.resize(std::min<std::size_t>(count, in.remaining() / sizeof(Kind::id)));
  kind_count_ = count;
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint64_t id = 0;
    in(id);
    Kind& kind = kinds_[i];
    kind.id = id;
    read_layout(in, kind.layout);
    kind.fixed_bytes = kind.layout.fixed_bytes();
    kind.events.clear();
  }
}

void EventDecoder::read_order(ColumnDecoder& in) {
  const std::span<std::uint64_t> kinds = values(count_);
  columns_.read(in, id_bytes, {}, kinds);
  kind_.resize(count_);
  std::size_t fixed_bytes = 0;
  for (std::uint32_t i = 0; i < count_; ++i) {
    if (kinds[i] >= kind_count_) throw DecodeError("an event of a kind that is not listed");
    kind_[i] = static_cast<std::uint32_t>(kinds[i]);
    Kind& kind = kinds_[kind_[i]];
    kind.events.push_back(i);
    fixed_bytes += kind.fixed_bytes;
  }
  if (fixed_bytes > free_bytes + body_bytes_ * compression_max) {
    throw DecodeError("the payloads ask for too much");
  }
  at_.resize(count_);
  columns_.read(in, 8, {}, at_);
}

void EventDecoder::read_heads(ColumnDecoder& in) {
  std::uint32_t agents = 0;
  std::uint32_t kinds = 0;
  in[0](agents, kinds);
  if (agents > 2 * count_ || kinds > count_) {
    throw DecodeError("more agents or kinds than events could name");
  }
  read_kinds(in[0], kinds);
  const std::span<std::uint64_t> ids = values(agents);
  columns_.read(in, id_bytes, {}, ids);
  agents_.assign(ids.begin(), ids.end());
  read_order(in);
  from_.resize(count_);
  to_.resize(count_);
  hop_.resize(count_);
  seq_.resize(count_);
  dropped_.resize(count_);
  cause_.resize(count_);
  for (std::size_t i = 0; i < kind_count_; ++i) read_heads(in, kinds_[i]);
  find_causes();
}

/// Makes steps of what cause_ holds as it was read.
void EventDecoder::find_causes() {
  receivers_.assign(agents_.size(), {});
  before_.resize(count_);
  for (std::uint32_t i = 0; i < count_; ++i) {
    const Receiver& sender = receivers_[from_[i]];
    const std::uint32_t ranks = std::min(sender.deliveries, cause_rank_max);
    const Step step = first_step_ + i;
    if (cause_[i] > ranks) {
      const Step distance = cause_[i] - ranks;
      if (distance >= step) throw DecodeError("an event with a cause before the first step");
      cause_[i] = step - distance;
    } else if (cause_[i] != 0) {
      std::uint32_t place = sender.last;
      for (Step later = 1; later < cause_[i]; ++later) place = before_[place];
      cause_[i] = first_step_ + place;
    }
    Receiver& receiver = receivers_[to_[i]];
    before_[i] = receiver.last;
    receiver.last = i;
    ++receiver.deliveries;
  }
}

void EventDecoder::read_heads(ColumnDecoder& in, const Kind& kind) {
  const std::size_t count = kind.events.size();
  const std::span<std::uint64_t> read = values(count);
  const auto column = [&](unsigned width, const Senders& senders, auto& into) {
    columns_.read(in, width, senders, read);
    for (std::size_t i = 0; i < count; ++i) {
      into[kind.events[i]] = static_cast<std::remove_cvref_t<decltype(into[0])>>(read[i]);
    }
  };
  const auto expect_slots = [&] {
    for (const std::uint64_t slot : read) {
      if (slot >= agents_.size()) throw DecodeError("an event of an agent that is not listed");
    }
  };
  column(id_bytes, {}, from_);
  expect_slots();
  senders_.assign(read.begin(), read.end());
  const Senders senders{senders_, agents_.size()};
  column(id_bytes, senders, to_);
  expect_slots();
  column(4, senders, hop_);
  column(8, senders, seq_);
  column(1, senders, dropped_);
  column(8, senders, cause_);
}

std::span<std::uint64_t> EventDecoder::values(std::size_t count) {
  if (values_.size() < count) values_.resize(count);
  return std::span(values_).first(count);
}

bool EventDecoder::has_kind(std::uint64_t id) const {
  const auto end = kinds_.begin() + static_cast<std::ptrdiff_t>(kind_count_);
  return std::any_of(kinds_.begin(), end, [&](const Kind& kind) { return kind.id == id; });
}

void EventDecoder::read_payloads() {
  ColumnDecoder in = unpack(body_.payloads, decompressor_, raw_payloads_);
  place_.resize(count_);
  bytes_.resize(count_);
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < kind_count_; ++i) {
    read_payloads(in, kinds_[i]);
    bytes += kinds_[i].bytes.size();
  }
  if (bytes > payload_bytes_max) throw DecodeError("payloads larger than a frame may be");
  for (const Decoder& each : in) each.expect_end();
  payloads_decoded_ = true;
}

void EventDecoder::read_payloads(ColumnDecoder& in, Kind& kind) {
  const std::size_t count = kind.events.size();
  senders_.resize(count);
  for (std::size_t i = 0; i < count; ++i) senders_[i] = from_[kind.events[i]];
  const Senders senders{senders_, agents_.size(), agents_};
  payload_columns_.read(in, kind.layout, kind.events, senders, raw_payloads_[0].size(), kind.bytes,
                        place_, bytes_);
}

}  // namespace reprise
