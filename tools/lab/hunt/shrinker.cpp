#include "tools/lab/hunt/shrinker.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <mutex>
#include <numeric>
#include <span>
#include <stdexcept>
#include <utility>

#include "scenarios/input_error.hpp"
#include "tools/lab/hunt/reproducer_edits.hpp"
#include "tools/lab/ordered_work.hpp"

namespace reprise {

namespace {

/// How many seeds a candidate is tried with: more where fewer have found nothing.
constexpr std::array<std::uint64_t, 6> efforts = {1, 4, 16, 64, 256, 1024};

constexpr std::uint64_t tries_at_first = 32;

/// Where the question is of one candidate, so many more seeds are worth their time.
constexpr std::uint64_t sole_factor = 8;

/// A run with more events than these is tried so much less often.
constexpr std::uint64_t usual_events = 20'000;

/// A run that is the same under so many more has nothing of chance.
constexpr std::uint64_t other_seeds = 4;

constexpr std::size_t batch_max = 64;

/// A run is taken for a shorter one from this part of what the best takes.
constexpr double worth_it = 0.95;

/// What goes to the end of its time may have more events where something is left out; a livelock
/// would never end.
constexpr Step slack = 2;

/// What came of a try.
struct Outcome {
  std::optional<RunFailure> failure;  // the one that is looked for
  RunSize size;
};

/// A candidate that may be run under any seed, once it has been understood.
class Prepared {
 public:
  Prepared(const Reproducer& reproducer, const Catalog& catalog)
      : reproducer_(reproducer), catalog_(catalog) {}

  /// Null if it makes no sense. In any thread.
  const Scenario* scenario() {
    std::call_once(once_, [&] { understand(); });
    return scenario_ ? &*scenario_ : nullptr;
  }

  const InputList& inputs() const { return inputs_; }
  const Reproducer& reproducer() const { return reproducer_; }

 private:
  void understand() {
    try {
      scenario_ = scenario_of(reproducer_, catalog_);
      inputs_ = inputs_of(reproducer_, *build_world(*scenario_, catalog_));
    } catch (const InputError&) {
      scenario_.reset();
    } catch (const std::invalid_argument&) {
      scenario_.reset();
    }
  }

  const Reproducer& reproducer_;
  const Catalog& catalog_;
  std::once_flag once_;
  std::optional<Scenario> scenario_;
  InputList inputs_;
};

bool known_at_end(RunEnd end) {
  return end != RunEnd::violated && end != RunEnd::failed;
}

/// Whether a run has so much less in it that it is worth having: events, or else time.
bool is_less(const RunSize& found, const RunSize& before, double factor) {
  const auto part = [&](auto of) { return factor * static_cast<double>(of); };
  if (static_cast<double>(found.events) <= part(before.events)) return true;
  return found.events <= before.events &&
         static_cast<double>(found.time.count()) <= part(before.time.count());
}

/// The numbers below `size` without those in `out`, which are in order.
std::vector<std::size_t> others(std::size_t size, const std::vector<std::size_t>& out) {
  std::vector<std::size_t> all(size);
  std::iota(all.begin(), all.end(), std::size_t{0});
  std::vector<std::size_t> kept;
  std::ranges::set_difference(all, out, std::back_inserter(kept));
  return kept;
}

/// The inputs of units `first` to `last`, in order.
std::vector<std::size_t> inputs_in(const std::vector<std::vector<std::size_t>>& units,
                                   std::size_t first, std::size_t last) {
  std::vector<std::size_t> inputs;
  for (std::size_t i = first; i < last; ++i)
    std::ranges::copy(units[i], std::back_inserter(inputs));
  std::ranges::sort(inputs);
  return inputs;
}

}  // namespace

/// Candidates, each under several seeds, of which the first that fails as it should is wanted.
class Shrinker::Batch {
 public:
  struct Try {
    std::size_t candidate = 0;
    std::uint64_t seed = 0;
  };

  Batch(Shrinker& shrinker, std::span<const Reproducer> candidates, const RunLimit& limit)
      : shrinker_(shrinker), limit_(limit) {
    for (const Reproducer& each : candidates) {
      prepared_.push_back(std::make_unique<Prepared>(each, shrinker.plan_.run.hunted.catalog));
      identities_.push_back(each.identity());
    }
  }

  /// Adds a try, unless it has been made.
  void add(const Try& one) {
    const auto before = shrinker_.tried_.find({identities_[one.candidate], one.seed});
    if (before == shrinker_.tried_.end() || before->second < limit_.until) tries_.push_back(one);
  }

  /// The first try that is accepted, which is then the best. Throws Over.
  std::optional<std::size_t> run(const Accepts& accepts) {
    std::optional<std::size_t> found;
    const OrderedWork<Outcome> work{
        .first = 0,
        .end = tries_.size(),
        .jobs = shrinker_.plan_.jobs,
        .work = [&](std::uint64_t number,
                    const std::atomic<bool>& stop) { return live(tries_[number], stop); },
        .take =
            [&](std::uint64_t number, const Outcome& outcome) {
              if (!take(tries_[number], outcome, accepts)) return true;
              found = tries_[number].candidate;
              return false;
            },
        .interrupted = [&] { return (*shrinker_.interrupted_)(shrinker_.progress_); }};
    const bool whole = work.run();
    if (!whole && !found) throw Over();
    return found;
  }

 private:
  Outcome live(const Try& one, const std::atomic<bool>& stop) {
    Prepared& prepared = *prepared_[one.candidate];
    const Scenario* scenario = prepared.scenario();
    if (scenario == nullptr) return {};
    try {
      ScenarioLife life(*scenario, shrinker_.plan_.run.hunted.catalog, one.seed, prepared.inputs());
      const RunEnd end = life.run(limit_, [&] { return stop.load(); });
      std::optional<RunFailure> failure = life.failure();
      const Step steps = shrinker_.known_at_end_ || !failure ? life.world().steps() : failure->step;
      const bool cut = end == RunEnd::interrupted ||
                       (end == RunEnd::steps && shrinker_.plan_.run.end != RunEnd::steps);
      const bool same = failure && !cut && known_at_end(end) == shrinker_.known_at_end_ &&
                        fingerprint_of(*failure) == shrinker_.fingerprint_;
      if (!same) failure.reset();
      return {std::move(failure),
              {.inputs = prepared.reproducer().inputs.size(),
               .agents = prepared.reproducer().agents(),
               .events = steps,
               .time = life.world().now().time_since_epoch()}};
    } catch (const InputError&) {  // what is expected does not fit the agents any more
      return {};
    } catch (const std::invalid_argument&) {
      return {};
    }
  }

  bool take(const Try& one, const Outcome& outcome, const Accepts& accepts) {
    ShrinkProgress& progress = shrinker_.progress_;
    if (outcome.size.events != 0) ++progress.runs;  // others made no sense
    progress.events += outcome.size.events;
    Time& tried = shrinker_.tried_[{identities_[one.candidate], one.seed}];
    tried = std::max(tried, limit_.until);
    if (!outcome.failure || !accepts(outcome.size)) return false;
    Reproducer reproducer = prepared_[one.candidate]->reproducer();
    reproducer.seed = one.seed;
    if (!shrinker_.known_at_end_) {
      const Duration until_ms = std::chrono::ceil<std::chrono::milliseconds>(outcome.size.time);
      reproducer.limit = {.until = Time(until_ms)};
    }
    progress.best = SmallRun{std::move(reproducer), *outcome.failure, outcome.size};
    ++progress.improvements;
    return true;
  }

  Shrinker& shrinker_;
  RunLimit limit_;
  std::vector<std::unique_ptr<Prepared>> prepared_;
  std::vector<Digest> identities_;
  std::vector<Try> tries_;
};

Shrinker::Shrinker(const ShrinkPlan& plan)
    : plan_(plan),
      fingerprint_(fingerprint_of(plan.run.failure)),
      known_at_end_(known_at_end(plan.run.end)),
      chance_(plan.scope.seed) {}

ShrinkEnd Shrinker::run(const Interrupted& interrupted) {
  interrupted_ = &interrupted;
  try {
    if (!begin()) return ShrinkEnd::not_reproduced;
    // Where a run takes long, whatever makes it shorter comes first.
    progress_.tries = efforts.front();
    while (size().events > usual_events && (take_away_agents() || improve())) {
    }
    for (std::size_t effort = 0; effort < efforts.size();) {
      progress_.tries = efforts[effort];
      effort = improve() ? 0 : effort + 1;
    }
    return ShrinkEnd::smallest;
  } catch (const Over&) {
    return ShrinkEnd::interrupted;
  }
}

/// Finds the failure in the form in which it can be made smaller.
bool Shrinker::begin() {
  RunLimit limit = plan_.run.hunted.limit;
  limit.steps = std::min(limit.steps, slack * std::max<Step>(plan_.run.steps, 1));
  progress_.tries = tries_at_first;
  const bool chaos = plan_.run.hunted.scenario.chaos.has_value();
  for (const bool chaos_as_faults : {true, false}) {
    if (chaos_as_faults && !chaos) continue;
    const Reproducer first = reproducer_of(plan_.run, chaos_as_faults);
    if (progress_.before.events == 0) {
      const auto in_time = [&](const auto& input) { return input->at <= plan_.run.failure.at; };
      progress_.before = {
          .inputs = static_cast<std::uint64_t>(std::ranges::count_if(first.inputs, in_time)),
          .agents = first.agents(),
          .events = known_at_end_ ? plan_.run.steps : plan_.run.failure.step,
          .time = plan_.run.failure.at.time_since_epoch()};
    }
    scenario_of(first, plan_.run.hunted.catalog);  // throws where a file cannot say it
    if (try_all({first}, tries_at_first, limit, [](const RunSize&) { return true; })) {
      limit_ = first_limit();
      chance_ = chance_ && depends_on_seed();
      return true;
    }
  }
  return false;
}

/// Whether the best run is another under another seed: where it is not, one try is enough.
bool Shrinker::depends_on_seed() const {
  const Catalog& catalog = plan_.run.hunted.catalog;
  const Scenario scenario = scenario_of(smallest(), catalog);
  const InputList inputs = inputs_of(smallest(), *build_world(scenario, catalog));
  const auto prefix_under = [&](std::uint64_t seed) {
    ScenarioLife life(scenario, catalog, seed, inputs);
    life.run(limit_);
    return life.world().prefix();
  };
  const Digest prefix = prefix_under(smallest().seed);
  for (std::uint64_t other = 1; other <= other_seeds; ++other) {
    if (prefix_under(smallest().seed ^ other) != prefix) return true;
  }
  return false;
}

/// How far candidates are run that have less in them: as far as the first.
RunLimit Shrinker::first_limit() const {
  if (known_at_end_) {
    const RunLimit& whole = plan_.run.hunted.limit;
    return {.until = whole.until, .steps = std::min(whole.steps, slack * size().events)};
  }
  return {.until = Time(size().time), .steps = size().events};
}

/// And those that are to come to the failure sooner: as far as the best.
RunLimit Shrinker::present_limit() const {
  if (known_at_end_) return limit_;
  return {.until = std::min(limit_.until, Time(size().time)), .steps = limit_.steps};
}

/// One turn. Says whether anything was found.
bool Shrinker::improve() {
  bool any = false;
  any = leave_out_inputs() || any;
  any = take_away_agents() || any;
  any = say_less() || any;
  any = seek_sooner() || any;
  return shorten() || any;
}

bool Shrinker::leave_out_inputs() {
  if (!plan_.scope.inputs) return false;
  const auto fewer = [&](const RunSize& found) { return found.inputs < size().inputs; };
  bool any = false;
  if (size().inputs > 0 &&
      try_all({with_inputs(smallest(), {})}, sole_factor * progress_.tries, limit_, fewer)) {
    any = true;
  }
  for (std::size_t parts = 2;;) {
    const std::vector<std::vector<std::size_t>> units = units_of(smallest().inputs);
    if (units.empty()) return any;
    parts = std::min(parts, units.size());
    const auto edge = [&](std::size_t part) { return part * units.size() / parts; };
    const auto inside = [&](std::size_t part) {
      return inputs_in(units, edge(part), edge(part + 1));
    };
    const std::size_t subsets = parts > 2 ? parts : 0;  // of two parts each is all but the other
    const Candidates candidates{subsets + parts, [&](std::size_t i) {
                                  if (i < subsets) return with_inputs(smallest(), inside(i));
                                  return with_inputs(smallest(),
                                                     others(size().inputs, inside(i - subsets)));
                                }};
    const auto found = try_all(candidates, progress_.tries, limit_, fewer);
    if (found) {
      any = true;
      parts = *found < subsets ? 2 : std::max<std::size_t>(parts - 1, 2);
    } else if (parts >= units.size()) {
      return leave_out_single_inputs() || any;
    } else {
      parts *= 2;
    }
  }
}

/// Of what belongs together, too.
bool Shrinker::leave_out_single_inputs() {
  const auto fewer = [&](const RunSize& found) { return found.inputs < size().inputs; };
  bool any = false;
  while (true) {
    std::vector<Reproducer> candidates;
    for (const std::vector<std::size_t>& unit : units_of(smallest().inputs)) {
      if (unit.size() == 1) continue;
      for (const std::size_t one : unit) {
        candidates.push_back(with_inputs(smallest(), others(smallest().inputs.size(), {one})));
      }
    }
    if (!try_all(candidates, progress_.tries, limit_, fewer)) return any;
    any = true;
  }
}

bool Shrinker::take_away_agents() {
  if (!plan_.scope.agents) return false;
  bool any = false;
  while (try_all(with_fewer_agents(smallest()), progress_.tries, limit_, [&](const RunSize& found) {
    const bool inputs_kept = found.inputs == size().inputs;
    return found.agents < size().agents && (plan_.scope.inputs || inputs_kept);
  })) {
    any = true;
  }
  return any;
}

bool Shrinker::say_less() {
  if (!plan_.scope.options) return false;
  bool any = false;
  while (try_all(with_less_said(smallest()), progress_.tries, present_limit(),
                 [&](const RunSize& found) { return found.events <= size().events; })) {
    any = true;
  }
  return any;
}

/// The same under a seed that leads to it with fewer events, or sooner.
bool Shrinker::seek_sooner() {
  if (!chance_) return false;
  bool any = false;
  while (try_all({smallest()}, sole_factor * progress_.tries, present_limit(),
                 [&](const RunSize& found) { return is_less(found, size(), worth_it); })) {
    any = true;
  }
  return any;
}

/// The same with everything closer together.
bool Shrinker::shorten() {
  const auto less = [&](const RunSize& found) { return is_less(found, size(), worth_it); };
  bool any = false;
  while (plan_.scope.times && !known_at_end_ &&
         try_all(with_less_time(smallest()), progress_.tries, present_limit(), less)) {
    any = true;
  }
  while (plan_.scope.times &&
         try_all(with_rounder_times(smallest()), progress_.tries, present_limit(),
                 [&](const RunSize& found) { return found.events <= size().events; })) {
    any = true;
  }
  while (plan_.scope.options &&
         try_all(with_other_values(smallest()), progress_.tries, present_limit(), less)) {
    any = true;
  }
  return any;
}

/// That of the best run first.
std::vector<std::uint64_t> Shrinker::seeds(std::uint64_t tries) const {
  const std::uint64_t own = progress_.best ? smallest().seed : plan_.run.hunted.scenario.seed;
  if (progress_.best && size().events > usual_events) tries = tries * usual_events / size().events;
  std::vector<std::uint64_t> all = {own};
  for (std::uint64_t seed = 1; chance_ && all.size() < tries; ++seed) {
    if (seed != own) all.push_back(seed);
  }
  return all;
}

std::optional<std::size_t> Shrinker::try_all(const std::vector<Reproducer>& candidates,
                                             std::uint64_t tries, const RunLimit& limit,
                                             const Accepts& accepts) {
  return try_all({candidates.size(), [&](std::size_t i) { return candidates[i]; }}, tries, limit,
                 accepts);
}

/// Runs the candidates under `tries` seeds each, of a batch of them all under one seed before any
/// under the next. The first that fails as it should and is accepted becomes the best; says which
/// it was.
std::optional<std::size_t> Shrinker::try_all(const Candidates& candidates, std::uint64_t tries,
                                             const RunLimit& limit, const Accepts& accepts) {
  for (std::size_t first = 0; first < candidates.count; first += batch_max) {
    std::vector<Reproducer> some;
    for (std::size_t i = first; i < std::min(first + batch_max, candidates.count); ++i) {
      some.push_back(candidates.make(i));
    }
    Batch batch(*this, some, limit);
    for (const std::uint64_t seed : seeds(tries)) {
      for (std::size_t i = 0; i < some.size(); ++i) batch.add({i, seed});
    }
    if (const std::optional<std::size_t> found = batch.run(accepts)) return first + *found;
  }
  return std::nullopt;
}

}  // namespace reprise
