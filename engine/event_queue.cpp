#include "engine/event_queue.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <new>
#include <utility>

#include "engine/assert.hpp"

namespace reprise {

namespace {

constexpr std::size_t buckets_min = 32;
constexpr std::size_t buckets_max = 2048;
constexpr std::size_t bucket_events = 16;   // aimed at, where there are fewer buckets than that
constexpr std::size_t split_events = 4096;  // a bucket with more is spread over a finer rung
constexpr std::size_t direct_events = 32;   // so few need no buckets
constexpr std::size_t insertion_events = 16;
constexpr std::size_t late_events = 128;
constexpr std::size_t samples = 255;
constexpr std::uint64_t window_medians = 8;  // the buckets reach so many times as far as the median
constexpr std::uint64_t time_end = std::uint64_t{1} << 63;
constexpr std::size_t block_chunks_min = 8;
constexpr std::size_t block_chunks_max = 2048;

}  // namespace

void EventQueue::open_chunk(Bucket& bucket) {
  if (free_ == nullptr) {
    const std::size_t chunks =
        std::clamp(block_chunks_min << std::min<std::size_t>(blocks_.size(), 16), block_chunks_min,
                   block_chunks_max);
    blocks_.push_back(allocate_block(chunks * sizeof(Chunk), alignof(Chunk)));
    std::byte* const memory = blocks_.back().get();
    for (std::size_t i = chunks; i-- > 0;) free_chunk(new (memory + i * sizeof(Chunk)) Chunk);
  }
  Chunk* chunk = free_;
  free_ = chunk->next;
  chunk->next = chunks_of(bucket);
  chunk->below = bucket == nullptr ? 0 : static_cast<std::uint32_t>(chunk->next->size());
  bucket = chunk->events;
}

void EventQueue::free_chunk(Chunk* chunk) {
  chunk->next = free_;
  free_ = chunk;
}

/// Empties a bucket. `visit` may push what it is given elsewhere.
template <class Visit>
void EventQueue::drain(Chunk* chunks, const Visit& visit) {
  while (chunks != nullptr) {
    for (std::uint32_t i = 0; i < chunks->used; ++i) visit(chunks->events[i]);
    free_chunk(std::exchange(chunks, chunks->next));
  }
}

void EventQueue::use_heap() {
  REPRISE_ASSERT(empty());
  *this = EventQueue();
  run_until_ = std::numeric_limits<std::uint64_t>::max();  // so all come late
  late_limit_ = std::numeric_limits<std::size_t>::max();
}

void EventQueue::push_late(const QueuedEvent& event) {
  late_.push_back(event);
  std::ranges::push_heap(late_, after);
  if (late_.size() > late_limit_) relieve_late();
}

void EventQueue::drop_late() {
  std::ranges::pop_heap(late_, after);
  late_.pop_back();
}

/// Not in the finest rung.
void EventQueue::push_elsewhere(const QueuedEvent& event) {
  const std::uint64_t at = ticks(event.key);
  if (at < run_until_) return push_late(event);
  for (std::size_t i = depth_; i-- > 0;) {
    Rung& rung = rungs_[i];
    if (at < rung.window.end) return add(rung.bucket(at), event);
  }
  add(far_, event);
}

/// Spreads the run and what came late over a rung of its own, when there is more of it than the run
/// was worth.
void EventQueue::relieve_late() {
  late_limit_ = std::max(late_events, 2 * late_.size());
  if (late_.size() <= late_events || run_chunk_ != nullptr) return;
  if (late_.size() <= static_cast<std::size_t>(run_end_ - run_)) return;
  std::uint64_t first = ticks(late_.front().key);
  if (run_ != run_end_) first = std::min(first, ticks(run_->key));
  if (run_until_ - first <= 1) return;  // one instant cannot be spread
  const std::size_t count = late_.size() + static_cast<std::size_t>(run_end_ - run_);
  Rung& rung = open_rung(first, run_until_ - first, count);
  const auto place = [&](const QueuedEvent& event) { add(rung.bucket(ticks(event.key)), event); };
  std::for_each(run_, run_end_, place);
  std::ranges::for_each(late_, place);
  late_.clear();
  late_limit_ = late_events;
  start_run(run_, 0);
  run_until_ = first;
}

/// A finest rung of buckets for about `events` events in the `length` ns from `start` on.
EventQueue::Rung& EventQueue::open_rung(std::uint64_t start, std::uint64_t length,
                                        std::size_t events) {
  if (depth_ == rungs_.size()) rungs_.emplace_back();
  Rung& rung = rungs_[depth_++];
  const std::size_t buckets =
      std::clamp(std::bit_ceil(events) / bucket_events, buckets_min, buckets_max);
  Window& window = rung.window;
  window.shift = static_cast<unsigned>(std::bit_width((length - 1) / buckets));
  window.start = start;
  window.end = start + length;
  rung.current = 0;
  rung.size = static_cast<std::size_t>((length - 1) >> window.shift) + 1;
  if (rung.buckets.size() < rung.size) rung.buckets.resize(rung.size);
  window.buckets = rung.buckets.data();
  near_ = window;
  return rung;
}

/// The finest one, which is empty.
void EventQueue::close_rung() {
  --depth_;
  near_ = depth_ == 0 ? Window{} : rungs_[depth_ - 1].window;
}

/// Makes the run begin with the first event, where it has come to its end.
void EventQueue::refill() {
  if (run_chunk_ != nullptr) {
    Chunk* next = run_chunk_->next;
    free_chunk(run_chunk_);
    run_chunk_ = next;
    if (next != nullptr) return start_run(next->events, next->used);
    start_run(nullptr, 0);
  }
  if (late_.empty()) settle();
}

/// Starts a run with the next bucket that holds something.
void EventQueue::settle() {
  REPRISE_ASSERT(size_ != 0);
  late_limit_ = late_events;
  while (run_ == run_end_) {
    if (depth_ == 0) {
      lay_out();
      continue;
    }
    Rung& rung = rungs_[depth_ - 1];
    while (rung.current < rung.size && rung.buckets[rung.current] == nullptr) ++rung.current;
    if (rung.current == rung.size) {
      run_until_ = rung.window.end;
      close_rung();
      continue;
    }
    Chunk* const chunks = chunks_of(std::exchange(rung.buckets[rung.current], nullptr));
    ++rung.current;
    const std::uint64_t end = std::min(
        rung.window.end, rung.window.start + (std::uint64_t{rung.current} << rung.window.shift));
    if (chunks->size() > split_events && rung.window.shift != 0) {
      const Spread spread = spread_of(chunks);
      run_until_ = spread.first;
      Rung& finer = open_rung(spread.first, end - spread.first, chunks->size());
      drain(chunks, [&](const QueuedEvent& event) { add(finer.bucket(ticks(event.key)), event); });
      continue;
    }
    run_until_ = end;
    if (chunks->size() > split_events) {
      run_instant(chunks);
    } else {
      run_sorted(chunks, &rung);
    }
  }
}

/// Lays buckets out for what is far away; it is all that there is.
void EventQueue::lay_out() {
  Chunk* const all = chunks_of(std::exchange(far_, nullptr));
  REPRISE_ASSERT(all != nullptr);
  const Spread spread = spread_of(all);
  if (spread.first == spread.last) {
    run_until_ = spread.first + 1;
    return run_instant(all);
  }
  if (all->size() <= direct_events) {
    run_until_ = spread.last + 1;
    return run_sorted(all, nullptr);
  }
  // At least about half of what there is comes to lie in buckets, however far the rest is: what is
  // laid out again and again shrinks geometrically.
  const std::uint64_t whole = spread.last - spread.first + 1;
  const std::uint64_t near = std::max<std::uint64_t>(spread.median - spread.first, 1);
  const std::uint64_t length = near > whole / window_medians ? whole : near * window_medians;
  run_until_ = spread.first;
  Rung& rung = open_rung(spread.first, length, all->size());
  drain(all, [&](const QueuedEvent& event) {
    const std::uint64_t at = ticks(event.key);
    add(at < rung.window.end ? rung.bucket(at) : far_, event);
  });
}

EventQueue::Spread EventQueue::spread_of(const Chunk* chunks) {
  Spread spread{.first = time_end};
  std::array<std::uint64_t, samples> sample;
  std::size_t taken = 0;
  const std::size_t stride = chunks->size() / samples + 1;
  std::size_t skip = 0;
  each_in(chunks, [&](const QueuedEvent& event) {
    const std::uint64_t at = ticks(event.key);
    spread.first = std::min(spread.first, at);
    spread.last = std::max(spread.last, at);
    if (skip-- != 0) return;
    skip = stride - 1;
    sample[taken++] = at;
  });
  const auto middle = sample.begin() + taken / 2;
  std::nth_element(sample.begin(), middle, sample.begin() + taken);
  spread.median = *middle;
  return spread;
}

/// Makes a bucket, of `rung` if it is of one, the run.
void EventQueue::run_sorted(Chunk* chunks, const Rung* rung) {
  if (rung != nullptr && chunks->size() > insertion_events && rung->window.shift != 0) {
    const std::uint64_t start =
        rung->window.start + (std::uint64_t{rung->current - 1} << rung->window.shift);
    return sort_by_counting(chunks, start, rung->window.shift);
  }
  if (sorted_.capacity() > 2 * split_events) std::vector<QueuedEvent>().swap(sorted_);
  sorted_.clear();
  drain(chunks, [&](const QueuedEvent& event) { sorted_.push_back(event); });
  if (sorted_.size() > insertion_events) std::ranges::sort(sorted_, before);
  sort_nearly_sorted();
  start_run(sorted_.data(), sorted_.size());
}

/// Puts the events of `chunks` in order, roughly by their times first.
void EventQueue::sort_by_counting(Chunk* chunks, std::uint64_t start, unsigned shift) {
  const std::size_t count = chunks->size();
  const unsigned width = static_cast<unsigned>(std::bit_width(count - 1));
  const unsigned fine = shift > width ? shift - width : 0;
  const std::size_t cells = std::size_t{1} << (shift - fine);
  counts_.assign(cells + 1, 0);
  each_in(chunks,
          [&](const QueuedEvent& event) { ++counts_[((ticks(event.key) - start) >> fine) + 1]; });
  bool crowded = false;
  for (std::size_t cell = 1; cell <= cells; ++cell) {
    crowded = crowded || counts_[cell] > insertion_events;
    counts_[cell] += counts_[cell - 1];
  }
  sorted_.resize(count);
  drain(chunks, [&](const QueuedEvent& event) {
    sorted_[counts_[(ticks(event.key) - start) >> fine]++] = event;
  });
  if (crowded) {
    std::size_t begin = 0;
    for (std::size_t cell = 0; cell < cells; ++cell) {
      const std::size_t end = counts_[cell];
      if (end - begin > insertion_events) {
        std::sort(sorted_.begin() + begin, sorted_.begin() + end, before);
      }
      begin = end;
    }
  }
  sort_nearly_sorted();
  start_run(sorted_.data(), count);
}

void EventQueue::start_run(const QueuedEvent* begin, std::size_t count) {
  run_ = begin;
  run_end_ = begin + count;
  comes_into_sight_ = true;
}

/// Sorts sorted_ by insertion.
void EventQueue::sort_nearly_sorted() {
  QueuedEvent* events = sorted_.data();
  for (std::size_t i = 1; i < sorted_.size(); ++i) {
    if (!before(events[i], events[i - 1])) continue;
    const QueuedEvent event = events[i];
    std::size_t place = i;
    do {
      events[place] = events[place - 1];
      --place;
    } while (place != 0 && before(event, events[place - 1]));
    events[place] = event;
  }
}

/// Makes a bucket, all of one instant, the run: where it lies if that is in order.
void EventQueue::run_instant(Chunk* chunks) {
  Chunk* chunk = nullptr;
  while (chunks != nullptr) {  // what was pushed first lies in the last
    Chunk* next = std::exchange(chunks->next, chunk);
    chunk = std::exchange(chunks, next);
  }
  const QueuedEvent* last = nullptr;
  bool ordered = true;
  each_in(chunk, [&](const QueuedEvent& event) {
    ordered = ordered && (last == nullptr || before(*last, event));
    last = &event;
  });
  if (ordered) {
    run_chunk_ = chunk;
    return start_run(chunk->events, chunk->used);
  }
  std::vector<QueuedEvent>().swap(sorted_);
  drain(chunk, [&](const QueuedEvent& event) { sorted_.push_back(event); });
  std::ranges::sort(sorted_, before);
  start_run(sorted_.data(), sorted_.size());
}

}  // namespace reprise
