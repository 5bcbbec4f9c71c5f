#include "tools/lab/hunt/odds.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "engine/abstract_state.hpp"
#include "tools/lab/ordered_work.hpp"

namespace reprise {

namespace {

/// What one fork came to.
enum class Fate : std::uint8_t { fine, failed, other };

/// Notes what was delivered last.
class LastDelivery final : public Observer {
 public:
  bool wants_deliveries() const override { return true; }
  bool wants_checkpoints() const override { return false; }
  void on_delivery(const Delivery& delivery) override {
    kind_ = delivery.event.kind;
    from_ = delivery.event.key.from;
    to_ = delivery.event.to;
  }

  std::string in_words(const Simulation& world) const {
    if (kind_ == nullptr) return "the start";
    const auto name = [&](AgentId id, const char* none) {
      return id == world_id ? std::string(none) : world.name_of(id);
    };
    return std::string(kind_->name) + " from " + name(from_, "outside") + " to " +
           name(to_, "the world");
  }

 private:
  const MessageType* kind_ = nullptr;
  AgentId from_{};
  AgentId to_{};
};

class Odder {
 public:
  Odder(const OddsPlan& plan, const std::function<void(std::uint64_t, std::uint64_t)>& progress,
        const std::function<bool()>& interrupted)
      : plan_(plan), progress_(progress), interrupted_(interrupted) {}

  Odds measure() {
    const std::uint64_t steps = plan_.last - plan_.first;
    const std::uint64_t gaps = std::min(plan_.positions - 1, std::max<std::uint64_t>(steps, 1));
    expected_ = (gaps + 1) * plan_.forks;
    for (std::uint64_t i = 0; i <= gaps && !stopped_; ++i) {
      measure_at(plan_.first + steps * i / gaps);
    }
    for (std::uint64_t i = 0; i < plan_.refined && !stopped_; ++i) {
      const std::optional<Step> step = where_it_changes();
      if (!step) break;
      expected_ += plan_.forks;
      measure_at(*step);
    }
    Odds odds;
    for (auto& [step, position] : measured_) odds.positions.push_back(std::move(position.odds));
    return odds;
  }

 private:
  struct Position {
    PositionOdds odds;
    std::shared_ptr<const HuntedLife> life;
  };

  /// A life that stands at the first step from `step` on at which streams can begin anew.
  std::shared_ptr<HuntedLife> life_at(Step step, std::string& delivered) const {
    auto before = measured_.upper_bound(step);
    std::shared_ptr<HuntedLife> life;
    if (before == measured_.begin()) {
      life = std::make_shared<HuntedLife>(plan_.run.hunted, plan_.run.hunted.scenario.seed);
    } else {
      life = std::make_shared<HuntedLife>(*std::prev(before)->second.life);
      delivered = std::prev(before)->second.odds.delivered;
    }
    LastDelivery last;
    life->observe(last);
    bool moved = false;
    while (life->steps() < step || !life->can_reseed()) {
      if (life->steps() + 1 >= plan_.run.failure.step || !life->step()) break;
      moved = true;
    }
    life->forget(last);
    if (moved || delivered.empty()) delivered = last.in_words(life->world());
    return life;
  }

  void measure_at(Step step) {
    Position position;
    const std::shared_ptr<HuntedLife> life = life_at(step, position.odds.delivered);
    if (!life->can_reseed() || measured_.contains(life->steps())) {
      tried_.push_back(step);
      return;
    }
    tried_.push_back(step);
    position.odds.step = life->steps();
    position.odds.at = life->world().now();
    position.life = life;
    OrderedWork<Fate> work{.first = 0, .end = plan_.forks, .jobs = plan_.jobs};
    std::mutex copying;  // a copy sorts what is pending
    work.work = [&](std::uint64_t fork, const std::atomic<bool>& stop) {
      std::unique_ptr<HuntedLife> copy;
      {
        const std::lock_guard lock(copying);
        copy = std::make_unique<HuntedLife>(*life);
      }
      return fate_of(*copy, fork, stop);
    };
    work.take = [&](std::uint64_t, Fate fate) {
      ++position.odds.forks;
      position.odds.failed += fate == Fate::failed ? 1 : 0;
      position.odds.others += fate == Fate::other ? 1 : 0;
      if (progress_) progress_(++done_, expected_);
      return true;
    };
    work.interrupted = interrupted_;
    stopped_ = !work.run();
    if (position.odds.forks != 0) measured_.emplace(position.odds.step, std::move(position));
  }

  Fate fate_of(HuntedLife& life, std::uint64_t fork, const std::atomic<bool>& stop) const {
    const Time begin = life.world().now();
    life.reseed(AbstractState::mixed(AbstractState::mixed(plan_.seed, life.steps()), fork));
    while (life.step()) {
      if (life.steps() % 128 == 0 && stop) return Fate::fine;
      if (plan_.horizon && life.world().now() - begin > *plan_.horizon) return Fate::fine;
    }
    const std::optional<RunFailure> failure = life.failure();
    if (!failure) return Fate::fine;
    return fingerprint_of(*failure) == fingerprint_of(plan_.run.failure) ? Fate::failed
                                                                         : Fate::other;
  }

  /// The middle between the two neighbours that differ the most, if they do beyond chance.
  std::optional<Step> where_it_changes() const {
    std::optional<Step> middle;
    double largest = 0;
    for (auto next = measured_.begin(), here = next; next != measured_.end(); here = next) {
      if (++next == measured_.end()) break;
      const PositionOdds& a = here->second.odds;
      const PositionOdds& b = next->second.odds;
      const bool apart =
          a.interval().high < b.interval().low || b.interval().high < a.interval().low;
      const Step between = a.step + (b.step - a.step) / 2;
      const double change = std::abs(a.share() - b.share());
      const bool tried = std::ranges::find(tried_, between) != tried_.end();
      if (!apart || b.step - a.step < 2 || tried || change <= largest) continue;
      largest = change;
      middle = between;
    }
    return middle;
  }

  const OddsPlan& plan_;
  const std::function<void(std::uint64_t, std::uint64_t)>& progress_;
  const std::function<bool()>& interrupted_;
  std::map<Step, Position> measured_;
  std::vector<Step> tried_;
  std::uint64_t done_ = 0;
  std::uint64_t expected_ = 0;
  bool stopped_ = false;
};

}  // namespace

Interval wilson_interval(std::uint64_t k, std::uint64_t n) {
  constexpr double z = 1.959963984540054;  // the normal distribution's 97.5 % quantile
  const auto count = static_cast<double>(n);
  const double share = static_cast<double>(k) / count;
  const double spread = z * z / count;
  const double centre = share + spread / 2;
  const double half = z * std::sqrt(share * (1 - share) / count + spread / count / 4);
  return {k == 0 ? 0 : (centre - half) / (1 + spread), k == n ? 1 : (centre + half) / (1 + spread)};
}

Interval PositionOdds::interval() const {
  return wilson_interval(failed, forks);
}

std::optional<std::size_t> Odds::from(double share) const {
  std::size_t first = positions.size();
  while (first != 0 && positions[first - 1].share() >= share) --first;
  return first == positions.size() ? std::nullopt : std::optional(first);
}

Odds odds_of(const OddsPlan& plan,
             const std::function<void(std::uint64_t, std::uint64_t)>& progress,
             const std::function<bool()>& interrupted) {
  return Odder(plan, progress, interrupted).measure();
}

}  // namespace reprise
