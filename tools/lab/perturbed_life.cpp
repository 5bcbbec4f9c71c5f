#include "tools/lab/perturbed_life.hpp"

#include <algorithm>
#include <atomic>
#include <boost/json/array.hpp>
#include <boost/json/value_to.hpp>
#include <set>
#include <stdexcept>
#include <thread>

#include "engine/enums.hpp"
#include "engine/json.hpp"
#include "engine/random.hpp"
#include "replay/file.hpp"
#include "replay/history.hpp"
#include "replay/recorder.hpp"
#include "tools/interrupt.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

using What = Divergence::What;

constexpr int restores = 5;

/// A moment at which the world is put together anew, and from what.
struct TakeUp {
  Step step = 0;
  std::optional<HistoryKeyframes::Place> keyframe{};  ///< Or else from its own state.
};

/// The steps after which edits were made.
std::set<Step> edited(const Journal& journal, const Catalog& catalog) {
  std::set<Step> steps;
  HistoryInputs inputs(journal, catalog);
  while (const std::optional<Input> input = inputs.next()) {
    if (input->after) steps.insert(*input->after);
  }
  return steps;
}

/// The same run in a world of its own, in another thread.
class Beside {
 public:
  Beside(const Journal& journal, const Catalog& catalog, const WorldFactory& factory)
      : thread_([this, &journal, &catalog, &factory] { live(journal, catalog, factory); }) {}
  ~Beside() {
    end_ = true;
    if (thread_.joinable()) thread_.join();
  }

  /// Waits for its end; where it left the recorded run, if it did.
  std::optional<Divergence> join() {
    thread_.join();
    if (error_) std::rethrow_exception(error_);
    return divergence_;
  }

 private:
  void live(const Journal& journal, const Catalog& catalog, const WorldFactory& factory) {
    try {
      const Step half = journal.last_step() / 2;
      CheckedPlayer player(journal, catalog, factory, half);
      const Step last = player.began() == 0 ? half : journal.last_step();
      player.run_to(last, time_max, [this] { return end_.load(); });
    } catch (const DivergenceError& error) {
      divergence_ = error.divergence;
    } catch (...) {
      error_ = std::current_exception();
    }
  }

  std::atomic<bool> end_ = false;
  std::optional<Divergence> divergence_;
  std::exception_ptr error_;
  std::thread thread_;  // last: it uses the others
};

/// A second recording, of every event: costly, so of the beginning alone.
class EventRecording {
 public:
  static constexpr Step steps_max = 2'000'000;

  EventRecording(const std::string& path, const Journal& like, Simulation& world)
      : writer_(path, like.header(), like.source(), false, WorkOn::thread),
        recorder_(world, writer_, {.keyframes = KeyframePolicy::none(), .events = true}) {}
  ~EventRecording() { writer_.discard(); }

 private:
  JournalWriter writer_;
  Recorder recorder_;
};

class Life {
 public:
  Life(const LifeSpec& spec, const Catalog& catalog, const WorldFactory& factory,
       const std::function<bool()>& interrupted)
      : spec_(spec),
        catalog_(catalog),
        factory_(factory),
        interrupted_(interrupted),
        journal_(spec.journal),
        with_keyframes_(spec.keyframes_of.empty() ? spec.journal : spec.keyframes_of),
        keyframes_(with_keyframes_),
        whole_(spec.last == 0 || spec.last >= journal_.last_step()),
        last_(whole_ ? journal_.last_step() : spec.last) {}

  PerturbedLife run() {
    const ProcessPerturbed process(spec_.perturbations, spec_.seed);
    std::optional<Beside> beside;
    if (has(spec_.perturbations, Perturbation::jobs)) {
      beside.emplace(with_keyframes_, catalog_, factory_);
    }
    live();
    if (beside && !life_.divergence) life_.divergence = beside->join();
    return std::move(life_);
  }

 private:
  void live() {
    {
      const RoundingPerturbed rounding(has(spec_.perturbations, Perturbation::rounding));
      world_ = factory_(journal_.header());
    }
    Simulation::Layout layout{.plain_heap = has(spec_.perturbations, Perturbation::queue)};
    if (has(spec_.perturbations, Perturbation::storage)) layout.shuffle = spec_.seed;
    if (layout.plain_heap || layout.shuffle) world_->lay_out(layout);
    JournalWriter writer(spec_.into, journal_.header(), journal_.source(), false, WorkOn::thread);
    Recorder recorder(*world_, writer,
                      {.keyframes = spec_.keyframes == 0 ? KeyframePolicy::none()
                                                         : KeyframePolicy::every(spec_.keyframes)});
    if (has(spec_.perturbations, Perturbation::recording)) {
      events_.emplace(spec_.into + ".events", journal_, *world_);
      life_.extra.push_back(0);
    }
    inputs_.emplace(journal_, catalog_);
    session_.emplace(*world_, *inputs_);
    std::optional<AgentFailure> failure;
    try {
      for (const TakeUp& each : plan()) {
        run_to(each.step);
        if (world_->steps() != each.step || !take_up(each)) break;
      }
      run_to(last_);
      const bool fails = whole_ && journal_.seal() && journal_.seal()->failure;
      if (fails && !life_.divergence) step();
    } catch (const AgentFailure& error) {
      failure = error;
    } catch (const std::invalid_argument& error) {
      does_not_fit(error);
    } catch (const FieldError& error) {
      does_not_fit(error);
    }
    if (life_.divergence) return;  // what is there is no world of this run
    if (!failure && whole_) world_->stand_at(journal_.last_at());
    const RunEnd end = failure                     ? RunEnd::failed
                       : whole_ && journal_.seal() ? journal_.seal()->end
                                                   : RunEnd::interrupted;
    recorder.finish(end, journal_.seal() ? journal_.seal()->limit : RunLimit(),
                    failure ? &*failure : nullptr);
  }

  /// What is taken up anew, in order.
  std::vector<TakeUp> plan() {
    std::vector<TakeUp> all;
    const Step last = journal_.last_step();
    const auto edits = edited(journal_, catalog_);
    if (has(spec_.perturbations, Perturbation::restore) && last > 2) {
      Random random(spec_.seed, "check/restore");
      for (int i = 0; i < restores; ++i) {
        const auto most = static_cast<std::int64_t>(last - 1);
        all.push_back({.step = static_cast<Step>(random.uniform(std::int64_t{1}, most))});
      }
    }
    if (has(spec_.perturbations, Perturbation::keyframes)) {
      for (Step step = last; step > 1;) {
        const auto place = keyframes_.find(step - 1);
        if (!place || place->step == 0) break;
        all.push_back({place->step, *place});
        step = place->step;
      }
    }
    std::ranges::sort(all, {}, &TakeUp::step);
    std::erase_if(
        all, [&](const TakeUp& each) { return each.step >= last_ || edits.contains(each.step); });
    const auto again = std::ranges::unique(all, {}, &TakeUp::step);
    all.erase(again.begin(), again.end());
    const auto keyframe = [](const TakeUp& each) { return each.keyframe.has_value(); };
    note_idle(Perturbation::restore, std::ranges::all_of(all, keyframe));
    note_idle(Perturbation::keyframes, std::ranges::none_of(all, keyframe));
    note_idle(Perturbation::jobs, last < 2);
    return all;
  }

  void note_idle(Perturbation perturbation, bool idle) {
    if (idle && has(spec_.perturbations, perturbation)) life_.idle.push_back(perturbation);
  }

  void run_to(Step step) {
    if (events_ && step > EventRecording::steps_max) {
      run_on_to(EventRecording::steps_max);
      events_.reset();
    }
    run_on_to(step);
  }

  void run_on_to(Step step) {
    bool ended = false;
    {
      const RoundingPerturbed rounding(has(spec_.perturbations, Perturbation::rounding));
      session_->run({.steps = step}, [&] { return ended = interrupted_ && interrupted_(); });
    }
    if (ended) throw Interrupted();
  }

  void step() {
    const RoundingPerturbed rounding(has(spec_.perturbations, Perturbation::rounding));
    session_->step();
  }

  /// The world is put together again from a state alone. False, and why, if that does not do.
  bool take_up(const TakeUp& from) {
    world_->checkpoint();  // the trail up to here
    life_.extra.push_back(from.step);
    const Digest root = world_->state_root();
    if (from.keyframe) {
      const Digest prefix = world_->prefix();
      if (!keyframes_.restore(*from.keyframe, *world_)) {
        return refuse("the recorded keyframe", "that it does not hold");
      }
      if (world_->prefix() != prefix) return refuse("the recorded keyframe", "another history's");
    } else {
      Bytes bytes;
      Encoder out(bytes);
      world_->save(out);
      Decoder in(bytes);
      try {
        const RoundingPerturbed rounding(has(spec_.perturbations, Perturbation::rounding));
        world_->restore(in);
      } catch (const DecodeError& error) {
        return refuse("its own state", error.what());
      }
    }
    if (world_->state_root() != root) {
      return refuse("state root " + to_string(root),
                    "state root " + to_string(world_->state_root()));
    }
    inputs_.emplace(journal_, catalog_);
    inputs_->pass_taken(*world_);
    session_.emplace(*world_, *inputs_);
    return true;
  }

  /// An input or edit that did in the recorded run.
  void does_not_fit(const std::exception& error) {
    life_.divergence =
        Divergence{What::failure, world_->steps() + 1, "the inputs fit the world", error.what()};
  }

  bool refuse(std::string recorded, std::string computed) {
    life_.divergence =
        Divergence{What::state, world_->steps(), std::move(recorded), std::move(computed)};
    return false;
  }

  const LifeSpec& spec_;
  const Catalog& catalog_;
  const WorldFactory& factory_;
  const std::function<bool()>& interrupted_;
  const Journal journal_;
  const Journal with_keyframes_;
  const HistoryKeyframes keyframes_;
  const bool whole_;
  const Step last_;
  std::unique_ptr<Simulation> world_;
  std::optional<EventRecording> events_;
  std::optional<HistoryInputs> inputs_;
  std::optional<Session> session_;
  PerturbedLife life_;
};

}  // namespace

json::object to_json(const LifeSpec& spec) {
  return {{"journal", spec.journal}, {"keyframes_of", spec.keyframes_of},
          {"into", spec.into},       {"perturbations", names_of(spec.perturbations)},
          {"seed", spec.seed},       {"keyframes", spec.keyframes},
          {"last", spec.last}};
}

LifeSpec life_spec(const json::value& value) {
  const json::object& object = value.as_object();
  const auto text = [&](const char* key) { return std::string(object.at(key).as_string()); };
  return {.journal = text("journal"),
          .keyframes_of = text("keyframes_of"),
          .into = text("into"),
          .perturbations = perturbations_named(text("perturbations")),
          .seed = object.at("seed").to_number<std::uint64_t>(),
          .keyframes = object.at("keyframes").to_number<Step>(),
          .last = object.at("last").to_number<Step>()};
}

json::object to_json(const PerturbedLife& life) {
  json::array extra;
  for (const Step step : life.extra) extra.push_back(json::value(step));
  json::object object{
      {"extra", std::move(extra)}, {"idle", names_of(life.idle)}, {"divergence", nullptr}};
  if (life.divergence) {
    object["divergence"] = json::object{{"what", static_cast<int>(life.divergence->what)},
                                        {"step", life.divergence->step},
                                        {"recorded", life.divergence->recorded},
                                        {"computed", life.divergence->computed}};
  }
  return object;
}

PerturbedLife perturbed_life(const json::value& value) {
  const json::object& object = value.as_object();
  PerturbedLife life;
  for (const json::value& step : object.at("extra").as_array()) {
    life.extra.push_back(step.to_number<Step>());
  }
  life.idle = perturbations_named(std::string(object.at("idle").as_string()));
  if (const json::object* found = object.at("divergence").if_object()) {
    life.divergence = Divergence{static_cast<What>(found->at("what").to_number<int>()),
                                 found->at("step").to_number<Step>(),
                                 std::string(found->at("recorded").as_string()),
                                 std::string(found->at("computed").as_string())};
  }
  return life;
}

PerturbedLife live_perturbed(const LifeSpec& spec, const Catalog& catalog,
                             const WorldFactory& factory,
                             const std::function<bool()>& interrupted) {
  return Life(spec, catalog, factory, interrupted).run();
}

}  // namespace reprise
