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

}  // namespace

ScenarioLife::ScenarioLife(const Scenario& scenario, const Catalog& catalog,
                           const FeedOptions& feeds)
    : scenario_(scenario),
      world_(build_world(scenario, catalog)),
      inputs_(scenario_inputs(scenario, *world_, feeds)),
      watch_(scenario.expect, *world_) {}

void ScenarioLife::record(const std::filesystem::path& path, WorkOn encoding) {
  writer_ = std::make_unique<JournalWriter>(path, header_of(scenario_, *world_),
                                            source_of(scenario_), true, encoding);
  recorder_.emplace(*world_, *writer_);
}

RunEnd ScenarioLife::run(const RunLimit& limit, const std::function<bool()>& interrupted) {
  return run(limit, [&](Session& session) { return session.run(limit, interrupted); });
}

RunEnd ScenarioLife::run(const RunLimit& limit, const std::function<RunEnd(Session&)>& drive) {
  try {
    Session session(*world_, *inputs_);
    end_ = drive(session);
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
