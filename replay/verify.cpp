#include "replay/verify.hpp"

#include "replay/life.hpp"

namespace reprise {

namespace {

Step steps_before(const Divergence& divergence) {
  return divergence.step == 0 ? 0 : divergence.step - 1;
}

}  // namespace

Verification verify(const Journal& journal, const Catalog& catalog, const WorldFactory& factory,
                    const std::function<void(Step)>& progress, unsigned jobs) {
  const Life first = live(journal, catalog, factory,
                          {.jobs = jobs, .first = [&] { journal.check(); }, .progress = progress});
  if (!first.divergence) {
    return {.steps = first.steps, .divergence = std::nullopt, .lifted = first.lifted};
  }
  const Life second = live(journal, catalog, factory, {.jobs = jobs, .progress = progress});
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
