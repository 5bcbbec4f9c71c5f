#include "tools/lab/scenario_life.hpp"

#include <algorithm>

#include "tools/scenario_run.hpp"

namespace reprise {

namespace {

RunFailure failure_of(const Violation& violation) {
  return {.what = violation.rule,
          .property = violation.property,
          .agent = {},
          .message = {},
          .reason = violation.what + (violation.at_end ? " at the end" : ""),
          .step = violation.step,
          .at = violation.at,
          .words = in_words(violation)};
}

/// What comes from `ahead` on, with edits as inputs: each right after its instant, whatever the
/// step.
InputList without_edits(std::optional<Input> ahead, InputList& rest) {
  std::vector<Input> inputs;
  for (; ahead; ahead = rest.next()) {
    if (ahead->after) {
      ahead->after.reset();
      ahead->at += Duration(1);
      ahead->producer_seq = 0;  // another of its producer may come before it now
      ahead->key.clear();
    }
    inputs.push_back(std::move(*ahead));
  }
  std::ranges::stable_sort(inputs, {}, &Input::at);
  return InputList(std::move(inputs));
}

}  // namespace

ScenarioLife::ScenarioLife(const Scenario& scenario, const Catalog& catalog,
                           const FeedOptions& feeds)
    : scenario_(scenario),
      world_(build_world(scenario, catalog)),
      inputs_(scenario_inputs(scenario, *world_, feeds)),
      session_(*world_, *inputs_),
      watch_(scenario.expect, *world_) {}

ScenarioLife::ScenarioLife(const Scenario& scenario, const Catalog& catalog, std::uint64_t seed,
                           InputList inputs)
    : scenario_(scenario),
      world_(build_world(scenario, catalog, seed)),
      inputs_(std::make_unique<InputList>(std::move(inputs))),
      list_(static_cast<InputList*>(inputs_.get())),
      session_(*world_, *inputs_),
      watch_(scenario.expect, *world_) {}

ScenarioLife::ScenarioLife(const ScenarioLife& other)
    : scenario_(other.scenario_),
      world_(other.world_->copy()),
      inputs_(std::make_unique<InputList>(*other.list_)),
      list_(static_cast<InputList*>(inputs_.get())),
      session_(other.session_, *world_, *inputs_),
      watch_(other.watch_, *world_),
      end_(other.end_),
      agent_failure_(other.agent_failure_) {}

void ScenarioLife::record(const std::filesystem::path& path, WorkOn encoding) {
  writer_ = std::make_unique<JournalWriter>(path, header_of(scenario_, *world_),
                                            source_of(scenario_), true, encoding);
  recorder_.emplace(*world_, *writer_);
}

void ScenarioLife::inject(const Input& input) {
  if (list_->has_edits()) {
    *list_ = without_edits(session_.ahead(), *list_);
    session_.read_again();
  }
  world_->inject(input);
}

bool ScenarioLife::step(const RunLimit& limit) {
  if (agent_failure_ || world_->steps() >= limit.steps) return false;
  try {
    return session_.step(limit.until);
  } catch (const AgentFailure& failure) {
    agent_failure_ = failure;
    return false;
  }
}

RunEnd ScenarioLife::run(const RunLimit& limit, const std::function<bool()>& interrupted) {
  return run(limit, [&](Session& session) { return session.run(limit, interrupted); });
}

RunEnd ScenarioLife::run(const RunLimit& limit, const std::function<RunEnd(Session&)>& drive) {
  try {
    end_ = agent_failure_ ? RunEnd::failed : drive(session_);
  } catch (const AgentFailure& failure) {
    end_ = RunEnd::failed;
    agent_failure_ = failure;
  }
  if (recorder_) {
    seal_ = recorder_->finish(end_, limit, agent_failure_ ? &*agent_failure_ : nullptr);
  }
  return end_;
}

std::optional<RunFailure> ScenarioLife::failure() {
  const bool whole =
      end_ != RunEnd::failed && end_ != RunEnd::interrupted && end_ != RunEnd::violated;
  const std::vector<Violation> broken = watch_.broken(whole);
  const auto first = std::ranges::min_element(broken, {}, &Violation::step);
  if (first != broken.end() && !(agent_failure_ && agent_failure_->step <= first->step)) {
    return failure_of(*first);
  }
  if (!agent_failure_) return std::nullopt;
  return RunFailure{.what = "agent",
                    .property = {},
                    .agent = agent_failure_->agent,
                    .message = agent_failure_->kind,
                    .reason = agent_failure_->reason,
                    .step = agent_failure_->step,
                    .at = world_->now()};
}

std::optional<RunFailure> ScenarioLife::failure_with_digests() {
  std::optional<RunFailure> found = failure();
  if (found || end_ == RunEnd::interrupted) return found;
  const ExpectationReport report =
      compare_expectations(scenario_.expect, watch_, true, "",
                           {world_->steps(), world_->prefix(), world_->state_root()});
  if (!report.failed) return std::nullopt;
  return RunFailure{.what = "expect",
                    .property = {},
                    .agent = {},
                    .message = {},
                    .reason = report.lines.front(),
                    .step = world_->steps(),
                    .at = world_->now()};
}

}  // namespace reprise
