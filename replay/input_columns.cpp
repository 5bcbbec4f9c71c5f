#include "replay/input_columns.hpp"

#include <algorithm>
#include <numeric>

namespace reprise {

namespace {

constexpr std::size_t inputs_min = 16;                   // fewer are smaller as they are
constexpr std::size_t bytes_max = std::size_t{4} << 20;  // of the records
constexpr std::size_t record_bytes_min = 48;             // without producer, key and payload
constexpr std::size_t overhead_max = 1 << 16;            // of the columns over the records

/// The most bytes that the pieces of a body for `bytes` of records may decode to.
constexpr std::uint64_t raw_bytes_max(std::size_t bytes) {
  return 2 * std::uint64_t{bytes} + overhead_max;
}

std::uint64_t nanoseconds(Time time) {
  return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

/// The place of `key` among those met so far; `add` makes one that is new.
template <class Places, class Key, class Add>
std::uint32_t place_of(Places& places, const Key& key, const Add& add) {
  const auto [found, is_new] = places.emplace(key, static_cast<std::uint32_t>(places.size()));
  if (is_new) add();
  return found->second;
}

}  // namespace

void InputEncoder::set_schema(std::span<const KindSchema> schema) {
  for (const KindSchema& kind : schema) {
    if (kind.role != KindSchema::Role::message) continue;
    layouts_[{digest64_of(kind.kind), kind.version}] = payload_layout(kind.fields);
  }
}

bool InputEncoder::read(std::span<const std::byte> records) {
  inputs_.clear();
  Decoder in(records);
  try {
    while (in.remaining() != 0) inputs_.push_back(decode_input(in));
  } catch (const DecodeError&) {
    return false;
  }
  return inputs_.size() >= inputs_min;
}

/// Fills the lists of producers and kinds, and the places in them.
void InputEncoder::sort() {
  producers_.clear();
  producer_places_.clear();
  kinds_.clear();
  kind_places_.clear();
  producer_.resize(inputs_.size());
  kind_.resize(inputs_.size());
  for (std::uint32_t i = 0; i < inputs_.size(); ++i) {
    const RecordedInput& each = inputs_[i];
    const std::string& producer = each.input.producer;
    producer_[i] = place_of(producer_places_, producer, [&] { producers_.push_back(producer); });
    const KindKey key{each.kind, each.version};
    kind_[i] = place_of(kind_places_, key, [&] {
      const auto known = layouts_.find(key);
      kinds_.push_back(
          {each.kind,
           each.version,
           known == layouts_.end() ? PayloadLayout{.widths = {}, .open = true} : known->second,
           {}});
    });
    kinds_[kind_[i]].inputs.push_back(i);
  }
  for (Kind& kind : kinds_) {
    const std::size_t fixed = kind.layout.fixed_bytes();
    const bool holds = std::ranges::all_of(kind.inputs, [&](std::uint32_t i) {
      const std::size_t bytes = inputs_[i].payload.size();
      return kind.layout.open ? bytes >= fixed : bytes == fixed;
    });
    if (!holds) kind.layout = {.widths = {}, .open = true};
  }
}

void InputEncoder::write_heads() {
  Encoder out(heads_[0]);
  out(static_cast<std::uint32_t>(inputs_.size()), static_cast<std::uint32_t>(producers_.size()),
      static_cast<std::uint32_t>(kinds_.size()));
  for (const std::string& producer : producers_) out(producer);
  for (const Kind& kind : kinds_) {
    out(kind.id, kind.version);
    write_layout(out, kind.layout);
  }
  const auto flush = [&](unsigned width, std::optional<Prediction> prediction,
                         const Senders& senders = {}) {
    columns_.write(values_, width, senders, prediction, heads_);
  };
  const auto column = [&](unsigned width, std::optional<Prediction> prediction, const auto& value,
                          const Senders& senders = {}) {
    values_.clear();
    for (const RecordedInput& each : inputs_) values_.push_back(value(each.input));
    flush(width, prediction, senders);
  };
  values_.assign(producer_.begin(), producer_.end());
  flush(4, Prediction::none);
  values_.assign(kind_.begin(), kind_.end());
  flush(4, Prediction::none);
  column(8, Prediction::previous, [](const Input& input) { return nanoseconds(input.at); });
  column(8, Prediction::previous, [](const Input& input) { return *input.seq; });
  column(1, Prediction::none,
         [](const Input& input) { return std::uint64_t{input.after.has_value()}; });
  values_.clear();
  for (const RecordedInput& each : inputs_) {
    if (each.input.after) values_.push_back(*each.input.after);
  }
  flush(8, Prediction::previous);
  const Senders senders{producer_, producers_.size()};
  column(
      4, {}, [](const Input& input) { return std::uint64_t{number(input.to)}; }, senders);
  column(
      8, Prediction::sender, [](const Input& input) { return input.producer_seq; }, senders);
  column(1, Prediction::none, [](const Input& input) { return std::uint64_t{input.resendable}; });
  values_.clear();
  for (const RecordedInput& each : inputs_) {
    if (each.input.resendable) values_.push_back(each.input.key.size());
  }
  flush(4, Prediction::previous);
  for (const RecordedInput& each : inputs_) {
    out.write(each.input.key.data(), each.input.key.size());
  }
}

void InputEncoder::write_payloads(const Kind& kind) {
  senders_.clear();
  for (const std::uint32_t input : kind.inputs) senders_.push_back(producer_[input]);
  const auto payload = [&](std::size_t i) { return inputs_[kind.inputs[i]].payload; };
  payload_columns_.write(kind.layout, kind.inputs.size(), payload, {senders_, producers_.size()},
                         payloads_);
}

bool InputEncoder::encode(std::span<const std::byte> records, Bytes& out) {
  if (records.size() > bytes_max || !read(records)) return false;
  for (ColumnBytes* each : {&heads_, &payloads_}) {
    for (Bytes& bytes : *each) bytes.clear();
  }
  sort();
  write_heads();
  for (const Kind& kind : kinds_) write_payloads(kind);
  std::uint64_t raw = 0;
  for (const ColumnBytes* each : {&heads_, &payloads_}) {
    for (const Bytes& bytes : *each) raw += bytes.size();
  }
  if (raw > raw_bytes_max(records.size())) return false;
  const std::size_t before = out.size();
  append_body(heads_, payloads_, compressor_, out);
  if (records.size() <= (out.size() - before) * compression_max) return true;
  out.resize(before);  // a reader would not believe it
  return false;
}

Bytes InputDecoder::decode(std::span<const std::byte> body, std::size_t bytes) {
  if (bytes > bytes_max) throw DecodeError("columns for too many records");
  const ColumnBody split = split_body(body);
  if (split.raw_bytes() > raw_bytes_max(bytes)) throw DecodeError("the columns ask for too much");
  ColumnDecoder heads = unpack(split.heads, decompressor_, raw_heads_);
  read_heads(heads, bytes);
  for (const Decoder& each : heads) each.expect_end();
  ColumnDecoder payloads = unpack(split.payloads, decompressor_, raw_payloads_);
  read_payloads(payloads, bytes);
  for (const Decoder& each : payloads) each.expect_end();
  if (bytes_of_records() != bytes) {
    throw DecodeError("the columns hold other records than the frame's head says");
  }
  Bytes rows = records();
  REPRISE_ASSERT(rows.size() == bytes);
  return rows;
}

void InputDecoder::read_names(Decoder& in, std::uint32_t producers, std::uint32_t kinds) {
  producers_.clear();
  for (std::uint32_t i = 0; i < producers; ++i)
    in(producers_.emplace_back());  // grows with what is there
  kinds_.clear();
  for (std::uint32_t i = 0; i < kinds; ++i) {
    Kind& kind = kinds_.emplace_back();
    in(kind.id, kind.version);
    read_layout(in, kind.layout);
  }
}

/// Fills `places` with a column of places in a list of `count`.
void InputDecoder::read_places(ColumnDecoder& in, std::vector<std::uint32_t>& places,
                               std::size_t count) {
  to_.resize(count_);
  columns_.read(in, 4, {}, to_);
  for (const std::uint64_t place : to_) {
    if (place >= count) throw DecodeError("an input of a producer or kind that is not listed");
  }
  places.assign(to_.begin(), to_.end());
}

void InputDecoder::read_present(ColumnDecoder& in, std::vector<std::uint64_t>& present) {
  present.resize(count_);
  columns_.read(in, 1, {}, present);
  if (std::ranges::any_of(present, [](std::uint64_t value) { return value > 1; })) {
    throw DecodeError("a bool is neither 0 nor 1");
  }
}

void InputDecoder::read_heads(ColumnDecoder& in, std::size_t bytes) {
  std::uint32_t count = 0;
  std::uint32_t producers = 0;
  std::uint32_t kinds = 0;
  in[0](count, producers, kinds);
  if (count == 0 || count > bytes / record_bytes_min) {
    throw DecodeError("other inputs than the records could be");
  }
  if (producers > count || kinds > count) {
    throw DecodeError("more producers or kinds than inputs could name");
  }
  count_ = count;
  read_names(in[0], producers, kinds);
  read_places(in, producer_, producers);
  read_places(in, kind_, kinds);
  const auto column = [&](unsigned width, std::vector<std::uint64_t>& values,
                          const Senders& senders = {}) {
    values.resize(count_);
    columns_.read(in, width, senders, values);
  };
  column(8, at_);
  column(8, seq_);
  read_present(in, is_edit_);
  after_.resize(static_cast<std::size_t>(std::ranges::count(is_edit_, 1u)));
  columns_.read(in, 8, {}, after_);
  const Senders senders{producer_, producers};
  column(4, to_, senders);
  column(8, producer_seq_, senders);
  read_present(in, is_keyed_);
  read_keys(in);
}

void InputDecoder::read_keys(ColumnDecoder& in) {
  key_bytes_.resize(static_cast<std::size_t>(std::ranges::count(is_keyed_, 1u)));
  columns_.read(in, 4, {}, key_bytes_);
  keys_ = in[0].take(std::accumulate(key_bytes_.begin(), key_bytes_.end(), std::uint64_t{0}));
}

void InputDecoder::read_payloads(ColumnDecoder& in, std::size_t bytes) {
  std::uint64_t fixed = 0;
  for (std::uint32_t i = 0; i < count_; ++i) {
    Kind& kind = kinds_[kind_[i]];
    kind.inputs.push_back(i);
    fixed += kind.layout.fixed_bytes();
  }
  if (fixed > bytes) throw DecodeError("the payloads ask for too much");
  payload_.resize(count_);
  payload_bytes_.resize(count_);
  for (Kind& kind : kinds_) {
    senders_.clear();
    for (const std::uint32_t input : kind.inputs) senders_.push_back(producer_[input]);
    payload_columns_.read(in, kind.layout, kind.inputs, {senders_, producers_.size()},
                          raw_payloads_[0].size(), kind.bytes, payload_, payload_bytes_);
  }
}

std::uint64_t InputDecoder::bytes_of_records() const {
  std::uint64_t bytes = record_bytes_min * std::uint64_t{count_};
  for (const std::uint32_t place : producer_) bytes += producers_[place].size();
  for (const std::uint32_t payload : payload_bytes_) bytes += payload;
  return bytes + after_.size() * sizeof(std::uint64_t) + key_bytes_.size() * sizeof(std::uint32_t) +
         keys_.size();
}

Bytes InputDecoder::records() {
  Bytes bytes;
  Encoder out(bytes);
  auto after = after_.begin();
  auto key_bytes = key_bytes_.begin();
  std::span<const std::byte> keys = keys_;
  RecordedInput recorded;
  Input& input = recorded.input;
  for (std::size_t i = 0; i < count_; ++i) {
    const Kind& kind = kinds_[kind_[i]];
    input.at = Time(Duration(static_cast<std::int64_t>(at_[i])));
    input.after.reset();
    if (is_edit_[i] != 0) input.after = *after++;
    input.seq = seq_[i];
    input.to = AgentId(static_cast<std::uint32_t>(to_[i]));
    input.producer = producers_[producer_[i]];
    input.producer_seq = producer_seq_[i];
    input.resendable = is_keyed_[i] != 0;
    input.key.clear();
    if (input.resendable) {
      const std::span<const std::byte> key = keys.first(*key_bytes);
      input.key.assign(reinterpret_cast<const char*>(key.data()), key.size());
      keys = keys.subspan(*key_bytes++);
    }
    recorded.kind = kind.id;
    recorded.version = kind.version;
    recorded.payload = std::span(kind.bytes).subspan(payload_[i], payload_bytes_[i]);
    encode_input(out, recorded);
  }
  return bytes;
}

}  // namespace reprise
