#include "replay/verify.hpp"

namespace reprise {

namespace {

struct Life {
  Step steps = 0;
  std::optional<Divergence> divergence;
  std::vector<std::string> lifted;
};

Life live(const Journal& journal, const Catalog& catalog, const WorldFactory& factory,
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

Step steps_before(const Divergence& divergence) {
  return divergence.step == 0 ? 0 : divergence.step - 1;
}

}  // namespace

Verification verify(const Journal& journal, const Catalog& catalog, const WorldFactory& factory,
                    const std::function<void(Step)>& progress) {
  journal.check();
  const Life first = live(journal, catalog, factory, progress);
  if (!first.divergence) {
    return {.steps = first.steps, .divergence = std::nullopt, .lifted = first.lifted};
  }
  const Life second = live(journal, catalog, factory, progress);
  Verification result{.steps = steps_before(*first.divergence),
                      .divergence = first.divergence,
                      .deterministic = second.divergence == first.divergence,
                      .lifted = first.lifted};
  if (second.divergence && second.divergence->step < first.divergence->step) {
    result.divergence = second.divergence;
    result.steps = steps_before(*second.divergence);
  }
  return result;
}

}  // namespace reprise
