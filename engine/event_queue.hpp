#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

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
class EventQueue {
 public:
  EventQueue() = default;
  EventQueue(EventQueue&&) noexcept = default;
  EventQueue& operator=(EventQueue&&) noexcept = default;

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  void push(const QueuedEvent& event) {
    const std::uint64_t at = ticks(event);
    ++size_;
    if (at < run_until_) {
      push_late(event);
    } else if (depth_ != 0 && at < rungs_[depth_ - 1].end) {
      Rung& rung = rungs_[depth_ - 1];
      add(rung.buckets[(at - rung.start) >> rung.shift], event);
    } else {
      push_far(event);
    }
  }

  /// The first event in order. There must be one. May sort the next bucket.
  const QueuedEvent& first() {
    if (run_ == run_end_) [[unlikely]]
      refill();
    return late_first() ? late_.front() : *run_;
  }

  /// Takes the first event out. There must be one.
  QueuedEvent pop() {
    if (run_ == run_end_) [[unlikely]]
      refill();
    --size_;
    return late_first() ? pop_late() : *run_++;
  }

  /// An event that will probably be the first after `pops` pops; nullptr if none can be told.
  const QueuedEvent* ahead(std::size_t pops) const {
    return static_cast<std::size_t>(run_end_ - run_) > pops ? run_ + pops : nullptr;
  }

  /// Every event, in an order that depends on what was pushed and popped before.
  template <class Visit>
  void each(const Visit& visit) const {
    for (const QueuedEvent* event = run_; event != run_end_; ++event) visit(*event);
    if (run_chunk_ != nullptr) each_in(run_chunk_->next, visit);
    for (const QueuedEvent& event : late_) visit(event);
    for (std::size_t i = 0; i < depth_; ++i) {
      for (const Chunk* bucket : rungs_[i].buckets) each_in(bucket, visit);
    }
    each_in(far_, visit);
  }

 private:
  static constexpr std::size_t chunk_events = 15;

  struct Chunk {
    Chunk* next = nullptr;
    std::uint32_t used = 0;
    std::uint32_t below = 0;  // how many events the chunks from `next` on hold
    QueuedEvent events[chunk_events];

    std::size_t size() const { return std::size_t{below} + used; }
  };

  using Bucket = Chunk*;  // its last chunk, the only one that may not be full; null if empty

  struct Rung {
    std::uint64_t start = 0;
    std::uint64_t end = 0;    // what is later lies in the rung below, or in far_
    unsigned shift = 0;       // a bucket is 2^shift ns wide
    std::size_t current = 0;  // the buckets before this one have been taken
    std::size_t size = 0;     // buckets in use
    std::vector<Bucket> buckets;
  };

  struct Spread {  // of times in a bucket
    std::uint64_t first = 0;
    std::uint64_t median = 0;  // roughly
    std::uint64_t last = 0;
  };

  static std::uint64_t ticks(const QueuedEvent& event) {
    return static_cast<std::uint64_t>(event.key.at.time_since_epoch().count());
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

  void add(Bucket& bucket, const QueuedEvent& event) {
    if (bucket == nullptr || bucket->used == chunk_events) open_chunk(bucket);
    bucket->events[bucket->used++] = event;
  }

  template <class Visit>
  static void each_in(const Chunk* chunk, const Visit& visit) {
    for (; chunk != nullptr; chunk = chunk->next) {
      for (std::uint32_t i = 0; i < chunk->used; ++i) visit(chunk->events[i]);
    }
  }

  template <class Visit>
  void drain(Bucket bucket, const Visit& visit);

  void open_chunk(Bucket& bucket);
  void free_chunk(Chunk* chunk);
  void push_late(const QueuedEvent& event);
  void push_far(const QueuedEvent& event);
  QueuedEvent pop_late();
  void relieve_late();
  void refill();
  void settle();
  void lay_out();
  Rung& open_rung(std::uint64_t start, std::uint64_t length, std::size_t events);
  static Spread spread_of(Bucket bucket);
  void run_sorted(Bucket bucket, const Rung* rung);
  void run_instant(Bucket bucket);
  void sort_by_counting(Bucket bucket, std::uint64_t start, unsigned shift);
  void start_run();

  std::size_t size_ = 0;
  const QueuedEvent* run_ = nullptr;  // the events due next, in order: of sorted_ or run_chunk_
  const QueuedEvent* run_end_ = nullptr;
  std::uint64_t run_until_ = 0;  // everything earlier is in the run or in late_
  std::vector<QueuedEvent> late_;
  std::size_t late_limit_ = 0;
  std::vector<Rung> rungs_;  // each within the bucket before `current` of the one before it
  std::size_t depth_ = 0;    // rungs in use
  Bucket far_ = nullptr;
  Chunk* run_chunk_ = nullptr;
  std::vector<QueuedEvent> sorted_;
  std::vector<std::uint32_t> counts_;
  Chunk* free_ = nullptr;
  std::vector<std::unique_ptr<Chunk[]>> blocks_;
};

}  // namespace reprise
