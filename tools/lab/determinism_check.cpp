#include "tools/lab/determinism_check.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "engine/json.hpp"
#include "replay/file.hpp"
#include "replay/history.hpp"
#include "tools/exit_code.hpp"
#include "tools/interrupt.hpp"
#include "tools/lab/other_process.hpp"
#include "tools/lab/proof_comparison.hpp"

namespace reprise {

namespace fs = std::filesystem;

namespace {

using What = Divergence::What;

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void write(const fs::path& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) throw std::runtime_error(path.string() + ": cannot be written");
}

/// What is told by the end of the other process in place of an answer.
fs::path answer_of(const fs::path& spec) {
  return spec.string() + ".answer";
}

/// The budget is used up.
struct OutOfTime {};

class Check {
 public:
  Check(const fs::path& journal, const CheckPlan& plan, const Catalog& catalog,
        const WorldFactory& factory)
      : path_(fs::absolute(journal)),
        plan_(plan),
        catalog_(catalog),
        factory_(factory),
        recorded_(path_) {}

  DeterminismReport run() {
    for (const PerturbationFacts& each : perturbations) {
      report_.perturbations.emplace_back(
          each.what, has(plan_.wanted, each.what) ? Perturbed::not_done : Perturbed::left_out);
    }
    try {
      Perturbations here = group(false);
      // A recording of a short run has no keyframes: a second one is made that has. And one that
      // this program did not make is first lived as it is.
      if (here.empty() && (plan_.foreign || has(plan_.wanted, Perturbation::keyframes))) {
        here.push_back(Perturbation::again);
      }
      check(here, false);
      if (!report_.difference) check(group(true), true);
    } catch (const OutOfTime&) {
      for (auto& [what, verdict] : report_.perturbations) {
        if (verdict == Perturbed::not_done) verdict = Perturbed::out_of_time;
      }
    }
    return std::move(report_);
  }

 private:
  /// One life, and what came of comparing it.
  struct Lived {
    std::string into;
    Perturbations idle{};
    std::optional<Divergence> difference{};
    Step same = 0;  // as of ProofComparison
  };

  /// The wanted ones that are made in this process, or in another.
  Perturbations group(bool elsewhere) const {
    Perturbations all;
    for (const Perturbation each : plan_.wanted) {
      if (facts_of(each).elsewhere == elsewhere) all.push_back(each);
    }
    if (elsewhere && has(plan_.wanted, Perturbation::addresses)) {
      all.push_back(Perturbation::addresses);  // which is made in both
    }
    return all;
  }

  void check(const Perturbations& all, bool elsewhere) {
    if (all.empty()) return;
    // Keyframes of the first life are there for the second: the recording may have none.
    const Step spacing = elsewhere ? 0 : std::max<Step>(recorded_.last_step() / 4, 1);
    Lived lived = live(all, elsewhere, spacing);
    if (!lived.difference) {
      if (!elsewhere) keyframes_of_ = lived.into;
      for (const Perturbation each : all) {
        const bool idle = has(lived.idle, each) || !without_effect(each).empty();
        if (has(plan_.wanted, each)) note(each, idle ? Perturbed::idle : Perturbed::same);
      }
      return;
    }
    for (const Perturbation each : all) note(each, Perturbed::not_needed);
    report_.difference = FoundDifference{.culprits = all,
                                         .where = *lived.difference,
                                         .same = lived.same,
                                         .perturbed = lived.into,
                                         .agent = std::nullopt};
    tell_apart(all, elsewhere);
    locate(elsewhere);
  }

  void note(Perturbation perturbation, Perturbed verdict) {
    for (auto& [what, known] : report_.perturbations) {
      if (what == perturbation) known = verdict;
    }
  }

  /// Makes each alone, first none at all.
  void tell_apart(const Perturbations& all, bool elsewhere) {
    const Perturbation none = elsewhere ? Perturbation::process : Perturbation::again;
    const Lived plain = live({none}, elsewhere, 0);
    if (plain.difference) {
      note(none, Perturbed::differs);
      blame(none, plain);
      report_.another_history = plan_.foreign && !elsewhere && repeats(plain);
      return;
    }
    bool found = false;
    if (has(all, none)) note(none, Perturbed::same);
    for (const Perturbation each : all) {
      if (each == none) continue;
      const Lived alone = live({each}, elsewhere, 0);
      note(each, alone.difference ? Perturbed::differs : Perturbed::same);
      if (alone.difference && !found) blame(each, alone);
      found = found || alone.difference;
    }
  }

  void blame(Perturbation culprit, const Lived& lived) {
    report_.difference->culprits = {culprit};
    report_.difference->where = *lived.difference;
    report_.difference->same = lived.same;
    report_.difference->perturbed = lived.into;
  }

  /// Whether a second life without perturbations is the same as `plain`.
  bool repeats(const Lived& plain) {
    const Lived second = live({Perturbation::again}, false, 0);
    if (plain.difference != second.difference) return false;
    return !compare_proofs(Journal(plain.into), Journal(second.into)).difference;
  }

  /// Both worlds at a step.
  struct States {
    std::unique_ptr<Simulation> ours;
    std::unique_ptr<Simulation> theirs;
    std::string receiver;  // of the event delivered there
  };

  /// Lives it twice more, up to the step: as recorded, and under what makes it differ.
  std::optional<States> states_at(Step step, bool elsewhere) {
    LifeSpec spec = spec_of(report_.difference->culprits, step);
    spec.last = step;
    live(spec, elsewhere);
    const Journal journal(spec.into);
    const HistoryKeyframes keyframes(journal);
    const auto place = keyframes.find(step);
    if (!place || place->step != step) return std::nullopt;
    States states{.ours = nullptr,
                  .theirs = std::make_unique<Simulation>(catalog_, recorded_.header().seed),
                  .receiver = ""};
    if (!keyframes.restore(*place, *states.theirs)) return std::nullopt;
    Player player(recorded_, catalog_, factory_);
    Receiver receiver;
    player.observe(receiver);
    const bool there = player.run_to(step);
    player.forget(receiver);
    if (!there) return std::nullopt;
    states.ours = player.world().copy();
    if (receiver.to != world_id) states.receiver = states.ours->name_of(receiver.to);
    return states;
  }

  void locate(bool elsewhere) {
    FoundDifference& found = *report_.difference;
    const Step step = std::min(found.where.step, recorded_.last_step());
    if (step == 0) return;
    try {
      if (found.where.what == What::state) narrow(elsewhere);
      const auto states = states_at(std::min(found.where.step, step), elsewhere);
      if (!states) return;
      std::vector<std::string> preferred;
      if (!states->receiver.empty()) preferred.push_back(states->receiver);
      found.agent = first_agent_that_differs(*states->ours, *states->theirs, preferred, fields_max);
    } catch (const Interrupted&) {
      throw;
    } catch (const std::exception&) {  // it breaks off before, in its own way
    }
  }

  /// Between two checkpoints only the states themselves say where they part.
  void narrow(bool elsewhere) {
    FoundDifference& found = *report_.difference;
    while (found.same + 1 < found.where.step) {
      const Step middle = found.same + (found.where.step - found.same) / 2;
      const auto states = states_at(middle, elsewhere);
      if (!states) return;
      const bool equal = states->ours->state_root() == states->theirs->state_root();
      (equal ? found.same : found.where.step) = middle;
    }
  }

  /// Keeps to whom the last event went.
  struct Receiver final : Observer {
    AgentId to = world_id;
    bool wants_deliveries() const override { return true; }
    bool wants_checkpoints() const override { return false; }
    void on_delivery(const Delivery& delivery) override { to = delivery.event.to; }
  };

  LifeSpec spec_of(const Perturbations& all, Step keyframes) {
    return {.journal = path_.string(),
            .keyframes_of = keyframes_of_,
            .into = (plan_.workspace / ("life-" + std::to_string(++lives_) + ".rpj")).string(),
            .perturbations = all,
            .seed = plan_.seed,
            .keyframes = keyframes};
  }

  PerturbedLife live(const LifeSpec& spec, bool elsewhere) {
    if (elsewhere) return live_elsewhere(spec);
    return live_perturbed(spec, catalog_, factory_, asked());
  }

  Lived live(const Perturbations& all, bool elsewhere, Step keyframes) {
    const LifeSpec spec = spec_of(all, keyframes);
    const PerturbedLife life = live(spec, elsewhere);
    Lived lived{.into = spec.into, .idle = life.idle, .difference = life.divergence};
    try {
      compare(spec, life, lived);
    } catch (const std::runtime_error&) {  // a journal that broke off in its header, or before
      if (!life.divergence) throw;
    }
    return lived;
  }

  void compare(const LifeSpec& spec, const PerturbedLife& life, Lived& lived) {
    const ProofComparison compared = compare_proofs(recorded_, Journal(spec.into), life.extra);
    report_.compared += compared.checkpoints;
    const bool broke_off =
        life.divergence && compared.difference && compared.difference->what == What::end;
    if (compared.difference && !broke_off) lived.difference = compared.difference;
    lived.same = compared.same;
  }

  PerturbedLife live_elsewhere(const LifeSpec& spec) {
    const fs::path file = spec.into + ".json";
    write(file, json_text(to_json(spec)));
    OtherProcess other{.arguments = {plan_.command, "--life", file.string()},
                       .environment = environment_of(spec.perturbations),
                       .directory = "",
                       .errors = spec.into + ".errors"};
    if (has(spec.perturbations, Perturbation::directory)) {
      other.directory = fs::current_path() == "/" ? plan_.workspace : fs::path("/");
    }
    const int status = run_other(other, asked());
    if (status == 0) return perturbed_life(boost::json::parse(text_of(answer_of(file))));
    if (status == static_cast<int>(ExitCode::interrupted) || InterruptGuard::asked()) {
      throw Interrupted();
    }
    if (status <= 128) {
      throw std::runtime_error("the process that lives the run again under " +
                               names_of(spec.perturbations) + " ended with status " +
                               std::to_string(status) + ": " + text_of(other.errors));
    }
    // What an agent does to memory may end it.
    return {.extra = {},
            .idle = {},
            .divergence =
                Divergence{What::failure, proved(spec.into) + 1, "the run goes on",
                           "the process was ended by signal " + std::to_string(status - 128)}};
  }

  /// The last step that a journal which may have been cut off proves.
  static Step proved(const std::string& path) {
    try {
      return Journal(path).last_step();
    } catch (const std::exception&) {
      return 0;
    }
  }

  std::function<bool()> asked() const {
    return [this] {
      if (InterruptGuard::asked()) return true;
      if (std::chrono::steady_clock::now() < plan_.deadline) return false;
      throw OutOfTime();
    };
  }

  static constexpr std::size_t fields_max = 8;

  fs::path path_;
  const CheckPlan& plan_;
  const Catalog& catalog_;
  const WorldFactory& factory_;
  const Journal recorded_;
  std::string keyframes_of_;
  int lives_ = 0;
  DeterminismReport report_;
};

}  // namespace

std::string_view in_words(Perturbed perturbed) {
  switch (perturbed) {
    case Perturbed::left_out:
      return "left out";
    case Perturbed::not_done:
      return "not done";
    case Perturbed::out_of_time:
      return "out of time";
    case Perturbed::same:
      return "same";
    case Perturbed::idle:
      return "without effect";
    case Perturbed::differs:
      return "differs";
    case Perturbed::not_needed:
      return "not told apart";
  }
  return "";
}

DeterminismReport check_determinism(const fs::path& journal, const CheckPlan& plan,
                                    const Catalog& catalog, const WorldFactory& factory) {
  return Check(journal, plan, catalog, factory).run();
}

void live_as_told(const fs::path& spec, const Catalog& catalog, const WorldFactory& factory) {
  const PerturbedLife life = live_perturbed(life_spec(boost::json::parse(text_of(spec))), catalog,
                                            factory, [] { return InterruptGuard::asked(); });
  write(answer_of(spec), json_text(to_json(life)));
}

}  // namespace reprise
