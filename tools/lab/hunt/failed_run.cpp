#include "tools/lab/hunt/failed_run.hpp"

#include <utility>
#include <vector>

#include "replay/branch.hpp"
#include "replay/history.hpp"
#include "scenarios/input_error.hpp"
#include "scenarios/scenario_reader.hpp"
#include "tools/interrupt.hpp"

namespace reprise {

namespace {

/// The journal of the history that holds its start.
const Journal& root_of(const Journal& journal) {
  return *stretches_of(journal).front().journal;
}

Scenario scenario_of(const Journal& journal, const Catalog& catalog) {
  const Journal& root = root_of(journal);
  const JournalHeader& header = root.header();
  const std::string name = journal.path().string();
  if (root.source().text.empty()) {
    throw InputError(name, "holds no text of its scenario, and so not what is expected of it",
                     "record it with `reprise run`");
  }
  ScenarioTree tree = ScenarioTree::from_toml(root.source().text, root.source().file);
  tree.keep_as_of_journal();
  Scenario scenario = read_scenario(std::move(tree), catalog, header.overrides, header.seed);
  scenario.file = root.source().file;
  scenario.source = root.source().text;
  if (scenario.canonical != header.scenario) {
    throw InputError(name, "this program reads the scenario in it otherwise than it was recorded",
                     "`reprise verify` says what differs");
  }
  scenario.feeds.clear();  // what they gave is among the recorded inputs
  return scenario;
}

boost::json::object document_of(const Journal& journal) {
  const Journal& root = root_of(journal);
  ScenarioTree tree = ScenarioTree::from_toml(root.source().text, root.source().file);
  for (const std::string& each : root.header().overrides) tree.apply(each);
  return tree.root().get_object();
}

std::vector<Input> inputs_of(const Journal& journal, const Catalog& catalog) {
  HistoryInputs recorded(journal, catalog);
  std::vector<Input> inputs;
  while (std::optional<Input> input = recorded.next()) {
    input->seq.reset();  // others may come between
    inputs.push_back(std::move(*input));
  }
  return inputs;
}

/// Of a run that does not fail: why, and what to do.
InputError unfailing(const Journal& journal) {
  const std::string name = journal.path().string();
  const std::optional<Seal>& seal = journal.seal();
  if (!seal) {
    return {name,
            "its run does not fail up to step " + std::to_string(journal.last_step()) +
                ", where the journal ends without a seal",
            "record it again, or look at what is there with `reprise info`"};
  }
  if (seal->end == RunEnd::failed || seal->end == RunEnd::violated) {
    return {name,
            "failed at step " + std::to_string(seal->step) +
                " when it was recorded, and does not with this program",
            "`reprise verify` says what differs"};
  }
  return {name, "its run does not fail: no agent does, and what its scenario expects holds",
          "`reprise sweep` and `explore` find runs that do"};
}

/// Throws if a life that ended where the recorded one did has come to another prefix digest.
void expect_recorded_history(const Journal& journal, const HuntedLife& life,
                             const Catalog& catalog) {
  const std::optional<Seal>& seal = journal.seal();
  if (!seal || seal->step != life.steps() || seal->prefix == life.world().prefix()) return;
  if (!journal.expect_schema(catalog).empty()) return;  // lifted: its digests are others
  throw InputError(journal.path().string(), "this program lives another history than was recorded",
                   "`reprise verify` says what differs");
}

}  // namespace

RecordedRun recorded_run(const Journal& journal, const Catalog& catalog) {
  for (const Stretch& each : stretches_of(journal)) each.journal->check();
  return {.hunted = {.scenario = scenario_of(journal, catalog),
                     .catalog = catalog,
                     .feeds = {},
                     .limit = limit_of(journal),
                     .inputs = InputList(inputs_of(journal, catalog))},
          .document = document_of(journal)};
}

FailedRun failed_run(const Journal& journal, const Catalog& catalog,
                     const std::function<bool()>& interrupted) {
  FailedRun run{recorded_run(journal, catalog), {}, 0, {}};
  HuntedLife life(run.hunted, run.hunted.scenario.seed);
  while (life.step()) {
    if (life.steps() % 128 == 0 && interrupted && interrupted()) throw Interrupted();
  }
  const std::optional<RunFailure> failure = life.failure();
  if (!failure) throw unfailing(journal);
  expect_recorded_history(journal, life, catalog);
  run.failure = *failure;
  run.steps = life.steps();
  run.end = life.end();
  return run;
}

}  // namespace reprise
