#include "tools/lab/hunt/explorer.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "timeline/memory_keyframes.hpp"
#include "tools/lab/ordered_work.hpp"

namespace reprise {

namespace {

constexpr std::size_t runs_of_a_round = 32;
constexpr std::uint64_t first_roots = 16;  // before any fork
constexpr double root_share = 0.1;         // of the runs after them
constexpr std::size_t moments_of_a_run = 3;
constexpr Step patience = 500;  // a fork that has shown nothing new for so long is given up
constexpr std::size_t runs_kept = 16;
constexpr std::uint64_t lives_bytes_max = std::uint64_t{1} << 29;
constexpr std::uint64_t moments_min = 16;

double interest(double rarity, const KeptMoment& moment) {
  return rarity * (1.0 + static_cast<double>(moment.found)) /
         (1.0 + static_cast<double>(moment.forks)) * (1.0 + moment.near);
}

/// How seldom the rarest of these pairs was seen, of which `runs_with` says how many runs have
/// shown it.
template <class RunsWith>
double rarest(const std::vector<std::uint64_t>& pairs, const RunsWith& runs_with) {
  double best = 0;
  for (const std::uint64_t pair : pairs) best = std::max(best, 1.0 / (1.0 + runs_with(pair)));
  return best;
}

}  // namespace

struct Explorer::Task {
  std::optional<std::size_t> from{};  // the moment
  std::uint64_t seed = 0;
};

struct Explorer::Result {
  struct Moment {
    KeptMoment kept;
    Life life;
    double key = 0;  // by which it is chosen among others of the run
  };

  Life life;
  Step begin = 0;
  std::vector<Moment> moments;
  std::optional<RunFailure> failure;
  double rarity = 0;
  double near = 0;
};

double rarity_of(const std::vector<std::uint64_t>& pairs, const ExploreProgress& progress) {
  return rarest(pairs, [&](std::uint64_t pair) {
    for (const auto& [name, kind] : progress.kinds) {
      if (const auto known = kind.pairs.find(pair); known != kind.pairs.end()) return known->second;
    }
    return std::uint32_t{0};
  });
}

double interest_of(const KeptMoment& moment, const ExploreProgress& progress) {
  return interest(rarity_of(moment.pairs, progress), moment);
}

Explorer::Explorer(const ExplorePlan& plan, ExploreProgress& progress)
    : plan_(plan), progress_(progress), random_(plan.seed, "explorer") {
  if (progress_.stream) random_ = Random::from_words(*progress_.stream);
  for (const auto& [name, kind] : progress_.kinds) {
    for (const auto& [pair, runs] : kind.pairs) pairs_.emplace(pair, runs);
  }
  lives_.resize(progress_.moments.size());
}

Explorer::~Explorer() = default;

double Explorer::rarity(const std::vector<std::uint64_t>& pairs) const {
  return rarest(pairs, [&](std::uint64_t pair) {
    const auto known = pairs_.find(pair);
    return known == pairs_.end() ? std::uint32_t{0} : known->second;
  });
}

Explorer::Task Explorer::next_task() {
  std::vector<KeptMoment>& moments = progress_.moments;
  if (progress_.roots < first_roots || moments.empty() || random_.bernoulli(root_share)) {
    return {std::nullopt, plan_.seed + progress_.roots++};
  }
  std::vector<double> sums;
  double sum = 0;
  for (const KeptMoment& each : moments) {
    sums.push_back(sum += interest(rarity(each.pairs), each));
  }
  const double place = random_.real() * sum;
  const auto after = std::ranges::upper_bound(sums, place);
  const auto chosen =
      std::min<std::size_t>(static_cast<std::size_t>(after - sums.begin()), moments.size() - 1);
  ++progress_.forks;
  ++moments[chosen].forks;
  return {chosen, random_.bits()};
}

/// Where the run of a task begins.
Explorer::Life Explorer::begin(const Task& task) const {
  if (!task.from) return std::make_shared<HuntedLife>(plan_.hunted, task.seed);
  Life life;
  {
    const std::lock_guard lock(locks_[*task.from % locks_.size()]);  // a copy sorts what is pending
    life = std::make_shared<HuntedLife>(*lives_[*task.from]);
  }
  life->reseed(task.seed);
  return life;
}

Explorer::Result Explorer::live(const Task& task, const std::atomic<bool>& stop) const {
  Result result{.life = begin(task)};
  HuntedLife& life = *result.life;
  result.begin = task.from ? life.steps() : 0;
  Random chance(task.seed, "moments");
  const auto later = [](const auto& a, const auto& b) { return a.key > b.key; };
  const auto found = [&] {
    std::size_t count = 0;
    for (const KindFeatures& each : life.features().seen()) {
      count += static_cast<std::size_t>(std::ranges::count_if(
          each.pairs, [&](std::uint64_t pair) { return !pairs_.contains(pair); }));
    }
    return count;
  };
  std::size_t found_then = 0;
  Step next_look = life.steps() + patience;
  while (life.step()) {
    if (life.steps() % 128 == 0 && stop) return result;
    if (!life.features().changed().empty() && life.can_reseed()) {
      const double rare = rarity(life.features().changed());
      result.rarity = std::max(result.rarity, rare);
      const double near = life.nearness();
      result.near = std::max(result.near, near);
      // A sample in which each has a chance in proportion to its weight (Efraimidis and Spirakis
      // 2006).
      const double key = std::log(1 - chance.real()) / (rare * (1 + near));
      std::vector<Result::Moment>& all = result.moments;
      if (all.size() < moments_of_a_run || key > all.front().key) {
        if (all.size() == moments_of_a_run) {
          std::ranges::pop_heap(all, later);
          all.pop_back();
        }
        all.push_back({{.story = life.story(),
                        .step = life.steps(),
                        .at = life.world().now(),
                        .pairs = life.features().changed(),
                        .near = near},
                       std::make_shared<HuntedLife>(life),
                       key});
        std::ranges::push_heap(all, later);
      }
    }
    if (task.from && life.steps() >= next_look) {
      const std::size_t found_now = found();
      if (found_now <= found_then) return result;
      found_then = found_now;
      next_look = life.steps() + patience;
    }
  }
  result.failure = life.failure();
  return result;
}

/// Adds what a run has shown to what all have. Returns how much of it no run had.
std::uint64_t Explorer::count_features(const Result& result) {
  std::uint64_t found = 0;
  const FeatureWatch& features = result.life->features();
  for (std::size_t place = 0; place < features.seen().size(); ++place) {
    const KindFeatures& seen = features.seen()[place];
    const AgentType& type = features.kind(place);
    KindCoverage& kind = progress_.kinds[type.name];
    for (const AgentType::Handler& each : type.handlers)
      kind.messages[std::string(each.message->name)];
    for (const MessageType* each : seen.messages) ++kind.messages[std::string(each->name)];
    for (const std::uint64_t pair : seen.pairs) {
      ++kind.pairs[pair];
      found += ++pairs_[pair] == 1 ? 1 : 0;
    }
    for (const std::uint64_t state : seen.states) kind.states.insert(state);
    for (const std::uint64_t turn : seen.turns) found += kind.turns.insert(turn).second ? 1 : 0;
    for (const std::uint64_t order : seen.orders) found += kind.orders.insert(order).second ? 1 : 0;
  }
  return found;
}

/// Counts a run. Returns the group that it is the first of.
const FoundGroup* Explorer::take(const Task& task, Result& result) {
  progress_.events += result.life->steps() - result.begin;
  const std::uint64_t found = count_features(result);
  if (task.from) progress_.moments[*task.from].found += found;
  const std::uint64_t number = progress_.roots + progress_.forks;
  for (const Exercised& each : result.life->exercised()) add(progress_.exercised, number, each);
  progress_.runs.push_back({.story = result.life->story(),
                            .begin = result.begin,
                            .end = result.life->steps(),
                            .found = found,
                            .rarity = result.rarity,
                            .near = result.near,
                            .failed = result.failure.has_value()});
  std::ranges::stable_sort(progress_.runs, std::ranges::greater(), &ExploredRun::found);
  if (progress_.runs.size() > runs_kept) progress_.runs.pop_back();
  for (Result::Moment& each : result.moments) {
    progress_.moments.push_back(std::move(each.kept));
    lives_.push_back(std::move(each.life));
  }
  if (!result.failure) return nullptr;
  const auto ahead = std::ranges::find(progress_.ahead, result.life->story());
  if (ahead != progress_.ahead.end()) {
    progress_.ahead.erase(ahead);
    return nullptr;
  }
  return take_failure(result);
}

const FoundGroup* Explorer::take_failure(const Result& result) {
  ++progress_.failed;
  const std::string fingerprint = fingerprint_of(*result.failure);
  const auto known = std::ranges::find(progress_.groups, fingerprint, &FoundGroup::fingerprint);
  if (known != progress_.groups.end()) {
    ++known->count;
    return nullptr;
  }
  progress_.groups.push_back(
      {fingerprint, 1, *result.failure, result.life->story(), progress_.events});
  return &progress_.groups.back();
}

void Explorer::give_up_the_dull() {
  std::vector<KeptMoment>& moments = progress_.moments;
  if (progress_.moments_max == 0 && !lives_.empty()) {
    const std::uint64_t fit = lives_bytes_max / copy_bytes_of(lives_.back()->world());
    progress_.moments_max = std::min(plan_.moments_max, std::max(moments_min, fit));
  }
  if (moments.size() <= progress_.moments_max) return;
  std::vector<std::pair<double, std::size_t>> order;
  for (std::size_t i = 0; i < moments.size(); ++i) {
    order.emplace_back(-interest(rarity(moments[i].pairs), moments[i]), i);
  }
  std::ranges::sort(order);
  order.resize(progress_.moments_max);
  std::ranges::sort(order, {}, [](const auto& each) { return each.second; });
  std::vector<KeptMoment> kept;
  std::vector<Life> lives;
  for (const auto& [interest, i] : order) {
    kept.push_back(std::move(moments[i]));
    lives.push_back(std::move(lives_[i]));
  }
  moments = std::move(kept);
  lives_ = std::move(lives);
}

bool Explorer::enough() const {
  return plan_.until_fail && progress_.failed >= *plan_.until_fail;
}

/// Forgets the tasks of a round that was interrupted, but not what its runs have found.
void Explorer::take_back(const std::vector<Task>& tasks, const std::vector<Result>& results,
                         const ExploreWatch& watch) {
  for (const Task& each : tasks) {
    --(each.from ? progress_.forks : progress_.roots);
    if (each.from) --progress_.moments[*each.from].forks;
  }
  for (const Result& each : results) {
    const bool known =
        std::ranges::find(progress_.ahead, each.life->story()) != progress_.ahead.end();
    if (!each.failure || known) continue;
    progress_.ahead.push_back(each.life->story());
    const FoundGroup* group = take_failure(each);
    if (group != nullptr && watch.found) watch.found(*group);
  }
}

ExploreEnd Explorer::run(const ExploreWatch& watch) {
  while (!enough() && !(plan_.events_max && progress_.events >= *plan_.events_max)) {
    std::vector<Task> tasks;
    for (std::size_t i = 0; i < runs_of_a_round; ++i) {
      tasks.push_back(next_task());
      if (!tasks.back().from || lives_[*tasks.back().from]) continue;
      const KeptMoment& moment = progress_.moments[*tasks.back().from];
      lives_[*tasks.back().from] = HuntedLife::at(plan_.hunted, moment.story, moment.step);
    }
    OrderedWork<Result> work{.first = 0, .end = tasks.size(), .jobs = plan_.jobs};
    work.work = [&](std::uint64_t i, const std::atomic<bool>& stop) {
      return live(tasks[i], stop);
    };
    std::vector<Result> results;
    work.take = [&](std::uint64_t, Result result) {
      results.push_back(std::move(result));
      return true;
    };
    work.interrupted = watch.interrupted;
    if (!work.run()) {
      take_back(tasks, results, watch);
      return ExploreEnd::interrupted;
    }
    for (std::size_t i = 0; i < results.size() && !enough(); ++i) {
      const FoundGroup* group = take(tasks[i], results[i]);
      if (group != nullptr && watch.found) watch.found(*group);
    }
    give_up_the_dull();
    ++progress_.rounds;
    progress_.stream = random_.words();
    if (watch.round) watch.round();
  }
  return enough() ? ExploreEnd::until_fail : ExploreEnd::events;
}

}  // namespace reprise
