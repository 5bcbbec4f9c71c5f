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

/// So that the last of them keep no thread waiting for long, and few worlds have to be restored and
/// digested.
constexpr std::size_t segments_per_job = 2;

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

/// Takes the state of a world where a keyframe of that step was taken: before edits after it.
class StateAt final : public Observer {
 public:
  StateAt(const Simulation& world, Step step) : world_(world), step_(step) {}

  const std::optional<Sha256>& digest() const { return digest_; }

  bool wants_checkpoints() const override { return false; }
  Step next_pause(Step step) const override {
    return step < step_ ? step_ : std::numeric_limits<Step>::max();
  }
  void on_pause() override {
    if (world_.steps() == step_) digest_ = saved_digest(world_);
  }

 private:
  const Simulation& world_;
  Step step_;
  std::optional<Sha256> digest_;
};

/// A stretch of history that is lived by itself, and what came of it.
struct Segment {
  Step begin = 0;  ///< 0, or the step of a keyframe.
  Step end = 0;    ///< The next one's, or the last step.
  std::optional<Sha256> first_state{};
  std::optional<Sha256> last_state{};
  bool whole = false;  ///< It was lived to its end, and all was equal.
  std::optional<Divergence> divergence{};
  std::exception_ptr error{};
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

/// `given_up` is asked now and then.
void live_segment(const Journal& journal, const Catalog& catalog, const WorldFactory& factory,
                  Tally& tally, const std::function<bool()>& given_up, Segment& segment) {
  const bool last = segment.end == journal.last_step();
  try {
    CheckedPlayer player(journal, catalog, factory, segment.begin);
    if (player.began() != segment.begin) return;  // its keyframe does not hold
    const Simulation& world = player.world();
    if (segment.begin != 0) segment.first_state = saved_digest(world);
    StateAt end(world, segment.end);
    if (!last) player.observe(end);
    Step told = world.steps();
    const auto tell = [&] {
      tally.add(world.steps() - told);
      told = world.steps();
    };
    const auto ask = [&] {
      tell();
      return given_up();
    };
    segment.whole = player.run_to(segment.end, time_max, ask);
    tell();
    if (segment.whole && last) player.compare_end();
    segment.last_state = end.digest();
  } catch (const DivergenceError& error) {
    segment.divergence = error.divergence;
  } catch (const std::bad_alloc&) {  // fewer worlds at a time may do
  } catch (...) {
    segment.error = std::current_exception();
  }
}

/// Does task(0) to task(count - 1), begun in this order, by `jobs` threads or as many as there are.
/// The tasks do not throw.
void spread(std::size_t count, unsigned jobs, const std::function<void(std::size_t)>& task) {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < count; i = next++) task(i);
  };
  std::vector<std::jthread> others;
  try {
    while (others.size() + 1 < std::min<std::size_t>(jobs, count)) others.emplace_back(work);
  } catch (const std::system_error&) {  // the system has no more of them
  }
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
    if (!segment.last_state || segment.last_state != segments[i + 1].first_state) {
      return std::nullopt;
    }
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
  const auto do_segment = [&](std::size_t place) {
    const auto given_up = [&] { return place >= wanted; };
    if (given_up()) return;
    live_segment(journal, catalog, factory, tally, given_up, segments[place]);
    if (segments[place].whole && !segments[place].divergence) return;
    std::size_t known = wanted;
    while (place + 1 < known && !wanted.compare_exchange_weak(known, place + 1)) {
    }
  };
  spread(segments.size() + 1, plan.jobs,
         [&](std::size_t task) { task == 0 ? do_first() : do_segment(task - 1); });
  tally.add(0);  // tells of what the others lived last
  if (refused) std::rethrow_exception(refused);
  if (too_much) return all_by_one();
  if (std::optional<Life> life = joined(segments)) return std::move(*life);
  return live_by_one(journal, catalog, factory, plan.progress);
}

}  // namespace reprise
