#include "tools/lab/hunt/run_score.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <queue>
#include <set>
#include <utility>

#include "tools/lab/ordered_work.hpp"

namespace reprise {

namespace {

using Features = std::vector<std::uint64_t>;  // sorted, each once

constexpr std::uint64_t positions = 8;
constexpr double events_of_value = 1000;

enum class Shown : std::uint64_t { state = 1, pair, turn, order, exercised };

void add_features(Features& all, const HuntedLife& life) {
  const auto add = [&](Shown what, std::uint64_t kind, std::uint64_t value) {
    all.push_back(
        AbstractState::mixed(AbstractState::mixed(static_cast<std::uint64_t>(what), kind), value));
  };
  const std::vector<KindFeatures>& kinds = life.features().seen();
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const std::uint64_t kind = digest64_of(life.features().kind(i).name);
    for (const std::uint64_t each : kinds[i].states) add(Shown::state, kind, each);
    for (const std::uint64_t each : kinds[i].pairs) add(Shown::pair, kind, each);
    for (const std::uint64_t each : kinds[i].turns) add(Shown::turn, kind, each);
    for (const std::uint64_t each : kinds[i].orders) add(Shown::order, kind, each);
  }
  for (const Exercised& each : life.exercised()) {
    if (each.runs != 0) add(Shown::exercised, each.in_code ? 1 : 0, digest64_of(each.what));
  }
}

void settle(Features& all) {
  std::ranges::sort(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
}

struct Lived {
  RunScore score;
  Features features;
  std::string fingerprint;  // empty: it holds
};

/// Lives it, and forks from positions along it.
Lived lived(const Contender& contender, const ScorePlan& plan, const std::atomic<bool>& stop) {
  Lived result;
  const std::uint64_t seed = contender.hunted.scenario.seed;
  HuntedLife life(contender.hunted, seed);
  while (!stop && life.step()) {
  }
  if (stop) return result;
  result.score = {.name = contender.name,
                  .identity = contender.identity,
                  .failure = life.failure(),
                  .complexity = life.steps()};
  if (result.score.failure) result.fingerprint = fingerprint_of(*result.score.failure);
  add_features(result.features, life);
  settle(result.features);
  result.score.coverage = result.features.size();
  if (plan.forks == 0) return result;
  Features of_forks;
  HuntedLife again(contender.hunted, seed);
  std::uint64_t forked = 0;
  for (std::uint64_t i = 0; i < positions; ++i) {
    const Step position = life.steps() * i / positions;
    bool on = true;
    while (on && !stop && (again.steps() < position || !again.can_reseed())) on = again.step();
    if (!on) break;
    for (; forked < plan.forks * (i + 1) / positions && !stop; ++forked) {
      HuntedLife fork(again);
      fork.reseed(AbstractState::mixed(plan.seed, forked));
      while (!stop && fork.step()) {
      }
      add_features(of_forks, fork);
    }
  }
  settle(of_forks);
  Features beyond;
  std::ranges::set_difference(of_forks, result.features, std::back_inserter(beyond));
  result.score.fork_potential = beyond.size();
  return result;
}

void rate_rarity(std::vector<Lived>& all) {
  std::map<std::uint64_t, std::uint32_t> runs_with;
  for (const Lived& each : all) {
    for (const std::uint64_t feature : each.features) ++runs_with[feature];
  }
  for (Lived& each : all) {
    double sum = 0;
    for (const std::uint64_t feature : each.features) sum += 1.0 / runs_with[feature];
    if (!each.features.empty()) each.score.rarity = sum / static_cast<double>(each.features.size());
  }
}

double value_of(std::uint64_t features, std::uint64_t events) {
  return static_cast<double>(features) / (1 + static_cast<double>(events) / events_of_value);
}

/// Puts them in order, one after another.
class Ranking {
 public:
  explicit Ranking(std::vector<Lived>& lived) : lived_(lived) {}

  std::vector<RunScore> run(std::size_t given) {
    std::vector<RunScore> ranked;
    for (std::size_t i = 0; i < std::min(given, lived_.size()); ++i) take(i, ranked);
    for (std::size_t i = given; i < lived_.size(); ++i) waiting_.push(rated(i));
    while (!waiting_.empty()) {
      const Rated first = waiting_.top();
      waiting_.pop();
      // What others show by now counts no more, so what it was worth may be too much.
      const Rated now = rated(first.place);
      if (now < first) {
        waiting_.push(now);
        continue;
      }
      take(first.place, ranked);
    }
    return ranked;
  }

 private:
  struct Rated {
    bool new_failure = false;
    std::uint64_t fewer_events = 0;  // counts for failures
    double value = 0;
    std::size_t place = 0;

    friend bool operator<(const Rated& a, const Rated& b) {
      if (a.new_failure != b.new_failure) return b.new_failure;
      if (a.fewer_events != b.fewer_events) return a.fewer_events < b.fewer_events;
      if (a.value != b.value) return a.value < b.value;
      return a.place > b.place;
    }
  };

  std::uint64_t gain(const Lived& one) const {
    return static_cast<std::uint64_t>(std::ranges::count_if(
        one.features, [&](std::uint64_t each) { return !covered_.contains(each); }));
  }

  Rated rated(std::size_t place) const {
    const Lived& one = lived_[place];
    const bool is_new = !one.fingerprint.empty() && !failures_.contains(one.fingerprint);
    return {.new_failure = is_new,
            .fewer_events = is_new ? ~one.score.complexity : 0,
            .value = value_of(gain(one), one.score.complexity),
            .place = place};
  }

  void take(std::size_t place, std::vector<RunScore>& ranked) {
    Lived& one = lived_[place];
    one.score.coverage_value = gain(one);
    one.score.new_failure = !one.fingerprint.empty() && failures_.insert(one.fingerprint).second;
    covered_.insert(one.features.begin(), one.features.end());
    ranked.push_back(std::move(one.score));
  }

  std::vector<Lived>& lived_;
  std::set<std::uint64_t> covered_;
  std::set<std::string> failures_;
  std::priority_queue<Rated> waiting_;
};

}  // namespace

double RunScore::replay_value() const {
  return value_of(coverage_value, complexity);
}

std::vector<RunScore> score(const std::vector<Contender>& contenders, const ScorePlan& plan,
                            const std::function<void(std::uint64_t)>& progress,
                            const std::function<bool()>& interrupted) {
  std::vector<Lived> all;
  const OrderedWork<Lived> work{
      .first = 0,
      .end = contenders.size(),
      .jobs = plan.jobs,
      .work = [&](std::uint64_t number,
                  const std::atomic<bool>& stop) { return lived(contenders[number], plan, stop); },
      .take =
          [&](std::uint64_t number, Lived result) {
            all.push_back(std::move(result));
            if (progress) progress(number + 1);
            return true;
          },
      .interrupted = interrupted};
  if (!work.run()) return {};
  rate_rarity(all);
  return Ranking(all).run(plan.given);
}

}  // namespace reprise
