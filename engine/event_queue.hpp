#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/block.hpp"
#include "engine/event.hpp"

namespace reprise {

/// An event in the queue: where it stands in the order, for whom it is, and what the owner of the
/// queue keeps with it.
struct QueuedEvent {
  EventKey key;
  AgentId to{};
  std::uint32_t body = 0;
};

/// A priority queue of events by their keys: what comes out is in the same order as from a heap,
/// whatever was pushed when. Times must not be negative.
///
/// A ladder queue (Tang, Goh & Thng 2005): events lie unsorted in buckets by time, and a bucket is
/// sorted when its time has come. Buckets are lists of small chunks, so a push is a write at the
/// end of one. A bucket with too many events is spread over a finer rung; events that come too
/// late for their bucket go into a small heap; what lies beyond the last bucket waits in a list
/// until the buckets are laid out anew. Push and pop take constant time on average, also for
/// uneven times; only many events at one instant, pushed out of order, cost a sort.
///
/// What was moved from may only be assigned to or destroyed.
class EventQueue {
 public:
  EventQueue() = default;
  EventQueue(EventQueue&&) noexcept = default;
  EventQueue& operator=(EventQueue&&) noexcept = default;

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  /// From now on all events lie in one binary heap, which needs no more than that the order is
  /// right: for a check that the queue does not matter. It must be empty.
  void use_heap();

  void push(const EventKey& key, AgentId to, std::uint32_t body = 0) {
    const std::uint64_t at = ticks(key);
    ++size_;
    if (at >= run_until_ && at < near_.end) [[likely]] {
      add(near_.buckets[(at - near_.start) >> near_.shift], key, to, body);
    } else {
      push_elsewhere({key, to, body});
    }
  }

  /// The first event in order. There must be one. May sort the next bucket.
  const QueuedEvent& first() {
    if (run_ == run_end_) [[unlikely]]
      refill();
    return late_first() ? late_.front() : *run_;
  }

  /// Takes out what first() has just given, which is not valid any more.
  void drop_first(const QueuedEvent& first) {
    --size_;
    if (!late_.empty() && &first == late_.data()) {
      drop_late();
    } else {
      ++run_;
    }
  }

  /// The event that will probably be popped after `pops` more; nullptr where none is in sight. A
  /// moment to bring near what it will touch.
  const QueuedEvent* ahead(std::size_t pops) const {
    return pops < static_cast<std::size_t>(run_end_ - run_) ? run_ + pops : nullptr;
  }

  /// True once when first() has brought events into sight: all that ahead() tells of is new, not
  /// only the last of it.
  bool comes_into_sight() { return std::exchange(comes_into_sight_, false); }

  /// Every event, in an order that depends on what was pushed and popped before.
  template <class Visit>
  void each(const Visit& visit) const {
    for (const QueuedEvent* event = run_; event != run_end_; ++event) visit(*event);
    if (run_chunk_ != nullptr) each_in(run_chunk_->next, visit);
    for (const QueuedEvent& event : late_) visit(event);
    for (std::size_t i = 0; i < depth_; ++i) {
      for (const Bucket bucket : rungs_[i].buckets) each_in(chunks_of(bucket), visit);
    }
    each_in(chunks_of(far_), visit);
  }

 private:
  static constexpr std::size_t chunk_bytes = 1024;

  struct alignas(chunk_bytes) Chunk {
    Chunk* next = nullptr;
    std::uint32_t used = 0;   // kept up only when nothing is added any more
    std::uint32_t below = 0;  // how many events the chunks from `next` on hold
    alignas(32) QueuedEvent events[31];

    std::size_t size() const { return std::size_t{below} + used; }
  };
  static_assert(sizeof(Chunk) == chunk_bytes);

  /// Where the next event of a bucket goes; null if the bucket is empty. At the end of a chunk it
  /// points to a multiple of chunk_bytes: a push need not look at the chunk, which may be far away.
  using Bucket = QueuedEvent*;

  static bool full(Bucket bucket) {
    return reinterpret_cast<std::uintptr_t>(bucket) % chunk_bytes == 0;
  }

  /// The bucket's chunks, the last first, when nothing is added any more; null if it is empty.
  static Chunk* chunks_of(Bucket bucket) {
    if (bucket == nullptr) return nullptr;
    const std::size_t from_start = (reinterpret_cast<std::uintptr_t>(bucket) - 1) % chunk_bytes + 1;
    auto* last = reinterpret_cast<Chunk*>(reinterpret_cast<std::byte*>(bucket) - from_start);
    last->used = static_cast<std::uint32_t>(bucket - last->events);
    return last;
  }

  struct Window {
    std::uint64_t start = 0;
    std::uint64_t end = 0;  // what is later lies in the rung below, or in far_
    unsigned shift = 0;     // a bucket is 2^shift ns wide
    Bucket* buckets = nullptr;
  };

  struct Rung {
    Window window;
    std::size_t current = 0;  // the buckets before this one have been taken
    std::size_t size = 0;     // buckets in use
    std::vector<Bucket> buckets;

    Bucket& bucket(std::uint64_t at) { return buckets[(at - window.start) >> window.shift]; }
  };

  struct Spread {  // of times in a bucket
    std::uint64_t first = 0;
    std::uint64_t median = 0;  // roughly
    std::uint64_t last = 0;
  };

  static std::uint64_t ticks(const EventKey& key) {
    return static_cast<std::uint64_t>(key.at.time_since_epoch().count());
  }

  static bool before(const QueuedEvent& a, const QueuedEvent& b) {
    if (a.key.at != b.key.at) return a.key.at < b.key.at;
    const auto rank = [](const EventKey& key) {
      return std::uint64_t{key.hop} << 32 | number(key.from);
    };
    if (rank(a.key) != rank(b.key)) return rank(a.key) < rank(b.key);
    return a.key.seq < b.key.seq;
  }

  static constexpr auto after = [](const QueuedEvent& a, const QueuedEvent& b) {
    return before(b, a);
  };

  bool late_first() const {
    return !late_.empty() && (run_ == run_end_ || before(late_.front(), *run_));
  }

  void add(Bucket& bucket, const EventKey& key, AgentId to, std::uint32_t body) {
    if (full(bucket)) open_chunk(bucket);
    QueuedEvent& place = *bucket++;
    place.key.at = key.at;
    place.key.hop = key.hop;
    place.key.from = key.from;
    place.key.seq = key.seq;
    place.to = to;
    place.body = body;
  }
  void add(Bucket& bucket, const QueuedEvent& event) {
    add(bucket, event.key, event.to, event.body);
  }

  template <class Visit>
  static void each_in(const Chunk* chunk, const Visit& visit) {
    for (; chunk != nullptr; chunk = chunk->next) {
      for (std::uint32_t i = 0; i < chunk->used; ++i) visit(chunk->events[i]);
    }
  }

  template <class Visit>
  void drain(Chunk* chunks, const Visit& visit);

  void open_chunk(Bucket& bucket);
  void free_chunk(Chunk* chunk);
  void push_elsewhere(const QueuedEvent& event);
  void push_late(const QueuedEvent& event);
  void drop_late();
  void relieve_late();
  void refill();
  void settle();
  void lay_out();
  Rung& open_rung(std::uint64_t start, std::uint64_t length, std::size_t events);
  void close_rung();
  static Spread spread_of(const Chunk* chunks);
  void run_sorted(Chunk* chunks, const Rung* rung);
  void run_instant(Chunk* chunks);
  void sort_by_counting(Chunk* chunks, std::uint64_t start, unsigned shift);
  void start_run(const QueuedEvent* begin, std::size_t count);
  void sort_nearly_sorted();

  std::size_t size_ = 0;
  const QueuedEvent* run_ = nullptr;  // the events due next, in order: of sorted_ or run_chunk_
  const QueuedEvent* run_end_ = nullptr;
  bool comes_into_sight_ = false;  // the run, since it was last asked
  std::uint64_t run_until_ = 0;    // everything earlier is in the run or in late_
  std::vector<QueuedEvent> late_;
  std::size_t late_limit_ = 0;
  std::vector<Rung> rungs_;  // the finest last; each earlier than what is left of the one before it
  std::size_t depth_ = 0;    // rungs in use
  Window near_;              // of the finest; empty if there is none
  Bucket far_ = nullptr;
  Chunk* run_chunk_ = nullptr;
  std::vector<QueuedEvent> sorted_;
  std::vector<std::uint32_t> counts_;
  Chunk* free_ = nullptr;
  std::vector<Block> blocks_;
};

}  // namespace reprise
