#include "replay/event_batch.hpp"

namespace reprise {

template <class Fits, class Layout>
std::uint32_t EventBatch::kind_index(std::uint64_t id, const Fits& fits, const Layout& layout) {
  const auto is_it = [&](const Kind& kind) { return kind.id == id && fits(kind.layout); };
  std::uint32_t& recent = recent_[id % recent_.size()];
  if (recent < kind_count_ && is_it(kinds_[recent])) return recent;
  for (recent = 0; recent < kind_count_; ++recent) {
    if (is_it(kinds_[recent])) return recent;
  }
  if (kind_count_ == kinds_.size()) kinds_.emplace_back();
  Kind& kind = kinds_[kind_count_++];
  kind.id = id;
  kind.layout = layout();
  kind.events = 0;
  return recent;
}

// Inlined: to pass the event on through memory would cost as much as the row.
[[gnu::always_inline]] inline void EventBatch::add_row(const RecordedEvent& event,
                                                       std::uint32_t kind) {
  if (rows_.empty()) first_step_ = event.step;
  REPRISE_ASSERT(event.step == first_step_ + rows_.size());
  REPRISE_ASSERT(rows_.size() < events_max);
  REPRISE_ASSERT(!event.cause || (*event.cause != 0 && *event.cause < event.step));
  rows_.push_back({.at = event.key.at.time_since_epoch().count(),
                   .seq = event.key.seq,
                   .cause = event.cause.value_or(0),
                   .hop = event.key.hop,
                   .from = number(event.key.from),
                   .to = number(event.to),
                   .kind = kind,
                   .payload = static_cast<std::uint32_t>(bytes_.size()),
                   .dropped = event.dropped});
  ++kinds_[kind].events;
}

void EventBatch::add(const Delivery& delivery, std::optional<Step> cause) {
  const Event& event = delivery.event;
  const MessageType& type = *event.kind;
  const std::uint32_t index = kind_index(
      type.id, [](const PayloadLayout&) { return true; },
      [&] { return payload_layout(*type.fields); });
  add_row({.step = delivery.step,
           .key = event.key,
           .to = event.to,
           .kind = type.id,
           .dropped = delivery.dropped,
           .cause = cause,
           .payload = {}},
          index);
  if (!type.flat) {
    type.encode(event.message, encoder_);
  } else if (type.bytes != 0) {
    encoder_.write(event.message, type.bytes);
  }
}

void EventBatch::add(const RecordedEvent& event, const PayloadLayout& layout) {
  const std::uint32_t index = kind_index(
      event.kind, [&](const PayloadLayout& known) { return known == layout; },
      [&] { return layout; });
  add_row(event, index);
  encoder_.write(event.payload.data(), event.payload.size());
}

void EventBatch::clear() {
  rows_.clear();
  kind_count_ = 0;
  bytes_.clear();
}

}  // namespace reprise
