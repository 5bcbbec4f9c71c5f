#include "replay/life.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <limits>
#include <new>
#include <system_error>
#include <thread>

#include "replay/sha256.hpp"

namespace reprise {

namespace {

/// So that who is done early finds something to take over.
constexpr std::size_t segments_per_job = 4;

/// Digest of all that is in `world`: of what Simulation::save() writes.
Sha256 saved_digest(const Simulation& world) {
  constexpr std::size_t at_once = std::size_t{1} << 18;
  Sha256Stream digest;
  Bytes bytes;
  const auto add = [&] {
    digest.add(bytes);
    bytes.clear();
  };
  Encoder out(bytes, at_once, add);
  world.save(out);
  add();
  return digest.digest();
}

/// A stretch of history that is lived by itself, and what came of it.
struct Segment {
  Step begin = 0;          ///< 0, or the step of a keyframe.
  Step end = 0;            ///< The next one's, or the last step.
  bool continues = false;  ///< Who lived the one before has gone on with it.
  std::optional<Sha256> first_state{};
  std::optional<Sha256> last_state{};
  bool whole = false;  ///< It was lived to its end, and all was equal.
  std::optional<Divergence> divergence{};
  std::exception_ptr error{};
};

/// Which segments somebody has begun.
class Claims {
 public:
  explicit Claims(std::size_t count) : begun_(count) {}

  /// False if somebody has.
  bool take(std::size_t place) { return place < begun_.size() && !begun_[place].exchange(true); }

  /// One to begin with: the middle of the longest row that nobody has begun, so that who lives
  /// what comes before it may go on for long; the first of all if there is none. Nothing is left
  /// when it answers nothing.
  std::optional<std::size_t> take_some() {
    for (;;) {
      std::size_t first = 0;
      std::size_t length = 0;
      for (std::size_t i = 0, row = 0; i < begun_.size(); ++i) {
        row = begun_[i] ? 0 : row + 1;
        if (row <= length) continue;
        length = row;
        first = i + 1 - row;
      }
      if (length == 0) return std::nullopt;
      const std::size_t place = length == begun_.size() ? 0 : first + length / 2;
      if (take(place)) return place;
    }
  }

 private:
  std::vector<std::atomic<bool>> begun_;
};

/// Where a segment ends, goes on with the next one if nobody has begun it, and takes the state
/// there otherwise: where a keyframe of that step was taken, before edits after it.
class SegmentEnds final : public Observer {
 public:
  SegmentEnds(const Simulation& world, std::vector<Segment>& segments, Claims& claims,
              std::size_t place)
      : world_(world), segments_(segments), claims_(claims), place_(place) {}

  /// The segment that is being lived.
  Segment& segment() const { return segments_[place_]; }
  std::size_t place() const { return place_; }

  bool wants_checkpoints() const override { return false; }
  Step next_pause(Step step) const override {
    const bool last = place_ + 1 == segments_.size();
    return last || step >= segment().end ? std::numeric_limits<Step>::max() : segment().end;
  }
  void on_pause() override {
    if (place_ + 1 == segments_.size() || world_.steps() != segment().end) return;
    if (claims_.take(place_ + 1)) {
      segment().whole = true;
      ++place_;
      segment().continues = true;
    } else {
      segment().last_state = saved_digest(world_);
    }
  }

 private:
  const Simulation& world_;
  std::vector<Segment>& segments_;
  Claims& claims_;
  std::size_t place_;
};

/// Segments of about the same length that begin at keyframes. One where several would not do.
std::vector<Segment> segments_of(const Journal& journal, const Catalog& catalog, unsigned jobs) {
  const Step last = journal.last_step();
  std::vector<Segment> segments{{.begin = 0, .end = last}};
  const SchemaComparison kinds = compare_schema(journal.header().schema, catalog);
  if (jobs <= 1 || !kinds.lifted.empty() || !kinds.refused.empty()) return segments;
  for (const Journal* each = &journal; each != nullptr; each = each->parent()) {
    const bool orphan = each->header().parent && each->parent() == nullptr;
    if (orphan || !each->gaps().empty()) return segments;
  }
  std::vector<Step> keyframes;
  for (const Stretch& stretch : stretches_of(journal)) {
    for (const FrameEntry& entry : stretch.journal->frames()) {
      if (entry.type != FrameType::keyframe) continue;
      const Step step = entry.span.last_step;
      if (step > stretch.first && step <= stretch.last && step < last) keyframes.push_back(step);
    }
  }
  std::ranges::sort(keyframes);
  const std::size_t parts = jobs * segments_per_job;
  for (std::size_t i = 1; i < parts; ++i) {
    const auto next = std::ranges::lower_bound(keyframes, last / parts * i);
    if (next == keyframes.end() || *next <= segments.back().begin) continue;
    segments.back().end = *next;
    segments.push_back({.begin = *next, .end = last});
  }
  return segments;
}

/// Counts steps, and asks whether to go on, from several threads.
class Tally {
 public:
  explicit Tally(const LifePlan& plan) : plan_(plan), teller_(std::this_thread::get_id()) {}

  void add(Step steps) {
    const Step lived = lived_.fetch_add(steps) + steps;
    if (plan_.progress && std::this_thread::get_id() == teller_) plan_.progress(lived);
  }

 private:
  const LifePlan& plan_;
  std::thread::id teller_;
  std::atomic<Step> lived_{0};
};

/// Lives the segment at `place`, which has been claimed, and those behind it that nobody else has.
/// `given_up` is asked of a place now and then.
std::size_t live_segments(const Journal& journal, const Catalog& catalog,
                          const WorldFactory& factory, Tally& tally, Claims& claims,
                          const std::function<bool(std::size_t)>& given_up,
                          std::vector<Segment>& segments, std::size_t place) {
  try {
    CheckedPlayer player(journal, catalog, factory, segments[place].begin);
    if (player.began() != segments[place].begin) return place;  // its keyframe does not hold
    const Simulation& world = player.world();
    if (place != 0) segments[place].first_state = saved_digest(world);
    SegmentEnds ends(world, segments, claims, place);
    player.observe(ends);
    Step told = world.steps();
    const auto tell = [&] {
      tally.add(world.steps() - told);
      told = world.steps();
    };
    const auto ask = [&] {
      place = ends.place();
      tell();
      return given_up(place);
    };
    try {
      bool there = true;
      do {
        there = player.run_to(ends.segment().end, time_max, ask);
      } while (there && world.steps() != ends.segment().end);
      place = ends.place();
      segments[place].whole = there;
      tell();
      if (there && place + 1 == segments.size()) player.compare_end();
    } catch (...) {
      place = ends.place();
      throw;
    }
  } catch (const DivergenceError& error) {
    segments[place].divergence = error.divergence;
  } catch (const std::bad_alloc&) {  // fewer worlds at a time may do
  } catch (...) {
    segments[place].error = std::current_exception();
  }
  return place;
}

/// Has `jobs` threads, or as many as there are, do `work`, which does not throw; the caller's does
/// `first` before.
void spread(unsigned jobs, const std::function<void()>& first, const std::function<void()>& work) {
  std::vector<std::jthread> others;
  try {
    while (others.size() + 1 < jobs) others.emplace_back(work);
  } catch (const std::system_error&) {  // the system has no more of them
  }
  first();
  work();
}

/// What the segments come to, each following from the one before. Nothing if one does not.
std::optional<Life> joined(const std::vector<Segment>& segments) {
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const Segment& segment = segments[i];
    if (segment.error) std::rethrow_exception(segment.error);
    if (segment.divergence) return Life{.divergence = segment.divergence, .lifted = {}};
    if (!segment.whole) return std::nullopt;
    if (i + 1 == segments.size()) return Life{.steps = segment.end, .divergence = {}, .lifted = {}};
    const Segment& next = segments[i + 1];
    if (next.continues) continue;
    if (!segment.last_state || segment.last_state != next.first_state) return std::nullopt;
  }
  return std::nullopt;
}

Life live_by_one(const Journal& journal, const Catalog& catalog, const WorldFactory& factory,
                 const std::function<void(Step)>& progress) {
  CheckedPlayer player(journal, catalog, factory);
  const auto report = [&] {
    if (progress) progress(player.world().steps());
    return false;
  };
  Life life;
  life.lifted = player.lifted();
  try {
    player.run_to(journal.last_step(), time_max, report);
    if (life.lifted.empty()) player.compare_end();
  } catch (const DivergenceError& error) {
    life.divergence = error.divergence;
  }
  life.steps = player.world().steps();
  return life;
}

}  // namespace

Life live(const Journal& journal, const Catalog& catalog, const WorldFactory& factory,
          const LifePlan& plan) {
  std::vector<Segment> segments = segments_of(journal, catalog, plan.jobs);
  const auto all_by_one = [&] {
    if (plan.first) plan.first();
    return live_by_one(journal, catalog, factory, plan.progress);
  };
  if (segments.size() == 1) return all_by_one();
  Tally tally(plan);
  bool too_much = false;  // for the memory there is
  std::exception_ptr refused;
  std::atomic<std::size_t> wanted{segments.size()};  // those from there on matter no more
  const auto do_first = [&] {
    try {
      if (plan.first) plan.first();
    } catch (const std::bad_alloc&) {
      too_much = true;
      wanted = 0;
    } catch (...) {
      refused = std::current_exception();
      wanted = 0;
    }
  };
  Claims claims(segments.size());
  const auto given_up = [&](std::size_t place) { return place >= wanted; };
  const auto do_segments = [&] {
    while (const auto place = claims.take_some()) {
      if (given_up(*place)) continue;
      const std::size_t last =
          live_segments(journal, catalog, factory, tally, claims, given_up, segments, *place);
      if (segments[last].whole && !segments[last].divergence) continue;
      std::size_t known = wanted;
      while (last + 1 < known && !wanted.compare_exchange_weak(known, last + 1)) {
      }
    }
  };
  spread(plan.jobs, do_first, do_segments);
  tally.add(0);  // tells of what the others lived last
  if (refused) std::rethrow_exception(refused);
  if (too_much) return all_by_one();
  if (std::optional<Life> life = joined(segments)) return std::move(*life);
  return live_by_one(journal, catalog, factory, plan.progress);
}

}  // namespace reprise
